/** Why amounts and splits are refused. `docs/errors.md` says what to do about each. */

import { HamletError } from '@hamlet/core'

/** Why a body's money does not hold together; a version of an expense like that is none. */
export type SplitErrorCode =
  /** An amount that is no whole number of minor units within its range. */
  | 'SPLIT_BAD_AMOUNT'
  /** A weight or a percentage that is no whole number within its range. */
  | 'SPLIT_BAD_WEIGHT'
  /** More people, items or shares than one expense holds. */
  | 'SPLIT_TOO_MANY'
  /** Somebody stands twice in one list. */
  | 'SPLIT_PARTY_TWICE'
  /** An item that is nobody's. */
  | 'SPLIT_ITEM_OF_NOBODY'
  /** What the payers paid does not come to the amount. */
  | 'SPLIT_PAID_SUM'
  /** Tax or tip, and no items worth something to divide it by. */
  | 'SPLIT_TAX_WITHOUT_ITEMS'
  /** Percentages above a hundred together. */
  | 'SPLIT_PERCENT_SUM'
  /** The parts come to more than the amount. */
  | 'SPLIT_OVER'
  /** The parts leave something, and nobody takes it. */
  | 'SPLIT_REST'
  /** Somebody would owe less than nothing. */
  | 'SPLIT_NEGATIVE'

export class SplitError extends HamletError<SplitErrorCode> {
  override readonly name = 'SplitError'
}

/** Why a text is no amount; `fields.column`, counted from 1 in UTF-16 units, says where. */
export type AmountErrorCode =
  /** Nothing to read. */
  | 'AMOUNT_EMPTY'
  /** Something other than what stands in a number or a calculation at this place. */
  | 'AMOUNT_UNEXPECTED'
  /** Marks between digits that are neither decimals nor groups of thousands. */
  | 'AMOUNT_BAD_GROUPING'
  /** One mark with three digits after it: thousands, or decimals? */
  | 'AMOUNT_AMBIGUOUS'
  /** More decimals than the currency has. */
  | 'AMOUNT_TOO_PRECISE'
  /** More than one amount may be. */
  | 'AMOUNT_TOO_LARGE'
  /** More text than an amount takes. */
  | 'AMOUNT_TOO_LONG'
  /** More parentheses within each other than anybody needs. */
  | 'AMOUNT_TOO_DEEP'
  | 'AMOUNT_DIVIDED_BY_ZERO'

export class AmountError extends HamletError<AmountErrorCode> {
  override readonly name = 'AmountError'
}

/** Why an amount is not known in another currency. */
export type RateErrorCode =
  /** No rate frozen in the expense, and none for its day in the table. */
  | 'RATE_MISSING'
  /** A rate of nothing, or one whose terms an expense cannot hold. */
  | 'RATE_OUT_OF_RANGE'

export class RateError extends HamletError<RateErrorCode> {
  override readonly name = 'RateError'
}
