/** The one file that people of a world bring along from another app. Whoever imports it has the same bytes. */

import { utf8 } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { importFile } from '@hamlet/expenses'
import type { ImportedLedger, RecordBodies, RecordKind, LedgerId } from '@hamlet/expenses'
import type { ContentDraft } from '@hamlet/space'
import { PLAINTEXT_MARK } from '../chat-acts.ts'
import { newId } from './ledger-actor.ts'
import type { LedgerActor } from './ledger-actor.ts'

const ROWS = [
  'Date,Description,Category,Cost,Currency,Xenia,Yann',
  `2025-12-01,Boat ${PLAINTEXT_MARK},General,30.00,EUR,15.00,-15.00`,
  `2025-12-02,Fish ${PLAINTEXT_MARK},General,7.01,EUR,-3.50,3.50`,
]
const FILE = utf8(ROWS.join('\n'))
const FIRST_VERSION = { replaces: [], depth: 0 }

let read: ImportedLedger | undefined

/** What the file says: the same whichever device reads it. */
export function readWorldFile(crypto: Crypto): ImportedLedger {
  if (read !== undefined) return read
  const imported = importFile(FILE, { hash: (...parts) => crypto.hash(...parts) })
  if (!imported.ok) throw imported.error
  read = imported.value
  return read
}

/** What the ledger has already is left out; empty when that is all of it. */
export async function draftImport(actor: LedgerActor): Promise<readonly ContentDraft[]> {
  const { crypto, drafts, ledger, random, plantedBug } = actor
  const file = readWorldFile(crypto)
  const batch = newId(random)
  const written: ContentDraft[] = []
  const add = async <Kind extends RecordKind>(
    kind: Kind,
    id: LedgerId,
    body: RecordBodies[Kind],
  ): Promise<void> => {
    if ((await ledger.ledger.record(kind, id)) !== undefined) return
    written.push(
      drafts.record(kind, id, body, FIRST_VERSION, kind === 'expense' ? batch : undefined),
    )
  }
  for (const { id, name, removed } of file.parties) {
    await add('party', id, { name, retired: removed })
  }
  for (const { id, body } of file.expenses) {
    await add('expense', plantedBug === 'copies-import' ? newId(random) : id, body)
  }
  if (written.length === 0) return []
  const { source } = file
  const expenseCount = file.expenses.length
  const fileName = 'boat.csv'
  written.push(drafts.statement({ kind: 'import', batch, source, fileName, expenseCount }))
  return written
}
