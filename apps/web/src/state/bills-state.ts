/** What the page knows of the bills of one space. Parts are absent until a screen has asked for them. */

import type {
  ConvertedBalances,
  DebtExplanation,
  Expense,
  ExpenseDetail,
  LedgerBalance,
  LedgerExtras,
  LedgerImport,
  LedgerLock,
  LedgerParty,
  LedgerSeries,
  LedgerSettings,
  LedgerStatistics,
  SettlementPlan,
  SettleMode,
} from '@hamlet/http/api'
import { NO_FILTER } from '../bills/bill-filter.ts'
import type { BillFilter } from '../bills/bill-filter.ts'
import { placeBill } from '../bills/bill-rows.ts'

/** Everything that is asked for as a whole. */
export interface LedgerParts {
  readonly parties: readonly LedgerParty[]
  readonly balances: readonly LedgerBalance[]
  /** The newest of those that wait for somebody's word. */
  readonly pending: readonly Expense[]
  readonly settings: LedgerSettings
  readonly extras: LedgerExtras
  readonly series: readonly LedgerSeries[]
  readonly locks: readonly LedgerLock[]
  readonly imports: readonly LedgerImport[]
}

export interface PlanRequest {
  /** Absent: as the ledger is set. */
  readonly mode?: SettleMode
  readonly byCouple: boolean
}

export interface StatisticsRequest {
  readonly from?: string
  readonly to?: string
  readonly currency?: string
}

export interface BillsState extends Partial<LedgerParts> {
  readonly filter: BillFilter
  /** What the filter found, as far as it was loaded. */
  readonly found?: {
    readonly bills: readonly Expense[]
    readonly total: number
    readonly hasMore: boolean
  }
  readonly failed: boolean
  readonly details: Readonly<Record<string, ExpenseDetail | 'failed'>>
  /** Everything in the currency of the ledger. */
  readonly converted?: ConvertedBalances
  readonly planRequest: PlanRequest
  readonly plan?: SettlementPlan
  /** Between the two of `pair`. */
  readonly explained?: { readonly pair: string; readonly debts: readonly DebtExplanation[] }
  readonly statisticsRequest: StatisticsRequest
  readonly statistics?: LedgerStatistics
}

export const EMPTY_BILLS: BillsState = {
  filter: NO_FILTER,
  failed: false,
  details: {},
  planRequest: { byCouple: true },
  statisticsRequest: {},
}

export function withBill(
  state: BillsState,
  id: string,
  change: (bill: Expense) => Expense,
): BillsState {
  const { found } = state
  const detail = state.details[id]
  const details =
    typeof detail === 'object'
      ? { ...state.details, [id]: { ...detail, ...change(detail) } }
      : state.details
  if (found === undefined) return { ...state, details }
  const bills = found.bills.map((bill) => (bill.id === id ? change(bill) : bill))
  return { ...state, details, found: { ...found, bills } }
}

/** Puts a bill where it belongs in what was found; the total counts a new one. */
export function withPlaced(state: BillsState, bill: Expense): BillsState {
  const { found } = state
  if (found === undefined) return state
  const isNew = !found.bills.some(({ id }) => id === bill.id)
  const bills = placeBill(found.bills, bill)
  return { ...state, found: { ...found, bills, total: found.total + (isNew ? 1 : 0) } }
}

export function withoutBill(state: BillsState, id: string): BillsState {
  const { found } = state
  if (found === undefined) return state
  const bills = found.bills.filter((bill) => bill.id !== id)
  const total = found.total - (found.bills.length - bills.length)
  return { ...state, found: { ...found, bills, total } }
}

export function pairKey(from: string, to: string): string {
  return `${from} ${to}`
}
