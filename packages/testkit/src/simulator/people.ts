/**
 * The people of simulated worlds: one set of identities per process, of which every world draws some.
 *
 * Making an identity costs as much as a tenth of a small world. The set follows from fixed seeds, so every process has
 * the same; which of them live in a world, and in which order, follows from the world's seed.
 */

import { createIdentity, openIdentity } from '@hamlet/identity'
import type { Identity } from '@hamlet/identity'
import type { Crypto } from '@hamlet/core'
import { SeededRandom } from './seeded-random.ts'
import { EPOCH_MS } from './sim-clock.ts'

/** Many more than a world has, so that the order of device ids differs from world to world. */
const PEOPLE = 96

export class People {
  readonly #crypto: Crypto
  readonly #identities = new Map<number, Identity>()

  constructor(crypto: Crypto) {
    this.#crypto = crypto
  }

  /** `count` different people. */
  draw(random: SeededRandom, count: number): Identity[] {
    const numbers = random.shuffle(Array.from({ length: PEOPLE }, (_, i) => i))
    return numbers.slice(0, count).map((number) => this.#identity(number))
  }

  #identity(number: number): Identity {
    const known = this.#identities.get(number)
    if (known !== undefined) return known
    const random = new SeededRandom(number).fork('person')
    const keys = createIdentity(this.#crypto, random, { nowMs: EPOCH_MS })
    const identity = openIdentity(this.#crypto, keys)
    this.#identities.set(number, identity)
    return identity
  }
}
