/**
 * Framing: messages on a byte stream.
 *
 *     OFFSET  SIZE  FIELD
 *     0       4     length n of the message, big-endian, 0 … FRAME_BYTES_MAX
 *     4       n     message
 *
 * Worked example: the message `68 69` ("hi") is sent as `00 00 00 02 68 69`.
 *
 * Invariants of the decoder:
 * 1. The length is judged as soon as its four bytes are there; nothing is ever allocated for a promise: a message is
 *    assembled only once all of its bytes have arrived.
 * 2. Messages come out whole, in order and as copies: they do not pin the network's buffers. (`FrameBuffer` lends them.)
 * 3. After an oversize length the decoder has failed for good.
 */

import { assert } from './assert.ts'
import { FRAME_BYTES_MAX } from './limits.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'

export const FRAME_HEADER_BYTES = 4

export interface FrameTooLong {
  readonly code: 'frame-too-long'
  readonly length: number
}

/** The frames of `messages`, joined. */
export function encodeFrames(messages: readonly Uint8Array[]): Uint8Array {
  let size = 0
  for (const message of messages) {
    assert(message.length <= FRAME_BYTES_MAX, `a message has at most ${FRAME_BYTES_MAX} bytes`)
    size += FRAME_HEADER_BYTES + message.length
  }
  const frames = new Uint8Array(size)
  const view = new DataView(frames.buffer)
  let offset = 0
  for (const message of messages) {
    view.setUint32(offset, message.length)
    frames.set(message, offset + FRAME_HEADER_BYTES)
    offset += FRAME_HEADER_BYTES + message.length
  }
  return frames
}

export class FrameDecoder {
  #chunks: Uint8Array[] = []
  /** Bytes of the first chunk already consumed. */
  #offset = 0
  #availableBytes = 0
  #length: number | undefined
  #failure: FrameTooLong | undefined
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES)

  /** Bytes held for a message that is not complete: at most one frame and one chunk. */
  get bufferedBytes(): number {
    return this.#availableBytes
  }

  /** The messages completed by `chunk`. The chunk is kept until its messages have come out; do not change it. */
  push(chunk: Uint8Array): Result<readonly Uint8Array[], FrameTooLong> {
    if (this.#failure !== undefined) return err(this.#failure)
    if (chunk.length > 0) this.#chunks.push(chunk)
    this.#availableBytes += chunk.length
    const messages: Uint8Array[] = []
    while (this.#readLength()) {
      const length = this.#length!
      if (length > FRAME_BYTES_MAX) return err(this.#fail(length))
      if (this.#availableBytes < length) break
      messages.push(this.#take(new Uint8Array(length)))
      this.#length = undefined
    }
    return ok(messages)
  }

  #readLength(): boolean {
    if (this.#length !== undefined) return true
    if (this.#availableBytes < FRAME_HEADER_BYTES) return false
    const header = this.#take(this.#header)
    this.#length = new DataView(header.buffer).getUint32(0)
    return true
  }

  #fail(length: number): FrameTooLong {
    this.#failure = { code: 'frame-too-long', length }
    this.#chunks = []
    this.#availableBytes = 0
    return this.#failure
  }

  /** Fills `bytes` with what comes next, which has to be there. */
  #take(bytes: Uint8Array): Uint8Array {
    const count = bytes.length
    let filled = 0
    let consumed = 0
    while (filled < count) {
      const chunk = this.#chunks[consumed]!
      const part = chunk.subarray(this.#offset, this.#offset + count - filled)
      bytes.set(part, filled)
      filled += part.length
      this.#offset += part.length
      if (this.#offset < chunk.length) break
      consumed++
      this.#offset = 0
    }
    if (consumed > 0) this.#chunks.splice(0, consumed)
    this.#availableBytes -= count
    return bytes
  }
}
