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
import type { TreeHasher } from './tree.ts'

/** From here on one more part costs less than copying the block. */
const LARGE_BLOCK_BYTES = 8192
/** Commits up to this size share their memory. */
const SCRATCH_BYTES_MAX = 2 * 1024 * 1024

export class CommitFrames {
  readonly #hasher: TreeHasher
  readonly #buffer: Uint8Array
  readonly #parts: Uint8Array[] = []
  /** Bytes of the buffer that are in the parts. */
  #taken = 0
  #used: number
  /** Bytes of the blocks that are not in the buffer. */
  #outsideBytes = 0

  /** `header`: what comes before the frames. `proofHashes`: of the head record that will come last. */
  constructor(
    hasher: TreeHasher,
    header: Uint8Array,
    blocks: readonly Uint8Array[],
    proofHashes: number,
  ) {
    this.#hasher = hasher
    let bytes = header.length + headFrameBytes(proofHashes)
    for (const { length } of blocks) {
      bytes += FRAME_HEADER_BYTES + (length < LARGE_BLOCK_BYTES ? length : 0)
    }
    this.#buffer = commitBuffer(bytes)
    this.#buffer.set(header)
    this.#used = header.length
  }

  get sizeBytes(): number {
    return this.#used + this.#outsideBytes
  }

  /** The hash of the block's leaf, which is its first `leafBytes`. */
  addBlock(block: Uint8Array, leafBytes: number, place: FramePlace): Uint8Array {
    const at = this.#used
    this.#used += FRAME_HEADER_BYTES
    if (block.length >= LARGE_BLOCK_BYTES) {
      sealFrameHeader(this.#buffer, at, BLOCK_FRAME, block, place)
      this.#parts.push(this.#buffer.subarray(this.#taken, this.#used), block)
      this.#taken = this.#used
      this.#outsideBytes += block.length
      return this.#hasher.leaf(block.subarray(0, leafBytes))
    }
    this.#buffer.set(block, this.#used)
    this.#used += block.length
    sealFrame(this.#buffer, at, BLOCK_FRAME, block.length, place)
    const leafEnd = at + FRAME_HEADER_BYTES + leafBytes
    return this.#hasher.prefixedLeaf(this.#buffer.subarray(at + FRAME_TYPE_OFFSET, leafEnd))
  }

  /** The whole commit, to be written in this turn. */
  finish(record: HeadRecord, place: FramePlace): readonly Uint8Array[] {
    writeHeadFrame(this.#buffer, this.#used, record, place)
    this.#used += headFrameBytes(record.extension.length)
    return [...this.#parts, this.#buffer.subarray(this.#taken, this.#used)]
  }
}

/** Of all logs. */
let scratch = new Uint8Array()

function commitBuffer(bytes: number): Uint8Array {
  if (bytes > SCRATCH_BYTES_MAX) return new Uint8Array(bytes)
  if (bytes > scratch.length) scratch = new Uint8Array(Math.min(2 * bytes, SCRATCH_BYTES_MAX))
  return scratch.subarray(0, bytes)
}
