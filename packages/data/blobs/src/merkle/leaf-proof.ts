/**
 * Proof that bytes are one leaf of a blob: for spot checks, where a whole chunk would be sixteen times what is needed.
 *
 * The path begins with the leaf's siblings inside its chunk, which are computed from the chunk's bytes, and ends with the uncles that prove
 * the chunk. With the number of the leaf it folds up to the root as every path in a perfect tree does.
 *
 *     SIZE               LEAVES   PATH
 *     16,384 or less     1        nothing: the hash is the root
 *     262,144            16       4 hashes
 *     16,777,216         1,024    4 in the chunk, 6 above it
 */

import { assert, equalBytes } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import { CHUNK_LEAVES, LEAF_BYTES } from '../limits.ts'
import { areHashes, foldUncles } from './chunk-proof.ts'
import { hashPair } from './node-hash.ts'
import { paddingNode } from './padding-node.ts'
import { CHUNK_HEIGHT, chunkCountOf, chunkDepthOf, leafCountOf, log2Up } from './tree-shape.ts'

/** How many hashes prove a leaf. */
export function leafDepthOf(sizeBytes: number): number {
  return heightInChunk(sizeBytes) + chunkDepthOf(sizeBytes)
}

/** How many bytes leaf `index` has; all have `LEAF_BYTES` but the last. */
export function leafLengthOf(sizeBytes: number, index: number): number {
  return Math.min(LEAF_BYTES, sizeBytes - index * LEAF_BYTES)
}

/**
 * The path of a leaf from below upwards.
 *
 * @param chunk the bytes of the chunk that the leaf is in
 * @param uncles all that prove this chunk
 */
export function leafPath(
  crypto: Crypto,
  sizeBytes: number,
  index: number,
  chunk: Uint8Array,
  uncles: readonly Uint8Array[],
): readonly Uint8Array[] {
  assert(index >= 0 && index < leafCountOf(sizeBytes), 'a leaf of the blob')
  let level: Uint8Array[] = []
  for (let start = 0; start < chunk.length; start += LEAF_BYTES) {
    level.push(crypto.hash(chunk.subarray(start, start + LEAF_BYTES)))
  }
  const path: Uint8Array[] = []
  let place = index % CHUNK_LEAVES
  for (let height = 0; height < heightInChunk(sizeBytes); height++) {
    const padding = paddingNode(crypto, height)
    path.push(level[place % 2 === 0 ? place + 1 : place - 1] ?? padding)
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, at) =>
      hashPair(crypto, level[2 * at]!, level[2 * at + 1] ?? padding),
    )
    place = Math.floor(place / 2)
  }
  return [...path, ...uncles]
}

/** Whether `bytes` are leaf `index` of the blob. */
export function verifyLeaf(
  crypto: Crypto,
  id: BlobId,
  index: number,
  bytes: Uint8Array,
  path: readonly Uint8Array[],
): boolean {
  if (!Number.isSafeInteger(index) || index < 0 || index >= leafCountOf(id.sizeBytes)) return false
  if (bytes.length !== leafLengthOf(id.sizeBytes, index)) return false
  if (path.length !== leafDepthOf(id.sizeBytes) || !areHashes(path)) return false
  return equalBytes(foldUncles(crypto, index, crypto.hash(bytes), path), id.root)
}

function heightInChunk(sizeBytes: number): number {
  return chunkCountOf(sizeBytes) > 1 ? CHUNK_HEIGHT : log2Up(leafCountOf(sizeBytes))
}
