/**
 * Reading frames one after the other, from some place to the end of the segments.
 *
 * The scan stops at the first frame that is not intact; what that means (a torn tail or damage) is recovery.ts's business.
 */

import {
  BLOCK_FRAME,
  CLEARED_FRAME,
  FRAME_HEADER_BYTES,
  FRAME_INCOMPLETE,
  FRAME_TYPE_OFFSET,
  HEAD_FRAME_BYTES_MAX,
  HEAD_FRAME_BYTES_MIN,
  HEAD_FRAME,
  checkFrame,
  claimedFrameBytes,
  claimedHeadLength,
  comparePositions,
  readClearedBlock,
  readHeadRecord,
  readUint32,
} from './frame.ts'
import { SEGMENT_HEADER_BYTES } from './segments.ts'
import type { ClearedBlock, HeadRecord, LogPosition } from './frame.ts'
import type { Segments } from './segments.ts'

const CHUNK_BYTES = 1024 * 1024

export interface ScanVisitor {
  /** Blocks seen so far: the number of the next frame. */
  readonly length: number
  /** `frame` is the whole frame. */
  block(frame: Uint8Array, position: LogPosition): void
  cleared(block: ClearedBlock, position: LogPosition): void
  /** `false` when the record does not fit what came before it. */
  head(record: HeadRecord, position: LogPosition, endOffset: number): boolean
  /** `false` when the segment does not follow from what came before it. */
  segment(blocksBefore: number): boolean
}

/** Where the scan stopped: the end of the last segment, or the first place that is not intact. */
export function scanSegments(
  segments: Segments,
  from: LogPosition,
  visitor: ScanVisitor,
): LogPosition {
  for (let segment = from.segment; segment < segments.count; segment++) {
    let offset = segment === from.segment ? from.offset : 0
    if (segments.sizeOf(segment) === 0 && segment === segments.count - 1) return segments.end
    if (offset === 0) {
      const blocksBefore = segments.readHeader(segment)
      if (blocksBefore === undefined || !visitor.segment(blocksBefore)) return { segment, offset }
      offset = SEGMENT_HEADER_BYTES
    }
    const stop = scanFrames(segments, segment, offset, visitor)
    if (stop < segments.sizeOf(segment)) return { segment, offset: stop }
  }
  return segments.end
}

/** The frames of one segment from `from` on; where reading stopped. */
export function scanFrames(
  segments: Segments,
  segment: number,
  from: number,
  visitor: ScanVisitor,
): number {
  const size = segments.sizeOf(segment)
  let chunkOffset = from
  let chunk = segments.read(segment, from, Math.min(CHUNK_BYTES, size - from))
  let at = 0
  while (chunkOffset + at < size) {
    const offset = chunkOffset + at
    const length = checkFrame(chunk, at, { segment, offset, number: visitor.length })
    if (length === FRAME_INCOMPLETE && offset + chunk.length - at < size) {
      const wanted = Math.max(CHUNK_BYTES, claimedFrameBytes(chunk, at) ?? 0)
      chunk = segments.read(segment, offset, Math.min(wanted, size - offset))
      chunkOffset = offset
      at = 0
      continue
    }
    if (length < 0) return offset
    const end = at + FRAME_HEADER_BYTES + length
    if (!visit(visitor, chunk.subarray(at, end), { segment, offset })) return offset
    at = end
  }
  return size
}

function visit(visitor: ScanVisitor, frame: Uint8Array, position: LogPosition): boolean {
  if (frame[FRAME_TYPE_OFFSET] === BLOCK_FRAME) {
    visitor.block(frame, position)
    return true
  }
  if (frame[FRAME_TYPE_OFFSET] === CLEARED_FRAME) {
    const cleared = readClearedBlock(frame.subarray(FRAME_HEADER_BYTES))
    if (cleared) visitor.cleared(cleared, position)
    return cleared !== undefined
  }
  const record = readHeadRecord(frame.subarray(FRAME_HEADER_BYTES))
  if (!record) return false
  return visitor.head(record, position, position.offset + frame.length)
}

export interface FoundHead {
  readonly record: HeadRecord
  readonly offset: number
}

/** The intact head records in one segment at or after `from`, wherever frames may begin. */
export function findHeads(segments: Segments, from: LogPosition): readonly FoundHead[] {
  const { segment } = from
  const size = segments.sizeOf(segment)
  if (from.offset >= size) return []
  const bytes = segments.read(segment, from.offset, size - from.offset)
  const found: FoundHead[] = []
  for (let at = 0; at + HEAD_FRAME_BYTES_MIN <= bytes.length; at++) {
    const isHead = bytes[at + FRAME_TYPE_OFFSET] === HEAD_FRAME
    if (!isHead || readUint32(bytes, at) > HEAD_FRAME_BYTES_MAX) continue
    const offset = from.offset + at
    const place = { segment, offset, number: claimedHeadLength(bytes, at) }
    const length = checkFrame(bytes, at, place)
    if (length < 0) continue
    const data = bytes.subarray(at + FRAME_HEADER_BYTES, at + FRAME_HEADER_BYTES + length)
    const record = readHeadRecord(data)
    // A record speaks of what was durable before it was written.
    if (record && comparePositions(record.durable, place) <= 0) found.push({ record, offset })
  }
  return found
}
