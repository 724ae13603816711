/**
 * One number as people all over the world type it, read exactly.
 *
 * Decimals stand behind a point or a comma, thousands are set off by the other of the two, by spaces (also the
 * non-breaking and thin ones) or by apostrophes, in groups of three or as in India (12,34,567). Of two different marks
 * the last is the decimal one, and a mark that stands twice sets off thousands. What is left is one mark with three
 * digits behind it, `1.234`: that is reported as ambiguous, and the caller, who knows the currency or the file,
 * decides; guessing wrong would be wrong by a factor of a thousand.
 *
 * Only ASCII digits are read.
 */

import { AmountError } from './errors.ts'
import type { AmountErrorCode } from './errors.ts'

export type DecimalMark = '.' | ','

/** What `1.234` is taken for: `refuse` makes it an error. */
export type AmbiguousMark = 'decimal' | 'thousands' | 'refuse'

export interface LiteralOptions {
  /** What stands before decimals, where that is known. @default whichever fits */
  readonly decimalMark?: DecimalMark | undefined
  readonly ambiguous: AmbiguousMark
}

export interface DecimalLiteral {
  /** The number times ten to the power of `decimals`. */
  readonly digits: bigint
  /** Digits behind the decimal mark, without zeros at the end. */
  readonly decimals: number
  /** Where the digits behind the decimal mark begin. */
  readonly decimalsAt: number
  /** Behind the last character of it. */
  readonly end: number
}

const RUN = /[0-9.,]+(?:[ \u00a0\u2009\u202f'\u2019][0-9][0-9.,]*)*/y
const GROUPERS = /[ \u00a0\u2009\u202f'\u2019.,]/
const PLAIN_GROUPS = /^[1-9][0-9]{0,2}(?:_[0-9]{3})+$/
const INDIAN_GROUPS = /^[1-9][0-9]?(?:_[0-9]{2})*_[0-9]{3}$/
const AMBIGUOUS = /^[1-9][0-9]{0,2}[.,][0-9]{3}$/

/** @throws {@link AmountError} with the column, when no number begins at `start`. */
export function scanLiteral(text: string, start: number, options: LiteralOptions): DecimalLiteral {
  RUN.lastIndex = start
  const run = RUN.exec(text)?.[0]
  if (run === undefined || !/[0-9]/.test(run)) {
    throw refuseAt('AMOUNT_UNEXPECTED', start, 'expected a number')
  }
  const markAt = findDecimalMark(run, start, options)
  const whole = readWhole(run.slice(0, markAt), start)
  const decimals = run.slice(markAt + 1)
  const stray = decimals.search(/[^0-9]/)
  if (stray >= 0) throw refuseGrouping(start + markAt + 1 + stray)
  const kept = decimals.replace(/0+$/, '')
  return {
    digits: BigInt(whole + kept),
    decimals: kept.length,
    decimalsAt: start + markAt + 1,
    end: start + run.length,
  }
}

export function refuseAt(code: AmountErrorCode, position: number, message: string): AmountError {
  const column = position + 1
  return new AmountError(code, `column ${column}: ${message}`, { fields: { column } })
}

/** The place of the decimal mark, or the length when there is none. */
function findDecimalMark(run: string, start: number, options: LiteralOptions): number {
  const last = Math.max(run.lastIndexOf('.'), run.lastIndexOf(','))
  if (last < 0) return run.length
  if (options.decimalMark !== undefined) {
    const first = run.indexOf(options.decimalMark)
    return first < 0 ? run.length : first
  }
  const isRepeated = run.indexOf(run[last]!) < last
  const isTheOnlyKind = !run.includes(run[last] === '.' ? ',' : '.')
  if (isRepeated && isTheOnlyKind) return run.length
  if (!AMBIGUOUS.test(run)) return last
  if (options.ambiguous === 'refuse') {
    const message = 'thousands or decimals? Write it without a mark, or with more decimals'
    throw refuseAt('AMOUNT_AMBIGUOUS', start + last, message)
  }
  return options.ambiguous === 'decimal' ? last : run.length
}

/** The digits before the decimal mark, groups taken out; `0` when there are none. */
function readWhole(whole: string, start: number): string {
  const first = whole.search(GROUPERS)
  if (first < 0) return whole === '' ? '0' : whole
  const kind = groupKind(whole[first]!)
  const groups = Array.from(whole, (each) => (groupKind(each) === kind ? '_' : each)).join('')
  const stray = groups.search(/[^0-9_]/)
  if (stray >= 0) throw refuseGrouping(start + stray)
  if (!PLAIN_GROUPS.test(groups) && !INDIAN_GROUPS.test(groups)) throw refuseGrouping(start + first)
  return groups.replaceAll('_', '')
}

/** Spaces of every width are one kind, and apostrophes straight and curved. */
function groupKind(mark: string): string {
  if (mark === '\u2019') return "'"
  return mark === '\u00a0' || mark === '\u2009' || mark === '\u202f' ? ' ' : mark
}

function refuseGrouping(position: number): AmountError {
  return refuseAt('AMOUNT_BAD_GROUPING', position, 'digits are not grouped like this')
}
