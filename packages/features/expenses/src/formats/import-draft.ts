/**
 * An imported ledger while a file is read: people, categories and expenses with their ids, warnings, and the check that
 * every body is one that all devices take.
 */

import { normalizeName, readFields, utf8, decodeUtf8 } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import { NO_SPLIT } from '../expense-body.ts'
import type { CivilDate, Currency, ExpenseBody, PartyAmount, Split } from '../expense-body.ts'
import { bodyToCbor, readBody } from '../ledger/body-codec.ts'
import {
  AMOUNT_MINOR_MAX,
  EMOJI_BYTES_MAX,
  IMPORT_COUNT_MAX,
  NOTE_BYTES_MAX,
  ORIGIN_LINE_BYTES_MAX,
  TITLE_BYTES_MAX,
} from '../limits.ts'
import { parseCivilDate } from '../money/civil-date.ts'
import { currencyOf, ownCurrency } from '../money/currency-table.ts'
import { currencyKey } from '../money/debts.ts'
import { computeOwed, expenseEffect } from '../money/split.ts'
import type { LedgerId, PartyId } from '../party.ts'
import { builtInCategory, isNoCategory } from './categories.ts'
import { refuseImport } from './errors.ts'
import type { TextPosition } from './errors.ts'
import { IMPORT_CATEGORIES_MAX, IMPORT_PARTIES_MAX, IMPORT_WARNINGS_MAX } from './format-limits.ts'
import { importId } from './imported-ledger.ts'
import type {
  ImportOptions,
  ImportSource,
  ImportTotal,
  ImportWarning,
  ImportWarningCode,
  ImportedCategory,
  ImportedExpense,
  ImportedLedger,
  ImportedParty,
} from './imported-ledger.ts'

/** What a body says, and what it leaves to the draft. */
export type DraftBody = Pick<
  ExpenseBody,
  'kind' | 'title' | 'date' | 'currency' | 'amountMinor' | 'paid' | 'split'
> &
  Partial<Pick<ExpenseBody, 'deleted' | 'category' | 'tags' | 'note' | 'rate'>> & {
    /** The line of the file. */
    readonly source: string
    readonly reconstructed: boolean
  }

export interface ExpectedTotal {
  readonly party: LedgerId
  readonly currency: Currency
  readonly expectedMinor: bigint
  readonly line: number
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/g
const NAMELESS = '—'
const NAME_BYTES_LEFT = 190

export class ImportDraft {
  readonly options: ImportOptions
  readonly #source: ImportSource
  readonly #group: string
  readonly #parties = new Map<string, ImportedParty>()
  readonly #namesCounted = new Map<string, number>()
  readonly #categories = new Map<string, ImportedCategory>()
  readonly #expenses = new Map<LedgerId, ImportedExpense>()
  readonly #rowsCounted = new Map<string, number>()
  readonly #warnings: ImportWarning[] = []
  #warningCount = 0

  /** `group`: what the file says the group is called or identified by. */
  constructor(source: ImportSource, group: string, options: ImportOptions) {
    this.options = options
    this.#source = source
    this.#group = options.group ?? group
  }

  get parties(): readonly ImportedParty[] {
    return [...this.#parties.values()]
  }

  warn(code: ImportWarningCode, { line, column }: TextPosition, message: string): void {
    this.#warningCount++
    if (this.#warnings.length < IMPORT_WARNINGS_MAX) {
      this.#warnings.push({ code, line, column, message })
    }
  }

  /** One more person, numbered when there is one of this name. */
  addParty(name: string, at: TextPosition, removed = false): LedgerId {
    const tidied = tidyLine(name, NAME_BYTES_LEFT)
    const number = this.#countName(tidied)
    const id = this.#id('party', tidied, number)
    this.keepParty({ id, name: numbered(tidied, number), removed }, at)
    return id
  }

  /** One more person, who is known in later files, too, by an id that their app gave them. */
  addPartyOfId(said: string, name: string, at: TextPosition): LedgerId {
    const tidied = tidyLine(name, NAME_BYTES_LEFT)
    const id = this.#id('party', 'id', said)
    this.keepParty({ id, name: numbered(tidied, this.#countName(tidied)), removed: false }, at)
    return id
  }

  /** A person with an id of their own. */
  keepParty(party: ImportedParty, at: TextPosition): void {
    this.#parties.set(party.id, party)
    this.#requireAtMost('people', this.#parties.size, IMPORT_PARTIES_MAX, at)
  }

  /** The one person of this name, who is new when nobody has it yet. */
  partyNamed(name: string, at: TextPosition): LedgerId {
    const tidied = tidyLine(name, NAME_BYTES_LEFT)
    const id = this.#id('party', tidied, 1)
    return this.#parties.has(id) ? id : this.addParty(name, at)
  }

  /** The name a body has for a category: of a built-in one, of one of the group, or none. */
  category(name: string, at: TextPosition, emoji = ''): string | undefined {
    if (isNoCategory(name)) return undefined
    const builtIn = builtInCategory(name)
    if (builtIn !== undefined) return builtIn
    const tidied = tidyLine(name, NAME_BYTES_LEFT)
    const id = this.#id('category', tidied)
    if (!this.#categories.has(id)) this.keepCategory({ id, name: tidied, emoji }, at)
    return id
  }

  keepCategory(category: ImportedCategory, at: TextPosition): void {
    const emoji = cutText(category.emoji, EMOJI_BYTES_MAX)
    this.#categories.set(category.id, { ...category, emoji })
    this.#requireAtMost('categories', this.#categories.size, IMPORT_CATEGORIES_MAX, at)
  }

  /** A currency by its code. */
  currency(code: string, at: TextPosition): Currency {
    const upper = code.trim().toUpperCase()
    const known = currencyOf(upper)
    if (known !== undefined) return known
    if (!/^[A-Z]{3}$/.test(upper)) {
      throw refuseImport('IMPORT_BAD_VALUE', at, 'expected a currency of three letters')
    }
    this.warn('unknown-currency', at, `${upper} is taken to have two decimals`)
    return ownCurrency(upper, 2) ?? { code: upper, exponent: 2 }
  }

  /** The currency for what the file names none for. */
  requireCurrency(at: TextPosition): Currency {
    if (this.options.currency !== undefined) return this.options.currency
    throw refuseImport(
      'IMPORT_MISSING',
      at,
      'the file names no currency; say which it is',
      'currency',
    )
  }

  /** `row`: what identifies the expense in its file; the second of equal rows has another id. */
  expenseId(row: readonly CborValue[]): LedgerId {
    const first = this.#id('expense', row, 1)
    const number = (this.#rowsCounted.get(first) ?? 0) + 1
    this.#rowsCounted.set(first, number)
    return number === 1 ? first : this.#id('expense', row, number)
  }

  add(id: LedgerId, at: TextPosition, draft: DraftBody): void {
    const { source, reconstructed, ...said } = draft
    const line = cutText(source, ORIGIN_LINE_BYTES_MAX)
    const origin = { kind: 'import', source: this.#source, line, reconstructed } as const
    const rest = { deleted: false, category: undefined, tags: [], rate: undefined }
    const title = tidyLine(said.title, TITLE_BYTES_MAX)
    const note = cutText(said.note ?? '', NOTE_BYTES_MAX)
    if (note !== (said.note ?? '')) this.warn('cut', at, 'the note is too long')
    this.keep(id, at, { rule: 1, ...rest, ...said, title, note, origin })
  }

  /** Takes a body as it is. */
  keep(id: LedgerId, at: TextPosition, body: ExpenseBody): void {
    const read = readFields(bodyToCbor(body), 'expense', (fields) => readBody(fields, id))
    if (!read.ok) throw refuseImport('IMPORT_BAD_SUM', at, read.error.message)
    if (this.#expenses.has(id)) {
      throw refuseImport('IMPORT_BAD_VALUE', at, 'an expense of this id stands above')
    }
    this.#expenses.set(id, { id, body, line: at.line })
    this.#requireAtMost('expenses', this.#expenses.size, IMPORT_COUNT_MAX, at)
  }

  finish(found: {
    readonly groupName?: string | undefined
    readonly currency?: Currency | undefined
    readonly expected?: readonly ExpectedTotal[]
  }): ImportedLedger {
    return {
      source: this.#source,
      groupName: found.groupName,
      currency: found.currency,
      parties: this.parties,
      categories: [...this.#categories.values()],
      expenses: [...this.#expenses.values()],
      totals: this.#checkTotals(found.expected ?? []),
      warnings: this.#warnings,
      warningCount: this.#warningCount,
    }
  }

  #countName(name: string): number {
    const number = (this.#namesCounted.get(name) ?? 0) + 1
    this.#namesCounted.set(name, number)
    return number
  }

  #checkTotals(expected: readonly ExpectedTotal[]): readonly ImportTotal[] {
    if (expected.length === 0) return []
    const balances = importedBalances([...this.#expenses.values()])
    return expected.map((each) => {
      const actualMinor = balances.get(balanceKey(each.party, each.currency)) ?? 0n
      return { ...each, actualMinor }
    })
  }

  #id(what: string, ...said: readonly CborValue[]): LedgerId {
    return importId(this.options.hash, what, this.#source, this.#group, ...said)
  }

  #requireAtMost(what: string, count: number, most: number, at: TextPosition): void {
    if (count > most) throw refuseImport('IMPORT_TOO_LARGE', at, `expected at most ${most} ${what}`)
  }
}

function numbered(name: string, number: number): string {
  return number === 1 ? name : `${name} (${number})`
}

/** What everybody is up or down in each currency, by `balanceKey`; what was deleted does not count. */
export function importedBalances(
  expenses: readonly { readonly id: LedgerId; readonly body: ExpenseBody }[],
): ReadonlyMap<string, bigint> {
  const balances = new Map<string, bigint>()
  for (const { id, body } of expenses) {
    if (body.deleted) continue
    const { currency, net } = expenseEffect(id, body)
    for (const { party, minor } of net) {
      const key = balanceKey(party, currency)
      balances.set(key, (balances.get(key) ?? 0n) + minor)
    }
  }
  return balances
}

export function balanceKey(party: PartyId, currency: Currency): string {
  return `${party} ${currencyKey(currency)}`
}

/** In order of ids, each party once, those with nothing left out. */
export function tidyAmounts(
  amounts: Iterable<readonly [party: PartyId, minor: bigint]>,
): readonly PartyAmount[] {
  const sums = new Map<PartyId, bigint>()
  for (const [party, minor] of amounts) sums.set(party, (sums.get(party) ?? 0n) + minor)
  return [...sums]
    .filter(([, minor]) => minor !== 0n)
    .map(([party, minor]) => ({ party, amountMinor: Number(minor) }))
    .sort((a, b) => (a.party < b.party ? -1 : 1))
}

/** The split that comes to these parts: equal shares when that is the same to the unit, otherwise exact. */
export function owedToSplit(
  id: LedgerId,
  body: Omit<ExpenseBody, 'split'>,
  owed: readonly PartyAmount[],
): Split {
  const shares = owed.map(({ party }) => ({ party, weight: 1 }))
  const equal = { ...NO_SPLIT, shares }
  const computed = computeOwed(id, { ...body, split: equal })
  if (computed.ok && areSameAmounts(computed.value, owed)) return equal
  return { ...NO_SPLIT, exact: owed }
}

/** Both in order of ids; who has nothing may be left out. */
export function areSameAmounts(a: readonly PartyAmount[], b: readonly PartyAmount[]): boolean {
  const [some, others] = [a, b].map((list) => list.filter(({ amountMinor }) => amountMinor !== 0))
  return (
    some!.length === others!.length &&
    some!.every(
      ({ party, amountMinor }, i) =>
        party === others![i]!.party && amountMinor === others![i]!.amountMinor,
    )
  )
}

/** An amount as bodies have it. */
export function requireMinor(minor: bigint, at: TextPosition): number {
  if (minor <= BigInt(AMOUNT_MINOR_MAX) && minor >= -BigInt(AMOUNT_MINOR_MAX)) return Number(minor)
  const message = `expected at most ${AMOUNT_MINOR_MAX} minor units`
  throw refuseImport('IMPORT_BAD_VALUE', at, message)
}

/** The day at the beginning of a date, or date and time. */
export function requireDate(text: string, at: TextPosition): CivilDate {
  const date = parseCivilDate(text.trim().slice(0, 'YYYY-MM-DD'.length))
  if (date !== undefined) return date
  throw refuseImport('IMPORT_BAD_VALUE', at, 'expected a day, YYYY-MM-DD')
}

/** A title or a name: in one line, tidied, not empty, at most so many bytes. */
export function tidyLine(text: string, bytesMax: number): string {
  const line = normalizeName(text.toWellFormed().replaceAll(CONTROLS, ' '))
  return cutText(line, bytesMax).trim() || NAMELESS
}

/** The beginning of a text that has at most so many bytes, cut between characters. */
export function cutText(text: string, bytesMax: number): string {
  const wellFormed = text.toWellFormed()
  if (wellFormed.length * 3 <= bytesMax) return wellFormed
  const bytes = utf8(wellFormed)
  if (bytes.length <= bytesMax) return wellFormed
  let end = bytesMax
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return decodeUtf8(bytes.subarray(0, end)) ?? ''
}
