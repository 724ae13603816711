/** Own categories, templates, couples and budgets as faces see them. */

import type { LedgerBudget, LedgerCategory, LedgerCouple, LedgerTemplate } from '@hamlet/expenses'
import type * as Api from '@hamlet/http/api'
import { defined, toModel } from './body-mapper.ts'

export function toCategory({ id, body }: LedgerCategory): Api.LedgerCategory {
  return { id, ...body }
}

export function toTemplate({ id, body }: LedgerTemplate): Api.LedgerTemplate {
  const { name, retired } = body
  return { id, name, expense: toModel(body.body), retired }
}

export function toCouple({ id, body }: LedgerCouple): Api.LedgerCouple {
  return { id, ...body }
}

export function toBudget({ id, body }: LedgerBudget): Api.LedgerBudget {
  const { category, currency, amountMinor, retired } = body
  return { id, ...defined({ category }), currency, amountMinor, retired }
}
