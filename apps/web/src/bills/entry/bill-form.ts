/**
 * What stands in the form of a bill, and how it changes: a pure reducer over plain data, so that it can be kept as a
 * draft and tested without a screen.
 *
 * The idea: the form holds what was typed, as typed. What it comes to is read from it each time (`bill-reading.ts`), and
 * nothing that cannot be read is ever lost. Each way of splitting keeps its own values, so that looking at another way
 * loses none.
 */

import type { Currency, ExpenseKind, FrozenRate, LedgerRecurrence, Split } from '@hamlet/http/api'

export type SplitWay =
  | 'equal'
  | 'shares'
  | 'percent'
  | 'exact'
  | 'adjustment'
  | 'items'
  /** Several at once, made elsewhere: kept as it is. */
  | 'mixed'

/** The ways with a value for each person. */
export type ValueWay = 'shares' | 'percent' | 'exact' | 'adjustment'

export interface ItemRow {
  /** Names the row while the form lives. */
  readonly key: number
  readonly line: string
}

export interface RepeatForm {
  readonly unit: 'never' | LedgerRecurrence['unit']
  readonly every: string
  readonly until: string
}

export interface BillForm {
  /** Whom the bill named when it was opened: they can still be named, whatever became of them. */
  readonly named: readonly string[]
  readonly kind: ExpenseKind
  readonly title: string
  readonly amount: string
  readonly currency: Currency
  readonly payers: string
  readonly way: SplitWay
  /** Who takes part, where all do alike or nearly so. */
  readonly chosen: readonly string[]
  readonly values: Readonly<Record<ValueWay, Readonly<Record<string, string>>>>
  readonly items: readonly ItemRow[]
  readonly tax: string
  readonly tip: string
  readonly mixed: Split | null
  readonly date: string
  /** Empty: none. */
  readonly category: string
  readonly tags: string
  readonly note: string
  readonly rate: string
  /** What is known of the rate when nothing is typed. */
  readonly knownRate: FrozenRate | null
  readonly repeat: RepeatForm
}

export type BillAction =
  | { readonly type: 'set'; readonly change: Partial<BillForm> }
  | { readonly type: 'choose'; readonly party: string; readonly isChosen: boolean }
  | {
      readonly type: 'value'
      readonly way: ValueWay
      readonly party: string
      readonly text: string
    }
  | { readonly type: 'values'; readonly way: ValueWay; readonly texts: Record<string, string> }
  | { readonly type: 'way'; readonly way: SplitWay }
  | { readonly type: 'item'; readonly key: number; readonly line: string }
  | { readonly type: 'add-item'; readonly after: number | undefined; readonly line?: string }
  | { readonly type: 'remove-item'; readonly key: number }
  | { readonly type: 'load'; readonly form: BillForm }

export const NO_VALUES: BillForm['values'] = { shares: {}, percent: {}, exact: {}, adjustment: {} }
export const NEVER: RepeatForm = { unit: 'never', every: '1', until: '' }

export function changeBill(form: BillForm, action: BillAction): BillForm {
  switch (action.type) {
    case 'set':
      return { ...form, ...action.change }
    case 'load':
      return action.form
    case 'choose':
      return choose(form, action.party, action.isChosen)
    case 'value':
      return withValues(form, action.way, { [action.party]: action.text })
    case 'values':
      return withValues(form, action.way, action.texts)
    case 'way':
      return changeWay(form, action.way)
    case 'item':
      return {
        ...form,
        items: form.items.map((row) =>
          row.key === action.key ? { ...row, line: action.line } : row,
        ),
      }
    case 'add-item':
      return { ...form, items: insertItem(form.items, action.after, action.line ?? '') }
    case 'remove-item':
      return { ...form, items: keepOne(form.items.filter(({ key }) => key !== action.key)) }
  }
}

/** The row that comes after `key`, when there is one. */
export function rowAfter(items: readonly ItemRow[], key: number): ItemRow | undefined {
  return items[items.findIndex((row) => row.key === key) + 1]
}

export function rowBefore(items: readonly ItemRow[], key: number): ItemRow | undefined {
  return items[items.findIndex((row) => row.key === key) - 1]
}

export function nextKey(items: readonly ItemRow[]): number {
  return Math.max(0, ...items.map(({ key }) => key)) + 1
}

function choose(form: BillForm, party: string, isChosen: boolean): BillForm {
  const others = form.chosen.filter((each) => each !== party)
  return { ...form, chosen: isChosen ? [...others, party] : others }
}

function withValues(form: BillForm, way: ValueWay, texts: Readonly<Record<string, string>>) {
  return { ...form, values: { ...form.values, [way]: { ...form.values[way], ...texts } } }
}

/** Shares begin with one each for those who took part; items with an empty row. */
function changeWay(form: BillForm, way: SplitWay): BillForm {
  const next = { ...form, way }
  if (way === 'items') return { ...next, items: keepOne(form.items) }
  if (way !== 'shares' || Object.keys(form.values.shares).length > 0) return next
  return withValues(next, 'shares', Object.fromEntries(form.chosen.map((party) => [party, '1'])))
}

function insertItem(
  items: readonly ItemRow[],
  after: number | undefined,
  line: string,
): readonly ItemRow[] {
  const place = after === undefined ? items.length : items.findIndex(({ key }) => key === after) + 1
  return items.toSpliced(place, 0, { key: nextKey(items), line })
}

function keepOne(items: readonly ItemRow[]): readonly ItemRow[] {
  return items.length === 0 ? [{ key: 1, line: '' }] : items
}
