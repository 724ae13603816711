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
    const bytes = concatBytes(this.#buffer, chunk)
    const messages: Uint8Array[] = []
    let at = 0
    for (;;) {
      const end = at + HEADER_BYTES + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
      if (bytes.length - at < HEADER_BYTES || bytes.length < end) break
      messages.push(bytes.slice(at + HEADER_BYTES, end))
      at = end
    }
    this.#buffer = bytes.slice(at)
    return messages
  }
}
