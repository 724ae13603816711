import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { hashBlob, openRange, plainSize, SEGMENT_BYTES } from '@hamlet/blobs'
import { bytesToHex, encodeCbor, equalBytes } from '@hamlet/core'
import {
  isObjectShape,
  manifestValue,
  ObjectReader,
  objectIdOf,
  OBJECT_CIPHER_BYTES_MAX,
  rebuildShard,
  shardBytesOf,
  shardBlob,
  spansIn,
  stripeAt,
  stripeCount,
} from '../src/index.ts'
import type { ShardSource, VaultObjectError } from '../src/index.ts'
import {
  brokenSource,
  codedObject,
  collect,
  crypto,
  HandClock,
  muteSource,
  sourceOf,
} from './_objects.ts'
import type { CodedObject } from './_objects.ts'

const PATIENCE_MS = 3_000

function readerOf(object: CodedObject, sources: readonly ShardSource[], clock = new HandClock()) {
  const failed: number[] = []
  const reader = new ObjectReader({
    ...{ clock, shape: object.manifest, patienceMs: PATIENCE_MS },
    sources: () => sources,
    failed: ({ shard }) => failed.push(shard),
  })
  return { reader, failed, clock }
}

const SHAPES: readonly (readonly [needed: number, total: number, plainBytes: number])[] = [
  [1, 1, 0],
  [1, 3, 1],
  [2, 3, 65_520],
  [2, 4, 65_521],
  [3, 6, 3 * 65_520],
  [3, 5, 600_001],
  [4, 6, 480_000],
]

test('any k shards of n give every byte back, whichever they are', async () => {
  for (const [needed, total, plainBytes] of SHAPES) {
    const object = await codedObject(needed, total, plainBytes)
    const lengths = new Set(object.shards.map(({ length }) => length))
    assert.deepEqual([...lengths], [shardBytesOf(object.manifest)])
    for (let mask = 0; mask < 2 ** total; mask++) {
      const kept = object.shards.map((_, shard) => shard).filter((shard) => mask & (1 << shard))
      if (kept.length !== needed) continue
      const { reader } = readerOf(
        object,
        kept.map((shard) => sourceOf(object, shard)),
      )
      const sealed = await reader.read(0, object.sealed.length)
      assert.ok(equalBytes(sealed, object.sealed), `${needed} of ${total}, shards ${kept.join()}`)
    }
  }
})

test('data shards hold the sealed bytes as they are, and their roots are in the manifest', async () => {
  const object = await codedObject(2, 4, 200_000)
  const { manifest, shards, sealed } = object
  for (let index = 0; index < stripeCount(manifest); index++) {
    const place = stripeAt(manifest, index)
    let at = place.offset
    for (const { shard, offset, length } of spansIn(place, place)) {
      const bytes = shards[shard]!.subarray(offset, offset + length)
      assert.ok(equalBytes(bytes, sealed.subarray(at, at + length)))
      at += length
    }
  }
  shards.forEach((shard, index) => {
    assert.deepEqual(hashBlob(crypto, shard), shardBlob(manifest, index))
  })
})

test('a range of the file is opened from few pieces of few shards', async () => {
  const object = await codedObject(3, 5, 10 * 65_520)
  const reads: string[] = []
  const sources = [0, 1, 2].map((shard): ShardSource => ({
    shard,
    read: async (offset, length) => {
      reads.push(`${shard}:${offset}`)
      return object.shards[shard]!.subarray(offset, offset + length)
    },
  }))
  const { reader } = readerOf(object, sources)
  const range = { offset: 9 * 65_520 + 100, length: 1000 }
  const plainBytes = plainSize(object.manifest.cipherBytes)!
  const read = (offset: number, length: number) => reader.read(offset, length)
  const opened = await collect(openRange(crypto, object.key, plainBytes, range, read))
  assert.ok(equalBytes(opened, object.plain.subarray(range.offset, range.offset + range.length)))
  assert.deepEqual(
    reads,
    ['0', '1', '2'].map((shard) => `${shard}:${3 * SEGMENT_BYTES}`),
  )
})

test('shards that break on the way are named and stand in for by others', async () => {
  const object = await codedObject(3, 6, 500_000)
  const sources = [
    brokenSource(0),
    sourceOf(object, 1),
    brokenSource(2),
    sourceOf(object, 4),
    sourceOf(object, 5),
  ]
  const { reader, failed } = readerOf(object, sources)
  assert.ok(equalBytes(await reader.read(0, object.sealed.length), object.sealed))
  assert.deepEqual(
    failed.sort((a, b) => a - b),
    [0, 2],
  )
})

test('a second holder of a shard is asked when the first one fails', async () => {
  const object = await codedObject(2, 2, 300_000)
  const sources = [brokenSource(0), sourceOf(object, 1), sourceOf(object, 0)]
  const { reader } = readerOf(object, sources)
  assert.ok(equalBytes(await reader.read(0, object.sealed.length), object.sealed))
})

test('who does not answer in time is not waited for, and is no liar for it', async () => {
  const object = await codedObject(2, 4, 100_000)
  const sources = [sourceOf(object, 0), muteSource(1), muteSource(2), sourceOf(object, 3)]
  const { reader, failed, clock } = readerOf(object, sources)
  const reading = reader.read(0, object.sealed.length)
  for (let waited = 0; waited < 4; waited++) {
    await new Promise((resolve) => setImmediate(resolve))
    clock.pass(PATIENCE_MS)
  }
  assert.ok(equalBytes(await reading, object.sealed))
  assert.deepEqual(failed, [])
})

test('with fewer than k shards nothing is given out, and it is said how many there are', async () => {
  const object = await codedObject(3, 5, 10_000)
  const { reader } = readerOf(object, [sourceOf(object, 1), brokenSource(2), sourceOf(object, 4)])
  await assert.rejects(reader.read(0, 100), (error: VaultObjectError) => {
    assert.equal(error.code, 'VAULT_TOO_FEW_SHARDS')
    assert.deepEqual(error.fields, { needed: 3, readable: 2 })
    return true
  })
})

test('a shard is made again without a key, and its root shows that it is the same', async () => {
  const object = await codedObject(3, 6, 420_000)
  for (let lost = 0; lost < 6; lost++) {
    const sources = [0, 1, 2, 3, 4, 5]
      .filter((shard) => shard !== lost && shard !== (lost + 1) % 6)
      .map((shard) => sourceOf(object, shard))
    const rebuilt = await collect(
      rebuildShard(lost, {
        ...{ clock: new HandClock(), shape: object.manifest, sources, patienceMs: PATIENCE_MS },
      }),
    )
    assert.deepEqual(hashBlob(crypto, rebuilt), shardBlob(object.manifest, lost))
  }
})

test('an object has one id, which changes with every part of its manifest', async () => {
  const { manifest } = await codedObject(2, 3, 1000)
  const { roots } = manifest
  const others = [
    manifest,
    { ...manifest, needed: 1 },
    { ...manifest, cipherBytes: manifest.cipherBytes + 1 },
    { ...manifest, roots: roots.toReversed() },
    { ...manifest, total: 4, roots: [...roots, roots[0]!] },
  ]
  assert.equal(new Set(others.map((each) => objectIdOf(crypto, each))).size, others.length)
  assert.equal(objectIdOf(crypto, manifest), objectIdOf(crypto, { ...manifest }))
})

test('shapes beyond the limits are none', () => {
  const shape = { needed: 2, total: 4, cipherBytes: 100 }
  assert.ok(isObjectShape(shape))
  assert.ok(isObjectShape({ ...shape, cipherBytes: OBJECT_CIPHER_BYTES_MAX }))
  const wrong = [
    { ...shape, needed: 0 },
    { ...shape, needed: 5 },
    { ...shape, total: 65 },
    { ...shape, cipherBytes: 0 },
    { ...shape, cipherBytes: OBJECT_CIPHER_BYTES_MAX + 1 },
    { ...shape, cipherBytes: 1.5 },
  ]
  for (const each of wrong) assert.ok(!isObjectShape(each), JSON.stringify(each))
})

const GOLDEN = join(import.meta.dirname, 'golden/object-v1.json')

test('codes the golden object to the golden shards', async () => {
  const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Record<string, string>
  const { manifest, shards } = await codedObject(2, 4, 150)
  assert.equal(bytesToHex(encodeCbor(manifestValue(manifest))), golden['manifest'])
  assert.equal(objectIdOf(crypto, manifest), golden['id'])
  assert.deepEqual(
    shards.map(bytesToHex),
    [0, 1, 2, 3].map((shard) => golden[`shard${shard}`]),
  )
})
