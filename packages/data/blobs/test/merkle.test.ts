/** Roots against the public BEP 52 vectors, and hashing that does not depend on how the bytes come. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  BlobHasher,
  CHUNK_BYTES,
  EMPTY_BLOB,
  LEAF_BYTES,
  chunkCountOf,
  chunkDepthOf,
  hashBlob,
  unclesOf,
  verifyChunk,
} from '@hamlet/blobs'
import { bytesToHex } from '@hamlet/core'
import { patternBytes, testCrypto } from './_blobs.ts'

interface RootVectors {
  readonly sha256: Readonly<Record<string, string>>
  readonly roots: Readonly<Record<string, string>>
  readonly torrent: { readonly pieceLayers: Readonly<Record<string, readonly string[]>> }
}

const FOLDER =
  process.env['VECTORS_DIR'] ?? join(import.meta.dirname, '../../../../../shared/vectors')
const VECTORS = join(FOLDER, 'bittorrent-v2/pieces-roots.json')

/** The root as BEP 52 tells it, all leaves padded to a power of two, without any of our code. */
function rootByTheBook(bytes: Uint8Array): string {
  let layer: Buffer[] = []
  for (let start = 0; start < bytes.length; start += LEAF_BYTES) {
    layer.push(sha256(bytes.subarray(start, start + LEAF_BYTES)))
  }
  while ((layer.length & (layer.length - 1)) !== 0) layer.push(Buffer.alloc(32))
  while (layer.length > 1) {
    layer = layer
      .filter((_, i) => i % 2 === 0)
      .map((node, i) => sha256(Buffer.concat([node, layer[2 * i + 1]!])))
  }
  return layer[0]!.toString('hex')
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

test('roots and piece layers are those of the public vectors', () => {
  if (!existsSync(VECTORS)) {
    console.log('SKIPPED bittorrent-v2/pieces-roots.json: 8 roots not present (VECTORS_DIR)')
    return
  }
  const vectors = JSON.parse(readFileSync(VECTORS, 'utf8')) as RootVectors
  let executed = 0
  for (const [size, expected] of Object.entries(vectors.roots)) {
    const bytes = patternBytes(Number(size))
    assert.equal(sha256(bytes).toString('hex'), vectors.sha256[size])
    const hasher = new BlobHasher(testCrypto)
    hasher.update(bytes)
    const { id, places, nodes } = hasher.finish()
    assert.equal(bytesToHex(id.root), expected)
    const layer = vectors.torrent.pieceLayers[expected]
    layer?.forEach((hash, i) => assert.equal(bytesToHex(nodes.read(places.placeOf(0, i)!)), hash))
    executed++
  }
  assert.equal(executed, 8)
})

test('roots of all small shapes are what the specification says, step by step', () => {
  const sizes = [1, LEAF_BYTES, 3 * LEAF_BYTES - 1, 5 * LEAF_BYTES, 16 * LEAF_BYTES]
  for (const size of [...sizes, 17 * LEAF_BYTES, 33 * LEAF_BYTES + 5, 5 * CHUNK_BYTES]) {
    const bytes = patternBytes(size, size)
    assert.equal(bytesToHex(hashBlob(testCrypto, bytes).root), rootByTheBook(bytes), `${size}`)
  }
  assert.deepEqual(hashBlob(testCrypto, new Uint8Array()), EMPTY_BLOB)
})

test('the root does not depend on the pieces the bytes come in', () => {
  const bytes = patternBytes(3 * CHUNK_BYTES + 12_345)
  const expected = hashBlob(testCrypto, bytes)
  for (const step of [1000, LEAF_BYTES, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1]) {
    const hasher = new BlobHasher(testCrypto)
    for (let at = 0; at < bytes.length; at += step) hasher.update(bytes.subarray(at, at + step))
    assert.deepEqual(hasher.finish().id, expected)
  }
})

test('each chunk verifies by its uncles, and by nothing else', () => {
  for (const size of [1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES, 7 * CHUNK_BYTES - 9]) {
    const bytes = patternBytes(size)
    const hasher = new BlobHasher(testCrypto)
    hasher.update(bytes)
    const { id, places, nodes } = hasher.finish()
    for (let index = 0; index < chunkCountOf(size); index++) {
      const chunk = bytes.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)
      const uncles = unclesOf(testCrypto, places, nodes, index)
      const verify = (at: number, part: Uint8Array, proof: readonly Uint8Array[]): boolean =>
        verifyChunk(testCrypto, id, at, part, proof)
      assert.equal(uncles.length, chunkDepthOf(size))
      assert.ok(verify(index, chunk, uncles))
      assert.ok(!verify(index, chunk, [...uncles, new Uint8Array(32)]))
      assert.ok(!verify(index, chunk.subarray(1), uncles))
      assert.ok(!verify(index + 1, chunk, uncles))
      assert.ok(!verify(index - 1, chunk, uncles))
      if (uncles.length > 0) assert.ok(!verify(index, chunk, uncles.slice(1)))
      const wrong = chunk.slice()
      wrong[chunk.length - 1]! ^= 1
      assert.ok(!verify(index, wrong, uncles))
    }
  }
})
