/**
 * Getting even in one currency with the fewest transfers there can be.
 *
 * Transfers tie people together into groups that are even within themselves, and a group of k needs k - 1: so the fewest
 * transfers are the people minus the most groups they can be divided into whose balances sum to zero. Finding those is
 * NP-hard (it contains Partition) and cheap at the size of a household:
 *
 * 1. Two people with opposite balances are a group of their own. That loses nothing: were each in another group of a best
 *    division, then taking the two out and putting the rest of both groups together gives as many.
 * 2. Up to SETTLE_EXACT_MAX of the others: for every subset the most zero sums one can pass while removing its members one
 *    by one, `f(S) = max f(S - i) + [sum of S is 0]`; 2^16 subsets of 16 people in some milliseconds.
 * 3. More than that: the largest debtor pays the largest creditor until so few are left. Then the plan is not known to be
 *    minimal, and says so; it has at most as many transfers as people less one in any case.
 *
 * Within a group the largest debtor pays the largest creditor, which evens out at least one person each time. Everything
 * goes by order of ids, so every device finds the same plan.
 */

import { assert } from '@hamlet/core'
import type { PartyId } from '../party.ts'
import { SETTLE_EXACT_MAX } from './money-limits.ts'

/** Where somebody stands in the one currency this is about; positive: is owed. */
export interface Standing {
  readonly party: PartyId
  readonly minor: bigint
}

export interface Transfer {
  readonly from: PartyId
  readonly to: PartyId
  /** Positive. */
  readonly minor: bigint
}

export interface MinimalPlan {
  readonly transfers: readonly Transfer[]
  /** Whether no plan with fewer transfers exists; `false` means nobody knows. */
  readonly exact: boolean
}

/** `standings` names each party once and sums to zero; `exactMax` is at most SETTLE_EXACT_MAX. */
export function settleMinimal(
  standings: readonly Standing[],
  exactMax: number = SETTLE_EXACT_MAX,
): MinimalPlan {
  assert(
    standings.reduce((sum, { minor }) => sum + minor, 0n) === 0n,
    'balances of one currency sum to zero',
  )
  const open = standings.filter(({ minor }) => minor !== 0n).sort(byParty)
  const { pairs, rest } = takeOpposites(open)
  if (rest.length <= exactMax) {
    return { transfers: [...pairs, ...settleGroups(rest)], exact: true }
  }
  const { transfers, left } = payLargest(rest, exactMax)
  return { transfers: [...pairs, ...transfers, ...settleGroups(left)], exact: false }
}

function takeOpposites(open: readonly Standing[]): {
  pairs: readonly Transfer[]
  rest: readonly Standing[]
} {
  const creditorsByMinor = new Map<bigint, Standing[]>()
  for (const creditor of open.filter(({ minor }) => minor > 0n)) {
    const creditors = creditorsByMinor.get(creditor.minor)
    if (creditors === undefined) creditorsByMinor.set(creditor.minor, [creditor])
    else creditors.push(creditor)
  }
  const taken = new Set<PartyId>()
  const pairs: Transfer[] = []
  for (const { party: from, minor } of open) {
    const creditor = minor < 0n ? creditorsByMinor.get(-minor)?.shift() : undefined
    if (creditor === undefined) continue
    pairs.push({ from, to: creditor.party, minor: -minor })
    taken.add(from).add(creditor.party)
  }
  return { pairs, rest: open.filter(({ party }) => !taken.has(party)) }
}

/** The most groups of zero sum, each settled within itself. */
function settleGroups(open: readonly Standing[]): readonly Transfer[] {
  const isZero = findZeroSums(open.map(({ minor }) => minor))
  const most = countZeroSums(isZero, open.length)
  const transfers: Transfer[] = []
  let group: Standing[] = []
  for (let set = isZero.length - 1; set > 0;) {
    const wanted = most[set]! - isZero[set]!
    let i = 0
    while ((set & (1 << i)) === 0 || most[set ^ (1 << i)] !== wanted) i += 1
    group.push(open[i]!)
    set ^= 1 << i
    if (isZero[set] === 0) continue
    transfers.push(...payLargest(group, 0).transfers)
    group = []
  }
  return transfers
}

/** For each subset, as the bits of its index, whether it sums to zero. */
function findZeroSums(minors: readonly bigint[]): Uint8Array {
  const moved = minors.reduce((sum, minor) => sum + (minor < 0n ? -minor : minor), 0n)
  const isSafe = moved <= BigInt(Number.MAX_SAFE_INTEGER)
  return isSafe ? findZeroSumsSmall(minors.map(Number)) : findZeroSumsBig(minors)
}

function findZeroSumsSmall(minors: readonly number[]): Uint8Array {
  const isZero = new Uint8Array(1 << minors.length)
  const sums = new Float64Array(isZero.length)
  isZero[0] = 1
  for (let set = 1; set < isZero.length; set++) {
    const highest = 31 - Math.clz32(set)
    sums[set] = sums[set ^ (1 << highest)]! + minors[highest]!
    if (sums[set] === 0) isZero[set] = 1
  }
  return isZero
}

function findZeroSumsBig(minors: readonly bigint[]): Uint8Array {
  const isZero = new Uint8Array(1 << minors.length)
  const sums: bigint[] = [0n]
  isZero[0] = 1
  for (let set = 1; set < isZero.length; set++) {
    const highest = 31 - Math.clz32(set)
    sums[set] = sums[set ^ (1 << highest)]! + minors[highest]!
    if (sums[set] === 0n) isZero[set] = 1
  }
  return isZero
}

/** For each subset the most zero sums on the way down to the empty one, its own included. */
function countZeroSums(isZero: Uint8Array, count: number): Uint8Array {
  const most = new Uint8Array(isZero.length)
  most[0] = 1
  for (let set = 1; set < isZero.length; set++) {
    let best = 0
    for (let i = 0; i < count; i++) {
      const without = set & ~(1 << i)
      if (without !== set && most[without]! > best) best = most[without]!
    }
    most[set] = best + isZero[set]!
  }
  return most
}

/** The largest debtor pays the largest creditor until at most `leave` people are not even. */
function payLargest(
  open: readonly Standing[],
  leave: number,
): { transfers: readonly Transfer[]; left: readonly Standing[] } {
  const creditors = open.filter(({ minor }) => minor > 0n).sort(byMagnitude)
  const debtors = open.filter(({ minor }) => minor < 0n).sort(byMagnitude)
  const transfers: Transfer[] = []
  while (creditors.length > 0 && creditors.length + debtors.length > leave) {
    const [creditor, debtor] = [creditors.shift()!, debtors.shift()!]
    const rest = creditor.minor + debtor.minor
    const minor = rest > 0n ? -debtor.minor : creditor.minor
    transfers.push({ from: debtor.party, to: creditor.party, minor })
    if (rest > 0n) insert(creditors, { party: creditor.party, minor: rest })
    if (rest < 0n) insert(debtors, { party: debtor.party, minor: rest })
  }
  return { transfers, left: [...creditors, ...debtors].sort(byParty) }
}

function insert(sorted: Standing[], standing: Standing): void {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (byMagnitude(sorted[middle]!, standing) < 0) low = middle + 1
    else high = middle
  }
  sorted.splice(low, 0, standing)
}

/** Largest first; of one sign. */
function byMagnitude(a: Standing, b: Standing): number {
  const difference = a.minor > 0n ? b.minor - a.minor : a.minor - b.minor
  return difference < 0n ? -1 : difference > 0n ? 1 : byParty(a, b)
}

function byParty(a: Standing, b: Standing): number {
  return a.party < b.party ? -1 : a.party > b.party ? 1 : 0
}
