/**
 * The bytes of a signed bundle: entries of some types of a space, with all that somebody who has nothing else needs to see
 * who signed what. `docs/formats/bundle.md` has the same table; what it proves: `docs/design/014-ledger-bundle.md`.
 *
 *     "hamlet/v1/signed-bundle\0"                                                    24 bytes
 *     CBOR [1, space 32 B, [type 1-64 B, at most 64, ascending], [LOG ≤ 10,000]]
 *     LOG   [certificate ≤ 512 B, fork, length, root 32 B, signature 64 B, [ENTRY], proof n × 32 B]
 *     ENTRY [leaf ≤ 4,099 B, payload ≤ 65,536 B, opening 32 B]
 *
 * Invariant: what `decodeBundle` takes, `encodeBundle` writes, byte for byte.
 */

import {
  HEADER_BYTES_MAX,
  PAYLOAD_BYTES_MAX,
  concatBytes,
  decodeFields,
  encodeCbor,
  equalBytes,
  err,
  idToBytes,
  ok,
  utf8,
} from '@hamlet/core'
import type { CborValue, FieldReader, Result, SpaceId } from '@hamlet/core'
import { DEVICE_CERTIFICATE_BYTES_MAX } from '@hamlet/identity'
import { HASH_BYTES, SIGNATURE_BYTES, TRUNCATIONS_MAX } from '@hamlet/log'
import type { LogHead } from '@hamlet/log'
import { FRAMING_BYTES } from '../entry.ts'
import { SpaceError } from '../errors.ts'
import { CONTENT_TYPE_BYTES_MAX, OPENING_BYTES } from '../payload.ts'

/** One bundle. */
export const BUNDLE_BYTES_MAX = 64 * 1024 * 1024
/** Logs in it, and entries of all of them. */
export const BUNDLE_LOGS_MAX = 10_000
export const BUNDLE_ENTRIES_MAX = 200_000
/** Types that entries of one are of. */
export const BUNDLE_TYPES_MAX = 64

export interface BundleEntry {
  /** Framing and header: what the log's tree has. */
  readonly leaf: Uint8Array
  /** As stored: encrypted. */
  readonly payload: Uint8Array
  /** Opens this payload and no other: see `payloadOpening`. */
  readonly opening: Uint8Array
}

export interface BundleLog {
  /** Encoded: whose the device is that signed the head. */
  readonly certificate: Uint8Array
  /** How often the log had been truncated. */
  readonly fork: number
  readonly head: LogHead
  /** In order of their place in the log; at least one. */
  readonly entries: readonly BundleEntry[]
  /** That they are in the tree of the head. */
  readonly proof: readonly Uint8Array[]
}

export interface Bundle {
  readonly space: SpaceId
  /** Those that entries in it are of, ascending. */
  readonly types: readonly string[]
  readonly logs: readonly BundleLog[]
}

const DOMAIN = utf8('hamlet/v1/signed-bundle\0')
const VERSION = 1
const LIMITS = {
  bytesMax: BUNDLE_BYTES_MAX,
  itemsMax: 4 * BUNDLE_ENTRIES_MAX + 12 * BUNDLE_LOGS_MAX,
  stringBytesMax: BUNDLE_BYTES_MAX,
}

export function encodeBundle({ space, types, logs }: Bundle): Uint8Array {
  return concatBytes(DOMAIN, encodeCbor([VERSION, idToBytes(space), types, logs.map(logToCbor)]))
}

/** Whether a file says that it is one. */
export function isBundle(bytes: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, DOMAIN.length), DOMAIN)
}

/** The form alone; nothing is verified. */
export function decodeBundle(bytes: Uint8Array): Result<Bundle, SpaceError> {
  if (!isBundle(bytes)) return malformed('another file')
  if (bytes.length > BUNDLE_BYTES_MAX) return malformed(`more than ${BUNDLE_BYTES_MAX} bytes`)
  const decoded = decodeFields(bytes.subarray(DOMAIN.length), 'bundle', readBundle, LIMITS)
  if (!decoded.ok) return malformed(decoded.error.message)
  const { logs } = decoded.value
  const count = logs.reduce((sum, { entries }) => sum + entries.length, 0)
  return count <= BUNDLE_ENTRIES_MAX ? ok(decoded.value) : malformed(`${count} entries`)
}

function logToCbor({ certificate, fork, head, entries, proof }: BundleLog): CborValue {
  return [
    certificate,
    fork,
    head.length,
    head.root,
    head.signature,
    entries.map(({ leaf, payload, opening }) => [leaf, payload, opening]),
    concatBytes(...proof),
  ]
}

function readBundle(fields: FieldReader): Bundle {
  fields.literal(VERSION)
  const space = fields.id<SpaceId>()
  const types = fields.list(BUNDLE_TYPES_MAX, (item) => item.text(CONTENT_TYPE_BYTES_MAX, 1))
  if (types.some((type, i) => i > 0 && types[i - 1]! >= type)) {
    throw fields.refuse('types out of order')
  }
  return { space, types, logs: fields.list(BUNDLE_LOGS_MAX, (item) => item.tuple(readLog)) }
}

function readLog(fields: FieldReader): BundleLog {
  const certificate = fields.bytesUpTo(DEVICE_CERTIFICATE_BYTES_MAX)
  const fork = fields.uint(TRUNCATIONS_MAX)
  const length = fields.uint()
  const head = { length, root: fields.bytes(HASH_BYTES), signature: fields.bytes(SIGNATURE_BYTES) }
  const entries = fields.list(BUNDLE_ENTRIES_MAX, (item) => item.tuple(readEntry), 1)
  const hashes = fields.bytesUpTo(BUNDLE_BYTES_MAX)
  if (hashes.length % HASH_BYTES !== 0) throw fields.refuse('a proof of no whole hashes')
  const proof = Array.from({ length: hashes.length / HASH_BYTES }, (_, i) =>
    hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )
  return { certificate, fork, head, entries, proof }
}

function readEntry(fields: FieldReader): BundleEntry {
  return {
    leaf: fields.bytesUpTo(FRAMING_BYTES + HEADER_BYTES_MAX),
    payload: fields.bytesUpTo(PAYLOAD_BYTES_MAX),
    opening: fields.bytes(OPENING_BYTES),
  }
}

export function malformed(what: string): Result<never, SpaceError> {
  return err(new SpaceError('SPACE_BUNDLE_MALFORMED', `not a signed bundle: ${what}`))
}
