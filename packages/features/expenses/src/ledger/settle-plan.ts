/**
 * Who should pay whom so that the group gets even, from the expenses of the book.
 *
 * The plan is computed where it was anchored, after the last change that was not a payment, and the transfers made since
 * are applied to it (`money/settle.ts`): so it stays while people pay. The anchor is found in the order of everything
 * (time, entry id), which is the same on every device.
 */

import { comparePositions } from '@hamlet/space/entry-position'
import type { EntryPosition } from '@hamlet/space/view'
import type { Currency, ExpenseBody } from '../expense-body.ts'
import { transferPayments } from '../money/debts.ts'
import { settle } from '../money/settle.ts'
import type { SettlementPlan } from '../money/settle.ts'
import type { LedgerId, PartyId } from '../party.ts'
import { debtsOf } from './expense-rows.ts'
import type { RowContext } from './expense-rows.ts'
import type { LedgerSettings } from './ledger-model.ts'
import type { CurrentRecord } from './records.ts'
import type { SettleMode } from './settings.ts'

export interface SettleOptions {
  /** @default the ledger's own */
  readonly mode?: SettleMode
  /** Couples as one. @default true */
  readonly byCouple?: boolean
}

type LiveExpense = CurrentRecord<'expense'> & { readonly id: LedgerId }

export function planSettlement(
  { book, parties }: Pick<RowContext, 'book' | 'parties'>,
  settings: LedgerSettings,
  options: SettleOptions = {},
): SettlementPlan {
  const all = [...book.all('expense')].map(([id, current]): LiveExpense => ({ ...current, id }))
  const live = all.filter(({ body }) => !body.deleted)
  const payments = paymentsSinceAnchor(all)
  const isPayment = new Set<ExpenseBody>(payments.map(({ body }) => body))
  const debts = live
    .filter(({ body }) => !isPayment.has(body))
    .flatMap(({ id, body }) => debtsOf(id, body))
  const unitOf = (party: PartyId): PartyId =>
    options.byCouple === false ? parties.resolve(party) : parties.unit(party)
  return settle({
    mode: options.mode ?? settings.settleMode,
    debts,
    payments: payments.flatMap(({ id, body }) => transferPayments(id, body)),
    unitOf,
    cashStepOf: (currency) => cashStepOf(currency, settings),
  })
}

/** Transfers nobody has changed, after everything that was not one; oldest first. */
function paymentsSinceAnchor(all: readonly LiveExpense[]): readonly LiveExpense[] {
  const isPlain = ({ body, versionCount }: LiveExpense) =>
    body.kind === 'transfer' && !body.deleted && versionCount === 1
  const changes = all
    .filter((expense) => !isPlain(expense))
    .flatMap(({ updated, merged }) => [updated, ...merged])
  const anchor = changes.reduce<EntryPosition | undefined>(
    (last, each) => (last && comparePositions(last, each) > 0 ? last : each),
    undefined,
  )
  return all
    .filter(isPlain)
    .filter(({ updated }) => !anchor || comparePositions(updated, anchor) > 0)
    .sort((a, b) => comparePositions(a.updated, b.updated))
}

/** Coins are of the currency the group counts in. */
function cashStepOf(currency: Currency, { currency: own, cashStepMinor }: LedgerSettings): number {
  return own === undefined || own.code === currency.code ? cashStepMinor : 1
}
