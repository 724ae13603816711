import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, concatBytes, hexToBytes } from '@hamlet/core'
import { createNodeCrypto } from '@hamlet/identity/node'
import { createPortableCrypto } from '@hamlet/identity/portable'
import { openBytes, openRange, sealBlob, sealBytes } from '../src/cipher/sealed-blob.ts'
import {
  plainSize,
  sealedRange,
  sealedSize,
  SEGMENT_BYTES,
  SEGMENT_PLAIN_BYTES,
} from '../src/cipher/segments.ts'

const GOLDEN = join(import.meta.dirname, 'golden/sealed-blob-v1.json')
const crypto = createNodeCrypto()
const key = Uint8Array.from({ length: 32 }, (_, index) => index)
const SIZES = [
  0,
  1,
  16_383,
  16_384,
  16_385,
  SEGMENT_PLAIN_BYTES - 1,
  SEGMENT_PLAIN_BYTES,
  SEGMENT_PLAIN_BYTES + 1,
  3 * SEGMENT_PLAIN_BYTES,
  200_000,
]

function plainBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff)
}

function pieces(bytes: Uint8Array, length: number): Uint8Array[] {
  const list: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += length) list.push(bytes.subarray(at, at + length))
  return list
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part.slice())
  return concatBytes(...parts)
}

async function open(sealed: Uint8Array, offset: number, length: number): Promise<Uint8Array> {
  const size = plainSize(sealed.length)
  assert.ok(size !== undefined)
  return await collect(
    openRange(crypto, key, size, { offset, length }, (at, count) =>
      sealed.subarray(at, at + count),
    ),
  )
}

test('opens to what was sealed, in whatever pieces it came', async () => {
  for (const size of SIZES) {
    const plain = plainBytes(size)
    const sealed = sealBytes(crypto, key, plain)
    assert.equal(sealed.length, sealedSize(size))
    assert.equal(plainSize(sealed.length), size)
    for (const length of [997, SEGMENT_PLAIN_BYTES, 1_000_000]) {
      assert.deepEqual(await collect(sealBlob(crypto, key, pieces(plain, length))), sealed)
    }
    assert.deepEqual(openBytes(crypto, key, sealed), plain)
    assert.deepEqual(await open(sealed, 0, size), plain)
  }
})

test('two cryptographies seal alike', () => {
  const plain = plainBytes(70_000)
  const sealed = sealBytes(createPortableCrypto(), key, plain)
  assert.deepEqual(sealed, sealBytes(crypto, key, plain))
})

test('any range opens by itself and reads no more segments than it touches', async () => {
  const plain = plainBytes(200_000)
  const sealed = sealBytes(crypto, key, plain)
  const edges = [0, 1, 65_519, 65_520, 65_521, 131_040, 199_999, 200_000]
  for (const start of edges) {
    for (const end of edges.filter((edge) => edge >= start)) {
      const opened = await open(sealed, start, end - start)
      assert.deepEqual(opened, plain.subarray(start, end), `${start} to ${end}`)
    }
  }
  assert.deepEqual(sealedRange(200_000, 65_519, 2), { offset: 0, length: 2 * SEGMENT_BYTES })
  assert.deepEqual(sealedRange(200_000, 65_520, 1), {
    offset: SEGMENT_BYTES,
    length: SEGMENT_BYTES,
  })
  assert.deepEqual(sealedRange(0, 0, 0), { offset: 0, length: 16 })
})

test('writes and opens the golden blobs', () => {
  const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as {
    key: string
    blobs: readonly { plain: string; sealed: string }[]
    long: { plainBytes: number; sha256OfSealed: string }
  }
  assert.equal(bytesToHex(key), golden.key)
  for (const { plain, sealed } of golden.blobs) {
    assert.equal(bytesToHex(sealBytes(crypto, key, hexToBytes(plain))), sealed)
    assert.equal(bytesToHex(openBytes(crypto, key, hexToBytes(sealed))), plain)
  }
  const long = sealBytes(crypto, key, plainBytes(golden.long.plainBytes))
  assert.equal(bytesToHex(crypto.hash(long)), golden.long.sha256OfSealed)
})

test('nothing opens that was changed, cut off, moved, repeated or sealed under another key', async () => {
  const plain = plainBytes(2 * SEGMENT_PLAIN_BYTES + 100)
  const sealed = sealBytes(crypto, key, plain)
  const [first, second, last] = pieces(sealed, SEGMENT_BYTES) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const flipped = sealed.slice()
  flipped[70_000]! ^= 1
  const broken = { code: 'BLOB_SEAL_BROKEN' }
  for (const bytes of [
    flipped,
    sealed.subarray(0, -1),
    concatBytes(first, second),
    concatBytes(first, last),
    concatBytes(second, first, last),
    concatBytes(first, second, second, last),
    new Uint8Array(0),
    new Uint8Array(15),
    new Uint8Array(16),
  ]) {
    assert.throws(() => openBytes(crypto, key, bytes), broken)
  }
  assert.throws(() => openBytes(crypto, new Uint8Array(32), sealed), broken)
  await assert.rejects(open(concatBytes(first, second), 0, 10 + SEGMENT_PLAIN_BYTES), broken)
  await assert.rejects(open(flipped, SEGMENT_PLAIN_BYTES, 1), broken)
  assert.deepEqual(await open(flipped, 0, 100), plain.subarray(0, 100), 'other segments open')
})

test('an empty blob that was cut off is noticed', async () => {
  await assert.rejects(
    collect(openRange(crypto, key, 0, { offset: 0, length: 0 }, () => new Uint8Array(0))),
    { code: 'BLOB_SEAL_BROKEN' },
  )
})

test('no sealed blob has a length that sealing never gives', () => {
  for (const length of [-1, 0, 15, SEGMENT_BYTES + 1, SEGMENT_BYTES + 16, 1.5, Number.NaN]) {
    assert.equal(plainSize(length), undefined, `${length}`)
  }
  for (const length of [16, 17, SEGMENT_BYTES, SEGMENT_BYTES + 17]) {
    assert.equal(sealedSize(plainSize(length)!), length)
  }
})

test('sealing and opening hold a few segments, however long the blob is', async () => {
  const piece = new Uint8Array(SEGMENT_PLAIN_BYTES).fill(7)
  let given = 0
  function* source(): Generator<Uint8Array> {
    while (given < 500) {
      given++
      yield piece
    }
  }
  let taken = 0
  for await (const segment of sealBlob(crypto, key, source())) {
    taken++
    assert.ok(given - taken <= 2, 'nothing is read ahead')
    assert.ok(segment.length <= SEGMENT_BYTES)
    if (taken === 20) break
  }
})
