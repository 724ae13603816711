/**
 * A map of replicated types, nested as deep as one likes: flags, registers, sets, counters and maps, all over one
 * context.
 *
 * Every operation is an item of one dot store that carries the keys on the way to its place, so a map of maps of sets
 * joins like a set, and a delta costs what it changes. A place may be several things at once: who writes a register and
 * who adds to a set under one key, without knowing of each other, lose nothing.
 *
 * Removing a key ends all that its author knew at it and below; what others do there at the same time stays, and only
 * that (observed-remove, with reset: Almeida et al. 2018, section 7.4). For counters this holds as well, since every
 * increment is an item of its own: one that is concurrent with a reset counts, those before it do not (cf. Baquero,
 * Almeida, Lerche, "The problem with embedded CRDT counters and a solution", 2016). Such a counter keeps an item per
 * increment until it is removed; a counter that is never reset is better a PnCounter.
 *
 * Stored form: ['or-map/1', rows of dot-store.ts], with items [kind, value, key, key, …]; kinds: 0 flag, 1 register,
 * 2 set, 3 counter.
 */

import { assert } from '@hamlet/core'
import { DotStore } from './dot-store.ts'
import { OR_MAP_ITEMS, OrMapTree, checkPath, inDotOrder } from './or-map-tree.ts'
import { checkStorable, decodeState, encodeState } from './stored.ts'
import type { CborError, CborValue, Result } from '@hamlet/core'
import type { Dot } from './dot.ts'
import type { Lattice } from './lattice.ts'
import type { OrMapItem, OrMapKind } from './or-map-tree.ts'

export type { OrMapKind } from './or-map-tree.ts'

export class OrMap implements Lattice<OrMap> {
  static readonly stored = 'or-map/1'
  readonly #store = new DotStore<OrMapItem>(OR_MAP_ITEMS)
  /** Made when it is first asked for: most deltas are joined and never asked. */
  #index: OrMapTree | undefined

  static empty(): OrMap {
    return new OrMap()
  }

  /** The place these keys lead to, whether or not anything is there. */
  at(...path: readonly string[]): OrMapPlace {
    checkPath(path)
    return new OrMapPlace(path, {
      tree: this.#tree(),
      at: (inner) => this.at(...inner),
      make: (item, known, delta) => this.#make(item, known, delta),
      end: (known, delta) => this.#end(known, delta),
    })
  }

  /** In no particular order. */
  keys(): Iterable<string> {
    return this.#tree().keys([])
  }

  has(key: string): boolean {
    return this.#tree().has([key])
  }

  /** Takes away what is known at the key and below. */
  remove(key: string, delta: OrMap = new OrMap()): OrMap {
    return this.#end(this.#tree().itemsWithin([key]), delta)
  }

  merge(other: OrMap): boolean {
    return this.#store.merge(other.#store)
  }

  isWithin(other: OrMap): boolean {
    return this.#store.isWithin(other.#store)
  }

  encode(): Uint8Array {
    return encodeState(OrMap.stored, this.#store.encode())
  }

  static decode(bytes: Uint8Array): Result<OrMap, CborError> {
    return decodeState(bytes, OrMap.stored, (fields) => {
      const map = new OrMap()
      map.#store.read(fields)
      return map
    })
  }

  #tree(): OrMapTree {
    if (this.#index !== undefined) return this.#index
    const tree = new OrMapTree()
    for (const item of this.#store.items()) tree.added(item)
    this.#store.listen(tree)
    return (this.#index = tree)
  }

  #make(item: OrMapItem, known: readonly OrMapItem[], delta: OrMap = new OrMap()): OrMap {
    item.path.forEach(checkStorable)
    checkStorable(item.replica)
    this.#store.replace(known, item, delta.#store)
    return delta
  }

  #end(known: readonly OrMapItem[], delta: OrMap = new OrMap()): OrMap {
    this.#store.end(known, delta.#store)
    return delta
  }
}

interface PlaceHost {
  readonly tree: OrMapTree
  at(path: readonly string[]): OrMapPlace
  make(item: OrMapItem, known: readonly OrMapItem[], delta: OrMap | undefined): OrMap
  end(known: readonly OrMapItem[], delta: OrMap | undefined): OrMap
}

/**
 * One place in an OrMap. Each change gives the delta, joined into `delta` when that is given; dots are above all earlier
 * ones of their replica.
 */
export class OrMapPlace {
  readonly path: readonly string[]
  readonly #host: PlaceHost

  constructor(path: readonly string[], host: PlaceHost) {
    this.path = path
    this.#host = host
  }

  /** Further down from here. */
  at(...path: readonly string[]): OrMapPlace {
    return this.#host.at([...this.path, ...path])
  }

  /** Whether anything is alive here or below. */
  get exists(): boolean {
    return this.#host.tree.has(this.path)
  }

  /** Of the map here, in no particular order. */
  keys(): Iterable<string> {
    return this.#host.tree.keys(this.path)
  }

  get isOn(): boolean {
    return this.#known('flag').length > 0
  }

  /** Of the register here: values side by side, in the same order on every replica. */
  get values(): readonly CborValue[] {
    return inDotOrder(this.#known('register')).map(({ value }) => value)
  }

  /** Of the set here, in no particular order. */
  elements(): Iterable<string> {
    return this.#host.tree.elements(this.path)
  }

  hasElement(element: string): boolean {
    return this.#known('set', element).length > 0
  }

  /** Of the counter here. */
  get total(): bigint {
    return this.#known('counter').reduce((sum, { value }) => sum + BigInt(value as number), 0n)
  }

  enable(dot: Dot, delta?: OrMap): OrMap {
    return this.#make('flag', true, dot, this.#known('flag'), delta)
  }

  disable(delta?: OrMap): OrMap {
    return this.#host.end(this.#known('flag'), delta)
  }

  write(value: CborValue, dot: Dot, delta?: OrMap): OrMap {
    return this.#make('register', value, dot, this.#known('register'), delta)
  }

  add(element: string, dot: Dot, delta?: OrMap): OrMap {
    checkStorable(element)
    return this.#make('set', element, dot, this.#known('set', element), delta)
  }

  remove(element: string, delta?: OrMap): OrMap {
    return this.#host.end(this.#known('set', element), delta)
  }

  /** `by`: an integer other than zero. */
  increment(by: number, dot: Dot, delta?: OrMap): OrMap {
    assert(Number.isSafeInteger(by) && by !== 0, `expected an integer other than zero, got ${by}`)
    return this.#make('counter', by, dot, [], delta)
  }

  /** Takes away what is known here and below. */
  clear(delta?: OrMap): OrMap {
    return this.#host.end(this.#host.tree.itemsWithin(this.path), delta)
  }

  #known(kind: OrMapKind, element?: string): readonly OrMapItem[] {
    return this.#host.tree.itemsOf(this.path, kind, element)
  }

  #make(
    kind: OrMapKind,
    value: CborValue,
    { replica, seq }: Dot,
    known: readonly OrMapItem[],
    delta: OrMap | undefined,
  ): OrMap {
    return this.#host.make({ replica, seq, path: this.path, kind, value }, known, delta)
  }
}
