/** What is unusual about a bill, in the order of how much it needs somebody. */

import type { Expense } from '@hamlet/http/api'

export type BillMark =
  | 'conflict'
  | 'disputed'
  | 'pending'
  | 'correction'
  | 'deleted'
  | 'edited'
  | 'series'
  | 'imported'

export function marksOf(bill: Expense): readonly BillMark[] {
  const marks: readonly (readonly [BillMark, boolean])[] = [
    ['conflict', bill.choices > 1],
    ['disputed', bill.payment === 'disputed'],
    ['pending', bill.payment === 'pending'],
    ['correction', bill.isCorrection],
    ['deleted', bill.deleted],
    ['edited', bill.edited],
    ['series', bill.origin?.kind === 'series'],
    ['imported', bill.origin?.kind === 'import'],
  ]
  return marks.filter(([, is]) => is).map(([mark]) => mark)
}

/** Those that ask somebody to do something. */
export function needsSomebody(mark: BillMark): boolean {
  return mark === 'conflict' || mark === 'disputed' || mark === 'pending'
}
