import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryViewSource, openViewRunner } from '@hamlet/space/view'
import { createMemoryKv } from '@hamlet/store'
import { CausalWorld } from '@hamlet/testkit/causal-world'
import { Ledger, ledgerView } from '../src/index.ts'
import { bill, hash, ledgerId, openLedger, person, put, stateHash } from './_ledger-world.ts'

const ANN = person('Ann')
const BEN = person('Ben')
const BODY = bill({ amountMinor: 900, payer: ANN, among: [ANN, BEN] })

test('an entry is read and hashed once when it is folded, and not at all when the index is there', async () => {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const ben = world.device('b', 'Ben')
  const first = put(ann, 'expense', ledgerId('dinner'), BODY)
  ben.sync()
  // Two heads: their fold asks for what no one knew it would need, and is started anew.
  put(ann, 'expense', ledgerId('dinner'), { ...BODY, title: 'Supper' }, [first])
  put(ben, 'expense', ledgerId('dinner'), { ...BODY, note: 'late' }, [first])
  let hashes = 0
  const counted = (...parts: readonly Uint8Array[]) => {
    hashes++
    return hash(...parts)
  }
  const source = new MemoryViewSource()
  source.add(...world.entries)
  const kv = createMemoryKv()
  const open = async () => {
    const definition = ledgerView(counted)
    const runner = await openViewRunner({ source, kv, views: [definition] })
    await runner.caughtUp()
    const ledger = new Ledger(runner.view(definition), counted)
    const { expenses } = await ledger.list()
    await runner.close()
    return expenses.map(({ body }) => [body.title, body.note])
  }
  assert.deepEqual(await open(), [['Supper', 'late']])
  assert.equal(hashes, 3)
  assert.deepEqual(await open(), [['Supper', 'late']])
  assert.equal(hashes, 3)
})

test('one version that two imports brought is stored alike in whatever order they came', async () => {
  const world = new CausalWorld()
  const [ann, ben] = [world.device('a', 'Ann', 'owner'), world.device('b', 'Ben')]
  for (const [device, file] of [
    [ann, 'one'],
    [ben, 'other'],
  ] as const) {
    put(device, 'expense', ledgerId('row'), BODY, [], ledgerId(file))
  }
  const [left, right] = [world.entries, world.entries.toReversed()]
  const hashes = await Promise.all(
    [left, right].map(async (entries) => stateHash((await openLedger(entries)).view)),
  )
  assert.equal(hashes[0], hashes[1])
})
