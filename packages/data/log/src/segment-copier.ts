/**
 * Copying a segment into another, frame by frame, with some frames changed or left out.
 *
 * A segment may have 64 MiB and more, so the copy rests at a head record every now and then: what was written is synced and others get
 * their turn.
 */

import { scanFrames } from './scan.ts'
import { SEGMENT_HEADER_BYTES } from './segments.ts'
import type { ClearedBlock, HeadRecord } from './frame.ts'
import type { ScanVisitor } from './scan.ts'
import type { SegmentWriter } from './segment-rewrite.ts'
import type { Segments } from './segments.ts'

/** What becomes of each frame. */
export interface FrameCopier {
  /** `frame` is the whole frame. */
  block(index: number, frame: Uint8Array): void
  cleared(index: number, block: ClearedBlock): void
  /** `false` ends the copy. */
  head(length: number, record: HeadRecord): boolean
}

const SLICE_BYTES = 4 * 1024 * 1024

/** Where reading stopped: at the end, at a frame that is not intact, or where the copier ended it. */
export async function copySegment(
  segments: Segments,
  writer: SegmentWriter,
  copier: FrameCopier,
): Promise<number> {
  const { segment } = writer
  const slices = new SlicedVisitor(writer.blocksBefore, copier)
  for (let offset = SEGMENT_HEADER_BYTES; ;) {
    offset = scanFrames(segments, segment, offset, slices)
    if (!slices.rest()) return offset
    await writer.settle()
  }
}

class SlicedVisitor implements ScanVisitor {
  readonly #copier: FrameCopier
  #length: number
  #bytes = 0
  #isResting = false

  constructor(length: number, copier: FrameCopier) {
    this.#length = length
    this.#copier = copier
  }

  get length(): number {
    return this.#length
  }

  /** Whether the scan stopped only to rest. */
  rest(): boolean {
    const isResting = this.#isResting
    this.#isResting = false
    this.#bytes = 0
    return isResting
  }

  block(frame: Uint8Array): void {
    this.#bytes += frame.length
    this.#copier.block(this.#length++, frame)
  }

  cleared(block: ClearedBlock): void {
    this.#copier.cleared(this.#length++, block)
  }

  head(record: HeadRecord): boolean {
    this.#isResting = this.#bytes >= SLICE_BYTES
    return !this.#isResting && this.#copier.head(this.#length, record)
  }

  segment(): boolean {
    return true
  }
}
