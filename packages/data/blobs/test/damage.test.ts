/** What rots on the disk is found when it is read, is never handed out, and can come again. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BlobStore, CHUNK_BYTES, LEAF_BYTES, SMALL_BLOB_BYTES_MAX } from '@hamlet/blobs'
import type { BlobDamage } from '@hamlet/blobs'
import type { Crypto } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { BODIES_IDLE_MAX } from '../src/limits.ts'
import { patternBytes, testCrypto } from './_blobs.ts'
import { SourceBlob, StillClock, openStore } from './_store.ts'

const LARGE = new SourceBlob(patternBytes(6 * CHUNK_BYTES + 777))
const SMALL = new SourceBlob(patternBytes(30_000, 5))

async function storedFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const disk = createMemoryDisk()
  await using store = await openStore(disk)
  await store.put(LARGE.bytes, { pinned: 'me' })
  await store.put(SMALL.bytes, { pinned: 'me' })
  return new Map(disk.files())
}

function pathOf(files: ReadonlyMap<string, Uint8Array>, ending: string): string {
  return [...files.keys()].find((path) => path.endsWith(ending))!
}

test('a chunk that rotted is reported and not given out; the others are', async () => {
  const files = await storedFiles()
  const disk = createMemoryDisk({ files })
  await using store = await openStore(disk)
  const damages: BlobDamage[] = []
  store.onDamage((damage) => damages.push(damage))
  disk.flipBit(pathOf(files, '.data'), 8 * (2 * CHUNK_BYTES + 5))
  assert.deepEqual(await store.read(LARGE.id, 0, 10), LARGE.bytes.subarray(0, 10))
  await assert.rejects(store.read(LARGE.id, 2 * CHUNK_BYTES, 1), { code: 'BLOB_DAMAGED' })
  assert.deepEqual(damages, [{ id: LARGE.id, chunk: 2 }])
  assert.ok(!store.has(LARGE.id))
  await assert.rejects(store.read(LARGE.id, 2 * CHUNK_BYTES, 1), { code: 'BLOB_MISSING' })
  const blob = await store.begin(LARGE.id)
  assert.equal(blob.heldCount, 6)
  assert.equal(LARGE.writeTo(blob, 2), 'written')
  await blob.complete()
  assert.deepEqual(await store.read(LARGE.id, 0, LARGE.bytes.length), LARGE.bytes)
  assert.deepEqual(store.info(LARGE.id)!.pins, ['me'])
})

test('what this process wrote or compared is not hashed again, also when it was closed meanwhile', async () => {
  let leaves = 0
  const crypto: Crypto = Object.create(testCrypto, {
    hash: {
      value: (...parts: readonly Uint8Array[]): Uint8Array => {
        if (parts[0]!.length > 64) leaves++
        return testCrypto.hash(...parts)
      },
    },
  })
  const readAll = async (store: BlobStore): Promise<number> => {
    leaves = 0
    assert.deepEqual(await store.read(LARGE.id, 0, LARGE.bytes.length), LARGE.bytes)
    return leaves
  }
  const disk = createMemoryDisk()
  const ports = { disk, crypto, clock: new StillClock() }
  const first = await BlobStore.open(ports)
  await first.put(LARGE.bytes)
  assert.equal(await readAll(first), 0)
  await first[Symbol.asyncDispose]()
  await using second = await BlobStore.open(ports)
  assert.equal(await readAll(second), Math.ceil(LARGE.bytes.length / LEAF_BYTES))
  // So many others are opened after it that it is closed.
  for (let other = 0; other <= BODIES_IDLE_MAX; other++) {
    const id = await second.put(patternBytes(SMALL_BLOB_BYTES_MAX + 1, other))
    await second.read(id, 0, 1)
  }
  assert.equal(await readAll(second), 0)
})

test('what was found to be damaged is still known to be after a restart', async () => {
  const files = await storedFiles()
  const disk = createMemoryDisk({ files })
  const store = await openStore(disk)
  disk.flipBit(pathOf(files, '.data'), 8 * (5 * CHUNK_BYTES))
  const serving = (await store.serve(LARGE.id))!
  assert.equal(serving.readChunk(5), undefined)
  assert.deepEqual(serving.readChunk(4), LARGE.chunk(4))
  await store[Symbol.asyncDispose]()
  await using again = await openStore(createMemoryDisk({ files: disk.files() }))
  assert.equal(again.info(LARGE.id)!.isComplete, false)
  assert.deepEqual([...(await again.begin(LARGE.id)).held()], [0, 1, 2, 3, 4, 6])
})

test('a file that was cut off or removed is found, and nothing else is lost', async () => {
  const files = await storedFiles()
  for (const left of [3 * CHUNK_BYTES, 0]) {
    const path = pathOf(files, '.data')
    const cut = new Map(files).set(path, files.get(path)!.subarray(0, left))
    await using store = await openStore(createMemoryDisk({ files: cut }))
    const serving = (await store.serve(LARGE.id))!
    const read = Array.from({ length: 7 }, (_, index) => serving.readChunk(index) !== undefined)
    assert.equal(read.filter(Boolean).length, left / CHUNK_BYTES)
    await store.put(LARGE.bytes)
    assert.deepEqual(await store.read(LARGE.id, 0, LARGE.bytes.length), LARGE.bytes)
  }
})

test('a tree that rotted is made again from the data', async () => {
  const files = await storedFiles()
  const path = pathOf(files, '.tree')
  const nodes = files.get(path)!.length / 32
  for (let node = 0; node < nodes; node += 3) {
    const disk = createMemoryDisk({ files })
    await using store = await openStore(disk)
    disk.flipBit(path, 8 * 32 * node + 9)
    const read = await store.read(LARGE.id, 0, LARGE.bytes.length)
    assert.deepEqual(read, LARGE.bytes)
    const serving = (await store.serve(LARGE.id))!
    for (let index = 0; index < 7; index++) {
      assert.ok(serving.readChunk(index))
      assert.deepEqual(serving.uncles(index), LARGE.uncles(index))
    }
    assert.ok(store.has(LARGE.id))
  }
})

test('when tree and data rotted, what is still proved stays', async () => {
  const files = await storedFiles()
  const disk = createMemoryDisk({ files })
  await using store = await openStore(disk)
  // The node of chunk 0, and a byte of chunk 6.
  disk.flipBit(pathOf(files, '.tree'), 8 * 32)
  disk.flipBit(pathOf(files, '.data'), 8 * (6 * CHUNK_BYTES + 1))
  await assert.rejects(store.read(LARGE.id, 0, 1), { code: 'BLOB_DAMAGED' })
  const blob = await store.begin(LARGE.id)
  assert.equal(blob.readChunk(6), undefined)
  assert.deepEqual([...blob.held()], [2, 3, 4, 5])
  for (const index of [0, 1, 6]) assert.equal(LARGE.writeTo(blob, index), 'written')
  await blob.complete()
  assert.deepEqual(await store.read(LARGE.id, 0, LARGE.bytes.length), LARGE.bytes)
})

test('a small blob that rotted is reported, keeps its pins, and can be put again', async () => {
  const files = await storedFiles()
  const disk = createMemoryDisk({ files })
  await using store = await openStore(disk)
  const path = pathOf(files, '.pack')
  disk.flipBit(path, 8 * (files.get(path)!.length - 100))
  await assert.rejects(store.read(SMALL.id, 0, 10), { code: 'BLOB_DAMAGED' })
  assert.ok(!store.has(SMALL.id))
  await store.put(SMALL.bytes)
  assert.deepEqual(await store.read(SMALL.id, 0, 30_000), SMALL.bytes)
  assert.deepEqual(store.info(SMALL.id)!.pins, ['me'])
})

test('a pack that rotted in its middle costs the frame it hit, and no file of a large blob', async () => {
  const files = await storedFiles()
  const path = pathOf(files, '.pack')
  const pack = files.get(path)!.slice()
  pack[20]! ^= 1
  const changed = new Map(files).set(path, pack)
  const clock = new StillClock()
  await using store = await openStore(createMemoryDisk({ files: changed }), { clock })
  assert.deepEqual(await store.read(SMALL.id, 0, 30_000), SMALL.bytes)
  const info = store.info(LARGE.id)!
  assert.deepEqual([info.isComplete, info.pins], [true, ['recovered']])
  assert.deepEqual(await store.read(LARGE.id, 0, LARGE.bytes.length), LARGE.bytes)
})

test('files without a record are removed when the store is opened', async () => {
  const files = await storedFiles()
  const pack = pathOf(files, '.pack')
  const changed = new Map([...files].filter(([path]) => path !== pack))
  changed.set('blobs/incoming/7.data', new Uint8Array(10))
  const disk = createMemoryDisk({ files: changed })
  await using store = await openStore(disk)
  assert.deepEqual([...store.list()], [])
  assert.deepEqual([...disk.files().keys()], ['blobs/packs/00000001.pack'])
})
