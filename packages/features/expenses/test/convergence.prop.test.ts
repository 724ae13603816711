/**
 * Goal: what a ledger says is a function of the set of entries, and money neither appears nor vanishes. Method: random
 * scripts of three people on four devices that see each other now and then, some naming versions they never saw; every
 * replica folds the same entries in another causal order, some of them twice.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CborValue, EntryId } from '@hamlet/core'
import type { ViewState } from '@hamlet/space/view'
import { CausalWorld, causalOrder, idOf } from '@hamlet/testkit/causal-world'
import type { CausalDevice, CausalEntry } from '@hamlet/testkit/causal-world'
import fc from 'fast-check'
import { foldLedger } from '../src/ledger/ledger-fold.ts'
import type { LedgerChange } from '../src/index.ts'
import { ledgerDraft, settingId } from '../src/index.ts'
import type { ExpenseBody, PartyId } from '../src/index.ts'
import { bill, hash, ledgerId, openLedger, person, put, stateHash } from './_ledger-world.ts'
import type { Written } from './_ledger-world.ts'

const step = fc.record(
  {
    who: fc.nat({ max: 3 }),
    what: fc.nat({ max: 12 }),
    target: fc.nat({ max: 40 }),
    amountMinor: fc.integer({ min: 1, max: 100_000 }),
    sync: fc.boolean(),
    skewMs: fc.integer({ min: -100_000, max: 100_000 }),
  },
  { noNullPrototype: true },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
const script = fc.array(step, { minLength: 1, maxLength: 30 })
const choices = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 30 })

const ANN = person('Ann')
const BEN = person('Ben')
const CAT = ledgerId('Cat')
const DAN = ledgerId('Dan')
const CATEGORY = { name: 'Food', emoji: '', retired: false }
const PARTIES: readonly PartyId[] = [ANN, BEN, CAT, DAN]

function play(steps: readonly Step[], lying: boolean): readonly CausalEntry[] {
  const world = new CausalWorld()
  const devices = [
    world.device('a1', 'Ann', 'owner'),
    world.device('a2', 'Ann', 'owner'),
    world.device('b', 'Ben'),
    world.device('c', 'Cat', 'reader'),
  ]
  const written: Written[] = []
  for (const each of steps) act(world, devices[each.who]!, written, each, lying)
  return world.entries
}

/** A liar replaces versions it has not seen. */
function act(
  world: CausalWorld,
  device: CausalDevice,
  written: Written[],
  each: Step,
  lying: boolean,
): void {
  device.skewMs = each.skewMs
  world.wallMs += 40_000
  if (each.sync) device.sync()
  const seen = written.filter(({ entry }) => lying || device.hasSeen(entry.id))
  const target = seen[each.target % Math.max(1, seen.length)]
  if (each.what === 9) return link(device, each)
  if (each.what === 10) return setUp(device, each)
  if (each.what === 12) return countersign(device, each)
  if (target?.version.record !== 'expense' || each.what <= 1) {
    const expense = ledgerId(`expense ${each.target % 5}`)
    // Of two imports, whose batches are not part of what they say; and now and then a category under the same id.
    const batch = each.what === 1 ? ledgerId(`batch ${each.skewMs % 2}`) : undefined
    if (each.target % 7 === 0) put(device, 'category', expense, CATEGORY, [], batch)
    return void written.push(put(device, 'expense', expense, bodyOf(each), [], batch))
  }
  const { id, body } = target.version
  const others = seen.filter(({ version }) => version.id === id).slice(0, each.target % 3)
  const replaced = each.what % 2 === 0 ? [target, ...others] : [target]
  const next = edited(each, body)
  if (next !== undefined) return void written.push(put(device, 'expense', id, next, replaced))
  talk(device, target, each)
}

function bodyOf({ amountMinor, target, what }: Step): ExpenseBody {
  const among = PARTIES.filter((_, i) => (target >> i) % 2 === 0)
  const payer = PARTIES[target % PARTIES.length]!
  const currency = what === 0 ? { code: 'JPY', exponent: 0 } : { code: 'EUR', exponent: 2 }
  return bill({ amountMinor, payer, among: among.length === 0 ? PARTIES : among }, { currency })
}

function edited(each: Step, body: ExpenseBody): ExpenseBody | undefined {
  switch (each.what) {
    case 2:
    case 3:
      return { ...body, title: `title ${each.target}` }
    case 4:
      return { ...body, note: `note ${each.target}` }
    case 5:
      return { ...body, deleted: !body.deleted }
    case 6:
    case 7:
      return { ...bodyOf(each), title: body.title }
    default:
      return undefined
  }
}

function talk(device: CausalDevice, { version, id, entry }: Written, each: Step): void {
  const expense = version.id
  if (each.target % 3 === 0) {
    device.writeDraft(ledgerDraft({ kind: 'comment', expense, text: `comment ${each.target}` }))
  } else if (each.target % 3 === 1) {
    device.writeDraft(ledgerDraft({ kind: 'uncomment', expense, comment: entry.id }))
  } else {
    const verdict = each.amountMinor % 2 === 0 ? 'confirmed' : 'disputed'
    device.writeDraft(ledgerDraft({ kind: 'verdict', expense, version: id, verdict, note: '' }))
  }
}

function link(device: CausalDevice, each: Step): void {
  const to = each.target % 4 === 0 ? undefined : PARTIES[each.target % PARTIES.length]
  put(device, 'link', each.amountMinor % 2 === 0 ? CAT : DAN, { to })
}

/** People with two devices may do it twice. */
function countersign(device: CausalDevice, each: Step): void {
  const balances = ledgerId(`balances ${each.target % 2}`).repeat(2)
  const lock = idOf<EntryId>(`lock ${each.target % 2}`)
  device.writeDraft(ledgerDraft({ kind: 'lock-sign', lock, balances }))
}

function setUp(device: CausalDevice, each: Step): void {
  const archived = { name: 'archived', value: each.target % 2 === 0 } as const
  put(device, 'setting', settingId('archived'), archived)
}

for (const lying of [false, true]) {
  const title = lying ? 'when authors name versions they have not seen' : 'in every causal order'
  test(`replicas hold the same ledger ${title}`, async () => {
    await fc.assert(
      fc.asyncProperty(script, choices, choices, async (steps, one, other) => {
        const entries = play(steps, lying)
        const left = await openLedger(causalOrder(entries, one))
        const right = await openLedger()
        for (const entry of causalOrder(entries, other)) right.source.add(entry)
        await right.runner.caughtUp()
        assert.equal(await stateHash(left.view), await stateHash(right.view))
        assert.deepEqual(await left.ledger.balances(), await right.ledger.balances())
        assert.deepEqual(await left.ledger.parties(), await right.ledger.parties())
        assert.deepEqual(
          await left.ledger.list({ state: 'all' }),
          await right.ledger.list({ state: 'all' }),
        )
      }),
      { numRuns: 60 },
    )
  })
}

test('in every prefix of every causal order balances sum to zero in each currency', async () => {
  await fc.assert(
    fc.asyncProperty(script, choices, async (steps, order) => {
      const replica = await openLedger()
      for (const entry of causalOrder(play(steps, true), order)) {
        await replica.receive(entry)
        const sums = new Map<string, bigint>()
        for (const { currency, minor } of await replica.ledger.balances()) {
          sums.set(currency.code, (sums.get(currency.code) ?? 0n) + minor)
        }
        for (const [code, sum] of sums) assert.equal(sum, 0n, code)
      }
    }),
    { numRuns: 30 },
  )
})

test('a ledger that follows its view says what one opened afterwards says', async () => {
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      const followed = await openLedger()
      const entries = play(steps, false)
      for (const entry of entries) {
        await followed.ledger.list()
        await followed.receive(entry)
      }
      const opened = await openLedger(entries)
      const query = { state: 'all' } as const
      assert.deepEqual(await followed.ledger.list(query), await opened.ledger.list(query))
      assert.deepEqual(await followed.ledger.balances(), await opened.ledger.balances())
      assert.deepEqual(await followed.ledger.parties(), await opened.ledger.parties())
    }),
    { numRuns: 30 },
  )
})

test('folding every entry again, in any place, changes nothing', () => {
  fc.assert(
    fc.property(script, choices, (steps, order) => {
      const entries = causalOrder(play(steps, true), order)
      const once = foldAll(entries)
      const twice = foldAll(entries.flatMap((entry, i) => [entry, entries[i >> 1]!, entry]))
      assert.deepEqual(twice, once)
      assert.deepEqual(foldAll([...entries, ...entries.toReversed()]), once)
    }),
  )
})

function foldAll(entries: readonly CausalEntry[]): ReadonlyMap<string, CborValue> {
  const values = new Map<string, CborValue>()
  const state: ViewState<LedgerChange> = {
    get: (key) => values.get(key),
    getMany: (keys) => keys.map((key) => values.get(key)),
    keys: (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)).sort(),
    put: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
    emit() {},
  }
  for (const entry of entries) foldLedger(hash, entry, state)
  return new Map([...values].sort(([a], [b]) => (a < b ? -1 : 1)))
}
