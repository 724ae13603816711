/**
 * The hash that two devices compare, worked out again only when what it covers has changed: every connection asks for it
 * every ten seconds, and with fifty of them that was an eighth of all that a peer does.
 */

import { equalBytes, idToBytes, uint64ToBytes } from '@hamlet/core'
import type { Crypto, DeviceId } from '@hamlet/core'

export interface FrontierPart {
  readonly device: DeviceId
  readonly length: number
  readonly root: Uint8Array
}

export class FrontierMemo {
  readonly #crypto: Crypto
  #parts: readonly FrontierPart[] | undefined
  #hash: Uint8Array = new Uint8Array()

  constructor(crypto: Crypto) {
    this.#crypto = crypto
  }

  /** SHA-256 over device, length and root of each, in this order. */
  hashOf(parts: readonly FrontierPart[]): Uint8Array {
    if (this.#parts === undefined || !areSame(this.#parts, parts)) {
      const bytes = parts.flatMap(({ device, length, root }) => {
        return [idToBytes(device), uint64ToBytes(length), root]
      })
      this.#hash = this.#crypto.hash(...bytes)
      this.#parts = parts
    }
    return this.#hash.slice()
  }
}

function areSame(a: readonly FrontierPart[], b: readonly FrontierPart[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ device, length, root }, i) => {
      const other = b[i]!
      if (device !== other.device || length !== other.length) return false
      return root === other.root || equalBytes(root, other.root)
    })
  )
}
