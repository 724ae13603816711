/**
 * Frames of the link and recovery protocols on a byte stream.
 *
 *     OFFSET  SIZE  FIELD
 *     0       2     length n of the message, big-endian, 1 to 65,535
 *     2       n     message
 *
 * Invariant: a frame that is not complete holds at most its own bytes and one chunk; nothing is allocated for a promise.
 */

import { assert, concatBytes } from '@hamlet/core'

export const LINK_FRAME_BYTES_MAX = 65_535

const HEADER_BYTES = 2

export function encodeLinkFrame(message: Uint8Array): Uint8Array {
  const { length } = message
  assert(length > 0 && length <= LINK_FRAME_BYTES_MAX, 'a frame holds 1 to 65,535 bytes')
  return concatBytes(Uint8Array.of(length >> 8, length & 0xff), message)
}

export class LinkFrameReader {
  #buffer: Uint8Array = new Uint8Array(0)

  /** The messages that `chunk` completes; an empty one is a message too, and everybody's to refuse. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    this.#buffer = concatBytes(this.#buffer, chunk)
    const messages: Uint8Array[] = []
    for (;;) {
      if (this.#buffer.length < HEADER_BYTES) return messages
      const end = HEADER_BYTES + this.#buffer[0]! * 256 + this.#buffer[1]!
      if (this.#buffer.length < end) return messages
      messages.push(this.#buffer.slice(HEADER_BYTES, end))
      this.#buffer = this.#buffer.slice(end)
    }
  }
}
