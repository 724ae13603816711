/**
 * Proof that bytes are one chunk of a blob: the uncles of the chunk's node, from below upwards.
 *
 * Whoever asks may know a node on the way up already (each proof leaves some behind); then the uncles below it are enough,
 * and `foldUncles` says what that node has to be.
 *
 * Invariants: 1. A chunk has one length and one number of uncles; anything else is no proof. 2. The work is that of hashing the
 * bytes and one pair a level, whatever came.
 */

import { equalBytes } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import { chunkNode, hashPair, smallRoot } from './node-hash.ts'
import { chunkCountOf, chunkDepthOf, chunkLengthOf } from './tree-shape.ts'

const HASH_BYTES = 32

/** Whether `bytes` are chunk `index` of `id`, by all uncles up to the root. */
export function verifyChunk(
  crypto: Crypto,
  id: BlobId,
  index: number,
  bytes: Uint8Array,
  uncles: readonly Uint8Array[],
): boolean {
  if (!isChunk(id, index, bytes.length)) return false
  if (uncles.length !== chunkDepthOf(id.sizeBytes) || !areHashes(uncles)) return false
  const node = nodeOfChunk(crypto, id.sizeBytes, bytes)
  return equalBytes(foldUncles(crypto, index, node, uncles), id.root)
}

/** Whether the blob has a chunk `index` and it has this length. */
export function isChunk(id: BlobId, index: number, length: number): boolean {
  if (!Number.isSafeInteger(index) || index < 0 || index >= chunkCountOf(id.sizeBytes)) return false
  return length === chunkLengthOf(id.sizeBytes, index)
}

/** The node over one whole chunk of a blob of `sizeBytes`; the root if there is only one. */
export function nodeOfChunk(crypto: Crypto, sizeBytes: number, bytes: Uint8Array): Uint8Array {
  return chunkCountOf(sizeBytes) > 1 ? chunkNode(crypto, bytes) : smallRoot(crypto, bytes)
}

/** The node `uncles.length` levels above `node`, which is number `index` of its level. */
export function foldUncles(
  crypto: Crypto,
  index: number,
  node: Uint8Array,
  uncles: readonly Uint8Array[],
): Uint8Array {
  let [at, place] = [node, index]
  for (const uncle of uncles) {
    at = place % 2 === 0 ? hashPair(crypto, at, uncle) : hashPair(crypto, uncle, at)
    place = Math.floor(place / 2)
  }
  return at
}

export function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES)
}
