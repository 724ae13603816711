/**
 * Clearing: the bytes of some blocks leave the disk, their leaf hashes stay, and with them every proof.
 *
 * 1. A note (clearing.ts) says durably what is to go.
 * 2. The segments that hold such blocks are written anew beside, each of these blocks as a frame with its leaf hash alone, and so
 *    is the index.
 * 3. They are renamed over the old ones, and reads go to them.
 * 4. The caller writes a mark that fits and removes the note.
 *
 * A crash before 3 loses the clear or, when the note was durable, has it done by the next open; a crash after 3 has it
 * done again, which changes nothing.
 */

import { FRAME_HEADER_BYTES, FRAME_TYPE_OFFSET } from './frame.ts'
import { copySegment } from './segment-copier.ts'
import { damaged } from './segments.ts'
import type { ClearedBlock, HeadRecord } from './frame.ts'
import type { RecoveryContext } from './recovery.ts'
import type { FrameCopier } from './segment-copier.ts'
import type { SegmentRewrite, SegmentWriter } from './segment-rewrite.ts'
import type { Segments } from './segments.ts'
import type { LeafRange } from './tree.ts'

export interface SegmentSpan {
  readonly segment: number
  /** Blocks in the segments before it. */
  readonly from: number
  readonly to: number
}

/** Which blocks lie in which segment, by the headers. @throws LogError `LOG_DAMAGED` */
export function segmentSpans(segments: Segments, length: number): readonly SegmentSpan[] {
  const starts: number[] = []
  for (let segment = 0; segment < segments.count; segment++) {
    if (segments.sizeOf(segment) === 0) continue
    const from = segments.readHeader(segment)
    if (from === undefined) throw damaged(segment, 0, 'the header is damaged')
    starts.push(from)
  }
  return starts.map((from, segment) => ({ segment, from, to: starts[segment + 1] ?? length }))
}

/** The segments in which something of [from, to) is still to be cleared. */
export function segmentsToClear(
  context: RecoveryContext,
  length: number,
  { start, end }: LeafRange,
): readonly SegmentSpan[] {
  return segmentSpans(context.segments, length).filter((span) => {
    const [from, to] = [Math.max(span.from, start), Math.min(span.to, end)]
    return from < to && context.derived.places(from, to).some(({ isCleared }) => !isCleared)
  })
}

/** Everything up to the renaming; `swap` and `rename` are the caller's. @throws LogError `LOG_DAMAGED`; StoreError */
export async function writeCleared(
  context: RecoveryContext,
  spans: readonly SegmentSpan[],
  range: LeafRange,
  rewrite: SegmentRewrite,
): Promise<readonly SegmentWriter[]> {
  const writers: SegmentWriter[] = []
  for (const { segment, from } of spans) {
    writers.push(
      await rewrite.write(segment, from, async (writer) => {
        const copier = new ClearingCopier(context, writer, range)
        const stop = await copySegment(context.segments, writer, copier)
        if (stop < context.segments.sizeOf(segment)) throw damaged(segment, stop, 'not a frame')
      }),
    )
  }
  return writers
}

class ClearingCopier implements FrameCopier {
  readonly #context: RecoveryContext
  readonly #writer: SegmentWriter
  readonly #range: LeafRange

  constructor(context: RecoveryContext, writer: SegmentWriter, range: LeafRange) {
    this.#context = context
    this.#writer = writer
    this.#range = range
  }

  block(index: number, frame: Uint8Array): void {
    const { start, end } = this.#range
    if (index < start || index >= end) {
      this.#writer.block(frame)
      return
    }
    const block = frame.subarray(FRAME_HEADER_BYTES)
    const leafBytes = this.#context.leafLength(block) ?? block.length
    const input = frame.subarray(FRAME_TYPE_OFFSET, FRAME_HEADER_BYTES + leafBytes)
    const leafHash = this.#context.hasher.prefixedLeaf(input)
    this.#writer.cleared({ leafHash, bytes: block.length })
  }

  cleared(_index: number, block: ClearedBlock): void {
    this.#writer.cleared(block)
  }

  head(_length: number, record: HeadRecord): boolean {
    this.#writer.head(record)
    return true
  }
}
