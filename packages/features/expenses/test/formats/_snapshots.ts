/** Ledgers to export: one of everything, and random ones. */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { TITLE_BYTES_MAX, bytesToLedgerId, computeOwed } from '@hamlet/expenses'
import type {
  Currency,
  ExpenseBody,
  ImportedLedger,
  LedgerId,
  LedgerSnapshot,
  PartyId,
  SnapshotExpense,
  VersionId,
} from '@hamlet/expenses'
import { importedBalances } from '../../src/formats/import-draft.ts'
import { EUR, anyBody, anyExpenseId, bodyOf, equally, idOf, partiesOf } from '../money/_bodies.ts'

/** As in a space: some are people of it, with ids of 32 bytes. */
export function toMember(party: PartyId): PartyId {
  return `${party}${'7'.repeat(32)}` as PartyId
}

export function expenseOf(id: LedgerId, body: ExpenseBody, createdBy = 'Anna'): SnapshotExpense {
  const owed = computeOwed(id, body)
  assert.ok(owed.ok, owed.ok ? '' : owed.error.message)
  return { id, body, owed: owed.value, createdBy }
}

const PEOPLE = partiesOf(6)
export const [ANNA, BEN, CLEO] = PEOPLE.map((party, i) => (i < 2 ? toMember(party) : party)) as [
  PartyId,
  PartyId,
  PartyId,
]
const SOFA = bytesToLedgerId(new Uint8Array(16).fill(7))

/** Something of everything an expense can say. */
export const SNAPSHOT: LedgerSnapshot = {
  groupName: 'Trip to =Lisbon=, 2026',
  currency: EUR,
  asOf: '2026-03-31',
  parties: [
    { id: ANNA, name: 'Anna', retired: false },
    { id: BEN, name: 'Ben "B", jr', retired: false },
    { id: CLEO, name: '@cleo', retired: true },
  ],
  categories: [{ id: SOFA, name: 'Sofas', emoji: '🛋️' }],
  expenses: [
    expenseOf(
      idOf(1),
      bodyOf(10_000, equally([ANNA, BEN, CLEO].sort()), {
        title: '=SUM(A1)',
        paid: [{ party: ANNA, amountMinor: 10_000 }],
        category: 'dining-out',
        tags: ['Lisbon', 'with, comma'],
        note: 'two\nlines',
      }),
    ),
    expenseOf(
      idOf(2),
      bodyOf(
        3000,
        { exact: [{ party: BEN, amountMinor: 3000 }] },
        {
          kind: 'transfer',
          title: 'Anna paid Ben',
          date: '2026-03-02',
          paid: [{ party: ANNA, amountMinor: 3000 }],
          deleted: true,
        },
      ),
    ),
    expenseOf(
      idOf(3),
      bodyOf(
        5001,
        {
          shares: [
            { party: CLEO, weight: 3 },
            { party: BEN, weight: 1 },
          ].sort(byParty),
        },
        {
          kind: 'income',
          title: 'Deposit back',
          date: '2026-02-02',
          paid: [{ party: BEN, amountMinor: 5001 }],
          currency: { code: 'USD', exponent: 2 },
          rate: { to: EUR, numerator: 1, denominator: 3, source: 'typed', asOf: '2026-02-02' },
          category: SOFA,
          origin: {
            kind: 'series',
            series: SOFA,
            version: 'ab'.repeat(32) as VersionId,
            depth: 2,
            due: '2026-02-01',
          },
        },
      ),
      'Ben',
    ),
  ],
  plan: [{ from: BEN, to: ANNA, currency: EUR, minor: 3333n }],
}

function byParty(a: { readonly party: PartyId }, b: { readonly party: PartyId }): number {
  return a.party < b.party ? -1 : 1
}

/** Every party replaced, lists in order of the new ids. */
export function withParties(body: ExpenseBody, nameOf: (party: PartyId) => PartyId): ExpenseBody {
  const list = <T extends { readonly party: PartyId }>(parts: readonly T[]): readonly T[] =>
    parts.map((part) => ({ ...part, party: nameOf(part.party) })).sort(byParty)
  const { split } = body
  return {
    ...body,
    paid: list(body.paid),
    split: {
      ...split,
      items: split.items.map((item) => ({ ...item, shares: list(item.shares) })),
      exact: list(split.exact),
      adjustments: list(split.adjustments.filter(({ amountMinor }) => amountMinor !== 0)),
      percents: list(split.percents),
      shares: list(split.shares),
    },
  }
}

/** The placeholder that our own files make of a party. */
export function toPlaceholder(party: PartyId): LedgerId {
  return party.slice(0, 32) as LedgerId
}

const anyText = (length: number) =>
  fc.string({
    unit: fc.oneof(
      fc.constantFrom('=', '+', '-', '@', "'", '"', ',', ';', '\n', '\r\n', '\t', ' ', 'א', '👩‍👩‍👧'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    maxLength: length,
  })

const anyTitle = anyText(20).filter((text) => {
  return text.length > 0 && Buffer.byteLength(text) <= TITLE_BYTES_MAX
})
/** Names as a space has them: one line. */
export const anyName = fc
  .string({
    unit: fc.constantFrom('a', 'B', 'é', ' ', '"', ',', '=', '(2)', '😀', 'ש'),
    maxLength: 8,
  })
  .map((text) => `n${text}n`)

const LISTED: readonly Currency[] = [
  EUR,
  { code: 'JPY', exponent: 0 },
  { code: 'KWD', exponent: 3 },
]
const OWN: Currency = { code: 'XZZ', exponent: 1 }

const anyRest = (currencies: readonly Currency[]) =>
  fc.record(
    {
      title: anyTitle,
      note: anyText(30),
      tags: fc.uniqueArray(
        anyText(5).filter((text) => text.length > 0 && Buffer.byteLength(text) <= 50),
        { maxLength: 3 },
      ),
      date: fc.constantFrom('1900-01-01', '2026-02-28', '2199-12-31'),
      currency: fc.constantFrom(...currencies),
      deleted: fc.boolean(),
      category: fc.constantFrom(undefined, 'rent', 'gas-fuel', SOFA, 'of-another-version'),
      rate: fc.constantFrom(
        undefined,
        { to: EUR, numerator: 433, denominator: 400, source: 'typed', asOf: '2026-03-01' },
        { to: EUR, numerator: 2, denominator: 6, source: '=ecb', asOf: '2026-03-01' },
      ),
    },
    { noNullPrototype: true },
  )

/** Expenses of six, of whom some are people of the space; amounts with which everybody's sums stay small. */
export function anySnapshot({ onlyListed = false } = {}): fc.Arbitrary<LedgerSnapshot> {
  const currencies = onlyListed ? LISTED : [...LISTED, OWN]
  const anyExpense = fc
    .tuple(anyExpenseId, anyBody, anyRest(currencies))
    .map(([id, body, rest]) => ({ id, body: withParties({ ...body, ...rest }, nameOf) }))
    .filter(({ id, body }) => computeOwed(id, body).ok)
  return fc
    .record(
      {
        groupName: anyName,
        currency: fc.constantFrom(undefined, ...currencies),
        names: fc.array(anyName, { minLength: 6, maxLength: 6 }),
        expenses: fc.uniqueArray(anyExpense, { maxLength: 8, selector: ({ id }) => id }),
      },
      { noNullPrototype: true },
    )
    .map(({ groupName, currency, names, expenses }) => ({
      ...SNAPSHOT,
      groupName,
      currency,
      parties: PEOPLE.map((party, i) => ({ id: nameOf(party), name: names[i]!, retired: i === 3 })),
      expenses: expenses.map(({ id, body }) => expenseOf(id, body)),
    }))
}

function nameOf(party: PartyId): PartyId {
  return PEOPLE.indexOf(party) < 2 ? toMember(party) : party
}

/** What everybody is up or down, by their place in the list of parties, so that ids do not matter. */
export function balancesByPlace(
  ledger: Pick<ImportedLedger, 'expenses'> | Pick<LedgerSnapshot, 'expenses'>,
  parties: readonly { readonly id: PartyId }[],
): readonly string[] {
  const places = new Map(parties.map(({ id }, place) => [id as string, place]))
  return [...importedBalances(ledger.expenses)]
    .filter(([, minor]) => minor !== 0n)
    .map(([key, minor]) => {
      const [party = '', currency = ''] = key.split(' ')
      return `${places.get(party)} ${currency} ${minor}`
    })
    .sort()
}
