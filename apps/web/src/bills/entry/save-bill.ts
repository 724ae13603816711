/**
 * Saves what a form comes to. The id is chosen here and kept with the draft, so that trying again after an answer was
 * lost enters nothing twice; what was changed between the tries is written as an edit of the first.
 */

import type { Expense, ExpenseInput, LedgerApi, LedgerRecurrence } from '@hamlet/http/api'
import { bodyToInput, changesOf, isSame } from './bill-changes.ts'

export interface BillToSave {
  readonly space: string
  readonly id: string
  /** The bill that is edited, and what it said when its editing began; absent for a new one. */
  readonly former: { readonly expense: Expense; readonly base: ExpenseInput } | undefined
  readonly input: ExpenseInput
  readonly rule: LedgerRecurrence | undefined
  /** Whether it was tried before, and may have been saved all the same. */
  readonly isRetry: boolean
}

export interface SavedBill {
  /** Absent for a series whose first day is still to come. */
  readonly expense: Expense | undefined
  readonly isChanged: boolean
}

export async function saveBill(api: LedgerApi, bill: BillToSave): Promise<SavedBill> {
  const { space, id, former, input, rule } = bill
  if (former !== undefined) return editBill(api, space, former.expense, former.base, input)
  if (rule !== undefined) return { expense: await startSeries(api, bill, rule), isChanged: true }
  const entered = await api.addExpense(space, input, id)
  const { expense } = await editBill(api, space, entered, bodyToInput(entered), input)
  return { expense, isChanged: true }
}

async function editBill(
  api: LedgerApi,
  space: string,
  expense: Expense,
  base: ExpenseInput,
  input: ExpenseInput,
): Promise<SavedBill> {
  const changes = changesOf(base, input)
  if (Object.keys(changes).length === 0) return { expense, isChanged: false }
  return { expense: await api.editExpense(space, expense.id, changes), isChanged: true }
}

async function startSeries(
  api: LedgerApi,
  { space, input, isRetry }: BillToSave,
  rule: LedgerRecurrence,
): Promise<Expense | undefined> {
  const known = isRetry ? await findSeries(api, space, input, rule) : undefined
  const series = known ?? (await api.addSeries(space, { expense: input, rule }))
  await api.enterDue(space)
  const { expenses } = await api.expenses(space, { from: rule.start, to: rule.start, limit: 500 })
  return expenses.find(({ origin }) => origin?.kind === 'series' && origin.from === series.id)
}

async function findSeries(
  api: LedgerApi,
  space: string,
  input: ExpenseInput,
  rule: LedgerRecurrence,
) {
  const all = await api.ledgerSeries(space)
  return all.find(
    (series) =>
      !series.stopped &&
      isSame(series.rule, rule) &&
      Object.keys(changesOf(bodyToInput(series.expense), input)).length === 0,
  )
}

/** The bill as a template, under its title. */
export async function saveTemplate(
  api: LedgerApi,
  space: string,
  input: ExpenseInput,
): Promise<void> {
  await api.addTemplate(space, { name: input.title ?? '', expense: input })
}
