/** Files that were imported, and what of them is still there. */

import { comparePositions } from '@hamlet/space/entry-position'
import type { ViewReader } from '@hamlet/space/view'
import type { LedgerId } from '../party.ts'
import { IMPORT_PREFIX, batchPrefix } from './keys.ts'
import type { LedgerBook } from './ledger-book.ts'
import type { LedgerImport } from './ledger-model.ts'
import { authorshipFromCbor, fieldsOf } from './records.ts'

/** Newest first. */
export async function readImports(
  view: ViewReader,
  book: LedgerBook,
): Promise<readonly LedgerImport[]> {
  const imports: LedgerImport[] = []
  for await (const [key, stored] of view.range(IMPORT_PREFIX)) {
    const batch = key.slice(IMPORT_PREFIX.length) as LedgerId
    const [by, source, fileName] = fieldsOf(stored, 4)
    const expenses = await readBatch(view, batch)
    imports.push({
      batch,
      by: authorshipFromCbor(by!),
      source: source as string,
      fileName: fileName as string,
      expenses,
      undone: expenses.every((id) => book.get('expense', id)?.body.deleted ?? true),
    })
  }
  return imports.sort((a, b) => -comparePositions(a.by, b.by))
}

async function readBatch(view: ViewReader, batch: LedgerId): Promise<readonly LedgerId[]> {
  const expenses: LedgerId[] = []
  const prefix = batchPrefix(batch)
  for await (const [key] of view.range(prefix)) expenses.push(key.slice(prefix.length) as LedgerId)
  return expenses
}
