/**
 * The bills of the spaces: what is asked of the peer, and every action on a bill.
 *
 * An action shows its result at once and tells the peer; when that fails, what the peer has is loaded again and the person
 * is told. An event of the ledger says only that something changed: what is on the screen is then asked for again, each
 * thing at most twice a second.
 */

import type {
  Expense,
  ExpenseDetail,
  LedgerApi,
  LedgerTransfer,
  VerdictWord,
} from '@hamlet/http/api'
import { filterToQuery, isSameFilter, showsNew } from '../bills/bill-filter.ts'
import type { BillFilter } from '../bills/bill-filter.ts'
import { newBillId } from '../bills/new-bill-id.ts'
import { transferToBill } from '../bills/transfer-bill.ts'
import type { Texts } from '../i18n/en.ts'
import { withBills } from './app-state.ts'
import type { AppState } from './app-state.ts'
import { EMPTY_BILLS, pairKey, withBill, withoutBill, withPlaced } from './bills-state.ts'
import type { BillsState, LedgerParts, PlanRequest, StatisticsRequest } from './bills-state.ts'
import type { NoticeBoard } from './notice-board.ts'
import type { Observed } from './observable.ts'

export interface BillsWorkParts {
  readonly api: LedgerApi
  readonly state: Observed<AppState>
  readonly notices: NoticeBoard
  readonly texts: () => Texts
  /** A load in the background under a name, one at a time. */
  load(name: string, load: () => Promise<void>): Promise<void>
  /** Tells the person that a change of the bills failed. */
  onError(error: unknown): void
}

export const BILL_PAGE = 100
/** The peer gives no more at once. */
const PAGE_MAX = 500
/** So many of the newest are asked for again when the ledger changes. */
const FRESH_MAX = 2000
const LIST_PARTS = ['parties', 'balances', 'settings', 'extras', 'pending'] as const

export class BillsWork {
  readonly #parts: BillsWorkParts
  /** Pages are added one at a time. */
  readonly #loadingMore = new Set<string>()
  /** By space: the two whose debt was asked to be explained last. */
  readonly #pairs = new Map<string, readonly [string, string]>()

  constructor(parts: BillsWorkParts) {
    this.#parts = parts
  }

  /** What the section shows. */
  open(space: string): void {
    void this.#loadFound(space)
    this.ask(space, LIST_PARTS)
  }

  /** Loads parts of the ledger, and keeps them fresh from then on. */
  ask(space: string, parts: readonly (keyof LedgerParts)[]): void {
    for (const part of parts) void this.#loadPart(space, part)
  }

  /** The ledger of a space has changed: everything that was shown once is asked for again. */
  refresh(space: string): void {
    const known = this.#parts.state.get().bills[space]
    if (known === undefined) return
    void this.#loadFound(space)
    this.ask(
      space,
      PART_NAMES.filter((part) => known[part] !== undefined),
    )
    for (const id of Object.keys(known.details)) void this.#loadDetail(space, id)
    if (known.plan !== undefined) void this.#loadPlan(space)
    if (known.converted !== undefined)
      void this.#loadConverted(space, known.converted.currency.code)
    if (known.statistics !== undefined) void this.#loadStatistics(space)
    if (known.explained !== undefined) void this.#loadExplained(space)
  }

  refreshAll(): void {
    for (const space of Object.keys(this.#parts.state.get().bills)) this.refresh(space)
  }

  setFilter(space: string, filter: BillFilter): void {
    this.#change(space, (bills) => ({ ...bills, filter }))
    this.#now(this.#fetchFound(space))
  }

  async loadMore(space: string): Promise<void> {
    const { found, filter } = this.#bills(space)
    const last = found?.bills.at(-1)
    if (found === undefined || last === undefined || !found.hasMore) return
    if (this.#loadingMore.has(space)) return
    this.#loadingMore.add(space)
    try {
      const query = { ...filterToQuery(filter), limit: BILL_PAGE, after: last.id }
      const page = await this.#parts.api.expenses(space, query)
      this.#change(space, (bills) => {
        if (bills.found === undefined || bills.found.bills.at(-1)?.id !== last.id) return bills
        const more = [...bills.found.bills, ...page.expenses]
        return { ...bills, found: { bills: more, total: page.total, hasMore: page.hasMore } }
      })
    } catch (error) {
      this.#parts.onError(error)
    } finally {
      this.#loadingMore.delete(space)
    }
  }

  openBill(space: string, id: string): void {
    void this.#loadDetail(space, id)
    this.ask(space, LIST_PARTS)
  }

  /** Bills that are closed are not kept fresh. */
  closeBill(space: string, id: string): void {
    this.#change(space, (bills) => {
      const { [id]: _closed, ...details } = bills.details
      return { ...bills, details }
    })
  }

  /** Everything in one currency, kept fresh from then on. */
  convert(space: string, currency: string): void {
    void this.#loadConverted(space, currency)
  }

  openPlan(space: string, request: PlanRequest): void {
    this.#change(space, (bills) => ({ ...bills, planRequest: request }))
    this.#now(this.#fetchPlan(space))
  }

  explain(space: string, from: string, to: string): void {
    this.#pairs.set(space, [from, to])
    void this.#loadExplained(space)
  }

  openStatistics(space: string, request: StatisticsRequest): void {
    this.#change(space, (bills) => ({ ...bills, statisticsRequest: request }))
    this.#now(this.#fetchStatistics(space))
  }

  /** What a dialog has saved stands in the list before the peer is asked for it. */
  saved(space: string, bill: Expense): void {
    this.#change(space, (bills) => {
      const known = bills.found?.bills.some(({ id }) => id === bill.id) === true
      return known || showsNew(bills.filter, bill) ? withPlaced(bills, bill) : bills
    })
    this.refresh(space)
  }

  /** At once, with a way back. */
  async delete(space: string, bill: Expense): Promise<void> {
    this.#change(space, (bills) => markDeleted(bills, bill.id, true))
    await this.#act(space, async () => {
      await this.#parts.api.deleteExpense(space, bill.id)
      const text = this.#parts.texts().bills.deletedNow(bill.title)
      const undo = () => void this.restore(space, bill)
      this.#parts.notices.show({ tone: 'plain', text, undo })
    })
  }

  async restore(space: string, bill: Expense): Promise<void> {
    this.#change(space, (bills) => {
      const back = markDeleted(bills, bill.id, false)
      return showsNew(back.filter, bill) ? withPlaced(back, { ...bill, deleted: false }) : back
    })
    await this.#act(space, async () => {
      await this.#parts.api.restoreExpense(space, bill.id)
      const text = this.#parts.texts().bills.restoredNow(bill.title)
      this.#parts.notices.show({ tone: 'plain', text })
    })
  }

  async resolve(space: string, id: string, version: string): Promise<void> {
    await this.#act(space, async () => {
      const bill = await this.#parts.api.resolveExpense(space, id, version)
      this.#change(space, (bills) => withBill(bills, id, () => bill))
      this.#say((texts) => texts.bill.chosen)
    })
  }

  async judge(space: string, id: string, verdict: VerdictWord, note: string): Promise<boolean> {
    return this.#act(space, async () => {
      const bill = await this.#parts.api.judgeExpense(space, id, verdict, note)
      this.#change(space, (bills) => withBill(bills, id, () => bill))
      this.#say(({ bill: texts }) =>
        verdict === 'confirmed' ? texts.confirmedNow : texts.disputedNow,
      )
    })
  }

  comment(space: string, id: string, text: string): Promise<boolean> {
    return this.#talk(space, id, () => this.#parts.api.commentExpense(space, id, text))
  }

  uncomment(space: string, id: string, comment: string): Promise<boolean> {
    return this.#talk(space, id, () => this.#parts.api.uncommentExpense(space, id, comment))
  }

  /** Writes down that a payment of the plan was made; the line goes from the plan at once. */
  async pay(space: string, transfer: LedgerTransfer, line: string): Promise<void> {
    this.#change(space, (bills) => {
      if (bills.plan === undefined) return bills
      const transfers = bills.plan.transfers.filter((other) => other !== transfer)
      return { ...bills, plan: { ...bills.plan, transfers } }
    })
    const { settle } = this.#parts.texts()
    await this.#act(space, async () => {
      const input = transferToBill(transfer, settle.transferTitle, Date.now())
      const bill = await this.#parts.api.addExpense(space, input, newBillId())
      this.#change(space, (bills) =>
        showsNew(bills.filter, bill) ? withPlaced(bills, bill) : bills,
      )
      const undo = () => void this.delete(space, bill)
      this.#parts.notices.show({ tone: 'plain', text: settle.marked(line), undo })
    })
  }

  /** Any other change of the ledger. When it fails the person is told, and it gives `false`. */
  change(space: string, change: (api: LedgerApi) => Promise<unknown>): Promise<boolean> {
    return this.#act(space, async () => {
      await change(this.#parts.api)
    })
  }

  async #talk(space: string, id: string, ask: () => Promise<ExpenseDetail>): Promise<boolean> {
    return this.#act(space, async () => this.#setDetail(space, id, await ask()))
  }

  /** Whether it worked or not, what the peer has is loaded afterwards. */
  async #act(space: string, action: () => Promise<void>): Promise<boolean> {
    try {
      await action()
      return true
    } catch (error) {
      this.#parts.onError(error)
      return false
    } finally {
      this.refresh(space)
    }
  }

  /** What a person has just asked for waits for no gap, and its failure is told. */
  #now(work: Promise<void>): void {
    work.catch((error: unknown) => this.#parts.onError(error))
  }

  #loadFound(space: string): Promise<void> {
    return this.#parts.load(`bills ${space}`, () => this.#fetchFound(space))
  }

  /** As much as is shown. An answer to an older filter is dropped. */
  async #fetchFound(space: string): Promise<void> {
    const { filter, found } = this.#bills(space)
    try {
      const fresh = await this.#fetchPages(space, filter, found?.bills.length ?? 0)
      this.#change(space, (state) => {
        if (!isSameFilter(state.filter, filter)) return state
        return { ...state, failed: false, found: keepTail(fresh, state.found) }
      })
    } catch (error) {
      this.#change(space, (state) => ({ ...state, failed: state.found === undefined }))
      throw error
    }
  }

  async #fetchPages(space: string, filter: BillFilter, shown: number): Promise<Found> {
    const wanted = Math.min(Math.max(shown, BILL_PAGE), FRESH_MAX)
    const query = filterToQuery(filter)
    const bills: Expense[] = []
    for (;;) {
      const limit = Math.min(wanted - bills.length, PAGE_MAX)
      const last = bills.at(-1)
      const after = last === undefined ? {} : { after: last.id }
      const page = await this.#parts.api.expenses(space, { ...query, ...after, limit })
      bills.push(...page.expenses)
      const { total, hasMore } = page
      if (!hasMore || bills.length >= wanted) return { bills, total, hasMore }
    }
  }

  #loadPart(space: string, part: keyof LedgerParts): Promise<void> {
    return this.#parts.load(`bills ${part} ${space}`, async () => {
      const loaded = await LOADS[part](this.#parts.api, space)
      this.#change(space, (bills) => ({ ...bills, ...loaded }))
    })
  }

  #loadDetail(space: string, id: string): Promise<void> {
    return this.#parts.load(`bill ${id}`, async () => {
      try {
        this.#setDetail(space, id, await this.#parts.api.expense(space, id))
      } catch (error) {
        if (this.#bills(space).details[id] === undefined) this.#setDetail(space, id, 'failed')
        throw error
      }
    })
  }

  #setDetail(space: string, id: string, detail: ExpenseDetail | 'failed'): void {
    this.#change(space, (bills) => ({ ...bills, details: { ...bills.details, [id]: detail } }))
  }

  #loadPlan(space: string): Promise<void> {
    return this.#parts.load(`plan ${space}`, () => this.#fetchPlan(space))
  }

  async #fetchPlan(space: string): Promise<void> {
    const request = this.#bills(space).planRequest
    const plan = await this.#parts.api.settlement(space, request)
    this.#change(space, (bills) => (bills.planRequest === request ? { ...bills, plan } : bills))
  }

  #loadConverted(space: string, currency: string): Promise<void> {
    return this.#parts.load(`converted ${space}`, async () => {
      const converted = await this.#parts.api.convertedBalances(space, currency)
      this.#change(space, (bills) => ({ ...bills, converted }))
    })
  }

  #loadExplained(space: string): Promise<void> {
    return this.#parts.load(`explain ${space}`, async () => {
      const [from, to] = this.#pairs.get(space) ?? ['', '']
      const debts = await this.#parts.api.explainDebt(space, from, to)
      this.#change(space, (bills) => ({ ...bills, explained: { pair: pairKey(from, to), debts } }))
    })
  }

  #loadStatistics(space: string): Promise<void> {
    return this.#parts.load(`statistics ${space}`, () => this.#fetchStatistics(space))
  }

  async #fetchStatistics(space: string): Promise<void> {
    const request = this.#bills(space).statisticsRequest
    const statistics = await this.#parts.api.ledgerStatistics(space, request)
    this.#change(space, (bills) =>
      bills.statisticsRequest === request ? { ...bills, statistics } : bills,
    )
  }

  #say(words: (texts: Texts) => string): void {
    this.#parts.notices.show({ tone: 'plain', text: words(this.#parts.texts()) })
  }

  #bills(space: string): BillsState {
    return this.#parts.state.get().bills[space] ?? EMPTY_BILLS
  }

  #change(space: string, change: (bills: BillsState) => BillsState): void {
    this.#parts.state.update((state) => withBills(state, space, change))
  }
}

/** It leaves a list it is not part of any more, and its details say so. */
function markDeleted(bills: BillsState, id: string, deleted: boolean): BillsState {
  const marked = withBill(bills, id, (bill) => ({ ...bill, deleted }))
  return (bills.filter.shown === 'deleted') === deleted ? marked : withoutBill(marked, id)
}

type Found = NonNullable<BillsState['found']>

/** Who has scrolled beyond what was asked for again stays where they are: the older ones remain as they were loaded. */
function keepTail(fresh: Found, former: Found | undefined): Found {
  const last = fresh.bills.at(-1)
  if (!fresh.hasMore || former === undefined || last === undefined) return fresh
  const index = former.bills.findIndex(({ id }) => id === last.id)
  const known = new Set(fresh.bills.map(({ id }) => id))
  const tail = index < 0 ? [] : former.bills.slice(index + 1).filter(({ id }) => !known.has(id))
  return tail.length === 0
    ? fresh
    : { ...fresh, bills: [...fresh.bills, ...tail], hasMore: former.hasMore }
}

const LOADS: {
  readonly [Part in keyof LedgerParts]: (
    api: LedgerApi,
    space: string,
  ) => Promise<Pick<LedgerParts, Part>>
} = {
  parties: async (api, space) => ({ parties: await api.ledgerParties(space) }),
  balances: async (api, space) => ({ balances: await api.balances(space) }),
  pending: async (api, space) => {
    const page = await api.expenses(space, { state: 'pending', limit: BILL_PAGE })
    return { pending: page.expenses }
  },
  settings: async (api, space) => ({ settings: await api.ledgerSettings(space) }),
  extras: async (api, space) => ({ extras: await api.ledgerExtras(space) }),
  series: async (api, space) => ({ series: await api.ledgerSeries(space) }),
  locks: async (api, space) => ({ locks: await api.ledgerLocks(space) }),
  imports: async (api, space) => ({ imports: await api.ledgerImports(space) }),
}

const PART_NAMES = Object.keys(LOADS) as readonly (keyof LedgerParts)[]
