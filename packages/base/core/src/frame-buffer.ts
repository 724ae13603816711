/**
 * Messages of a byte stream (framing.ts) as views, for streams that are read into memory that is used again: a message that was
 * copied before it is judged costs its copy, its page faults and their collection.
 *
 *     bytes are read into `room()`, or handed in with `push`  ──►  `take` calls back with each message, which lasts for the call
 *
 * Invariants: as of `FrameDecoder`, but for the copies. The memory is at most one frame and `READ_BYTES`; it doubles while bytes
 * arrive that fill it, so it never grows for a promise.
 */

import type { FrameTooLong } from './framing.ts'
import { FRAME_HEADER_BYTES } from './framing.ts'
import { FRAME_BYTES_MAX } from './limits.ts'

const READ_BYTES = 64 * 1024
const CAPACITY_BYTES_MAX = FRAME_HEADER_BYTES + FRAME_BYTES_MAX + READ_BYTES
/** Less room than this is made more before the next read. */
const ROOM_BYTES_MIN = READ_BYTES / 2

export type MessageListener = (message: Uint8Array) => void

export class FrameBuffer {
  #bytes = new Uint8Array()
  /** What waits for its end: [start, end). */
  #start = 0
  #end = 0
  /** The last read filled all the room there was: more came than was read. */
  #isFull = false
  #failure: FrameTooLong | undefined

  /** Bytes held for a message that is not complete. */
  get bufferedBytes(): number {
    return this.#end - this.#start
  }

  /** Where the next bytes of the stream go; say with {@link received} how many they were. */
  room(): Uint8Array {
    if (this.#isFull) this.#makeRoom(this.#bytes.length + 1)
    else if (this.#bytes.length - this.#end < ROOM_BYTES_MIN) this.#makeRoom(ROOM_BYTES_MIN)
    this.#isFull = false
    return this.#bytes.subarray(this.#end)
  }

  /** So many bytes are in {@link room}. */
  received(count: number): void {
    this.#end += count
    this.#isFull = this.#end === this.#bytes.length
  }

  /** Calls back with each message that is complete. */
  take(listener: MessageListener): FrameTooLong | undefined {
    while (!this.#failure && this.bufferedBytes >= FRAME_HEADER_BYTES) {
      const length = lengthAt(this.#bytes, this.#start)
      const end = this.#start + FRAME_HEADER_BYTES + length
      if (length > FRAME_BYTES_MAX) return this.#fail(length)
      if (end > this.#end) break
      listener(this.#bytes.subarray(this.#start + FRAME_HEADER_BYTES, end))
      this.#start = end
    }
    return this.#failure
  }

  /** Calls back with each message that is complete with these bytes, which are elsewhere. */
  push(chunk: Uint8Array, listener: MessageListener): FrameTooLong | undefined {
    for (let at = 0; at < chunk.length && !this.#failure;) {
      if (this.bufferedBytes > 0) {
        const end = Math.min(at + this.#missingBytes(), chunk.length)
        this.#keep(chunk.subarray(at, end))
        this.take(listener)
        at = end
        continue
      }
      const length = chunk.length - at < FRAME_HEADER_BYTES ? 0 : lengthAt(chunk, at)
      const end = at + FRAME_HEADER_BYTES + length
      if (length > FRAME_BYTES_MAX) return this.#fail(length)
      if (end <= chunk.length) listener(chunk.subarray(at + FRAME_HEADER_BYTES, end))
      else this.#keep(chunk.subarray(at))
      at = end
    }
    return this.#failure
  }

  /** Up to the end of what is begun: the header, or the message. */
  #missingBytes(): number {
    if (this.bufferedBytes < FRAME_HEADER_BYTES) return FRAME_HEADER_BYTES - this.bufferedBytes
    return FRAME_HEADER_BYTES + lengthAt(this.#bytes, this.#start) - this.bufferedBytes
  }

  #keep(bytes: Uint8Array): void {
    if (this.#bytes.length - this.#end < bytes.length) this.#makeRoom(bytes.length)
    this.#bytes.set(bytes, this.#end)
    this.#end += bytes.length
  }

  /** Puts what waits at the beginning, in larger memory where so much would not follow it. */
  #makeRoom(bytes: number): void {
    const held = this.bufferedBytes
    const needed = held + bytes
    if (needed > this.#bytes.length && this.#bytes.length < CAPACITY_BYTES_MAX) {
      const size = Math.max(READ_BYTES, needed, 2 * this.#bytes.length)
      const grown = new Uint8Array(Math.min(size, CAPACITY_BYTES_MAX))
      grown.set(this.#bytes.subarray(this.#start, this.#end))
      this.#bytes = grown
    } else this.#bytes.copyWithin(0, this.#start, this.#end)
    this.#start = 0
    this.#end = held
  }

  #fail(length: number): FrameTooLong {
    this.#failure = { code: 'frame-too-long', length }
    this.#bytes = new Uint8Array()
    this.#start = 0
    this.#end = 0
    return this.#failure
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  const low = (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  return bytes[at]! * 0x1000000 + low
}
