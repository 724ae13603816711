/** Types that errors and the modules raising them share. */

import type { LogHead } from './head.ts'

/** Two histories signed by one author; format and meaning in fork-proof.ts. */
export interface ForkProof {
  readonly publicKey: Uint8Array
  readonly namespace: Uint8Array
  /** Of the log, when it was truncated before. @default 0 */
  readonly fork?: number
  readonly a: LogHead
  readonly b: LogHead
  readonly rootAtA: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** A leaf and the proof that it is in the tree of a signed head. */
export interface SignedLeaf {
  readonly head: LogHead
  readonly leaf: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** Two leaves signed for one place; format and meaning in fork-point.ts. */
export interface ForkPoint {
  readonly publicKey: Uint8Array
  readonly namespace: Uint8Array
  readonly index: number
  readonly a: SignedLeaf
  readonly b: SignedLeaf
}

/** The author took back the end of a log; format and meaning in truncation.ts. */
export interface Truncation {
  readonly publicKey: Uint8Array
  readonly namespace: Uint8Array
  /** The fork that begins, from 1 on. */
  readonly fork: number
  /** The first head of this fork; unlike others its length may be 0. */
  readonly kept: LogHead
  /** The last head of the fork before. */
  readonly last: LogHead
  /** Consistency proof from `kept.length` to `last.length`, empty when nothing was kept. */
  readonly proof: readonly Uint8Array[]
  readonly signature: Uint8Array
}

/** Two truncations signed for one fork; format and meaning in truncation-fork.ts. */
export interface TruncationFork {
  readonly a: Truncation
  readonly b: Truncation
}
