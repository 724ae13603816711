/**
 * Currencies and how many decimals each has: ISO 4217 as published for 1 January 2026, frozen.
 *
 * The platform's own table (`Intl`) is not asked: it changes with the browser and holds other numbers (0 decimals for
 * the Iraqi dinar, which has 3), and then two devices would read one amount differently. An expense therefore carries its
 * exponent, and this table only says which to write. For the same reason no version of an expense is refused because its
 * code is not in here: a newer Hamlet may know a newer list. Names and signs are the face's business.
 *
 * Left out are the codes without decimals of their own (metals, drawing rights, those for tests and for no currency). Codes beginning with X that the table
 * does not hold are free for what a group makes up (hours, points), with the exponent the group gives it.
 *
 * Source: List One of the ISO 4217 maintenance agency, compared with Mozilla's table generated from it (2026-01-01). The
 * withdrawn ones are those bills of the years since 2010 may be in.
 */

import type { Currency } from '../expense-body.ts'

/** The list these codes are from. */
export const CURRENCY_TABLE_AS_OF = '2026-01-01'
/** Decimals of a currency; part of the format. */
export const CURRENCY_EXPONENT_MAX = 4

const ACTIVE: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF ' +
    'CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL ' +
    'HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU ' +
    'MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR ' +
    'SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED ' +
    'VES WST XAD XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
}

const WITHDRAWN: Readonly<Record<number, string>> = {
  0: 'BYR',
  2: 'ANG BGN CUC EEK HRK LTL LVL MRO SLL STD VEF ZMK ZWL',
}

const CODE_PATTERN = /^[A-Z]{3}$/
const OWN_CODE_PATTERN = /^X[A-Z]{2}$/

const activeCurrencies = readTable(ACTIVE)
const allCurrencies = new Map([...activeCurrencies, ...readTable(WITHDRAWN)])

/** The currencies one can choose from, in order of codes. */
export const CURRENCIES: readonly Currency[] = Object.freeze(
  [...activeCurrencies.values()].sort((a, b) => (a.code < b.code ? -1 : 1)),
)

/** The currency of ISO 4217 with this code, also when it was withdrawn since 2010. */
export function currencyOf(code: string): Currency | undefined {
  return allCurrencies.get(code)
}

/** Whether bills are still written in it. */
export function isActiveCurrency(code: string): boolean {
  return activeCurrencies.has(code)
}

/** A currency a group makes up; `undefined` when the code is not X and two letters, or taken, or the exponent not 0 to 4. */
export function ownCurrency(code: string, exponent: number): Currency | undefined {
  if (!OWN_CODE_PATTERN.test(code) || allCurrencies.has(code)) return undefined
  return isWellFormedCurrency({ code, exponent }) ? Object.freeze({ code, exponent }) : undefined
}

/** What the format asks of a currency: three capital letters and an exponent of 0 to 4, whatever any table says. */
export function isWellFormedCurrency({ code, exponent }: Currency): boolean {
  return (
    CODE_PATTERN.test(code) &&
    Number.isInteger(exponent) &&
    exponent >= 0 &&
    exponent <= CURRENCY_EXPONENT_MAX
  )
}

function readTable(table: Readonly<Record<number, string>>): ReadonlyMap<string, Currency> {
  const currencies = Object.entries(table).flatMap(([exponent, codes]) =>
    codes.split(' ').map((code) => Object.freeze({ code, exponent: Number(exponent) })),
  )
  return new Map(currencies.map((currency) => [currency.code, currency]))
}
