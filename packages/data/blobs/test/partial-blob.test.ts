/** Receiving a blob chunk by chunk, serving it meanwhile, and going on after a restart. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHUNK_BYTES } from '@hamlet/blobs'
import { createMemoryDisk } from '@hamlet/store'
import { patternBytes } from './_blobs.ts'
import { SourceBlob, openStore } from './_store.ts'

const SIZE = 6 * CHUNK_BYTES + 777

test('takes chunks in any order, serves what has come, and is complete at the end', async () => {
  const source = new SourceBlob(patternBytes(SIZE))
  await using store = await openStore(createMemoryDisk())
  const blob = await store.begin(source.id)
  const came: number[] = []
  blob.onHeld((first, count) => came.push(first, count))
  assert.equal(blob.chunkCount, 7)
  assert.equal(blob.readChunk(3), undefined)
  assert.equal(blob.uncles(3), undefined)
  for (const index of [6, 0, 3, 5, 2, 4, 1]) {
    assert.equal(source.writeTo(blob, index), 'written')
    assert.deepEqual(blob.readChunk(index), source.chunk(index))
    assert.deepEqual(blob.uncles(index), source.uncles(index))
    assert.equal(source.writeTo(blob, index), 'held')
  }
  assert.deepEqual(came, [6, 1, 0, 1, 3, 1, 5, 1, 2, 1, 4, 1, 1, 1])
  assert.ok(!store.has(source.id))
  await blob.complete()
  assert.ok(store.has(source.id))
  assert.deepEqual(await store.read(source.id, 0, SIZE), source.bytes)
})

test('a later chunk needs only the uncles below what is known', async () => {
  const source = new SourceBlob(patternBytes(8 * CHUNK_BYTES))
  await using store = await openStore(createMemoryDisk())
  const blob = await store.begin(source.id)
  const heights = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => {
    const height = blob.knownHeight(index)
    assert.equal(source.writeTo(blob, index), 'written')
    return height
  })
  assert.deepEqual(heights, [3, 0, 1, 0, 2, 0, 1, 0])
})

test('a wrong chunk, a wrong place or a wrong uncle is refused and leaves nothing behind', async () => {
  const source = new SourceBlob(patternBytes(SIZE))
  await using store = await openStore(createMemoryDisk())
  const blob = await store.begin(source.id)
  const [chunk, uncles] = [source.chunk(2), source.uncles(2)]
  const flipped = chunk.slice()
  flipped[70_000]! ^= 4
  const forged = uncles.map((uncle, level) => (level === 1 ? uncle.map((byte) => byte ^ 1) : uncle))
  assert.equal(blob.write(2, flipped, uncles), 'wrong')
  assert.equal(blob.write(3, chunk, uncles), 'wrong')
  assert.equal(blob.write(2, chunk, forged), 'wrong')
  assert.equal(blob.write(2, chunk, uncles.slice(1)), 'wrong')
  assert.equal(blob.write(2, chunk, [uncles[0]!, uncles[1]!.subarray(1), uncles[2]!]), 'wrong')
  assert.equal(blob.write(2, chunk.subarray(1), uncles), 'wrong')
  assert.equal(blob.write(7, source.chunk(6), source.uncles(6)), 'wrong')
  assert.equal(blob.write(-1, chunk, uncles), 'wrong')
  assert.equal(blob.knownHeight(2), 3)
  assert.equal(blob.heldCount, 0)
  assert.equal(blob.write(2, chunk, uncles), 'written')
})

test('goes on after a restart with what was flushed, without asking for known uncles again', async () => {
  const source = new SourceBlob(patternBytes(SIZE))
  const disk = createMemoryDisk()
  const store = await openStore(disk)
  const blob = await store.begin(source.id, { pinned: 'me', tags: ['film'] })
  for (const index of [1, 2, 6]) source.writeTo(blob, index)
  await blob.flush()
  // As after kill -9: nothing is closed.
  await using again = await openStore(createMemoryDisk({ files: disk.files() }))
  const info = again.info(source.id)!
  assert.equal(info.heldBytes, 2 * CHUNK_BYTES + 777)
  assert.deepEqual([info.isComplete, info.pins, info.tags], [false, ['me'], ['film']])
  const resumed = await again.begin(source.id)
  assert.deepEqual([...resumed.held()], [1, 2, 6])
  assert.equal(resumed.knownHeight(3), 0)
  assert.equal(resumed.knownHeight(4), 1)
  for (const index of [0, 3, 4, 5]) assert.equal(source.writeTo(resumed, index), 'written')
  await resumed.complete()
  assert.deepEqual(await again.read(source.id, 0, SIZE), source.bytes)
})

test('opening a blob again reads none of its data', async () => {
  const source = new SourceBlob(patternBytes(SIZE))
  const disk = createMemoryDisk()
  await using store = await openStore(disk)
  await store.put(source.bytes)
  const reads: string[] = []
  const faults = {
    read: (path: string) => void reads.push(path),
  }
  const later = createMemoryDisk({ files: disk.files(), faults })
  await using again = await openStore(later)
  const serving = (await again.serve(source.id))!
  assert.equal(serving.heldCount, 7)
  assert.ok(!reads.some((path) => path.endsWith('.data')))
  assert.deepEqual(serving.readChunk(4), source.chunk(4))
  assert.equal(reads.filter((path) => path.endsWith('.data')).length, 1)
})

test('blobs of all small sizes are received and served like large ones', async () => {
  await using store = await openStore(createMemoryDisk())
  const leaf = 16_384
  for (const size of [
    0,
    1,
    leaf - 1,
    leaf,
    leaf + 1,
    65_536,
    65_537,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
  ]) {
    const source = new SourceBlob(patternBytes(size, 9))
    const blob = await store.begin(source.id)
    for (let index = 0; index < source.chunkCount; index++) source.writeTo(blob, index)
    await blob.complete()
    blob.close()
    assert.ok(store.has(source.id), `${size}`)
    assert.deepEqual(await store.read(source.id, 0, size), source.bytes)
    const serving = (await store.serve(source.id))!
    for (let index = 0; index < source.chunkCount; index++) {
      assert.deepEqual(serving.readChunk(index), source.chunk(index))
      assert.deepEqual(serving.uncles(index), source.uncles(index))
    }
    serving.close()
  }
})

test('a full disk refuses a chunk, which can come again when there is room', async () => {
  const source = new SourceBlob(patternBytes(SIZE))
  const disk = createMemoryDisk()
  await using store = await openStore(disk)
  const blob = await store.begin(source.id)
  source.writeTo(blob, 0)
  disk.setCapacity(0)
  assert.throws(() => source.writeTo(blob, 1), { code: 'STORE_FULL' })
  await assert.rejects(blob.flush(), { code: 'STORE_FULL' })
  assert.ok(!blob.hasChunk(1))
  disk.setCapacity(Infinity)
  for (let index = 1; index < 7; index++) assert.equal(source.writeTo(blob, index), 'written')
  await blob.complete()
  assert.deepEqual(await store.read(source.id, 0, SIZE), source.bytes)
})
