/** From bills to the rows of the list: a line for each day, and the bills of that day. Pure; keys are stable. */

import type { Expense } from '@hamlet/http/api'

export type BillRow =
  | { readonly kind: 'day'; readonly key: string; readonly date: string }
  | { readonly kind: 'bill'; readonly key: string; readonly bill: Expense }
  | { readonly kind: 'more'; readonly key: string }

export function buildBillRows(bills: readonly Expense[], hasMore: boolean): readonly BillRow[] {
  const rows: BillRow[] = []
  let day: string | undefined
  for (const bill of bills) {
    if (bill.date !== day) rows.push({ kind: 'day', key: `day ${bill.date}`, date: bill.date })
    day = bill.date
    rows.push({ kind: 'bill', key: bill.id, bill })
  }
  if (hasMore) rows.push({ kind: 'more', key: 'more' })
  return rows
}

/** A new or changed bill in its place: newest day first, then newest made. */
export function placeBill(bills: readonly Expense[], bill: Expense): readonly Expense[] {
  const others = bills.filter(({ id }) => id !== bill.id)
  const index = others.findIndex((other) => isBefore(bill, other))
  return index < 0 ? [...others, bill] : others.toSpliced(index, 0, bill)
}

function isBefore(a: Expense, b: Expense): boolean {
  if (a.date !== b.date) return a.date > b.date
  return a.created.atMs >= b.created.atMs
}
