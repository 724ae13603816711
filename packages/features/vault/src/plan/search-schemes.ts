/**
 * The best scheme of k out of n shards for a goal, by trying all of them on all lists of holders.
 *
 * Of schemes that meet the goal the cheapest is best (n / k, compared in whole numbers), then the one that is lost least,
 * then the one that is read most, then fewer shards. Of schemes that do not, the one that survives most of what was asked,
 * then is read most, then is lost least, then is cheapest. Nothing is left to the order of the input.
 *
 * Complexity: for each list O(n²) to add up the odds of n ≤ 64 holders, O(k n) sums over them for k ≤ 16, and O(n²) more for each
 * scheme that is compared by its losses, which are the few that are as cheap as the best so far.
 */

import { withHolder } from './durability.ts'
import type { VaultGoal } from './goal.ts'
import { domainSizes, lossesSurvived, yearlyLossOf } from './scheme-figures.ts'
import type { Candidate, LossAssumptions, OwnCopy } from './scheme-figures.ts'

/** Holders of one list may hold shards of some sizes only: where k is small, shards are large. */
export interface SchemeSpace {
  readonly list: readonly Candidate[]
  /** The k for whose shards all of the list have room. */
  readonly needed: readonly number[]
}

export interface SchemeSearch {
  readonly goal: VaultGoal
  readonly spaces: readonly SchemeSpace[]
  readonly ownCopy: OwnCopy | undefined
  readonly assumptions: LossAssumptions
  /** Only schemes of so many shards. */
  readonly total?: number
  /** What to save once the goal is met. */
  readonly save: 'bytes' | 'holders'
}

export interface Scheme {
  readonly needed: number
  readonly holders: readonly Candidate[]
  readonly unreadable: number
  /** Losses survived of the kind that the goal names; without one 0. */
  readonly survived: number
  readonly yearlyLoss: number
  readonly isMet: boolean
}

type Draft = Omit<Scheme, 'yearlyLoss' | 'isMet'>

export function bestScheme(search: SchemeSearch): Scheme | undefined {
  let best: Scheme | undefined
  for (const space of search.spaces) {
    for (const draft of draftsOf(search, space)) {
      if (best !== undefined && isOutOfReach(search, draft, best)) continue
      const scheme = finished(search, draft)
      if (best === undefined || compareSchemes(search, scheme, best) < 0) best = scheme
    }
  }
  return best
}

/** Whether any scheme meets the goal. */
export function canBeMet(search: SchemeSearch): boolean {
  for (const space of search.spaces) {
    for (const draft of draftsOf(search, space)) {
      if (!meets(search.goal, draft)) continue
      if (search.goal.yearlyLossMax === undefined || finished(search, draft).isMet) return true
    }
  }
  return false
}

function* draftsOf(
  { goal, ownCopy, total: only }: SchemeSearch,
  { list, needed: choices }: SchemeSpace,
): Generator<Draft> {
  let odds: Float64Array<ArrayBuffer> = Float64Array.of(1)
  for (let total = 1; total <= list.length; total++) {
    odds = withHolder(odds, 1 - list[total - 1]!.uptime)
    if (only !== undefined && total !== only) continue
    const holders = list.slice(0, total)
    const sizes =
      goal.survives === undefined ? undefined : domainSizes(holders, goal.survives.of, ownCopy)
    for (const needed of choices) {
      if (needed > total || !isAffordable(goal, needed, total)) continue
      const survived = sizes === undefined ? 0 : lossesSurvived(needed, total, sizes)
      yield { needed, holders, unreadable: sumBelow(odds, needed), survived }
    }
  }
}

function sumBelow(odds: Float64Array, needed: number): number {
  let sum = 0
  for (let count = 0; count < needed; count++) sum += odds[count]!
  return Math.min(1, sum)
}

function isAffordable({ costMax = Infinity }: VaultGoal, needed: number, total: number): boolean {
  return total <= costMax * needed
}

/** Whether it cannot be better than what is there, without working out how it is lost. */
function isOutOfReach(search: SchemeSearch, draft: Draft, best: Scheme): boolean {
  if (best.isMet) return !meets(search.goal, draft) || compareSaved(search, draft, best) > 0
  return compareMissedClauses(search.goal, draft, best) > 0
}

function finished({ goal, ownCopy, assumptions }: SchemeSearch, draft: Draft): Scheme {
  const yearlyLoss = yearlyLossOf(draft.needed, draft.holders, ownCopy, assumptions)
  const isMet = meets(goal, draft) && yearlyLoss <= (goal.yearlyLossMax ?? 1)
  return { ...draft, yearlyLoss, isMet }
}

function meets({ readable = 0, survives }: VaultGoal, draft: Draft): boolean {
  return (
    draft.survived >= (survives?.losses ?? 0) &&
    (readable === 0 || draft.unreadable <= 1 - readable)
  )
}

/** Below 0: `a` is better. */
function compareSchemes(search: SchemeSearch, a: Scheme, b: Scheme): number {
  if (a.isMet !== b.isMet) return a.isMet ? -1 : 1
  const order = a.isMet
    ? compareSaved(search, a, b) || a.yearlyLoss - b.yearlyLoss || a.unreadable - b.unreadable
    : compareMissed(search, a, b)
  return order || a.holders.length - b.holders.length || compareHolders(a, b)
}

function compareSaved({ save }: SchemeSearch, a: Draft, b: Draft): number {
  const cost = a.holders.length * b.needed - b.holders.length * a.needed
  return save === 'bytes' ? cost : a.holders.length - b.holders.length || cost
}

function compareMissed(search: SchemeSearch, a: Scheme, b: Scheme): number {
  const { yearlyLossMax = 0 } = search.goal
  return (
    compareMissedClauses(search.goal, a, b) ||
    missing(a.yearlyLoss, yearlyLossMax) - missing(b.yearlyLoss, yearlyLossMax) ||
    compareSaved(search, a, b)
  )
}

function compareMissedClauses({ survives, readable = 0 }: VaultGoal, a: Draft, b: Draft): number {
  const asked = survives?.losses ?? 0
  return (
    Math.min(b.survived, asked) - Math.min(a.survived, asked) ||
    missing(a.unreadable, 1 - readable) - missing(b.unreadable, 1 - readable)
  )
}

/** By how much a chance is above what was asked for. */
function missing(chance: number, asked: number): number {
  return Math.max(0, chance - asked)
}

function compareHolders(a: Scheme, b: Scheme): number {
  const [one, other] = [a, b].map(({ holders }) => holders.map(({ device }) => device).join())
  return one! < other! ? -1 : one! > other! ? 1 : 0
}
