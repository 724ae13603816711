/** What a new version of a record is written over. */

import type { ViewReader } from '@hamlet/space/view'
import { REPLACED_MAX, VERSION_DEPTH_MAX } from '../limits.ts'
import type { LedgerId, VersionId } from '../party.ts'
import { headPrefix, headVersion } from './keys.ts'
import type { LedgerBook } from './ledger-book.ts'
import type { RecordKind } from './record-bodies.ts'

export interface RecordHeads {
  /** In ascending order; of more than a version may replace, those that win over the others. */
  readonly replaces: readonly VersionId[]
  /** Of a version over all of them. */
  readonly depth: number
}

/** A record that is not there yet has no heads, and its first version is 0 deep. */
export async function readHeads(
  view: ViewReader,
  book: LedgerBook,
  kind: RecordKind,
  id: LedgerId,
): Promise<RecordHeads> {
  const current = book.get(kind, id)
  if (current === undefined) return { replaces: [], depth: 0 }
  const heads: VersionId[] = []
  const range = { reverse: true, limit: REPLACED_MAX }
  for await (const [key] of view.range(headPrefix(kind, id), range)) heads.push(headVersion(key))
  // What is replaced is no head any more, so a depth somebody has driven to its end does not keep others from writing.
  return { replaces: heads.sort(), depth: Math.min(current.depth + 1, VERSION_DEPTH_MAX) }
}
