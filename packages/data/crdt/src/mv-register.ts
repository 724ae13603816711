/**
 * A register that keeps every value nobody has overwritten knowingly.
 *
 * A write is an item that replaces all its author knew. Concurrent writes stay side by side until somebody who saw them
 * writes again. Source: Shapiro et al. 2011, specification 10, after Amazon's Dynamo (SOSP 2007); with dots as in
 * Preguiça et al., "Dotted version vectors" (2010), so that a write costs one dot and no clock. See dot-store.ts.
 *
 * Stored form: ['mv-register/1', rows of dot-store.ts], with values as items.
 */

import { DotStore } from './dot-store.ts'
import { compareValues } from './order.ts'
import { checkStorable, decodeState, encodeState } from './stored.ts'
import type { CborError, CborValue, Result } from '@hamlet/core'
import type { ItemKind } from './dot-store.ts'
import type { Dot } from './dot.ts'
import type { Lattice } from './lattice.ts'

export interface Write extends Dot {
  readonly value: CborValue
}

const WRITES: ItemKind<Write> = {
  compare: (a, b) => compareValues(a.value, b.value),
  encode: ({ value }) => value,
  read(fields, { replica, seq }) {
    return { replica, seq, value: fields.value() }
  },
}

export class MvRegister implements Lattice<MvRegister> {
  static readonly stored = 'mv-register/1'
  readonly #store = new DotStore<Write>(WRITES)

  static empty(): MvRegister {
    return new MvRegister()
  }

  /** What stands side by side, in the same order on every replica: by replica and number. */
  get writes(): readonly Write[] {
    return this.#store.items()
  }

  get values(): readonly CborValue[] {
    return this.writes.map(({ value }) => value)
  }

  /** The delta, joined into `delta` when that is given. `dot`: above all earlier ones of its replica. */
  write(value: CborValue, { replica, seq }: Dot, delta: MvRegister = new MvRegister()): MvRegister {
    checkStorable(replica)
    this.#store.replace(this.#store.items(), { replica, seq, value }, delta.#store)
    return delta
  }

  /** Takes away what is known. The delta as of `write`. */
  clear(delta: MvRegister = new MvRegister()): MvRegister {
    this.#store.end(this.#store.items(), delta.#store)
    return delta
  }

  merge(other: MvRegister): boolean {
    return this.#store.merge(other.#store)
  }

  isWithin(other: MvRegister): boolean {
    return this.#store.isWithin(other.#store)
  }

  encode(): Uint8Array {
    return encodeState(MvRegister.stored, this.#store.encode())
  }

  static decode(bytes: Uint8Array): Result<MvRegister, CborError> {
    return decodeState(bytes, MvRegister.stored, (fields) => {
      const register = new MvRegister()
      register.#store.read(fields)
      return register
    })
  }
}
