/**
 * What the view keeps under its keys, in CBOR arrays. Written by this software for itself and discarded when the view's
 * number changes; so a record of another form is a bug, not bad input.
 */

import { assert, readFields } from '@hamlet/core'
import type { CborValue, DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { ContentEntry } from '@hamlet/space'
import { logOf } from '@hamlet/space/entry-position'
import type { EntryPosition } from '@hamlet/space/view'
import type { LedgerId, VersionId } from '../party.ts'
import { decodeLedger, ledgerDraft } from './content.ts'
import type { AnyVersion, Verdict } from './content.ts'
import { readStoredRecordBody, recordBodyToCbor } from './record-bodies.ts'
import type { RecordBodies, RecordKind } from './record-bodies.ts'

/** Who wrote something, and where in their log. */
export interface Authorship extends EntryPosition {
  readonly person: PersonId
  readonly device: DeviceId
  /** The device's id, or what this part of its histories is called where it signed several: sequence numbers are a history's. */
  readonly log: DeviceId
  readonly seq: number
}

export interface StoredVersion {
  readonly version: AnyVersion
  /** The first entry that carries it, in the order (time, entry id). */
  readonly by: Authorship
}

/** A record as it now is. */
export interface CurrentRecord<Kind extends RecordKind = RecordKind> {
  /** The winner; its body is `body` unless heads were merged. */
  readonly winner: VersionId
  readonly depth: number
  readonly headCount: number
  /** Heads somebody should choose among; 1 when there is nothing to choose. */
  readonly choices: number
  readonly versionCount: number
  /** Of the first version. */
  readonly created: Authorship
  /** Of the winner. */
  readonly updated: Authorship
  /** Of the other heads, where what they changed was merged into the body. */
  readonly merged: readonly Authorship[]
  readonly body: RecordBodies[Kind]
}

export function authorshipOf(entry: ContentEntry): Authorship {
  const { id, time, person, device, seq } = entry
  return { id, time, person, device, log: logOf(entry), seq }
}

export function authorshipToCbor({ id, time, person, device, log, seq }: Authorship): CborValue {
  return [time.milliseconds, time.counter, id, person, device, log === device ? null : log, seq]
}

export function authorshipFromCbor(value: CborValue): Authorship {
  const fields = fieldsOf(value, 7)
  const device = fields[4] as DeviceId
  return {
    time: { milliseconds: fields[0] as number, counter: fields[1] as number },
    id: fields[2] as EntryId,
    person: fields[3] as PersonId,
    device,
    log: (fields[5] ?? device) as DeviceId,
    seq: fields[6] as number,
  }
}

/** Without the import that brought it: two of them may have brought one version, and neither is what it says. */
export function encodeVersion({ version, by }: StoredVersion): CborValue {
  return [ledgerDraft({ ...version, batch: undefined }).value, authorshipToCbor(by)]
}

export function decodeVersion(record: RecordKind, stored: CborValue): StoredVersion {
  const [value, by] = fieldsOf(stored, 2)
  const version = decodeLedger(`ledger.${record}`, value!)
  assert(version?.kind === 'version', 'a stored version')
  return { version, by: authorshipFromCbor(by!) }
}

export function encodeCurrent<Kind extends RecordKind>(
  kind: Kind,
  current: CurrentRecord<Kind>,
): CborValue {
  const { winner, depth, headCount, choices, versionCount, body } = current
  const counts = [depth, headCount, choices, versionCount]
  const { created, updated, merged } = current
  const authors = [
    authorshipToCbor(created),
    authorshipToCbor(updated),
    merged.map(authorshipToCbor),
  ]
  return [winner, ...counts, ...authors, recordBodyToCbor(kind, body)]
}

export function decodeCurrent<Kind extends RecordKind>(
  kind: Kind,
  id: LedgerId,
  stored: CborValue,
): CurrentRecord<Kind> {
  const fields = fieldsOf(stored, 9)
  const body = readFields(fields[8]!, kind, (reader) => readStoredRecordBody(kind, reader, id))
  assert(body.ok, 'a stored body')
  return {
    winner: fields[0] as VersionId,
    depth: fields[1] as number,
    headCount: fields[2] as number,
    choices: fields[3] as number,
    versionCount: fields[4] as number,
    created: authorshipFromCbor(fields[5]!),
    updated: authorshipFromCbor(fields[6]!),
    merged: (fields[7] as readonly CborValue[]).map(authorshipFromCbor),
    body: body.value,
  }
}

export interface StoredVerdict {
  readonly version: VersionId
  readonly verdict: Verdict
  readonly note: string
  readonly by: Authorship
}

export function encodeVerdict({ version, verdict, note, by }: StoredVerdict): CborValue {
  return [version, verdict, note, authorshipToCbor(by)]
}

export function decodeVerdict(stored: CborValue): StoredVerdict {
  const fields = fieldsOf(stored, 4)
  return {
    version: fields[0] as VersionId,
    verdict: fields[1] as Verdict,
    note: fields[2] as string,
    by: authorshipFromCbor(fields[3]!),
  }
}

export function fieldsOf(value: CborValue, count: number): readonly CborValue[] {
  assert(Array.isArray(value) && value.length === count, `a record of ${count} fields`)
  return value as readonly CborValue[]
}
