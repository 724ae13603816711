/**
 * What a scheme of k out of n shards with certain holders comes to: how often it can be read, what it survives, how likely it
 * is lost. Both readings are of helpers alone, as if the owner's devices were gone: that is what a backup is for. A copy that
 * the owner keeps counts for what is survived and lost.
 */

import {
  chanceBelow,
  holdersApart,
  lossInDays,
  unavailability,
  windowedYear,
} from './durability.ts'
import type { FailureDomain } from './durability.ts'
import type { LossKind } from './goal.ts'
import { LAZY_SHARDS_MIN, repairThresholds } from './repair-plan.ts'

/** A device that might hold one shard. */
export interface Candidate {
  readonly person: string
  readonly device: string
  readonly household: string
  /** From 0 to 1, already doubted where little was observed. */
  readonly uptime: number
}

/** Where the owner's own copy lies. */
export type OwnCopy = Pick<Candidate, 'person' | 'household'>

export interface LossAssumptions {
  /** Share of devices that die or leave in a year. @default 0.3 */
  readonly deviceYearlyLoss: number
  /** Share of households that lose everything in a year. @default 0.005 */
  readonly householdYearlyLoss: number
  /** Noticing, waiting and rebuilding. @default 30 */
  readonly windowDays: number
}

export const LOSS_ASSUMPTIONS: LossAssumptions = {
  deviceYearlyLoss: 0.3,
  householdYearlyLoss: 0.005,
  windowDays: 30,
}

/** Chance that fewer than `needed` of the holders are there. */
export function unreadableShare(needed: number, holders: readonly Candidate[]): number {
  return unavailability(
    needed,
    holders.map(({ uptime }) => uptime),
  )
}

/** How many shards each person, device or household has. */
export interface DomainSizes {
  /** Without the one that has the owner's copy. */
  readonly largestFirst: readonly number[]
  /** Shards beside the owner's copy; `undefined`: there is none. */
  readonly besideCopy: number | undefined
}

export function domainSizes(
  holders: readonly Candidate[],
  kind: LossKind,
  ownCopy: OwnCopy | undefined,
): DomainSizes {
  const counts = new Map<string, number>()
  for (const holder of holders) {
    const domain = domainKey(kind, holder)
    counts.set(domain, (counts.get(domain) ?? 0) + 1)
  }
  let besideCopy: number | undefined
  if (ownCopy !== undefined) {
    const domain = domainKey(kind, { ...ownCopy, device: '' })
    besideCopy = counts.get(domain) ?? 0
    counts.delete(domain)
  }
  return { largestFirst: [...counts.values()].sort((a, b) => b - a), besideCopy }
}

/** How many losses, the worst ones, still leave enough: shards, or the owner's copy. */
export function lossesSurvived(
  needed: number,
  total: number,
  { largestFirst, besideCopy }: DomainSizes,
): number {
  // Whatever else is lost, while the copy is there nothing is.
  let left = total - (besideCopy ?? 0)
  let losses = besideCopy === undefined ? 0 : 1
  for (const size of largestFirst) {
    if (left < needed) break
    left -= size
    losses++
  }
  return Math.max(0, losses - 1)
}

/** Chance that it is lost in a year, from where repair begins: all holders in a small circle, fewer in a large one. */
export function yearlyLossOf(
  needed: number,
  holders: readonly Candidate[],
  ownCopy: OwnCopy | undefined,
  assumptions: LossAssumptions,
): number {
  const total = holders.length
  const live = total < LAZY_SHARDS_MIN ? total : repairThresholds(needed, total).repairAt
  const { windowDays, deviceYearlyLoss, householdYearlyLoss } = assumptions
  const device = lossInDays(deviceYearlyLoss, windowDays)
  const household = lossInDays(householdYearlyLoss, windowDays)
  const domains = roofs(holders.slice(0, live), device, household)
  const losses = live - needed + 1
  if (ownCopy === undefined) {
    return windowedYear(chanceBelow(needed, [...domains.values()]), windowDays, losses)
  }
  const together = domains.get(ownCopy.household)
  domains.delete(ownCopy.household)
  const others = [...domains.values()]
  const inside = holdersApart(together?.members ?? [])
  const standing = device * chanceBelow(needed, [...others, ...inside])
  const burnt = chanceBelow(needed, others)
  return windowedYear(household * burnt + (1 - household) * standing, windowDays, losses + 1)
}

function domainKey(
  kind: LossKind,
  { person, device, household }: Pick<Candidate, 'person' | 'device' | 'household'>,
): string {
  return { people: person, devices: device, households: household }[kind]
}

function roofs(
  holders: readonly Candidate[],
  device: number,
  household: number,
): Map<string, FailureDomain> {
  const domains = new Map<string, FailureDomain>()
  for (const holder of holders) {
    const members = domains.get(holder.household)?.members ?? []
    domains.set(holder.household, { failure: household, members: [...members, device] })
  }
  return domains
}
