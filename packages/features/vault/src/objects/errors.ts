/** What cannot be done with an object. */

import { HamletError } from '@hamlet/core'

export type VaultObjectErrorCode =
  /** Fewer shards can be read than are needed. */
  'VAULT_TOO_FEW_SHARDS'

export class VaultObjectError extends HamletError<VaultObjectErrorCode> {
  override readonly name = 'VaultObjectError'
}
