/** What an edit changes: only that is sent, so that what somebody else changes meanwhile stays theirs. */

import type { Expense, ExpenseInput, Split } from '@hamlet/http/api'

type Body = Pick<
  Expense,
  | 'kind'
  | 'title'
  | 'date'
  | 'currency'
  | 'amountMinor'
  | 'paid'
  | 'split'
  | 'category'
  | 'tags'
  | 'note'
  | 'rate'
>

/** Who pays, how much and for whom belong together: they go together or not at all. */
const MONEY = ['kind', 'currency', 'amountMinor', 'paid', 'split'] as const
const REST = ['title', 'date', 'category', 'tags', 'note', 'rate'] as const

/** What differs from the bill as it was; empty when nothing does. */
export function changesOf(former: ExpenseInput, input: ExpenseInput): ExpenseInput {
  const isMoneySame = MONEY.every((name) => isSame(former[name], input[name]))
  const changed = REST.filter((name) => !isSame(former[name], input[name]))
  const names = isMoneySame ? changed : [...MONEY, ...changed]
  return Object.fromEntries(names.map((name) => [name, input[name]]))
}

/** As it would be entered. */
export function bodyToInput(body: Body): ExpenseInput {
  const { kind, title, date, currency, amountMinor, paid, split, category, tags, note, rate } = body
  return {
    kind,
    title,
    date,
    currency,
    amountMinor,
    paid,
    split,
    category: category ?? null,
    tags,
    note,
    rate: rate ?? null,
  }
}

/** Whether two values say the same: order of parties and empty lists apart. */
export function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}

/** Text that is the same for what is the same: lists of parties in order, nothing where a split has nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_, part: unknown) => {
    if (Array.isArray(part)) return inOrder(part)
    if (typeof part !== 'object' || part === null) return part
    const kept = Object.entries(part as Split)
      .filter(([, each]) => each !== undefined && each !== 0 && !isEmptyList(each))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(kept)
  })
}

function inOrder(list: readonly unknown[]): readonly unknown[] {
  return isParties(list) ? list.toSorted(byParty) : list
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function isParties(list: readonly unknown[]): list is readonly { readonly party: string }[] {
  return list.every((each) => typeof each === 'object' && each !== null && 'party' in each)
}

function byParty(a: { readonly party: string }, b: { readonly party: string }): number {
  return a.party < b.party ? -1 : a.party > b.party ? 1 : 0
}
