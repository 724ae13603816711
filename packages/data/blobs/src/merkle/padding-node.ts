/**
 * The nodes over nothing but missing leaves: 32 zero bytes at height 0, the hash of two of the height below above that.
 * There are few heights, so each is computed once.
 */

import { concatBytes } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'

const known: Uint8Array[] = [new Uint8Array(32)]

/** Shared: do not change it. */
export function paddingNode(crypto: Crypto, height: number): Uint8Array {
  for (let at = known.length; at <= height; at++) {
    const below = known[at - 1]!
    known.push(crypto.hash(concatBytes(below, below)))
  }
  return known[height]!
}
