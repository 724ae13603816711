/** The real cryptography, and chance that can be repeated. */

import { createHash } from 'node:crypto'
import { createNodeCrypto } from '@hamlet/identity/node'
import type { Random, Signer } from '@hamlet/core'

export const testCrypto = createNodeCrypto()

export function signerOf(seed: Uint8Array): Signer {
  return testCrypto.signer(seed)
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
