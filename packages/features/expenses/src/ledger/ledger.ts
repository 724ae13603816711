/**
 * Questions to a ledger: lists, one expense, balances, who is who.
 *
 * Costs: everything is a pass over the expenses in memory (`ledger-book.ts`), computed once after each change: with
 * 10,000 of them an order or a sum takes some ten milliseconds, a page that is asked for again next to nothing.
 */

import type { Cancel } from '@hamlet/core'
import type { View, ViewEvent } from '@hamlet/space/view'
import { EXPENSE_PAGE_MAX } from '../limits.ts'
import type { LedgerId, PartyId } from '../party.ts'
import { computeBalances } from './balances.ts'
import type { BalanceOptions } from './balances.ts'
import { LedgerError } from './errors.ts'
import { paymentState, sortExpenses, toLedgerExpense } from './expense-rows.ts'
import type { RowContext } from './expense-rows.ts'
import { LedgerBook } from './ledger-book.ts'
import type { LedgerChange } from './ledger-fold.ts'
import type {
  Balance,
  ExpensePage,
  ExpenseQuery,
  LedgerExpense,
  LedgerSettings,
} from './ledger-model.ts'
import { LedgerParties } from './ledger-parties.ts'
import { readSettings } from './settings-of.ts'
import { expenseFilter } from './search.ts'

const PAGE_DEFAULT = 50

export interface LedgerOptions {
  /** What a person is called; placeholders are named by the ledger. For finding expenses by name. */
  readonly nameOf?: (party: PartyId) => string
}

/** What is derived from the book until it changes. */
interface Derived extends RowContext {
  readonly revision: number
  readonly settings: LedgerSettings
  order: readonly LedgerId[] | undefined
}

export class Ledger {
  readonly #view: View<LedgerChange>
  readonly #nameOf: (party: PartyId) => string
  readonly #unsubscribe: Cancel
  #book: Promise<LedgerBook> | undefined
  #changes: LedgerChange[] = []
  #catchingUp: Promise<unknown> = Promise.resolve()
  #derived: Derived | undefined

  /** `view`: of {@link ledgerView}, from the runner. Nothing is read before the first question. */
  constructor(view: View<LedgerChange>, options: LedgerOptions = {}) {
    this.#view = view
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
    if (!Number.isInteger(limit) || limit < 1 || limit > EXPENSE_PAGE_MAX) {
      throw new LedgerError('LEDGER_BAD_QUERY', `expected a limit from 1 to ${EXPENSE_PAGE_MAX}`)
    }
    const context = await this.#context()
    const found = this.#find(query, context)
    const start = query.after === undefined ? 0 : found.indexOf(query.after) + 1
    if (query.after !== undefined && start === 0) {
      throw new LedgerError('LEDGER_UNKNOWN', 'expected an expense of the list to go on after')
    }
    const ids = found.slice(start, start + limit)
    return {
      expenses: ids.map((id) => toLedgerExpense(id, context)),
      total: found.length,
      hasMore: start + ids.length < found.length,
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

  async settings(): Promise<LedgerSettings> {
    return (await this.#context()).settings
  }

  #find(query: ExpenseQuery, context: Derived): readonly LedgerId[] {
    const { book, parties } = context
    const filter = expenseFilter(query, parties, (party) => this.#name(party, book))
    context.order ??= sortExpenses(book)
    return context.order.filter((id) => {
      const current = book.get('expense', id)!
      const payment = () => paymentState(id, current, context)
      return filter.matches(current.body, { choices: current.choices, payment })
    })
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
    if (this.#derived?.book === book && this.#derived.revision === book.revision) {
      return this.#derived
    }
    const parties = new LedgerParties(book)
    const settings = readSettings(book)
    const { confirmAboveMinor } = settings
    const { revision } = book
    const order = undefined
    this.#derived = { book, revision, parties, settings, confirmAboveMinor, order }
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
        this.#book = LedgerBook.load(this.#view)
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
