/**
 * Numbers of files, exactly: as digits and a count of decimals, whatever the file writes, never as a float.
 *
 * Which mark stands before decimals is a matter of the whole file: one cell `1.234` does not say, another `12,50` does.
 */

import { AmountError } from '../money/errors.ts'
import { roundHalfAway } from '../money/amount-expression.ts'
import { pickLargest } from '../money/apportion.ts'
import { scanLiteral } from '../money/decimal-literal.ts'
import type { DecimalMark } from '../money/decimal-literal.ts'
import { refuseImport } from './errors.ts'
import type { TextPosition } from './errors.ts'
import { NUMBER_DECIMALS_MAX, NUMBER_DIGITS_MAX } from './format-limits.ts'

/** `digits / 10 ** decimals`. */
export interface Decimal {
  readonly digits: bigint
  readonly decimals: number
}

const SIGNED = /^\s*([+\-\u2212]?)\s*/
const NUMBER = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,3}))?$/
const MARKED = /^[^.,]*(?:([.,])([0-9]*))$/

/** The mark that all of these cells fit; `undefined` when some want the one and some the other. */
export function detectDecimalMark(cells: Iterable<string>): DecimalMark | undefined {
  const seen = new Set<DecimalMark>()
  for (const cell of cells) {
    const mark = markOf(cell)
    if (mark !== undefined) seen.add(mark)
  }
  if (seen.size === 2) return undefined
  return seen.has(',') ? ',' : '.'
}

/** A cell of a table. @throws {@link ImportError} `IMPORT_BAD_VALUE`. */
export function cellToDecimal(
  text: string,
  at: TextPosition,
  decimalMark: DecimalMark | undefined,
): Decimal {
  const [head, sign] = SIGNED.exec(text)!
  try {
    if (text.length > NUMBER_DIGITS_MAX * 2) throw refuseNumber(at)
    const { digits, decimals, end } = scanLiteral(text, head.length, {
      decimalMark,
      ambiguous: 'refuse',
    })
    if (text.slice(end).trim() !== '') throw refuseNumber(at)
    return requireBounded({ digits: sign === '' || sign === '+' ? digits : -digits, decimals }, at)
  } catch (error) {
    if (error instanceof AmountError) throw refuseNumber(at)
    throw error
  }
}

/** A number of JSON, or as programs print it. @throws {@link ImportError} `IMPORT_BAD_VALUE`. */
export function numberToDecimal(text: string, at: TextPosition): Decimal {
  const match = text.length > NUMBER_DIGITS_MAX * 2 ? null : NUMBER.exec(text)
  if (match === null) throw refuseNumber(at)
  const [, sign, whole, fraction = '', exponentText = '0'] = match
  const digits = BigInt(`${sign}${whole}${fraction}`)
  const decimals = fraction.length - Number(exponentText)
  if (digits === 0n) return { digits, decimals: 0 }
  if (decimals >= 0) return requireBounded(shorten({ digits, decimals }), at)
  if (-decimals > NUMBER_DIGITS_MAX) throw refuseNumber(at)
  return requireBounded({ digits: digits * 10n ** BigInt(-decimals), decimals: 0 }, at)
}

/** In minor units, halves away from zero. */
export function decimalToMinor({ digits, decimals }: Decimal, exponent: number): bigint {
  if (decimals <= exponent) return digits * 10n ** BigInt(exponent - decimals)
  return roundHalfAway(digits, 10n ** BigInt(decimals - exponent))
}

export function isExact({ decimals }: Decimal, exponent: number): boolean {
  return decimals <= exponent
}

/**
 * Amounts that sum to about `totalMinor`, in minor units that sum to exactly that: rounded by largest remainder.
 * `undefined` when they are off by a whole unit or more.
 */
export function decimalsToMinors(
  amounts: readonly Decimal[],
  exponent: number,
  totalMinor: bigint,
  rotation: number,
): readonly bigint[] | undefined {
  const decimals = amounts.reduce((most, each) => Math.max(most, each.decimals), exponent)
  const unit = 10n ** BigInt(decimals - exponent)
  const scaled = amounts.map((each) => each.digits * 10n ** BigInt(decimals - each.decimals))
  const offBy = scaled.reduce((sum, each) => sum + each, 0n) - totalMinor * unit
  if (offBy >= unit || offBy <= -unit) return undefined
  const floors = scaled.map((each) => (each - modulo(each, unit)) / unit)
  const missing = totalMinor - floors.reduce((sum, each) => sum + each, 0n)
  const remainders = scaled.map((each) => modulo(each, unit))
  if (missing < 0n || missing > BigInt(amounts.length)) return undefined
  if (missing === BigInt(amounts.length)) return floors.map((floor) => floor + 1n)
  for (const place of pickLargest(remainders, Number(missing), rotation)) floors[place]! += 1n
  return floors
}

function markOf(cell: string): DecimalMark | undefined {
  const [point, comma] = [cell.lastIndexOf('.'), cell.lastIndexOf(',')]
  if (point >= 0 && comma >= 0) return point > comma ? '.' : ','
  const match = MARKED.exec(cell.trim())
  if (match === null) return undefined
  const [, mark, behind] = match
  return behind!.length === 3 ? undefined : (mark as DecimalMark)
}

function shorten({ digits, decimals }: Decimal): Decimal {
  let [short, count] = [digits, decimals]
  while (count > 0 && short % 10n === 0n) {
    short /= 10n
    count--
  }
  return { digits: short, decimals: count }
}

function requireBounded(decimal: Decimal, at: TextPosition): Decimal {
  const { digits, decimals } = decimal
  if (decimals > NUMBER_DECIMALS_MAX || `${digits}`.length > NUMBER_DIGITS_MAX) {
    throw refuseNumber(at)
  }
  return decimal
}

function modulo(value: bigint, divisor: bigint): bigint {
  const rest = value % divisor
  return rest < 0n ? rest + divisor : rest
}

function refuseNumber(at: TextPosition): Error {
  return refuseImport('IMPORT_BAD_VALUE', at, 'expected a number')
}
