/** What a log knows of itself between two commits; immutable once made. */

import { equalBytes } from '@hamlet/core'
import { verifyConsistency } from './proofs.ts'
import { Frontier } from './tree.ts'
import type { Crypto } from '@hamlet/core'
import type { LogPosition } from './frame.ts'
import type { LogHead } from './head.ts'
import type { TreeHasher } from './tree.ts'

export interface LogState {
  /** Blocks in this log. */
  readonly length: number
  /** Bytes of those blocks. */
  readonly byteLength: number
  /** Never pushed to: clone it. */
  readonly frontier: Frontier
  /** The newest head, which may speak of more blocks than are here; `undefined` before the first commit. */
  readonly head: LogHead | undefined
  /** Consistency proof from `length` to `head.length`, empty when they are equal. */
  readonly extension: readonly Uint8Array[]
  /** Right after the head frame of the last commit. */
  readonly position: LogPosition
  readonly headOffset: number
  /** The fork of the log that the head belongs to: an older one than the log's until something of the newer one is here. */
  readonly fork: number
}

export function emptyState(hasher: TreeHasher, fork = 0): LogState {
  return {
    length: 0,
    byteLength: 0,
    frontier: new Frontier(hasher),
    head: undefined,
    extension: [],
    position: { segment: 0, offset: 0 },
    headOffset: 0,
    fork,
  }
}

/** Whether the tree of `length` leaves with this root is a prefix of the head's tree. */
export function isPrefixOfHead(
  crypto: Crypto,
  length: number,
  root: Uint8Array,
  head: LogHead,
  extension: readonly Uint8Array[],
): boolean {
  if (length === head.length) return extension.length === 0 && equalBytes(root, head.root)
  return verifyConsistency(crypto, {
    from: length,
    to: head.length,
    fromRoot: root,
    toRoot: head.root,
    proof: extension,
  })
}
