/**
 * Splitwise CSV of a ledger, which most other apps read: what everybody paid less what they owe for each expense, and a
 * total for each currency. How it was split, notes and the trash stay behind. Income has a negative cost.
 */

import { minorToText } from '../money/amount-text.ts'
import { expenseEffect } from '../money/split.ts'
import { csvRowsToText, guardFormula } from './csv-writer.ts'
import { categoryName, liveExpenses, snapshotBalances } from './ledger-snapshot.ts'
import type { LedgerSnapshot, SnapshotExpense } from './ledger-snapshot.ts'

const COLUMNS = ['Date', 'Description', 'Category', 'Cost', 'Currency']

export function exportSplitwise(snapshot: LedgerSnapshot): string {
  const names = snapshot.parties.map(({ name }) => guardFormula(name))
  const rows = liveExpenses(snapshot).map((expense) => expenseRow(snapshot, expense))
  const table = [[...COLUMNS, ...names], [''], ...rows, [''], ...totalRows(snapshot)]
  return csvRowsToText(table, '\n')
}

function expenseRow(snapshot: LedgerSnapshot, { id, body }: SnapshotExpense): readonly string[] {
  const { currency, amountMinor, kind } = body
  const nets = new Map(expenseEffect(id, body).net.map(({ party, minor }) => [party, minor]))
  const category = kind === 'transfer' ? 'Payment' : categoryName(snapshot, body.category)
  return [
    body.date,
    guardFormula(body.title),
    guardFormula(category === '' ? 'General' : category),
    minorToText(kind === 'income' ? -amountMinor : amountMinor, currency.exponent),
    currency.code,
    ...snapshot.parties.map((party) => minorToText(nets.get(party.id) ?? 0n, currency.exponent)),
  ]
}

function totalRows(snapshot: LedgerSnapshot): readonly (readonly string[])[] {
  return snapshotBalances(snapshot).map(({ currency, balances }) => [
    snapshot.asOf,
    'Total balance',
    ' ',
    ' ',
    currency.code,
    ...snapshot.parties.map(({ id }) => minorToText(balances.get(id) ?? 0n, currency.exponent)),
  ])
}
