/**
 * What a face asks to be entered, in the ledger's own terms. Form is checked where it decides what happens; whether an
 * expense holds together, the ledger's own drafts judge.
 */

import { LedgerError, parseLedgerId } from '@hamlet/expenses'
import type { ExpenseInput, ExpenseQuery, LedgerId } from '@hamlet/expenses'
import type * as Api from '@hamlet/http/api'

/** @throws LedgerError `LEDGER_UNKNOWN` */
export function toLedgerId(text: string): LedgerId {
  const id = parseLedgerId(text)
  if (id !== undefined) return id
  throw unknownError()
}

/** An id the client chose. @throws LedgerError `LEDGER_BAD_RECORD` */
export function toChosenId(text: string): LedgerId {
  const id = parseLedgerId(text)
  if (id !== undefined) return id
  throw new LedgerError('LEDGER_BAD_RECORD', 'expected an id of 32 hex digits in lower case')
}

/** Parties are known to the ledger before this is called. */
export function toExpenseInput(input: Api.ExpenseInput): ExpenseInput {
  return input as ExpenseInput
}

/** Everybody the input names, some perhaps twice. */
export function partiesOfInput({
  paid = [],
  split = {},
}: Pick<Api.ExpenseInput, 'paid' | 'split'>): readonly string[] {
  const { exact = [], adjustments = [], percents = [], shares = [], items = [] } = split
  const inItems = items.flatMap((item) => item.shares)
  return [paid, exact, adjustments, percents, shares, inItems].flat().map(({ party }) => party)
}

/** @throws LedgerError `LEDGER_UNKNOWN` for an `after` that can be no expense. */
export function toExpenseQuery({ after, ...query }: Api.ExpenseQuery): ExpenseQuery {
  return {
    ...(query as ExpenseQuery),
    ...(after === undefined ? {} : { after: toLedgerId(after) }),
  }
}

export function unknownError(): LedgerError {
  return new LedgerError('LEDGER_UNKNOWN', 'There is no such thing in this ledger.')
}

/** @throws LedgerError `LEDGER_BAD_RECORD` when something that has no default is missing. */
export function required<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value
  throw new LedgerError('LEDGER_BAD_RECORD', `expected ${what}`, { fields: { expected: what } })
}
