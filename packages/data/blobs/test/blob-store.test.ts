/** Putting, reading, naming and keeping blobs. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BLOB_PINS_MAX, BLOB_TAGS_MAX, CHUNK_BYTES, EMPTY_BLOB, hashBlob } from '@hamlet/blobs'
import type { BlobId, BlobStore } from '@hamlet/blobs'
import { createMemoryDisk } from '@hamlet/store'
import { patternBytes, testCrypto } from './_blobs.ts'
import { SourceBlob, StillClock, openStore } from './_store.ts'

const HOUR_MS = 3_600_000

async function* pieces(bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
  // One buffer for all of them, as some streams do.
  const buffer = new Uint8Array(step)
  for (let at = 0; at < bytes.length; at += step) {
    const part = bytes.subarray(at, at + step)
    buffer.set(part)
    yield buffer.subarray(0, part.length)
  }
}

async function readStream(
  store: BlobStore,
  id: BlobId,
  offset: number,
  length: number,
): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of store.stream(id, { offset, length })) parts.push(part)
  return Buffer.concat(parts)
}

test('keeps blobs of any size, in one piece or as a stream, across restarts', async () => {
  const disk = createMemoryDisk()
  const store = await openStore(disk)
  const sizes = [0, 1, 16_384, 65_536, 65_537, CHUNK_BYTES, 3 * CHUNK_BYTES + 5]
  const blobs = sizes.map((size) => patternBytes(size, size))
  for (const bytes of blobs) {
    const expected = hashBlob(testCrypto, bytes)
    assert.deepEqual(await store.put(bytes), expected)
    assert.deepEqual(await store.put(pieces(bytes, 10_007)), expected)
  }
  await store[Symbol.asyncDispose]()
  await using again = await openStore(createMemoryDisk({ files: disk.files() }))
  assert.equal([...again.list()].length, sizes.length)
  for (const bytes of blobs) {
    const id = hashBlob(testCrypto, bytes)
    assert.ok(again.has(id))
    assert.deepEqual(await again.read(id, 0, bytes.length), bytes)
  }
  const paths = [...disk.files().keys()]
  // Two of them are one chunk, which needs no tree.
  assert.equal(paths.filter((path) => path.includes('/large/')).length, 2 + 2 + 3)
  assert.ok(!paths.some((path) => path.includes('/incoming/')))
})

test('reads any range, and of what is not all here whatever is', async () => {
  await using store = await openStore(createMemoryDisk())
  const bytes = patternBytes(3 * CHUNK_BYTES + 5)
  const id = await store.put(bytes)
  const ranges = [
    [0, 0],
    [0, 1],
    [CHUNK_BYTES - 1, 2],
    [CHUNK_BYTES, CHUNK_BYTES],
    [100, 3 * CHUNK_BYTES - 100],
    [bytes.length, 0],
    [bytes.length - 6, 6],
  ] as const
  for (const [offset, length] of ranges) {
    const expected = bytes.subarray(offset, offset + length)
    assert.deepEqual(await store.read(id, offset, length), expected)
    assert.deepEqual(await readStream(store, id, offset, length), Buffer.from(expected))
  }
  await assert.rejects(store.read(id, bytes.length, 1), { code: 'BLOB_MISSING' })
  await assert.rejects(store.read(id, -1, 1), { code: 'BLOB_MISSING' })
  const source = new SourceBlob(patternBytes(3 * CHUNK_BYTES, 8))
  await assert.rejects(store.read(source.id, 0, 1), { code: 'BLOB_MISSING' })
  const blob = await store.begin(source.id)
  source.writeTo(blob, 1)
  assert.deepEqual(
    await store.read(source.id, CHUNK_BYTES + 7, 9),
    source.bytes.subarray(CHUNK_BYTES + 7, CHUNK_BYTES + 16),
  )
  await assert.rejects(store.read(source.id, CHUNK_BYTES, CHUNK_BYTES + 1), {
    code: 'BLOB_MISSING',
  })
  await assert.rejects(blob.complete(), { code: 'BLOB_MISSING' })
})

test('what is put while it is being received is complete at once, for its handles too', async () => {
  await using store = await openStore(createMemoryDisk())
  for (const size of [40_000, 2 * CHUNK_BYTES + 9]) {
    const source = new SourceBlob(patternBytes(size, 3))
    const blob = await store.begin(source.id, { pinned: 'loading' })
    if (size > CHUNK_BYTES) source.writeTo(blob, 1)
    await store.put(pieces(source.bytes, 50_000), { tags: ['made here'] })
    assert.ok(blob.isComplete && store.has(source.id))
    assert.deepEqual(blob.readChunk(0), source.chunk(0))
    const { pins, tags } = store.info(source.id)!
    assert.deepEqual([pins, tags], [['loading'], ['made here']])
  }
})

test('pins, tags and times to live are kept across restarts, each once', async () => {
  const clock = new StillClock()
  const disk = createMemoryDisk()
  const store = await openStore(disk, { clock })
  const bytes = patternBytes(70_000)
  const id = await store.put(bytes, { pinned: 'b', tags: ['x', 'y', 'x'], ttlMs: 1000 })
  await store.pin(id, 'a')
  await store.pin(id, 'a')
  await store.untag(id, 'x')
  await store.tag(id, 'w')
  clock.now += 500
  await store.put(bytes, { ttlMs: 1000 })
  const small = await store.put(patternBytes(5), { tags: ['w'] })
  await store.setTtl(small, 10)
  await store.setTtl(small, undefined)
  await using again = await openStore(createMemoryDisk({ files: disk.files() }), { clock })
  const info = again.info(id)!
  assert.deepEqual(
    [info.pins, info.tags],
    [
      ['a', 'b'],
      ['w', 'y'],
    ],
  )
  assert.equal(info.expiresAtMs, clock.now + 1000)
  assert.equal(again.info(small)!.expiresAtMs, undefined)
  await again.unpin(id, 'b')
  assert.deepEqual(
    [...again.list({ tag: 'w' })].map(({ sizeBytes }) => sizeBytes),
    [70_000, 5],
  )
  assert.equal([...again.list({ tag: 'w', pin: 'a' })].length, 1)
  assert.equal([...again.list({ pin: 'b' })].length, 0)
  await assert.rejects(again.pin(EMPTY_BLOB, 'a'), { code: 'BLOB_MISSING' })
})

test('labels that are empty, too long, too many or no text are refused', async () => {
  await using store = await openStore(createMemoryDisk())
  const id = await store.put(patternBytes(9))
  for (const label of ['', 'ä'.repeat(101), '\ud800']) {
    await assert.rejects(store.pin(id, label), { code: 'BLOB_LABEL' })
    await assert.rejects(store.tag(id, label), { code: 'BLOB_LABEL' })
    await assert.rejects(store.put(patternBytes(8), { tags: [label] }), { code: 'BLOB_LABEL' })
  }
  for (let n = 0; n < BLOB_TAGS_MAX; n++) await store.tag(id, `${n}`)
  await assert.rejects(store.tag(id, 'one more'), { code: 'BLOB_LABEL' })
  for (let n = 0; n < BLOB_PINS_MAX; n++) await store.pin(id, 'ä'.repeat(98) + n)
  await assert.rejects(store.pin(id, 'one more'), { code: 'BLOB_LABEL' })
  assert.equal(store.info(id)!.pins.length, BLOB_PINS_MAX)
})

test('what is deleted is gone at once and after a restart, whoever has it open', async () => {
  const disk = createMemoryDisk()
  await using store = await openStore(disk)
  const source = new SourceBlob(patternBytes(2 * CHUNK_BYTES))
  await store.put(source.bytes, { pinned: 'me' })
  const small = await store.put(patternBytes(100))
  const serving = (await store.serve(source.id))!
  assert.equal(await store.delete(source.id), true)
  assert.equal(await store.delete(source.id), false)
  assert.equal(serving.readChunk(0), undefined)
  assert.equal(serving.heldCount, 0)
  serving.close()
  assert.deepEqual([store.has(source.id), store.info(source.id)], [false, undefined])
  assert.ok(![...disk.files().keys()].some((path) => path.includes('large/')))
  await using again = await openStore(createMemoryDisk({ files: disk.files() }))
  assert.deepEqual(
    [...again.list()].map(({ id }) => id),
    [small],
  )
  const blob = await again.begin(source.id)
  assert.equal(source.writeTo(blob, 0), 'written')
  await again.clear()
  assert.equal(source.writeTo(blob, 1), 'wrong')
  assert.deepEqual([...again.list()], [])
  assert.equal(again.stats().reservedBytes, 0)
})

test('statistics count what is here and what is promised', async () => {
  await using store = await openStore(createMemoryDisk(), { quotaBytes: 10_000_000 })
  await store.put(patternBytes(1000), { pinned: 'me' })
  const source = new SourceBlob(patternBytes(3 * CHUNK_BYTES + 10))
  const blob = await store.begin(source.id)
  source.writeTo(blob, 3)
  const stats = store.stats()
  assert.deepEqual(
    { ...stats, garbageBytes: 0 },
    {
      blobCount: 2,
      completeCount: 1,
      heldBytes: 1010,
      reservedBytes: 1000 + source.bytes.length,
      pinnedBytes: 1000,
      quotaBytes: 10_000_000,
      garbageBytes: 0,
    },
  )
  store.setQuota(undefined)
  assert.equal(store.stats().quotaBytes, undefined)
})

test('an aborted put leaves nothing, and an aborted stream ends', async () => {
  const disk = createMemoryDisk()
  await using store = await openStore(disk, { quotaBytes: 5_000_000 })
  const aborting = new AbortController()
  async function* source(): AsyncGenerator<Uint8Array> {
    yield patternBytes(400_000)
    aborting.abort()
    yield patternBytes(400_000)
  }
  await assert.rejects(store.put(source(), { signal: aborting.signal }), { name: 'AbortError' })
  assert.deepEqual([...store.list()], [])
  assert.ok(![...disk.files().keys()].some((path) => path.includes('incoming')))
  const id = await store.put(patternBytes(4_900_000))
  const { signal } = aborting
  await assert.rejects(store.stream(id, undefined, { signal }).next(), { name: 'AbortError' })
})

test('the time of the last use is remembered, to the hour', async () => {
  const clock = new StillClock()
  const disk = createMemoryDisk()
  const store = await openStore(disk, { clock })
  const id = await store.put(patternBytes(10))
  clock.now += HOUR_MS - 1
  await store.read(id, 0, 1)
  assert.equal(store.info(id)!.usedAtMs, clock.now)
  clock.now += 1
  await store.read(id, 0, 1)
  await using again = await openStore(createMemoryDisk({ files: disk.files() }), { clock })
  assert.equal(again.info(id)!.usedAtMs, clock.now)
})
