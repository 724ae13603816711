import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CHUNK_BYTES,
  chunkLengthOf,
  hashBlob,
  LEAF_BYTES,
  leafCountOf,
  leafDepthOf,
  leafPath,
  MemoryNodes,
  nodeOfChunk,
  TreePlaces,
  unclesOf,
  verifyLeaf,
} from '../src/index.ts'
import { raiseTree } from '../src/merkle/chunk-tree.ts'
import { patternBytes, testCrypto } from './_blobs.ts'

const SIZES = [
  ...[1, 16_383, 16_384, 16_385, 3 * LEAF_BYTES, CHUNK_BYTES - 1, CHUNK_BYTES],
  ...[CHUNK_BYTES + 1, 3 * CHUNK_BYTES - 5, 5 * CHUNK_BYTES + LEAF_BYTES],
]

function provenLeaf(bytes: Uint8Array, index: number) {
  const sizeBytes = bytes.length
  const chunk = Math.floor((index * LEAF_BYTES) / CHUNK_BYTES)
  const chunkOf = (at: number): Uint8Array =>
    bytes.subarray(at * CHUNK_BYTES, at * CHUNK_BYTES + chunkLengthOf(sizeBytes, at))
  const places = new TreePlaces(sizeBytes)
  const nodes = new MemoryNodes()
  if (places.levels > 0) {
    for (let at = 0; at < places.chunkCount; at++) {
      nodes.write(at, nodeOfChunk(testCrypto, sizeBytes, chunkOf(at)))
    }
    raiseTree(testCrypto, places, nodes)
  }
  const uncles = unclesOf(testCrypto, places, nodes, chunk)
  const leaf = bytes.subarray(index * LEAF_BYTES, (index + 1) * LEAF_BYTES)
  return { leaf, path: leafPath(testCrypto, sizeBytes, index, chunkOf(chunk), uncles) }
}

test('every leaf of every size is proven by its path, and nothing else is', () => {
  for (const size of SIZES) {
    const bytes = patternBytes(size)
    const id = hashBlob(testCrypto, bytes)
    for (let index = 0; index < leafCountOf(size); index++) {
      const { leaf, path } = provenLeaf(bytes, index)
      assert.equal(path.length, leafDepthOf(size))
      assert.ok(verifyLeaf(testCrypto, id, index, leaf, path), `${size}, leaf ${index}`)
      const wrong = leaf.slice()
      wrong[wrong.length - 1]! ^= 1
      assert.ok(!verifyLeaf(testCrypto, id, index, wrong, path))
      assert.ok(!verifyLeaf(testCrypto, id, index + 1, leaf, path))
      assert.ok(!verifyLeaf(testCrypto, id, index, leaf.subarray(1), path))
      assert.ok(!verifyLeaf(testCrypto, id, index, leaf, [...path, id.root]))
      const [first, ...rest] = path
      if (first === undefined) continue
      const flipped = first.slice()
      flipped[7]! ^= 0x20
      assert.ok(!verifyLeaf(testCrypto, id, index, leaf, [flipped, ...rest]))
      assert.ok(!verifyLeaf(testCrypto, id, index, leaf, rest))
    }
  }
})

test('a leaf beyond the end of a blob is none', () => {
  const id = hashBlob(testCrypto, patternBytes(20_000))
  for (const index of [-1, 2, 0.5, Number.NaN]) {
    assert.ok(!verifyLeaf(testCrypto, id, index, new Uint8Array(0), []))
  }
})
