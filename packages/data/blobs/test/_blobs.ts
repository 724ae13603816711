/** Bytes to make blobs of, the real cryptography, and chance that can be repeated. */

import { createHash } from 'node:crypto'
import { createNodeCrypto } from '@hamlet/identity/node'
import type { Random } from '@hamlet/core'

export const testCrypto = createNodeCrypto()

/** The pattern of the public vectors: byte i = ((i * 0x9E3779B1) mod 2^32) >> 24, from any seed on. */
export function patternBytes(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = Math.imul(i + seed, 0x9e3779b1) >>> 24
  return bytes
}

export function seededRandom(seed: number): Random {
  let counter = 0
  return {
    bytes(count) {
      const bytes = new Uint8Array(count)
      for (let offset = 0; offset < count; offset += 32) {
        const block = createHash('sha256').update(`${seed}/${counter++}`).digest()
        bytes.set(block.subarray(0, count - offset), offset)
      }
      return bytes
    },
  }
}
