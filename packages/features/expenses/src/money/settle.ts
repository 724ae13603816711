/**
 * The plan by which a group gets even, in every currency it has debts in.
 *
 * | Mode       | Who may pay whom                      | What is least           | Module                  |
 * | ---------- | ------------------------------------- | ----------------------- | ----------------------- |
 * | `minimal`  | anybody anybody                       | transfers               | settle-minimal          |
 * | `pairwise` | each pair what it owes                | nothing: as entered     | netDebts                |
 * | `existing` | as above, more and less along a debt  | money moved             | settle-existing         |
 *
 * The plan is computed at an anchor, the last change that was not a payment, and payments made since are applied to it
 * (settle-stable), so it does not reshuffle while people pay. Couples and linked placeholders count as one before
 * anything is computed. Last comes the cash step: where coins of 0.05 are the smallest, each suggested transfer goes to
 * the nearest multiple; no balance is touched, and what is left open for everybody is part of the plan.
 *
 * Invariant: per currency, balances after all payments and all transfers of the plan are `left`, which sums to zero and is
 * empty without a cash step.
 */

import type { Currency } from '../expense-body.ts'
import type { PartyId } from '../party.ts'
import { currencyKey, debtsToBalances, groupBalances, netDebts, turnRound } from './debts.ts'
import type { Debt, PartyBalance } from './debts.ts'
import { SETTLE_CURRENCIES_MAX, SETTLE_EXACT_FEW_MAX, SETTLE_EXACT_MAX } from './money-limits.ts'
import { settleExisting } from './settle-existing.ts'
import { settleMinimal } from './settle-minimal.ts'
import type { MinimalPlan, Transfer } from './settle-minimal.ts'
import { applyPayments } from './settle-stable.ts'

export type SettlementMode = 'minimal' | 'pairwise' | 'existing'

export interface SettlementRequest {
  readonly mode: SettlementMode
  /** Of all expenses, transfers included, but those payments; set off or not. */
  readonly debts: readonly Debt[]
  /** Made since the last change that was not one, oldest first; `from` paid `to`. @default none */
  readonly payments?: readonly Debt[]
  /** Who counts as whom: links, couples. @default everybody for themselves */
  readonly unitOf?: (party: PartyId) => PartyId
  /** The smallest coin of a currency in minor units; 1 for no rounding. @default 1 for all */
  readonly cashStepOf?: (currency: Currency) => number
}

export interface SettlementPlan {
  readonly mode: SettlementMode
  /** By currencies; within one in the order of the plan, which stays. */
  readonly transfers: readonly Debt[]
  /** Whether nothing is better by what the mode makes least; `false` means nobody knows. */
  readonly exact: boolean
  /** What rounding to coins leaves open. */
  readonly left: readonly PartyBalance[]
}

/** What is of one currency. */
interface Book {
  readonly currency: Currency
  readonly debts: readonly Debt[]
  readonly payments: readonly Debt[]
}

export function settle(request: SettlementRequest): SettlementPlan {
  const { mode, unitOf } = request
  const debts = netDebts(request.debts, unitOf)
  const payments = groupPayments(request)
  const books = splitByCurrency(debts, payments)
  const exactMax = books.length > SETTLE_CURRENCIES_MAX ? SETTLE_EXACT_FEW_MAX : SETTLE_EXACT_MAX
  const transfers: Debt[] = []
  let exact = true
  for (const book of books) {
    const { currency } = book
    const step = BigInt(request.cashStepOf?.(currency) ?? 1)
    const plan = settleOne((debts) => planFor(mode, debts, exactMax), mode, book, step)
    for (const transfer of plan.transfers) transfers.push({ ...transfer, currency })
    exact &&= plan.exact
  }
  return { mode, transfers, exact, left: findLeft(debts, payments, transfers) }
}

/** Each to the nearest multiple, halves up; those that come to nothing fall away. */
export function roundToCoins(transfers: readonly Transfer[], step: bigint): readonly Transfer[] {
  if (step <= 1n) return transfers
  return transfers
    .map(({ from, to, minor }) => ({ from, to, minor: ((2n * minor + step) / (2n * step)) * step }))
    .filter(({ minor }) => minor > 0n)
}

function groupPayments({ payments = [], unitOf }: SettlementRequest): readonly Debt[] {
  if (unitOf === undefined) return payments
  return payments
    .map((payment) => ({ ...payment, from: unitOf(payment.from), to: unitOf(payment.to) }))
    .filter(({ from, to }) => from !== to)
}

function splitByCurrency(debts: readonly Debt[], payments: readonly Debt[]): readonly Book[] {
  const books = new Map<string, { currency: Currency; debts: Debt[]; payments: Debt[] }>()
  const bookOf = (currency: Currency) => {
    const key = currencyKey(currency)
    const book = books.get(key) ?? { currency, debts: [], payments: [] }
    books.set(key, book)
    return book
  }
  for (const debt of debts) bookOf(debt.currency).debts.push(debt)
  for (const payment of payments) bookOf(payment.currency).payments.push(payment)
  return [...books.keys()].sort().map((key) => books.get(key)!)
}

/** Rounded before payments are applied, since people pay what the plan says, and once more after parts of it are paid. */
function settleOne(
  planOf: (debts: readonly Debt[]) => MinimalPlan,
  mode: SettlementMode,
  { debts, payments }: Book,
  step: bigint,
): MinimalPlan {
  const plan = planOf(debts)
  if (payments.length === 0) return { ...plan, transfers: roundToCoins(plan.transfers, step) }
  const pairs = new Set(debts.map(({ from, to }) => `${from} ${to}`))
  const mayPay = (from: PartyId, to: PartyId) =>
    mode === 'minimal' || (mode === 'existing' && pairs.has(`${from} ${to}`))
  const steps = applyPayments(roundToCoins(plan.transfers, step), payments, mayPay)
  const fresh = planOf(netDebts([...debts, ...payments.map(turnRound)]))
  const exact = fresh.exact && costOf(mode, steps) <= costOf(mode, fresh.transfers)
  return { transfers: roundToCoins(steps, step), exact }
}

function planFor(mode: SettlementMode, debts: readonly Debt[], exactMax: number): MinimalPlan {
  switch (mode) {
    case 'minimal':
      return settleMinimal(debtsToBalances(debts), exactMax)
    case 'existing':
      return settleExisting(debts)
    case 'pairwise':
      return { transfers: debts, exact: true }
  }
}

function costOf(mode: SettlementMode, transfers: readonly Transfer[]): bigint {
  if (mode !== 'existing') return BigInt(transfers.length)
  return transfers.reduce((sum, { minor }) => sum + minor, 0n)
}

function findLeft(
  debts: readonly Debt[],
  payments: readonly Debt[],
  transfers: readonly Debt[],
): readonly PartyBalance[] {
  const paid = [...payments, ...transfers].map(turnRound)
  return groupBalances(debtsToBalances([...debts, ...paid]))
}
