// Bills in words and bars: who paid, what happened, what was spent, what a file is called.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LedgerActivity, StatisticsLine } from '@hamlet/http/api'
import { activityText } from '../src/bills/activity-text.ts'
import { billToInput } from '../src/bills/bill-input.ts'
import { ownPartText, payersText } from '../src/bills/bill-words.ts'
import { categoryName } from '../src/bills/category-name.ts'
import { exportFileName } from '../src/bills/ledger/download.ts'
import { partyNames } from '../src/bills/party-names.ts'
import { barGroups, fillMonths } from '../src/bills/statistics-lines.ts'
import { de } from '../src/i18n/de.ts'
import { en } from '../src/i18n/en.ts'
import type { Texts } from '../src/i18n/en.ts'
import { ANA, BEN, bill, CLEO, EUR, PARTIES } from './_bills.ts'

function wordsFor(self: string, texts: Texts, locale: string) {
  const names = partyNames(PARTIES, self, texts)
  return { names, texts, locale, categoryName: (id: string) => categoryName(id, [], texts) }
}

function paidBy(...parties: readonly string[]) {
  return parties.map((party) => ({ party, amountMinor: 3000 / parties.length }))
}

test('who paid is a sentence, for each kind of bill and from each side', () => {
  const [english, german] = [wordsFor(ANA, en, 'en-GB'), wordsFor(ANA, de, 'de-DE')]
  assert.equal(payersText(bill(), english), 'You paid')
  const two = bill({ paid: paidBy(ANA, BEN) })
  assert.equal(payersText(two, english), 'You and Ben paid')
  assert.equal(payersText(two, german), 'Bezahlt: Du und Ben')
  assert.equal(payersText(bill({ kind: 'income', paid: paidBy(CLEO) }), english), 'Cleo got')
  const transfer = (from: string, to: string) =>
    bill({ kind: 'transfer', paid: paidBy(from), owed: paidBy(to) })
  assert.equal(payersText(transfer(ANA, BEN), english), 'You paid Ben')
  assert.equal(payersText(transfer(BEN, ANA), english), 'Ben paid you')
  assert.equal(payersText(transfer(BEN, CLEO), english), 'Ben paid Cleo')
  assert.equal(ownPartText(transfer(BEN, CLEO), english), 'not involved')
  assert.equal(ownPartText(bill(), english), 'you lent €20.00')
  assert.equal(ownPartText(transfer(BEN, ANA), english), 'you got €30.00')
})

function line(change: Partial<LedgerActivity>): LedgerActivity {
  return { entry: 'e'.repeat(64), person: BEN, atMs: 0, what: 'created', ...change }
}

test('what happened is one line, also when a newer version did it', () => {
  const bread = { record: 'expense', title: 'Bread' }
  assert.equal(activityText(line(bread), 'Ben', en), 'Ben entered “Bread”')
  assert.equal(activityText(line({ what: 'locked' }), 'Ben', en), 'Ben closed a period')
  assert.equal(activityText(line({ record: 'setting' }), 'Ben', en), 'Ben changed the settings')
  const unknown = line({ ...bread, what: 'blessed' })
  assert.equal(activityText(unknown, 'Ben', en), 'Ben changed “Bread”')
})

test('a bill to be entered again leaves out what was of its time', () => {
  const rate = { to: EUR, numerator: 1, denominator: 2, source: 'typed', asOf: '2026-03-01' }
  const input = billToInput(bill({ rate, category: 'rent', note: 'n' }))
  assert.deepEqual(Object.keys(input).toSorted(), [
    ...['amountMinor', 'category', 'currency', 'kind'],
    ...['note', 'paid', 'split', 'tags', 'title'],
  ])
  assert.equal('category' in billToInput(bill()), false)
})

function spent(key: string, minor: string, code = 'EUR'): StatisticsLine {
  return { key, currency: { code, exponent: 2 }, minor, count: 1 }
}

test('bars are relative to the largest of their currency, and what came in has none', () => {
  const lines = [spent('a', '100'), spent('b', '400'), spent('c', '-50'), spent('a', '7', 'CHF')]
  const [euro, franc] = barGroups(lines, 'size')
  assert.deepEqual(
    euro?.bars.map(({ key, part }) => [key, part]),
    [
      ['b', 1],
      ['a', 0.25],
      ['c', 0],
    ],
  )
  assert.deepEqual([euro?.total, franc?.total, franc?.bars[0]?.part], [450n, 7n, 1])
})

test('months without a bill stand between the others', () => {
  const [group] = barGroups([spent('2026-02', '10'), spent('2025-11', '5')], 'key')
  assert.deepEqual(
    fillMonths(group?.bars ?? []).map(({ key, minor }) => [key, minor]),
    [
      ['2025-11', '5'],
      ['2025-12', '0'],
      ['2026-01', '0'],
      ['2026-02', '10'],
    ],
  )
  assert.deepEqual(fillMonths([]), [])
})

test('a file is named after its space and what it is for', () => {
  assert.equal(exportFileName('Maple Street 12', 'json'), 'maple-street-12.json')
  assert.equal(exportFileName('WG Müllerstraße', 'splitwise-csv'), 'wg-mullerstraße-splitwise.csv')
  assert.equal(exportFileName('🏡', 'csv'), 'hamlet.csv')
})
