/** A payment of the plan as the bill that says it was made. */

import type { ExpenseInput, LedgerTransfer } from '@hamlet/http/api'
import { today } from './bill-days.ts'

export function transferToBill(
  { from, to, currency, minor }: LedgerTransfer,
  title: string,
  nowMs: number,
): ExpenseInput {
  // One payment is below what a number holds: the ledger takes no larger amounts.
  const amountMinor = Number(minor)
  return {
    kind: 'transfer',
    title,
    date: today(nowMs),
    currency,
    amountMinor,
    paid: [{ party: from, amountMinor }],
    split: { exact: [{ party: to, amountMinor }] },
  }
}
