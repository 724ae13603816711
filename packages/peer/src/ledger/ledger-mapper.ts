/** What a ledger answers, as faces see it: sums in text, nothing undefined, authors without their place in a log. */

import type {
  Balance,
  DebtExplanation,
  ExpenseDetail,
  ExpensePage,
  ExpenseVersion,
  LedgerActivity,
  LedgerAttachment,
  LedgerExpense,
  LedgerSettings,
  LedgerStatistics,
  SettlementPlan,
  StatisticsLine,
} from '@hamlet/expenses'
import type * as Api from '@hamlet/http/api'
import { defined, toAuthorship, toBody } from './body-mapper.ts'
import { toBudget } from './extras-mapper.ts'

export function toExpense(expense: LedgerExpense): Api.Expense {
  const { id, version, owed, cents, choices, edited, payment, isCorrection } = expense
  return {
    ...toBody(expense.body),
    ...{ id, version, owed, cents, choices, edited, payment, isCorrection },
    created: toAuthorship(expense.created),
    updated: toAuthorship(expense.updated),
    comments: expense.commentCount,
    attachments: expense.attachmentCount,
  }
}

export function toPage({ expenses, total, hasMore }: ExpensePage): Api.ExpensePage {
  return { expenses: expenses.map(toExpense), total, hasMore }
}

export function toDetail(detail: ExpenseDetail, asked: Iterable<string>): Api.ExpenseDetail {
  const { versions, comments, attachments, verdicts } = detail
  return {
    ...toExpense(detail),
    versions: versions.map(toVersion),
    thread: comments,
    attached: attachments.map((each) => toAttachedFile(detail.id, each)),
    verdicts,
    asked: [...asked].sort(),
  }
}

function toAttachedFile(
  expense: string,
  { id, person, atMs, attachment }: LedgerAttachment,
): Api.AttachedFile {
  const { name, mediaType, sizeBytes } = attachment
  return { id: `${expense}.${id}`, person, atMs, name, mediaType, sizeBytes }
}

function toVersion({ body, by, ...version }: ExpenseVersion): Api.ExpenseVersion {
  return { ...toBody(body), ...version, by: toAuthorship(by) }
}

export function toBalance({ party, currency, minor, pendingMinor }: Balance): Api.LedgerBalance {
  return { party, currency, minor: `${minor}`, pendingMinor: `${pendingMinor}` }
}

export function toPlan({ mode, transfers, exact, left }: SettlementPlan): Api.SettlementPlan {
  return {
    mode,
    transfers: transfers.map(({ minor, ...transfer }) => ({ ...transfer, minor: `${minor}` })),
    exact,
    left: left.map(({ party, currency, minor }) => ({ party, currency, minor: `${minor}` })),
  }
}

export function toExplanation(explanation: DebtExplanation): Api.DebtExplanation {
  const { from, to, currency, minor, reasons } = explanation
  return {
    ...{ from, to, currency, minor: `${minor}` },
    reasons: reasons.map(({ version: _version, ...reason }) => ({
      ...reason,
      minor: `${reason.minor}`,
      runningMinor: `${reason.runningMinor}`,
      by: toAuthorship(reason.by),
    })),
  }
}

export function toSettings({ currency, ...settings }: LedgerSettings): Api.LedgerSettings {
  return { ...settings, ...defined({ currency }) }
}

export function toStatistics(statistics: LedgerStatistics): Api.LedgerStatistics {
  const { byCategory, paidBy, shareOf, byMonth, budgets, withoutRate } = statistics
  return {
    byCategory: byCategory.map(toLine),
    paidBy: paidBy.map(toLine),
    shareOf: shareOf.map(toLine),
    byMonth: byMonth.map(toLine),
    budgets: budgets.map(({ budget, month, spentMinor }) => {
      return { budget: toBudget(budget), month, spentMinor: `${spentMinor}` }
    }),
    withoutRate,
  }
}

function toLine({ minor, ...line }: StatisticsLine): Api.StatisticsLine {
  return { ...line, minor: `${minor}` }
}

export function toActivity({ entry, person, atMs, event }: LedgerActivity): Api.LedgerActivity {
  const line = { entry, person, atMs, what: event.what }
  switch (event.what) {
    case 'locked':
    case 'countersigned':
      return { ...line, record: 'lock', id: event.lock }
    case 'imported':
      return { ...line, record: 'import', id: event.batch }
    case 'commented':
    case 'attached':
    case 'confirmed':
    case 'disputed':
      return { ...line, record: 'expense', id: event.id, title: event.title }
    default:
      return { ...line, record: event.record, id: event.id, title: event.title }
  }
}
