/**
 * Contribution among more people than flow is found for: random walks from the viewer that lose weight on the way
 * (MeritRank, Nasrulin, Ishmaev and Pouwelse 2022).
 *
 * A walk goes from person to person along vouching edges, each as likely as its bytes, and ends at every step with a
 * probability (transitivity decay). Who is reached almost only through one and the same person counts half (connectivity
 * decay). The part of the walks that pass somebody, of all that the viewer received, is their weight in bytes. Chance is
 * drawn from a generator that starts from the viewer's id, so the same receipts give the same walks.
 */

import type { PersonId } from '@hamlet/core'
import type { ContributionGraph, VouchEdge } from './contribution-graph.ts'
import { WALK_STEPS_MAX, WALKS_PER_VIEWER } from './limits.ts'

const STOP_PROBABILITY = 0.15
const BRIDGE_SHARE = 0.75
const BRIDGE_FACTOR = 0.5

interface Visits {
  count: number
  /** By the person right behind the viewer on the way. */
  readonly countByFirst: Map<PersonId, number>
}

export function contributionWalks(
  graph: ContributionGraph,
  walkCount: number = WALKS_PER_VIEWER,
): ReadonlyMap<PersonId, number> {
  const random = seededRandom(graph.viewer)
  const steps = new Map<PersonId, Step>()
  for (const [person, edges] of graph.edges) steps.set(person, stepOf([...edges.values()]))
  const visits = new Map<PersonId, Visits>()
  for (let i = 0; i < walkCount; i++) walk(graph.viewer, steps, random, visits)
  const receivedBytes = steps.get(graph.viewer)?.total ?? 0
  return new Map(
    [...visits].map(([person, each]) => [
      person,
      Math.floor((receivedBytes * weightOf(person, each)) / walkCount),
    ]),
  )
}

interface Step {
  readonly total: number
  /** In ascending order, the last is `total`. */
  readonly sums: readonly number[]
  readonly people: readonly PersonId[]
}

function stepOf(edges: readonly VouchEdge[]): Step {
  let total = 0
  const sums = edges.map(({ bytes }) => (total += bytes))
  return { total, sums, people: edges.map(({ to }) => to) }
}

function walk(
  viewer: PersonId,
  steps: ReadonlyMap<PersonId, Step>,
  random: () => number,
  visits: Map<PersonId, Visits>,
): void {
  const path = new Set<PersonId>([viewer])
  let first: PersonId | undefined
  let person = viewer
  for (let i = 0; i < WALK_STEPS_MAX; i++) {
    const step = steps.get(person)
    if (step === undefined || (i > 0 && random() < STOP_PROBABILITY)) return
    person = choose(step, random())
    if (path.has(person)) return
    path.add(person)
    first ??= person
    const known = visits.get(person) ?? { count: 0, countByFirst: new Map<PersonId, number>() }
    known.count++
    known.countByFirst.set(first, (known.countByFirst.get(first) ?? 0) + 1)
    visits.set(person, known)
  }
}

function choose({ total, sums, people }: Step, chance: number): PersonId {
  const at = chance * total
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! > at) high = middle
    else low = middle + 1
  }
  return people[low]!
}

/** Whoever gave to the viewer is known without a bridge. */
function weightOf(person: PersonId, { count, countByFirst }: Visits): number {
  if (countByFirst.has(person)) return count
  const most = Math.max(...countByFirst.values())
  return most > BRIDGE_SHARE * count ? count * BRIDGE_FACTOR : count
}

/** Mulberry32: enough for choosing ways, and the same everywhere. */
function seededRandom(id: PersonId): () => number {
  let state = Number.parseInt(id.slice(0, 8), 16)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
