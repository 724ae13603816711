/**
 * Who shall keep what, so that a goal is met at the least cost: given people with their devices, households, measured uptime
 * and room, and how much there is to keep, a scheme of k out of n shards with its holders, what it comes to in figures, and
 * where the goal cannot be met, the best there is and why not.
 *
 * 1. Nothing is assumed of coding or copies: every k up to 16 and every n up to 64 is tried with the people there are
 *    (search-schemes.ts), and what wins, wins by its figures.
 * 2. One shard a person. Second devices are used only by schemes of more shards than there are people with room.
 * 3. The same helpers in any order give the same plan.
 * 4. Without a goal the size of the circle decides (default-scheme.ts).
 *
 * For 64 people with 8 devices each a goal that can be met takes some milliseconds; one that cannot is searched for again under
 * up to 32 easier conditions to say which of them fail (shortfalls.ts).
 */

import { candidateLists, countRoom } from './candidate-lists.ts'
import { defaultShape } from './default-scheme.ts'
import type { VaultGoal } from './goal.ts'
import { PLAN_NEEDED_MAX } from './limits.ts'
import { domainSizes, LOSS_ASSUMPTIONS, lossesSurvived } from './scheme-figures.ts'
import type { Candidate, OwnCopy } from './scheme-figures.ts'
import { bestScheme } from './search-schemes.ts'
import type { Scheme, SchemeSearch, SchemeSpace } from './search-schemes.ts'
import { findShortfalls } from './shortfalls.ts'
import type { Shortfall } from './shortfalls.ts'
import type { SolveRequest } from './solve-request.ts'

export interface VaultPlan {
  readonly needed: number
  readonly total: number
  /** One for each shard, people before second devices. */
  readonly holders: readonly Candidate[]
  /** Shards that one household has at most. */
  readonly householdShardsMax: number
  /** Bytes that each holder keeps. */
  readonly shardBytes: number
  /** Bytes kept for each byte of the owner's, the owner's copy not counted. */
  readonly cost: number
  /** Share of the time in which helpers alone give everything back. */
  readonly readable: number
  /** The rest of the time, exact where it is tiny. */
  readonly unreadable: number
  readonly yearlyLoss: number
  /** How many, whichever, may be lost at once. */
  readonly survives: Readonly<Record<'people' | 'devices' | 'households', number>>
}

export interface Solution {
  /** The cheapest that meets the goal, or the best there is; `undefined`: nobody has room. */
  readonly plan: VaultPlan | undefined
  readonly isMet: boolean
  /** Why not; empty where it is met. */
  readonly shortfalls: readonly Shortfall[]
}

export function solvePlan(request: SolveRequest): Solution {
  return request.goal === undefined ? solveByCircle(request) : solveGoal(request, request.goal)
}

function solveByCircle(request: SolveRequest): Solution {
  const { helpers, bytes } = request
  const shape = defaultShape((needed) => candidateLists(helpers, bytesEach(bytes, needed))[0]!)
  if (shape === undefined) {
    const room = { short: 'room', people: 1, bytesEach: bytes, there: 0 } as const
    return { plan: undefined, isMet: false, shortfalls: [room] }
  }
  const search = searchOf(request, {})
  const spaces = search.spaces.map((space) => ({
    ...space,
    needed: space.needed.filter((needed) => needed === shape.needed),
  }))
  const scheme = bestScheme({ ...search, spaces, total: shape.total })!
  return { plan: planOf(request, scheme), isMet: true, shortfalls: [] }
}

function solveGoal(request: SolveRequest, goal: VaultGoal): Solution {
  const scheme = bestScheme(searchOf(request, goal))
  const isMet = scheme?.isMet === true
  return {
    plan: scheme === undefined ? undefined : planOf(request, scheme),
    isMet,
    shortfalls: isMet ? [] : findShortfalls(request, goal, searchOf),
  }
}

function searchOf(request: SolveRequest, goal: VaultGoal): SchemeSearch {
  return {
    goal,
    spaces: spacesOf(request),
    ownCopy: ownCopyOf(request),
    assumptions: { ...LOSS_ASSUMPTIONS, ...request.assumptions },
    save: 'bytes',
  }
}

/** Lists that are the same for several k are made and searched once for all of them. */
function spacesOf({ helpers, bytes }: SolveRequest): readonly SchemeSpace[] {
  const choices = new Map<number, number[]>()
  for (let needed = 1; needed <= PLAN_NEEDED_MAX; needed++) {
    const room = countRoom(helpers, bytesEach(bytes, needed))
    choices.set(room, [...(choices.get(room) ?? []), needed])
  }
  return [...choices.values()].flatMap((needed) => {
    const lists = candidateLists(helpers, bytesEach(bytes, needed[0]!))
    return lists.map((list) => ({ list, needed }))
  })
}

function bytesEach(bytes: number, needed: number): number {
  return Math.max(1, Math.ceil(bytes / needed))
}

function ownCopyOf({ ownCopy }: SolveRequest): OwnCopy | undefined {
  if (ownCopy === undefined) return undefined
  const { person, household } = ownCopy
  return {
    person,
    household: household === undefined ? `person ${person}` : `household ${household}`,
  }
}

function planOf(request: SolveRequest, { needed, holders, ...figures }: Scheme): VaultPlan {
  const total = holders.length
  const ownCopy = ownCopyOf(request)
  const survives = (kind: 'people' | 'devices' | 'households'): number => {
    return lossesSurvived(needed, total, domainSizes(holders, kind, ownCopy))
  }
  const { largestFirst } = domainSizes(holders, 'households', undefined)
  return {
    ...{ needed, total, holders, cost: total / needed },
    householdShardsMax: largestFirst[0] ?? 0,
    shardBytes: bytesEach(request.bytes, needed),
    readable: 1 - figures.unreadable,
    unreadable: figures.unreadable,
    yearlyLoss: figures.yearlyLoss,
    survives: {
      people: survives('people'),
      devices: survives('devices'),
      households: survives('households'),
    },
  }
}
