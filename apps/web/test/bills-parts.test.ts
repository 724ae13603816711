// Bills: money in words, one's own part, days, filters, what changed. Parts of the section that need no screen.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUILT_IN_CATEGORIES } from '@hamlet/expenses'
import { today } from '../src/bills/bill-days.ts'
import { filterCount, filterToQuery, monthRange, NO_FILTER } from '../src/bills/bill-filter.ts'
import { recentMonths, showsNew } from '../src/bills/bill-filter.ts'
import { marksOf } from '../src/bills/bill-marks.ts'
import { buildBillRows, placeBill } from '../src/bills/bill-rows.ts'
import { categoryChoices, categoryName } from '../src/bills/category-name.ts'
import { minorToDecimal, moneyText, partOf, signedText } from '../src/bills/money-text.ts'
import { ownPart } from '../src/bills/own-part.ts'
import { choosable, partyNames } from '../src/bills/party-names.ts'
import {
  convertedWords,
  pendingWords,
  standings,
  standingWords,
  waitingForSelf,
} from '../src/bills/standing.ts'
import { transferToBill } from '../src/bills/transfer-bill.ts'
import { baseOf, changesOf, differingFields } from '../src/bills/version-changes.ts'
import { de } from '../src/i18n/de.ts'
import { en } from '../src/i18n/en.ts'
import { ANA, BEN, bill, CLEO, detail, EUR, GUEST, PARTIES, party, version } from './_bills.ts'

const names = partyNames(PARTIES, ANA, en)
const words = { locale: 'en-GB', texts: en }
const englishName = (id: string) => categoryName(id, [], en)
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ')

test('money has the digits of its currency, also where a number would lose some', () => {
  assert.equal(plain(moneyText(123456, EUR, 'de-DE')), '1.234,56 €')
  assert.equal(moneyText(1234, { code: 'JPY', exponent: 0 }, 'en-GB'), 'JP¥1,234')
  assert.equal(plain(moneyText(1500, { code: 'KWD', exponent: 3 }, 'en-GB')), 'KWD 1.500')
  assert.equal(moneyText('9007199254740993017', EUR, 'en-GB'), '€90,071,992,547,409,930.17')
  assert.equal(plain(moneyText(250, { code: 'XHR', exponent: 2 }, 'en-GB')), 'XHR 2.50')
  assert.equal(signedText(-5, EUR, 'en-GB'), '−€0.05')
  assert.equal(signedText(5, EUR, 'en-GB'), '+€0.05')
})

test('minor units are placed by their exponent alone', () => {
  assert.equal(minorToDecimal(7n, 2), '0.07')
  assert.equal(minorToDecimal(-1234n, 3), '-1.234')
  assert.equal(minorToDecimal(1234n, 0), '1234')
  assert.deepEqual(
    [partOf(25, 100), partOf('5', 0), partOf(-50, 100), partOf(3, 2)],
    [0.25, 0, 0.5, 1],
  )
})

test('the own part says which way the money goes, for each kind of bill', () => {
  assert.deepEqual(ownPart(bill(), names), { kind: 'lent', minor: 2000 })
  const byBen = bill({ paid: [{ party: BEN, amountMinor: 3000 }] })
  assert.deepEqual(ownPart(byBen, names), { kind: 'owe', minor: 1000 })
  assert.deepEqual(ownPart({ ...bill(), kind: 'income' }, names), { kind: 'owe', minor: 2000 })
  const paid = [{ party: BEN, amountMinor: 500 }]
  const toAna = { kind: 'transfer', paid, owed: [{ party: ANA, amountMinor: 500 }] } as const
  assert.deepEqual(ownPart(toAna, names), { kind: 'got', minor: 500 })
  const others = { ...toAna, owed: [{ party: CLEO, amountMinor: 500 }] }
  assert.deepEqual(ownPart(others, names), { kind: 'none' })
  assert.deepEqual(ownPart({ ...toAna, paid: toAna.owed }, names), { kind: 'even' })
})

test('a placeholder that is oneself counts as oneself', () => {
  const linked = [...PARTIES.slice(0, 3), party(GUEST, 'Anna from work', { is: ANA })]
  const own = partyNames(linked, ANA, en)
  const owed = [{ party: GUEST, amountMinor: 3000 }]
  assert.deepEqual(ownPart({ ...bill(), owed }, own), { kind: 'even' })
  assert.equal(own.nameOf(GUEST), 'You')
  assert.equal(own.plainName(GUEST), 'Ana')
  assert.deepEqual(
    choosable(linked).map(({ name }) => name),
    ['Ana', 'Ben', 'Cleo'],
  )
})

test('bills stand by day with a line for each, and a new one takes its place', () => {
  const bills = [
    bill({ id: 'a', date: '2026-03-06' }),
    bill({ id: 'b' }),
    bill({ id: 'c', date: '2026-03-04' }),
  ]
  assert.deepEqual(
    buildBillRows(bills, true).map(({ key }) => key),
    ['day 2026-03-06', 'a', 'day 2026-03-05', 'b', 'day 2026-03-04', 'c', 'more'],
  )
  const later = bill({ id: 'd', created: { ...bill().created, atMs: 2000 } })
  assert.deepEqual(
    placeBill(bills, later).map(({ id }) => id),
    ['a', 'd', 'b', 'c'],
  )
  assert.deepEqual(
    placeBill(bills, { ...bills[0]!, date: '2026-03-01' }).map(({ id }) => id),
    ['b', 'c', 'a'],
  )
})

test('what is unusual about a bill is marked, what needs somebody first', () => {
  assert.deepEqual(marksOf(bill()), [])
  const odd = bill({
    edited: true,
    choices: 2,
    payment: 'pending',
    isCorrection: true,
    origin: { kind: 'series', from: '' },
  })
  assert.deepEqual(marksOf(odd), ['conflict', 'pending', 'correction', 'edited', 'series'])
  assert.deepEqual(marksOf(bill({ payment: 'disputed' })), ['disputed'])
})

test('a filter asks the peer for exactly what it says', () => {
  assert.deepEqual(filterToQuery(NO_FILTER), { state: 'live' })
  const filter = { search: ' milk ', party: BEN, category: 'rent', month: '2028-02' }
  assert.deepEqual(filterToQuery({ ...filter, shown: 'deleted' }), {
    state: 'deleted',
    search: 'milk',
    party: BEN,
    category: 'rent',
    from: '2028-02-01',
    to: '2028-02-29',
  })
  assert.equal(filterCount({ ...filter, shown: 'deleted' }), 4)
  assert.deepEqual(monthRange('2026-12'), { from: '2026-12-01', to: '2026-12-31' })
  assert.deepEqual(recentMonths('2026-01-31', 3), ['2026-01', '2025-12', '2025-11'])
})

test('a new bill is shown at once only where the filter would find it', () => {
  assert.equal(showsNew(NO_FILTER, bill()), true)
  assert.equal(showsNew({ ...NO_FILTER, month: '2026-03' }, bill()), true)
  assert.equal(showsNew({ ...NO_FILTER, month: '2026-04' }, bill()), false)
  assert.equal(showsNew({ ...NO_FILTER, search: 'milk' }, bill()), false)
  assert.equal(showsNew({ ...NO_FILTER, shown: 'deleted' }, bill()), false)
})

test('where one stands is one line, each currency for itself', () => {
  const chf = { code: 'CHF', exponent: 2 }
  const up = { party: ANA, currency: EUR, minor: '1200', pendingMinor: '500' }
  const down = { party: ANA, currency: chf, minor: '-300', pendingMinor: '0' }
  const ben = { party: BEN, currency: EUR, minor: '-1200', pendingMinor: '-500' }
  assert.equal(standingWords([up, ben], names, words), 'You are owed €12.00.')
  assert.equal(
    plain(standingWords([up, down], names, words)),
    'You are owed €12.00 and owe CHF 3.00.',
  )
  assert.equal(standingWords([ben], names, words), 'You are even.')
  assert.equal(standingWords([], names, words), 'Everyone is even.')
  assert.equal(pendingWords([up, ben], names, words), 'Of this, €5.00 is not confirmed yet.')
  assert.equal(pendingWords([ben], names, words), undefined)
  const cleo = { party: CLEO, currency: EUR, minor: '9000', pendingMinor: '0' }
  assert.deepEqual(
    standings([ben, cleo, up, down], names).map(({ party: who, sums }) => [who, sums.length]),
    [
      [ANA, 2],
      [CLEO, 1],
      [BEN, 1],
    ],
  )
})

test('everything in one currency is said together with what could not be counted in', () => {
  const converted = { currency: EUR, balances: [{ party: ANA, minor: '-700' }], withoutRate: 0 }
  assert.equal(convertedWords(converted, names, words), 'All in EUR: You owe €7.00.')
  assert.match(
    convertedWords({ ...converted, withoutRate: 2 }, names, words),
    /2 bills are left out/,
  )
})

test('what waits for my word is what others say I owe or got', () => {
  const byBen = { ...bill().updated, person: BEN }
  const [mine, theirs] = [bill({ id: 'a', updated: byBen }), bill({ id: 'b' })]
  const owed = [{ party: CLEO, amountMinor: 3000 }]
  const others = bill({ id: 'c', updated: byBen, owed })
  assert.deepEqual(waitingForSelf([mine, theirs, others], names), [mine])
})

test('a payment of the plan is written as a transfer of the exact amount', () => {
  const input = transferToBill({ from: ANA, to: BEN, currency: EUR, minor: '1234' }, 'Payment', 0)
  assert.equal(input.kind, 'transfer')
  assert.equal(input.date, today(0))
  assert.deepEqual(input.paid, [{ party: ANA, amountMinor: 1234 }])
  assert.deepEqual(input.split, { exact: [{ party: BEN, amountMinor: 1234 }] })
})

test('each version says what it changed, with what it was before', () => {
  const first = version({ version: 'v1' })
  const changed = ['amountMinor', 'category', 'note']
  const second = version({
    version: 'v2',
    replaces: ['v0', 'v1'],
    amountMinor: 4000,
    category: 'rent',
    changed,
  })
  const whole = detail({ versions: [first, second] })
  assert.equal(baseOf(whole, second), first)
  assert.equal(baseOf(whole, first), undefined)
  assert.deepEqual(
    changesOf(first, second, second.changed, { ...words, names, categoryName: englishName }),
    [
      { field: 'amountMinor', label: 'Amount', before: '€30.00', after: '€40.00' },
      { field: 'category', label: 'Category', before: 'nothing', after: 'Rent' },
      { field: 'note', label: 'Note', before: 'nothing', after: 'nothing' },
    ],
  )
  const between = differingFields(first, second, { ...words, names, categoryName: englishName })
  assert.deepEqual(between, ['amountMinor', 'category'])
})

test('every built-in category has a name in both languages, and own ones come first', () => {
  for (const texts of [en, de]) {
    assert.deepEqual(Object.keys(texts.bills.categories).toSorted(), BUILT_IN_CATEGORIES.toSorted())
  }
  const own = [
    { id: 'f'.repeat(32), name: 'Zoo', emoji: '🦓', retired: false },
    { id: 'e'.repeat(32), name: 'Old', emoji: '', retired: true },
  ]
  const choices = categoryChoices(own, en, 'en')
  assert.deepEqual([choices[0]?.name, choices[1]?.name], ['Zoo', 'Bicycle'])
  assert.equal(choices.length, BUILT_IN_CATEGORIES.length + 1)
  assert.equal(categoryName('e'.repeat(32), own, en), 'Old')
  assert.equal(categoryName('from-a-newer-version', own, en), 'from-a-newer-version')
})
