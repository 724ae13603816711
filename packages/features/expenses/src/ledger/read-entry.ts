/**
 * What an entry says. It is asked twice in a pass of the view, for the keys its fold will read and for the fold, which may be
 * started anew; it is decoded and hashed for the first, which is most of what folding costs, and kept while the entry is.
 */

import type { ContentEntry } from '@hamlet/space'
import type { VersionId } from '../party.ts'
import { decodeLedger } from './content.ts'
import type { LedgerContent } from './content.ts'
import { versionId } from './version-id.ts'
import type { Hash } from './version-id.ts'

export interface EntryReading {
  /** `undefined`: to be ignored. */
  readonly content: LedgerContent | undefined
  /** Of a version. */
  readonly version: VersionId | undefined
}

const READINGS = new WeakMap<ContentEntry, EntryReading>()

/** `hash`: always the same one, the space's. */
export function readEntry(hash: Hash, entry: ContentEntry): EntryReading {
  const known = READINGS.get(entry)
  if (known !== undefined) return known
  const content = decodeLedger(entry.type, entry.value)
  const version = content?.kind === 'version' ? versionId(hash, content) : undefined
  const reading = { content, version }
  READINGS.set(entry, reading)
  return reading
}
