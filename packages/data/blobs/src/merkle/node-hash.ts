/**
 * Hashing the nodes of one chunk.
 *
 * Leaves are hashed whole, where they lie, by the native hash of the Crypto port; only their hashes are joined. The hashes of
 * one level stand side by side in one array, so that two siblings are one view of 64 bytes and nothing is copied to hash them.
 */

import { assert } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { CHUNK_BYTES, CHUNK_LEAVES, LEAF_BYTES } from '../limits.ts'
import { paddingNode } from './padding-node.ts'
import { CHUNK_HEIGHT, log2Up } from './tree-shape.ts'

const HASH_BYTES = 32

/** A parent: SHA-256 of both children, without a prefix (BEP 52). */
export function hashPair(crypto: Crypto, left: Uint8Array, right: Uint8Array): Uint8Array {
  const pair = new Uint8Array(2 * HASH_BYTES)
  pair.set(left)
  pair.set(right, HASH_BYTES)
  return crypto.hash(pair)
}

/**
 * The node over the leaves of `bytes`, at most one chunk of a larger blob: at {@link CHUNK_HEIGHT}, whatever of it is padding.
 */
export function chunkNode(crypto: Crypto, bytes: Uint8Array): Uint8Array {
  return new LeafHashes(crypto, bytes).nodeAt(CHUNK_HEIGHT)
}

/** The root of a blob that is at most one chunk and not empty: its tree is as high as its leaves need. */
export function smallRoot(crypto: Crypto, bytes: Uint8Array): Uint8Array {
  return new LeafHashes(crypto, bytes).root()
}

/** The hashes of the leaves of one chunk; of the two methods one may be called, once. */
export class LeafHashes {
  readonly #crypto: Crypto
  readonly #hashes = new Uint8Array(HASH_BYTES * (CHUNK_LEAVES + 1))
  readonly #count: number

  constructor(crypto: Crypto, bytes: Uint8Array) {
    assert(bytes.length > 0 && bytes.length <= CHUNK_BYTES, 'a chunk has 1 to 262,144 bytes')
    this.#crypto = crypto
    let count = 0
    for (let start = 0; start < bytes.length; start += LEAF_BYTES) {
      const leaf = bytes.subarray(start, start + LEAF_BYTES)
      this.#hashes.set(crypto.hash(leaf), HASH_BYTES * count++)
    }
    this.#count = count
  }

  nodeAt(height: number): Uint8Array {
    let count = this.#count
    for (let level = 0; level < height; level++) {
      count = raise(this.#crypto, this.#hashes, count, level)
    }
    return this.#hashes.slice(0, HASH_BYTES)
  }

  root(): Uint8Array {
    return this.nodeAt(log2Up(this.#count))
  }
}

/** Replaces the `count` nodes at the beginning of `hashes`, of height `level`, by their parents; returns how many those are. */
function raise(crypto: Crypto, hashes: Uint8Array, count: number, level: number): number {
  const parents = Math.ceil(count / 2)
  if (count % 2 === 1) hashes.set(paddingNode(crypto, level), HASH_BYTES * count)
  for (let at = 0; at < parents; at++) {
    const pair = hashes.subarray(2 * HASH_BYTES * at, 2 * HASH_BYTES * (at + 1))
    hashes.set(crypto.hash(pair), HASH_BYTES * at)
  }
  return parents
}
