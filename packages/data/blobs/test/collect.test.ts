/** Quota, expiry, least recent use, and giving back room in the packs. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHUNK_BYTES } from '@hamlet/blobs'
import type { BlobId, BlobStore } from '@hamlet/blobs'
import { createMemoryDisk } from '@hamlet/store'
import { patternBytes } from './_blobs.ts'
import { SourceBlob, StillClock, openStore } from './_store.ts'

async function putAged(store: BlobStore, clock: StillClock, count: number): Promise<BlobId[]> {
  const ids: BlobId[] = []
  for (let n = 0; n < count; n++) {
    clock.now += 1000
    ids.push(await store.put(patternBytes(10_000, 1 + n)))
  }
  return ids
}

test('collects what has expired first, then what was used least recently, until the quota is met', async () => {
  const clock = new StillClock()
  await using store = await openStore(createMemoryDisk(), { clock })
  const ids = await putAged(store, clock, 6)
  await store.setTtl(ids[5]!, 10)
  await store.setTtl(ids[4]!, 50)
  clock.now += 20
  await store.read(ids[0]!, 0, 1)
  store.setQuota(35_000)
  assert.deepEqual(await store.collect(), { blobCount: 3, bytes: 30_000 })
  assert.deepEqual(
    ids.map((id) => store.has(id)),
    [true, false, false, true, true, false],
  )
  clock.now += 100
  assert.deepEqual(await store.collect(), { blobCount: 1, bytes: 10_000 })
  assert.ok(!store.has(ids[4]!))
})

test('never collects what is pinned or in use, however old', async () => {
  const clock = new StillClock()
  await using store = await openStore(createMemoryDisk(), { clock })
  const ids = await putAged(store, clock, 4)
  for (const id of ids) await store.setTtl(id, 0)
  await store.pin(ids[0]!, 'me')
  const serving = (await store.serve(ids[1]!))!
  const reading = store.stream(ids[2]!)
  await reading.next()
  store.setQuota(0)
  await store.collect()
  assert.deepEqual(
    ids.map((id) => store.has(id)),
    [true, true, true, false],
  )
  serving.close()
  await reading.return(undefined)
  await store.unpin(ids[0]!, 'me')
  assert.deepEqual(await store.collect(), { blobCount: 3, bytes: 30_000 })
})

test('a blob that is begun counts with its whole size, and what does not fit is refused', async () => {
  const clock = new StillClock()
  await using store = await openStore(createMemoryDisk(), { clock, quotaBytes: 1_000_000 })
  const [old] = await putAged(store, clock, 1)
  const film = new SourceBlob(patternBytes(3 * CHUNK_BYTES))
  const blob = await store.begin(film.id)
  assert.equal(store.stats().reservedBytes, 10_000 + film.bytes.length)
  await assert.rejects(store.put(patternBytes(300_000)), { code: 'BLOB_QUOTA' })
  assert.ok(!store.has(old!), 'what nobody wants kept made room first')
  const other = new SourceBlob(patternBytes(CHUNK_BYTES, 7))
  await assert.rejects(store.begin(other.id), { code: 'BLOB_QUOTA' })
  assert.equal(store.info(other.id), undefined)
  blob.close()
  await store.put(patternBytes(300_000), { pinned: 'me' })
  assert.equal(store.info(film.id), undefined)
})

test('many who want the last room get it once', async () => {
  await using store = await openStore(createMemoryDisk(), { quotaBytes: 100_000 })
  const tries = Array.from({ length: 10 }, (_, n) =>
    store.put(patternBytes(40_000, n), { pinned: 'me' }),
  )
  const outcomes = await Promise.allSettled(tries)
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 2)
  assert.equal(store.stats().reservedBytes, 80_000)
})

test('packs are compacted when most of them is garbage, and nothing is lost by that', async () => {
  const clock = new StillClock()
  const disk = createMemoryDisk()
  const store = await openStore(disk, { clock, packBytes: 1_000_000 })
  const kept: BlobId[] = []
  for (let n = 0; n < 200; n++) {
    const id = await store.put(patternBytes(50_000, 1000 * n))
    if (n % 10 === 0) kept.push(id)
    else await store.delete(id)
  }
  const large = await store.put(patternBytes(100_000), { pinned: 'me' })
  const before = packBytes(disk.files())
  assert.ok(before > 10_000_000)
  const reads = await readWhile(store, kept, store.collect())
  assert.ok(reads > 5, 'others were served meanwhile')
  assert.ok(packBytes(disk.files()) < 6_000_000)
  await using again = await openStore(createMemoryDisk({ files: disk.files() }), { clock })
  assert.equal([...again.list()].length, 21)
  for (const [n, id] of kept.entries()) {
    assert.deepEqual(await again.read(id, 0, 50_000), patternBytes(50_000, 10_000 * n))
  }
  assert.deepEqual(again.info(large)!.pins, ['me'])
})

/** How many reads came to an end before `work` did. */
async function readWhile(
  store: BlobStore,
  ids: readonly BlobId[],
  work: Promise<unknown>,
): Promise<number> {
  const state = { isDone: false }
  const done = work.then(() => void (state.isDone = true))
  let reads = 0
  for (; !state.isDone; reads++) {
    await store.read(ids[reads % ids.length]!, 0, 10)
    await new Promise((resolve) => void setImmediate(resolve))
  }
  await done
  return reads
}

function packBytes(files: ReadonlyMap<string, Uint8Array>): number {
  let bytes = 0
  for (const [path, content] of files) if (path.endsWith('.pack')) bytes += content.length
  return bytes
}
