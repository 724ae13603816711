/**
 * What was spent: live expenses (transfers move money, they spend none; income counts against what was spent), by category,
 * by who paid, by whose share it was, by month. Each currency for itself.
 */

import type { CivilDate, Currency, ExpenseBody } from '../expense-body.ts'
import { currencyKey } from '../money/debts.ts'
import { computeOwed } from '../money/split.ts'
import type { LedgerId } from '../party.ts'
import type { RowContext } from './expense-rows.ts'
import type { LedgerStatistics, StatisticsLine } from './ledger-model.ts'

export interface StatisticsQuery {
  readonly from?: CivilDate
  readonly to?: CivilDate
}

export function computeStatistics(
  { book, parties }: Pick<RowContext, 'book' | 'parties'>,
  { from, to }: StatisticsQuery = {},
): LedgerStatistics {
  const [byCategory, paidBy, shareOf, byMonth] = [
    new Tally(),
    new Tally(),
    new Tally(),
    new Tally(),
  ]
  for (const [id, { body }] of book.all('expense')) {
    if (body.deleted || body.kind === 'transfer' || !isWithin(body.date, from, to)) continue
    const sign = body.kind === 'income' ? -1n : 1n
    const amount = sign * BigInt(body.amountMinor)
    byCategory.add(body.category ?? '', body.currency, amount)
    byMonth.add(monthOf(body.date), body.currency, amount)
    for (const { party, amountMinor } of body.paid) {
      paidBy.add(parties.resolve(party), body.currency, sign * BigInt(amountMinor))
    }
    for (const { party, amountMinor } of owedOf(id, body)) {
      shareOf.add(parties.resolve(party), body.currency, sign * BigInt(amountMinor))
    }
  }
  return {
    byCategory: byCategory.lines(),
    paidBy: paidBy.lines(),
    shareOf: shareOf.lines(),
    byMonth: byMonth.lines(),
    budgets: spentOfBudgets(book, from, to),
  }
}

/** Every budget that is kept, for every month of the range in which something was spent. */
function spentOfBudgets(
  book: RowContext['book'],
  from: CivilDate | undefined,
  to: CivilDate | undefined,
): LedgerStatistics['budgets'] {
  return [...book.all('budget')].flatMap(([id, { body: budget, updated }]) => {
    if (budget.retired) return []
    const spent = new Tally()
    for (const [, { body }] of book.all('expense')) {
      if (body.deleted || body.kind !== 'expense' || !isWithin(body.date, from, to)) continue
      if (currencyKey(body.currency) !== currencyKey(budget.currency)) continue
      if (budget.category !== undefined && body.category !== budget.category) continue
      spent.add(monthOf(body.date), body.currency, BigInt(body.amountMinor))
    }
    return spent.lines().map(({ key: month, minor: spentMinor }) => ({
      budget: { id, body: budget, updated },
      month,
      spentMinor,
    }))
  })
}

class Tally {
  readonly #lines = new Map<
    string,
    { key: string; currency: Currency; minor: bigint; count: number }
  >()

  add(key: string, currency: Currency, minor: bigint): void {
    const at = `${currencyKey(currency)} ${key}`
    const line = this.#lines.get(at) ?? { key, currency, minor: 0n, count: 0 }
    line.minor += minor
    line.count++
    this.#lines.set(at, line)
  }

  /** By currency, then key. */
  lines(): readonly StatisticsLine[] {
    return [...this.#lines.keys()].sort().map((at) => this.#lines.get(at)!)
  }
}

function owedOf(id: LedgerId, body: ExpenseBody) {
  const owed = computeOwed(id, body)
  return owed.ok ? owed.value : []
}

function isWithin(
  date: CivilDate,
  from: CivilDate | undefined,
  to: CivilDate | undefined,
): boolean {
  return (from === undefined || date >= from) && (to === undefined || date <= to)
}

function monthOf(date: CivilDate): string {
  return date.slice(0, 7)
}
