/** The view of a ledger: what `openViewRunner` is given. */

import type { ContentEntry } from '@hamlet/space'
import type { ViewDefinition } from '@hamlet/space/view'
import { LEDGER_TYPES } from './content.ts'
import { currentKey, missingKey, verdictKey, versionKey } from './keys.ts'
import { foldLedger } from './ledger-fold.ts'
import type { LedgerChange } from './ledger-fold.ts'
import { readEntry } from './read-entry.ts'
import type { Hash } from './version-id.ts'

const VERSION = 6

/** `hash`: of the crypto port. */
export function ledgerView(hash: Hash): ViewDefinition<LedgerChange> {
  return {
    name: 'ledger',
    version: VERSION,
    types: LEDGER_TYPES,
    reads: (entry) => reads(hash, entry),
    fold: (entry, state) => foldLedger(hash, entry, state),
  }
}

function reads(hash: Hash, entry: ContentEntry): readonly string[] {
  const { content, version } = readEntry(hash, entry)
  if (content?.kind === 'verdict') return [verdictKey(content.expense, entry.person)]
  if (content?.kind !== 'version') return []
  const { record, id, replaces } = content
  return [
    currentKey(record, id),
    versionKey(record, id, version!),
    missingKey(record, id, version!),
    ...replaces.map((replaced) => versionKey(record, id, replaced)),
  ]
}
