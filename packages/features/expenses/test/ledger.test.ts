import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId } from '@hamlet/core'
import { CausalWorld, idOf } from '@hamlet/testkit/causal-world'
import type { CausalDevice } from '@hamlet/testkit/causal-world'
import { ledgerDraft, occurrenceOf, settingId, versionId } from '../src/index.ts'
import type { ExpenseBody, LedgerId, LedgerSeries, RecordVersion } from '../src/index.ts'
import { bill, hash, ledgerId, openLedger, person, put } from './_ledger-world.ts'
import type { LedgerReplica, Written } from './_ledger-world.ts'

const ANN = person('Ann')
const BEN = person('Ben')
const CAT = ledgerId('Cat')

interface Household {
  readonly world: CausalWorld
  readonly ann: CausalDevice
  readonly ben: CausalDevice
  add(title: string, amountMinor: number, more?: Partial<ExpenseBody>): Written
}

/** Ann pays for three, unless the body says otherwise. */
function household(): Household {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const ben = world.device('b', 'Ben')
  const among = [ANN, BEN, CAT]
  const add = (title: string, amountMinor: number, more: Partial<ExpenseBody> = {}) => {
    world.wallMs += 1000
    ann.sync()
    const body = bill({ title, amountMinor, payer: ANN, among }, more)
    return put(ann, 'expense', ledgerId(title), body)
  }
  return { world, ann, ben, add }
}

async function titles(
  replica: LedgerReplica,
  query: Parameters<LedgerReplica['ledger']['list']>[0],
) {
  const { expenses } = await replica.ledger.list(query)
  return expenses.map(({ body }) => body.title)
}

test('expenses are listed by day, newest first, page by page', async () => {
  const { world, add } = household()
  add('old', 100, { date: '2026-01-01' })
  add('new', 100, { date: '2026-03-01' })
  add('newer', 100, { date: '2026-03-01' })
  const replica = await openLedger(world.entries)
  assert.deepEqual(await titles(replica, {}), ['newer', 'new', 'old'])
  const first = await replica.ledger.list({ limit: 2 })
  assert.ok(first.hasMore)
  assert.deepEqual(await titles(replica, { limit: 2, after: first.expenses.at(-1)!.id }), ['old'])
})

test('an expense is found by words of its title, note, tags and people, and by filters', async () => {
  const { world, ann, add } = household()
  add('Café at the harbour', 1250, { tags: ['Lisbon'], note: 'with Zoë' })
  add('Train', 4000, { category: 'train', date: '2026-02-01' })
  put(ann, 'party', CAT, { name: 'Çat Özdemir', retired: false })
  const replica = await openLedger(world.entries)
  for (const search of ['CAFÉ', 'harbour lisbon', 'zoë', 'café özdemir']) {
    assert.deepEqual(await titles(replica, { search }), ['Café at the harbour'], search)
  }
  assert.deepEqual(await titles(replica, { search: 'café train' }), [])
  assert.deepEqual(await titles(replica, { category: 'train' }), ['Train'])
  assert.deepEqual(await titles(replica, { minMinor: 1300 }), ['Train'])
  assert.deepEqual(await titles(replica, { to: '2026-02-28' }), ['Train'])
  assert.equal((await replica.ledger.list({ party: CAT })).total, 2)
  assert.equal((await replica.ledger.list({ payer: BEN })).total, 0)
})

test('a query out of range is refused with a code', async () => {
  const { ledger } = await openLedger()
  await assert.rejects(ledger.list({ limit: 0 }), { code: 'LEDGER_BAD_QUERY' })
  await assert.rejects(ledger.list({ limit: 501 }), { code: 'LEDGER_BAD_QUERY' })
  await assert.rejects(ledger.list({ search: 'x'.repeat(1001) }), { code: 'LEDGER_BAD_QUERY' })
  await assert.rejects(ledger.list({ after: CAT }), { code: 'LEDGER_UNKNOWN' })
})

test('a debt is explained down to the entries that make it, and they come to the debt', async () => {
  const { world, ben, add } = household()
  const dinner = add('Dinner', 9000)
  add('Taxi', 3000, { paid: [{ party: BEN, amountMinor: 3000 }], date: '2026-03-02' })
  ben.sync()
  const back = bill({ amountMinor: 500, payer: BEN, among: [ANN] }, { kind: 'transfer' })
  put(ben, 'expense', ledgerId('back'), { ...back, title: 'Back', date: '2026-03-03' })
  const { ledger } = await openLedger(world.entries)
  const [debt] = await ledger.explain(BEN, ANN)
  assert.deepEqual(
    debt!.reasons.map(({ title, minor, runningMinor }) => [title, minor, runningMinor]),
    [
      ['Dinner', 3000n, 3000n],
      ['Taxi', -1000n, 2000n],
      ['Back', -500n, 1500n],
    ],
  )
  assert.equal(debt!.reasons[0]!.by.id, dinner.entry.id)
  const pairs = await ledger.plan({ mode: 'pairwise' })
  const pair = pairs.transfers.find(({ from, to }) => from === BEN && to === ANN)
  assert.equal(pair!.minor, debt!.minor)
  const [reverse] = await ledger.explain(ANN, BEN)
  assert.equal(reverse!.minor, -debt!.minor)
})

test('a plan brings everybody even, and paying a step of it leaves the others as they are', async () => {
  const { world, ben, add } = household()
  add('Dinner', 9000)
  add('Taxi', 3000, { paid: [{ party: BEN, amountMinor: 3000 }] })
  const replica = await openLedger(world.entries)
  const before = await replica.ledger.plan()
  assert.ok(before.exact)
  assert.equal(before.transfers.length, 2)
  const step = before.transfers.find(({ from }) => from === BEN)!
  ben.sync()
  const paid = bill(
    { amountMinor: Number(step.minor), payer: BEN, among: [step.to] },
    { kind: 'transfer' },
  )
  await replica.receive(put(ben, 'expense', ledgerId('paid'), paid).entry)
  const after = await replica.ledger.plan()
  assert.deepEqual(
    after.transfers,
    before.transfers.filter((each) => each !== step),
  )
})

test('statistics add up what was spent, by category, payer, share and month, and show budgets', async () => {
  const { world, ann, add } = household()
  add('Rent', 90_000, { category: 'rent', date: '2026-03-01' })
  add('Milk', 300, { category: 'groceries', date: '2026-03-02' })
  add('Refund', 60, { category: 'groceries', kind: 'income', date: '2026-04-02' })
  const paid = { paid: [{ party: BEN, amountMinor: 100 }], kind: 'transfer' as const }
  add('Payment', 100, paid)
  const budget = { category: 'groceries', currency: { code: 'EUR', exponent: 2 }, amountMinor: 200 }
  put(ann, 'budget', ledgerId('food'), { ...budget, retired: false })
  const { ledger } = await openLedger(world.entries)
  const all = await ledger.statistics()
  const lines = (of: typeof all.byMonth) => of.map(({ key, minor }) => [key, minor])
  assert.deepEqual(lines(all.byCategory), [
    ['groceries', 240n],
    ['rent', 90_000n],
  ])
  assert.deepEqual(lines(all.byMonth), [
    ['2026-03', 90_300n],
    ['2026-04', -60n],
  ])
  assert.deepEqual(lines(all.paidBy), [[ANN, 90_240n]])
  assert.deepEqual(
    all.shareOf.map(({ minor }) => minor),
    [30_080n, 30_080n, 30_080n],
  )
  assert.deepEqual(
    all.budgets.map(({ month, spentMinor }) => [month, spentMinor]),
    [['2026-03', 300n]],
  )
  assert.deepEqual(lines((await ledger.statistics({ to: '2026-03-01' })).byCategory), [
    ['rent', 90_000n],
  ])
})

test('versions, comments and verdicts of an expense are told with who and what', async () => {
  const { world, ben, add } = household()
  const first = add('Dinner', 9000)
  ben.sync()
  const { id } = first.version
  const body = first.version.body as ExpenseBody
  put(ben, 'expense', id, { ...body, title: 'Supper', note: 'late' }, [first])
  ben.writeDraft(ledgerDraft({ kind: 'comment', expense: id, text: 'corrected' }))
  const { ledger } = await openLedger(world.entries)
  const detail = (await ledger.detail(id))!
  assert.deepEqual(
    detail.versions.map(({ changed, isWinner, by }) => [changed, isWinner, by.person]),
    [
      [[], false, ANN],
      [['title', 'note'], true, BEN],
    ],
  )
  assert.deepEqual(
    detail.comments.map(({ person: by, text }) => [by, text]),
    [[BEN, 'corrected']],
  )
  assert.equal(await ledger.detail(CAT), undefined)
})

test('a bill that comes again is due once a month, and both devices write the same', async () => {
  const { world, ann, ben } = household()
  const template = bill({ title: 'Rent', amountMinor: 90_000, payer: ANN, among: [ANN, BEN] })
  const rule = { start: '2026-01-31', every: 1, unit: 'month', until: undefined, count: undefined }
  const series = ledgerId('rent')
  put(ann, 'series', series, { template, rule: { ...rule, unit: 'month' }, stopped: false })
  ben.sync()
  const replica = await openLedger(world.entries)
  const [rent] = (await replica.ledger.series('2026-03-31')) as [LedgerSeries]
  assert.deepEqual(rent.due, ['2026-01-31', '2026-02-28', '2026-03-31'])
  for (const device of [ann, ben]) {
    for (const due of rent.due) {
      await replica.receive(device.writeDraft(ledgerDraft(occurrenceOf(hash, rent, due))))
    }
  }
  const { expenses } = await replica.ledger.list()
  assert.deepEqual(
    expenses.map(({ body, choices, edited }) => [body.date, choices, edited]),
    rent.due.toReversed().map((due) => [due, 1, false]),
  )
  assert.deepEqual((await replica.ledger.series('2026-03-31'))[0]!.due, [])
})

test('whoever has the entries of a lock computes its balances, and what came later is not among them', async () => {
  const { world, ann, ben, add } = household()
  const first = add('Dinner', 9000)
  const replica = await openLedger(world.entries)
  const frontier = [{ device: ann.id, count: first.entry.seq + 1 }]
  const balances = await replica.ledger.balancesHash(frontier)
  const through = '2026-03-31'
  const lock = ann.writeDraft(ledgerDraft({ kind: 'lock', through, frontier, balances, note: '' }))
  await replica.receive(lock)
  ben.sync()
  const body = first.version.body as ExpenseBody
  await replica.receive(
    ben.writeDraft(ledgerDraft({ kind: 'lock-sign', lock: lock.id, balances })),
    put(ben, 'expense', first.version.id, { ...body, note: 'changed' }, [first]).entry,
    add('Forgotten', 100).entry,
  )
  const [told] = await replica.ledger.locks(frontier)
  assert.equal(told!.agrees, true)
  assert.deepEqual(
    told!.signatures.map(({ person: by, agrees }) => [by, agrees]),
    [[BEN, true]],
  )
  assert.equal((await replica.ledger.locks([]))[0]!.agrees, undefined)
  const { expenses } = await replica.ledger.list()
  assert.deepEqual(
    expenses.map(({ body: { title }, isCorrection }) => [title, isCorrection]),
    [
      ['Forgotten', true],
      ['Dinner', true],
    ],
  )
})

test('what a device wrote in another history is told from what its first has there', async () => {
  const { world, ann, add } = household()
  add('Dinner', 9000)
  const replica = await openLedger(world.entries)
  // The two part behind eight entries.
  const log = idOf<DeviceId>('the other history')
  const early = { ...add('Lunch', 3000).entry, log, seq: 8 }
  const late = { ...add('Ice', 600).entry, log, seq: 9 }
  const frontier = [
    { device: ann.id, count: 8 },
    { device: log, count: 9 },
  ].sort((a, b) => (a.device < b.device ? -1 : 1))
  await replica.receive(early)
  const balances = await replica.ledger.balancesHash(frontier)
  const lock = { kind: 'lock', through: '2026-03-31', frontier, balances, note: '' } as const
  await replica.receive(late, ann.writeDraft(ledgerDraft(lock)))
  const { expenses } = await replica.ledger.list()
  assert.deepEqual(
    new Map(expenses.map(({ body: { title }, isCorrection }) => [title, isCorrection])),
    new Map([
      ['Ice', true],
      ['Lunch', false],
      ['Dinner', false],
    ]),
  )
  assert.equal((await replica.ledger.locks(frontier))[0]!.agrees, true)
})

test('a change that was merged into an older one after the period was closed is a correction', async () => {
  const { world, ann, ben, add } = household()
  const first = add('Dinner', 9000)
  const { id } = first.version
  const body = first.version.body as ExpenseBody
  ben.sync()
  const title = put(ann, 'expense', id, { ...body, title: 'Supper' }, [first])
  const frontier = [{ device: ann.id, count: title.entry.seq + 1 }]
  const replica = await openLedger(world.entries)
  const balances = await replica.ledger.balancesHash(frontier)
  const lock = { kind: 'lock', through: '2026-03-31', frontier, balances, note: '' } as const
  await replica.receive(ann.writeDraft(ledgerDraft(lock)))
  assert.equal((await replica.ledger.expense(id as LedgerId))!.isCorrection, false)
  // Of two heads of one depth the greater id wins: Ben's is written until it is the lesser.
  const notes = Array.from({ length: 64 }, (_, i) => ({ ...body, note: `note ${i}` }))
  const loses = notes.find((each) => versionIdOf(first, each) < title.id)!
  await replica.receive(put(ben, 'expense', id, loses, [first]).entry)
  const now = (await replica.ledger.expense(id as LedgerId))!
  assert.deepEqual([now.body.title, now.body.note], ['Supper', loses.note])
  assert.equal(now.version, title.id)
  assert.equal(now.isCorrection, true)
})

function versionIdOf(over: Written, body: ExpenseBody): string {
  const version = { ...over.version, replaces: [over.id], depth: 1, body }
  return versionId(hash, version as RecordVersion<'expense'>)
}

test('a lock stands when somebody else turns out to have written a bill of it before', async () => {
  const { world, ann, ben } = household()
  const rent = bill({ amountMinor: 300, payer: ANN, among: [ANN, BEN] })
  // By Ben's clock first, and neither knows of the other's.
  ben.skewMs = -1_000_000
  const bens = put(ben, 'expense', ledgerId('rent of May'), rent)
  const anns = put(ann, 'expense', ledgerId('rent of May'), rent)
  const replica = await openLedger(world.entries.filter(({ device }) => device === ann.id))
  const frontier = [{ device: ann.id, count: anns.entry.seq + 1 }]
  const balances = await replica.ledger.balancesHash(frontier)
  const through = '2026-03-31'
  const lock = ann.writeDraft(ledgerDraft({ kind: 'lock', through, frontier, balances, note: '' }))
  await replica.receive(lock)
  assert.equal((await replica.ledger.list()).expenses[0]!.isCorrection, false)
  await replica.receive(bens.entry)
  const [expense] = (await replica.ledger.list()).expenses
  assert.equal(expense!.updated.person, BEN)
  assert.equal(expense!.isCorrection, false)
  assert.equal((await replica.ledger.locks(frontier))[0]!.agrees, true)
  const anew = await openLedger([bens.entry, anns.entry, lock])
  assert.equal((await anew.ledger.list()).expenses[0]!.isCorrection, false)
  assert.equal((await anew.ledger.locks(frontier))[0]!.agrees, true)
})

test('a lock stands when its author had not known that a device signed two histories', async () => {
  const { ann, ben } = household()
  const rent = bill({ amountMinor: 300, payer: ANN, among: [ANN, BEN] })
  const { entry } = put(ann, 'expense', ledgerId('rent of May'), rent)
  const frontier = [{ device: ann.id, count: entry.seq + 1 }]
  const before = await openLedger([entry])
  const balances = await before.ledger.balancesHash(frontier)
  const through = '2026-03-31'
  const lock = ben.writeDraft(ledgerDraft({ kind: 'lock', through, frontier, balances, note: '' }))
  // Now it is called by where the histories part.
  const log = idOf('parting') as string as DeviceId
  const after = await openLedger([{ ...entry, log }, lock])
  assert.equal((await after.ledger.list()).expenses[0]!.isCorrection, false)
  const applied = [{ device: log, of: ann.id, count: entry.seq + 1 }]
  assert.equal((await after.ledger.locks(applied))[0]!.agrees, true)
  assert.equal((await after.ledger.locks([]))[0]!.agrees, undefined)
})

test('what was imported together is known together, and undone when all of it is deleted', async () => {
  const { world, ann } = household()
  const batch = ledgerId('file')
  const body = bill({ amountMinor: 300, payer: ANN, among: [ANN, BEN, CAT] })
  const [one, two] = ['row 1', 'row 2'].map((row) =>
    put(ann, 'expense', ledgerId(row), body, [], batch),
  ) as [Written, Written]
  ann.writeDraft(
    ledgerDraft({
      kind: 'import',
      batch,
      source: 'splitwise-csv',
      fileName: 'a.csv',
      expenseCount: 2,
    }),
  )
  const replica = await openLedger(world.entries)
  const [told] = await replica.ledger.imports()
  assert.deepEqual(new Set(told!.expenses), new Set([one.version.id, two.version.id]))
  assert.equal(told!.undone, false)
  for (const each of [one, two]) {
    await replica.receive(
      put(ann, 'expense', each.version.id, { ...body, deleted: true }, [each]).entry,
    )
  }
  assert.equal((await replica.ledger.imports())[0]!.undone, true)
})

test('everything that was done is told, newest first, page by page', async () => {
  const { world, ann, add } = household()
  const first = add('Dinner', 9000)
  const { id } = first.version
  const body = first.version.body as ExpenseBody
  const gone = put(ann, 'expense', id, { ...body, deleted: true }, [first])
  put(ann, 'expense', id, body, [gone])
  ann.writeDraft(ledgerDraft({ kind: 'comment', expense: id, text: 'again' }))
  put(ann, 'setting', settingId('cash-step'), { name: 'cash-step', value: 5 })
  const { ledger } = await openLedger(world.entries)
  const page = await ledger.activity({ limit: 3 })
  assert.deepEqual(
    page.lines.map(({ event }) => event.what),
    ['created', 'commented', 'restored'],
  )
  const rest = await ledger.activity({ limit: 3, before: page.before! })
  assert.deepEqual(
    rest.lines.map(({ event }) => event.what),
    ['deleted', 'created'],
  )
  assert.equal(rest.before, undefined)
})

test('heads of a record are what a new version is written over', async () => {
  const { world, ann, ben, add } = household()
  const first = add('Dinner', 9000)
  const { id } = first.version as { readonly id: LedgerId }
  const body = first.version.body as ExpenseBody
  ben.sync()
  const left = put(ann, 'expense', id, { ...body, amountMinor: 1, paid: one() }, [first])
  const right = put(ben, 'expense', id, { ...body, deleted: true }, [first])
  const { ledger } = await openLedger(world.entries)
  assert.deepEqual(await ledger.heads('expense', id), {
    replaces: [left.id, right.id].sort(),
    depth: 2,
  })
  assert.deepEqual(await ledger.heads('expense', CAT), { replaces: [], depth: 0 })
})

function one() {
  return [{ party: ANN, amountMinor: 1 }]
}
