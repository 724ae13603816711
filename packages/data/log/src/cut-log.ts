/**
 * Cutting a log: what stays of the segment in which the cut lies, written beside, with the first head of the new fork after it.
 *
 * The frames before the cut keep their places, so the index is right up to it. The segments after this one are removed, the last
 * one first, before it is renamed: at every moment the files are a log that ends at the cut or later.
 */

import { segmentSpans } from './clear-blocks.ts'
import { copySegment } from './segment-copier.ts'
import { damaged } from './segments.ts'
import type { ClearedBlock, HeadRecord } from './frame.ts'
import type { LogHead } from './head.ts'
import type { RecoveryContext } from './recovery.ts'
import type { FrameCopier } from './segment-copier.ts'
import type { SegmentRewrite, SegmentWriter } from './segment-rewrite.ts'

/** `kept` is at least one block, and fewer than `length`. @throws LogError `LOG_DAMAGED`; StoreError */
export async function writeCut(
  context: RecoveryContext,
  length: number,
  kept: LogHead,
  rewrite: SegmentRewrite,
): Promise<void> {
  const { segments } = context
  const spans = segmentSpans(segments, length)
  const span = spans.findLast(({ from }) => from <= kept.length)!
  await rewrite.write(span.segment, span.from, async (writer) => {
    const copier = new CuttingCopier(writer, kept.length)
    const stop = await copySegment(segments, writer, copier)
    if (writer.length < kept.length) throw damaged(span.segment, stop, 'not a frame')
    const durable = { segment: span.segment, offset: 0 }
    writer.head({ durable, length: kept.length, head: kept, extension: [] })
  })
}

class CuttingCopier implements FrameCopier {
  readonly #writer: SegmentWriter
  readonly #cutTo: number

  constructor(writer: SegmentWriter, cutTo: number) {
    this.#writer = writer
    this.#cutTo = cutTo
  }

  block(index: number, frame: Uint8Array): void {
    if (index < this.#cutTo) this.#writer.block(frame)
  }

  cleared(index: number, block: ClearedBlock): void {
    if (index < this.#cutTo) this.#writer.cleared(block)
  }

  head(length: number, record: HeadRecord): boolean {
    // Nothing after the cut is wanted, not even the head that speaks of the same blocks in the fork before.
    if (length >= this.#cutTo) return false
    this.#writer.head(record)
    return true
  }
}
