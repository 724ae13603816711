/**
 * What exporters take: a ledger as it stands on some day, with names, and nothing of how it came to be.
 */

import type { CivilDate, Currency, ExpenseBody, PartyAmount } from '../expense-body.ts'
import { currencyKey } from '../money/debts.ts'
import { expenseEffect } from '../money/split.ts'
import type { LedgerId, PartyId } from '../party.ts'
import { splitwiseCategoryName } from './categories.ts'

export interface SnapshotParty {
  readonly id: PartyId
  readonly name: string
  readonly retired: boolean
}

export interface SnapshotCategory {
  readonly id: string
  readonly name: string
  readonly emoji: string
}

export interface SnapshotExpense {
  readonly id: LedgerId
  readonly body: ExpenseBody
  /** As computed: in order of ids, sums to the amount. */
  readonly owed: readonly PartyAmount[]
  /** The name of whoever signed the first version. */
  readonly createdBy: string
}

export interface SnapshotTransfer {
  readonly from: PartyId
  readonly to: PartyId
  readonly currency: Currency
  readonly minor: bigint
}

export interface LedgerSnapshot {
  readonly groupName: string
  readonly currency: Currency | undefined
  /** The day of the export. */
  readonly asOf: CivilDate
  /** Everybody whom an expense names, each once. */
  readonly parties: readonly SnapshotParty[]
  /** Those of the group; built-in ones need not be here. */
  readonly categories: readonly SnapshotCategory[]
  /** Those in the trash are marked in their body. */
  readonly expenses: readonly SnapshotExpense[]
  readonly plan: readonly SnapshotTransfer[]
}

/** Expenses that count, in order of days. */
export function liveExpenses({ expenses }: LedgerSnapshot): readonly SnapshotExpense[] {
  return expenses.filter(({ body }) => !body.deleted).sort(compareDays)
}

/** All of them, in order of days. */
export function sortedExpenses({ expenses }: LedgerSnapshot): readonly SnapshotExpense[] {
  return [...expenses].sort(compareDays)
}

export function partyNames({ parties }: LedgerSnapshot): ReadonlyMap<PartyId, string> {
  return new Map(parties.map(({ id, name }) => [id, name]))
}

/** A category as people read it. */
export function categoryName({ categories }: LedgerSnapshot, id: string | undefined): string {
  if (id === undefined) return ''
  return splitwiseCategoryName(id) ?? categories.find((each) => each.id === id)?.name ?? id
}

export interface CurrencyBalances {
  readonly currency: Currency
  readonly balances: ReadonlyMap<PartyId, bigint>
}

/** What everybody is up or down, each currency by itself, in order of currencies. */
export function snapshotBalances(snapshot: LedgerSnapshot): readonly CurrencyBalances[] {
  const found = new Map<string, { currency: Currency; balances: Map<PartyId, bigint> }>()
  for (const { id, body } of liveExpenses(snapshot)) {
    const { currency, net } = expenseEffect(id, body)
    const key = currencyKey(currency)
    const { balances } = found.get(key) ?? { balances: new Map<PartyId, bigint>() }
    for (const { party, minor } of net) balances.set(party, (balances.get(party) ?? 0n) + minor)
    found.set(key, { currency, balances })
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)
}

function compareDays(a: SnapshotExpense, b: SnapshotExpense): number {
  return compareText(a.body.date, b.body.date) || compareText(a.id, b.id)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
