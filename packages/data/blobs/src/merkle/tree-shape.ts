/**
 * The shape of a BEP 52 tree: how many leaves and chunks a size has, and at what height their nodes lie.
 *
 * Leaves are padded to a power of two, so a tree is perfect; what is beyond the last leaf is a node of known hash
 * (`padding-node.ts`). Heights count from the leaves: a leaf is at 0, a chunk's node at {@link CHUNK_HEIGHT} or at the root of a
 * smaller tree, the root at `rootHeight`. Levels count from the chunks: level 0 are the chunks' nodes.
 */

import { CHUNK_BYTES, LEAF_BYTES } from '../limits.ts'

/** Of a chunk's node in a tree that has more than one. */
export const CHUNK_HEIGHT = 4

export function leafCountOf(sizeBytes: number): number {
  return Math.ceil(sizeBytes / LEAF_BYTES)
}

/** Zero for the empty blob. */
export function chunkCountOf(sizeBytes: number): number {
  return Math.ceil(sizeBytes / CHUNK_BYTES)
}

/** Steps from a chunk's node up to the root: 0 when the blob is at most one chunk. This many uncles prove a chunk. */
export function chunkDepthOf(sizeBytes: number): number {
  return log2Up(chunkCountOf(sizeBytes))
}

/** How many bytes chunk `index` has; all have {@link CHUNK_BYTES} but the last. */
export function chunkLengthOf(sizeBytes: number, index: number): number {
  return Math.min(CHUNK_BYTES, sizeBytes - index * CHUNK_BYTES)
}

/** How many nodes level `level` above the chunks has, without those that are nothing but padding. */
export function levelCountOf(chunkCount: number, level: number): number {
  return Math.ceil(chunkCount / 2 ** level)
}

/** The smallest `n` with 2^n >= `count`; 0 for 0 and 1. */
export function log2Up(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1)
}
