/**
 * What everybody owes exactly, as a whole number and a fraction of one common denominator, before rounding.
 *
 * With items `i` of amount `a` divided by weights `w` of sum `W`, tax and tip `x`, items of `T` together, and a rest `R`
 * of which percentages take `m` millionths (`M` together) and the shares (weights `v` of sum `V`) what they leave:
 *
 *     owed = Σ (a·w/W) · (T + x)/T  +  exact + adjustment  +  R · (m + (10^6 - M)·v/V) / 10^6
 *
 * Two ways to the same numbers: in safe integers when there are no items and `R` times the denominator is one, which
 * nearly every expense is, and in big integers for the rest. A property test compares them.
 */

import type { Split } from '../expense-body.ts'
import type { PartyId } from '../party.ts'
import { divideDown } from './apportion.ts'
import { MILLIONTHS } from './split-check.ts'
import type { SplitSums } from './split-check.ts'

/** `floors[i] + remainders[i] / denominator`, with 0 <= remainder < denominator, for each party in order of ids. */
export interface SplitParts {
  readonly parties: readonly PartyId[]
  readonly floors: number[]
  readonly remainders: readonly (number | bigint)[]
}

type Places = ReadonlyMap<PartyId, number>

/** `split` has been checked, and `sums` is what that found. */
export function splitToParts(split: Split, sums: SplitSums): SplitParts {
  const small =
    split.items.length === 0 && sums.restMinor * restDenominator(split, sums) <= MAX_SAFE
  return small ? splitToPartsSmall(split, sums) : splitToPartsExact(split, sums)
}

const MAX_SAFE = Number.MAX_SAFE_INTEGER

/** In safe integers; for splits without items whose rest times denominator is one. */
export function splitToPartsSmall(split: Split, sums: SplitSums): SplitParts {
  const { parties, places } = partiesOf(split)
  const floors = wholeParts(split, places)
  const remainders = restWeights(split, sums, places)
  const denominator = restDenominator(split, sums)
  for (let i = 0; i < floors.length; i++) {
    const part = sums.restMinor * remainders[i]!
    remainders[i] = part % denominator
    floors[i]! += (part - remainders[i]!) / denominator
  }
  return { parties, floors, remainders }
}

/** In big integers; for every split. */
export function splitToPartsExact(split: Split, sums: SplitSums): SplitParts {
  const { parties, places } = partiesOf(split)
  const floors = wholeParts(split, places)
  const items = itemParts(split, sums, places)
  const rest = BigInt(sums.restMinor)
  const denominator = BigInt(restDenominator(split, sums))
  const common = denominator * items.denominator
  const weights = restWeights(split, sums, places)
  const remainders = items.numerators.map((item, i) => {
    const part = item * denominator + rest * BigInt(weights[i]!) * items.denominator
    const floor = divideDown(part, common)
    floors[i]! += Number(floor)
    return part - floor * common
  })
  return { parties, floors, remainders }
}

function partiesOf(split: Split): { parties: readonly PartyId[]; places: Places } {
  const named: PartyId[] = []
  for (const item of split.items) for (const { party } of item.shares) named.push(party)
  for (const { party } of split.exact) named.push(party)
  for (const { party } of split.adjustments) named.push(party)
  for (const { party } of split.percents) named.push(party)
  for (const { party } of split.shares) named.push(party)
  const parties = isAscending(named) ? named : [...new Set(named)].sort()
  const places = new Map<PartyId, number>()
  for (const party of parties) places.set(party, places.size)
  return { parties, places }
}

/** As most are, of which nothing but shares is said; then each also stands once. */
function isAscending(parties: readonly PartyId[]): boolean {
  for (let i = 1; i < parties.length; i++) if (parties[i - 1]! >= parties[i]!) return false
  return true
}

/** Exact parts and adjustments. */
function wholeParts(split: Split, places: Places): number[] {
  const wholes = zeros(places.size)
  for (const { party, amountMinor } of split.exact) wholes[places.get(party)!]! += amountMinor
  for (const { party, amountMinor } of split.adjustments) wholes[places.get(party)!]! += amountMinor
  return wholes
}

function zeros(count: number): number[] {
  const list: number[] = []
  for (let i = 0; i < count; i++) list.push(0)
  return list
}

/** At most 5 * 10^14: 500 weights of a million, times a million. */
function restDenominator(split: Split, sums: SplitSums): number {
  return (split.percents.length > 0 ? MILLIONTHS : 1) * (sums.weights || 1)
}

/** What of the rest is whose, over `restDenominator`. */
function restWeights(split: Split, sums: SplitSums, places: Places): number[] {
  const weights = zeros(places.size)
  const left = split.percents.length > 0 ? MILLIONTHS - sums.percentMillionths : 1
  for (const { party, millionths } of split.percents) {
    weights[places.get(party)!]! += millionths * (sums.weights || 1)
  }
  for (const { party, weight } of split.shares) weights[places.get(party)!]! += weight * left
  return weights
}

interface ItemParts {
  readonly numerators: readonly bigint[]
  readonly denominator: bigint
}

/** Items, with tax and tip in proportion to them. */
function itemParts(split: Split, sums: SplitSums, places: Places): ItemParts {
  const totals = split.items.map(({ shares }) => shares.reduce((sum, each) => sum + each.weight, 0))
  const multiple = totals.reduce(leastCommonMultiple, 1n)
  const numerators = Array.from({ length: places.size }, () => 0n)
  for (const [index, { amountMinor, shares }] of split.items.entries()) {
    const perWeight = BigInt(amountMinor) * (multiple / BigInt(totals[index]!))
    for (const { party, weight } of shares) {
      numerators[places.get(party)!]! += perWeight * BigInt(weight)
    }
  }
  if (sums.extraMinor === 0) return { numerators, denominator: multiple }
  const raised = BigInt(sums.itemsMinor + sums.extraMinor)
  return {
    numerators: numerators.map((numerator) => numerator * raised),
    denominator: multiple * BigInt(sums.itemsMinor),
  }
}

function leastCommonMultiple(multiple: bigint, value: number): bigint {
  let [a, b] = [value, Number(multiple % BigInt(value))]
  while (b > 0) [a, b] = [b, a % b]
  return multiple * BigInt(value / a)
}
