/**
 * Goal: whatever happens between, a view is the fold of the set its source counts. Method: a view that sums values and
 * keeps one key per entry, fed by hand-made entries; failing and counting stores around a memory store.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryKv } from '@hamlet/store'
import { MemoryViewSource, openViewRunner, VIEW_RETRY_MS } from '../../src/view/index.ts'
import { testEntry } from './_entries.ts'
import type { Cancel, Kv } from '@hamlet/core'
import type { View, ViewDefinition, ViewEvent } from '../../src/view/index.ts'

const sumView: ViewDefinition<string> = {
  name: 'sum',
  version: 1,
  types: new Map([
    ['test.add', 'writer'],
    ['test.wipe', 'admin'],
    ['test.bug', 'writer'],
  ]),
  reads: () => ['total'],
  fold(entry, state) {
    if (entry.type === 'test.wipe') {
      for (const key of state.keys('e/')) state.delete(key)
      state.put('total', 0)
      return
    }
    state.put(`e/${String(entry.seq).padStart(6, '0')}/${entry.id}`, entry.value)
    const total = state.get('total')
    state.put('total', (typeof total === 'number' ? total : 0) + Number(entry.value))
    // A key `reads` does not name: fetched on demand.
    const seen = state.get(`device/${entry.device}`)
    state.put(`device/${entry.device}`, (typeof seen === 'number' ? seen : 0) + 1)
    state.emit(entry.id)
    if (entry.type === 'test.bug') throw new TypeError('a bug in the fold')
  },
  arrive(entry, _state, local) {
    local.put(`arrived/${entry.id}`, true)
  },
}

function openSum(source: MemoryViewSource, kv: Kv, view: ViewDefinition<string> = sumView) {
  return openViewRunner({ source, kv, views: [view] })
}

async function contents(view: View<string>): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {}
  for await (const [key, value] of view.range('')) state[key] = value
  return state
}

async function allKeys(kv: Kv): Promise<string[]> {
  const keys: string[] = []
  for await (const [key] of kv.range({})) keys.push(Buffer.from(key).toString())
  return keys
}

async function freshContents(source: MemoryViewSource): Promise<Record<string, unknown>> {
  const runner = await openSum(source, createMemoryKv())
  await runner.caughtUp()
  return contents(runner.view(sumView))
}

/** Counts what a runner reads from its source. */
class CountingSource extends MemoryViewSource {
  read = 0

  override async *entries(...bounds: Parameters<MemoryViewSource['entries']>) {
    for await (const batch of super.entries(...bounds)) {
      this.read += batch.length
      yield batch
    }
  }
}

test('folds what is there and what comes, and tells subscribers after it is stored', async () => {
  const source = new MemoryViewSource()
  source.add(testEntry({ seq: 0, value: 5 }))
  const runner = await openSum(source, createMemoryKv())
  const view = runner.view(sumView)
  await runner.caughtUp()
  assert.equal(await view.get('total'), 5)
  const events: ViewEvent<string>[] = []
  view.subscribe((event) => events.push(event))
  const entry = testEntry({ seq: 1, value: 7 })
  source.add(entry)
  await runner.caughtUp()
  assert.equal(await view.get('total'), 12)
  assert.deepEqual(events, [{ kind: 'changed', changes: [entry.id] }])
})

test('stores null as a value and takes a deleted key away', async () => {
  const source = new MemoryViewSource()
  const definition: ViewDefinition<string> = {
    ...sumView,
    fold(entry, state) {
      if (entry.value === 0) state.delete('key')
      else state.put('key', null)
    },
  }
  const runner = await openSum(source, createMemoryKv(), definition)
  source.add(testEntry({ seq: 0 }))
  await runner.caughtUp()
  assert.deepEqual(await contents(runner.view(sumView)), { key: null })
  source.add(testEntry({ seq: 1 }), testEntry({ seq: 2, value: 0 }))
  await runner.caughtUp()
  assert.deepEqual(await contents(runner.view(sumView)), {})
})

test('ignores unknown types and authors whose role is too low', async () => {
  const source = new MemoryViewSource()
  source.add(
    testEntry({ seq: 0, type: 'other.add' }),
    testEntry({ seq: 1, role: 'reader' }),
    testEntry({ seq: 2, type: 'test.wipe', role: 'writer' }),
    testEntry({ seq: 3, value: 3, role: 'owner' }),
  )
  const runner = await openSum(source, createMemoryKv())
  await runner.caughtUp()
  assert.equal(await runner.view(sumView).get('total'), 3)
})

test('lists keys under a prefix with stored, batched and own writes', async () => {
  const source = new MemoryViewSource()
  const kv = createMemoryKv()
  source.add(testEntry({ seq: 0 }))
  const runner = await openSum(source, kv)
  await runner.caughtUp()
  source.add(
    testEntry({ seq: 1 }),
    testEntry({ seq: 2, type: 'test.wipe', role: 'admin' }),
    testEntry({ seq: 3, value: 9 }),
  )
  await runner.caughtUp()
  const state = await contents(runner.view(sumView))
  assert.deepEqual(
    Object.keys(state).filter((key) => key.startsWith('e/')),
    [`e/000003/${testEntry({ seq: 3 }).id}`],
  )
  assert.equal(state.total, 9)
})

test('lists stored and batched keys in the order of their bytes', async () => {
  const names = ['a', '\u{1f600}', '\uffee', '\ue000', 'z', 'é', '']
  const definition: ViewDefinition<string> = {
    ...sumView,
    fold(entry, state) {
      if (entry.seq < names.length) state.put(`k/${names[entry.seq]}`, null)
      else state.put('order', state.keys('k/'))
    },
  }
  const source = new MemoryViewSource()
  const runner = await openSum(source, createMemoryKv(), definition)
  source.add(...[0, 1, 2].map((seq) => testEntry({ seq })))
  await runner.caughtUp()
  source.add(...[3, 4, 5, 6, 7].map((seq) => testEntry({ seq })))
  await runner.caughtUp()
  const view = runner.view(sumView)
  const stored: string[] = []
  for await (const [key] of view.range('k/')) stored.push(key)
  assert.equal(stored.length, names.length)
  assert.deepEqual(await view.get('order'), stored)
})

test('starts from its checkpoint and reads only what is new', async () => {
  const source = new CountingSource()
  const kv = createMemoryKv()
  for (let seq = 0; seq < 2500; seq++) source.add(testEntry({ seq }))
  const first = await openSum(source, kv)
  await first.caughtUp()
  await first.close()
  assert.equal(source.read, 2500)
  source.add(testEntry({ seq: 2500 }))
  const second = await openSum(source, kv)
  await second.caughtUp()
  assert.equal(source.read, 2501)
  assert.equal(await second.view(sumView).get('total'), 2501)
})

test('rebuilds when an entry below the checkpoint becomes void, also while it was closed', async () => {
  const source = new MemoryViewSource()
  const kv = createMemoryKv()
  const entries = [1, 10, 100].map((value, seq) => testEntry({ seq, value }))
  source.add(...entries)
  const first = await openSum(source, kv)
  const events: string[] = []
  first.view(sumView).subscribe((event) => events.push(event.kind))
  await first.caughtUp()
  source.hide(entries[1]!)
  await first.caughtUp()
  assert.equal(await first.view(sumView).get('total'), 101)
  assert.deepEqual(events, ['changed', 'rebuilt'])
  await first.close()
  source.reveal(entries[1]!)
  source.hide(entries[2]!)
  const second = await openSum(source, kv)
  await second.caughtUp()
  assert.deepEqual(await contents(second.view(sumView)), await freshContents(source))
})

test('does not rebuild when a rewrite leaves what it folded as it was', async () => {
  const source = new CountingSource()
  const entries = [0, 1, 2].map((seq) => testEntry({ seq }))
  source.add(...entries)
  source.hide(entries[2]!)
  const runner = await openSum(source, createMemoryKv())
  await runner.caughtUp()
  const readBefore = source.read
  source.hide(entries[2]!)
  await runner.caughtUp()
  assert.equal(source.read, readBefore)
})

test('leaves no keys of earlier generations behind', async () => {
  const source = new MemoryViewSource()
  const kv = createMemoryKv()
  const entries = [0, 1, 2].map((seq) => testEntry({ seq }))
  source.add(...entries)
  const runner = await openSum(source, kv)
  await runner.caughtUp()
  const before = await allKeys(kv)
  source.hide(entries[0]!)
  await runner.caughtUp()
  source.reveal(entries[0]!)
  await runner.caughtUp()
  const generations = (await allKeys(kv)).map((key) => key.replace(/0000000\d/, 'generation'))
  assert.deepEqual(
    generations.filter((key) => key !== 'v/sum/active'),
    before.map((key) => key.replace('00000000', 'generation')),
  )
})

test('readers see the old state until a rebuild has caught up', async () => {
  const source = new MemoryViewSource()
  const entries = Array.from({ length: 1500 }, (_, seq) => testEntry({ seq }))
  source.add(...entries)
  const runner = await openSum(source, createMemoryKv())
  await runner.caughtUp()
  const view = runner.view(sumView)
  source.hide(entries[0]!)
  const totals = new Set<unknown>()
  const events: ViewEvent<string>[] = []
  view.subscribe((event) => events.push(event))
  while (!events.some(({ kind }) => kind === 'rebuilt')) totals.add(await view.get('total'))
  totals.add(await view.get('total'))
  assert.deepEqual([...totals].map(String).sort(), ['1499', '1500'])
})

test('another version of a definition starts from nothing', async () => {
  const source = new MemoryViewSource()
  const kv = createMemoryKv()
  source.add(testEntry({ seq: 0, value: 4 }))
  const first = await openSum(source, kv)
  await first.caughtUp()
  await first.close()
  const second = await openSum(source, kv, {
    ...sumView,
    version: 2,
    fold: (entry, state) => state.put('only', entry.value),
  })
  await second.caughtUp()
  assert.deepEqual(await contents(second.view(sumView)), { only: 4 })
})

test('notes arrival once, after the first complete pass, and keeps it across rebuilds', async () => {
  const source = new MemoryViewSource()
  const kv = createMemoryKv()
  const [early, late] = [testEntry({ seq: 0 }), testEntry({ seq: 1 })]
  source.add(early)
  const runner = await openSum(source, kv)
  await runner.caughtUp()
  source.add(late)
  await runner.caughtUp()
  const { local } = runner.view(sumView)
  await local.put('draft', 'half a sentence')
  source.hide(early)
  await runner.caughtUp()
  const facts: string[] = []
  for await (const [key] of local.range('')) facts.push(key)
  assert.deepEqual(facts, [`arrived/${late.id}`, 'draft'])
})

test('an entry that trips the fold is skipped without a trace and the rest goes on', async () => {
  const source = new MemoryViewSource()
  source.add(
    testEntry({ seq: 0, value: 1 }),
    testEntry({ seq: 1, value: 2, type: 'test.bug' }),
    testEntry({ seq: 2, value: 4 }),
  )
  const runner = await openSum(source, createMemoryKv())
  await runner.caughtUp()
  const state = await contents(runner.view(sumView))
  assert.equal(state.total, 5)
  assert.equal(Object.keys(state).length, 4)
})

test('a failed write leaves the stored state whole and the next change goes on from it', async () => {
  const source = new MemoryViewSource()
  const kv = createMemoryKv()
  let failing = false
  const fragile: Kv = new Proxy(kv, {
    get(target, property: keyof Kv) {
      if (property === 'batch' && failing) return () => Promise.reject(new Error('disk full'))
      return target[property].bind(target)
    },
  })
  source.add(testEntry({ seq: 0, value: 1 }))
  const runner = await openSum(source, fragile)
  await runner.caughtUp()
  failing = true
  source.add(testEntry({ seq: 1, value: 2 }))
  await assert.rejects(runner.caughtUp(), /disk full/)
  assert.equal(await runner.view(sumView).get('total'), 1)
  failing = false
  source.add(testEntry({ seq: 2, value: 4 }))
  await runner.caughtUp()
  assert.deepEqual(await contents(runner.view(sumView)), await freshContents(source))
})

test('with a clock, folding that failed is tried again by itself until it succeeds, and not after closing', async () => {
  const source = new MemoryViewSource()
  const kv = createMemoryKv()
  let failing = true
  let attempts = 0
  const fragile: Kv = new Proxy(kv, {
    get(target, property: keyof Kv) {
      if (property === 'batch') attempts++
      if (property === 'batch' && failing) return () => Promise.reject(new Error('disk full'))
      return target[property].bind(target)
    },
  })
  const timers: { readonly delayMs: number; readonly callback: () => void; isSet: boolean }[] = []
  const clock = {
    after(delayMs: number, callback: () => void): Cancel {
      const timer = { delayMs, callback, isSet: true }
      timers.push(timer)
      return () => void (timer.isSet = false)
    },
  }
  source.add(testEntry({ seq: 0, value: 1 }))
  const runner = await openViewRunner({ source, kv: fragile, views: [sumView], clock })
  await assert.rejects(runner.caughtUp(), /disk full/)
  assert.deepEqual(
    timers.map(({ delayMs, isSet }) => [delayMs, isSet]),
    [[VIEW_RETRY_MS, true]],
  )
  const changed = new Promise<void>((resolve) => {
    runner.view(sumView).subscribe(() => resolve())
  })
  failing = false
  timers[0]!.callback()
  await changed
  assert.equal(await runner.view(sumView).get('total'), 1)
  await runner.caughtUp()
  failing = true
  source.add(testEntry({ seq: 1, value: 2 }))
  await assert.rejects(runner.caughtUp(), /disk full/)
  assert.equal(timers.at(-1)!.isSet, true)
  await runner.close()
  assert.equal(timers.at(-1)!.isSet, false)
  const before = attempts
  timers.at(-1)!.callback()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(attempts, before)
})

test('a run cut short between batches is continued, not repeated', async () => {
  const source = new CountingSource()
  const kv = createMemoryKv()
  for (let seq = 0; seq < 3000; seq++) source.add(testEntry({ seq }))
  const first = await openSum(source, kv)
  const stored = new Promise<void>((resolve) => {
    first.view(sumView).subscribe(() => resolve())
  })
  await stored
  await first.close()
  await assert.rejects(first.caughtUp(), { code: 'VIEW_CLOSED' })
  const readBefore = source.read
  const second = await openSum(source, kv)
  await second.caughtUp()
  assert.ok(source.read - readBefore < 3000)
  assert.deepEqual(await contents(second.view(sumView)), await freshContents(source))
})

test('damaged values are thrown away and built anew', async () => {
  const source = new MemoryViewSource()
  const kv = createMemoryKv()
  source.add(testEntry({ seq: 0, value: 1 }))
  const first = await openSum(source, kv)
  await first.caughtUp()
  await first.close()
  await kv.put(Buffer.from('v/sum/00000000/d/total'), new Uint8Array([0xff]))
  const second = await openSum(source, kv)
  source.add(testEntry({ seq: 1, value: 2 }))
  await second.caughtUp()
  assert.deepEqual(await contents(second.view(sumView)), await freshContents(source))
})

test('damaged checkpoints are no checkpoints', async () => {
  const source = new MemoryViewSource()
  for (const damage of [new Uint8Array(), new Uint8Array([0x85, 1, 1, 1, 1, 1])]) {
    const kv = createMemoryKv()
    const first = await openSum(source, kv)
    source.add(testEntry({ seq: source.lengths().size }))
    await first.caughtUp()
    await first.close()
    await kv.put(Buffer.from('v/sum/00000000/c'), damage)
    const second = await openSum(source, kv)
    await second.caughtUp()
    assert.deepEqual(await contents(second.view(sumView)), await freshContents(source))
  }
})

test('views with different checkpoints share one pass', async () => {
  const source = new CountingSource()
  const kv = createMemoryKv()
  for (let seq = 0; seq < 1000; seq++) source.add(testEntry({ seq }))
  const alone = await openSum(source, kv)
  await alone.caughtUp()
  await alone.close()
  source.read = 0
  const other: ViewDefinition<string> = { ...sumView, name: 'other' }
  const both = await openViewRunner({ source, kv, views: [sumView, other] })
  await both.caughtUp()
  assert.equal(source.read, 1000)
  assert.equal(await both.view(sumView).get('total'), 1000)
  assert.equal(await both.view(other).get('total'), 1000)
})

test('ranges are bounded, limited and reversed within their prefix', async () => {
  const source = new MemoryViewSource()
  for (let seq = 0; seq < 5; seq++) source.add(testEntry({ seq, value: seq }))
  const runner = await openSum(source, createMemoryKv())
  await runner.caughtUp()
  const view = runner.view(sumView)
  const values = async (range: Parameters<typeof view.range>[1]) => {
    const found: unknown[] = []
    for await (const [, value] of view.range('e/', range)) found.push(value)
    return found
  }
  assert.deepEqual(await values({}), [0, 1, 2, 3, 4])
  assert.deepEqual(await values({ gte: '000001', lt: '000003' }), [1, 2])
  assert.deepEqual(await values({ reverse: true, limit: 2 }), [4, 3])
  assert.deepEqual(await values({ lt: '000002', reverse: true, limit: 1 }), [1])
})
