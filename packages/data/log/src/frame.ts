/**
 * Frames: the records of a segment file. Frozen since version 1, big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     4  n, length of the data
 *          4     4  CRC-32C of bytes [0, 4) and [8, 9 + n), its initial state xored with the frame's
 *                   place: offset ^ (segment + 1) 0x9e3779b1 ^ (number + 1) 0x85ebca6b, modulo 2^32
 *          8     1  type: 0x00 a block, 0x02 a head record, 0x03 a cleared block
 *          9     n  data
 *
 * The type of a block is the leaf prefix of RFC 9162, so that the bytes from offset 8 are hashed where they lie. The
 * place (segment, offset, and number of blocks before) in the checksum makes a frame invalid anywhere else: in a block
 * that carries the image of a frame, after a misdirected write, under a damaged index entry, or in a sector left
 * over from an earlier file.
 *
 * Data of a head record:
 *
 *     OFFSET  SIZE  FIELD
 *          0     4  segment  ) everything before this place was durable
 *          4     4  offset   ) when the record was written
 *          8     8  blocks in this log up to here
 *         16   104  head, see head.ts; its length may be larger than that number
 *        120  32 k  consistency proof (RFC 9162 2.1.4) from these blocks to the head, empty when they are equal
 *
 * Data of a cleared block, which stands where the block stood:
 *
 *     OFFSET  SIZE  FIELD
 *          0    32  hash of its leaf
 *         32     4  bytes the block had
 */

import { bytesToUint64, updateCrc32c } from '@hamlet/core'
import { HEAD_BYTES, readHead, writeHead } from './head.ts'
import { BLOCK_BYTES_MAX, PROOF_HASHES_MAX } from './limits.ts'
import { HASH_BYTES } from './tree.ts'
import type { LogHead } from './head.ts'

export const FRAME_HEADER_BYTES = 9
export const FRAME_TYPE_OFFSET = 8
export const BLOCK_FRAME = 0x00
export const HEAD_FRAME = 0x02
export const CLEARED_FRAME = 0x03

const HEAD_RECORD_BYTES = 16 + HEAD_BYTES
export const CLEARED_BYTES = HASH_BYTES + 4
export const HEAD_FRAME_BYTES_MIN = FRAME_HEADER_BYTES + HEAD_RECORD_BYTES
export const HEAD_FRAME_BYTES_MAX = HEAD_FRAME_BYTES_MIN + PROOF_HASHES_MAX * HASH_BYTES

/** A place in the segments of a log. */
export interface LogPosition {
  readonly segment: number
  readonly offset: number
}

/** What a frame's checksum binds it to. */
export interface FramePlace extends LogPosition {
  /** Blocks before the frame: the index of a block, the length a head record speaks of. */
  readonly number: number
}

export interface HeadRecord {
  readonly durable: LogPosition
  /** Blocks in this log up to the record. */
  readonly length: number
  readonly head: LogHead
  readonly extension: readonly Uint8Array[]
}

/** What is left of a cleared block. */
export interface ClearedBlock {
  readonly leafHash: Uint8Array
  /** Bytes the block had. */
  readonly bytes: number
}

export const FRAME_INVALID = -1
export const FRAME_INCOMPLETE = -2

export function comparePositions(a: LogPosition, b: LogPosition): number {
  return a.segment - b.segment || a.offset - b.offset
}

/** Completes the frame at `at`, whose data of `length` bytes is in place. */
export function sealFrame(
  buffer: Uint8Array,
  at: number,
  type: number,
  length: number,
  place: FramePlace,
): void {
  writeUint32(buffer, at, length)
  buffer[at + FRAME_TYPE_OFFSET] = type
  writeUint32(buffer, at + 4, checksum(buffer, at, length, place))
}

/** Writes the header of a frame at `at` whose data is elsewhere. */
export function sealFrameHeader(
  buffer: Uint8Array,
  at: number,
  type: number,
  data: Uint8Array,
  place: FramePlace,
): void {
  writeUint32(buffer, at, data.length)
  buffer[at + FRAME_TYPE_OFFSET] = type
  const register = updateCrc32c(registerOf(place), buffer, at, at + 4)
  const typed = updateCrc32c(register, buffer, at + FRAME_TYPE_OFFSET, at + FRAME_HEADER_BYTES)
  writeUint32(buffer, at + 4, (updateCrc32c(typed, data, 0, data.length) ^ -1) >>> 0)
}

/** Length of the data of the frame at `at`, or why there is none: wrong, or reaching past the end of the buffer. */
export function checkFrame(buffer: Uint8Array, at: number, place: FramePlace): number {
  const available = buffer.length - at
  if (available < FRAME_HEADER_BYTES) return FRAME_INCOMPLETE
  const length = readUint32(buffer, at)
  if (!isFrameShape(buffer[at + FRAME_TYPE_OFFSET]!, length)) return FRAME_INVALID
  if (available < FRAME_HEADER_BYTES + length) return FRAME_INCOMPLETE
  return readUint32(buffer, at + 4) === checksum(buffer, at, length, place) ? length : FRAME_INVALID
}

/** Bytes of the frame at `at` if its header is to be believed, `undefined` when no frame can begin like that. */
export function claimedFrameBytes(buffer: Uint8Array, at: number): number | undefined {
  if (buffer.length - at < FRAME_HEADER_BYTES) return undefined
  const length = readUint32(buffer, at)
  if (!isFrameShape(buffer[at + FRAME_TYPE_OFFSET]!, length)) return undefined
  return FRAME_HEADER_BYTES + length
}

export function headFrameBytes(proofHashes: number): number {
  return HEAD_FRAME_BYTES_MIN + proofHashes * HASH_BYTES
}

export function writeHeadFrame(
  buffer: Uint8Array,
  at: number,
  record: HeadRecord,
  place: FramePlace,
): void {
  const data = at + FRAME_HEADER_BYTES
  writeUint32(buffer, data, record.durable.segment)
  writeUint32(buffer, data + 4, record.durable.offset)
  writeUint64(buffer, data + 8, record.length)
  writeHead(buffer, data + 16, record.head)
  let end = data + HEAD_RECORD_BYTES
  for (const hash of record.extension) {
    buffer.set(hash, end)
    end += HASH_BYTES
  }
  sealFrame(buffer, at, HEAD_FRAME, end - data, place)
}

/** The number a head record claims, for looking for one without knowing what came before. */
export function claimedHeadLength(buffer: Uint8Array, at: number): number {
  return readUint64(buffer, at + FRAME_HEADER_BYTES + 8)
}

/** The record in data that {@link checkFrame} has passed, `undefined` when its numbers make no sense. */
export function readHeadRecord(data: Uint8Array): HeadRecord | undefined {
  const length = bytesToUint64(data, 8)
  const head = readHead(data, 16)
  if (length === undefined || !head || length > head.length) return undefined
  const extension: Uint8Array[] = []
  for (let at = HEAD_RECORD_BYTES; at < data.length; at += HASH_BYTES) {
    extension.push(data.slice(at, at + HASH_BYTES))
  }
  const durable = { segment: readUint32(data, 0), offset: readUint32(data, 4) }
  return { durable, length, head, extension }
}

export function writeClearedFrame(
  buffer: Uint8Array,
  at: number,
  cleared: ClearedBlock,
  place: FramePlace,
): void {
  buffer.set(cleared.leafHash, at + FRAME_HEADER_BYTES)
  writeUint32(buffer, at + FRAME_HEADER_BYTES + HASH_BYTES, cleared.bytes)
  sealFrame(buffer, at, CLEARED_FRAME, CLEARED_BYTES, place)
}

/** Of data that {@link checkFrame} has passed; `undefined` when no block has that many bytes. */
export function readClearedBlock(data: Uint8Array): ClearedBlock | undefined {
  const bytes = readUint32(data, HASH_BYTES)
  if (bytes > BLOCK_BYTES_MAX) return undefined
  return { leafHash: data.slice(0, HASH_BYTES), bytes }
}

function isFrameShape(type: number, length: number): boolean {
  if (type === BLOCK_FRAME) return length <= BLOCK_BYTES_MAX
  if (type === CLEARED_FRAME) return length === CLEARED_BYTES
  const proofBytes = length - HEAD_RECORD_BYTES
  if (type !== HEAD_FRAME || proofBytes < 0 || proofBytes % HASH_BYTES !== 0) return false
  return proofBytes <= PROOF_HASHES_MAX * HASH_BYTES
}

function checksum(buffer: Uint8Array, at: number, length: number, place: FramePlace): number {
  const register = updateCrc32c(registerOf(place), buffer, at, at + 4)
  const end = at + FRAME_HEADER_BYTES + length
  return (updateCrc32c(register, buffer, at + FRAME_TYPE_OFFSET, end) ^ -1) >>> 0
}

/** How the checksum of a frame at this place begins. */
function registerOf({ segment, offset, number }: FramePlace): number {
  const bound = Math.imul(segment + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)
  return ~(offset ^ bound)
}

export function readUint32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  return bytes[at]! * 0x1000000 + low
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

const TWO_32 = 2 ** 32

/** A number this package wrote itself: not checked to be safe. */
export function readUint64(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) * TWO_32 + readUint32(bytes, at + 4)
}

export function writeUint64(bytes: Uint8Array, at: number, value: number): void {
  writeUint32(bytes, at, Math.floor(value / TWO_32))
  writeUint32(bytes, at + 4, value % TWO_32)
}
