/** What is missing or too much in a form, as data; `bill-words.ts` makes sentences of it. */

/** Beside which part of the form it is said. */
export type ProblemPlace =
  | 'title'
  | 'amount'
  | 'payers'
  | 'split'
  | 'item'
  | 'value'
  | 'tax'
  | 'tip'
  | 'date'
  | 'rate'
  | 'tags'
  | 'note'
  | 'repeat'

export type ProblemKind =
  | 'titleMissing'
  | 'titleLong'
  | 'amountMissing'
  | 'amountNotPositive'
  | 'amountEmpty'
  | 'amountUnexpected'
  | 'amountGrouping'
  | 'amountAmbiguous'
  | 'amountPrecise'
  | 'amountLarge'
  | 'amountDivided'
  | 'personUnknown'
  | 'personSeveral'
  | 'amountFirst'
  | 'paidMissing'
  | 'paidOver'
  | 'paidNothing'
  | 'nobody'
  | 'splitMissing'
  | 'splitOver'
  | 'percentMissing'
  | 'percentOver'
  | 'percentBad'
  | 'weightBad'
  | 'negative'
  | 'itemAmount'
  | 'itemsMissing'
  | 'taxWithoutItems'
  | 'tooMany'
  | 'dateBad'
  | 'rateBad'
  | 'tagsMany'
  | 'noteLong'
  | 'everyBad'
  | 'untilBad'
  | 'sameParty'

export interface Problem {
  readonly where: ProblemPlace
  /** Which item, or whose value. */
  readonly key?: string
  readonly what: ProblemKind
  /** What was typed, a name, or a percentage. */
  readonly text?: string
  /** How much it is about. */
  readonly minor?: number
  /** People who are meant perhaps. */
  readonly names?: readonly string[]
  /** Something not yet filled in, rather than something wrong: said once saving was tried. */
  readonly isMissing?: boolean
}
