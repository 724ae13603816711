/**
 * The `Random` port over the operating system's generator.
 *
 * Small requests (salts, nonces) are cut from a pool, since a call of the generator costs 3 µs for any size: that was a
 * sixth of writing an entry. Invariant: a byte is given out once, and the pool keeps no copy of it.
 */

import { randomFillSync } from 'node:crypto'

import type { Random } from '@hamlet/core'

const POOL_BYTES = 4096
/** Keys and anything larger come straight from the generator. */
const POOLED_BYTES_MAX = 24

export function createNodeRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES)
  let used = POOL_BYTES
  const fromPool = (count: number): Uint8Array => {
    if (used + count > POOL_BYTES) {
      randomFillSync(pool)
      used = 0
    }
    const bytes = pool.slice(used, used + count)
    pool.fill(0, used, used + count)
    used += count
    return bytes
  }
  return {
    bytes: (count) =>
      count <= POOLED_BYTES_MAX ? fromPool(count) : randomFillSync(new Uint8Array(count)),
  }
}
