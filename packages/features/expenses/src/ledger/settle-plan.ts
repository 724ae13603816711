/**
 * Who should pay whom so that the group gets even, from the expenses of the book.
 *
 * The plan is computed where it was anchored, after the last change that was not a payment, and the transfers made since
 * are applied to it (`money/settle.ts`): so it stays while people pay. The anchor is found in the order of everything
 * (time, entry id), which is the same on every device.
 */

import { comparePositions } from '@hamlet/space/entry-position'
import type { EntryPosition } from '@hamlet/space/view'
import type { Currency } from '../expense-body.ts'
import { transferPayments } from '../money/debts.ts'
import { settle } from '../money/settle.ts'
import type { SettlementPlan } from '../money/settle.ts'
import type { PartyId } from '../party.ts'
import { debtsOf } from './expense-rows.ts'
import type { ExpenseRow, RowContext } from './expense-rows.ts'
import type { LedgerSettings } from './ledger-model.ts'
import type { CurrentRecord } from './records.ts'
import type { SettleMode } from './settings.ts'

export interface SettleOptions {
  /** @default the ledger's own */
  readonly mode?: SettleMode
  /** Couples as one. @default true */
  readonly byCouple?: boolean
}

export function planSettlement(
  { book, parties }: Pick<RowContext, 'book' | 'parties'>,
  settings: LedgerSettings,
  options: SettleOptions = {},
): SettlementPlan {
  const all = [...book.all('expense')].map(([id, current]): ExpenseRow => ({ id, current }))
  const payments = paymentsSinceAnchor(all)
  const isPayment = new Set(payments)
  const debts = all
    .filter((row) => !row.current.body.deleted && !isPayment.has(row))
    .flatMap(({ id, current }) => debtsOf(id, current.body))
  const unitOf = (party: PartyId): PartyId =>
    options.byCouple === false ? parties.resolve(party) : parties.unit(party)
  return settle({
    mode: options.mode ?? settings.settleMode,
    debts,
    payments: payments.flatMap(({ id, current }) => transferPayments(id, current.body)),
    unitOf,
    cashStepOf: (currency) => cashStepOf(currency, settings),
  })
}

/** Transfers nobody has changed, after everything that was not one; oldest first. */
function paymentsSinceAnchor(all: readonly ExpenseRow[]): readonly ExpenseRow[] {
  let anchor: EntryPosition | undefined
  for (const { current } of all) {
    if (isPlainTransfer(current)) continue
    for (const at of [current.updated, ...current.merged]) {
      if (anchor === undefined || comparePositions(at, anchor) >= 0) anchor = at
    }
  }
  return all
    .filter(({ current }) => isPlainTransfer(current))
    .filter(({ current }) => !anchor || comparePositions(current.updated, anchor) > 0)
    .sort((a, b) => comparePositions(a.current.updated, b.current.updated))
}

function isPlainTransfer({ body, versionCount }: CurrentRecord<'expense'>): boolean {
  return body.kind === 'transfer' && !body.deleted && versionCount === 1
}

/** Coins are of the currency the group counts in. */
function cashStepOf(currency: Currency, { currency: own, cashStepMinor }: LedgerSettings): number {
  return own === undefined || own.code === currency.code ? cashStepMinor : 1
}
