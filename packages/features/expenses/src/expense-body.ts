/**
 * What one version of an expense says, whole: an edit carries all of it again.
 *
 * Money is integers in minor units of the body's own currency, whose exponent is stored with it, so that no device
 * asks a table that may change. Whoever paid, whoever owes and whoever signed are three different things; the last is
 * the entry's. Nothing here is computed: who owes what follows from the body alone, see `money/split.ts`, by the rule
 * version it names.
 *
 * A split is one form for all ways of splitting. From the amount are taken, in this order: the items, tax and tip in
 * proportion to the items, exact parts, adjustments. What remains goes to the percentages, and what they leave to the
 * shares. So equal parts are shares of weight one, and a mixed split is several of these at once. All of it is computed
 * with exact fractions and rounded once, by largest remainder.
 */

import type { LedgerId, PartyId, VersionId } from './party.ts'

/** `YYYY-MM-DD`, a day of the proleptic Gregorian calendar from 1900-01-01 to 2199-12-31, without a time zone. */
export type CivilDate = string

export interface Currency {
  /** Three capital letters of ISO 4217, or `X` and two for what a group made up. */
  readonly code: string
  /** Decimals of an amount, 0 to 4. */
  readonly exponent: number
}

/**
 * `expense`: `paid` was spent by them. `income`: `paid` came in to them, and is owed to those of the split.
 * `transfer`: `paid` went from them to those of the split.
 */
export type ExpenseKind = 'expense' | 'income' | 'transfer'

export interface PartyAmount {
  readonly party: PartyId
  /** 1 to AMOUNT_MINOR_MAX; an adjustment may be negative. */
  readonly amountMinor: number
}

export interface PartyShare {
  readonly party: PartyId
  /** 1 to WEIGHT_MAX. */
  readonly weight: number
}

export interface PartyPercent {
  readonly party: PartyId
  /** Millionths of what remains, 1 to 1,000,000: 25 % is 250,000. */
  readonly millionths: number
}

export interface ExpenseItem {
  readonly title: string
  /** Of all of it, not of one piece; negative for a discount. */
  readonly amountMinor: number
  /** At least one. */
  readonly shares: readonly PartyShare[]
}

/** In each list a party stands at most once; sums and order of computation: see the header. */
export interface Split {
  readonly items: readonly ExpenseItem[]
  /** Non-negative; only with items. */
  readonly taxMinor: number
  readonly tipMinor: number
  readonly exact: readonly PartyAmount[]
  readonly adjustments: readonly PartyAmount[]
  /** Together at most 1,000,000; exactly that when there are no shares and something remains. */
  readonly percents: readonly PartyPercent[]
  readonly shares: readonly PartyShare[]
}

/** Nothing of any kind: what a split is written over. */
export const NO_SPLIT: Split = {
  items: [],
  taxMinor: 0,
  tipMinor: 0,
  exact: [],
  adjustments: [],
  percents: [],
  shares: [],
}

/** One unit of the expense's currency is `numerator / denominator` units of `to` (units, not minor units). */
export interface FrozenRate {
  readonly to: Currency
  /** 1 to RATE_TERM_MAX, like the denominator. */
  readonly numerator: number
  readonly denominator: number
  /** `typed`, or the name of the table it was taken from. */
  readonly source: string
  readonly asOf: CivilDate
}

/** Where an expense came from, when nobody typed it in. */
export type ExpenseOrigin =
  | {
      readonly kind: 'series'
      readonly series: LedgerId
      /** Version of the series it was made by, and how deep that one is. */
      readonly version: VersionId
      readonly depth: number
      readonly due: CivilDate
    }
  | {
      readonly kind: 'import'
      /** Kind of file, such as `splitwise-csv`. */
      readonly source: string
      /** The line of the file, cut at ORIGIN_LINE_BYTES_MAX. */
      readonly line: string
      /** Whether paid or owed was guessed, because the file says only the difference. */
      readonly reconstructed: boolean
    }

export interface ExpenseBody {
  /** How `owed` is computed; this software knows 1. */
  readonly rule: 1
  readonly kind: ExpenseKind
  /** Deleting and restoring are versions too. */
  readonly deleted: boolean
  readonly title: string
  readonly date: CivilDate
  readonly currency: Currency
  /** 1 to AMOUNT_MINOR_MAX. */
  readonly amountMinor: number
  /** At least one, each party once; sums to the amount. */
  readonly paid: readonly PartyAmount[]
  readonly split: Split
  /** A built-in category's name (`groceries`) or the id of an own one. */
  readonly category: string | undefined
  readonly tags: readonly string[]
  readonly note: string
  readonly rate: FrozenRate | undefined
  readonly origin: ExpenseOrigin | undefined
}

/** What an expense changes: who is up and down by how much. Sums to zero. */
export interface ExpenseEffect {
  readonly currency: Currency
  /** Each party once, in order of ids; positive: is owed. */
  readonly net: readonly { readonly party: PartyId; readonly minor: bigint }[]
}
