/**
 * That several blocks are in one tree: the hashes of all parts of the tree (RFC 9162 2.1) in which none of them lies, from left
 * to right. One such proof holds far fewer hashes than an inclusion proof for each block.
 *
 * The tree over [start, end) splits where the RFC says; a part without a proven block is one hash, a single block is
 * hashed from its bytes, and any other part is the node over its two halves.
 */

import { splitOf } from '@hamlet/log'
import type { TreeHasher } from '@hamlet/log'

/** Where hashes of parts of the tree come from: `Log` is one. */
export interface TreeHashes {
  treeHash(start: number, end: number): Uint8Array
}

/** `indexes`: ascending, below `length`. */
export function multiProofOf(
  tree: TreeHashes,
  length: number,
  indexes: readonly number[],
): readonly Uint8Array[] {
  const hashes: Uint8Array[] = []
  const visit = (start: number, end: number, from: number, to: number): void => {
    if (from === to) hashes.push(tree.treeHash(start, end))
    if (from === to || end - start === 1) return
    const middle = splitOf(start, end)
    const cut = firstAtLeast(indexes, middle, from, to)
    visit(start, middle, from, cut)
    visit(middle, end, cut, to)
  }
  visit(0, length, 0, indexes.length)
  return hashes
}

/** The root that the blocks and hashes give; `undefined` when there are too few or too many hashes. */
export function multiProofRoot(
  hasher: TreeHasher,
  length: number,
  blocks: ReadonlyMap<number, Uint8Array>,
  hashes: readonly Uint8Array[],
): Uint8Array | undefined {
  const indexes = [...blocks.keys()].sort((a, b) => a - b)
  let used = 0
  const visit = (start: number, end: number, from: number, to: number): Uint8Array | undefined => {
    if (from === to) return hashes[used++]
    if (end - start === 1) return hasher.leaf(blocks.get(start)!)
    const middle = splitOf(start, end)
    const cut = firstAtLeast(indexes, middle, from, to)
    const left = visit(start, middle, from, cut)
    const right = left && visit(middle, end, cut, to)
    return right && hasher.node(left, right)
  }
  const root = visit(0, length, 0, indexes.length)
  return used === hashes.length ? root : undefined
}

function firstAtLeast(sorted: readonly number[], value: number, from: number, to: number): number {
  let at = from
  while (at < to && sorted[at]! < value) at++
  return at
}
