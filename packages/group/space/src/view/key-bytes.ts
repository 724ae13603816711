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

  encode(key: string): Uint8Array {
    const start = this.#used
    if (key.length > this.#buffer.length - start) return this.#encodeInNew(key)
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i)
      if (unit >= 0x80) return utf8(key)
      this.#buffer[start + i] = unit
    }
    this.#used = start + key.length
    return this.#buffer.subarray(start, this.#used)
  }

  #encodeInNew(key: string): Uint8Array {
    if (key.length > BUFFER_BYTES) return utf8(key)
    this.#buffer = new Uint8Array(BUFFER_BYTES)
    this.#used = 0
    return this.encode(key)
  }
}
