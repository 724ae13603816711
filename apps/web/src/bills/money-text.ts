/**
 * Money as people of a place write it. `Intl` only dresses the figures: how many digits there are comes with the
 * currency, and the sum is brought there as text, so that no amount passes through a floating-point number.
 */

import type { Currency } from '@hamlet/http/api'

/** Whole minor units; sums of a ledger come as text. */
export type Minor = number | string | bigint

const formats = new Map<string, Intl.NumberFormat>()

/** `12.00 €`; a negative sum has its sign, a real minus, in front. */
export function moneyText(minor: Minor, currency: Currency, locale: string): string {
  const size = sizeText(minor, currency, locale)
  return BigInt(minor) < 0n ? `−${size}` : size
}

/** Without its sign, where the words beside it say which way it goes. */
export function sizeText(minor: Minor, currency: Currency, locale: string): string {
  const decimal = minorToDecimal(sizeOf(minor), currency.exponent)
  return formatOf(currency, locale).format(decimal as Intl.StringNumericLiteral)
}

/** `+12.00 €` or `−3.00 €`, for lists of what adds up. */
export function signedText(minor: Minor, currency: Currency, locale: string): string {
  const text = moneyText(minor, currency, locale)
  return BigInt(minor) > 0n ? `+${text}` : text
}

/** Several currencies in one line. */
export function moneyList(
  sums: readonly { readonly minor: Minor; readonly currency: Currency }[],
  locale: string,
): string {
  const texts = sums.map(({ minor, currency }) => sizeText(minor, currency, locale))
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(texts)
}

export function sizeOf(minor: Minor): bigint {
  const value = BigInt(minor)
  return value < 0n ? -value : value
}

/** `1234` with two decimals is `12.34`. */
export function minorToDecimal(minor: bigint, exponent: number): string {
  const sign = minor < 0n ? '-' : ''
  const digits = String(sizeOf(minor)).padStart(exponent + 1, '0')
  const whole = digits.slice(0, digits.length - exponent)
  return exponent === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-exponent)}`
}

function formatOf({ code, exponent }: Currency, locale: string): Intl.NumberFormat {
  const key = `${locale} ${code} ${exponent}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: code,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  })
  formats.set(key, format)
  return format
}

export function currencyKey({ code, exponent }: Currency): string {
  return `${code}/${exponent}`
}

export function isSameCurrency(a: Currency, b: Currency): boolean {
  return a.code === b.code && a.exponent === b.exponent
}

/** A part of a whole between 0 and 1, for bars; sums may be larger than a number holds. */
export function partOf(minor: Minor, whole: Minor): number {
  const all = sizeOf(whole)
  if (all === 0n) return 0
  const thousandths = (sizeOf(minor) * 1000n) / all
  return Math.min(Number(thousandths) / 1000, 1)
}
