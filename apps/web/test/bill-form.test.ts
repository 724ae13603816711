// The form of a bill without a screen: what was typed becomes an expense, or what is missing or too much is said.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importFile } from '@hamlet/expenses'
import type { Expense, ExpenseInput, ImportPreview } from '@hamlet/http/api'
import { bodyToInput, changesOf } from '../src/bills/entry/bill-changes.ts'
import { draftKey, keepDraft, readDraft } from '../src/bills/entry/bill-draft.ts'
import { changeBill } from '../src/bills/entry/bill-form.ts'
import type { BillAction, BillForm } from '../src/bills/entry/bill-form.ts'
import { readBill, readTags } from '../src/bills/entry/bill-reading.ts'
import {
  copiedForm,
  decimalMarkOf,
  filledForm,
  localCurrency,
  namedIn,
  peopleOf,
} from '../src/bills/entry/form-start.ts'
import { changeImport, importInput, NO_IMPORT, unweighted } from '../src/bills/entry/import-form.ts'
import { refusalOf } from '../src/bills/entry/import-refusal.ts'
import { evenRest, shiftedPart } from '../src/bills/entry/split-help.ts'
import { newBillId } from '../src/bills/new-bill-id.ts'
import { en } from '../src/i18n/en.ts'
import { LocalNotes } from '../src/state/local-notes.ts'
import {
  BILL_ID,
  EUR,
  partyId,
  testForm,
  testFormContext,
  testLedger,
  testParty,
} from './_bill-form.ts'
import { TODAY, USD } from './_bill-form.ts'

const [ann, ben, cleo, dan, eve] = [1, 2, 3, 4, 5].map(partyId) as [
  string,
  string,
  string,
  string,
  string,
]
const ledger = testLedger()
const context = testFormContext(ledger)

function read(form: BillForm) {
  return readBill(form, { people: context.people, id: BILL_ID, ledgerCurrency: EUR })
}

function after(form: BillForm, ...actions: readonly BillAction[]): BillForm {
  return actions.reduce(changeBill, form)
}

function filled(change: Partial<BillForm>): BillForm {
  return { ...testForm(), title: 'Dinner', ...change }
}

function problems(form: BillForm): unknown {
  return read(form).problems.map(({ where, what, minor, text }) => [where, what, minor ?? text])
}

test('a title and an amount are enough: I paid, everybody owes alike, today', () => {
  const { input, owed, cents } = read(filled({ amount: '12,50+3*2' }))
  assert.deepEqual(input, {
    kind: 'expense',
    title: 'Dinner',
    date: TODAY,
    currency: EUR,
    amountMinor: 1850,
    paid: [{ party: ann, amountMinor: 1850 }],
    split: { shares: [ann, ben, cleo, dan, eve].map((party) => ({ party, weight: 1 })) },
    category: null,
    tags: [],
    note: '',
    rate: null,
  })
  assert.deepEqual(
    owed.map(({ amountMinor }) => amountMinor),
    [370, 370, 370, 370, 370],
  )
  assert.deepEqual(cents, [])
})

test('what is missing is told from what is wrong', () => {
  const { problems: all } = read(testForm())
  assert.deepEqual(
    all.map(({ what, isMissing }) => [what, isMissing]),
    [
      ['titleMissing', true],
      ['amountMissing', true],
    ],
  )
  assert.deepEqual(problems(filled({ amount: '1.234' })), [['amount', 'amountAmbiguous', '1.234']])
  assert.deepEqual(problems(filled({ amount: '5-7' })), [
    ['amount', 'amountNotPositive', undefined],
  ])
  assert.deepEqual(problems(filled({ amount: '5', title: 'x'.repeat(201) })), [
    ['title', 'titleLong', undefined],
  ])
  assert.deepEqual(problems(filled({ amount: '5', chosen: [] })), [['split', 'nobody', undefined]])
  assert.deepEqual(problems(filled({ amount: '5', date: '2026-02-30' })), [
    ['date', 'dateBad', undefined],
  ])
})

test('five people, two payers and three items need no amount: the items say it', () => {
  let form = after(filled({ payers: 'ann 30 ben' }), { type: 'way', way: 'items' })
  form = after(
    form,
    { type: 'item', key: 1, line: 'Pizza 24 ann ben' },
    { type: 'add-item', after: 1, line: 'Wine 18 cleo dan' },
    { type: 'add-item', after: 2, line: 'Salad 12' },
  )
  const { input, owed } = read(form)
  assert.equal(input?.amountMinor, 5400)
  assert.deepEqual(input.paid, [
    { party: ann, amountMinor: 3000 },
    { party: ben, amountMinor: 2400 },
  ])
  assert.equal(input.split?.items?.length, 3)
  assert.deepEqual(
    owed.map(({ amountMinor }) => amountMinor),
    [1440, 1440, 1140, 1140, 240],
  )
})

test('tax and a tip in percent follow the items, and what they leave of a typed amount is said', () => {
  const items = [{ key: 1, line: 'Pizza 20 ann' }]
  const form = filled({ way: 'items', items, tax: '1', tip: '10%' })
  assert.deepEqual(read(form).input?.split, {
    items: [{ title: 'Pizza', amountMinor: 2000, shares: [{ party: ann, weight: 1 }] }],
    taxMinor: 100,
    tipMinor: 200,
  })
  assert.equal(read(form).input?.amountMinor, 2300)
  assert.deepEqual(problems({ ...form, amount: '25' }), [['split', 'splitMissing', 200]])
  assert.deepEqual(problems({ ...form, amount: '22' }), [['split', 'splitOver', 100]])
  assert.deepEqual(problems({ ...form, tax: '-1' }), [['tax', 'amountNotPositive', '-1']])
})

test('shares may be parts of a whole, and stay as typed when they are whole', () => {
  const shares = { [ann]: '1,5', [ben]: '1', [cleo]: '', [dan]: '0' }
  const form = filled({ amount: '10', way: 'shares', values: { ...testForm().values, shares } })
  assert.deepEqual(read(form).input?.split?.shares, [
    { party: ann, weight: 3 },
    { party: ben, weight: 2 },
  ])
  const whole = after(form, { type: 'values', way: 'shares', texts: { [ann]: '4', [ben]: '2' } })
  assert.deepEqual(
    read(whole).input?.split?.shares?.map(({ weight }) => weight),
    [4, 2],
  )
  const wrong = after(form, { type: 'value', way: 'shares', party: dan, text: 'two' })
  assert.deepEqual(problems(wrong), [['value', 'weightBad', 'two']])
})

test('percents come to a hundred, and exact parts to the amount, or the difference is said', () => {
  const values = { ...testForm().values, percent: { [ann]: '33.3333', [ben]: '66,6666%' } }
  const form = filled({ amount: '10', way: 'percent', values })
  assert.deepEqual(problems(form), [['split', 'percentMissing', '0.0001']])
  const whole = after(form, { type: 'value', way: 'percent', party: ben, text: '66.6667' })
  assert.deepEqual(read(whole).input?.split?.percents, [
    { party: ann, millionths: 333_333 },
    { party: ben, millionths: 666_667 },
  ])
  const exact = filled({
    amount: '10',
    way: 'exact',
    values: { ...values, exact: { [ann]: '3,33', [ben]: '3+3.33' } },
  })
  assert.deepEqual(problems(exact), [['split', 'splitMissing', 34]])
  const { input } = read({ ...exact, amount: '' })
  assert.equal(input?.amountMinor, 966, 'without a typed amount the parts say it')
})

test('adjustments stand beside equal parts, and nobody owes less than nothing', () => {
  const adjustment = { [ben]: '-2', [cleo]: '1' }
  const values = { ...testForm().values, adjustment }
  const form = filled({ amount: '10', way: 'adjustment', chosen: [ann, ben, cleo], values })
  assert.deepEqual(
    read(form).owed.map(({ amountMinor }) => amountMinor),
    [367, 167, 466],
  )
  const wrong = after(form, { type: 'value', way: 'adjustment', party: ben, text: '-9' })
  assert.deepEqual(problems(wrong), [['split', 'negative', ben]])
})

test('who owes what is shown before it is known who paid', () => {
  const { owed, input } = read(filled({ amount: '10', payers: 'tom' }))
  assert.equal(input, undefined)
  assert.equal(owed.length, 5)
})

test('each way of splitting keeps its values while another one is looked at', () => {
  const form = after(
    filled({ amount: '10' }),
    { type: 'way', way: 'exact' },
    { type: 'value', way: 'exact', party: ann, text: '10' },
    { type: 'way', way: 'shares' },
    { type: 'way', way: 'exact' },
  )
  assert.equal(form.values.exact[ann], '10')
  assert.equal(form.values.shares[eve], '1')
  assert.deepEqual(after(form, { type: 'remove-item', key: 1 }).items, [{ key: 1, line: '' }])
})

test('another currency carries a typed rate, or the one that is known', () => {
  const form = filled({ amount: '10', currency: USD })
  assert.equal(read(form).input?.rate, null)
  assert.deepEqual(read({ ...form, rate: '0,92' }).input?.rate, {
    to: EUR,
    numerator: 23,
    denominator: 25,
    source: 'typed',
    asOf: TODAY,
  })
  assert.deepEqual(problems({ ...form, rate: 'x' }), [['rate', 'rateBad', 'x']])
})

test('a bill that comes again has a rule, and one that ends before it begins is refused', () => {
  const repeat = { unit: 'month', every: '2', until: '2027-11-27' } as const
  assert.deepEqual(read(filled({ amount: '10', repeat })).rule, {
    unit: 'month',
    every: 2,
    start: TODAY,
    until: '2027-11-27',
  })
  assert.deepEqual(problems(filled({ amount: '10', repeat: { ...repeat, until: '2026-01-01' } })), [
    ['repeat', 'untilBad', undefined],
  ])
  assert.deepEqual(problems(filled({ amount: '10', repeat: { ...repeat, every: '0' } })), [
    ['repeat', 'everyBad', '0'],
  ])
})

test('tags are words, with or without their sign', () => {
  assert.deepEqual(readTags('#food, trip  food,,'), ['food', 'trip'])
})

const KINDS_OF_SPLIT: readonly NonNullable<ExpenseInput['split']>[] = [
  { shares: [ann, ben, cleo].map((party) => ({ party, weight: 1 })) },
  {
    shares: [
      { party: ann, weight: 2 },
      { party: ben, weight: 1 },
    ],
  },
  {
    percents: [
      { party: ann, millionths: 255_000 },
      { party: eve, millionths: 745_000 },
    ],
  },
  {
    exact: [
      { party: ann, amountMinor: 1 },
      { party: dan, amountMinor: 9999 },
    ],
  },
  {
    adjustments: [{ party: ann, amountMinor: -150 }],
    shares: [ann, ben].map((party) => ({ party, weight: 1 })),
  },
  {
    items: [
      {
        title: 'Wine 2019',
        amountMinor: 9100,
        shares: [
          { party: cleo, weight: 2 },
          { party: dan, weight: 1 },
        ],
      },
      { title: 'Voucher', amountMinor: -100, shares: [{ party: cleo, weight: 1 }] },
    ],
    taxMinor: 700,
    tipMinor: 300,
  },
  {
    exact: [{ party: ann, amountMinor: 100 }],
    percents: [{ party: ben, millionths: 500_000 }],
    shares: [{ party: cleo, weight: 1 }],
  },
]

test('every kind of split that is opened for editing and saved unchanged says the same', () => {
  for (const split of KINDS_OF_SPLIT) {
    for (const paid of [
      [{ party: ben, amountMinor: 10_000 }],
      [
        { party: ann, amountMinor: 9999 },
        { party: ben, amountMinor: 1 },
      ],
    ]) {
      const input: ExpenseInput = {
        kind: 'income',
        title: 'Dinner',
        date: '2026-03-01',
        currency: EUR,
        amountMinor: 10_000,
        paid,
        split,
        category: 'dining-out',
        tags: ['trip'],
        note: 'at the sea',
        rate: null,
      }
      const { input: again, problems: wrong } = read(filledForm(input, context))
      assert.deepEqual(wrong, [])
      assert.deepEqual(changesOf(input, again!), {}, JSON.stringify(split))
      assert.equal(copiedForm(input, context).date, TODAY)
    }
  }
})

test('an edit sends what it changes alone, and money together', () => {
  const body = read(filled({ amount: '10' })).input as Expense
  assert.deepEqual(changesOf(bodyToInput(body), { ...bodyToInput(body), note: 'x' }), { note: 'x' })
  const more = changesOf(bodyToInput(body), read(filled({ amount: '12' })).input!)
  assert.deepEqual(Object.keys(more), ['kind', 'currency', 'amountMinor', 'paid', 'split'])
  const reordered = { ...bodyToInput(body), split: { ...body.split, items: [], exact: [] } }
  assert.deepEqual(changesOf(reordered, bodyToInput(body)), {}, 'empty lists are as good as none')
})

test('the people of a form are members, people without the app, and those the bill names', () => {
  const placeholder = { isPlaceholder: true }
  const parties = [
    testParty(1, 'Ann'),
    testParty(2, 'Left', { member: false }),
    testParty(3, 'Opa', placeholder),
    testParty(4, 'Alias', { ...placeholder, is: partyId(1) }),
    testParty(5, 'Gone', { ...placeholder, retired: true }),
  ]
  const names = (named: readonly string[]) =>
    peopleOf(parties, ann, new Set(named)).people.map(({ name }) => name)
  assert.deepEqual(names([]), ['Ann', 'Opa'])
  assert.deepEqual(names([partyId(2), partyId(5)]), ['Ann', 'Left', 'Opa', 'Gone'])
  assert.deepEqual(
    [...namedIn({ paid: [{ party: ben, amountMinor: 1 }], split: { exact: [] } })],
    [ben],
  )
})

test('the ledger decides how a new bill is split and its currency', () => {
  const defaultSplit = [
    { party: ann, weight: 2 },
    { party: ben, weight: 1 },
  ]
  const settings = { ...ledger.settings, defaultSplit, currency: USD }
  const form = testForm({ ...ledger, settings })
  assert.equal(form.way, 'shares')
  assert.deepEqual(form.values.shares, { [ann]: '2', [ben]: '1' })
  assert.deepEqual(form.currency, USD)
  assert.equal(localCurrency('de-CH').code, 'CHF')
  assert.equal(localCurrency('de').code, 'EUR')
  assert.equal(decimalMarkOf('de-DE'), ',')
})

test('a draft comes back as it was, and something else in its place is no draft', () => {
  const notes = new LocalNotes(undefined)
  const key = draftKey('space', undefined)
  const draft = { id: newBillId(), form: filled({ amount: '5' }), base: null, isTried: true }
  keepDraft(notes, key, draft)
  assert.deepEqual(readDraft(notes, key), draft)
  for (const other of ['', '{', '7', '{"version":2}', '{"version":1,"draft":{"id":"../x"}}']) {
    notes.setDraft(key, other)
    assert.equal(readDraft(notes, key), undefined)
  }
})

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

const FILE = { name: 'trip.csv', contents: 'YQ==' }

function preview(change: Partial<ImportPreview> = {}): ImportPreview {
  return {
    source: 'splitwise-csv',
    parties: [
      { id: partyId(11), name: 'Anna', removed: false, is: ann },
      { id: partyId(12), name: 'Tom', removed: true },
    ],
    sample: [],
    newExpenses: 2,
    knownExpenses: 0,
    wrongTotals: [],
    warnings: [],
    warningCount: 0,
    ...change,
  }
}

test('an import asks with what was said, and with who is who as it was proposed or chosen', () => {
  assert.equal(importInput(NO_IMPORT), undefined)
  let form = changeImport(NO_IMPORT, { type: 'file', file: FILE })
  assert.deepEqual(importInput(form), { contents: 'YQ==', fileName: 'trip.csv' })
  form = changeImport(form, { type: 'phase', phase: { at: 'preview', preview: preview() } })
  assert.deepEqual(importInput(form)?.people, [{ id: partyId(11), is: ann }])
  form = changeImport(form, { type: 'person', id: partyId(12), is: ben })
  form = changeImport(form, {
    type: 'say',
    change: { currency: 'CHF', weights: { Tom: '2', Anna: 'x' }, payers: { 3: ' Tom ', 4: '' } },
  })
  form = changeImport(form, { type: 'phase', phase: { at: 'preview', preview: preview() } })
  assert.deepEqual(importInput(form), {
    contents: 'YQ==',
    fileName: 'trip.csv',
    currency: { code: 'CHF', exponent: 2 },
    weights: [{ name: 'Tom', weight: 2 }],
    payers: [{ line: 3, name: 'Tom' }],
    people: [
      { id: partyId(11), is: ann },
      { id: partyId(12), is: ben },
    ],
  })
})

test('weights are asked for when the file leaves out that of somebody', () => {
  assert.deepEqual(unweighted(preview()), [])
  const place = { message: 'of Tom; 1 was taken', line: 2, column: 1 }
  const warnings = [{ code: 'weight-guessed', ...place }]
  assert.deepEqual(unweighted(preview({ warnings, warningCount: 1 })), ['Anna', 'Tom'])
})

test('a file that is broken or says too little is refused with its place and what to say', () => {
  const refused = importFile(
    utf8('Date,Description,Category,Cost,Currency,A\n2026-02-30,a,b,1,EUR,0\n'),
    {
      hash: () => new Uint8Array(32),
    },
  )
  assert.ok(!refused.ok)
  const { words, line, column, missing } = refusalOf(refused.error, en)
  assert.match(words, /^Something else is expected in this place\. \(.+\)$/u)
  assert.doesNotMatch(words, /line 2/u, 'the place is said once')
  assert.deepEqual([line, column, missing], [2, 1, undefined])
  const bills = [
    { what: 'a', amount: 1, date: '2026-03-01', payer_name: 'A', payer_weight: 1, owers: ['A'] },
  ]
  const silent = importFile(utf8(JSON.stringify(bills)), { hash: () => new Uint8Array(32) })
  assert.ok(!silent.ok)
  assert.equal(refusalOf(silent.error, en).missing, 'currency')
  assert.equal(refusalOf(new Error('x'), en).words, en.errors.unknown)
})

test('whoever takes the last cent has it added, and the rest can be spread', () => {
  const values = { ...testForm().values, exact: { [ann]: '3.33', [ben]: '3.33', [cleo]: '3.33' } }
  const form = filled({ amount: '10', way: 'exact', values })
  assert.equal(shiftedPart(form, ben, 1), '3.34')
  assert.equal(shiftedPart(form, dan, 1), '0.01')
  assert.equal(shiftedPart(form, dan, -1), undefined, 'nobody carries less than nothing')
  const texts = evenRest(form, 'exact', read(form), context.people)
  assert.deepEqual(texts, { [dan]: '0.01', [eve]: '0.00' })
  assert.deepEqual(problems(after(form, { type: 'values', way: 'exact', texts })), [])
  const percent = filled({
    amount: '10',
    way: 'percent',
    values: { ...values, percent: { [ann]: '40%' } },
  })
  const parts = evenRest(percent, 'percent', read(percent), context.people)
  assert.deepEqual(parts, { [ben]: '15', [cleo]: '15', [dan]: '15', [eve]: '15' })
})

test('items that name nobody are for those who take part', () => {
  const items = [{ key: 1, line: 'Wine 9' }]
  const form = filled({ way: 'items', items, chosen: [ann, ben, cleo] })
  assert.deepEqual(
    read(form).owed.map(({ party, amountMinor }) => [party, amountMinor]),
    [ann, ben, cleo].map((party) => [party, 300]),
  )
})
