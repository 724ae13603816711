/** The view of backups: what `openViewRunner` is given. */

import type { Crypto, PersonId } from '@hamlet/core'
import type { ViewDefinition } from '@hamlet/space/view'
import { VAULT_TYPES } from './content.ts'
import { foldVault, vaultReads } from './vault-fold.ts'
import type { VaultChange } from './vault-fold.ts'

const VERSION = 1

/** `person`: whose catalog is kept; of all others' only that there is one. */
export function vaultView(crypto: Crypto, person: PersonId): ViewDefinition<VaultChange> {
  return {
    name: 'vault',
    version: VERSION,
    types: VAULT_TYPES,
    reads: (entry) => vaultReads(crypto, person, entry),
    fold: (entry, state) => foldVault(crypto, person, entry, state),
  }
}
