/** What every command about bills begins with: the space, who is in its ledger, and finding the one somebody means. */

import { isPlaceholder } from '@hamlet/expenses'
import type { PartyId } from '@hamlet/expenses'
import type { Currency, Expense, HttpClient, LedgerParty, LedgerSettings } from '@hamlet/http'

import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { findSpace, isIdStart, only } from '../find.ts'
import { printable } from '../text.ts'
import { parseCurrency } from './money.ts'

const PAGE_EXPENSES = 500
/** Expenses that are searched for the beginning of an id, newest day first. */
export const SEARCHED_EXPENSES_MAX = 10_000
const EXPENSE_ID = /^[0-9a-f]{32}$/
const EXPENSE_ID_START = /^[0-9a-f]{6,32}$/
/** Oneself, in any command. */
const SELF_WORDS = new Set(['me', 'i', 'you'])

export class LedgerHere {
  readonly session: Session
  readonly client: HttpClient
  readonly space: string
  readonly self: string
  readonly #parties: readonly LedgerParty[]
  readonly #names: Map<string, string>
  /** Who somebody is who stands in bills as a person without the app. */
  readonly #is: ReadonlyMap<string, string>
  #settings: LedgerSettings | undefined

  constructor(
    session: Session,
    client: HttpClient,
    { space, self, parties }: { space: string; self: string; parties: readonly LedgerParty[] },
  ) {
    this.session = session
    this.client = client
    this.space = space
    this.self = self
    this.#parties = parties
    this.#names = new Map(parties.map(({ id, name }) => [id, name]))
    this.#is = new Map(parties.map(({ id, is }) => [id, is]))
  }

  /** In order of names. */
  get parties(): readonly LedgerParty[] {
    return this.#parties
  }

  async settings(): Promise<LedgerSettings> {
    this.#settings ??= await this.client.ledgerSettings(this.space)
    return this.#settings
  }

  /** What is asked for, else what the group counts in, else what the newest expense is in. @throws CliError `USAGE` */
  async currency(text: string | undefined): Promise<Currency> {
    const { currency: own } = await this.settings()
    const newest = await this.#newestCurrency()
    if (text !== undefined) return parseCurrency(text, [own, newest])
    const currency = own ?? newest
    if (currency !== undefined) return currency
    throw new CliError('USAGE', 'expected --currency: this ledger has no currency yet')
  }

  /** Couples too have names, where they stand for their members. */
  async nameCouples(): Promise<void> {
    const { couples } = await this.client.ledgerExtras(this.space)
    for (const { id, name } of couples) this.#names.set(id, name)
  }

  nameOf(party: string): string {
    return this.isSelf(party) ? 'you' : this.ownNameOf(this.#is.get(party) ?? party)
  }

  /** Links not followed. */
  ownNameOf(party: string): string {
    return printable(this.#names.get(party) ?? party.slice(0, 8))
  }

  /** Also by a link. */
  isSelf(party: string): boolean {
    return (this.#is.get(party) ?? party) === this.self
  }

  /** By name or the beginning of one, the beginning of an id, or `me`. @throws CliError `NOTHING_MATCHES`, `AMBIGUOUS` */
  party(text: string): LedgerParty {
    const wanted = text.trim().toLowerCase()
    const all = this.#parties
    if (SELF_WORDS.has(wanted) && !all.some(({ name }) => name.toLowerCase() === wanted)) {
      return only(
        'person',
        text,
        all.filter(({ id }) => id === this.self),
        nameIn,
      )
    }
    const tests: readonly ((party: LedgerParty) => boolean)[] = [
      ({ id, name }) => name === text.trim() || isIdStart(wanted, id),
      ({ name }) => name.toLowerCase() === wanted,
      ({ name }) => wanted !== '' && name.toLowerCase().startsWith(wanted),
    ]
    const found = tests.map((test) => withoutAliases(all.filter(test)))
    return only('person', text, found.find(({ length }) => length > 0) ?? [], nameIn)
  }

  /** Somebody without the app, also when they are linked to a member of the same name; else whoever is meant. */
  guest(text: string): LedgerParty {
    const wanted = text.trim().toLowerCase()
    const guests = this.#parties.filter(({ isPlaceholder: isGuest }) => isGuest)
    const found = guests.filter(({ id, name }) => {
      return name.toLowerCase() === wanted || isIdStart(wanted, id)
    })
    return found.length > 0 ? only('person', text, found, nameIn) : this.party(text)
  }

  /** `Ann,Ben`. @throws CliError `NOTHING_MATCHES`, `AMBIGUOUS` */
  group(list: string): readonly string[] {
    return list.split(',').map((name) => this.party(name).id)
  }

  /** Those a bill is for when nobody is named: members and people without the app, each once. */
  everybody(): readonly string[] {
    return this.#parties
      .filter(({ member, isPlaceholder: isGuest, retired, is, id }) => {
        return isGuest ? !retired && is === id : member === true
      })
      .map(({ id }) => id)
  }

  /** By its id, or the beginning of it. @throws CliError `USAGE`, `NOTHING_MATCHES`, `AMBIGUOUS` */
  async expenseId(text: string): Promise<string> {
    if (EXPENSE_ID.test(text)) return text
    if (!EXPENSE_ID_START.test(text)) {
      throw new CliError('USAGE', `expected the id of a bill, 6 digits or more, got "${text}"`)
    }
    const found: Expense[] = []
    for await (const expense of this.#newestFirst()) {
      if (expense.id.startsWith(text)) found.push(expense)
    }
    return only('bill', text, found, ({ title }) => title).id
  }

  async *#newestFirst(): AsyncGenerator<Expense> {
    let after: string | undefined
    for (let seen = 0; seen < SEARCHED_EXPENSES_MAX;) {
      const from = after === undefined ? {} : { after }
      const query = { state: 'all', limit: PAGE_EXPENSES, ...from } as const
      const { expenses, hasMore } = await this.client.expenses(this.space, query)
      yield* expenses
      seen += expenses.length
      after = expenses.at(-1)?.id
      if (!hasMore || after === undefined) return
    }
  }

  async #newestCurrency(): Promise<Currency | undefined> {
    const { expenses } = await this.client.expenses(this.space, { limit: 1 })
    return expenses[0]?.currency
  }
}

export async function openLedger(session: Session, space: string): Promise<LedgerHere> {
  const client = await session.connect()
  const { id } = await findSpace(client, space)
  const [{ person: self }, parties] = await Promise.all([client.status(), client.ledgerParties(id)])
  return new LedgerHere(session, client, { space: id, self, parties })
}

function nameIn({ name, id }: LedgerParty): string {
  return isPlaceholder(id as PartyId) ? `${name} (without the app)` : name
}

/** Somebody's own placeholders stand back for them. */
function withoutAliases(found: readonly LedgerParty[]): readonly LedgerParty[] {
  return found.filter(({ id, is }) => is === id || !found.some((other) => other.id === is))
}
