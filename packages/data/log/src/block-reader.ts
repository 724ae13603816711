/**
 * Reading blocks from the segments, by the places in the index.
 *
 * A frame's checksum binds it to its place, so a damaged index shows in a frame that does not check: then the derived files are
 * made anew, once, and the block is read again. What is wrong after that is wrong in the segments.
 */

import { errorCode } from '@hamlet/core'
import { frameBytesAt } from './derived.ts'
import { LogError } from './errors.ts'
import {
  BLOCK_FRAME,
  CLEARED_FRAME,
  FRAME_HEADER_BYTES,
  FRAME_TYPE_OFFSET,
  checkFrame,
} from './frame.ts'
import type { BlockPlace } from './derived.ts'
import type { RecoveryContext } from './recovery.ts'

const RUN_BYTES_MAX = 1024 * 1024
const NOWHERE = new Uint8Array()

export class BlockReader {
  readonly #context: RecoveryContext
  readonly #repair: () => void

  constructor(context: RecoveryContext, repair: () => void) {
    this.#context = context
    this.#repair = repair
  }

  /** @throws LogError `LOG_CLEARED`, and as {@link peek} */
  read(index: number): Uint8Array {
    const block = this.peek(index)
    if (block) return block
    throw new LogError('LOG_CLEARED', `block ${index} was cleared`, { fields: { index } })
  }

  /**
   * The block, `undefined` when it was cleared.
   * @throws LogError `LOG_DAMAGED`; StoreError `STORE_IO` when the disk does not answer, which says nothing of the block
   */
  peek(index: number): Uint8Array | undefined {
    const found = this.#tryRead(index)
    if (found) return found.block
    this.#repair()
    const again = this.#tryRead(index)
    if (again) return again.block
    throw new LogError('LOG_DAMAGED', `block ${index} is damaged`, {
      fields: { fromBlock: index, toBlock: index + 1 },
    })
  }

  /** The blocks [from, to), read together while they lie together, into `into` as far as they fit. */
  readMany(from: number, to: number, into: Uint8Array = NOWHERE): readonly Uint8Array[] {
    const places = this.#context.derived.places(from, to)
    const blocks: Uint8Array[] = []
    let first = 0
    let room = into
    for (let next = 1; next <= places.length; next++) {
      if (next < places.length && isNear(places[first]!, places[next]!)) continue
      const run = places.slice(first, next)
      this.#readRun(from + first, run, blocks, room)
      room = room.subarray(Math.min(bytesOf(run), room.length))
      first = next
    }
    return blocks
  }

  /** Bytes on the disk of the blocks [from, to) and what lies between them, without reading them. */
  bytesBetween(from: number, to: number): number {
    if (from >= to) return 0
    const { derived, segments } = this.#context
    const [first, last] = [derived.place(from), derived.place(to - 1)]
    let bytes = last.offset + frameBytesAt(last) - first.offset
    for (let segment = first.segment; segment < last.segment; segment++) {
      bytes += segments.sizeOf(segment)
    }
    return bytes
  }

  #tryRead(index: number): { readonly block: Uint8Array | undefined } | undefined {
    try {
      const place = this.#context.derived.place(index)
      const { segment, offset } = place
      const frame = this.#context.segments.read(segment, offset, frameBytesAt(place))
      if (place.isCleared) {
        const isGone = frame[FRAME_TYPE_OFFSET] === CLEARED_FRAME
        const isIntact = checkFrame(frame, 0, { segment, offset, number: index }) >= 0
        return isGone && isIntact ? { block: undefined } : undefined
      }
      const block = blockOf(frame, 0, place, index)
      return block && { block }
    } catch (error) {
      if (isUnanswered(error)) throw error
      // A damaged index points anywhere; the caller rebuilds it and reads again.
      return undefined
    }
  }

  #readRun(
    from: number,
    places: readonly BlockPlace[],
    blocks: Uint8Array[],
    into: Uint8Array,
  ): void {
    const first = places[0]!
    let bytes: Uint8Array | undefined
    try {
      bytes = this.#context.segments.read(first.segment, first.offset, bytesOf(places), into)
    } catch (error) {
      if (isUnanswered(error)) throw error
      bytes = undefined
    }
    for (const [i, place] of places.entries()) {
      const block = bytes && blockOf(bytes, place.offset - first.offset, place, from + i)
      blocks.push(block ?? this.read(from + i))
    }
  }
}

function bytesOf(run: readonly BlockPlace[]): number {
  const [first, last] = [run[0]!, run.at(-1)!]
  return last.offset + frameBytesAt(last) - first.offset
}

/** What the disk holds may be sound: nothing is to be concluded from it, nor repaired. */
export function isUnanswered(error: unknown): boolean {
  return errorCode(error) === 'STORE_IO'
}

function isNear(first: BlockPlace, next: BlockPlace): boolean {
  const distance = next.offset + frameBytesAt(next) - first.offset
  return next.segment === first.segment && distance > 0 && distance < RUN_BYTES_MAX
}

function blockOf(
  bytes: Uint8Array,
  at: number,
  place: BlockPlace,
  number: number,
): Uint8Array | undefined {
  const { segment, offset } = place
  if (bytes[at + FRAME_TYPE_OFFSET] !== BLOCK_FRAME) return undefined
  if (checkFrame(bytes, at, { segment, offset, number }) !== place.bytes) return undefined
  const start = at + FRAME_HEADER_BYTES
  return bytes.subarray(start, start + place.bytes)
}
