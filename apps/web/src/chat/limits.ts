/** Lengths the page checks before the peer does, so that a person is told while writing. */

/** One message in UTF-8, as `@hamlet/chat` counts it. */
export const MESSAGE_BYTES_MAX = 16_384
/** Characters of a name: of a person, a space or a room. */
export const NAME_LENGTH_MAX = 64

const encoder = new TextEncoder()

export function byteLength(text: string): number {
  return encoder.encode(text).length
}
