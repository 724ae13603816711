/** Choices that follow from a few bytes of the `Random` port: xorshift32, which is enough to spread peers over chunks. */

import type { Random } from '@hamlet/core'

export class SeededChoice {
  #state: number

  constructor(random: Random) {
    const bytes = random.bytes(4)
    this.#state = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) || 1
  }

  /** From 0 to `end` - 1. */
  below(end: number): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return Math.floor((this.#state / 2 ** 32) * end)
  }
}
