/** The schemas of what `LedgerApi` answers; `LedgerSchemasMatch` holds them to the interfaces. */

import { z } from '@hono/zod-openapi'

import type * as api from './ledger-api.ts'
import * as fields from './ledger-fields.ts'
import { recurrence } from './ledger-inputs.ts'
import { count, id, timeMs } from './schemas.ts'
import type { AllTrue, Same } from './schemas.ts'

const { currency, day, ledgerId, party, sum } = fields

const version = id
const authorship = z
  .object({ entry: id, person: id, device: id, atMs: timeMs, client: z.string().optional() })
  .openapi('LedgerAuthorship')
const amounts = z.array(fields.partyAmount)

/** What an expense says, whoever says it. */
const filledIn = {
  kind: fields.kind,
  title: z.string(),
  date: day,
  currency,
  amountMinor: fields.amount,
  paid: amounts,
  split: fields.split,
  category: z.string().optional(),
  tags: z.array(z.string()),
  note: z.string(),
  rate: fields.frozenRate.optional(),
}
const origin = z.object({ kind: z.enum(['series', 'import']), from: z.string() })
const body = { ...filledIn, deleted: z.boolean(), origin: origin.optional() }

export const expense = z
  .object({
    ...body,
    id: ledgerId,
    version,
    owed: amounts,
    cents: z.array(party),
    choices: count,
    edited: z.boolean(),
    created: authorship,
    updated: authorship,
    payment: z.enum(['none', 'pending', 'confirmed', 'disputed']),
    isCorrection: z.boolean(),
    comments: count,
    attachments: count,
  })
  .openapi('Expense')

const attachedFile = z
  .object({
    id: z.string(),
    person: id,
    atMs: timeMs,
    name: z.string(),
    mediaType: z.string(),
    sizeBytes: count,
  })
  .openapi('AttachedFile')

const expenseVersion = z
  .object({
    ...body,
    version,
    replaces: z.array(version),
    owed: amounts,
    by: authorship,
    isHead: z.boolean(),
    isWinner: z.boolean(),
    changed: z.array(z.string()),
  })
  .openapi('ExpenseVersion')

export const expenseDetail = expense
  .extend({
    versions: z.array(expenseVersion),
    thread: z.array(z.object({ id, person: id, atMs: timeMs, text: z.string() })),
    attached: z.array(attachedFile),
    verdicts: z.array(
      z.object({
        person: id,
        verdict: fields.verdictWord,
        note: z.string(),
        atMs: timeMs,
        isOutdated: z.boolean(),
      }),
    ),
    asked: z.array(id),
  })
  .openapi('ExpenseDetail')

export const expensePage = z
  .object({ expenses: z.array(expense), total: count, hasMore: z.boolean() })
  .openapi('ExpensePage')

export const ledgerParty = z
  .object({
    id: party,
    name: z.string(),
    member: z.boolean().optional(),
    isPlaceholder: z.boolean(),
    retired: z.boolean(),
    is: party,
    aliases: z.array(party),
    contested: z.boolean(),
  })
  .openapi('LedgerParty')

export const ledgerBalance = z
  .object({ party, currency, minor: sum, pendingMinor: sum })
  .openapi('LedgerBalance')
export const convertedBalances = z
  .object({
    currency,
    balances: z.array(z.object({ party, minor: sum })),
    withoutRate: count,
  })
  .openapi('ConvertedBalances')

const transfer = z.object({ from: party, to: party, currency, minor: sum })
export const settlementPlan = z
  .object({
    mode: fields.settleMode,
    transfers: z.array(transfer.openapi('LedgerTransfer')),
    exact: z.boolean(),
    left: z.array(z.object({ party, currency, minor: sum })),
  })
  .openapi('SettlementPlan')
export const debtExplanation = transfer
  .extend({
    reasons: z.array(
      z.object({
        expense: ledgerId,
        title: z.string(),
        date: day,
        kind: fields.kind,
        minor: sum,
        runningMinor: sum,
        by: authorship,
      }),
    ),
  })
  .openapi('DebtExplanation')
export const knownRate = z.object({ rate: fields.frozenRate.optional() }).openapi('KnownRate')

export const ledgerSettings = z
  .object({
    currency: currency.optional(),
    settleMode: fields.settleMode,
    cashStepMinor: count,
    defaultSplit: z.array(fields.partyShare),
    confirmAboveMinor: count,
    archived: z.boolean(),
  })
  .openapi('LedgerSettings')

const named = { id: ledgerId, name: z.string(), retired: z.boolean() }
const filledInExpense = z.object(filledIn).openapi('FilledInExpense')
export const category = z.object({ ...named, emoji: z.string() }).openapi('LedgerCategory')
export const template = z.object({ ...named, expense: filledInExpense }).openapi('LedgerTemplate')
export const couple = z.object({ ...named, members: z.array(party) }).openapi('LedgerCouple')
export const budget = z
  .object({
    id: ledgerId,
    category: z.string().optional(),
    currency,
    amountMinor: fields.amount,
    retired: z.boolean(),
  })
  .openapi('LedgerBudget')
export const ledgerExtras = z
  .object({
    categories: z.array(category),
    templates: z.array(template),
    couples: z.array(couple),
    budgets: z.array(budget),
  })
  .openapi('LedgerExtras')

export const ledgerSeries = z
  .object({
    id: ledgerId,
    expense: filledInExpense,
    rule: recurrence,
    stopped: z.boolean(),
    due: z.array(day),
    next: day.optional(),
  })
  .openapi('LedgerSeries')

export const ledgerLock = z
  .object({
    id,
    by: authorship,
    through: day,
    note: z.string(),
    agrees: z.boolean().optional(),
    signatures: z.array(z.object({ person: id, atMs: timeMs, agrees: z.boolean() })),
  })
  .openapi('LedgerLock')

export const importPreview = z
  .object({
    source: z.string(),
    groupName: z.string().optional(),
    currency: currency.optional(),
    parties: z.array(
      z.object({ id: ledgerId, name: z.string(), removed: z.boolean(), is: party.optional() }),
    ),
    sample: z.array(z.object({ ...body, id: ledgerId, line: count })),
    newExpenses: count,
    knownExpenses: count,
    wrongTotals: z.array(
      z.object({ party, currency, expectedMinor: sum, actualMinor: sum, line: count }),
    ),
    warnings: z.array(
      z.object({ code: z.string(), message: z.string(), line: count, column: count }),
    ),
    warningCount: count,
  })
  .openapi('ImportPreview')
export const ledgerImport = z
  .object({
    batch: ledgerId,
    by: authorship,
    source: z.string(),
    fileName: z.string(),
    expenses: count,
    undone: z.boolean(),
  })
  .openapi('LedgerImport')

const statisticsLine = z
  .object({ key: z.string(), currency, minor: sum, count })
  .openapi('StatisticsLine')
export const ledgerStatistics = z
  .object({
    byCategory: z.array(statisticsLine),
    paidBy: z.array(statisticsLine),
    shareOf: z.array(statisticsLine),
    byMonth: z.array(statisticsLine),
    budgets: z.array(z.object({ budget, month: z.string(), spentMinor: sum })),
    withoutRate: count,
  })
  .openapi('LedgerStatistics')

export const ledgerActivity = z
  .object({
    lines: z.array(
      z.object({
        entry: id,
        person: id,
        atMs: timeMs,
        what: z.string(),
        record: z.string().optional(),
        id: z.string().optional(),
        title: z.string().optional(),
      }),
    ),
    before: z.string().optional(),
  })
  .openapi('LedgerActivityPage')

export type LedgerSchemasMatch = AllTrue<
  [
    Same<typeof expense, api.Expense>,
    Same<typeof expenseDetail, api.ExpenseDetail>,
    Same<typeof expensePage, api.ExpensePage>,
    Same<typeof ledgerParty, api.LedgerParty>,
    Same<typeof ledgerBalance, api.LedgerBalance>,
    Same<typeof convertedBalances, api.ConvertedBalances>,
    Same<typeof settlementPlan, api.SettlementPlan>,
    Same<typeof debtExplanation, api.DebtExplanation>,
    Same<typeof ledgerSettings, api.LedgerSettings>,
    Same<typeof ledgerExtras, api.LedgerExtras>,
    Same<typeof ledgerSeries, api.LedgerSeries>,
    Same<typeof ledgerLock, api.LedgerLock>,
    Same<typeof importPreview, api.ImportPreview>,
    Same<typeof ledgerImport, api.LedgerImport>,
    Same<typeof ledgerStatistics, api.LedgerStatistics>,
    Same<typeof ledgerActivity, api.LedgerActivityPage>,
  ]
>
