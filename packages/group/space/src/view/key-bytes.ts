/**
 * Keys as bytes by the thousand: carved out of shared buffers, nearly all of them being ASCII.
 *
 * A `TextEncoder` call with a buffer of its own for each key takes eight times as long.
 */

import { utf8 } from '@hamlet/core'

const BUFFER_BYTES = 64 * 1024

export class KeyBytes {
  #buffer = new Uint8Array()
  #used = 0

  encode(prefix: string, key: string): Uint8Array {
    const length = prefix.length + key.length
    if (length > BUFFER_BYTES) return utf8(prefix + key)
    if (length > this.#buffer.length - this.#used) {
      this.#buffer = new Uint8Array(BUFFER_BYTES)
      this.#used = 0
    }
    const start = this.#used
    const isAscii = this.#put(prefix, start) && this.#put(key, start + prefix.length)
    if (!isAscii) return utf8(prefix + key)
    this.#used = start + length
    return this.#buffer.subarray(start, this.#used)
  }

  #put(text: string, at: number): boolean {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80) return false
      this.#buffer[at + i] = unit
    }
    return true
  }
}
