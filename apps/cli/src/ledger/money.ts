/** Money as people type it and as it is shown. */

import { currencyOf, evaluateAmount, minorToText, ownCurrency } from '@hamlet/expenses'
import type { Currency } from '@hamlet/http'

import { CliError } from '../errors.ts'
import { printable } from '../text.ts'

/** Minor units of an amount or a calculation such as `12.50+3*2`. @throws CliError `USAGE` */
export function parseMoney(text: string, { code, exponent }: Currency): number {
  const amount = evaluateAmount(text, exponent)
  if (amount.ok) return amount.value
  const { column } = amount.error.fields
  const message = `"${printable(text)}" is no amount of ${code}: ${amount.error.message}`
  throw new CliError('USAGE', message, { fields: { reason: amount.error.code, column } })
}

/** `12.50 EUR`; sums come as text. */
export function moneyText(minor: number | string | bigint, { code, exponent }: Currency): string {
  return `${minorText(minor, exponent)} ${code}`
}

export function minorText(minor: number | string | bigint, exponent: number): string {
  return minorToText(typeof minor === 'string' ? BigInt(minor) : minor, exponent)
}

/**
 * `EUR`, or `XBE/2` for a currency the group made up, with its decimals. `known`: what the group counts in.
 * @throws CliError `USAGE`
 */
export function parseCurrency(text: string, known: readonly (Currency | undefined)[]): Currency {
  const [, code = '', decimals] = /^([A-Za-z]{3})(?:\/([0-4]))?$/.exec(text) ?? []
  const name = code.toUpperCase()
  const found =
    decimals === undefined
      ? (known.find((currency) => currency?.code === name) ?? currencyOf(name))
      : ownCurrency(name, Number(decimals))
  if (found !== undefined) return found
  throw new CliError(
    'USAGE',
    `expected a currency such as EUR, or X and two letters with its decimals such as XBE/2, got "${printable(text)}"`,
  )
}
