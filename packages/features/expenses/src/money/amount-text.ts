/**
 * Amounts as text and back, exactly: no floating point in between, where 19.99 times a hundred is 1998.
 *
 * What people type is read leniently as to the look (`decimal-literal.ts`) and strictly as to the value: more decimals
 * than the currency has are an error, unless they are zeros (files say `3000.00` of yen). One mark with three digits
 * behind it, and nobody to say what it means, is decimals where the currency has three or more, thousands where it has
 * none, and refused otherwise.
 */

import { assert, err, ok } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import { AMOUNT_MINOR_MAX } from '../limits.ts'
import { AMOUNT_TEXT_LENGTH_MAX } from './money-limits.ts'
import { refuseAt, scanLiteral } from './decimal-literal.ts'
import type { AmbiguousMark, DecimalLiteral, DecimalMark } from './decimal-literal.ts'
import { AmountError } from './errors.ts'

export interface AmountOptions {
  /** What stands before decimals, where that is known: the reader's language, a column of a file. @default whichever fits */
  readonly decimalMark?: DecimalMark | undefined
}

const SIGNED = /^([\s]*)([+\-\u2212]?)([\s]*)/

/** `-12.50` for -1250 of two decimals; always with all decimals, never grouped. */
export function minorToText(
  minor: number | bigint,
  exponent: number,
  decimalMark: DecimalMark = '.',
): string {
  assert(typeof minor === 'bigint' || Number.isSafeInteger(minor), 'minor units are whole')
  const digits = `${minor < 0 ? -minor : minor}`.padStart(exponent + 1, '0')
  const sign = minor < 0 ? '-' : ''
  if (exponent === 0) return sign + digits
  return `${sign}${digits.slice(0, -exponent)}${decimalMark}${digits.slice(-exponent)}`
}

/** Minor units of an amount alone, -AMOUNT_MINOR_MAX to AMOUNT_MINOR_MAX; calculations: `evaluateAmount`. */
export function parseAmount(
  text: string,
  exponent: number,
  options: AmountOptions = {},
): Result<number, AmountError> {
  return catchAmountError(() => {
    requireLength(text)
    const [head, , sign] = SIGNED.exec(text)!
    if (head.length === text.length) throw refuseAt('AMOUNT_EMPTY', 0, 'expected an amount')
    const ambiguous = ambiguousAlone(exponent)
    const literal = scanLiteral(text, head.length, { ...options, ambiguous })
    const rest = text.slice(literal.end).search(/\S/)
    if (rest >= 0) throw refuseAt('AMOUNT_UNEXPECTED', literal.end + rest, 'expected the end')
    const minor = literalToMinor(literal, exponent)
    return requireRange(sign === '' || sign === '+' ? minor : -minor)
  })
}

/** What throws inside, {@link AmountError} alone, is returned. */
export function catchAmountError<T>(read: () => T): Result<T, AmountError> {
  try {
    return ok(read())
  } catch (error) {
    if (error instanceof AmountError) return err(error)
    throw error
  }
}

export function requireLength(text: string): void {
  if (text.length <= AMOUNT_TEXT_LENGTH_MAX) return
  const message = `expected at most ${AMOUNT_TEXT_LENGTH_MAX} characters`
  throw refuseAt('AMOUNT_TOO_LONG', AMOUNT_TEXT_LENGTH_MAX, message)
}

export function requireRange(minor: bigint): number {
  if (minor <= BigInt(AMOUNT_MINOR_MAX) && minor >= -BigInt(AMOUNT_MINOR_MAX)) return Number(minor)
  throw refuseAt('AMOUNT_TOO_LARGE', 0, `expected at most ${AMOUNT_MINOR_MAX} minor units`)
}

function ambiguousAlone(exponent: number): AmbiguousMark {
  if (exponent >= 3) return 'decimal'
  return exponent === 0 ? 'thousands' : 'refuse'
}

function literalToMinor(literal: DecimalLiteral, exponent: number): bigint {
  if (literal.decimals > exponent) {
    const message = `expected at most ${exponent} decimals, got ${literal.decimals}`
    throw refuseAt('AMOUNT_TOO_PRECISE', literal.decimalsAt + exponent, message)
  }
  return literal.digits * 10n ** BigInt(exponent - literal.decimals)
}
