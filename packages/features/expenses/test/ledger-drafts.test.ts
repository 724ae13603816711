import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CausalWorld } from '@hamlet/testkit/causal-world'
import {
  LedgerDrafts,
  VERSION_DEPTH_MAX,
  chosenBody,
  decodeLedger,
  editedBody,
  newBody,
  settingId,
} from '../src/index.ts'
import type { ExpenseInput, LedgerError } from '../src/index.ts'
import { EUR, bill, ledgerId, openLedger, person, put } from './_ledger-world.ts'

const ANN = person('Ann')
const BEN = person('Ben')
const NEW = { replaces: [], depth: 0 }
const DINNER = ledgerId('dinner')

const OPEN = new LedgerDrafts({ settings: { archived: false }, role: 'writer' })

const INPUT: ExpenseInput = {
  title: ' Dinner ',
  currency: EUR,
  paid: [{ party: ANN, amountMinor: 1000 }],
  split: { shares: [ANN, BEN].map((party) => ({ party, weight: 1 })) },
}

function reasonOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    const { code, fields } = error as LedgerError
    return [code, fields['reason'] ?? fields['expected']].filter(Boolean).join(' ')
  }
  return 'accepted'
}

test('a new expense needs a title, a currency, who paid and who it is for', () => {
  const without = (field: keyof ExpenseInput) => () =>
    newBody({ ...INPUT, [field]: undefined }, '2026-03-01')
  assert.equal(reasonOf(without('title')), 'LEDGER_BAD_EXPENSE a title')
  assert.equal(reasonOf(without('currency')), 'LEDGER_BAD_EXPENSE a currency')
  assert.equal(reasonOf(without('paid')), 'LEDGER_BAD_EXPENSE who paid')
  assert.equal(reasonOf(without('split')), 'LEDGER_BAD_EXPENSE who it is for')
  const body = newBody(INPUT, '2026-03-01')
  assert.equal(body.title, 'Dinner')
  assert.equal(body.date, '2026-03-01')
  assert.equal(body.amountMinor, 1000)
})

test('an edit changes what it names and leaves the rest', () => {
  const body = newBody({ ...INPUT, category: 'dining-out', note: 'wine' }, '2026-03-01')
  const edited = editedBody(body, { note: '', category: null })
  assert.deepEqual({ ...edited, note: 'wine', category: 'dining-out' }, body)
  assert.equal(edited.note, '')
  assert.equal(edited.category, undefined)
})

test('whatever a draft writes decodes, in whatever order the people were named', () => {
  const parties = [BEN, ANN, ledgerId('x'), ledgerId('a')]
  const shares = parties.map((party) => ({ party, weight: 2 }))
  const split = { items: [{ title: 'Wine', amountMinor: 400, shares }], shares }
  const paid = parties.map((party) => ({ party, amountMinor: 250 }))
  const body = newBody({ ...INPUT, paid, split }, '2026-03-01')
  const draft = OPEN.record('expense', DINNER, body, NEW)
  const content = decodeLedger(draft.type, draft.value)
  assert.deepEqual(content?.kind === 'version' && content.body, body)
})

test('what does not hold together is refused with its reason and not written', () => {
  assert.equal(reasonOf(drafting({ amountMinor: 999 })), 'LEDGER_BAD_EXPENSE SPLIT_PAID_SUM')
  const half = { percents: [{ party: ANN, millionths: 500_000 }] }
  assert.equal(reasonOf(drafting({ split: half })), 'LEDGER_BAD_EXPENSE SPLIT_REST')
  assert.equal(
    reasonOf(drafting({ date: '2026-02-30' })),
    'LEDGER_BAD_EXPENSE a day as YYYY-MM-DD, from 1900 to 2199',
  )
  assert.equal(reasonOf(drafting({ title: 'x'.repeat(201) })), 'LEDGER_BAD_RECORD')
  assert.equal(reasonOf(drafting({ currency: { code: 'eur', exponent: 2 } })), 'LEDGER_BAD_RECORD')
  assert.equal(
    reasonOf(() => OPEN.comment(DINNER, '')),
    'LEDGER_BAD_RECORD',
  )
  const step = { name: 'cash-step', value: 0 } as const
  const setting = () => OPEN.record('setting', settingId('cash-step'), step, NEW)
  assert.equal(reasonOf(setting), 'LEDGER_BAD_RECORD')
})

test('a conflict is resolved by the version somebody chooses, over all the heads', async () => {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const ben = world.device('b', 'Ben')
  const body = bill({ amountMinor: 900, payer: ANN, among: [ANN, BEN] })
  const first = put(ann, 'expense', DINNER, body)
  ben.sync()
  const less = put(ann, 'expense', DINNER, editedBody(body, paying(600)), [first])
  put(ben, 'expense', DINNER, editedBody(body, paying(1200)), [first])
  const replica = await openLedger(world.entries)
  const detail = (await replica.ledger.detail(DINNER))!
  assert.equal(detail.choices, 2)
  const heads = await replica.ledger.heads('expense', DINNER)
  ann.sync()
  const chosen = OPEN.record('expense', DINNER, chosenBody(detail, less.id), heads)
  await replica.receive(ann.writeDraft(chosen))
  const now = (await replica.ledger.expense(DINNER))!
  assert.deepEqual([now.choices, now.body.amountMinor], [1, 600])
  assert.throws(() => chosenBody(detail, '0'.repeat(64) as never), { code: 'LEDGER_UNKNOWN' })
})

test('a version as deep as there can be does not keep others from writing over it', async () => {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const body = bill({ amountMinor: 900, payer: ANN, among: [ANN, BEN] })
  const first = put(ann, 'expense', DINNER, body)
  const deepest = { replaces: [first.id], depth: VERSION_DEPTH_MAX }
  ann.writeDraft(OPEN.record('expense', DINNER, editedBody(body, { note: 'mine' }), deepest))
  const replica = await openLedger(world.entries)
  const heads = await replica.ledger.heads('expense', DINNER)
  const over = OPEN.record('expense', DINNER, editedBody(body, { note: 'ours' }), heads)
  await replica.receive(ann.writeDraft(over))
  const now = (await replica.ledger.expense(DINNER))!
  assert.deepEqual([now.choices, now.body.note], [1, 'ours'])
})

test('only whom a payment went to can confirm it', async () => {
  const world = new CausalWorld()
  const ben = world.device('b', 'Ben')
  const transfer = bill({ amountMinor: 500, payer: BEN, among: [ANN] }, { kind: 'transfer' })
  put(ben, 'expense', DINNER, transfer)
  const { ledger } = await openLedger(world.entries)
  const expense = (await ledger.expense(DINNER))!
  const asked = await ledger.whoIsAsked(DINNER)
  const word = { verdict: 'confirmed', note: '' } as const
  assert.equal(OPEN.verdict(expense, word, ANN, asked).type, 'ledger.verdict')
  assert.throws(() => OPEN.verdict(expense, word, BEN, asked), {
    code: 'LEDGER_VERDICT_NOT_ALLOWED',
  })
})

test('an archived ledger takes nothing but the word of an admin that it is open again', async () => {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const ben = world.device('b', 'Ben')
  const body = newBody(INPUT, '2026-03-01')
  const first = put(ann, 'expense', DINNER, body)
  const rule = { unit: 'month', every: 1, start: '2026-01-01', until: undefined, count: undefined }
  const series = { template: body, rule: { ...rule, unit: 'month' as const }, stopped: false }
  put(ann, 'series', ledgerId('rent'), series)
  const replica = await openLedger(world.entries)
  assert.equal((await replica.ledger.series('2026-03-01'))[0]!.due.length, 3)
  const archived = settingId('archived')
  const archive = (await replica.ledger.drafts('admin')).record(
    'setting',
    archived,
    { name: 'archived', value: true },
    await replica.ledger.heads('setting', archived),
  )
  await replica.receive(ann.writeDraft(archive))

  const drafts = await replica.ledger.drafts('owner')
  const heads = await replica.ledger.heads('expense', DINNER)
  const expense = (await replica.ledger.expense(DINNER))!
  const word = { verdict: 'confirmed', note: '' } as const
  const batch = ledgerId('file')
  const refused = [
    () => drafts.record('expense', DINNER, editedBody(body, { note: 'late' }), heads),
    () => drafts.record('party', ledgerId('Cat'), { name: 'Cat', retired: false }, NEW),
    () => drafts.comment(DINNER, 'late'),
    () => drafts.uncomment(DINNER, first.entry.id),
    () => drafts.verdict(expense, word, ANN, new Set([ANN])),
    () =>
      drafts.statement({ kind: 'import', batch, source: 'json', fileName: '', expenseCount: 0 }),
  ]
  for (const write of refused) assert.equal(reasonOf(write), 'LEDGER_ARCHIVED')
  assert.deepEqual((await replica.ledger.series('2026-03-01'))[0]!.due, [])

  const over = await replica.ledger.heads('setting', archived)
  const open = { name: 'archived', value: false } as const
  const byWriter = await replica.ledger.drafts('writer')
  assert.equal(
    reasonOf(() => byWriter.record('setting', archived, open, over)),
    'LEDGER_ADMINS_ONLY',
  )
  await replica.receive(ann.writeDraft(drafts.record('setting', archived, open, over)))
  ben.sync()
  const late = (await replica.ledger.drafts('writer')).comment(DINNER, 'late')
  await replica.receive(ben.writeDraft(late))
  assert.equal((await replica.ledger.expense(DINNER))!.commentCount, 1)
})

test('what was written by somebody who had not heard that the ledger is archived counts', async () => {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const ben = world.device('b', 'Ben')
  put(ann, 'setting', settingId('archived'), { name: 'archived', value: true })
  put(ben, 'expense', DINNER, newBody(INPUT, '2026-03-01'))
  const { ledger } = await openLedger(world.entries)
  assert.equal((await ledger.list()).total, 1)
})

function drafting(input: Partial<ExpenseInput>): () => unknown {
  return () => OPEN.record('expense', DINNER, newBody({ ...INPUT, ...input }, '2026-03-01'), NEW)
}

function paying(amountMinor: number): ExpenseInput {
  return { paid: [{ party: ANN, amountMinor }] }
}
