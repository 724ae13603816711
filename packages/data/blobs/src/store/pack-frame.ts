/**
 * The frames of a pack: small blobs, and what is known of all blobs.
 *
 * A pack file begins with eight bytes "hamletpk" and four of its format version, 1; then frames, big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     4  CRC-32C of the bytes from 4 to the end of the record
 *          4     1  kind: 1 record and content, 2 record alone, 3 gone
 *          5     3  zero
 *          8     4  m, bytes of the record
 *         12     4  n, bytes of the content; 0 unless the kind is 1
 *         16     4  CRC-32C of the content
 *         20     m  record (`blob-record.ts`); of kind 3: the root and the size in 8 bytes
 *     20 + m     n  content
 *
 * Frozen since version 1. The newest frame of a blob is the truth about it; its content is in its newest frame of kind 1.
 */

import { bytesToUint64, concatBytes, crc32c, equalBytes, uint64ToBytes, utf8 } from '@hamlet/core'
import { ROOT_BYTES, isBlobId } from '../blob-id.ts'
import type { BlobId } from '../blob-id.ts'
import { BLOB_RECORD_BYTES_MAX, SMALL_BLOB_BYTES_MAX } from '../limits.ts'
import { decodeBlobRecord, encodeBlobRecord } from './blob-record.ts'
import type { BlobRecord } from './blob-record.ts'

export type PackFrame =
  | { readonly kind: 'content'; readonly record: BlobRecord }
  | { readonly kind: 'record'; readonly record: BlobRecord }
  | { readonly kind: 'gone'; readonly id: BlobId }

export interface FrameSize {
  readonly recordBytes: number
  readonly contentBytes: number
  readonly contentCrc: number
}

export const PACK_HEADER = concatBytes(utf8('hamletpk'), new Uint8Array([0, 0, 0, 1]))
export const FRAME_HEAD_BYTES = 20
const GONE_BYTES = ROOT_BYTES + 8
const KINDS = ['content', 'record', 'gone'] as const
const NO_CONTENT = new Uint8Array()

/** What is written for a frame, in order. `content` is not copied. */
export function encodePackFrame(
  frame: PackFrame,
  content: Uint8Array = NO_CONTENT,
): readonly Uint8Array[] {
  const record = frame.kind === 'gone' ? encodeGone(frame.id) : encodeBlobRecord(frame.record)
  const head = new Uint8Array(FRAME_HEAD_BYTES + record.length)
  const view = new DataView(head.buffer)
  head[4] = 1 + KINDS.indexOf(frame.kind)
  view.setUint32(8, record.length)
  view.setUint32(12, content.length)
  view.setUint32(16, crc32c(content))
  head.set(record, FRAME_HEAD_BYTES)
  view.setUint32(0, crc32c(head, 4))
  return [head, content]
}

/** The lengths that the first 20 bytes of a frame give, or `undefined` if no frame begins so. */
export function readFrameSize(head: Uint8Array): FrameSize | undefined {
  if (head.length < FRAME_HEAD_BYTES) return undefined
  const view = new DataView(head.buffer, head.byteOffset, FRAME_HEAD_BYTES)
  const kind = view.getUint32(4)
  const recordBytes = view.getUint32(8)
  const contentBytes = view.getUint32(12)
  // The kind's three other bytes are zero.
  if (kind % 2 ** 24 !== 0 || kind === 0 || kind > 3 * 2 ** 24) return undefined
  if (recordBytes > BLOB_RECORD_BYTES_MAX || contentBytes > SMALL_BLOB_BYTES_MAX) return undefined
  return { recordBytes, contentBytes, contentCrc: view.getUint32(16) }
}

/** The frame in `bytes`, which end with its record; `undefined` unless it is intact as far as that. */
export function decodePackFrame(bytes: Uint8Array): PackFrame | undefined {
  const size = readFrameSize(bytes)
  if (!size || bytes.length !== FRAME_HEAD_BYTES + size.recordBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint32(0) !== crc32c(bytes, 4)) return undefined
  const kind = KINDS[bytes[4]! - 1]!
  const body = bytes.subarray(FRAME_HEAD_BYTES)
  if (kind !== 'content' && (size.contentBytes > 0 || size.contentCrc !== 0)) return undefined
  if (kind === 'gone') return decodeGone(body)
  const record = decodeBlobRecord(body)
  if (!record) return undefined
  if (kind === 'content' && (record.isLarge || record.id.sizeBytes !== size.contentBytes)) {
    return undefined
  }
  return { kind, record }
}

export function isPackHeader(bytes: Uint8Array): boolean {
  return equalBytes(bytes, PACK_HEADER)
}

function encodeGone(id: BlobId): Uint8Array {
  return concatBytes(id.root, uint64ToBytes(id.sizeBytes))
}

function decodeGone(body: Uint8Array): PackFrame | undefined {
  if (body.length !== GONE_BYTES) return undefined
  const sizeBytes = bytesToUint64(body, ROOT_BYTES)
  const root = body.slice(0, ROOT_BYTES)
  if (sizeBytes === undefined || !isBlobId(root, sizeBytes)) return undefined
  return { kind: 'gone', id: { root, sizeBytes } }
}
