/**
 * One proof that several leaves are in a tree: the hashes of the largest ranges that hold none of them, from left to right.
 *
 * With them and the leaves the root is computed as RFC 9162 2.1 defines it, so a proof of many neighbours costs little more than
 * one of a single leaf, and of all leaves nothing. Of one leaf it holds the hashes of the inclusion proof of RFC 9162 2.1.3, in
 * another order.
 *
 * Invariants: 1. For one set of indices and one length there is one shape. 2. A proof with a hash too few or too many is none.
 * 3. The work is bounded by the number of leaves times the depth of the tree, whatever length is claimed.
 */

import { equalBytes } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import type { LogHead } from './head.ts'
import { HASH_BYTES, TreeHasher, splitOf } from './tree.ts'
import type { LeafRange } from './tree.ts'

export interface LeafSetProof {
  /** The signed head it leads to. */
  readonly head: LogHead
  readonly proof: readonly Uint8Array[]
}

export interface LeafSetClaim {
  /** Ascending, each once, at least one. */
  readonly indices: readonly number[]
  /** Of each index. */
  readonly leafHashes: readonly Uint8Array[]
  readonly length: number
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** The ranges whose hashes prove these leaves of a tree of `length`, from left to right. */
export function leafSetShape(indices: readonly number[], length: number): readonly LeafRange[] {
  const ranges: LeafRange[] = []
  walk(
    indices,
    { start: 0, end: length },
    { from: 0, to: indices.length },
    {
      leaf: () => undefined,
      range: (range) => void ranges.push(range),
      node: () => undefined,
    },
  )
  return ranges
}

export function verifyLeafSet(crypto: Crypto, claim: LeafSetClaim): boolean {
  const { indices, leafHashes, length, root, proof } = claim
  if (!areIndices(indices, length) || leafHashes.length !== indices.length) return false
  if (![...leafHashes, root, ...proof].every((hash) => hash.length === HASH_BYTES)) return false
  const hasher = new TreeHasher(crypto)
  let used = 0
  const computed = walk<Uint8Array | undefined>(
    indices,
    { start: 0, end: length },
    { from: 0, to: indices.length },
    {
      leaf: (place) => leafHashes[place],
      range: () => proof[used++],
      node: (left, right) => left && right && hasher.node(left, right),
    },
  )
  return used === proof.length && computed !== undefined && equalBytes(computed, root)
}

interface Visitor<T> {
  /** `place`: in the list of indices. */
  leaf(place: number): T
  range(range: LeafRange): T
  node(left: T, right: T): T
}

/** `places`: the indices within the range, at least one of them at the top. */
function walk<T>(
  indices: readonly number[],
  range: LeafRange,
  places: { readonly from: number; readonly to: number },
  visitor: Visitor<T>,
): T {
  const { start, end } = range
  const { from, to } = places
  if (from === to) return visitor.range(range)
  if (end - start === 1) return visitor.leaf(from)
  const middle = splitOf(start, end)
  const split = firstAtOrAbove(indices, middle, from, to)
  const left = walk(indices, { start, end: middle }, { from, to: split }, visitor)
  const right = walk(indices, { start: middle, end }, { from: split, to }, visitor)
  return visitor.node(left, right)
}

function firstAtOrAbove(
  indices: readonly number[],
  bound: number,
  from: number,
  to: number,
): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (indices[middle]! < bound) low = middle + 1
    else high = middle
  }
  return low
}

function areIndices(indices: readonly number[], length: number): boolean {
  if (indices.length === 0 || !Number.isSafeInteger(length)) return false
  if (!indices.every((index) => Number.isSafeInteger(index) && index >= 0)) return false
  return indices.at(-1)! < length && indices.every((index, i) => i === 0 || indices[i - 1]! < index)
}
