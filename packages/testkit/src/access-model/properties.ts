/**
 * What must hold of every graph of control operations, whoever wrote what.
 *
 * 1. *Order.* The state, and the author and role of every entry, do not depend on the order in which operations arrived.
 * 2. *Backdating.* Who was removed by somebody who outranked all they ever were, writes on from what they knew: nothing
 *    of it changes who is a member, who owns the space, whose devices are whose, which invitations are open, or policy.
 * 3. *One owner.* There is exactly one, and it is the person the last transfer names.
 * 4. *Steps.* The state found step by step is the one found from all operations at once.
 * 5. *Strangers.* What devices write that nobody who counts has ever heard of changes nothing.
 * 6. *Farewells.* What is served to whoever lost their place tells them that (`farewells.ts`).
 */

import { bytesToHex } from '@hamlet/core'
import type { DeviceId } from '@hamlet/core'
import { ControlGraph, RANK_BY_ROLE } from '@hamlet/space'
import type { ControlRecord, ControlState, Cut } from '@hamlet/space'
import { SeededRandom } from '../simulator/seeded-random.ts'
import type { Cast } from './cast.ts'
import { findFarewellProblem } from './farewells.ts'
import { addRecord, GraphWorld, placeOf } from './graph-world.ts'
import type { GraphFacts } from './graph-world.ts'

const STEPS_MIN = 10
const STEPS_MAX = 28
/** One graph in ten goes on longer, so that people come back and ownership moves twice. */
const LONG_RATE = 0.1
const LONG_STEPS_MAX = 90

export interface GraphReport {
  readonly seed: number
  readonly operations: number
  /** What is wrong, or `undefined`. */
  readonly problem: string | undefined
  readonly reached: readonly string[]
}

export function checkGraph(cast: Cast, seed: number): GraphReport {
  const { world, random } = growGraph(cast, seed)
  const reached = reachedBy(world)
  const problem =
    findProblem(world, random, reached) ??
    findBackdatingProblem(world, random.fork('backdating'), reached)
  return { seed, operations: world.records.length, problem, reached: [...reached] }
}

/** The graph of a seed, and what else follows from the seed. */
export function growGraph(
  cast: Cast,
  seed: number,
): { readonly world: GraphWorld; readonly random: SeededRandom } {
  const random = new SeededRandom(seed)
  const world = new GraphWorld(cast, random.fork('world'))
  const steps = random.int(STEPS_MIN, random.chance(LONG_RATE) ? LONG_STEPS_MAX : STEPS_MAX)
  for (let i = 0; i < steps; i++) world.step()
  return { world, random }
}

/** The first property that a graph breaks, of those for which nobody has to write on. Adds to `reached`. */
export function findProblem(
  facts: GraphFacts,
  random: SeededRandom,
  reached: Set<string>,
): string | undefined {
  return (
    findStepProblem(facts.graph) ??
    findOwnerProblem(facts.graph.current) ??
    findOrderProblem(facts, random.fork('order')) ??
    findStrangerProblem(facts) ??
    findFarewellProblem(facts, random.fork('farewells'), reached)
  )
}

function findStepProblem(graph: ControlGraph): string | undefined {
  return describe(graph.current) === describe(graph.evaluateAnew())
    ? undefined
    : 'step by step gives another state than at once'
}

function findOwnerProblem(state: ControlState): string | undefined {
  const owners = [...state.members.values()].filter(({ role }) => role === 'owner')
  if (owners.length === 1 && owners[0]!.person === state.owner) return undefined
  return `${owners.length} owners`
}

function findOrderProblem(world: GraphFacts, random: SeededRandom): string | undefined {
  const graph = new ControlGraph(world.cast.crypto, world.space)
  for (const record of shuffledCausally(world.records, random)) addRecord(graph, record)
  if (describe(graph.current) !== describe(world.graph.current)) {
    return 'another order gives another state'
  }
  for (const place of world.contents) {
    const [one, other] = [world.graph, graph].map((each) => {
      return JSON.stringify(each.authorAt(placeOf(place, each)))
    })
    if (one !== other) return 'another order gives another author'
  }
  return undefined
}

function findStrangerProblem(world: GraphFacts): string | undefined {
  const { records, graph } = world
  const known = new Set<DeviceId>([...graph.knownDevices.keys()])
  const strangers = new Set(records.map(({ device }) => device).filter((each) => !known.has(each)))
  const heardOf = new Set(
    records.flatMap(({ device, past }) => [...past.keys()].filter((other) => other !== device)),
  )
  const kept = records.filter(({ device }) => !strangers.has(device) || heardOf.has(device))
  if (kept.length === records.length) return undefined
  const without = new ControlGraph(world.cast.crypto, world.space)
  for (const record of kept) addRecord(without, record)
  return essence(without.current) === essence(graph.current)
    ? undefined
    : 'a stranger changed something'
}

function findBackdatingProblem(
  world: GraphWorld,
  random: SeededRandom,
  reached: Set<string>,
): string | undefined {
  const removal = removalsOverAll(world)[0]
  if (removal === undefined) return undefined
  const devices = world.cast.devicesOf(removal.person!).map(({ device }) => device)
  const unaware = devices.filter((device) => !world.hasHeardOf(device, removal.id))
  const isOutranked = unaware.every((device) => world.rankKnownTo(device) < removal.rank)
  if (unaware.length === 0 || !isOutranked) return undefined
  const before = essence(world.graph.current)
  const contentsBefore = world.contents.length
  for (const device of unaware) world.writeOn(device, random.int(1, 4))
  reached.add('backdating tried')
  if (essence(world.graph.current) !== before) return 'a removed person changed something'
  const counted = world.contents.slice(contentsBefore).find((place) => {
    return world.graph.authorAt(placeOf(place, world.graph)) !== undefined
  })
  return counted === undefined ? undefined : 'an entry beyond the cut counts'
}

/** Removals that stand, by somebody who outranked everything the person ever was. */
function removalsOverAll({ graph, records }: GraphWorld): Cut[] {
  return graph.cuts.filter((cut) => {
    if (cut.person === undefined || cut.role !== undefined || cut.rank < RANK_BY_ROLE.admin) {
      return false
    }
    const ranks = records.flatMap(({ id }) => {
      const verdict = graph.node(id)?.verdict
      if (verdict?.author !== cut.person || verdict?.authorRole === undefined) return []
      return RANK_BY_ROLE[verdict.authorRole]
    })
    return graph.current.owner !== cut.person && Math.max(-1, ...ranks) < cut.rank
  })
}

export function reachedBy({ graph, records }: GraphFacts): Set<string> {
  const reached = new Set<string>()
  const { members, former, voided, revokedDevices, founder, owner } = graph.current
  if ([...members.values()].some(({ incarnation }) => incarnation > 0)) reached.add('re-admission')
  if ([...members.values()].some(({ devices }) => devices.length > 1)) reached.add('two devices')
  if (former.size > 0) reached.add('somebody is out')
  if (voided.size > 0) reached.add('an operation fell')
  if (revokedDevices.size > 0) reached.add('a device revoked')
  if (owner !== founder) reached.add('another owner')
  for (const { id, operation } of records) {
    if (voided.has(id)) reached.add(`${operation.name} fell`)
    if (graph.node(id)?.verdict.authorised !== true) continue
    const isWord = operation.name === 'owner-transfer' && operation.signatures.length > 0
    reached.add(isWord ? 'owner replaced by admins' : operation.name)
  }
  return reached
}

/** Everything about a state that can be compared, as text. */
export function describe(state: ControlState): string {
  return JSON.stringify(state, (_, value: unknown) => {
    if (value instanceof Map) return [...value].sort(([a], [b]) => (a < b ? -1 : 1))
    if (value instanceof Set) return [...value].map(String).sort()
    return value instanceof Uint8Array ? bytesToHex(value) : value
  })
}

/** What matters to people: not which operations fell, nor keys that nobody will use. */
function essence(state: ControlState): string {
  const { invites, policy, owner, tenure, revokedDevices } = state
  // A certificate that comes too late for a device to count is remembered as one more that cuts have to speak of.
  const members = [...state.members.values()].map((member) => ({ ...member, everDevices: [] }))
  const requests = [...state.requests.values()].map(({ id, state: standing }) => [id, standing])
  const former = [...state.former.values()].map(({ person, exit, role }) => [person, exit, role])
  const epochs = [...state.epochs.values()].filter(({ retired }) => !retired).map(({ id }) => id)
  const parts = {
    members,
    invites,
    policy,
    owner,
    tenure,
    revokedDevices,
    requests,
    former,
    epochs,
  }
  return describe(parts as unknown as ControlState)
}

function shuffledCausally(
  records: readonly ControlRecord[],
  random: SeededRandom,
): ControlRecord[] {
  const waiting = [...records]
  const added = new Map<DeviceId, number>()
  const order: ControlRecord[] = []
  while (waiting.length > 0) {
    const ready = waiting.filter(({ past }) => isCovered(past, added))
    const next = random.pick(ready)
    added.set(next.device, (added.get(next.device) ?? 0) + 1)
    order.push(next)
    waiting.splice(waiting.indexOf(next), 1)
  }
  return order
}

function isCovered(
  past: ReadonlyMap<DeviceId, number>,
  added: ReadonlyMap<DeviceId, number>,
): boolean {
  return [...past].every(([device, count]) => (added.get(device) ?? 0) >= count)
}
