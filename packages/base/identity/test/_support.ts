/** Fixed randomness, so that golden files and failures repeat. */

import { createNodeCrypto } from '@hamlet/identity/node'
import type { Random } from '@hamlet/core'

export const crypto = createNodeCrypto()

/** Bytes of SHA-256 over a seed and a counter. */
export function createFixedRandom(seed: number): Random {
  let counter = 0
  return {
    bytes(count) {
      const bytes = new Uint8Array(count)
      for (let offset = 0; offset < count; offset += 32) {
        const block = crypto.hash(Uint8Array.of(seed, counter >> 8, counter & 0xff))
        counter++
        bytes.set(block.subarray(0, Math.min(32, count - offset)), offset)
      }
      return bytes
    },
  }
}
