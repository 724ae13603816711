/**
 * How one entry changes a ledger: every rule of it as a pure function of the set of entries.
 *
 * 1. A version is there once, whoever writes it again; it is its first writer's, in the order (time, entry id).
 * 2. Heads of a record are its versions that no version here replaces. The winner has the greatest depth, then the
 *    greatest depth of the series it was made by, then the greatest id.
 * 3. What a record says is its winner's body, or, for an expense, what `merge.ts` makes of all its heads.
 * 4. There is something to choose when there are several heads, they do not merge, and more than one of them was
 *    written by somebody rather than made from a series.
 * 5. A person's verdict on a transfer is the newest they gave; a comment or an attachment can be taken back, where
 *    it stands, by who put it there and by admins.
 * 6. What only admins may set counts when the entry's own past says that its author was one.
 * 7. A ledger that is archived, or a period that is locked, refuses nothing here: what its author did not know of counts.
 *
 * So the stored state is the same whatever order the entries came in, and folding an entry twice changes nothing. A
 * version that replaces the only head costs a few reads; the heads are looked up only where there are several.
 */

import { attachmentToCbor } from '@hamlet/blobs'
import type { EntryId, PersonId } from '@hamlet/core'
import type { ContentEntry } from '@hamlet/space'
import { comparePositions, positionText } from '@hamlet/space/entry-position'
import type { ViewState } from '@hamlet/space/view'
import type { LedgerId, VersionId } from '../party.ts'
import type { AnyVersion, LedgerContent } from './content.ts'
import { encodeCarrier } from './carriers.ts'
import {
  IMPORT_PREFIX,
  LOCK_PREFIX,
  activityKey,
  attachmentBackPrefix,
  attachmentPrefix,
  batchPrefix,
  carrierKey,
  commentBackPrefix,
  commentPrefix,
  currentKey,
  headKey,
  headPrefix,
  headVersion,
  missingKey,
  signaturePrefix,
  verdictKey,
  versionKey,
} from './keys.ts'
import { readEntry } from './read-entry.ts'
import type { RecordKind } from './record-bodies.ts'
import {
  authorshipFromCbor,
  authorshipOf,
  authorshipToCbor,
  decodeCurrent,
  decodeVerdict,
  decodeVersion,
  encodeCurrent,
  encodeVerdict,
  encodeVersion,
} from './records.ts'
import type { Authorship, CurrentRecord, StoredVersion } from './records.ts'
import { resolveHeads } from './resolve-heads.ts'
import type { Head } from './resolve-heads.ts'
import { mayWrite } from './settings.ts'
import type { Hash } from './version-id.ts'

export type LedgerChange =
  | {
      readonly kind: 'record'
      readonly record: RecordKind
      readonly id: LedgerId
      /** A version that was here was found to be written by somebody else too. */
      readonly isAgain?: true
    }
  /** A comment, a verdict or an attachment. */
  | { readonly kind: 'talk'; readonly expense: LedgerId }
  | { readonly kind: 'lock' }
  | { readonly kind: 'import' }

type State = ViewState<LedgerChange>
type Statement<Kind extends LedgerContent['kind']> = Extract<LedgerContent, { kind: Kind }>

export function foldLedger(hash: Hash, entry: ContentEntry, state: State): void {
  const { content, version } = readEntry(hash, entry)
  if (content === undefined) return
  switch (content.kind) {
    case 'version':
      if (mayWrite(entry.role, content)) addVersion(entry, content, version!, state)
      return
    case 'comment':
      return addComment(entry, content, state)
    case 'uncomment':
      return takeBack(entry, content.expense, commentBackPrefix, content.comment, state)
    case 'attach':
      return addAttachment(entry, content, state)
    case 'detach':
      return takeBack(entry, content.expense, attachmentBackPrefix, content.attachment, state)
    case 'verdict':
      return giveVerdict(entry, content, state)
    case 'lock':
      return addLock(entry, content, state)
    case 'lock-sign':
      return signLock(entry, content, state)
    case 'import':
      return addImport(entry, content, state)
  }
}

function addVersion(entry: ContentEntry, version: AnyVersion, id: VersionId, state: State): void {
  const by = authorshipOf(entry)
  const { record } = version
  if (version.batch !== undefined && record === 'expense') {
    state.put(batchPrefix(version.batch) + version.id, true)
  }
  const key = versionKey(record, version.id, id)
  const stored = state.get(key)
  if (stored !== undefined) return addCarrier(id, decodeVersion(record, stored), by, state)
  state.put(key, encodeVersion({ version, by }))
  const isHead = moveHeads(version, id, state)
  noteActivity(by, ['version', record, version.id, id], state)
  const before = readCurrent(version, state)
  const isOnlyHead =
    isHead &&
    (before === undefined || (before.headCount === 1 && version.replaces.includes(before.winner)))
  const heads = isOnlyHead ? [{ version, by, id }] : readHeads(record, version.id, state)
  refresh(heads, before, { by, added: 1 }, state)
}

/** Somebody wrote the same version: whoever was first is its author. */
function addCarrier(id: VersionId, stored: StoredVersion, by: Authorship, state: State): void {
  const { version } = stored
  const order = comparePositions(by, stored.by)
  if (order === 0) return
  if (version.record === 'expense') {
    const later = order < 0 ? stored.by : by
    const key = carrierKey(version.id, id, later.log)
    state.put(key, encodeCarrier(later, state.get(key)))
    state.emit({ kind: 'record', record: 'expense', id: version.id, isAgain: true })
  }
  if (order > 0) return
  state.put(versionKey(version.record, version.id, id), encodeVersion({ version, by }))
  const activity = state.get(activityKey(stored.by))
  state.delete(activityKey(stored.by))
  if (activity !== undefined) {
    const [, ...what] = activity as readonly string[]
    noteActivity(by, what, state)
  }
  const heads = readHeads(version.record, version.id, state)
  refresh(heads, readCurrent(version, state), { by, added: 0 }, state)
}

/** Takes what the version replaces from the heads, and puts it there unless somebody replaced it already. */
function moveHeads(version: AnyVersion, id: VersionId, state: State): boolean {
  const { record, id: recordId, replaces } = version
  const keys = replaces.map((replaced) => versionKey(record, recordId, replaced))
  state.getMany(keys).forEach((stored, i) => {
    if (stored === undefined) return state.put(missingKey(record, recordId, replaces[i]!), true)
    state.delete(headKey(decodeVersion(record, stored).version, replaces[i]!))
  })
  const missing = missingKey(record, recordId, id)
  const isHead = state.get(missing) === undefined
  if (isHead) state.put(headKey(version, id), null)
  else state.delete(missing)
  return isHead
}

function readCurrent({ record, id }: AnyVersion, state: State): CurrentRecord | undefined {
  const stored = state.get(currentKey(record, id))
  return stored === undefined ? undefined : decodeCurrent(record, id, stored)
}

/** Stores what the record says, after one of its versions came or was found to be older. */
function refresh(
  heads: readonly Head[],
  before: CurrentRecord | undefined,
  change: { readonly by: Authorship; readonly added: 0 | 1 },
  state: State,
): void {
  const winner = heads.at(-1)!
  const { record, id } = winner.version
  const { by, added } = change
  const isOlder = before === undefined || comparePositions(by, before.created) < 0
  const { body, isMerged, choices } = resolveHeads(heads, (base) => readBase(id, base, state))
  const current: CurrentRecord = {
    winner: winner.id,
    depth: winner.version.depth,
    headCount: heads.length,
    choices,
    versionCount: (before?.versionCount ?? 0) + added,
    created: isOlder ? by : before.created,
    updated: winner.by,
    merged: isMerged ? heads.slice(0, -1).map((head) => head.by) : [],
    body,
  }
  state.put(currentKey(record, id), encodeCurrent(record, current))
  state.emit({ kind: 'record', record, id })
}

function readBase(id: LedgerId, base: VersionId, state: State): AnyVersion | undefined {
  const stored = state.get(versionKey('expense', id, base))
  return stored === undefined ? undefined : decodeVersion('expense', stored).version
}

/** The winner last. A record always has one: no version can name itself or what names it, both being hashes. */
function readHeads(record: RecordKind, id: LedgerId, state: State): readonly Head[] {
  const ids = state.keys(headPrefix(record, id)).map(headVersion)
  const stored = state.getMany(ids.map((version) => versionKey(record, id, version)))
  return ids.map((version, i) => ({ ...decodeVersion(record, stored[i]!), id: version }))
}

function addComment(entry: ContentEntry, content: Statement<'comment'>, state: State): void {
  const by = authorshipOf(entry)
  const key = commentPrefix(content.expense) + positionText(by)
  if (state.get(key) !== undefined) return
  state.put(key, [authorshipToCbor(by), content.text])
  noteActivity(by, ['comment', content.expense], state)
  state.emit({ kind: 'talk', expense: content.expense })
}

function addAttachment(entry: ContentEntry, content: Statement<'attach'>, state: State): void {
  const by = authorshipOf(entry)
  const key = attachmentPrefix(content.expense) + positionText(by)
  if (state.get(key) !== undefined) return
  state.put(key, [authorshipToCbor(by), attachmentToCbor(content.attachment)])
  noteActivity(by, ['attach', content.expense], state)
  state.emit({ kind: 'talk', expense: content.expense })
}

/** Kept beside what is taken back, which may not be here yet; who may take it back is judged when both are. */
function takeBack(
  entry: ContentEntry,
  expense: LedgerId,
  prefixOf: (expense: LedgerId, target: EntryId) => string,
  target: EntryId,
  state: State,
): void {
  const isAdmin = entry.role === 'admin' || entry.role === 'owner'
  const key = prefixOf(expense, target) + entry.person
  state.put(key, state.get(key) === true || isAdmin)
  state.emit({ kind: 'talk', expense })
}

function giveVerdict(entry: ContentEntry, content: Statement<'verdict'>, state: State): void {
  const { expense, version, verdict, note } = content
  const by = authorshipOf(entry)
  const key = verdictKey(expense, entry.person)
  const stored = state.get(key)
  if (stored !== undefined && comparePositions(by, decodeVerdict(stored).by) <= 0) {
    return noteActivity(by, ['verdict', expense, verdict], state)
  }
  state.put(key, encodeVerdict({ version, verdict, note, by }))
  noteActivity(by, ['verdict', expense, verdict], state)
  state.emit({ kind: 'talk', expense })
}

function addLock(entry: ContentEntry, content: Statement<'lock'>, state: State): void {
  const by = authorshipOf(entry)
  state.put(LOCK_PREFIX + entry.id, [authorshipToCbor(by), entry.value])
  noteActivity(by, ['lock', content.through], state)
  state.emit({ kind: 'lock' })
}

/** A person's first word on a lock stands: whoever saw other balances says so by a lock of their own. */
function signLock(entry: ContentEntry, content: Statement<'lock-sign'>, state: State): void {
  const by = authorshipOf(entry)
  const key = signaturePrefix(content.lock) + entry.person
  noteActivity(by, ['lock-sign', content.lock], state)
  const stored = state.get(key) as readonly [Parameters<typeof authorshipFromCbor>[0]] | undefined
  if (stored !== undefined && comparePositions(by, authorshipFromCbor(stored[0])) >= 0) return
  state.put(key, [authorshipToCbor(by), content.balances])
  state.emit({ kind: 'lock' })
}

/** Two may import one file: the first of them is named. */
function addImport(entry: ContentEntry, content: Statement<'import'>, state: State): void {
  const { batch, source, fileName, expenseCount } = content
  const by = authorshipOf(entry)
  noteActivity(by, ['import', batch], state)
  const key = IMPORT_PREFIX + batch
  const stored = state.get(key) as readonly [Parameters<typeof authorshipFromCbor>[0]] | undefined
  if (stored !== undefined && comparePositions(by, authorshipFromCbor(stored[0])) >= 0) return
  state.put(key, [authorshipToCbor(by), source, fileName, expenseCount])
  state.emit({ kind: 'import' })
}

function noteActivity(
  by: Authorship,
  what: readonly (string | EntryId | PersonId)[],
  state: State,
): void {
  state.put(activityKey(by), [by.person, ...what])
}
