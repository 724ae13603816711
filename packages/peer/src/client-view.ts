/**
 * What API clients asked for in a space, and which clients were revoked, as the entries of the space say.
 *
 * | Type | Value | Least role | Meaning |
 * | --- | --- | --- | --- |
 * | `client.operation` | `[1, certificate, operation, signature, [entry id 32 B, …]]` | reader | a client of the author's asked for this, and these entries came of it |
 * | `client.revocation` | `[1, public key 32 or 65 B]` | reader | the author's client of that key signs for them no more |
 *
 * A device writes `client.operation` after what it did, so that it can name the entries. Whoever reads it verifies that
 * the author's person certified the key and that the key signed the operation, for this space, before it expired by
 * the entry's time: an author cannot blame a client that did not ask. Whether what came of it counts does not depend
 * on any of this, since the device is the person's own. What does not verify is left out.
 *
 *     KEY                                       VALUE
 *     t/<ms><counter>/<entry id>                [operation id, operation, person, public key, label or null, [entry ids]]
 *     e/<person>/<entry id>                     [operation id, public key, label or null, ms, counter, id of the record]
 *     c/<person>/<public key>                   [certificate, ms, counter, id of the record]
 *     r/<person>/<public key>                   revoked at ms
 *
 * Of an entry that two records name the first tells whose it is, of two certificates for one key the last is kept (hybrid
 * time, then entry id), so the order of arrival decides nothing.
 */

import { bytesToHex, idToBytes, readFields } from '@hamlet/core'
import type { CborError, CborValue, Crypto, EntryId, PersonId, Result, SpaceId } from '@hamlet/core'
import {
  CLIENT_CERTIFICATE_BYTES_MAX,
  clientOperationId,
  openClientCertificate,
  OPERATION_BYTES_MAX,
  readClientOperation,
  SIGNATURE_BYTES,
  verifyClientOperation,
} from '@hamlet/identity'
import type { ClientCertificate, ClientOperation, SignedOperationBytes } from '@hamlet/identity'
import type { ContentDraft, ContentEntry } from '@hamlet/space'
import type { ViewDefinition, ViewReader, ViewState } from '@hamlet/space/view'

export const OPERATION_TYPE = 'client.operation'
export const REVOCATION_TYPE = 'client.revocation'
/** Entries named by one record. */
export const OPERATION_ENTRIES_MAX = 64

const VERSION = 1
const MS_DIGITS = 12
const COUNTER_DIGITS = 4

/** A signed operation with what came of it. */
export interface ClientRecord extends SignedOperationBytes {
  readonly entries: readonly EntryId[]
}

/** One operation, as the view tells it. */
export interface TakenOperation {
  readonly id: string
  readonly operation: string
  readonly person: PersonId
  readonly publicKey: string
  readonly label?: string
  readonly atMs: number
  readonly entries: readonly EntryId[]
}

export interface SeenClient {
  readonly publicKey: string
  readonly certificate: Uint8Array
  /** When it was last heard of. */
  readonly newestMs: number
}

export function clientOperationDraft(record: ClientRecord): ContentDraft {
  const { certificate, operation, signature, entries } = record
  const ids = entries.map(idToBytes)
  return { type: OPERATION_TYPE, value: [VERSION, certificate, operation, signature, ids] }
}

export function clientRevocationDraft(publicKey: Uint8Array): ContentDraft {
  return { type: REVOCATION_TYPE, value: [VERSION, publicKey] }
}

export function readClientRecord(value: CborValue): Result<ClientRecord, CborError> {
  return readFields(value, 'client operation', (fields) => {
    fields.literal(VERSION)
    return {
      certificate: fields.bytesUpTo(CLIENT_CERTIFICATE_BYTES_MAX),
      operation: fields.bytesUpTo(OPERATION_BYTES_MAX),
      signature: fields.bytes(SIGNATURE_BYTES),
      entries: fields.list(OPERATION_ENTRIES_MAX, (item) => item.id<EntryId>()),
    }
  })
}

export function readClientRevocation(value: CborValue): Result<Uint8Array, CborError> {
  return readFields(value, 'client revocation', (fields) => {
    fields.literal(VERSION)
    const publicKey = fields.bytesUpTo(65, 32)
    return publicKey
  })
}

export type ClientChange = 'operation' | 'revocation'

/** `space`: operations for another one are not taken from here. */
export function clientView(crypto: Crypto, space: SpaceId): ViewDefinition<ClientChange> {
  return {
    name: 'clients',
    version: 1,
    types: new Map([
      [OPERATION_TYPE, 'reader'],
      [REVOCATION_TYPE, 'reader'],
    ]),
    reads: () => [],
    fold(entry, state) {
      if (entry.type === REVOCATION_TYPE) foldRevocation(entry, state)
      else foldOperation(crypto, space, entry, state)
    },
  }
}

function foldRevocation(entry: ContentEntry, state: ViewState<ClientChange>): void {
  const read = readClientRevocation(entry.value)
  if (!read.ok) return
  const key = `r/${entry.person}/${bytesToHex(read.value)}`
  const earlier = state.get(key)
  const atMs = entry.time.milliseconds
  if (typeof earlier === 'number' && earlier <= atMs) return
  state.put(key, atMs)
  state.emit('revocation')
}

function foldOperation(
  crypto: Crypto,
  space: SpaceId,
  entry: ContentEntry,
  state: ViewState<ClientChange>,
): void {
  const read = readClientRecord(entry.value)
  const verified = read.ok ? verifyRecord(crypto, space, entry, read.value) : undefined
  if (!read.ok || verified === undefined) return
  const { operation, certificate } = verified
  const id = clientOperationId(crypto, read.value.operation)
  const { milliseconds, counter } = entry.time
  const client = [certificate.publicKey, certificate.label ?? null] as const
  const place: Place = [milliseconds, counter, entry.id]
  const ids = read.value.entries.map(idToBytes)
  const person = idToBytes(entry.person)
  state.put(timeKey(place), [id, operation.operation, person, ...client, ids])
  for (const each of read.value.entries) {
    const key = `e/${entry.person}/${each}`
    const earlier = placeIn(state.get(key), 3)
    if (earlier === undefined || comparePlaces(place, earlier) < 0)
      state.put(key, [id, ...client, ...place])
  }
  const key = `c/${entry.person}/${bytesToHex(certificate.publicKey)}`
  const later = placeIn(state.get(key), 1)
  if (later === undefined || comparePlaces(place, later) > 0)
    state.put(key, [read.value.certificate, ...place])
  state.emit('operation')
}

function verifyRecord(
  crypto: Crypto,
  space: SpaceId,
  entry: ContentEntry,
  { certificate: bytes, operation: text, signature }: ClientRecord,
): { readonly operation: ClientOperation; readonly certificate: ClientCertificate } | undefined {
  const operation = readClientOperation(text)
  if (!operation.ok || operation.value.person !== entry.person) return undefined
  if (operation.value.device !== entry.device) return undefined
  if (operation.value.space !== undefined && operation.value.space !== space) return undefined
  const certificate = openClientCertificate(crypto, bytes)
  if (!certificate.ok || certificate.value.person !== entry.person) return undefined
  const atMs = entry.time.milliseconds
  return verifyClientOperation(crypto, certificate.value, text, signature, atMs)
    ? { operation: operation.value, certificate: certificate.value }
    : undefined
}

/** Where a record stands among all. */
type Place = readonly [milliseconds: number, counter: number, entry: string]

function comparePlaces(a: Place, b: Place): number {
  if (a[0] !== b[0]) return a[0] - b[0]
  if (a[1] !== b[1]) return a[1] - b[1]
  return a[2] === b[2] ? 0 : a[2] < b[2] ? -1 : 1
}

/** The place that a stored value ends with, from `index` on. */
function placeIn(stored: CborValue | undefined, index: number): Place | undefined {
  return Array.isArray(stored) ? (stored.slice(index) as unknown as Place) : undefined
}

function timeKey([milliseconds, counter, id]: Place): string {
  const ms = milliseconds.toString(16).padStart(MS_DIGITS, '0')
  return `t/${ms}${counter.toString(16).padStart(COUNTER_DIGITS, '0')}/${id}`
}

/** The newest first. `before`: only what comes before that place. */
export async function listOperations(
  view: ViewReader,
  limit: number,
  before?: string,
): Promise<readonly (TakenOperation & { readonly place: string })[]> {
  const range = { reverse: true, limit, ...(before === undefined ? {} : { lt: before }) }
  const operations: (TakenOperation & { readonly place: string })[] = []
  for await (const [key, value] of view.range('t/', range)) {
    const place = key.slice('t/'.length)
    const read = readFields(value, 'taken operation', (fields) => ({
      id: fields.text(64),
      operation: fields.text(64),
      person: fields.id<PersonId>(),
      publicKey: bytesToHex(fields.bytesUpTo(65, 32)),
      label: fields.optional(() => fields.text(256)),
      entries: fields.list(OPERATION_ENTRIES_MAX, (item) => item.id<EntryId>()),
    }))
    if (!read.ok) continue
    const { label, ...rest } = read.value
    const atMs = Number.parseInt(place.slice(0, MS_DIGITS), 16)
    operations.push({ place, atMs, ...rest, ...(label === undefined ? {} : { label }) })
  }
  return operations
}

/** Clients of a person that asked for something in the space. */
export async function seenClients(
  view: ViewReader,
  person: PersonId,
): Promise<readonly SeenClient[]> {
  const clients: SeenClient[] = []
  const prefix = `c/${person}/`
  for await (const [key, value] of view.range(prefix)) {
    if (!Array.isArray(value)) continue
    const [certificate, newestMs] = value as [Uint8Array, number]
    clients.push({ publicKey: key.slice(prefix.length), certificate, newestMs })
  }
  return clients
}

/** Public keys of a person's clients that were revoked, with when, by hex. */
export async function revokedClients(
  view: ViewReader,
  person: PersonId,
): Promise<ReadonlyMap<string, number>> {
  const revoked = new Map<string, number>()
  const prefix = `r/${person}/`
  for await (const [key, value] of view.range(prefix)) {
    if (typeof value === 'number') revoked.set(key.slice(prefix.length), value)
  }
  return revoked
}

/** The client whose operation an entry of a person came of; `undefined` when none is on record. */
export async function clientOf(
  view: ViewReader,
  person: PersonId,
  entry: EntryId,
): Promise<
  { readonly operation: string; readonly publicKey: string; readonly label?: string } | undefined
> {
  const value = await view.get(`e/${person}/${entry}`)
  if (!Array.isArray(value)) return undefined
  const [operation, publicKey, label] = value as [string, Uint8Array, string | null]
  return { operation, publicKey: bytesToHex(publicKey), ...(label === null ? {} : { label }) }
}
