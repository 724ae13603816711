// Lines people type: names found by their beginnings, who paid, and items, with what cannot be understood said.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readBill } from '../src/bills/entry/bill-reading.ts'
import { itemToLine, readItem } from '../src/bills/entry/item-line.ts'
import { divideEvenly, readPayers } from '../src/bills/entry/payers-line.ts'
import { PeopleIndex } from '../src/bills/entry/people-index.ts'
import type { Problem } from '../src/bills/entry/problems.ts'
import { BILL_ID, EUR, partyId, testForm, testFormContext, testLedger } from './_bill-form.ts'

const NAMES = ['Ann', 'Ben Carter', 'Cléo', 'Benno', 'Zoë Ångström']
const people = new PeopleIndex(
  NAMES.map((name, place) => ({ id: `p${place}`, name })),
  'p0',
)

const ALL = people.people.map(({ id }) => id)

function paid(line: string, amountMinor?: number): unknown {
  const { parts, problem } = readPayers(line, people, { exponent: 2, amountMinor })
  return problem ?? parts.map(({ party, amountMinor: minor }) => [party, minor])
}

function item(line: string): unknown {
  const { title, amountMinor, shares, problem } = readItem(line, people, 2, ALL)
  return problem ?? [title, amountMinor, shares.map(({ party, weight }) => [party, weight])]
}

function found(token: string): unknown {
  return people.find(token)
}

test('a name is found by its beginning, a word of it, without case and accents', () => {
  assert.deepEqual(found('cleo'), { kind: 'one', id: 'p2' })
  assert.deepEqual(found('CART'), { kind: 'one', id: 'p1' })
  assert.deepEqual(found('ang'), { kind: 'one', id: 'p4' })
  assert.deepEqual(found('me'), { kind: 'one', id: 'p0' })
  assert.deepEqual(found('alle'), { kind: 'all' })
  assert.deepEqual(found('be'), { kind: 'several', names: ['Ben Carter', 'Benno'] })
  assert.deepEqual(found('ben'), { kind: 'one', id: 'p1' }, 'a whole word goes before a beginning')
  assert.deepEqual(found('be#2'), { kind: 'one', id: 'p3' })
  assert.deepEqual(found('zzz'), { kind: 'none' })
})

test('whatever people are called, the shortest way to write each of them finds them again', () => {
  const name = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom('Ben', 'Ben Carter', 'ben', '42', '🎉', 'me', 'All', '-', '#2', 'Ann*2'),
  )
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 8 }), (names) => {
      const everybody = names.map((each, place) => ({ id: `p${place}`, name: each }))
      const index = new PeopleIndex(everybody, 'p0')
      for (const { id } of everybody) {
        const token = index.tokenOf(id)
        assert.match(token, /^\S+$/u)
        assert.deepEqual(index.find(token), { kind: 'one', id })
        const read = readItem(`Pizza 4 12.50 ${token}*3`, index, 2, [])
        assert.equal(read.problem, undefined)
        assert.deepEqual(read.shares, [{ party: id, weight: 3 }])
      }
    }),
  )
})

test('payers stand with their amounts, and the rest goes to those without', () => {
  assert.deepEqual(paid('', 5400), [['p0', 5400]])
  assert.deepEqual(paid('ann 30 ben 24', 5400), [
    ['p0', 3000],
    ['p1', 2400],
  ])
  assert.deepEqual(paid('ann 30, cleo'), [
    ['p0', 3000],
    ['p2', undefined],
  ])
  assert.deepEqual(paid('ann 30 & cleo', 5401), [
    ['p0', 3000],
    ['p2', 2401],
  ])
  assert.deepEqual(paid('Ben Carter: 12,50+3*2 cleo', 5000), [
    ['p1', 1850],
    ['p2', 3150],
  ])
  assert.deepEqual(paid('cleo benno', 101), [
    ['p2', 51],
    ['p3', 50],
  ])
})

function wrong(line: string, amountMinor?: number): unknown {
  const { where, what, ...more } = paid(line, amountMinor) as Problem
  assert.equal(where, 'payers')
  return [what, more.minor ?? more.text]
}

test('payers that do not come to the amount, or cannot be understood, are said', () => {
  assert.deepEqual(wrong('ann 30 ben 20', 5400), ['paidMissing', 400])
  assert.deepEqual(wrong('ann 30 ben 25', 5400), ['paidOver', 100])
  assert.deepEqual(wrong('ann 54 ben', 5400), ['paidNothing', 'Ben Carter'])
  assert.deepEqual(wrong('30 ann', 5400), ['amountFirst', '30'])
  assert.deepEqual(wrong('tom 30', 5400), ['personUnknown', 'tom'])
  assert.deepEqual(wrong('be 30', 5400), ['personSeveral', 'be'])
  assert.deepEqual(wrong('ann 1.234', 5400), ['amountAmbiguous', '1.234'])
  assert.deepEqual(wrong('ann -3', 5400), ['amountNotPositive', '-3'])
})

test('an item is its title, its amount, and whose it is', () => {
  assert.deepEqual(item('Pizza 24 ann cleo'), [
    'Pizza',
    2400,
    [
      ['p0', 1],
      ['p2', 1],
    ],
  ])
  assert.deepEqual(item('Pizza 4 Cheese 12,50*2 ang*2 and ben'), [
    'Pizza 4 Cheese',
    2500,
    [
      ['p4', 2],
      ['p1', 1],
    ],
  ])
  assert.deepEqual(item('Voucher -5'), ['Voucher', -500, []])
  assert.deepEqual(item('12'), ['', 1200, []])
  assert.deepEqual(item('Beer'), { where: 'item', what: 'itemAmount', isMissing: true })
  assert.deepEqual(item('Beer 3 tom'), { where: 'item', what: 'personUnknown', text: 'tom' })
  assert.deepEqual(item('Beer 3.333 ann'), {
    where: 'item',
    what: 'amountAmbiguous',
    text: '3.333',
  })
})

test('an item written out reads as the item it was', () => {
  const shares = [
    { party: 'p1', weight: 1 },
    { party: 'p3', weight: 2 },
  ]
  const line = itemToLine({ title: 'Table 7 wine', shares }, '18,00', people)
  assert.equal(line, 'Table 7 wine 18,00 Ben Benno*2')
  assert.deepEqual(readItem(line, people, 2, ALL), {
    title: 'Table 7 wine',
    amountMinor: 1800,
    amount: '18,00',
    shares,
    problem: undefined,
  })
})

test('what is divided evenly comes to the whole', () => {
  assert.deepEqual(divideEvenly(100, 3), [34, 33, 33])
  assert.deepEqual(divideEvenly(5, 0), [])
})

test('any text in any field is understood or said to be wrong, and what it comes to adds up', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc
      .array(fc.constantFrom('ann', 'ben', '12,50', '-3', '(2', '10%', 'all', '*2', '1e9', 'x'), {
        maxLength: 6,
      })
      .map((words) => words.join(' ')),
  )
  const ways = ['equal', 'shares', 'percent', 'exact', 'adjustment', 'items'] as const
  const fields = fc.record({
    title: text,
    amount: text,
    payers: text,
    tax: text,
    tip: text,
    tags: text,
    rate: text,
    way: fc.constantFrom(...ways),
    items: fc
      .array(text, { maxLength: 3 })
      .map((lines) => lines.map((line, key) => ({ key, line }))),
    value: text,
  })
  const ledger = testLedger()
  const context = testFormContext(ledger)
  fc.assert(
    fc.property(fields, ({ value, ...change }) => {
      const typed = { [partyId(1)]: value, [partyId(2)]: '5' }
      const values = { shares: typed, percent: typed, exact: typed, adjustment: typed }
      const form = { ...testForm(ledger), ...change, values }
      const reading = readBill(form, { people: context.people, id: BILL_ID, ledgerCurrency: EUR })
      const { input, owed, problems } = reading
      assert.equal(input === undefined, problems.length > 0)
      if (input === undefined) return
      const sum = (parts: typeof owed) => parts.reduce((all, each) => all + each.amountMinor, 0)
      assert.equal(sum(input.paid ?? []), input.amountMinor)
      assert.equal(sum(owed), input.amountMinor)
    }),
    { numRuns: 500 },
  )
})
