/** What goes to a thread and what comes back. */

import type { StripeHandle } from '../stripe.ts'

export type ThreadTask =
  | { readonly kind: 'encode' }
  | {
      readonly kind: 'reconstruct'
      readonly missing: readonly number[]
      readonly wanted: readonly number[]
    }
  | { readonly kind: 'verify' }

export interface ThreadRequest {
  readonly task: ThreadTask
  readonly shardBytes: number
  /** Of another stripe than the last time. */
  readonly handle?: StripeHandle | undefined
}

/** Of `verify` the answer, of other tasks true. */
export type ThreadAnswer = boolean
