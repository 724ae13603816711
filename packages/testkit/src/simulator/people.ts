/**
 * The people of simulated worlds: one set of identities per process, of which every world draws some.
 *
 * Making an identity costs as much as a tenth of a small world. The set follows from fixed seeds, so every process has
 * the same; which of them live in a world, and in which order, follows from the world's seed.
 */

import { createIdentity, openIdentity } from '@hamlet/identity'
import type { Identity, KeyRing } from '@hamlet/identity'
import type { Crypto } from '@hamlet/core'
import { SeededRandom } from './seeded-random.ts'
import { EPOCH_MS } from './sim-clock.ts'

/** Many more than a world has, so that the order of device ids differs from world to world. */
const PEOPLE = 96

interface Person {
  readonly number: number
  /** Of each of their devices, the first one first. */
  readonly rings: KeyRing[]
  readonly identities: Identity[]
}

export class People {
  readonly #crypto: Crypto
  readonly #people = new Map<number, Person>()

  constructor(crypto: Crypto) {
    this.#crypto = crypto
  }

  /** The first devices of `count` different people. */
  draw(random: SeededRandom, count: number): Identity[] {
    const numbers = random.shuffle(Array.from({ length: PEOPLE }, (_, i) => i))
    return numbers.slice(0, count).map((number) => this.#person(number).identities[0]!)
  }

  /** The `index`th further device of the person whose device this is. */
  furtherDevice(identity: Identity, index: number): Identity {
    const person = [...this.#people.values()].find(
      ({ identities }) => identities[0]!.person === identity.person,
    )!
    while (person.identities.length <= index) this.#addDevice(person)
    return person.identities[index]!
  }

  #person(number: number): Person {
    const known = this.#people.get(number)
    if (known !== undefined) return known
    const person = { number, rings: [], identities: [] }
    this.#addDevice(person)
    this.#people.set(number, person)
    return person
  }

  #addDevice({ number, rings, identities }: Person): void {
    const random = new SeededRandom(number).fork(`device ${rings.length}`)
    const personEntropy = rings[0]?.personEntropy
    const ring = createIdentity(this.#crypto, random, { nowMs: EPOCH_MS, personEntropy })
    rings.push(ring)
    identities.push(openIdentity(this.#crypto, ring))
  }
}
