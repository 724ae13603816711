/**
 * An observed-remove set: of a concurrent addition and removal the addition wins.
 *
 * An addition is an item with a dot of its own and replaces those of its element that the author knew; a removal ends
 * what is known of an element (Bieniusa et al. 2012). What was removed leaves nothing behind: see dot-store.ts.
 *
 * Stored form: ['or-set/1', rows of dot-store.ts], with elements as items.
 */

import { DotIndex } from './dot-index.ts'
import { DotStore } from './dot-store.ts'
import { CRDT_NAME_BYTES_MAX } from './limits.ts'
import { compareText } from './order.ts'
import { checkStorable, decodeState, encodeState } from './stored.ts'
import type { CborError, Result } from '@hamlet/core'
import type { ItemKind } from './dot-store.ts'
import type { Dot } from './dot.ts'
import type { Lattice } from './lattice.ts'

interface Addition extends Dot {
  readonly element: string
}

const ADDITIONS: ItemKind<Addition> = {
  compare: (a, b) => compareText(a.element, b.element),
  encode: ({ element }) => element,
  read(fields, { replica, seq }) {
    return { replica, seq, element: fields.text(CRDT_NAME_BYTES_MAX) }
  },
}

export class OrSet implements Lattice<OrSet> {
  static readonly stored = 'or-set/1'
  readonly #store = new DotStore<Addition>(ADDITIONS)
  /** Made when it is first asked for: most deltas are joined and never asked. */
  #index: DotIndex<Addition> | undefined

  static empty(): OrSet {
    return new OrSet()
  }

  get size(): number {
    return this.#byElement().size
  }

  has(element: string): boolean {
    return this.#byElement().has(element)
  }

  /** In no particular order. */
  values(): Iterable<string> {
    return this.#byElement().texts()
  }

  /** The delta, joined into `delta` when that is given. `dot`: above all earlier ones of its replica. */
  add(element: string, { replica, seq }: Dot, delta: OrSet = new OrSet()): OrSet {
    checkStorable(element)
    checkStorable(replica)
    const known = this.#byElement().itemsOf(element)
    this.#store.replace(known, { replica, seq, element }, delta.#store)
    return delta
  }

  /** Takes away what is known of the element; nothing where nothing is. The delta as of `add`. */
  remove(element: string, delta: OrSet = new OrSet()): OrSet {
    this.#store.end(this.#byElement().itemsOf(element), delta.#store)
    return delta
  }

  merge(other: OrSet): boolean {
    return this.#store.merge(other.#store)
  }

  isWithin(other: OrSet): boolean {
    return this.#store.isWithin(other.#store)
  }

  encode(): Uint8Array {
    return encodeState(OrSet.stored, this.#store.encode())
  }

  static decode(bytes: Uint8Array): Result<OrSet, CborError> {
    return decodeState(bytes, OrSet.stored, (fields) => {
      const set = new OrSet()
      set.#store.read(fields)
      return set
    })
  }

  #byElement(): DotIndex<Addition> {
    if (this.#index !== undefined) return this.#index
    const index = new DotIndex<Addition>()
    for (const addition of this.#store.items()) index.add(addition.element, addition)
    this.#store.listen({
      added: (addition) => index.add(addition.element, addition),
      ended: (addition) => index.delete(addition.element, addition),
    })
    return (this.#index = index)
  }
}
