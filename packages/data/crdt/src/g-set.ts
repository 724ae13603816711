/**
 * A set that only grows; sets join by union.
 *
 * Source: Shapiro et al. 2011, specification 11.
 *
 * Stored form: ['g-set/1', [element, …]], elements ascending.
 */

import { CRDT_ELEMENTS_MAX, CRDT_NAME_BYTES_MAX } from './limits.ts'
import { checkStorable, decodeState, encodeState } from './stored.ts'
import type { CborError, Result } from '@hamlet/core'
import type { Lattice } from './lattice.ts'

export class GSet implements Lattice<GSet> {
  static readonly stored = 'g-set/1'
  readonly #elements: Set<string>

  constructor(elements: Iterable<string> = []) {
    this.#elements = new Set(elements)
  }

  static empty(): GSet {
    return new GSet()
  }

  get size(): number {
    return this.#elements.size
  }

  has(element: string): boolean {
    return this.#elements.has(element)
  }

  /** In no particular order. */
  values(): Iterable<string> {
    return this.#elements.values()
  }

  /** The delta, joined into `delta` when that is given. */
  add(element: string, delta: GSet = new GSet()): GSet {
    checkStorable(element)
    this.#elements.add(element)
    delta.#elements.add(element)
    return delta
  }

  merge(other: GSet): boolean {
    const sizeBefore = this.#elements.size
    for (const element of other.#elements) this.#elements.add(element)
    return this.#elements.size > sizeBefore
  }

  isWithin(other: GSet): boolean {
    for (const element of this.#elements) if (!other.has(element)) return false
    return true
  }

  encode(): Uint8Array {
    return encodeState(GSet.stored, [...this.#elements].sort())
  }

  static decode(bytes: Uint8Array): Result<GSet, CborError> {
    return decodeState(bytes, GSet.stored, (fields) => {
      let previous: string | undefined
      const elements = fields.list(CRDT_ELEMENTS_MAX, (item) => {
        const element = item.text(CRDT_NAME_BYTES_MAX)
        if (previous !== undefined && previous >= element) throw item.refuse('out of order')
        return (previous = element)
      })
      return new GSet(elements)
    })
  }
}
