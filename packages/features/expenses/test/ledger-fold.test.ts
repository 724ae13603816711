import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CausalWorld } from '@hamlet/testkit/causal-world'
import type { CausalDevice, CausalEntry } from '@hamlet/testkit/causal-world'
import { ledgerDraft, settingId } from '../src/index.ts'
import type { ExpenseBody, LedgerExpense } from '../src/index.ts'
import { balancesOf, bill, ledgerId, openLedger, person, put } from './_ledger-world.ts'
import type { LedgerReplica, Written } from './_ledger-world.ts'

const ANN = person('Ann')
const BEN = person('Ben')
const NAMES = { Ann: ANN, Ben: BEN, Cat: ledgerId('Cat') }
const DINNER = ledgerId('dinner')
const dinner = bill({ amountMinor: 9000, payer: ANN, among: [ANN, BEN, NAMES.Cat] })

interface Apart {
  readonly world: CausalWorld
  readonly ann: CausalDevice
  readonly ben: CausalDevice
  readonly first: Written
}

/** Both have the dinner and then do not see each other. */
function apart(): Apart {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const ben = world.device('b', 'Ben')
  const first = put(ann, 'expense', DINNER, dinner)
  ben.sync()
  return { world, ann, ben, first }
}

async function shown(replica: LedgerReplica): Promise<LedgerExpense> {
  return (await replica.ledger.expense(DINNER))!
}

function costing(amountMinor: number, more: Partial<ExpenseBody> = {}): ExpenseBody {
  return { ...dinner, amountMinor, paid: [{ party: ANN, amountMinor }], ...more }
}

test('of two amounts entered at once one counts whole, and there is a choice to make', async () => {
  const { world, ann, ben, first } = apart()
  const less = put(ann, 'expense', DINNER, costing(6000), [first])
  const more = put(ben, 'expense', DINNER, costing(12_000), [first])
  const replica = await openLedger(world.entries)
  const expense = await shown(replica)
  assert.equal(expense.choices, 2)
  const counts = less.id > more.id ? 6000 : 12_000
  assert.equal(expense.body.amountMinor, counts)
  assert.deepEqual(await balancesOf(replica, NAMES), {
    Ann: (counts / 3) * 2,
    Ben: -counts / 3,
    Cat: -counts / 3,
  })
  ann.sync()
  await replica.receive(put(ann, 'expense', DINNER, costing(12_000), [less, more]).entry)
  const chosen = await shown(replica)
  assert.equal(chosen.choices, 1)
  assert.equal(chosen.body.amountMinor, 12_000)
  assert.ok(chosen.edited)
})

test('an edit that knew more wins over one that knew less', async () => {
  const { world, ann, ben, first } = apart()
  put(ben, 'expense', DINNER, costing(12_000), [first])
  const second = put(ann, 'expense', DINNER, costing(6000), [first])
  put(ann, 'expense', DINNER, costing(6001), [second])
  const expense = await shown(await openLedger(world.entries))
  assert.equal(expense.body.amountMinor, 6001)
  assert.equal(expense.choices, 2)
})

test('changes that touch no money merge by themselves when they are of different fields', async () => {
  const { world, ann, ben, first } = apart()
  put(ann, 'expense', DINNER, { ...dinner, note: 'with wine' }, [first])
  put(ben, 'expense', DINNER, costing(9900, { category: 'dining-out' }), [first])
  const expense = await shown(await openLedger(world.entries))
  assert.equal(expense.choices, 1)
  assert.equal(expense.body.note, 'with wine')
  assert.equal(expense.body.category, 'dining-out')
  assert.equal(expense.body.amountMinor, 9900)
})

test('two changes of one field are a choice, unless they say the same', async () => {
  const { world, ann, ben, first } = apart()
  put(ann, 'expense', DINNER, { ...dinner, title: 'Supper', note: 'a' }, [first])
  put(ben, 'expense', DINNER, { ...dinner, title: 'Supper', tags: ['b'] }, [first])
  const alike = await shown(await openLedger(world.entries))
  assert.equal(alike.choices, 1)
  assert.deepEqual([alike.body.title, alike.body.note, alike.body.tags], ['Supper', 'a', ['b']])

  const other = apart()
  put(other.ann, 'expense', DINNER, { ...dinner, title: 'Supper' }, [other.first])
  put(other.ben, 'expense', DINNER, { ...dinner, title: 'Lunch' }, [other.first])
  assert.equal((await shown(await openLedger(other.world.entries))).choices, 2)
})

test('a deletion and an edit at once are a choice, and balances follow what counts until then', async () => {
  const { world, ann, ben, first } = apart()
  put(ann, 'expense', DINNER, { ...dinner, deleted: true }, [first])
  put(ben, 'expense', DINNER, costing(12_000), [first])
  const replica = await openLedger(world.entries)
  const expense = await shown(replica)
  assert.equal(expense.choices, 2)
  const balances = await balancesOf(replica, NAMES)
  assert.deepEqual(balances, expense.body.deleted ? {} : { Ann: 8000, Ben: -4000, Cat: -4000 })
  assert.equal((await replica.ledger.list({ state: 'conflict' })).total, 1)
})

test('what two people delete is deleted once, and can be restored', async () => {
  const { world, ann, ben, first } = apart()
  const gone = put(ann, 'expense', DINNER, { ...dinner, deleted: true }, [first])
  put(ben, 'expense', DINNER, { ...dinner, deleted: true }, [first])
  const replica = await openLedger(world.entries)
  assert.equal((await shown(replica)).choices, 1)
  assert.deepEqual(await balancesOf(replica, NAMES), {})
  assert.equal((await replica.ledger.list()).total, 0)
  assert.equal((await replica.ledger.list({ state: 'deleted' })).total, 1)
  ann.sync()
  await replica.receive(put(ann, 'expense', DINNER, dinner, [gone]).entry)
  assert.deepEqual(await balancesOf(replica, NAMES), { Ann: 6000, Ben: -3000, Cat: -3000 })
})

test('the same version written by two people is one, and the first of them wrote it', async () => {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const ben = world.device('b', 'Ben')
  const batch = ledgerId('file')
  ben.skewMs = 5000
  put(ben, 'expense', DINNER, dinner, [], batch)
  put(ann, 'expense', DINNER, dinner)
  for (const entries of [world.entries, world.entries.toReversed()]) {
    const replica = await openLedger(entries)
    const expense = await shown(replica)
    assert.equal(expense.choices, 1)
    assert.equal(expense.edited, false)
    assert.equal(expense.created.person, ANN)
    assert.deepEqual(await balancesOf(replica, NAMES), { Ann: 6000, Ben: -3000, Cat: -3000 })
  }
})

test('of two bills made for one day by different versions of a series nobody has to choose', async () => {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const ben = world.device('b', 'Ben')
  const origin = { kind: 'series', series: ledgerId('rent'), due: '2026-04-01' } as const
  const old = { ...origin, version: 'f'.repeat(64) as never, depth: 0 }
  const newer = { ...origin, version: '0'.repeat(64) as never, depth: 1 }
  put(ann, 'expense', DINNER, costing(9000, { origin: old }))
  put(ben, 'expense', DINNER, costing(9500, { origin: newer }))
  const expense = await shown(await openLedger(world.entries))
  assert.equal(expense.body.amountMinor, 9500)
  assert.equal(expense.choices, 1)
})

test('what is not internally balanced, or said under another form, is not there for anybody', async () => {
  const { world, ann, first } = apart()
  put(ann, 'expense', DINNER, { ...dinner, amountMinor: 9001 }, [first])
  ann.writeDraft({ type: 'ledger.expense', value: ['no', 'version'] })
  const expense = await shown(await openLedger(world.entries))
  assert.equal(expense.version, first.id)
  assert.equal(expense.edited, false)
})

test('a version that says it is deeper without replacing anything is refused', async () => {
  const { world, ann } = apart()
  const { value } = ledgerDraft(put(ann, 'expense', ledgerId('other'), dinner).version)
  const [id, replaces, , ...rest] = value as readonly never[]
  ann.writeDraft({ type: 'ledger.expense', value: [id, replaces, 7, ...rest] as never })
  const replica = await openLedger(world.entries)
  assert.equal((await replica.ledger.list()).total, 2)
  assert.equal((await replica.ledger.expense(ledgerId('other')))!.edited, false)
})

test('only admins archive a ledger', async () => {
  const { world, ann, ben } = apart()
  const archived = { name: 'archived', value: true } as const
  put(ben, 'setting', settingId('archived'), archived)
  const replica = await openLedger(world.entries)
  assert.equal((await replica.ledger.settings()).archived, false)
  await replica.receive(put(ann, 'setting', settingId('archived'), archived).entry)
  assert.equal((await replica.ledger.settings()).archived, true)
})

test('a placeholder that is linked to a person owes what the person owes, until the link is taken back', async () => {
  const { world, ben } = apart()
  const replica = await openLedger(world.entries)
  const link = put(ben, 'link', NAMES.Cat, { to: BEN })
  await replica.receive(link.entry)
  assert.deepEqual(await balancesOf(replica, NAMES), { Ann: 6000, Ben: -6000 })
  await replica.receive(put(ben, 'link', NAMES.Cat, { to: undefined }, [link]).entry)
  assert.deepEqual(await balancesOf(replica, NAMES), { Ann: 6000, Ben: -3000, Cat: -3000 })
})

test('links in a circle stand for one of them', async () => {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const [one, two, three] = ['one', 'two', 'three'].map(ledgerId)
  put(ann, 'expense', DINNER, bill({ amountMinor: 300, payer: ANN, among: [one!, two!, three!] }))
  put(ann, 'link', one!, { to: two! })
  put(ann, 'link', two!, { to: three! })
  put(ann, 'link', three!, { to: two! })
  const least = two! < three! ? two! : three!
  const replica = await openLedger(world.entries)
  assert.deepEqual(await balancesOf(replica, { Ann: ANN, least }), { Ann: 300, least: -300 })
})

test('a chain of ten thousand links is followed to its end, and a circle of as many to its least', async () => {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const chain = Array.from({ length: 10_000 }, (_, i) => ledgerId(`link ${i}`))
  const entries = chain.slice(1).map((to, i) => {
    world.entries.length = 0
    return { ...put(ann, 'link', chain[i]!, { to }).entry, past: new Set<never>() }
  })
  put(ann, 'expense', DINNER, bill({ amountMinor: 300, payer: ANN, among: [chain[0]!] }))
  const replica = await openLedger([...entries, world.entries.at(-1)!])
  assert.deepEqual(await balancesOf(replica, { Ann: ANN, end: chain.at(-1)! }), {
    Ann: 300,
    end: -300,
  })
  const least = chain.reduce((a, b) => (a < b ? a : b))
  await replica.receive(put(ann, 'link', chain.at(-1)!, { to: chain[0]! }).entry)
  assert.deepEqual(await balancesOf(replica, { Ann: ANN, least }), { Ann: 300, least: -300 })
})

test('a transfer is pending until its receiver says so, and again after it is changed', async () => {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const ben = world.device('b', 'Ben')
  const body = bill({ amountMinor: 500, payer: BEN, among: [ANN] }, { kind: 'transfer' })
  const paid = put(ben, 'expense', DINNER, body)
  const replica = await openLedger(world.entries)
  assert.equal((await shown(replica)).payment, 'pending')
  const [annAlone] = await replica.ledger.balances()
  assert.equal(annAlone!.pendingMinor, annAlone!.minor)

  const say = (device: CausalDevice, verdict: 'confirmed' | 'disputed') =>
    device.writeDraft(
      ledgerDraft({ kind: 'verdict', expense: DINNER, version: paid.id, verdict, note: '' }),
    )
  await replica.receive(say(ben, 'confirmed'))
  assert.equal((await shown(replica)).payment, 'pending', 'the payer cannot confirm it')
  await replica.receive(say(ann, 'disputed'))
  assert.equal((await shown(replica)).payment, 'disputed')
  await replica.receive(say(ann, 'confirmed'))
  assert.equal((await shown(replica)).payment, 'confirmed')
  ben.sync()
  await replica.receive(put(ben, 'expense', DINNER, { ...body, note: 'cash' }, [paid]).entry)
  assert.equal((await shown(replica)).payment, 'pending')
})

test('a comment is taken back by who wrote it and by admins, and by nobody else', async () => {
  const { world, ann, ben } = apart()
  const cat = world.device('c', 'Cat')
  const say = (text: string) =>
    ben.writeDraft(ledgerDraft({ kind: 'comment', expense: DINNER, text }))
  const replica = await openLedger(world.entries)
  const [one, two] = [say('one'), say('two')]
  await replica.receive(one, two, takeBack(cat, one))
  assert.equal((await shown(replica)).commentCount, 2)
  const elsewhere = { kind: 'uncomment', expense: ledgerId('lunch'), comment: one.id } as const
  await replica.receive(ben.writeDraft(ledgerDraft(elsewhere)))
  assert.equal((await shown(replica)).commentCount, 2, 'of another expense')
  assert.equal((await shown(await openLedger(world.entries))).commentCount, 2)
  await replica.receive(takeBack(ben, one), takeBack(ann, two))
  assert.equal((await shown(replica)).commentCount, 0)
})

function takeBack(device: CausalDevice, { id }: CausalEntry): CausalEntry {
  return device.writeDraft(ledgerDraft({ kind: 'uncomment', expense: DINNER, comment: id }))
}

const RECEIPT = {
  name: 'receipt.jpg',
  mediaType: 'image/jpeg',
  sizeBytes: 5000,
  root: new Uint8Array(32).fill(1),
  key: new Uint8Array(32).fill(2),
}

test('a receipt stands on a bill until who put it there, or an admin, takes it away', async () => {
  const { world, ann, ben } = apart()
  const one = ben.writeDraft(ledgerDraft({ kind: 'attach', expense: DINNER, attachment: RECEIPT }))
  ann.sync()
  const two = ann.writeDraft(
    ledgerDraft({ kind: 'attach', expense: DINNER, attachment: { ...RECEIPT, name: 'two.pdf' } }),
  )
  ben.sync()
  ben.writeDraft(ledgerDraft({ kind: 'detach', expense: DINNER, attachment: two.id }))
  const replica = await openLedger(world.entries)
  const attached = async () => (await replica.ledger.detail(DINNER))!.attachments
  assert.deepEqual(
    (await attached()).map(({ id, attachment }) => [id, attachment.name]),
    [
      [one.id, 'receipt.jpg'],
      [two.id, 'two.pdf'],
    ],
  )
  assert.deepEqual((await attached())[0]!.attachment, RECEIPT)
  assert.equal((await shown(replica)).attachmentCount, 2)
  await replica.receive(
    ann.writeDraft(ledgerDraft({ kind: 'detach', expense: DINNER, attachment: one.id })),
  )
  assert.deepEqual(
    (await attached()).map(({ id }) => id),
    [two.id],
  )
})

test('an earlier version that edits a bill leaves its receipts where they are', async () => {
  const { world, ann, first } = apart()
  ann.writeDraft(ledgerDraft({ kind: 'attach', expense: DINNER, attachment: RECEIPT }))
  put(ann, 'expense', DINNER, costing(6000), [first])
  const replica = await openLedger(world.entries)
  assert.equal((await shown(replica)).attachmentCount, 1)
  assert.equal((await shown(replica)).body.amountMinor, 6000)
})
