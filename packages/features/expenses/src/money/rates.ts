/**
 * What an expense comes to in another currency. A view: the expense keeps its own currency, and balances are kept in each.
 *
 * Rates are exact fractions. The one frozen in the expense counts, whatever rates do later; without one a table of dated
 * rates is asked that the caller brings along, and there is no feed. Of the table counts the newest rate that is not after
 * the day of the expense and not older than RATE_AGE_DAYS_MAX before it: the pair itself, turned round, or through one
 * third currency when both its rates are of one source and one day. Where there is none the answer is that it is missing.
 *
 * Conversion rounds once, what everybody is up or down, by largest remainder with the expense's own rotation: so each
 * differs from the exact value by less than one unit, and the effect still sums to zero.
 */

import { assert, err, ok } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import { RATE_TERM_MAX } from '../limits.ts'
import type {
  CivilDate,
  Currency,
  ExpenseBody,
  ExpenseEffect,
  FrozenRate,
} from '../expense-body.ts'
import type { LedgerId } from '../party.ts'
import { roundHalfAway } from './amount-expression.ts'
import { catchAmountError, requireLength } from './amount-text.ts'
import type { AmountOptions } from './amount-text.ts'
import { divideDown, pickLargest, rotationOf } from './apportion.ts'
import { addDays } from './civil-date.ts'
import { currencyKey } from './debts.ts'
import { refuseAt, scanLiteral } from './decimal-literal.ts'
import { RateError } from './errors.ts'
import type { AmountError } from './errors.ts'
import { RATE_AGE_DAYS_MAX } from './money-limits.ts'
import { expenseEffect } from './split.ts'

/** A rate of a table: one unit of `from` is `numerator / denominator` units of `to`. */
export interface DatedRate extends FrozenRate {
  readonly from: Currency
}

/** One unit is `numerator / denominator` units of `to`; positive, of any size. */
export interface Rate {
  readonly to: Currency
  readonly numerator: bigint
  readonly denominator: bigint
  readonly source: string
  readonly asOf: CivilDate
}

interface FromRate extends Rate {
  readonly from: Currency
}

/** The rates of one day; each pair's first. */
class DayRates {
  readonly #byPair = new Map<string, FromRate>()
  readonly #bySource = new Map<string, FromRate>()
  readonly #byFrom = new Map<string, FromRate[]>()

  add(rate: FromRate): void {
    const [from, pair] = [currencyKey(rate.from), pairKey(rate.from, rate.to)]
    const sourced = `${pair} ${rate.source}`
    if (this.#bySource.has(sourced)) return
    this.#bySource.set(sourced, rate)
    if (!this.#byPair.has(pair)) this.#byPair.set(pair, rate)
    const known = this.#byFrom.get(from)
    if (known === undefined) this.#byFrom.set(from, [rate])
    else known.push(rate)
  }

  direct(from: Currency, to: Currency): Rate | undefined {
    return this.#byPair.get(pairKey(from, to))
  }

  /** From `from` to anything, and from there to `to`, by one source. */
  through(from: Currency, to: Currency): Rate | undefined {
    return firstOf(this.#byFrom.get(currencyKey(from)) ?? [], (first) => {
      const second = this.#bySource.get(`${pairKey(first.to, to)} ${first.source}`)
      if (second === undefined) return undefined
      const numerator = first.numerator * second.numerator
      return { ...second, numerator, denominator: first.denominator * second.denominator }
    })
  }
}

/** Dated rates, found by day: ten thousand expenses ask for theirs. */
export class RateTable {
  readonly #ratesByDay = new Map<CivilDate, DayRates>()

  /** Of rates that say the same of one day the first counts. */
  constructor(rows: Iterable<DatedRate>) {
    for (const row of rows) {
      const rates = this.#ratesByDay.get(row.asOf) ?? new DayRates()
      this.#ratesByDay.set(row.asOf, rates)
      for (const rate of directions(row)) rates.add(rate)
    }
  }

  find(from: Currency, to: Currency, on: CivilDate): Result<Rate, RateError> {
    if (isSame(from, to)) return ok({ to, numerator: 1n, denominator: 1n, source: '', asOf: on })
    const days = this.#daysBefore(on)
    const found =
      firstOf(days, (day) => day.direct(from, to)) ?? firstOf(days, (day) => day.through(from, to))
    if (found !== undefined) return ok(found)
    const fields = { from: from.code, to: to.code, on }
    return err(new RateError('RATE_MISSING', `no rate of ${from.code} to ${to.code}`, { fields }))
  }

  /** The day itself first. */
  #daysBefore(on: CivilDate): readonly DayRates[] {
    return Array.from({ length: RATE_AGE_DAYS_MAX + 1 }, (_, age) => addDays(on, -age))
      .map((day) => (day === undefined ? undefined : this.#ratesByDay.get(day)))
      .filter((rates) => rates !== undefined)
  }
}

/**
 * The effect of an expense in `currency`.
 * @throws AssertionError when `computeOwed` refuses the body.
 */
export function effectIn(
  currency: Currency,
  expenseId: LedgerId,
  body: ExpenseBody,
  table: RateTable,
): Result<ExpenseEffect, RateError> {
  const effect = expenseEffect(expenseId, body)
  const rate = rateFor(currency, body, table)
  return rate.ok ? ok(convertEffect(expenseId, effect, rate.value)) : rate
}

/** The rate frozen in the expense when it leads to `to`, or that of the table for its day; none into its own currency. */
export function rateFor(
  to: Currency,
  { currency, date, rate }: ExpenseBody,
  table: RateTable,
): Result<Rate, RateError> {
  if (rate !== undefined && isSame(rate.to, to) && !isSame(currency, to)) return ok(toRate(rate))
  return table.find(currency, to, date)
}

/** What is up and down in the currency of the rate; sums to zero like the effect it is of. */
export function convertEffect(
  expenseId: LedgerId,
  { currency, net }: ExpenseEffect,
  rate: Rate,
): ExpenseEffect {
  const { numerator, denominator } = minorRatio(currency, rate)
  const floors = net.map(({ minor }) => divideDown(minor * numerator, denominator))
  const remainders = net.map(({ minor }, i) => minor * numerator - floors[i]! * denominator)
  const rest = -floors.reduce((sum, floor) => sum + floor, 0n)
  for (const place of pickLargest(remainders, Number(rest), rotationOf(expenseId))) {
    floors[place]! += 1n
  }
  return { currency: rate.to, net: net.map(({ party }, i) => ({ party, minor: floors[i]! })) }
}

/** One amount, to the nearest unit, halves away from zero; several that belong together: `convertEffect`. */
export function convertAmount(minor: bigint, currency: Currency, rate: Rate): bigint {
  const { numerator, denominator } = minorRatio(currency, rate)
  return roundHalfAway(minor * numerator, denominator)
}

/** The rate as an expense holds it, in lowest terms. */
export function freezeRate(rate: Rate): Result<FrozenRate, RateError> {
  const divisor = greatestCommonDivisor(rate.numerator, rate.denominator)
  const [numerator, denominator] = [rate.numerator / divisor, rate.denominator / divisor]
  if (numerator < 1n || numerator > RATE_TERM_MAX || denominator > RATE_TERM_MAX) {
    return err(new RateError('RATE_OUT_OF_RANGE', `expected terms of 1 to ${RATE_TERM_MAX}`))
  }
  const { to, source, asOf } = rate
  return ok({ to, numerator: Number(numerator), denominator: Number(denominator), source, asOf })
}

/** A rate as people type it, as a fraction in which `1.0825` is 433/400. */
export function parseRate(
  text: string,
  options: AmountOptions = {},
): Result<{ readonly numerator: number; readonly denominator: number }, AmountError | RateError> {
  const trimmed = text.trim()
  const literal = catchAmountError(() => {
    requireLength(trimmed)
    const literal = scanLiteral(trimmed, 0, { ...options, ambiguous: 'refuse' })
    if (literal.end === trimmed.length) return literal
    throw refuseAt('AMOUNT_UNEXPECTED', literal.end, 'expected the end')
  })
  if (!literal.ok) return literal
  const { digits, decimals } = literal.value
  const currency = { code: '', exponent: 0 }
  const rate = { to: currency, numerator: digits, denominator: 10n ** BigInt(decimals) }
  const frozen = freezeRate({ ...rate, source: '', asOf: '' })
  if (!frozen.ok) return frozen
  return ok({ numerator: frozen.value.numerator, denominator: frozen.value.denominator })
}

/** A rate of units as one of minor units. */
function minorRatio(from: Currency, { to, numerator, denominator }: Rate) {
  assert(numerator > 0n && denominator > 0n, 'a rate is a positive fraction')
  return {
    numerator: numerator * 10n ** BigInt(to.exponent),
    denominator: denominator * 10n ** BigInt(from.exponent),
  }
}

function toRate({ to, numerator, denominator, source, asOf }: FrozenRate): Rate {
  return { to, numerator: BigInt(numerator), denominator: BigInt(denominator), source, asOf }
}

function directions(row: DatedRate): FromRate[] {
  const forward = { ...toRate(row), from: row.from }
  const { numerator, denominator } = forward
  return [
    forward,
    { ...forward, from: row.to, to: row.from, numerator: denominator, denominator: numerator },
  ]
}

function firstOf<T, U>(list: readonly T[], find: (each: T) => U | undefined): U | undefined {
  for (const each of list) {
    const found = find(each)
    if (found !== undefined) return found
  }
  return undefined
}

function pairKey(from: Currency, to: Currency): string {
  return `${currencyKey(from)} ${currencyKey(to)}`
}

function isSame(a: Currency, b: Currency): boolean {
  return currencyKey(a) === currencyKey(b)
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b)
}
