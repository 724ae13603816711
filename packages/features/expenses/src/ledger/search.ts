/**
 * Finding expenses: filters, and words that must all occur somewhere in what a person sees of an expense. A pass over all
 * of them; text is compared in compatibility form and lower case, and what was prepared for one is kept with its body.
 */

import type { ExpenseBody } from '../expense-body.ts'
import { SEARCH_LENGTH_MAX, SEARCH_WORDS_MAX } from '../limits.ts'
import type { PartyId } from '../party.ts'
import { LedgerError } from './errors.ts'
import { paymentState } from './expense-rows.ts'
import type { ExpenseRow, RowContext } from './expense-rows.ts'
import type { ExpenseQuery } from './ledger-model.ts'
import type { LedgerParties } from './ledger-parties.ts'

const TEXTS = new WeakMap<ExpenseBody, string>()

/** `nameOf`: what a person is called, for finding them by name. */
export function expenseFilter(
  query: ExpenseQuery,
  context: RowContext,
  nameOf: (party: PartyId) => string,
): (row: ExpenseRow) => boolean {
  const { parties } = context
  const words = searchWords(query.search ?? '')
  const wanted = [
    ...bodyTests(query),
    ...partyTests(query, parties),
    ...words.map((word) => wordTest(word, parties, nameOf)),
  ]
  return (row) =>
    matchesState(query, row, context) && wanted.every((test) => test(row.current.body))
}

export function foldText(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

function searchWords(search: string): readonly string[] {
  if (search.length > SEARCH_LENGTH_MAX) {
    throw new LedgerError(
      'LEDGER_BAD_QUERY',
      `expected a search of at most ${SEARCH_LENGTH_MAX} characters, got ${search.length}`,
    )
  }
  const words = foldText(search)
    .split(/\s+/)
    .filter((word) => word !== '')
  return [...new Set(words)].slice(0, SEARCH_WORDS_MAX)
}

/** Of an expense, without the names of people. */
export function searchText(body: ExpenseBody): string {
  const known = TEXTS.get(body)
  if (known !== undefined) return known
  const items = body.split.items.map(({ title }) => title)
  const parts = [body.title, body.note, body.category ?? '', ...body.tags, ...items]
  const text = foldText(parts.join('\n'))
  TEXTS.set(body, text)
  return text
}

/** Whether an expense holds a word, or somebody's name does: that is found out once for each in a search. */
function wordTest(
  word: string,
  parties: LedgerParties,
  nameOf: (party: PartyId) => string,
): BodyTest {
  const named = new Map<PartyId, boolean>()
  const isNamed = (party: PartyId): boolean => {
    const known = named.get(party)
    if (known !== undefined) return known
    const isSo = foldText(nameOf(parties.resolve(party))).includes(word)
    named.set(party, isSo)
    return isSo
  }
  return (body) => searchText(body).includes(word) || someParty(body, isNamed)
}

/** Everybody an expense names, some perhaps twice. */
export function forEachParty(body: ExpenseBody, visit: (party: PartyId) => void): void {
  someParty(body, (party) => {
    visit(party)
    return false
  })
}

/** Without a list of them: asked of ten thousand bodies. */
function someParty({ paid, split }: ExpenseBody, test: (party: PartyId) => boolean): boolean {
  const hasOne = ({ party }: { readonly party: PartyId }) => test(party)
  return (
    paid.some(hasOne) ||
    split.shares.some(hasOne) ||
    split.exact.some(hasOne) ||
    split.adjustments.some(hasOne) ||
    split.percents.some(hasOne) ||
    split.items.some(({ shares }) => shares.some(hasOne))
  )
}

function matchesState(
  { state = 'live' }: ExpenseQuery,
  { id, current }: ExpenseRow,
  context: RowContext,
): boolean {
  const { deleted } = current.body
  switch (state) {
    case 'all':
      return true
    case 'deleted':
      return deleted
    case 'live':
      return !deleted
    case 'conflict':
      return current.choices > 1
    case 'pending':
      return !deleted && paymentState(id, current, context) === 'pending'
  }
}

type BodyTest = (body: ExpenseBody) => boolean

function bodyTests(query: ExpenseQuery): readonly BodyTest[] {
  const { kind, category, tag, currency, from, to, minMinor, maxMinor } = query
  const tests: BodyTest[] = []
  if (kind !== undefined) tests.push((body) => body.kind === kind)
  if (category !== undefined) tests.push((body) => body.category === category)
  if (tag !== undefined) tests.push((body) => body.tags.includes(tag))
  if (currency !== undefined) tests.push((body) => body.currency.code === currency)
  if (from !== undefined) tests.push((body) => body.date >= from)
  if (to !== undefined) tests.push((body) => body.date <= to)
  if (minMinor !== undefined) tests.push((body) => body.amountMinor >= minMinor)
  if (maxMinor !== undefined) tests.push((body) => body.amountMinor <= maxMinor)
  return tests
}

function partyTests({ party, payer }: ExpenseQuery, parties: LedgerParties): readonly BodyTest[] {
  const tests: BodyTest[] = []
  if (party !== undefined) {
    const is = parties.resolve(party)
    tests.push((body) => someParty(body, (each) => parties.resolve(each) === is))
  }
  if (payer !== undefined) {
    const is = parties.resolve(payer)
    tests.push((body) => body.paid.some((paid) => parties.resolve(paid.party) === is))
  }
  return tests
}
