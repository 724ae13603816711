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
