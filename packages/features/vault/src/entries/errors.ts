/** What a person wants of their backups and cannot have. */

import { HamletError } from '@hamlet/core'

export type VaultErrorCode =
  /** Something that others would not take, such as a size beyond the limits. */
  'VAULT_BAD_ENTRY'

export class VaultError extends HamletError<VaultErrorCode> {
  override readonly name = 'VaultError'
}
