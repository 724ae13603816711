/** What the ledger in memory answers, as plain data. */

import type * as model from '@hamlet/expenses'

import type * as api from '../src/ledger-api.ts'

type Filled<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> }

/** What is there of it. */
function present<T extends object>(fields: T): Filled<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Filled<T>
}

export function viewAuthorship({
  id,
  person,
  device,
  time,
}: model.Authorship): api.LedgerAuthorship {
  return { entry: id, person, device, atMs: time.milliseconds }
}

export function viewBody(body: model.ExpenseBody): api.ExpenseBody {
  const { rule: _rule, split, category, rate, origin, ...said } = body
  const from = origin && {
    kind: origin.kind,
    from: origin.kind === 'series' ? origin.series : origin.source,
  }
  return { ...said, split: viewSplit(split), ...present({ category, rate, origin: from }) }
}

function viewSplit(split: model.Split): api.Split {
  const said = Object.entries(split).filter(([, part]) => part !== 0 && part.length !== 0)
  return Object.fromEntries(said) as api.Split
}

function viewFilledIn(body: model.ExpenseBody): Omit<api.ExpenseBody, 'deleted' | 'origin'> {
  const { deleted: _deleted, origin: _origin, ...said } = viewBody(body)
  return said
}

export function viewExpense(expense: model.LedgerExpense): api.Expense {
  const { id, version, owed, cents, choices, edited, payment, isCorrection } = expense
  return {
    ...viewBody(expense.body),
    ...{ id, version, owed, cents, choices, edited, payment, isCorrection },
    created: viewAuthorship(expense.created),
    updated: viewAuthorship(expense.updated),
    comments: expense.commentCount,
    attachments: expense.attachmentCount,
  }
}

export function viewExpenseDetail(
  detail: model.ExpenseDetail,
  asked: Iterable<string>,
): api.ExpenseDetail {
  return {
    ...viewExpense(detail),
    versions: detail.versions.map(({ body, by, ...version }) => {
      return { ...viewBody(body), ...version, by: viewAuthorship(by) }
    }),
    thread: detail.comments,
    attached: detail.attachments.map(({ id, attachment, ...by }) => {
      const { name, mediaType, sizeBytes } = attachment
      return { ...by, id: `${detail.id}.${id}`, name, mediaType, sizeBytes }
    }),
    verdicts: detail.verdicts,
    asked: [...asked].sort(),
  }
}

export function viewMinor<T extends { readonly minor: bigint }>(
  each: T,
): Omit<T, 'minor'> & { readonly minor: string } {
  return { ...each, minor: `${each.minor}` }
}

export function viewBalance(balance: model.Balance): api.LedgerBalance {
  return { ...viewMinor(balance), pendingMinor: `${balance.pendingMinor}` }
}

export function viewPlan(plan: model.SettlementPlan): api.SettlementPlan {
  return { ...plan, transfers: plan.transfers.map(viewMinor), left: plan.left.map(viewMinor) }
}

export function viewExplanation(explanation: model.DebtExplanation): api.DebtExplanation {
  return {
    ...viewMinor(explanation),
    reasons: explanation.reasons.map(({ version: _version, by, ...reason }) => ({
      ...viewMinor(reason),
      runningMinor: `${reason.runningMinor}`,
      by: viewAuthorship(by),
    })),
  }
}

export function viewSettings({ currency, ...settings }: model.LedgerSettings): api.LedgerSettings {
  return { ...settings, ...present({ currency }) }
}

export function viewStatistics(statistics: model.LedgerStatistics): api.LedgerStatistics {
  const { byCategory, paidBy, shareOf, byMonth, budgets, withoutRate } = statistics
  return {
    byCategory: byCategory.map(viewMinor),
    paidBy: paidBy.map(viewMinor),
    shareOf: shareOf.map(viewMinor),
    byMonth: byMonth.map(viewMinor),
    budgets: budgets.map(({ budget, month, spentMinor }) => {
      return { budget: viewBudget(budget), month, spentMinor: `${spentMinor}` }
    }),
    withoutRate,
  }
}

export function viewActivity({ event, ...line }: model.LedgerActivity): api.LedgerActivity {
  const { what } = event
  if ('lock' in event) return { ...line, what, record: 'lock', id: event.lock }
  if ('batch' in event) return { ...line, what, record: 'import', id: event.batch }
  const record = 'record' in event ? event.record : 'expense'
  return { ...line, what, record, id: event.id, title: event.title }
}

export function viewTemplate({ id, body }: model.LedgerTemplate): api.LedgerTemplate {
  return { id, name: body.name, expense: viewFilledIn(body.body), retired: body.retired }
}

export function viewBudget({ id, body }: model.LedgerBudget): api.LedgerBudget {
  const { category, ...said } = body
  return { id, ...said, ...present({ category }) }
}

export function viewSeries({ id, body, due, next }: model.LedgerSeries): api.LedgerSeries {
  const { template, rule, stopped } = body
  const { until, count, ...when } = rule
  return {
    id,
    expense: viewFilledIn(template),
    rule: { ...when, ...present({ until, count }) },
    stopped,
    due,
    ...present({ next }),
  }
}

export function viewLock(lock: model.LedgerLock): api.LedgerLock {
  const { id, by, through, note, agrees, signatures } = lock
  return { id, by: viewAuthorship(by), through, note, signatures, ...present({ agrees }) }
}

export function viewImport({ by, expenses, ...said }: model.LedgerImport): api.LedgerImport {
  return { ...said, by: viewAuthorship(by), expenses: expenses.length }
}
