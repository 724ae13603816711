/** Amounts as they are typed in a form, calculations too, read into minor units or a {@link Problem}. */

import { evaluateAmount } from '@hamlet/expenses'
import type { AmountErrorCode } from '@hamlet/expenses'
import type { Problem, ProblemKind, ProblemPlace } from './problems.ts'

export type AmountReading =
  | { readonly kind: 'empty' }
  | { readonly kind: 'amount'; readonly minor: number }
  | { readonly kind: 'wrong'; readonly what: ProblemKind }

const KINDS: Readonly<Record<AmountErrorCode, ProblemKind>> = {
  AMOUNT_EMPTY: 'amountEmpty',
  AMOUNT_UNEXPECTED: 'amountUnexpected',
  AMOUNT_BAD_GROUPING: 'amountGrouping',
  AMOUNT_AMBIGUOUS: 'amountAmbiguous',
  AMOUNT_TOO_PRECISE: 'amountPrecise',
  AMOUNT_TOO_LARGE: 'amountLarge',
  AMOUNT_TOO_LONG: 'amountLarge',
  AMOUNT_TOO_DEEP: 'amountUnexpected',
  AMOUNT_DIVIDED_BY_ZERO: 'amountDivided',
}

export function readAmount(text: string, exponent: number): AmountReading {
  if (text.trim() === '') return { kind: 'empty' }
  const read = evaluateAmount(text, exponent)
  if (read.ok) return { kind: 'amount', minor: read.value }
  return { kind: 'wrong', what: KINDS[read.error.code] }
}

/** Whether it is a calculation, whose result is worth showing. */
export function isCalculation(text: string): boolean {
  return /[^\s+\-\u2212][\s]*[+\-\u2212*/\u00d7\u00f7]|[(]/u.test(text)
}

/** Whether a word of a line is meant as an amount. */
export function looksLikeAmount(token: string): boolean {
  return /^[-+\u2212(.,]*[0-9]/u.test(token)
}

export function amountProblem(
  where: ProblemPlace,
  reading: AmountReading,
  text: string,
): Problem | undefined {
  return reading.kind === 'wrong' ? { where, what: reading.what, text: text.trim() } : undefined
}
