/** What every part of a bill's drawer is given. */

import type { ExpenseDetail } from '@hamlet/http/api'

export interface DetailProps {
  readonly space: string
  readonly detail: ExpenseDetail
}
