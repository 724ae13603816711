/**
 * The Merkle tree of RFC 9162 2.1 (and RFC 6962 2.1) over SHA-256: hashing, the shape of proofs, and the frontier to which leaves
 * are appended.
 *
 *     leaf  = SHA-256(0x00 || data)          node = SHA-256(0x01 || left || right)
 *     MTH(n leaves) = node(MTH(first k), MTH(rest)), k the largest power of two below n
 *
 * The idea: every hash a proof can name is that of a range [start, end) of leaves. The shape functions say which
 * ranges a proof consists of; a {@link HashSource} knows the hash of a range. A tree file, the memory of a
 * downloader and a log that holds only the beginning of a signed tree are three sources under the same functions.
 *
 * Stored order: post-order, so that appending a leaf only appends nodes. Leaf i is node 2i - popcount(i); the root of
 * the perfect subtree of 2^k leaves that begins at leaf s comes 2^(k+1) - 2 nodes after leaf s.
 */

import { assert } from '@hamlet/core'
import { isLargePart } from './part-writer.ts'
import type { Crypto } from '@hamlet/core'

export const HASH_BYTES = 32

const LEAF_PREFIX = Uint8Array.of(0x00)

/** Leaves [start, end). */
export interface LeafRange {
  readonly start: number
  readonly end: number
}

export interface HashSource {
  /** MTH of the leaves [start, end), which is a range of a proof's shape; `start < end`. */
  hash(start: number, end: number): Uint8Array
}

/** What takes nodes in stored order: an array of them, or {@link NodeBytes}. */
export interface NodeSink {
  push(hash: Uint8Array): unknown
}

/** Nodes joined as they are stored. */
export class NodeBytes implements NodeSink {
  readonly #bytes: Uint8Array
  #used = 0

  /** `count`: the most nodes that come. */
  constructor(count: number) {
    this.#bytes = new Uint8Array(count * HASH_BYTES)
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used)
  }

  push(hash: Uint8Array): void {
    this.#bytes.set(hash, this.#used)
    this.#used += HASH_BYTES
  }
}

export class TreeHasher {
  readonly #crypto: Crypto
  /** One array for all nodes: a node's input lives only during the call. */
  readonly #input = new Uint8Array(1 + 2 * HASH_BYTES)

  constructor(crypto: Crypto) {
    this.#crypto = crypto
    this.#input[0] = 0x01
  }

  node(left: Uint8Array, right: Uint8Array): Uint8Array {
    this.#input.set(left, 1)
    this.#input.set(right, 1 + HASH_BYTES)
    return this.#crypto.hash(this.#input)
  }

  leaf(data: Uint8Array): Uint8Array {
    if (isLargePart(data)) return this.#crypto.hash(LEAF_PREFIX, data)
    const input = new Uint8Array(1 + data.length)
    input.set(data, 1)
    return this.#crypto.hash(input)
  }

  /** `input` already begins with the prefix 0x00. */
  prefixedLeaf(input: Uint8Array): Uint8Array {
    return this.#crypto.hash(input)
  }

  empty(): Uint8Array {
    return this.#crypto.hash(new Uint8Array())
  }
}

/** The roots of the perfect subtrees of a tree, largest first: all that appending needs. */
export class Frontier {
  readonly #hasher: TreeHasher
  readonly #peaks: Uint8Array[]
  #length: number

  constructor(hasher: TreeHasher, length = 0, peaks: readonly Uint8Array[] = []) {
    assert(peaks.length === popcount(length), 'a frontier has one peak per set bit of its length')
    this.#hasher = hasher
    this.#length = length
    this.#peaks = [...peaks]
  }

  get length(): number {
    return this.#length
  }

  clone(): Frontier {
    return new Frontier(this.#hasher, this.#length, this.#peaks)
  }

  /** Adds a leaf; the nodes this completes are pushed to `nodes` in stored order. */
  push(leafHash: Uint8Array, nodes: NodeSink): void {
    let hash = leafHash
    nodes.push(hash)
    for (let rest = this.#length; rest % 2 === 1; rest = (rest - 1) / 2) {
      hash = this.#hasher.node(this.#peaks.pop()!, hash)
      nodes.push(hash)
    }
    this.#peaks.push(hash)
    this.#length++
  }

  root(): Uint8Array {
    let root = this.#peaks.at(-1)
    if (!root) return this.#hasher.empty()
    for (let i = this.#peaks.length - 2; i >= 0; i--)
      root = this.#hasher.node(this.#peaks[i]!, root)
    return root
  }
}

/** The perfect subtrees of a tree of `length` leaves, largest first. */
export function peakRanges(length: number): readonly LeafRange[] {
  const ranges: LeafRange[] = []
  for (let start = 0; start < length;) {
    const size = largestPowerUpTo(length - start)
    ranges.push({ start, end: start + size })
    start += size
  }
  return ranges
}

/** RFC 9162 2.1.3.1: the ranges of PATH(index, D_length), nearest the leaf first. */
export function inclusionShape(index: number, length: number): readonly LeafRange[] {
  const ranges: LeafRange[] = []
  let [start, end] = [0, length]
  while (end - start > 1) {
    const middle = splitOf(start, end)
    if (index < middle) {
      ranges.push({ start: middle, end })
      end = middle
    } else {
      ranges.push({ start, end: middle })
      start = middle
    }
  }
  return ranges.toReversed()
}

/** RFC 9162 2.1.4.1: the ranges of PROOF(from, D_to), in the order of the proof; `0 < from <= to`. */
export function consistencyShape(from: number, to: number): readonly LeafRange[] {
  const ranges: LeafRange[] = []
  let [start, end] = [0, to]
  while (end > from) {
    const middle = splitOf(start, end)
    if (from <= middle) {
      ranges.push({ start: middle, end })
      end = middle
    } else {
      ranges.push({ start, end: middle })
      start = middle
    }
  }
  if (start > 0) ranges.push({ start, end })
  return ranges.toReversed()
}

/** MTH of any range by the definition, from the hashes of perfect aligned subtrees. */
export function rangeHash(
  hasher: TreeHasher,
  start: number,
  end: number,
  perfect: (start: number, size: number) => Uint8Array,
): Uint8Array {
  const size = end - start
  if (size === largestPowerUpTo(size)) return perfect(start, size)
  const middle = splitOf(start, end)
  const left = perfect(start, middle - start)
  return hasher.node(left, rangeHash(hasher, middle, end, perfect))
}

/** Where the definition splits the leaves [start, end). */
export function splitOf(start: number, end: number): number {
  return start + largestPowerUpTo(end - start - 1)
}

/** Position, in stored order, of the root of the perfect subtree of `size` leaves at `start`. */
export function nodePosition(start: number, size: number): number {
  return nodeCount(start) + 2 * size - 2
}

/** Nodes stored for a tree of `length` leaves. */
export function nodeCount(length: number): number {
  return 2 * length - popcount(length)
}

const TWO_32 = 2 ** 32

export function popcount(value: number): number {
  return popcount32(value % TWO_32) + popcount32(Math.floor(value / TWO_32))
}

function popcount32(value: number): number {
  let count = 0
  for (let rest = value | 0; rest !== 0; rest &= rest - 1) count++
  return count
}

/** The largest power of two not above `value`, which is at least 1. */
export function largestPowerUpTo(value: number): number {
  if (value < TWO_32) return 2 ** (31 - Math.clz32(value))
  return 2 ** (63 - Math.clz32(Math.floor(value / TWO_32)))
}
