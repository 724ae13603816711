/** What the schemas of the ledger are made of: ids, days, money, splits. */

import { z } from '@hono/zod-openapi'
import {
  AMOUNT_MINOR_MAX,
  CURRENCY_EXPONENT_MAX,
  EXPENSE_ITEMS_MAX,
  EXPENSE_PARTIES_MAX,
  parseCivilDate,
  RATE_TERM_MAX,
  SOURCE_BYTES_MAX,
  TITLE_BYTES_MAX,
  WEIGHT_MAX,
} from '@hamlet/expenses'

import { text } from './schemas.ts'

const MILLIONTHS = 1_000_000

export const ledgerId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'expected 32 hex digits')
  .openapi({ example: '0'.repeat(32) })
export const party = z
  .string()
  .regex(/^(?:[0-9a-f]{32}|[0-9a-f]{64})$/, 'expected 64 hex digits, or 32 of a placeholder')
  .openapi({ example: '0'.repeat(32) })
export const day = z
  .string()
  .refine((value) => parseCivilDate(value) !== undefined, 'expected a day as YYYY-MM-DD')
  .openapi({ format: 'date', example: '2026-03-01' })
/** A sum, which may be beyond what a number holds. */
export const sum = z.string().openapi({ description: 'Minor units, a whole number in text.' })
export const amount = z.int().min(-AMOUNT_MINOR_MAX).max(AMOUNT_MINOR_MAX)
export const kind = z.enum(['expense', 'income', 'transfer'])
export const settleMode = z.enum(['minimal', 'pairwise', 'existing'])
export const verdictWord = z.enum(['confirmed', 'disputed'])
export const currencyCode = z.string().regex(/^[A-Z]{3}$/, 'expected three capital letters')

export const currency = z
  .strictObject({ code: currencyCode, exponent: z.int().min(0).max(CURRENCY_EXPONENT_MAX) })
  .openapi('Currency')
export const partyAmount = z.strictObject({ party, amountMinor: amount }).openapi('PartyAmount')
export const partyShare = z
  .strictObject({ party, weight: z.int().min(1).max(WEIGHT_MAX) })
  .openapi('PartyShare')
export const partyAmounts = z.array(partyAmount).max(EXPENSE_PARTIES_MAX)
export const partyShares = z.array(partyShare).max(EXPENSE_PARTIES_MAX)

const expenseItem = z
  .strictObject({ title: text(TITLE_BYTES_MAX, 0), amountMinor: amount, shares: partyShares })
  .openapi('ExpenseItem')
const partyPercent = z.strictObject({ party, millionths: z.int().min(1).max(MILLIONTHS) })

export const split = z
  .strictObject({
    items: z.array(expenseItem).max(EXPENSE_ITEMS_MAX).optional(),
    taxMinor: amount.optional(),
    tipMinor: amount.optional(),
    exact: partyAmounts.optional(),
    adjustments: partyAmounts.optional(),
    percents: z
      .array(partyPercent)
      .max(EXPENSE_PARTIES_MAX)
      .optional()
      .openapi({ description: 'Millionths of what remains: 25 % is 250,000.' }),
    shares: partyShares.optional(),
  })
  .openapi('Split', {
    description:
      'From the amount are taken the items with tax and tip, exact parts and adjustments; the rest goes to percents and shares.',
  })

export const frozenRate = z
  .strictObject({
    to: currency,
    numerator: z.int().min(1).max(RATE_TERM_MAX),
    denominator: z.int().min(1).max(RATE_TERM_MAX),
    source: text(SOURCE_BYTES_MAX),
    asOf: day,
  })
  .openapi('FrozenRate', {
    description: 'One unit of the expense is numerator / denominator units of `to`.',
  })
