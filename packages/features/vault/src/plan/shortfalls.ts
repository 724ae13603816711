/**
 * Why a goal cannot be met, precisely: "needs 3 people who are online more than 60 %; there are 2".
 *
 * The idea: a goal fails on a condition if it could be met without it. So the smallest set of conditions is looked for without
 * which it can be met, single ones first: everybody has room; everybody is always there; everybody lives alone; money is no
 * object; nothing is ever lost. What remains when all of them are waived is a lack of people. Of each condition in the set it is
 * said what would be enough, as little as possible, and what of it there is.
 */

import type { VaultGoal } from './goal.ts'
import type { Helper } from './helpers.ts'
import { shardsTaken, takesShard } from './helpers.ts'
import type { Candidate } from './scheme-figures.ts'
import { bestScheme, canBeMet } from './search-schemes.ts'
import type { Scheme, SchemeSearch } from './search-schemes.ts'
import type { SolveRequest } from './solve-request.ts'

export type Shortfall =
  /** So many people, or devices, are needed, and so many are there. */
  | { readonly short: 'people' | 'devices'; readonly needed: number; readonly there: number }
  | { readonly short: 'households'; readonly needed: number; readonly there: number }
  /** So many holders would have to be there for more than this share of the time. */
  | {
      readonly short: 'uptime'
      readonly holders: number
      readonly uptime: number
      readonly there: number
    }
  /** So many would have to have room for so many bytes each. */
  | {
      readonly short: 'room'
      readonly people: number
      readonly bytesEach: number
      readonly there: number
    }
  /** It can be met, for so much. */
  | { readonly short: 'cost'; readonly cost: number }
  /** The smallest chance of a loss that can be had. */
  | { readonly short: 'loss'; readonly yearlyLoss: number }

type Condition = 'room' | 'uptime' | 'households' | 'cost' | 'loss'
type SearchOf = (request: SolveRequest, goal: VaultGoal) => SchemeSearch

interface Failing {
  readonly request: SolveRequest
  readonly goal: VaultGoal
  readonly searchOf: SearchOf
}

const CONDITIONS: readonly Condition[] = ['room', 'uptime', 'households', 'cost', 'loss']
/** Room for anything, in sums that stay exact. */
const AMPLE_BYTES = 2 ** 52
/** Observations beside which the prior is nothing. */
const CERTAIN = 1e15

export function findShortfalls(
  request: SolveRequest,
  goal: VaultGoal,
  searchOf: SearchOf,
): readonly Shortfall[] {
  const failing = { request, goal, searchOf }
  const waived = smallestWaiver(failing)
  if (waived === undefined) return [lackOfHolders(failing)]
  return waived.map((condition) => shortfallOf(failing, condition, waived))
}

function smallestWaiver(failing: Failing): readonly Condition[] | undefined {
  const sets = Array.from({ length: 2 ** CONDITIONS.length - 1 }, (_, index) => {
    return CONDITIONS.filter((_condition, bit) => (((index + 1) >> bit) & 1) === 1)
  })
  const isNamed = (condition: Condition): boolean => concerns(failing, condition)
  return sets
    .filter((set) => set.every(isNamed))
    .sort((a, b) => a.length - b.length)
    .find((set) => isMetWithout(failing, set))
}

/** Whether waiving it could change anything at all. */
function concerns({ goal }: Failing, condition: Condition): boolean {
  if (condition === 'households') return goal.survives?.of === 'households'
  if (condition === 'cost') return goal.costMax !== undefined
  if (condition === 'loss') return goal.yearlyLossMax !== undefined
  return condition === 'room' || goal.readable !== undefined
}

function isMetWithout(failing: Failing, waived: readonly Condition[]): boolean {
  return canBeMet(searchWithout(failing, waived))
}

function schemeWithout(failing: Failing, waived: readonly Condition[], uptime = 1): Scheme {
  return bestScheme({ ...searchWithout(failing, waived, uptime), save: 'holders' })!
}

function searchWithout(
  { request, goal, searchOf }: Failing,
  waived: readonly Condition[],
  uptime = 1,
): SchemeSearch {
  const helpers = request.helpers.map((helper) => eased(helper, waived, uptime))
  return searchOf({ ...request, helpers }, withoutClauses(goal, waived))
}

function withoutClauses(goal: VaultGoal, waived: readonly Condition[]): VaultGoal {
  const { costMax, yearlyLossMax, ...rest } = goal
  return {
    ...rest,
    ...(costMax === undefined || waived.includes('cost') ? {} : { costMax }),
    ...(yearlyLossMax === undefined || waived.includes('loss') ? {} : { yearlyLossMax }),
  }
}

/** As if conditions were met: everybody has room, is there for the share `uptime`, lives alone. */
function eased(helper: Helper, waived: readonly Condition[], uptime: number): Helper {
  const hasRoom = waived.includes('room')
  const isUp = waived.includes('uptime')
  return {
    ...helper,
    household: waived.includes('households') ? undefined : helper.household,
    freeBytes: hasRoom ? AMPLE_BYTES : helper.freeBytes,
    devices: helper.devices.map((device) => ({
      ...device,
      ...(hasRoom ? { freeBytes: AMPLE_BYTES, accepts: true } : {}),
      ...(isUp ? { uptime, observations: CERTAIN } : {}),
    })),
  }
}

function shortfallOf(
  failing: Failing,
  condition: Condition,
  waived: readonly Condition[],
): Shortfall {
  const scheme = schemeWithout(failing, waived)
  switch (condition) {
    case 'room':
      return lackOfRoom(failing, scheme)
    case 'uptime':
      return lackOfUptime(failing, waived)
    case 'households':
      return lackOfHouseholds(failing, scheme)
    case 'cost':
      return { short: 'cost', cost: cheapest(failing, waived) }
    case 'loss':
      return { short: 'loss', yearlyLoss: leastLoss(failing, waived) }
  }
}

function lackOfRoom({ request }: Failing, { needed, holders }: Scheme): Shortfall {
  const bytesEach = Math.ceil(request.bytes / needed)
  const there = holders.filter((holder) => hasRoom(request, holder, bytesEach)).length
  return { short: 'room', people: holders.length, bytesEach, there }
}

function hasRoom({ helpers }: SolveRequest, holder: Candidate, bytes: number): boolean {
  const helper = helpers.find(({ person }) => person === holder.person)
  const device = helper?.devices.find((one) => one.device === holder.device)
  if (helper === undefined || device === undefined) return false
  return takesShard(device, bytes) && shardsTaken(helper, bytes) > 0
}

/** The lowest share of the time, in whole percents, that would be enough if so many were there for that long. */
function lackOfUptime(failing: Failing, waived: readonly Condition[]): Shortfall {
  let [low, high] = [0, 100]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (canBeMet(searchWithout(failing, waived, middle / 100))) high = middle
    else low = middle
  }
  const uptime = high / 100
  const { holders, needed } = schemeWithout(failing, waived, uptime)
  const as = searchWithout(
    failing,
    waived.filter((condition) => condition !== 'uptime'),
  )
  const list = as.spaces.find((space) => space.needed.includes(needed))?.list ?? []
  const there = list.filter((candidate) => candidate.uptime >= uptime).length
  return { short: 'uptime', holders: holders.length, uptime, there }
}

function lackOfHouseholds({ request, goal }: Failing, { holders }: Scheme): Shortfall {
  const households = request.helpers.map(({ household, person }) => household ?? person)
  const there = new Set(households).size
  const losses = goal.survives?.losses ?? 0
  return { short: 'households', needed: Math.max(losses + 1, holders.length), there }
}

function cheapest(failing: Failing, waived: readonly Condition[]): number {
  const { needed, holders } = bestScheme(searchWithout(failing, waived))!
  return holders.length / needed
}

/** The best of those that miss a chance of nothing is the one that is lost least. */
function leastLoss(failing: Failing, waived: readonly Condition[]): number {
  const search = searchWithout(failing, waived)
  return bestScheme({ ...search, goal: { ...search.goal, yearlyLossMax: 0 } })!.yearlyLoss
}

/** With everything else waived there are too few to survive so many losses. */
function lackOfHolders({ request, goal }: Failing): Shortfall {
  const losses = goal.survives?.losses ?? 0
  const needed = losses + 1 - (request.ownCopy === undefined ? 0 : 1)
  if (goal.survives?.of === 'devices') {
    const there = request.helpers.reduce((sum, { devices }) => sum + devices.length, 0)
    return { short: 'devices', needed, there }
  }
  return { short: 'people', needed: Math.max(1, needed), there: request.helpers.length }
}
