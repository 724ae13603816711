/**
 * The content types of the ledger and their strict decoders. `docs/formats/ledger.md` has the same table.
 *
 *     TYPE                    VALUE (CBOR array)                                                        LEAST ROLE
 *     ledger.<record kind>    [id 16 B, [replaced version 32 B ≤ 16], depth, BODY, batch 16 B | null]   writer
 *     ledger.comment          [expense 16 B, text 1-4,096 B]                                            writer
 *     ledger.uncomment        [expense 16 B, comment 32 B]                                              writer
 *     ledger.verdict          [expense 16 B, version 32 B, confirmed | disputed, note ≤ 4,096 B]        reader
 *     ledger.attach           [expense 16 B, ATTACHMENT]                                                writer
 *     ledger.detach           [expense 16 B, attachment: entry 32 B]                                    writer
 *     ledger.lock             [last day, [[device 32 B, count] ≤ 1,000], balances 32 B, note]           writer
 *     ledger.lock-sign        [lock 32 B, balances 32 B]                                                reader
 *     ledger.import           [batch 16 B, kind of file 1-100 B, name ≤ 200 B, expenses]                writer
 *
 * ATTACHMENT is `attachment.ts` of `@hamlet/blobs`. Receipts are statements beside a bill and not a part of its body: an earlier version
 * ignores a body with a field it does not know, and would come to other balances; and what it edits keeps its receipts.
 *
 * A value that does not decode is ignored, on every device alike, so nothing here depends on anything but the value. A version's
 * depth is what its author says: one more than the greatest it replaces. It only decides which of several heads counts
 * until somebody chooses, and every writer may choose.
 */

import { attachmentToCbor, readAttachment } from '@hamlet/blobs'
import type { Attachment } from '@hamlet/blobs'
import { bytesToHex, hexToBytes, idToBytes, readFields } from '@hamlet/core'
import type { CborError, CborValue, DeviceId, EntryId, FieldReader, Result } from '@hamlet/core'
import type { ContentDraft, Role } from '@hamlet/space'
import type { CivilDate } from '../expense-body.ts'
import {
  IMPORT_COUNT_MAX,
  LOCK_COUNT_MAX,
  LOCK_DEVICES_MAX,
  NOTE_BYTES_MAX,
  REPLACED_MAX,
  SOURCE_BYTES_MAX,
  TITLE_BYTES_MAX,
  VERSION_DEPTH_MAX,
} from '../limits.ts'
import { civilDateToDays } from '../money/civil-date.ts'
import type { LedgerId, VersionId } from '../party.ts'
import { readDay, readLedgerId, readVersionId } from './body-codec.ts'
import { RECORD_KINDS, readRecordBody, recordBodyToCbor } from './record-bodies.ts'
import type { RecordBodies, RecordKind } from './record-bodies.ts'

/** One version of a record, as an entry carries it. */
export interface RecordVersion<Kind extends RecordKind = RecordKind> {
  readonly kind: 'version'
  readonly record: Kind
  readonly id: LedgerId
  /** In ascending order, each once. */
  readonly replaces: readonly VersionId[]
  /** 0 when nothing is replaced. */
  readonly depth: number
  readonly body: RecordBodies[Kind]
  /** The import that brought it; not part of what the version says. */
  readonly batch: LedgerId | undefined
}

/** A version of some kind, told apart by `record`. */
export type AnyVersion = { readonly [Kind in RecordKind]: RecordVersion<Kind> }[RecordKind]

export type Verdict = 'confirmed' | 'disputed'

/** How many of a device's entries of this space the author of a lock had. */
export interface LockedLog {
  /** Or the log it went on with after it was reset. */
  readonly device: DeviceId
  readonly count: number
}

export type LedgerContent =
  | AnyVersion
  | { readonly kind: 'comment'; readonly expense: LedgerId; readonly text: string }
  | { readonly kind: 'uncomment'; readonly expense: LedgerId; readonly comment: EntryId }
  | { readonly kind: 'attach'; readonly expense: LedgerId; readonly attachment: Attachment }
  | { readonly kind: 'detach'; readonly expense: LedgerId; readonly attachment: EntryId }
  | {
      readonly kind: 'verdict'
      readonly expense: LedgerId
      readonly version: VersionId
      readonly verdict: Verdict
      readonly note: string
    }
  | {
      readonly kind: 'lock'
      readonly through: CivilDate
      /** In ascending order of devices. */
      readonly frontier: readonly LockedLog[]
      /** Of the balances of these entries, 64 hex digits: see `locks.ts`. */
      readonly balances: string
      readonly note: string
    }
  | { readonly kind: 'lock-sign'; readonly lock: EntryId; readonly balances: string }
  | {
      readonly kind: 'import'
      readonly batch: LedgerId
      readonly source: string
      readonly fileName: string
      readonly expenseCount: number
    }

export type LedgerStatement = Exclude<LedgerContent, { kind: 'version' }>

const BALANCES_BYTES = 32
const VERDICTS: readonly Verdict[] = ['confirmed', 'disputed']

export const LEDGER_TYPES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ...RECORD_KINDS.map((kind): [string, Role] => [`ledger.${kind}`, 'writer']),
  ['ledger.comment', 'writer'],
  ['ledger.uncomment', 'writer'],
  ['ledger.attach', 'writer'],
  ['ledger.detach', 'writer'],
  ['ledger.verdict', 'reader'],
  ['ledger.lock', 'writer'],
  ['ledger.lock-sign', 'reader'],
  ['ledger.import', 'writer'],
])

/** What the value says, or `undefined` for another type and for anything malformed. */
export function decodeLedger(type: string, value: CborValue): LedgerContent | undefined {
  const decoded = judgeLedger(type, value)
  return decoded?.ok === true ? decoded.value : undefined
}

/** As {@link decodeLedger}, with what is wrong; `undefined` for another type. */
export function judgeLedger(
  type: string,
  value: CborValue,
): Result<LedgerContent, CborError> | undefined {
  const read = READERS.get(type)
  return read === undefined ? undefined : readFields(value, type, read)
}

/** The entry to write; the inverse of `decodeLedger`. The caller has checked the limits. */
export function ledgerDraft(content: LedgerContent): ContentDraft {
  if (content.kind === 'version') {
    const batch = content.batch === undefined ? null : hexToBytes(content.batch)
    return { type: `ledger.${content.record}`, value: [...versionFields(content), batch] }
  }
  return { type: `ledger.${content.kind}`, value: statementValue(content) }
}

/** What a version says, which its id is the hash of. */
export function versionFields(version: AnyVersion): readonly CborValue[] {
  const { record, id, replaces, depth, body } = version
  return [hexToBytes(id), replaces.map(hexToBytes), depth, recordBodyToCbor(record, body)]
}

function statementValue(content: LedgerStatement): CborValue {
  switch (content.kind) {
    case 'comment':
      return [hexToBytes(content.expense), content.text]
    case 'uncomment':
      return [hexToBytes(content.expense), idToBytes(content.comment)]
    case 'attach':
      return [hexToBytes(content.expense), attachmentToCbor(content.attachment)]
    case 'detach':
      return [hexToBytes(content.expense), idToBytes(content.attachment)]
    case 'verdict': {
      const { expense, version, verdict, note } = content
      return [hexToBytes(expense), hexToBytes(version), verdict, note]
    }
    case 'lock': {
      const { through, frontier, balances, note } = content
      const logs = frontier.map(({ device, count }) => [idToBytes(device), count])
      return [civilDateToDays(through), logs, hexToBytes(balances), note]
    }
    case 'lock-sign':
      return [idToBytes(content.lock), hexToBytes(content.balances)]
    case 'import': {
      const { batch, source, fileName, expenseCount } = content
      return [hexToBytes(batch), source, fileName, expenseCount]
    }
  }
}

function readVersion<Kind extends RecordKind>(
  fields: FieldReader,
  record: Kind,
): RecordVersion<Kind> {
  const id = readLedgerId(fields)
  const replaces = readReplaced(fields)
  const depth = fields.uint(VERSION_DEPTH_MAX)
  if ((depth === 0) !== (replaces.length === 0))
    throw fields.refuse('depth against what is replaced')
  const body = fields.tuple((inner) => readRecordBody(record, inner, id))
  const batch = fields.optional(() => readLedgerId(fields))
  return { kind: 'version', record, id, replaces, depth, body, batch }
}

function readReplaced(fields: FieldReader): readonly VersionId[] {
  const replaced = fields.list(REPLACED_MAX, readVersionId)
  for (let i = 1; i < replaced.length; i++) {
    if (replaced[i - 1]! >= replaced[i]!) throw fields.refuse('versions out of order')
  }
  return replaced
}

function readFrontier(fields: FieldReader): readonly LockedLog[] {
  const logs = fields.list(LOCK_DEVICES_MAX, (item) =>
    item.tuple((log) => ({ device: log.id<DeviceId>(), count: log.int(1, LOCK_COUNT_MAX) })),
  )
  for (let i = 1; i < logs.length; i++) {
    if (logs[i - 1]!.device >= logs[i]!.device) throw fields.refuse('devices out of order')
  }
  return logs
}

function readHash(fields: FieldReader): string {
  return bytesToHex(fields.bytes(BALANCES_BYTES))
}

const STATEMENT_READERS: readonly (readonly [
  type: string,
  read: (fields: FieldReader) => LedgerContent,
])[] = [
  [
    'ledger.comment',
    (fields) => ({
      kind: 'comment',
      expense: readLedgerId(fields),
      text: fields.text(NOTE_BYTES_MAX, 1),
    }),
  ],
  [
    'ledger.uncomment',
    (fields) => ({ kind: 'uncomment', expense: readLedgerId(fields), comment: fields.id() }),
  ],
  [
    'ledger.attach',
    (fields) => ({
      kind: 'attach',
      expense: readLedgerId(fields),
      attachment: fields.tuple(readAttachment),
    }),
  ],
  [
    'ledger.detach',
    (fields) => ({ kind: 'detach', expense: readLedgerId(fields), attachment: fields.id() }),
  ],
  [
    'ledger.verdict',
    (fields) => ({
      kind: 'verdict',
      expense: readLedgerId(fields),
      version: readVersionId(fields),
      verdict: fields.oneOf(VERDICTS),
      note: fields.text(NOTE_BYTES_MAX),
    }),
  ],
  [
    'ledger.lock',
    (fields) => ({
      kind: 'lock',
      through: readDay(fields),
      frontier: readFrontier(fields),
      balances: readHash(fields),
      note: fields.text(NOTE_BYTES_MAX),
    }),
  ],
  [
    'ledger.lock-sign',
    (fields) => ({ kind: 'lock-sign', lock: fields.id(), balances: readHash(fields) }),
  ],
  [
    'ledger.import',
    (fields) => ({
      kind: 'import',
      batch: readLedgerId(fields),
      source: fields.text(SOURCE_BYTES_MAX, 1),
      fileName: fields.text(TITLE_BYTES_MAX),
      expenseCount: fields.uint(IMPORT_COUNT_MAX),
    }),
  ],
]

const READERS = new Map<string, (fields: FieldReader) => LedgerContent>([
  ...RECORD_KINDS.map((kind): [string, (fields: FieldReader) => LedgerContent] => [
    `ledger.${kind}`,
    (fields) => readVersion(fields, kind) as AnyVersion,
  ]),
  ...STATEMENT_READERS,
])
