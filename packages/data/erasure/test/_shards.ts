/** Shards to lose. */

import { ErasureCode } from '../src/index.ts'
import type { KernelName } from '../src/index.ts'

/** The same for the same seed. */
export function someBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = Math.imul(seed + 1, 2_654_435_761) >>> 0
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

export function codeOf(needed: number, total: number, kernel?: KernelName): ErasureCode {
  const parameters = { dataShards: needed, parityShards: total - needed }
  return new ErasureCode({ ...parameters, ...(kernel === undefined ? {} : { kernel }) })
}

export function someShards(needed: number, shardBytes: number, seed = 1): readonly Uint8Array[] {
  return Array.from({ length: needed }, (_, index) => someBytes(shardBytes, seed * 1000 + index))
}

/** All ways to keep `count` of `total`. */
export function* choices(total: number, count: number, from = 0): Generator<readonly number[]> {
  if (count === 0) {
    yield []
    return
  }
  for (let first = from; first <= total - count; first++) {
    for (const rest of choices(total, count - 1, first + 1)) yield [first, ...rest]
  }
}
