/**
 * The codec of entries: one entry is one block of a device's log in a space.
 *
 * The log hashes only framing and header as the tree's leaf; the header commits to the payload by hash. Whoever holds
 * a log verifies all of it without a key. Full description: `docs/formats/entry.md`.
 *
 *     OFFSET  SIZE  FIELD
 *     0       1     version, 1
 *     1       2     H, bytes of the header, big-endian, at most 4,096
 *     3       H     header: canonical CBOR array of ten
 *     3 + H   P     payload, at most 65,536 bytes
 *
 * Invariants:
 * 1. `decodeEntry` accepts a block only if `encodeEntry` of the result gives it back; it never throws.
 * 2. A decoded entry's payload has the hash and the length its header states.
 * 3. The core, the header's first eight elements, is a slice of the header: nothing is encoded twice to open a payload.
 */

import { bytesToId, decodeFields, DEPS_MAX, encodeCbor, err } from '@hamlet/core'
import { equalBytes, HEADER_BYTES_MAX, idToBytes, ok, PAYLOAD_BYTES_MAX } from '@hamlet/core'
import type {
  AnyId,
  CborError,
  CborValue,
  Crypto,
  EntryId,
  FieldReader,
  Result,
} from '@hamlet/core'
import { SpaceError } from './errors.ts'
import type { Dependency, Entry, EntryHeader } from './types.ts'

export const ENTRY_VERSION = 1
export const FRAMING_BYTES = 3
export const BLOCK_BYTES_MAX = FRAMING_BYTES + HEADER_BYTES_MAX + PAYLOAD_BYTES_MAX
export const TIME_MS_MAX = 2 ** 48 - 1
export const TIME_COUNTER_MAX = 2 ** 16 - 1

const HASH_BYTES = 32
const ARRAY_OF_EIGHT = 0x88
const ARRAY_OF_TEN = 0x8a
const ZERO_ID = new Uint8Array(HASH_BYTES)
const HEADER_LIMITS = { bytesMax: HEADER_BYTES_MAX, depthMax: 3, itemsMax: 160, stringBytesMax: 32 }

/** The header without its two fields about the payload: what the payload's key and tag are bound to. */
export type EntryCore = Omit<EntryHeader, 'payloadHash' | 'payloadBytes'>

/** An entry with the bytes of its core, as every decoder and encoder here gives it. */
export interface EncodedEntry extends Entry {
  readonly core: Uint8Array
}

/** Canonical CBOR of the header's first eight elements. */
export function encodeCore(core: EntryCore): Uint8Array {
  return encodeCbor([
    ENTRY_VERSION,
    core.space === undefined ? ZERO_ID : cachedIdBytes(core.space),
    cachedIdBytes(core.device),
    core.seq,
    core.previous === undefined ? null : idToBytes(core.previous),
    core.deps.map(dependencyToCbor),
    [core.time.milliseconds, core.time.counter],
    core.epoch === undefined ? null : cachedIdBytes(core.epoch),
  ])
}

/** The entry and its block. `core`: {@link encodeCore} of `header`; `payload` is kept, do not mutate. */
export function composeEntry(
  crypto: Crypto,
  header: EntryCore,
  core: Uint8Array,
  payload: Uint8Array,
): { readonly entry: EncodedEntry; readonly block: Uint8Array } {
  const payloadHash = crypto.hash(payload)
  const headerBytes = composeHeader(core, payloadHash, payload.length)
  const id = bytesToId<EntryId>(crypto.hash(headerBytes))
  const entry = { ...header, payloadHash, payloadBytes: payload.length, id, payload, core }
  return { entry, block: composeBlock(headerBytes, payload) }
}

/** The block of an entry that is complete already. */
export function encodeEntry(entry: Entry): Uint8Array {
  const header = composeHeader(coreOf(entry), entry.payloadHash, entry.payloadBytes)
  return composeBlock(header, entry.payload)
}

/** SHA-256 of the header. */
export function entryId(crypto: Crypto, header: EntryHeader): EntryId {
  const bytes = composeHeader(encodeCore(header), header.payloadHash, header.payloadBytes)
  return bytesToId<EntryId>(crypto.hash(bytes))
}

/** The core's bytes, taken from the entry when a codec of this file made it. */
export function coreOf(entry: Entry | EncodedEntry): Uint8Array {
  return 'core' in entry ? entry.core : encodeCore(entry)
}

/** Bytes of the leaf, framing and header, or `undefined` when the block cannot be an entry. */
export function entryLeafLength(block: Uint8Array): number | undefined {
  if (block.length < FRAMING_BYTES || block[0] !== ENTRY_VERSION) return undefined
  const leafLength = FRAMING_BYTES + block[1]! * 256 + block[2]!
  const fits = leafLength <= block.length && leafLength <= FRAMING_BYTES + HEADER_BYTES_MAX
  return fits ? leafLength : undefined
}

/** The entry in a block; its bytes are copies. */
export function decodeEntry(block: Uint8Array, crypto: Crypto): Result<EncodedEntry, SpaceError> {
  const leafLength = entryLeafLength(block)
  if (leafLength === undefined) return malformed('no framing of an entry')
  const payload = block.slice(leafLength)
  if (payload.length > PAYLOAD_BYTES_MAX) return malformed(`payload of ${payload.length} bytes`)
  const headerBytes = block.subarray(FRAMING_BYTES, leafLength)
  const header = decodeHeader(headerBytes)
  if (!header.ok) return malformed('header', header.error)
  if (header.value.payloadBytes !== payload.length) return mismatch('length')
  if (!equalBytes(header.value.payloadHash, crypto.hash(payload))) return mismatch('hash')
  const id = bytesToId<EntryId>(crypto.hash(headerBytes))
  return ok(withCore(header.value, id, payload, headerBytes))
}

/** What a leaf says: the header of an entry and its id. `undefined` for anything that is not exactly a leaf. */
export function decodeLeaf(
  leaf: Uint8Array,
  crypto: Crypto,
): { readonly header: EntryHeader; readonly id: EntryId } | undefined {
  if (entryLeafLength(leaf) !== leaf.length) return undefined
  const bytes = leaf.subarray(FRAMING_BYTES)
  const header = decodeHeader(bytes)
  if (!header.ok) return undefined
  return { header: header.value, id: bytesToId<EntryId>(crypto.hash(bytes)) }
}

function decodeHeader(bytes: Uint8Array): Result<EntryHeader, CborError> {
  return decodeFields(bytes, 'entry header', readHeader, HEADER_LIMITS)
}

function readHeader(fields: FieldReader): EntryHeader {
  fields.literal(ENTRY_VERSION)
  const space = fields.bytes(HASH_BYTES)
  const device = fields.id<Entry['device']>()
  const seq = fields.uint()
  const previous = fields.optional(() => fields.id<EntryId>())
  if ((previous === undefined) !== (seq === 0))
    throw fields.refuse('previous does not fit sequence')
  const isGenesis = space.every((byte) => byte === 0)
  if (isGenesis && seq !== 0) throw fields.refuse('only the first entry has no space')
  return {
    space: isGenesis ? undefined : bytesToId(space),
    device,
    seq,
    previous,
    deps: readDependencies(fields, device),
    time: fields.tuple(readTime),
    epoch: fields.optional(() => fields.id<EntryId>()),
    payloadHash: fields.bytes(HASH_BYTES),
    payloadBytes: fields.uint(PAYLOAD_BYTES_MAX),
  }
}

function readDependencies(fields: FieldReader, own: string): Dependency[] {
  const deps = fields.list(DEPS_MAX, (items) => items.tuple(readDependency))
  for (const [i, dep] of deps.entries()) {
    if (dep.device === own) throw fields.refuse('a dependency on the own log')
    if (i > 0 && deps[i - 1]!.device >= dep.device) throw fields.refuse('dependencies out of order')
  }
  return deps
}

function readDependency(fields: FieldReader): Dependency {
  return { device: fields.id(), seq: fields.uint(), id: fields.id() }
}

function readTime(fields: FieldReader): EntryHeader['time'] {
  return { milliseconds: fields.uint(TIME_MS_MAX), counter: fields.uint(TIME_COUNTER_MAX) }
}

function dependencyToCbor(dep: Dependency): CborValue {
  return [cachedIdBytes(dep.device), dep.seq, idToBytes(dep.id)]
}

/** `8a`, the eight elements of the core, `58 20` and the hash, then the length in its shortest form. */
function composeHeader(
  core: Uint8Array,
  payloadHash: Uint8Array,
  payloadBytes: number,
): Uint8Array {
  const length = encodeCbor(payloadBytes)
  const header = new Uint8Array(core.length + 2 + HASH_BYTES + length.length)
  header.set(core)
  header[0] = ARRAY_OF_TEN
  header[core.length] = 0x58
  header[core.length + 1] = HASH_BYTES
  header.set(payloadHash, core.length + 2)
  header.set(length, core.length + 2 + HASH_BYTES)
  return header
}

function composeBlock(header: Uint8Array, payload: Uint8Array): Uint8Array {
  const block = new Uint8Array(FRAMING_BYTES + header.length + payload.length)
  block[0] = ENTRY_VERSION
  block[1] = header.length >> 8
  block[2] = header.length & 0xff
  block.set(header, FRAMING_BYTES)
  block.set(payload, FRAMING_BYTES + header.length)
  return block
}

function withCore(
  header: EntryHeader,
  id: EntryId,
  payload: Uint8Array,
  headerBytes: Uint8Array,
): EncodedEntry {
  const lengthBytes = encodeCbor(header.payloadBytes).length
  const core = headerBytes.slice(0, headerBytes.length - lengthBytes - HASH_BYTES - 2)
  core[0] = ARRAY_OF_EIGHT
  return { ...header, id, payload, core }
}

/** Spaces, devices and epochs recur in every header; hex is slow enough to show with 100,000 entries. */
const idBytesById = new Map<string, Uint8Array>()
const ID_CACHE_MAX = 1024

function cachedIdBytes(id: AnyId): Uint8Array {
  const cached = idBytesById.get(id)
  if (cached !== undefined) return cached
  const bytes = idToBytes(id)
  if (idBytesById.size >= ID_CACHE_MAX) idBytesById.clear()
  idBytesById.set(id, bytes)
  return bytes
}

function malformed(message: string, cause?: CborError): Result<never, SpaceError> {
  const options = cause === undefined ? {} : { cause }
  return err(new SpaceError('SPACE_ENTRY_MALFORMED', `not an entry: ${message}`, options))
}

function mismatch(what: string): Result<never, SpaceError> {
  return err(
    new SpaceError('SPACE_PAYLOAD_MISMATCH', `payload differs from its ${what} in the header`),
  )
}
