/**
 * The schemas of what `LedgerApi` is asked and told. They judge form and bounds; whether an expense comes to its amount is the
 * ledger's to say, with a code of its own.
 */

import { z } from '@hono/zod-openapi'
import {
  AMOUNT_MINOR_MAX,
  CASH_STEP_MAX,
  EMOJI_BYTES_MAX,
  EXPENSE_PAGE_MAX,
  EXPENSE_PARTIES_MAX,
  IMPORT_COUNT_MAX,
  IMPORT_PARTIES_MAX,
  NOTE_BYTES_MAX,
  RECURRENCE_COUNT_MAX,
  RECURRENCE_EVERY_MAX,
  SEARCH_LENGTH_MAX,
  TAG_BYTES_MAX,
  TAGS_MAX,
  TITLE_BYTES_MAX,
  WEIGHT_MAX,
} from '@hamlet/expenses'

import type * as api from './ledger-api.ts'
import * as fields from './ledger-fields.ts'
import { IMPORT_TEXT_LENGTH_MAX } from './limits.ts'
import { id, NAME_LENGTH_MAX, text } from './schemas.ts'
import type { AllTrue, Same } from './schemas.ts'

const { currency, currencyCode, day, frozenRate, ledgerId, party } = fields
const ACTIVITY_KEY_LENGTH_MAX = 200

const retired = z.boolean()
const category = text(TAG_BYTES_MAX)
const note = text(NOTE_BYTES_MAX, 0)
const positive = z.int().min(1).max(AMOUNT_MINOR_MAX)

/** A number in a query, where everything is text. */
function numberIn(min: number, max: number) {
  return z
    .string()
    .regex(/^(?:0|[1-9]\d{0,12})$/, `expected ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `expected ${min} to ${max}`)
    .openapi({ type: 'integer', minimum: min, maximum: max })
    .optional()
}

const byCouple = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .openapi({ type: 'string', enum: ['true', 'false'], description: 'Couples count as one.' })
  .optional()

export const expenseQuery = z.strictObject({
  search: text(SEARCH_LENGTH_MAX).optional(),
  party: party.optional(),
  payer: party.optional(),
  kind: fields.kind.optional(),
  category: category.optional(),
  tag: text(TAG_BYTES_MAX).optional(),
  currency: currencyCode.optional(),
  from: day.optional(),
  to: day.optional(),
  minMinor: numberIn(0, AMOUNT_MINOR_MAX),
  maxMinor: numberIn(0, AMOUNT_MINOR_MAX),
  state: z.enum(['live', 'deleted', 'all', 'conflict', 'pending']).optional(),
  limit: numberIn(1, EXPENSE_PAGE_MAX),
  after: ledgerId.optional(),
})
export const balanceQuery = z.strictObject({ byCouple })
export const settlementQuery = z.strictObject({ mode: fields.settleMode.optional(), byCouple })
export const explanationQuery = z.strictObject({ from: party, to: party })
export const rateQuery = z.strictObject({ from: currencyCode, to: currencyCode, date: day })
export const statisticsQuery = z.strictObject({
  from: day.optional(),
  to: day.optional(),
  currency: currencyCode.optional(),
})
export const activityQuery = z.strictObject({
  limit: numberIn(1, EXPENSE_PAGE_MAX),
  before: text(ACTIVITY_KEY_LENGTH_MAX).optional(),
})
export const exportQuery = z.strictObject({
  format: z.enum([
    'json',
    'csv',
    'splitwise-csv',
    'spliit-json',
    'ihatemoney-json',
    'cospend-csv',
    'settlement-csv',
    'signed-txt',
  ]),
  currency: currencyCode.optional(),
})

export const expenseInput = z
  .strictObject({
    kind: fields.kind.optional(),
    title: text(TITLE_BYTES_MAX).optional(),
    date: day.optional(),
    currency: currency.optional(),
    amountMinor: positive.optional(),
    paid: fields.partyAmounts.optional(),
    split: fields.split.optional(),
    category: category.nullable().optional(),
    tags: z.array(text(TAG_BYTES_MAX)).max(TAGS_MAX).optional(),
    note: note.optional(),
    rate: frozenRate.nullable().optional(),
  })
  .openapi('ExpenseInput')
export const newExpense = expenseInput
  .extend({
    id: ledgerId
      .openapi({
        description:
          'Chosen at random by the client: the same request again, with the same id, writes nothing.',
      })
      .optional(),
  })
  .openapi('NewExpense')
export const versionInput = z.strictObject({ version: id }).openapi('VersionInput')
export const commentInput = z.strictObject({ text: text(NOTE_BYTES_MAX) }).openapi('CommentInput')
export const verdictInput = z
  .strictObject({ verdict: fields.verdictWord, note })
  .openapi('VerdictInput')

export const partyName = z.strictObject({ name: text(NAME_LENGTH_MAX) }).openapi('PartyName')
export const partyChange = z
  .strictObject({
    name: text(NAME_LENGTH_MAX).optional(),
    retired: retired.optional(),
    is: party.nullable().optional(),
  })
  .openapi('PartyChange')

export const settingsInput = z
  .strictObject({
    currency: currency.optional(),
    settleMode: fields.settleMode.optional(),
    cashStepMinor: z.int().min(1).max(CASH_STEP_MAX).optional(),
    defaultSplit: fields.partyShares.optional(),
    confirmAboveMinor: z.int().min(0).max(AMOUNT_MINOR_MAX).optional(),
    archived: z.boolean().optional(),
  })
  .openapi('LedgerSettingsInput')

export const categoryInput = z
  .strictObject({
    name: text(NAME_LENGTH_MAX).optional(),
    emoji: text(EMOJI_BYTES_MAX, 0).optional(),
    retired: retired.optional(),
  })
  .openapi('CategoryInput')
export const templateInput = z
  .strictObject({
    name: text(NAME_LENGTH_MAX).optional(),
    expense: expenseInput.optional(),
    retired: retired.optional(),
  })
  .openapi('TemplateInput')
export const coupleInput = z
  .strictObject({
    name: text(NAME_LENGTH_MAX).optional(),
    members: z.array(party).max(EXPENSE_PARTIES_MAX).optional(),
    retired: retired.optional(),
  })
  .openapi('CoupleInput')
export const budgetInput = z
  .strictObject({
    category: category.nullable().optional(),
    currency: currency.optional(),
    amountMinor: positive.optional(),
    retired: retired.optional(),
  })
  .openapi('BudgetInput')

export const recurrence = z
  .strictObject({
    unit: z.enum(['day', 'week', 'half-month', 'month', 'year']),
    every: z.int().min(1).max(RECURRENCE_EVERY_MAX),
    start: day,
    until: day.optional(),
    count: z.int().min(1).max(RECURRENCE_COUNT_MAX).optional(),
  })
  .openapi('LedgerRecurrence')
export const seriesInput = z
  .strictObject({
    expense: expenseInput.optional(),
    rule: recurrence.optional(),
    stopped: z.boolean().optional(),
  })
  .openapi('SeriesInput')
export const lockInput = z.strictObject({ through: day, note }).openapi('LockInput')

const weight = z.number().positive().max(WEIGHT_MAX)
const line = z
  .int()
  .min(1)
  .max(IMPORT_COUNT_MAX * 10)
export const importInput = z
  .strictObject({
    contents: z
      .string()
      .max(IMPORT_TEXT_LENGTH_MAX)
      .refine(isBase64, 'expected base64')
      .openapi({ description: 'The bytes of the file in base64.' }),
    fileName: text(TITLE_BYTES_MAX, 0).optional(),
    currency: currency.optional(),
    group: text(NAME_LENGTH_MAX, 0).optional(),
    weights: z
      .array(z.strictObject({ name: text(NAME_LENGTH_MAX), weight }))
      .max(IMPORT_PARTIES_MAX)
      .optional(),
    payers: z
      .array(z.strictObject({ line, name: text(NAME_LENGTH_MAX) }))
      .max(IMPORT_COUNT_MAX)
      .optional(),
    people: z
      .array(z.strictObject({ id: ledgerId, is: party }))
      .max(IMPORT_PARTIES_MAX)
      .optional(),
  })
  .openapi('ImportInput')

/** Letters alone here, in one pass: whoever decodes it is strict. */
function isBase64(contents: string): boolean {
  return contents.length % 4 === 0 && !/[^A-Za-z0-9+/=]/.test(contents)
}

type Change = Parameters<api.LedgerApi['changeParty']>[2]
type Activity = NonNullable<Parameters<api.LedgerApi['ledgerActivity']>[1]>
type Statistics = NonNullable<Parameters<api.LedgerApi['ledgerStatistics']>[1]>
type Settlement = NonNullable<Parameters<api.LedgerApi['settlement']>[1]>
type RateOf = Parameters<api.LedgerApi['knownRate']>[1]

export type LedgerInputsMatch = AllTrue<
  [
    Same<typeof expenseQuery, api.ExpenseQuery>,
    Same<typeof settlementQuery, Settlement>,
    Same<typeof rateQuery, RateOf>,
    Same<typeof statisticsQuery, Statistics>,
    Same<typeof activityQuery, Activity>,
    Same<
      typeof exportQuery,
      { readonly format: api.LedgerExportFormat; readonly currency?: string }
    >,
    Same<typeof expenseInput, api.ExpenseInput>,
    Same<typeof partyChange, Change>,
    Same<typeof settingsInput, api.LedgerSettingsInput>,
    Same<typeof categoryInput, api.CategoryInput>,
    Same<typeof templateInput, api.TemplateInput>,
    Same<typeof coupleInput, api.CoupleInput>,
    Same<typeof budgetInput, api.BudgetInput>,
    Same<typeof recurrence, api.LedgerRecurrence>,
    Same<typeof seriesInput, api.SeriesInput>,
    Same<typeof importInput, api.ImportInput>,
  ]
>
