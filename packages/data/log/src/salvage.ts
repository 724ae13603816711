/**
 * Reading what is intact of segments that may be damaged anywhere, and naming what is not, as narrowly as can be told.
 *
 * A frame is valid in one place only, so whatever checks is what was written there. After one that does not, reading goes on at the
 * frame that its header leads to, or else at the next one that the index knows, or else at the next head record.
 */

import {
  BLOCK_FRAME,
  CLEARED_FRAME,
  FRAME_HEADER_BYTES,
  FRAME_TYPE_OFFSET,
  HEAD_FRAME,
  checkFrame,
  claimedFrameBytes,
  readClearedBlock,
  readHeadRecord,
} from './frame.ts'
import { findHeads } from './scan.ts'
import { SEGMENT_HEADER_BYTES } from './segments.ts'
import type { DerivedFiles } from './derived.ts'
import type { ClearedBlock, HeadRecord, LogPosition } from './frame.ts'
import type { Segments } from './segments.ts'

/** Bytes that are not what was written there. */
export interface LogDamage {
  readonly segment: number
  readonly offset: number
  readonly endOffset: number
  /** The blocks that are gone with them; none when only a head record or a header is. */
  readonly from: number
  readonly to: number
}

export interface SalvageVisitor {
  /** `frame` is the whole frame. */
  block(index: number, frame: Uint8Array, position: LogPosition): void
  cleared(index: number, block: ClearedBlock, position: LogPosition): void
  head(record: HeadRecord, position: LogPosition): void
  damaged(damage: LogDamage): void
}

interface SalvageContext {
  readonly segments: Segments
  readonly derived: DerivedFiles
}

/** Reads every segment; the log has `length` blocks, and what comes after them was never acknowledged. */
export function salvage(context: SalvageContext, length: number, visitor: SalvageVisitor): void {
  const { segments } = context
  const starts = Array.from({ length: segments.count }, (_, i) => headerOf(segments, i))
  let from = 0
  for (const [segment, start] of starts.entries()) {
    const isLast = segment === segments.count - 1
    // The header of a last segment without acknowledged blocks may be torn.
    if (start !== from && (from < length || !isLast)) {
      visitor.damaged({ segment, offset: 0, endOffset: SEGMENT_HEADER_BYTES, from, to: from })
    }
    // Where the header after it is gone, what can be read says how far the segment reaches.
    const to = isLast ? length : starts[segment + 1]
    from = salvageSegment(context, { segment, from, to }, length, visitor)
  }
  if (from < length) {
    const { segment, offset } = segments.end
    visitor.damaged({ segment, offset, endOffset: offset, from, to: length })
  }
}

/** Reads one segment, whose blocks are [from, to) if that is known; returns where the next one begins. */
export function salvageSegment(
  context: SalvageContext,
  span: { readonly segment: number; readonly from: number; readonly to: number | undefined },
  length: number,
  visitor: SalvageVisitor,
): number {
  return new SegmentSalvage(context, span.segment, visitor).read(span.from, span.to, length)
}

function headerOf(segments: Segments, segment: number): number | undefined {
  return segments.sizeOf(segment) === 0 ? undefined : segments.readHeader(segment)
}

class SegmentSalvage {
  readonly #context: SalvageContext
  readonly #segment: number
  readonly #visitor: SalvageVisitor
  readonly #bytes: Uint8Array

  constructor(context: SalvageContext, segment: number, visitor: SalvageVisitor) {
    const { segments } = context
    this.#context = context
    this.#segment = segment
    this.#visitor = visitor
    this.#bytes = segments.read(segment, 0, segments.sizeOf(segment))
  }

  read(from: number, to: number | undefined, length: number): number {
    const size = this.#bytes.length
    let [number, offset] = [from, SEGMENT_HEADER_BYTES]
    while (offset < size) {
      const bytes = this.#deliver(offset, number, length)
      if (bytes > 0) {
        if (this.#bytes[offset + FRAME_TYPE_OFFSET] !== HEAD_FRAME) number++
        offset += bytes
        continue
      }
      if (number >= length) return number
      const next = this.#resume(offset, number, to ?? length) ?? {
        offset: size,
        number: to ?? number,
      }
      this.#damaged(offset, next.offset, number, next.number)
      ;({ offset, number } = next)
    }
    if (to === undefined || number >= to) return Math.min(number, length)
    this.#damaged(size, size, number, to)
    return to
  }

  #damaged(offset: number, endOffset: number, from: number, to: number): void {
    this.#visitor.damaged({ segment: this.#segment, offset, endOffset, from, to })
  }

  /** Bytes of the intact frame, 0 when it is not one. */
  #deliver(offset: number, number: number, length: number): number {
    const position = { segment: this.#segment, offset }
    const data = checkFrame(this.#bytes, offset, { ...position, number })
    if (data < 0) return 0
    const frame = this.#bytes.subarray(offset, offset + FRAME_HEADER_BYTES + data)
    const type = frame[FRAME_TYPE_OFFSET]
    if (type === BLOCK_FRAME) {
      if (number < length) this.#visitor.block(number, frame, position)
    } else if (type === CLEARED_FRAME) {
      const cleared = readClearedBlock(frame.subarray(FRAME_HEADER_BYTES))
      if (!cleared) return 0
      if (number < length) this.#visitor.cleared(number, cleared, position)
    } else {
      const record = readHeadRecord(frame.subarray(FRAME_HEADER_BYTES))
      if (record?.length !== number) return 0
      this.#visitor.head(record, position)
    }
    return frame.length
  }

  #resume(
    offset: number,
    number: number,
    to: number,
  ): { readonly offset: number; readonly number: number } | undefined {
    const claimed = claimedFrameBytes(this.#bytes, offset)
    const after =
      claimed === undefined ? undefined : this.#claimedNext(offset + claimed, number, to)
    return after ?? this.#indexedNext(offset, number, to) ?? this.#nextHead(offset, number, to)
  }

  #claimedNext(
    offset: number,
    number: number,
    to: number,
  ): { readonly offset: number; readonly number: number } | undefined {
    const numbers = [number + 1, number]
    const found = numbers.find((each) => each <= to && this.#isFrame(offset, each))
    return found === undefined ? undefined : { offset, number: found }
  }

  #indexedNext(
    offset: number,
    number: number,
    to: number,
  ): { readonly offset: number; readonly number: number } | undefined {
    for (let index = number; index < to; index++) {
      const place = this.#placeOf(index)
      if (place?.segment !== this.#segment || place.offset < offset) continue
      if (this.#isFrame(place.offset, index)) return { offset: place.offset, number: index }
    }
    return undefined
  }

  #placeOf(index: number): LogPosition | undefined {
    try {
      return this.#context.derived.place(index)
    } catch {
      return undefined
    }
  }

  #nextHead(
    offset: number,
    number: number,
    to: number,
  ): { readonly offset: number; readonly number: number } | undefined {
    const heads = findHeads(this.#context.segments, { segment: this.#segment, offset })
    const next = heads.find(({ record }) => record.length >= number && record.length <= to)
    return next && { offset: next.offset, number: next.record.length }
  }

  #isFrame(offset: number, number: number): boolean {
    return checkFrame(this.#bytes, offset, { segment: this.#segment, offset, number }) >= 0
  }
}
