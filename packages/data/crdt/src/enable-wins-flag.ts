/**
 * A flag that several replicas switch on and off; of concurrent switches, on wins.
 *
 * Switching on is an item that replaces those its author knew, switching off ends them, and the flag is on while there
 * is one: the observed-remove set of one element. See dot-store.ts.
 *
 * Stored form: ['enable-wins-flag/1', rows of dot-store.ts], with true as item.
 */

import { DotStore } from './dot-store.ts'
import { checkStorable, decodeState, encodeState } from './stored.ts'
import type { CborError, Result } from '@hamlet/core'
import type { ItemKind } from './dot-store.ts'
import type { Dot } from './dot.ts'
import type { Lattice } from './lattice.ts'

const SWITCHES: ItemKind<Dot> = {
  compare: () => 0,
  encode: () => true,
  read(fields, dot) {
    if (!fields.boolean()) throw fields.refuse('expected true')
    return dot
  },
}

export class EnableWinsFlag implements Lattice<EnableWinsFlag> {
  static readonly stored = 'enable-wins-flag/1'
  readonly #store = new DotStore<Dot>(SWITCHES)

  static empty(): EnableWinsFlag {
    return new EnableWinsFlag()
  }

  get isOn(): boolean {
    return this.#store.size > 0
  }

  /** The delta, joined into `delta` when that is given. `dot`: above all earlier ones of its replica. */
  enable({ replica, seq }: Dot, delta: EnableWinsFlag = new EnableWinsFlag()): EnableWinsFlag {
    checkStorable(replica)
    this.#store.replace(this.#store.items(), { replica, seq }, delta.#store)
    return delta
  }

  /** The delta as of `enable`. */
  disable(delta: EnableWinsFlag = new EnableWinsFlag()): EnableWinsFlag {
    this.#store.end(this.#store.items(), delta.#store)
    return delta
  }

  merge(other: EnableWinsFlag): boolean {
    return this.#store.merge(other.#store)
  }

  isWithin(other: EnableWinsFlag): boolean {
    return this.#store.isWithin(other.#store)
  }

  encode(): Uint8Array {
    return encodeState(EnableWinsFlag.stored, this.#store.encode())
  }

  static decode(bytes: Uint8Array): Result<EnableWinsFlag, CborError> {
    return decodeState(bytes, EnableWinsFlag.stored, (fields) => {
      const flag = new EnableWinsFlag()
      flag.#store.read(fields)
      return flag
    })
  }
}
