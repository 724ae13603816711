/**
 * Questions to a ledger: lists, one expense, balances, who is who.
 *
 * Costs: everything is a pass over the expenses in memory (`ledger-book.ts`), computed once after each change: with
 * 10,000 of them a sum or a search takes some ten milliseconds, a page that is asked for again next to nothing. What
 * follows from an expense alone is kept with it, and the order is kept up, so that one change costs one pass.
 */

import type { Cancel, PersonId } from '@hamlet/core'
import type { Role } from '@hamlet/space'
import type { View, ViewEvent } from '@hamlet/space/view'
import type { CivilDate, Currency, FrozenRate } from '../expense-body.ts'
import { EXPENSE_PAGE_MAX } from '../limits.ts'
import type { SettlementPlan } from '../money/settle.ts'
import type { LedgerId, PartyId } from '../party.ts'
import { readActivity } from './activity.ts'
import type { ActivityPage, ActivityQuery } from './activity.ts'
import { computeBalances } from './balances.ts'
import type { BalanceOptions } from './balances.ts'
import type { LockedLog } from './content.ts'
import { convertBalances } from './converted-balances.ts'
import { LedgerError } from './errors.ts'
import { readExpenseDetail } from './expense-detail.ts'
import { effectOf, sortExpenses, toLedgerExpense, whoIsAsked } from './expense-rows.ts'
import type { ExpenseRow, RowContext } from './expense-rows.ts'
import { explainDebt } from './explain.ts'
import { readHeads } from './heads.ts'
import type { RecordHeads } from './heads.ts'
import { readImports } from './imports.ts'
import { KnownRates, findCurrency } from './known-rates.ts'
import { currentPrefix } from './keys.ts'
import { LedgerBook } from './ledger-book.ts'
import { LedgerDrafts } from './ledger-drafts.ts'
import type { LedgerChange } from './ledger-fold.ts'
import type {
  AppliedLog,
  Balance,
  ConvertedBalances,
  DebtExplanation,
  ExpenseDetail,
  ExpensePage,
  ExpenseQuery,
  LedgerExpense,
  LedgerImport,
  LedgerLock,
  LedgerNamed,
  LedgerParty,
  LedgerSeries,
  LedgerSettings,
  LedgerStatistics,
} from './ledger-model.ts'
import { LedgerParties } from './ledger-parties.ts'
import { hashBalances, readLocks } from './locks.ts'
import { listSeries } from './occurrences.ts'
import type { RecordBodies, RecordKind } from './record-bodies.ts'
import { expenseFilter, forEachParty, searchText } from './search.ts'
import { readSettings } from './settings-of.ts'
import { planSettlement } from './settle-plan.ts'
import type { SettleOptions } from './settle-plan.ts'
import { computeStatistics } from './statistics.ts'
import type { StatisticsQuery } from './statistics.ts'
import type { Hash } from './version-id.ts'

const PAGE_DEFAULT = 50

export interface LedgerOptions {
  /** What a person is called; placeholders are named by the ledger. For finding expenses by name. */
  readonly nameOf?: (party: PartyId) => string
}

/** What is derived from the book until it changes. */
interface Derived extends RowContext {
  readonly revision: number
  readonly settings: LedgerSettings
  order: readonly ExpenseRow[] | undefined
  /** The last one there was of this book. */
  readonly orderBefore: readonly ExpenseRow[] | undefined
  named: readonly PartyId[] | undefined
  rates: KnownRates | undefined
}

export class Ledger {
  readonly #view: View<LedgerChange>
  readonly #hash: Hash
  readonly #nameOf: (party: PartyId) => string
  readonly #unsubscribe: Cancel
  #book: Promise<LedgerBook> | undefined
  #changes: LedgerChange[] = []
  #catchingUp: Promise<unknown> = Promise.resolve()
  #derived: Derived | undefined

  /** `view`: of {@link ledgerView}, from the runner. Nothing is read before the first question. */
  constructor(view: View<LedgerChange>, hash: Hash, options: LedgerOptions = {}) {
    this.#view = view
    this.#hash = hash
    this.#nameOf = options.nameOf ?? (() => '')
    this.#unsubscribe = view.subscribe((event) => this.#note(event))
  }

  /** Stops following the view. */
  close(): void {
    this.#unsubscribe()
  }

  /** @throws LedgerError `LEDGER_BAD_QUERY`; `LEDGER_UNKNOWN` for `after`. */
  async list(query: ExpenseQuery = {}): Promise<ExpensePage> {
    const limit = query.limit ?? PAGE_DEFAULT
    checkLimit(limit)
    const context = await this.#context()
    const found = this.#find(query, context)
    const start = found.findIndex(({ id }) => id === query.after) + 1
    if (query.after !== undefined && start === 0) {
      throw new LedgerError('LEDGER_UNKNOWN', 'expected an expense of the list to go on after')
    }
    const page = found.slice(start, start + limit)
    return {
      expenses: page.map(({ id }) => toLedgerExpense(id, context)),
      total: found.length,
      hasMore: start + page.length < found.length,
    }
  }

  async expense(id: LedgerId): Promise<LedgerExpense | undefined> {
    const context = await this.#context()
    return context.book.get('expense', id) && toLedgerExpense(id, context)
  }

  /** In order of currencies, then parties; whoever is even is left out. */
  async balances(options: BalanceOptions = {}): Promise<readonly Balance[]> {
    return computeBalances(await this.#context(), options)
  }

  /** Everything in one currency, by the rate of each expense or one the ledger knows. */
  async convertedBalances(
    currency: Currency,
    options: BalanceOptions = {},
  ): Promise<ConvertedBalances> {
    const context = await this.#context()
    return convertBalances(context, ratesOf(context), currency, options)
  }

  /** What an expense of that day would take as its rate from others of this ledger. */
  async knownRate(from: Currency, to: Currency, date: CivilDate): Promise<FrozenRate | undefined> {
    return ratesOf(await this.#context()).frozen(from, to, date)
  }

  /** What a code means here: as the group counts in it, as the table of currencies says, or as expenses have it. */
  async currency(code: string): Promise<Currency | undefined> {
    const { book, settings } = await this.#context()
    return findCurrency(book, settings.currency, code)
  }

  /** Whose word about an expense is waited for or was given: see {@link LedgerDrafts.verdict}. */
  async whoIsAsked(id: LedgerId): Promise<ReadonlySet<PersonId>> {
    const context = await this.#context()
    const current = context.book.get('expense', id)
    return current === undefined ? new Set() : whoIsAsked(id, current, context)
  }

  /** What a record says now. */
  async record<Kind extends RecordKind>(
    kind: Kind,
    id: LedgerId,
  ): Promise<RecordBodies[Kind] | undefined> {
    return (await this.#context()).book.get(kind, id)?.body
  }

  async settings(): Promise<LedgerSettings> {
    return (await this.#context()).settings
  }

  /** With its versions, comments and verdicts. */
  async detail(id: LedgerId): Promise<ExpenseDetail | undefined> {
    const context = await this.#context()
    if (context.book.get('expense', id) === undefined) return undefined
    return await readExpenseDetail(this.#view, id, context)
  }

  /** Placeholders, and whoever an expense names or a placeholder is linked to. In order of ids. */
  async parties(): Promise<readonly LedgerParty[]> {
    const context = await this.#context()
    context.named ??= findParties(context.book)
    return context.named.map((party) => context.parties.describe(party))
  }

  async plan(options: SettleOptions = {}): Promise<SettlementPlan> {
    const context = await this.#context()
    return planSettlement(context, context.settings, options)
  }

  /** One for each currency; positive: `from` owes `to`. */
  async explain(from: PartyId, to: PartyId): Promise<readonly DebtExplanation[]> {
    return explainDebt(from, to, await this.#context())
  }

  async statistics(query: StatisticsQuery = {}): Promise<LedgerStatistics> {
    const context = await this.#context()
    return computeStatistics(context, ratesOf(context), query)
  }

  /** Newest first. @throws LedgerError `LEDGER_BAD_QUERY` for a limit out of range. */
  async activity(query: ActivityQuery): Promise<ActivityPage> {
    checkLimit(query.limit)
    return await readActivity(this.#view, (await this.#context()).book, query)
  }

  /** Whether there ever was a series; reads nothing else. */
  async hasSeries(): Promise<boolean> {
    for await (const _ of this.#view.range(currentPrefix('series'), { limit: 1 })) return true
    return false
  }

  /** What is due by `today` and not entered yet is in `due`; nothing is while the ledger is archived. */
  async series(today: CivilDate): Promise<readonly LedgerSeries[]> {
    const { book, settings } = await this.#context()
    const series = listSeries(this.#hash, book, today)
    if (!settings.archived) return series
    return series.map((each) => ({ ...each, due: [], next: undefined }))
  }

  /** Oldest first; `applied` is how much of each log this device has. */
  async locks(applied: readonly AppliedLog[]): Promise<readonly LedgerLock[]> {
    await this.#context()
    return await readLocks(this.#hash, this.#view, applied)
  }

  /** What a lock of these entries would state. */
  async balancesHash(frontier: readonly LockedLog[]): Promise<string> {
    await this.#context()
    return await hashBalances(this.#hash, this.#view, frontier)
  }

  async imports(): Promise<readonly LedgerImport[]> {
    return await readImports(this.#view, (await this.#context()).book)
  }

  /** Categories, templates, couples or budgets, retired ones too, by id. */
  async named<Kind extends 'category' | 'template' | 'couple' | 'budget'>(
    kind: Kind,
  ): Promise<readonly LedgerNamed<RecordBodies[Kind]>[]> {
    const { book } = await this.#context()
    return [...book.all(kind)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, { body, updated }]) => ({ id, body, updated }))
  }

  /** What somebody of this role may write now, judged as it will be everywhere. */
  async drafts(role: Role): Promise<LedgerDrafts> {
    return new LedgerDrafts({ settings: (await this.#context()).settings, role })
  }

  /** The heads of a record: what a new version replaces, and how deep the deepest of them is. */
  async heads(kind: RecordKind, id: LedgerId): Promise<RecordHeads> {
    const { book } = await this.#context()
    return await readHeads(this.#view, book, kind, id)
  }

  #find(query: ExpenseQuery, context: Derived): readonly ExpenseRow[] {
    const matches = expenseFilter(query, context, (party) => this.#name(party, context.book))
    context.order ??= sortExpenses(context.book, context.orderBefore)
    return context.order.filter(matches)
  }

  #name(party: PartyId, book: LedgerBook): string {
    return book.get('party', party as LedgerId)?.body.name ?? this.#nameOf(party)
  }

  #note(event: ViewEvent<LedgerChange>): void {
    if (event.kind === 'rebuilt') this.#book = undefined
    else if (this.#book !== undefined) this.#changes.push(...event.changes)
  }

  async #context(): Promise<Derived> {
    const book = await this.#caughtUp()
    const before = this.#derived?.book === book ? this.#derived : undefined
    if (before?.revision === book.revision) return before
    const parties = new LedgerParties(book)
    const settings = readSettings(book)
    const { confirmAboveMinor } = settings
    const { revision, closedPeriods: locks } = book
    const orderBefore = before?.order ?? before?.orderBefore
    const lazy = { order: undefined, orderBefore, named: undefined, rates: undefined }
    this.#derived = { book, revision, parties, settings, confirmAboveMinor, locks, ...lazy }
    return this.#derived
  }

  /** One at a time: what changed meanwhile is taken before anybody is answered. */
  #caughtUp(): Promise<LedgerBook> {
    const next = this.#catchingUp.then(
      () => this.#takeChanges(),
      () => this.#takeChanges(),
    )
    this.#catchingUp = next
    return next
  }

  async #takeChanges(): Promise<LedgerBook> {
    for (;;) {
      if (this.#book === undefined) {
        this.#changes = []
        this.#book = loadPrepared(this.#view)
      }
      const loading = this.#book
      const book = await loading.catch((error: unknown) => {
        this.#book = undefined
        throw error
      })
      const changes = this.#changes.splice(0)
      if (changes.length > 0) await book.take(changes)
      if (this.#book === loading && this.#changes.length === 0) return book
    }
  }
}

function ratesOf(context: Derived): KnownRates {
  context.rates ??= new KnownRates(context.book)
  return context.rates
}

/** What follows from each expense alone is found at once: so the first question of each kind is answered like the next. */
async function loadPrepared(view: View<LedgerChange>): Promise<LedgerBook> {
  const book = await LedgerBook.load(view)
  for (const [id, { body }] of book.all('expense')) {
    effectOf(id, body)
    searchText(body)
  }
  return book
}

/** In order of ids. */
function findParties(book: LedgerBook): readonly PartyId[] {
  const found = new Set<PartyId>([...book.all('party').keys(), ...book.all('link').keys()])
  for (const { body } of book.all('link').values()) if (body.to !== undefined) found.add(body.to)
  for (const { body } of book.all('expense').values()) {
    forEachParty(body, (party) => found.add(party))
  }
  return [...found].sort()
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= EXPENSE_PAGE_MAX) return
  throw new LedgerError('LEDGER_BAD_QUERY', `expected a limit from 1 to ${EXPENSE_PAGE_MAX}`)
}
