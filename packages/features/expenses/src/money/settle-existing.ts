/**
 * Getting even in one currency along existing debts only, so that no two people who have nothing to do with each other
 * pay each other.
 *
 * Of all plans that even out the balances and in which
 *
 * 1. nobody pays anybody they do not owe (pairs set off, in the direction of the debt), and
 * 2. nobody pays more in total than they owe in total, nor gets more than they are owed,
 *
 * it finds one that moves the least money. What goes round in a circle vanishes, and what goes through somebody in the
 * middle goes straight where a debt leads straight. A payment along one pair may grow above the debt of that pair, at the
 * cost of others. There are never more transfers than debts. The fewest transfers are not looked for: that is hard along
 * given pairs, and would move more money than there is need to.
 *
 * Computed as a flow of least cost: each debtor has what they are down, each creditor takes what they are up, every pair
 * carries any amount at a cost of one per unit, and whoever stands in the middle passes on at most what they get by the
 * debts as they are. Cheapest paths first (Bellman and Ford in a queue), which is exact for whole numbers. Above
 * SETTLE_FLOW_DEBTS_MAX debts the plan is the debts themselves, and says that it is not exact.
 */

import { assert } from '@hamlet/core'
import type { PartyId } from '../party.ts'
import { SETTLE_FLOW_DEBTS_MAX } from './money-limits.ts'
import type { MinimalPlan, Transfer } from './settle-minimal.ts'

interface Arc {
  readonly from: number
  readonly to: number
  readonly cost: number
  /** What it can still carry. */
  room: bigint
  /** The arc back, whose room is what this one carries. */
  readonly back: number
}

/** The nodes of a party: what comes in at `2·i`, what goes out at `2·i + 1`. */
interface Network {
  readonly arcs: Arc[]
  readonly arcsFrom: number[][]
  readonly source: number
  readonly sink: number
}

/** `debts` names each pair once, in one direction: what `netDebts` gives, of one currency. */
export function settleExisting(debts: readonly Transfer[]): MinimalPlan {
  if (debts.length > SETTLE_FLOW_DEBTS_MAX) return { transfers: debts, exact: false }
  const parties = [...new Set(debts.flatMap(({ from, to }) => [from, to]))].sort()
  const network = buildNetwork(parties, debts)
  for (;;) {
    const path = findCheapestPath(network)
    if (path === undefined) break
    pushAlong(network, path)
  }
  assert(
    network.arcsFrom[network.source]!.every((arc) => network.arcs[arc]!.room === 0n),
    'the debts themselves are a plan',
  )
  const transfers = debts.flatMap(({ from, to }, i) => {
    const minor = network.arcs[2 * i + 1]!.room
    return minor > 0n ? [{ from, to, minor }] : []
  })
  return { transfers, exact: true }
}

/** The arcs of the debts come first, so that the one of debt `i` is `2·i`. */
function buildNetwork(parties: readonly PartyId[], debts: readonly Transfer[]): Network {
  const places = new Map(parties.map((party, place) => [party, place]))
  const count = 2 * parties.length
  const arcsFrom = Array.from({ length: count + 2 }, (): number[] => [])
  const network = { arcs: [], arcsFrom, source: count, sink: count + 1 }
  const all = debts.reduce((sum, { minor }) => sum + minor, 0n)
  const owes = parties.map(() => 0n)
  const owed = parties.map(() => 0n)
  for (const { from, to, minor } of debts) {
    const [payer, payee] = [places.get(from)!, places.get(to)!]
    addArc(network, { from: 2 * payer + 1, to: 2 * payee, cost: 1, room: all })
    owes[payer]! += minor
    owed[payee]! += minor
  }
  for (const place of parties.keys()) {
    const [into, out] = [2 * place, 2 * place + 1]
    const net = owed[place]! - owes[place]!
    const through = net < 0n ? owed[place]! : owes[place]!
    addArc(network, { from: into, to: out, cost: 0, room: through })
    if (net < 0n) addArc(network, { from: network.source, to: out, cost: 0, room: -net })
    if (net > 0n) addArc(network, { from: into, to: network.sink, cost: 0, room: net })
  }
  return network
}

function addArc({ arcs, arcsFrom }: Network, arc: Omit<Arc, 'back'>): void {
  const index = arcs.length
  arcs.push({ ...arc, back: index + 1 })
  arcs.push({ from: arc.to, to: arc.from, cost: -arc.cost, room: 0n, back: index })
  arcsFrom[arc.from]!.push(index)
  arcsFrom[arc.to]!.push(index + 1)
}

/** The arcs from source to sink, last first; `undefined` when nothing more can flow. */
function findCheapestPath({ arcs, arcsFrom, source, sink }: Network): readonly Arc[] | undefined {
  const costs = arcsFrom.map(() => Infinity)
  const arrivedBy = arcsFrom.map((): Arc | undefined => undefined)
  const isWaiting = arcsFrom.map(() => false)
  const queue = [source]
  costs[source] = 0
  for (let head = 0; head < queue.length; head++) {
    const node = queue[head]!
    isWaiting[node] = false
    for (const index of arcsFrom[node]!) {
      const arc = arcs[index]!
      const cost = costs[node]! + arc.cost
      if (arc.room === 0n || cost >= costs[arc.to]!) continue
      costs[arc.to] = cost
      arrivedBy[arc.to] = arc
      if (!isWaiting[arc.to]) queue.push(arc.to)
      isWaiting[arc.to] = true
    }
  }
  const path: Arc[] = []
  for (let arc = arrivedBy[sink]; arc !== undefined; arc = arrivedBy[arc.from]) path.push(arc)
  return path.length > 0 ? path : undefined
}

function pushAlong({ arcs }: Network, path: readonly Arc[]): void {
  let minor = path[0]!.room
  for (const { room } of path) if (room < minor) minor = room
  for (const arc of path) {
    arc.room -= minor
    arcs[arc.back]!.room += minor
  }
}
