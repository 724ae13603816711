/** A bill as what is typed in for a new one like it: for duplicates, templates and series. */

import type { ExpenseBody, ExpenseInput } from '@hamlet/http/api'

/** Without its day and its frozen rate, which are of their time. */
export function billToInput(bill: Omit<ExpenseBody, 'deleted' | 'origin'>): ExpenseInput {
  const { kind, title, currency, amountMinor, paid, split, category, tags, note } = bill
  const base = { kind, title, currency, amountMinor, paid, split, tags, note }
  return category === undefined ? base : { ...base, category }
}
