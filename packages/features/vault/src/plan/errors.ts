/** What cannot be made a plan of. */

import { HamletError } from '@hamlet/core'

export type VaultGoalErrorCode =
  /** Words that say no goal. */
  'VAULT_BAD_GOAL'

export class VaultGoalError extends HamletError<VaultGoalErrorCode> {
  override readonly name = 'VaultGoalError'
}
