/** What of the bills is shown: the state of the search and filter bar, and the question to the peer it makes. */

import type { Expense, ExpenseQuery } from '@hamlet/http/api'

export type BillsShown = 'live' | 'deleted' | 'conflict' | 'pending'

export interface BillFilter {
  readonly search: string
  /** Empty: everybody's. */
  readonly party: string
  readonly category: string
  /** `YYYY-MM`, or empty. */
  readonly month: string
  readonly shown: BillsShown
}

export const NO_FILTER: BillFilter = {
  search: '',
  party: '',
  category: '',
  month: '',
  shown: 'live',
}

export function isFiltered(filter: BillFilter): boolean {
  return filter.search.trim() !== '' || filterCount(filter) > 0
}

/** How many filters besides the words are set. */
export function filterCount({ party, category, month, shown }: BillFilter): number {
  return [party, category, month, shown === 'live' ? '' : shown].filter((value) => value !== '')
    .length
}

export function isSameFilter(a: BillFilter, b: BillFilter): boolean {
  return (
    a.search.trim() === b.search.trim() &&
    a.party === b.party &&
    a.category === b.category &&
    a.month === b.month &&
    a.shown === b.shown
  )
}

export function filterToQuery(filter: BillFilter): ExpenseQuery {
  const search = filter.search.trim()
  return {
    state: filter.shown,
    ...(search === '' ? {} : { search }),
    ...(filter.party === '' ? {} : { party: filter.party }),
    ...(filter.category === '' ? {} : { category: filter.category }),
    ...(filter.month === '' ? {} : monthRange(filter.month)),
  }
}

/** Its first and its last day. */
export function monthRange(month: string): { readonly from: string; readonly to: string } {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const days = new Date(Date.UTC(year, number, 0)).getUTCDate()
  return { from: `${month}-01`, to: `${month}-${String(days).padStart(2, '0')}` }
}

/** The months before and up to the day, newest first. */
export function recentMonths(today: string, count: number): readonly string[] {
  const [year = 0, number = 1] = today.split('-').map(Number)
  return Array.from({ length: count }, (_, back) => {
    const date = new Date(Date.UTC(year, number - 1 - back, 1))
    return date.toISOString().slice(0, 7)
  })
}

/** Whether a bill that has just been entered can be shown at once: words are the peer's to look for. */
export function showsNew(filter: BillFilter, expense: Expense): boolean {
  if (filter.search.trim() !== '' || filter.party !== '') return false
  if (filter.category !== '' && filter.category !== expense.category) return false
  if (filter.month !== '' && !expense.date.startsWith(filter.month)) return false
  return filter.shown === 'live'
}
