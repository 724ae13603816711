/** Types that errors and the modules raising them share. */

import type { LogHead } from './head.ts'

/** Two histories signed by one author; format and meaning in fork-proof.ts. */
export interface ForkProof {
  readonly publicKey: Uint8Array
  readonly namespace: Uint8Array
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
