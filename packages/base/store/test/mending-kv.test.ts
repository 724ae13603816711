/** A database that must be opened anew after a failed write, as LevelDB must, and a disk that can be filled. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@hamlet/core'
import type { Kv, KvRange } from '@hamlet/core'
import { createMemoryKv, StoreError } from '@hamlet/store'
import { kvConformance } from '@hamlet/testkit/conformance/kv'
import { openMendingKv } from '../src/mending-kv.ts'

/** What survives an opening is what was written before the first failure: the rest is behind noise in the journal. */
class JournaledDatabase {
  readonly #durable = createMemoryKv()
  isFull = false
  /** The disk is so full that the database cannot be opened. */
  failsToOpen = false
  openings = 0
  roomChecks = 0

  readonly open = async (): Promise<Kv> => {
    if (this.failsToOpen) throw new StoreError('STORE_FULL', 'no room to open')
    this.openings++
    const live = createMemoryKv()
    for await (const [key, value] of this.#durable.range({})) await live.put(key, value)
    return this.#over(live)
  }

  readonly checkRoom = async (): Promise<void> => {
    this.roomChecks++
    if (this.isFull) throw new StoreError('STORE_FULL', 'still no room')
  }

  #over(live: Kv): Kv {
    let hasNoise = false
    const write = async (operation: (kv: Kv) => Promise<void>): Promise<void> => {
      if (this.isFull) {
        hasNoise = true
        throw new StoreError('STORE_FULL', 'no room')
      }
      await operation(live)
      if (!hasNoise) await operation(this.#durable)
    }
    return {
      get: (key) => live.get(key),
      getMany: (keys) => live.getMany(keys),
      range: (range) => live.range(range),
      close: () => live.close(),
      put: (key, value) => write((kv) => kv.put(key, value)),
      delete: (key) => write((kv) => kv.delete(key)),
      batch: (writes) => write((kv) => kv.batch(writes)),
      clear: (range) => write((kv) => kv.clear(range)),
    }
  }
}

async function keysOf(kv: Kv, range: KvRange = {}): Promise<string[]> {
  const keys: string[] = []
  for await (const [key] of kv.range(range)) keys.push(new TextDecoder().decode(key))
  return keys
}

async function filled(...keys: string[]): Promise<{ database: JournaledDatabase; kv: Kv }> {
  const database = new JournaledDatabase()
  const kv = await openMendingKv(database)
  for (const key of keys) await kv.put(utf8(key), utf8('x'))
  return { database, kv }
}

const full = { code: 'STORE_FULL' }

kvConformance(
  (title, body) => test(`mending ${title}`, body),
  { create: () => openMendingKv(new JournaledDatabase()), destroy: (kv) => kv.close() },
  { persistent: false, closes: true },
)

test('what is written after a full disk is there after the next opening', async () => {
  const { database, kv } = await filled('a')
  database.isFull = true
  await assert.rejects(kv.put(utf8('b'), utf8('x')), full)
  database.isFull = false
  await kv.put(utf8('c'), utf8('x'))
  await kv.close()
  assert.deepEqual(await keysOf(await database.open()), ['a', 'c'])
})

test('while the disk is full the store is read, its writes fail, and it is not closed', async () => {
  const { database, kv } = await filled('a')
  database.isFull = true
  for (let i = 0; i < 3; i++) await assert.rejects(kv.put(utf8('b'), utf8('x')), full)
  assert.deepEqual(await keysOf(kv), ['a'])
  assert.equal(database.openings, 1)
  assert.equal(database.roomChecks, 2)
})

test('writes that wait for one opening share it', async () => {
  const { database, kv } = await filled()
  database.isFull = true
  await assert.rejects(kv.delete(utf8('a')), full)
  database.isFull = false
  const keys = Array.from({ length: 20 }, (_, i) => `k${10 + i}`)
  await Promise.all(keys.map((key) => kv.put(utf8(key), utf8('x'))))
  assert.equal(database.openings, 2)
  assert.deepEqual(await keysOf(kv), keys)
})

test('iterations go on where they were when the store is opened anew, in either direction and within a limit', async () => {
  const ranges: readonly (readonly [KvRange, string[]])[] = [
    [{}, ['a', 'b', 'c', 'd']],
    [{ reverse: true }, ['d', 'c', 'b', 'a']],
    [{ gt: utf8('a'), lt: utf8('d') }, ['b', 'c']],
    [{ gte: utf8('b'), limit: 2 }, ['b', 'c']],
    [{ limit: 1 }, ['a']],
  ]
  for (const [range, expected] of ranges) {
    const { database, kv } = await filled('a', 'b', 'c', 'd')
    database.isFull = true
    await assert.rejects(kv.put(utf8('z'), utf8('x')), full)
    database.isFull = false
    const seen: string[] = []
    for await (const [key] of kv.range(range)) {
      seen.push(new TextDecoder().decode(key))
      if (seen.length === 1) await kv.put(utf8('a'), utf8('again'))
    }
    assert.equal(database.openings, 2)
    assert.deepEqual(seen, expected)
  }
})

test('a store that could not be opened again says so, and is opened by the next who asks', async () => {
  const { database, kv } = await filled('a')
  database.isFull = true
  await assert.rejects(kv.put(utf8('b'), utf8('x')), full)
  database.isFull = false
  database.failsToOpen = true
  await assert.rejects(kv.put(utf8('b'), utf8('x')), full)
  await assert.rejects(kv.get(utf8('a')), full)
  database.failsToOpen = false
  assert.deepEqual(await kv.get(utf8('a')), utf8('x'))
  await kv.put(utf8('c'), utf8('x'))
  await kv.close()
  await assert.rejects(kv.get(utf8('a')), { code: 'STORE_CLOSED' })
  assert.deepEqual(await keysOf(await database.open()), ['a', 'c'])
})

test('reads, writes and an opening at once end well', async () => {
  const { database, kv } = await filled('a')
  for (let round = 0; round < 20; round++) {
    database.isFull = true
    await assert.rejects(kv.put(utf8('n'), utf8('x')), full)
    database.isFull = false
    const reads = Array.from({ length: 10 }, () => kv.get(utf8('a')))
    const writes = Array.from({ length: 10 }, (_, i) => kv.put(utf8(`w${i}`), utf8('x')))
    const found = await Promise.all(reads)
    assert.ok(found.every((value) => value !== undefined))
    await Promise.all(writes)
  }
  assert.equal(database.openings, 21)
  await kv.close()
})

test('a failure that an opening does not mend is passed on, and nothing is opened', async () => {
  const { database, kv } = await filled('a')
  await kv.close()
  await assert.rejects(kv.put(utf8('b'), utf8('x')), { code: 'STORE_CLOSED' })
  assert.equal(database.openings, 1)
})
