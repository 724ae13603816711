/**
 * The messages of the sync protocol, `/hamlet/sync/1`: one canonical CBOR array each, at most 1 MiB.
 *
 * Two peers first exchange nonces, then blinded tags by which each finds the spaces both know without naming any of
 * them to a stranger. Everything after that names a space by an 8-byte handle that only means something on this
 * connection. Field tables and a worked example: `docs/formats/sync.md`.
 *
 * Invariants:
 * 1. `decodeSyncMessage` is strict: one spelling per message, every list and byte string bounded by a named limit.
 *    A kind that is not known yet is `later`: a message of a later version, to be ignored (`docs/design/010-versions.md`).
 * 2. Nothing in a message is believed: lengths are claims, ranges and holdings carry signatures of their own.
 */

import {
  decodeFields,
  encodeCbor,
  FRAME_BYTES_MAX,
  idToBytes,
  JOIN_REQUEST_BYTES_MAX,
} from '@hamlet/core'
import type { CborError, CborValue, DeviceId, EntryId, FieldReader, Result } from '@hamlet/core'

export const SYNC_PROTOCOL = '/hamlet/sync/1'
export const SYNC_VERSION = 1

export const NONCE_BYTES = 32
export const TAG_BYTES = 16
export const HANDLE_BYTES = 8
/** Tags in one message: three epochs each of about 300 spaces. */
export const TAGS_MAX = 1024
/** Devices in one version vector. */
export const VECTOR_DEVICES_MAX = 4096
/** One signed holding: 40 bytes a device. */
export const HOLDING_BYTES_MAX = 256 * 1024
export const FORK_PROOF_BYTES_MAX = 16 * 1024
const ITEMS_MAX = 4 * VECTOR_DEVICES_MAX + 16

export type JoinOutcome = 'asked' | 'admitted' | 'declined' | 'refused'
const JOIN_OUTCOMES: readonly JoinOutcome[] = ['asked', 'admitted', 'declined', 'refused']

/** How many entries of a device's log the sender says it has. */
export interface VectorItem {
  readonly device: DeviceId
  readonly length: number
}

export type SyncMessage =
  | { readonly kind: 'hello'; readonly nonce: Uint8Array }
  | { readonly kind: 'tags'; readonly tags: readonly Uint8Array[] }
  | LaterMessage
  | SpaceMessage

/** Of a kind that this version does not know, whatever it says. Only what may be missed is said by a new kind. */
export interface LaterMessage {
  readonly kind: 'later'
  /** The kind's number. */
  readonly number: number
  readonly fields: readonly CborValue[]
}

/** Messages about one space, named by its handle on this connection. */
export type SpaceMessage = { readonly handle: Uint8Array } & SpaceMessageBody

export type SpaceMessageBody =
  /** `founder` lets a joiner know whose log begins with the genesis entry. */
  | {
      readonly kind: 'frontier'
      readonly hash: Uint8Array
      readonly founder: DeviceId | undefined
    }
  | { readonly kind: 'vector'; readonly items: readonly VectorItem[] }
  /** Logs that grew since the last vector or `have`. */
  | { readonly kind: 'have'; readonly items: readonly VectorItem[] }
  | {
      readonly kind: 'want'
      readonly device: DeviceId
      readonly from: number
      readonly bytesMax: number
    }
  | { readonly kind: 'range'; readonly device: DeviceId; readonly range: Uint8Array }
  | { readonly kind: 'holding'; readonly holding: Uint8Array }
  | { readonly kind: 'fork'; readonly proof: Uint8Array }
  | { readonly kind: 'join'; readonly request: Uint8Array }
  | { readonly kind: 'join-state'; readonly outcome: JoinOutcome; readonly code: string }
  /** The history of a device that has this entry, of which the peer knows another; from there on. */
  | {
      readonly kind: 'want-branch'
      readonly device: DeviceId
      readonly seq: number
      readonly id: EntryId
      readonly from: number
      readonly bytesMax: number
    }
  | { readonly kind: 'branch'; readonly id: EntryId; readonly range: Uint8Array }

const KINDS = [
  'hello',
  'tags',
  'frontier',
  'vector',
  'have',
  'want',
  'range',
  'holding',
  'fork',
  'join',
  'join-state',
  'want-branch',
  'branch',
] as const satisfies readonly Exclude<SyncMessage['kind'], 'later'>[]
/** The least number that a later version may give a kind of its own. */
export const LATER_KIND_MIN = KINDS.length

export function encodeSyncMessage(message: SyncMessage): Uint8Array {
  if (message.kind === 'later') return encodeCbor([message.number, ...message.fields])
  const kind = KINDS.indexOf(message.kind)
  if (message.kind === 'hello') return encodeCbor([kind, SYNC_VERSION, message.nonce])
  if (message.kind === 'tags') return encodeCbor([kind, message.tags])
  return encodeCbor([kind, message.handle, ...bodyFields(message)])
}

function bodyFields(body: SpaceMessageBody): CborValue[] {
  switch (body.kind) {
    case 'frontier':
      return [body.hash, body.founder === undefined ? null : idToBytes(body.founder)]
    case 'vector':
    case 'have':
      return [body.items.map((item) => [idToBytes(item.device), item.length])]
    case 'want':
      return [idToBytes(body.device), body.from, body.bytesMax]
    case 'range':
      return [idToBytes(body.device), body.range]
    case 'holding':
      return [body.holding]
    case 'fork':
      return [body.proof]
    case 'join':
      return [body.request]
    case 'join-state':
      return [body.outcome, body.code]
    case 'want-branch':
      return [idToBytes(body.device), body.seq, idToBytes(body.id), body.from, body.bytesMax]
    case 'branch':
      return [idToBytes(body.id), body.range]
  }
}

export function decodeSyncMessage(bytes: Uint8Array): Result<SyncMessage, CborError> {
  return decodeFields(bytes, 'sync message', readMessage, {
    bytesMax: FRAME_BYTES_MAX,
    itemsMax: ITEMS_MAX,
  })
}

function readMessage(fields: FieldReader): SyncMessage {
  const number = fields.uint()
  const kind = KINDS[number]
  if (kind === undefined) return { kind: 'later', number, fields: restOf(fields) }
  if (kind === 'hello') {
    fields.literal(SYNC_VERSION)
    return { kind, nonce: fields.bytes(NONCE_BYTES) }
  }
  if (kind === 'tags') {
    return { kind, tags: fields.list(TAGS_MAX, (item) => item.bytes(TAG_BYTES)) }
  }
  return { handle: fields.bytes(HANDLE_BYTES), ...readBody(kind, fields) }
}

function restOf(fields: FieldReader): CborValue[] {
  const rest: CborValue[] = []
  while (fields.remaining > 0) rest.push(fields.value())
  return rest
}

function readBody(kind: SpaceMessageBody['kind'], fields: FieldReader): SpaceMessageBody {
  switch (kind) {
    case 'frontier':
      return { kind, hash: fields.bytes(32), founder: fields.optional(() => fields.id<DeviceId>()) }
    case 'vector':
    case 'have':
      return { kind, items: fields.list(VECTOR_DEVICES_MAX, readVectorItem) }
    case 'want':
      return {
        kind,
        device: fields.id<DeviceId>(),
        from: fields.uint(),
        bytesMax: fields.uint(FRAME_BYTES_MAX),
      }
    case 'range':
      return { kind, device: fields.id<DeviceId>(), range: fields.bytesUpTo(FRAME_BYTES_MAX) }
    case 'holding':
      return { kind, holding: fields.bytesUpTo(HOLDING_BYTES_MAX) }
    case 'fork':
      return { kind, proof: fields.bytesUpTo(FORK_PROOF_BYTES_MAX) }
    case 'join':
      return { kind, request: fields.bytesUpTo(JOIN_REQUEST_BYTES_MAX) }
    case 'join-state':
      return { kind, outcome: fields.oneOf(JOIN_OUTCOMES), code: fields.text(64) }
    case 'want-branch':
      return {
        kind,
        device: fields.id<DeviceId>(),
        seq: fields.uint(),
        id: fields.id<EntryId>(),
        from: fields.uint(),
        bytesMax: fields.uint(FRAME_BYTES_MAX),
      }
    case 'branch':
      return { kind, id: fields.id<EntryId>(), range: fields.bytesUpTo(FRAME_BYTES_MAX) }
  }
}

function readVectorItem(item: FieldReader): VectorItem {
  return item.tuple((pair) => ({ device: pair.id<DeviceId>(), length: pair.uint() }))
}

/** A body with its space's handle in front, ready to be encoded. */
export function withHandle(handle: Uint8Array, body: SpaceMessageBody): SpaceMessage {
  return { handle, ...body }
}
