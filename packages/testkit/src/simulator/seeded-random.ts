/**
 * Seeded randomness: xoshiro128** (Blackman and Vigna, 2018), seeded through SplitMix32.
 *
 * Everything a simulated world draws comes from one number. `fork(label)` gives an independent stream per purpose, so
 * that adding a draw in one place does not change every other place.
 */

import type { Random } from '@hamlet/core'

export class SeededRandom implements Random {
  readonly #state: Uint32Array
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed >>> 0
    const mix = splitMix32(this.#seed)
    this.#state = Uint32Array.from([mix(), mix(), mix(), mix()])
  }

  fork(label: string): SeededRandom {
    let hash = this.#seed ^ 0x9e3779b9
    for (const character of label) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193)
    return new SeededRandom(hash)
  }

  /** Uniform over 0 to 2^32 - 1. */
  uint32(): number {
    const s = this.#state
    const result = Math.imul(rotateLeft(Math.imul(s[1]!, 5), 7), 9) >>> 0
    const shifted = s[1]! << 9
    s[2]! ^= s[0]!
    s[3]! ^= s[1]!
    s[1]! ^= s[2]!
    s[0]! ^= s[3]!
    s[2]! ^= shifted
    s[3] = rotateLeft(s[3]!, 11)
    return result
  }

  /** Uniform over [0, 1). */
  unit(): number {
    return this.uint32() / 0x1_0000_0000
  }

  /** Uniform over the integers `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.unit() * (max - min + 1))
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /** Exponentially distributed around `mean`. */
  exponential(mean: number): number {
    return -Math.log(1 - this.unit()) * mean
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)]!
  }

  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items]
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.int(0, i)
      ;[shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!]
    }
    return shuffled
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count)
    for (let i = 0; i < count; i += 4) {
      const word = this.uint32()
      for (let j = i; j < Math.min(i + 4, count); j++) bytes[j] = word >>> (8 * (j - i))
    }
    return bytes
  }
}

function rotateLeft(value: number, bits: number): number {
  return ((value << bits) | (value >>> (32 - bits))) >>> 0
}

function splitMix32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }
}
