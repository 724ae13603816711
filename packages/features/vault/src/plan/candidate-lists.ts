/**
 * In which order holders are considered: schemes are tried with the first n of each of these lists.
 *
 * Whatever the scheme, of two people with room the one who is there more is the better choice, so one list by uptime would do if
 * nobody lived together. Where they do, being there and living apart pull in different directions, so there is a list for
 * each number of holders that a household may have at most, and one that goes round the households.
 *
 * Nobody is on a list twice before everybody is on it once.
 */

import { compareText, householdOf, shardsTaken, takesShard } from './helpers.ts'
import type { Helper } from './helpers.ts'
import type { Candidate } from './scheme-figures.ts'
import { trustedUptime } from './uptime.ts'

const HOLDERS_MAX = 64
const HOUSEHOLD_LIMITS_MAX = 8

interface Ranked extends Candidate {
  /** Which of the person's devices it is, the best first. */
  readonly turn: number
}

/** All lists of who has room for a shard of this size, each once; the first goes by uptime alone. */
export function candidateLists(
  helpers: readonly Helper[],
  shardBytes: number,
): readonly (readonly Candidate[])[] {
  const byUptime = helpers.flatMap((helper) => seatsOf(helper, shardBytes)).sort(bestFirst)
  const roof = Math.max(0, ...countByHousehold(byUptime).values())
  const lists: (readonly Candidate[])[] = [byUptime]
  if (roof > 1) {
    lists.push(roundHouseholds(byUptime))
    for (let limit = 1; limit < roof && limit <= HOUSEHOLD_LIMITS_MAX; limit++) {
      lists.push(atMostPerHousehold(byUptime, limit))
    }
  }
  return lists.map((list) => list.slice(0, HOLDERS_MAX))
}

/**
 * Devices with room, and how many of them people would fill. Neither falls as shards get smaller, so where the sum is the same
 * for two sizes, so are the lists.
 */
export function countRoom(helpers: readonly Helper[], shardBytes: number): number {
  return helpers.reduce((sum, helper) => {
    const roomy = helper.devices.filter((device) => takesShard(device, shardBytes)).length
    return sum + roomy + Math.min(roomy, shardsTaken(helper, shardBytes))
  }, 0)
}

function seatsOf(helper: Helper, shardBytes: number): readonly Ranked[] {
  const household = householdOf(helper)
  const { person } = helper
  return helper.devices
    .filter((device) => takesShard(device, shardBytes))
    .map((device) => ({ device: device.device, uptime: trustedUptime(device) }))
    .sort((a, b) => b.uptime - a.uptime || compareText(a.device, b.device))
    .slice(0, shardsTaken(helper, shardBytes))
    .map(({ device, uptime }, turn) => ({ person, device, household, uptime, turn }))
}

function bestFirst(a: Ranked, b: Ranked): number {
  return a.turn - b.turn || b.uptime - a.uptime || compareText(a.device, b.device)
}

function countByHousehold(list: readonly Candidate[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { household } of list) counts.set(household, (counts.get(household) ?? 0) + 1)
  return counts
}

/** The best of each household, then the second best of each. */
function roundHouseholds(list: readonly Ranked[]): readonly Candidate[] {
  const counts = new Map<string, number>()
  const rounds = list.map((candidate) => {
    const round = counts.get(candidate.household) ?? 0
    counts.set(candidate.household, round + 1)
    return { candidate, round }
  })
  return rounds
    .sort((a, b) => {
      return (
        a.candidate.turn - b.candidate.turn ||
        a.round - b.round ||
        bestFirst(a.candidate, b.candidate)
      )
    })
    .map(({ candidate }) => candidate)
}

function atMostPerHousehold(list: readonly Candidate[], limit: number): readonly Candidate[] {
  const counts = new Map<string, number>()
  return list.filter(({ household }) => {
    const count = (counts.get(household) ?? 0) + 1
    counts.set(household, count)
    return count <= limit
  })
}
