/** Everything that was done in a ledger, newest first: who, when, what. */

import type { CborValue, EntryId } from '@hamlet/core'
import { assert } from '@hamlet/core'
import type { PersonId } from '@hamlet/core'
import { keyPosition } from '@hamlet/space/entry-position'
import type { ViewReader } from '@hamlet/space/view'
import type { LedgerId, VersionId } from '../party.ts'
import { ACTIVITY_PREFIX, versionKey } from './keys.ts'
import type { Verdict } from './content.ts'
import type { LedgerBook } from './ledger-book.ts'
import type { LedgerActivity, LedgerEvent, RecordEvent } from './ledger-model.ts'
import type { RecordKind } from './record-bodies.ts'
import { decodeVersion } from './records.ts'
import type { StoredVersion } from './records.ts'

export interface ActivityQuery {
  /** 1 to 500. */
  readonly limit: number
  /** Key of the last line of the page before. */
  readonly before?: string
}

export interface ActivityPage {
  readonly lines: readonly LedgerActivity[]
  /** For the page after this; `undefined` when there is none. */
  readonly before: string | undefined
}

export async function readActivity(
  view: ViewReader,
  book: LedgerBook,
  { limit, before }: ActivityQuery,
): Promise<ActivityPage> {
  const lines: LedgerActivity[] = []
  const range = { reverse: true, limit: limit + 1, ...(before === undefined ? {} : { lt: before }) }
  let last: string | undefined
  for await (const [key, stored] of view.range(ACTIVITY_PREFIX, range)) {
    if (lines.length === limit) return { lines, before: last }
    lines.push(await toLine(view, book, key, stored))
    last = key.slice(ACTIVITY_PREFIX.length)
  }
  return { lines, before: undefined }
}

async function toLine(
  view: ViewReader,
  book: LedgerBook,
  key: string,
  stored: CborValue,
): Promise<LedgerActivity> {
  const { id: entry, time } = keyPosition(key)
  const [person, what, ...rest] = stored as readonly string[]
  const event = await toEvent(view, book, { entry, what: what!, rest })
  return { entry, person: person as PersonId, atMs: time.milliseconds, event }
}

async function toEvent(
  view: ViewReader,
  book: LedgerBook,
  noted: { readonly entry: EntryId; readonly what: string; readonly rest: readonly string[] },
): Promise<LedgerEvent> {
  const { entry, what, rest } = noted
  switch (what) {
    case 'version':
      return await describeVersion(view, rest as [RecordKind, LedgerId, VersionId])
    case 'comment':
      return { what: 'commented', ...titled(book, rest[0] as LedgerId) }
    case 'attach':
      return { what: 'attached', ...titled(book, rest[0] as LedgerId) }
    case 'verdict':
      return { what: rest[1] as Verdict, ...titled(book, rest[0] as LedgerId) }
    case 'lock':
      return { what: 'locked', lock: entry }
    case 'lock-sign':
      return { what: 'countersigned', lock: rest[0] as EntryId }
    default:
      assert(what === 'import', 'an activity the fold notes')
      return { what: 'imported', batch: rest[0] as LedgerId }
  }
}

function titled(book: LedgerBook, id: LedgerId): { readonly id: LedgerId; readonly title: string } {
  return { id, title: book.get('expense', id)?.body.title ?? '' }
}

async function describeVersion(
  view: ViewReader,
  [record, id, version]: readonly [RecordKind, LedgerId, VersionId],
): Promise<LedgerEvent> {
  const stored = await readVersion(view, record, id, version)
  const base = stored && (await readVersion(view, record, id, stored.version.replaces[0]))
  return { what: whatHappened(stored, base), record, id, title: titleOf(stored) }
}

async function readVersion(
  view: ViewReader,
  record: RecordKind,
  id: LedgerId,
  version: VersionId | undefined,
): Promise<StoredVersion | undefined> {
  if (version === undefined) return undefined
  const stored = await view.get(versionKey(record, id, version))
  return stored === undefined ? undefined : decodeVersion(record, stored)
}

function whatHappened(
  stored: StoredVersion | undefined,
  base: StoredVersion | undefined,
): RecordEvent {
  if (stored === undefined || stored.version.replaces.length === 0) return 'created'
  const [was, is] = [isDeleted(base), isDeleted(stored)]
  if (was !== is) return is ? 'deleted' : 'restored'
  return stored.version.replaces.length > 1 ? 'resolved' : 'edited'
}

function isDeleted(stored: StoredVersion | undefined): boolean {
  return stored?.version.record === 'expense' && stored.version.body.deleted
}

function titleOf(stored: StoredVersion | undefined): string {
  const version = stored?.version
  switch (version?.record) {
    case 'expense':
      return version.body.title
    case 'series':
      return version.body.template.title
    case 'party':
    case 'category':
    case 'template':
    case 'couple':
    case 'setting':
      return version.body.name
    default:
      return ''
  }
}
