/**
 * The frames of one commit, in the order in which they go to the disk.
 *
 * Small blocks are copied behind their headers into memory that all commits share: a commit lives for a turn, and fresh memory would
 * cost its page faults each time. Large blocks stay where they are and go to the disk as parts of the same write.
 */

import {
  BLOCK_FRAME,
  FRAME_HEADER_BYTES,
  FRAME_TYPE_OFFSET,
  headFrameBytes,
  sealFrame,
  sealFrameHeader,
  writeHeadFrame,
} from './frame.ts'
import type { FramePlace, HeadRecord } from './frame.ts'
import { isLargePart, PartWriter } from './part-writer.ts'
import type { TreeHasher } from './tree.ts'

/** Commits up to this size share their memory. */
const SCRATCH_BYTES_MAX = 2 * 1024 * 1024

export class CommitFrames {
  readonly #hasher: TreeHasher
  readonly #parts: PartWriter

  /** `header`: what comes before the frames. `proofHashes`: of the head record that will come last. */
  constructor(
    hasher: TreeHasher,
    header: Uint8Array,
    blocks: readonly Uint8Array[],
    proofHashes: number,
  ) {
    this.#hasher = hasher
    let bytes = header.length + headFrameBytes(proofHashes)
    for (const block of blocks) {
      bytes += FRAME_HEADER_BYTES + (isLargePart(block) ? 0 : block.length)
    }
    this.#parts = new PartWriter(commitBuffer(bytes))
    this.#parts.copy(header)
  }

  get sizeBytes(): number {
    return this.#parts.sizeBytes
  }

  /** The hash of the block's leaf, which is its first `leafBytes`. */
  addBlock(block: Uint8Array, leafBytes: number, place: FramePlace): Uint8Array {
    const { buffer } = this.#parts
    const at = this.#parts.skip(FRAME_HEADER_BYTES)
    if (isLargePart(block)) {
      sealFrameHeader(buffer, at, BLOCK_FRAME, block, place)
      this.#parts.refer(block)
      return this.#hasher.leaf(block.subarray(0, leafBytes))
    }
    this.#parts.copy(block)
    sealFrame(buffer, at, BLOCK_FRAME, block.length, place)
    const leafEnd = at + FRAME_HEADER_BYTES + leafBytes
    return this.#hasher.prefixedLeaf(buffer.subarray(at + FRAME_TYPE_OFFSET, leafEnd))
  }

  /** The whole commit, to be written in this turn. */
  finish(record: HeadRecord, place: FramePlace): readonly Uint8Array[] {
    const at = this.#parts.skip(headFrameBytes(record.extension.length))
    writeHeadFrame(this.#parts.buffer, at, record, place)
    return this.#parts.finish()
  }
}

/** Of all logs. */
let scratch = new Uint8Array()

function commitBuffer(bytes: number): Uint8Array {
  if (bytes > SCRATCH_BYTES_MAX) return new Uint8Array(bytes)
  if (bytes > scratch.length) scratch = new Uint8Array(Math.min(2 * bytes, SCRATCH_BYTES_MAX))
  return scratch.subarray(0, bytes)
}
