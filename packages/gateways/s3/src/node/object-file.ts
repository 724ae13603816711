/**
 * The file of an object: its bytes first, as they are, then what is known of them, then a trailer of fixed size that says where.
 *
 * One file holds both, so one rename replaces both at once, and reading from the front gives the object's bytes without a look at the
 * rest. The format, with a worked example, is in docs/formats/s3-folder.md; frozen since version 1.
 *
 *     OFFSET  SIZE  FIELD
 *     0       s     the object's bytes
 *     s       d     description: canonical CBOR, an array of eight
 *     s+d     4     magic: "hs31"
 *     s+d+4   4     d, unsigned, big-endian
 *     s+d+8   8     s, unsigned, big-endian
 *     s+d+16  4     CRC-32C of the description, big-endian
 *     s+d+20  4     CRC-32C of the 20 bytes before, big-endian
 *
 * Invariant: a file is read only if its length, magic and both sums fit, so that a torn or foreign file is never taken for an object.
 */

import {
  bytesToUint64,
  concatBytes,
  crc32c,
  decodeFields,
  encodeCbor,
  uint32ToBytes,
  uint64ToBytes,
  utf8,
} from '@hamlet/core'
import type { CborValue, FieldReader } from '@hamlet/core'
import { CHECKSUM_ALGORITHMS } from '../checksums/checksum.ts'
import type { Checksum } from '../checksums/checksum.ts'
import { KEY_BYTES_MAX, PARTS_MAX } from '../limits.ts'
import type { ObjectHeaders, ObjectInfo } from '../s3-backend.ts'

export const TRAILER_BYTES = 24
/** 10,000 parts of 9 bytes each and headers of every kind. */
export const DESCRIPTION_BYTES_MAX = 256 * 1024
const MAGIC = utf8('hs31')
const VERSION = 1
const TEXT_BYTES_MAX = 32 * 1024
const HEADERS_COUNT_MAX = 200

export interface ObjectDescription extends ObjectInfo {
  readonly key: string
  /** Of the upload that made it. */
  readonly uploadId: string | undefined
}

/** What follows the object's bytes. */
export function encodeDescription(object: ObjectDescription): Uint8Array {
  const { checksum, headers } = object
  const description = encodeCbor([
    VERSION,
    object.key,
    object.etag,
    object.modifiedMs,
    sortedHeaders(headers),
    checksum === undefined ? null : [checksum.algorithm, checksum.value, checksum.type],
    object.partSizes === undefined ? null : [...object.partSizes],
    object.uploadId ?? null,
  ] satisfies CborValue)
  const start = concatBytes(
    MAGIC,
    uint32ToBytes(description.length),
    uint64ToBytes(object.sizeBytes),
    uint32ToBytes(crc32c(description)),
  )
  return concatBytes(description, start, uint32ToBytes(crc32c(start)))
}

export interface ObjectTrailer {
  readonly descriptionBytes: number
  readonly sizeBytes: number
  readonly descriptionSum: number
}

/** @param fileBytes length of the whole file. `undefined`: no such file */
export function decodeTrailer(bytes: Uint8Array, fileBytes: number): ObjectTrailer | undefined {
  if (bytes.length !== TRAILER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, TRAILER_BYTES)
  const isMagic = MAGIC.every((byte, at) => bytes[at] === byte)
  if (!isMagic || view.getUint32(20) !== crc32c(bytes, 0, 20)) return undefined
  const descriptionBytes = view.getUint32(4)
  const sizeBytes = bytesToUint64(bytes, 8)
  if (sizeBytes === undefined || descriptionBytes > DESCRIPTION_BYTES_MAX) return undefined
  if (sizeBytes + descriptionBytes + TRAILER_BYTES !== fileBytes) return undefined
  return { descriptionBytes, sizeBytes, descriptionSum: view.getUint32(16) }
}

/** `undefined`: damaged. */
export function decodeDescription(
  bytes: Uint8Array,
  { sizeBytes, descriptionBytes, descriptionSum }: ObjectTrailer,
): ObjectDescription | undefined {
  if (bytes.length !== descriptionBytes || crc32c(bytes) !== descriptionSum) return undefined
  const decoded = decodeFields(
    bytes,
    'object',
    (fields): ObjectDescription => {
      fields.literal(VERSION)
      return { sizeBytes, ...readDescription(fields) }
    },
    { bytesMax: DESCRIPTION_BYTES_MAX, itemsMax: PARTS_MAX + 3 * HEADERS_COUNT_MAX + 100 },
  )
  return decoded.ok ? decoded.value : undefined
}

function readDescription(fields: FieldReader): Omit<ObjectDescription, 'sizeBytes'> {
  return {
    key: fields.text(KEY_BYTES_MAX),
    etag: fields.text(64),
    modifiedMs: fields.uint(),
    headers: readHeaders(fields),
    checksum: fields.optional(() => fields.tuple(readChecksum)),
    partSizes: fields.optional(() => fields.list(PARTS_MAX, (items) => items.uint())),
    uploadId: fields.optional(() => fields.text(64)),
  }
}

function sortedHeaders(headers: ObjectHeaders): CborValue[] {
  const names = Object.keys(headers).sort()
  return names.map((name) => [name, headers[name]!])
}

function readHeaders(fields: FieldReader): ObjectHeaders {
  const headers = fields.list(HEADERS_COUNT_MAX, (items) =>
    items.tuple((pair) => [pair.text(TEXT_BYTES_MAX), pair.text(TEXT_BYTES_MAX)] as const),
  )
  const isSorted = headers.every(([name], at) => at === 0 || headers[at - 1]![0] < name)
  if (!isSorted) throw fields.refuse('headers out of order')
  return Object.fromEntries(headers)
}

function readChecksum(fields: FieldReader): Checksum {
  return {
    algorithm: fields.oneOf(CHECKSUM_ALGORITHMS),
    value: fields.text(64),
    type: fields.oneOf(['FULL_OBJECT', 'COMPOSITE']),
  }
}
