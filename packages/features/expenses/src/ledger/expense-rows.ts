/** Expenses with what follows from them (who owes what, how far a payment has come), newest day first. */

import type { PersonId } from '@hamlet/core'
import { assert } from '@hamlet/core'
import { comparePositions } from '@hamlet/space/entry-position'
import type { ExpenseBody, ExpenseEffect } from '../expense-body.ts'
import { effectDebts } from '../money/debts.ts'
import type { Debt } from '../money/debts.ts'
import { computeOwed, expenseEffect, whoGotTheCent } from '../money/split.ts'
import type { LedgerId } from '../party.ts'
import { isCorrection } from './closed-periods.ts'
import type { ClosedPeriod } from './closed-periods.ts'
import type { LedgerBook } from './ledger-book.ts'
import type { LedgerExpense, PaymentState } from './ledger-model.ts'
import type { LedgerParties } from './ledger-parties.ts'
import type { CurrentRecord, StoredVerdict } from './records.ts'

type CurrentExpense = CurrentRecord<'expense'>

/** An expense does not change; another version is another object. */
const EFFECTS = new WeakMap<ExpenseBody, ExpenseEffect>()
const DEBTS = new WeakMap<ExpenseBody, readonly Debt[]>()

export function effectOf(id: LedgerId, body: ExpenseBody): ExpenseEffect {
  const known = EFFECTS.get(body)
  if (known !== undefined) return known
  const effect = expenseEffect(id, body)
  EFFECTS.set(body, effect)
  return effect
}

/** Who owes whom by this expense alone. */
export function debtsOf(id: LedgerId, body: ExpenseBody): readonly Debt[] {
  const known = DEBTS.get(body)
  if (known !== undefined) return known
  const debts = effectDebts(id, effectOf(id, body))
  DEBTS.set(body, debts)
  return debts
}

export interface ExpenseRow {
  readonly id: LedgerId
  readonly current: CurrentExpense
}

/**
 * All expenses, deleted ones too: newest day first, on one day the one made last first. `before`: the order the same book
 * had; nearly all of it still is in order, which makes sorting it one pass.
 */
export function sortExpenses(
  book: LedgerBook,
  before: readonly ExpenseRow[] = [],
): readonly ExpenseRow[] {
  const expenses = book.all('expense')
  const known = before.map(({ id }) => id)
  // Nothing is taken out of a book, and what is new comes last.
  const added = [...expenses.keys()].slice(before.length)
  const all = [...known, ...added].map((id): ExpenseRow => ({ id, current: expenses.get(id)! }))
  return all.sort(({ current: a }, { current: b }) => {
    if (a.body.date !== b.body.date) return a.body.date < b.body.date ? 1 : -1
    return -comparePositions(a.created, b.created)
  })
}

export interface RowContext {
  readonly book: LedgerBook
  readonly parties: LedgerParties
  readonly confirmAboveMinor: number
  readonly locks: readonly ClosedPeriod[]
}

export function toLedgerExpense(id: LedgerId, context: RowContext): LedgerExpense {
  const current = context.book.get('expense', id)
  assert(current !== undefined, 'an expense of the book')
  const owed = computeOwed(id, current.body)
  assert(owed.ok, 'a stored body comes to its amount')
  return {
    id,
    version: current.winner,
    body: current.body,
    owed: owed.value,
    cents: whoGotTheCent(id, current.body),
    choices: current.choices,
    edited: current.versionCount > 1,
    created: current.created,
    updated: current.updated,
    payment: paymentState(id, current, context),
    isCorrection: isCorrection(current, context.book.carriers, context.locks),
    commentCount: context.book.talk.comments(id).length,
    attachmentCount: context.book.talk.attachments(id).length,
  }
}

/**
 * A transfer waits for those it went to; an expense only for debtors whose part is above what the group lets pass. One
 * dispute is enough to dispute it. Placeholders cannot speak and are not waited for.
 */
export function paymentState(
  id: LedgerId,
  current: CurrentExpense,
  context: Pick<RowContext, 'book' | 'parties' | 'confirmAboveMinor'>,
): PaymentState {
  const awaited = whoIsAsked(id, current, context)
  if (awaited.size === 0) return current.body.kind === 'transfer' ? 'confirmed' : 'none'
  const verdicts = context.book.talk
    .verdicts(id)
    .filter((verdict) => awaited.has(verdict.by.person) && isCurrent(verdict, current))
  if (verdicts.some(({ verdict }) => verdict === 'disputed')) return 'disputed'
  return verdicts.length === awaited.size ? 'confirmed' : 'pending'
}

/** Whose word about the expense counts: people of the space other than its author. */
export function whoIsAsked(
  id: LedgerId,
  { body, updated }: CurrentExpense,
  context: Pick<RowContext, 'parties' | 'confirmAboveMinor'>,
): ReadonlySet<PersonId> {
  const asked = new Set<PersonId>()
  const threshold = body.kind === 'transfer' ? 0 : context.confirmAboveMinor
  if (body.kind === 'income' || (body.kind === 'expense' && threshold === 0)) return asked
  const owed = computeOwed(id, body)
  if (!owed.ok) return asked
  for (const { party, amountMinor } of owed.value) {
    const is = context.parties.resolve(party)
    if (amountMinor > threshold && is !== updated.person && is.length === PERSON_DIGITS) {
      asked.add(is as PersonId)
    }
  }
  return asked
}

const PERSON_DIGITS = 64

function isCurrent({ version }: StoredVerdict, { winner }: CurrentExpense): boolean {
  return version === winner
}
