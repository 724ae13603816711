/**
 * What was spent: live expenses (transfers move money, they spend none; income counts against what was spent), by category,
 * by who paid, by whose share it was, by month. Each currency for itself, or everything in one.
 *
 * Converted, an amount is rounded once, and what was paid and owed of it is divided so that both come to it: the four tables
 * have one sum. A budget counts what was spent in its own currency; everything, where that is the one converted to.
 */

import { assert } from '@hamlet/core'
import type { CivilDate, Currency, ExpenseBody, PartyAmount } from '../expense-body.ts'
import { apportion, rotationOf } from '../money/apportion.ts'
import { currencyKey } from '../money/debts.ts'
import { convertAmount } from '../money/rates.ts'
import type { Rate } from '../money/rates.ts'
import { computeOwed } from '../money/split.ts'
import type { LedgerId, PartyId } from '../party.ts'
import type { RowContext } from './expense-rows.ts'
import type { KnownRates } from './known-rates.ts'
import type { LedgerStatistics, StatisticsLine } from './ledger-model.ts'

export interface StatisticsQuery {
  readonly from?: CivilDate
  readonly to?: CivilDate
  /** Everything converted to it; see {@link Ledger.currency} for what a code means. */
  readonly currency?: Currency
}

/** What one expense adds; the lists sum to the amount. */
interface Spending {
  readonly currency: Currency
  readonly minor: bigint
  readonly paid: readonly PartyMinor[]
  readonly owed: readonly PartyMinor[]
}

interface PartyMinor {
  readonly party: PartyId
  readonly minor: bigint
}

export function computeStatistics(
  context: Pick<RowContext, 'book' | 'parties'>,
  rates: KnownRates,
  query: StatisticsQuery = {},
): LedgerStatistics {
  const { book, parties } = context
  const tables = newTables()
  const budgets = new Budgets(book)
  let withoutRate = 0
  for (const [id, { body }] of book.all('expense')) {
    if (body.deleted || body.kind === 'transfer' || !isWithin(body.date, query)) continue
    budgets.add(body, body.currency, BigInt(body.amountMinor))
    const spending = spendingOf(id, body, query.currency, rates)
    if (spending === undefined) {
      withoutRate++
      continue
    }
    const { currency, minor } = spending
    if (currencyKey(currency) !== currencyKey(body.currency)) budgets.add(body, currency, minor)
    const sign = body.kind === 'income' ? -1n : 1n
    tables.byCategory.add(body.category ?? '', currency, sign * minor)
    tables.byMonth.add(monthOf(body.date), currency, sign * minor)
    tables.paidBy.addAll(spending.paid, currency, { sign, parties })
    tables.shareOf.addAll(spending.owed, currency, { sign, parties })
  }
  return {
    byCategory: tables.byCategory.lines(),
    paidBy: tables.paidBy.lines(),
    shareOf: tables.shareOf.lines(),
    byMonth: tables.byMonth.lines(),
    budgets: budgets.lines(),
    withoutRate,
  }
}

function newTables() {
  return {
    byCategory: new Tally(),
    paidBy: new Tally(),
    shareOf: new Tally(),
    byMonth: new Tally(),
  }
}

/** In the currency asked for, or the expense's own; `undefined` when no rate is known. */
function spendingOf(
  id: LedgerId,
  body: ExpenseBody,
  to: Currency | undefined,
  rates: KnownRates,
): Spending | undefined {
  const owed = computeOwed(id, body)
  assert(owed.ok, 'a stored body comes to its amount')
  const parts = { paid: body.paid, owed: owed.value }
  if (to === undefined || currencyKey(to) === currencyKey(body.currency)) {
    const [paid, owing] = [parts.paid.map(toMinor), parts.owed.map(toMinor)]
    return { currency: body.currency, minor: BigInt(body.amountMinor), paid, owed: owing }
  }
  const rate = rates.rateOf(body, to)
  return rate === undefined ? undefined : convertSpending(id, body, parts, rate)
}

function convertSpending(
  id: LedgerId,
  body: ExpenseBody,
  { paid, owed }: { readonly paid: readonly PartyAmount[]; readonly owed: readonly PartyAmount[] },
  rate: Rate,
): Spending {
  const minor = convertAmount(BigInt(body.amountMinor), body.currency, rate)
  const divide = (parts: readonly PartyAmount[]): readonly PartyMinor[] => {
    const weights = parts.map(({ amountMinor }) => BigInt(amountMinor))
    const minors = apportion(minor, weights, rotationOf(id))
    return parts.map(({ party }, i) => ({ party, minor: minors[i]! }))
  }
  return { currency: rate.to, minor, paid: divide(paid), owed: divide(owed) }
}

function toMinor({ party, amountMinor }: PartyAmount): PartyMinor {
  return { party, minor: BigInt(amountMinor) }
}

/**
 * What was spent of every budget that is kept, in every month in which something was. Budgets of one category and currency
 * share a sum, so that the expenses are gone over once, however many budgets there are.
 */
class Budgets {
  readonly #kept: readonly LedgerStatistics['budgets'][number]['budget'][]
  readonly #spent = new Map<string, Tally>()

  constructor(book: RowContext['book']) {
    this.#kept = [...book.all('budget')]
      .filter(([, { body }]) => !body.retired)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, { body, updated }]) => ({ id, body, updated }))
    for (const { body } of this.#kept) this.#spent.set(sumKey(body), new Tally())
  }

  add(body: ExpenseBody, currency: Currency, minor: bigint): void {
    if (body.kind !== 'expense') return
    const month = monthOf(body.date)
    this.#spent.get(sumKey({ currency, category: undefined }))?.add(month, currency, minor)
    if (body.category === undefined) return
    this.#spent.get(sumKey({ currency, category: body.category }))?.add(month, currency, minor)
  }

  lines(): LedgerStatistics['budgets'] {
    return this.#kept.flatMap((budget) =>
      this.#spent
        .get(sumKey(budget.body))!
        .lines()
        .map(({ key: month, minor: spentMinor }) => ({ budget, month, spentMinor })),
    )
  }
}

function sumKey(of: { readonly currency: Currency; readonly category: string | undefined }) {
  const category = of.category === undefined ? 'all' : `of ${of.category}`
  return `${currencyKey(of.currency)} ${category}`
}

interface Line extends StatisticsLine {
  minor: bigint
  count: number
}

/** By currency, then key: one text of both would have to be made for each of 100,000 parts. */
class Tally {
  readonly #tables = new Map<string, Map<string, Line>>()

  add(key: string, currency: Currency, minor: bigint): void {
    addLine(this.#tableOf(currency), key, currency, minor)
  }

  addAll(
    parts: readonly PartyMinor[],
    currency: Currency,
    { sign, parties }: { readonly sign: bigint } & Pick<RowContext, 'parties'>,
  ): void {
    const table = this.#tableOf(currency)
    for (const { party, minor } of parts) {
      addLine(table, parties.resolve(party), currency, sign * minor)
    }
  }

  /** By currency, then key. */
  lines(): readonly StatisticsLine[] {
    return sortedValues(this.#tables).flatMap(sortedValues)
  }

  #tableOf(currency: Currency): Map<string, Line> {
    const key = currencyKey(currency)
    const known = this.#tables.get(key)
    if (known !== undefined) return known
    const table = new Map<string, Line>()
    this.#tables.set(key, table)
    return table
  }
}

function addLine(table: Map<string, Line>, key: string, currency: Currency, minor: bigint): void {
  const line = table.get(key)
  if (line === undefined) table.set(key, { key, currency, minor, count: 1 })
  else {
    line.minor += minor
    line.count++
  }
}

function sortedValues<T>(map: ReadonlyMap<string, T>): readonly T[] {
  return [...map.keys()].sort().map((key) => map.get(key)!)
}

function isWithin(date: CivilDate, { from, to }: StatisticsQuery): boolean {
  return (from === undefined || date >= from) && (to === undefined || date <= to)
}

function monthOf(date: CivilDate): string {
  return date.slice(0, 7)
}
