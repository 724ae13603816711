/**
 * A counter that goes up and down: two that only grow, of which one is subtracted.
 *
 * Source: Shapiro et al. 2011, specification 7.
 *
 * Stored form: ['pn-counter/1', rows of what was added, rows of what was taken], as in g-counter.ts.
 */

import { assert } from '@hamlet/core'
import { GCounter } from './g-counter.ts'
import { decodeState, encodeState } from './stored.ts'
import type { CborError, Result } from '@hamlet/core'
import type { Lattice } from './lattice.ts'

export class PnCounter implements Lattice<PnCounter> {
  static readonly stored = 'pn-counter/1'
  readonly #added: GCounter
  readonly #taken: GCounter

  constructor(added: GCounter = new GCounter(), taken: GCounter = new GCounter()) {
    this.#added = added
    this.#taken = taken
  }

  static empty(): PnCounter {
    return new PnCounter()
  }

  get value(): bigint {
    return this.#added.value - this.#taken.value
  }

  /** The delta, joined into `delta` when that is given. `by`: an integer other than zero. */
  add(replica: string, by: number, delta: PnCounter = new PnCounter()): PnCounter {
    assert(Number.isInteger(by) && by !== 0, `expected an integer other than zero, got ${by}`)
    if (by > 0) this.#added.increment(replica, by, delta.#added)
    else this.#taken.increment(replica, -by, delta.#taken)
    return delta
  }

  merge(other: PnCounter): boolean {
    const isAddedChanged = this.#added.merge(other.#added)
    return this.#taken.merge(other.#taken) || isAddedChanged
  }

  isWithin(other: PnCounter): boolean {
    return this.#added.isWithin(other.#added) && this.#taken.isWithin(other.#taken)
  }

  encode(): Uint8Array {
    return encodeState(PnCounter.stored, this.#added.toRows(), this.#taken.toRows())
  }

  static decode(bytes: Uint8Array): Result<PnCounter, CborError> {
    return decodeState(bytes, PnCounter.stored, (fields) => {
      const added = GCounter.readRows(fields)
      return new PnCounter(added, GCounter.readRows(fields))
    })
  }
}
