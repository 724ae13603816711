/** What a plan is made of. */

import type { VaultGoal } from './goal.ts'
import type { Helper } from './helpers.ts'
import type { LossAssumptions } from './scheme-figures.ts'

export interface SolveRequest {
  /** @default by the size of the circle */
  readonly goal?: VaultGoal
  readonly helpers: readonly Helper[]
  /** What there is to keep, sealed and before it is coded; at least 1. */
  readonly bytes: number
  /** Where the owner keeps a copy of their own; `undefined`: nowhere. */
  readonly ownCopy?: { readonly person: string; readonly household: string | undefined }
  readonly assumptions?: Partial<LossAssumptions>
}
