/**
 * The kernel of the types that forget without tombstones: what is alive, by dot, and which dots were ever known.
 *
 * An item whose dot is known and that is not here was ended by somebody who had seen it; an item whose dot is not known
 * is news. So nothing needs to be kept of what was removed (Bieniusa et al., "An optimized conflict-free replicated
 * set", 2012; the dot kernel of Almeida et al. 2018). A set, a register, a flag and a map of them are indexes over it.
 *
 * A join looks at what the *other* side knows, never at all that is here: taking in the delta of d operations takes time
 * in proportion to d, however much there is already.
 *
 * Invariants:
 * 1. The dot of every live item is in the context.
 * 2. Two items of one dot (a replica that broke its promise) meet deterministically: the greater one stays.
 *
 * Stored form: for each replica, ascending, [replica, ranges, [gap, item, gap, item, …]]; a gap is how many numbers lie
 * between an item and the one before it.
 */

import { assert } from '@hamlet/core'
import { CausalContext, countOf, encodeRanges, isInRanges, readRanges } from './causal-context.ts'
import { CRDT_ELEMENTS_MAX, CRDT_NAME_BYTES_MAX } from './limits.ts'
import { requireAscending } from './order.ts'
import type { CborValue, FieldReader } from '@hamlet/core'
import type { Ranges } from './causal-context.ts'
import type { Dot } from './dot.ts'

/** What the type over a store makes of its items. */
export interface ItemKind<Item extends Dot> {
  /** Zero for the same content. Called only for two items of one dot. */
  compare(a: Item, b: Item): number
  encode(item: Item): CborValue
  read(fields: FieldReader, dot: Dot): Item
}

/** Told of every change, so that an index follows. */
export interface ItemListener<Item extends Dot> {
  added(item: Item): void
  ended(item: Item): void
}

export class DotStore<Item extends Dot> {
  readonly context = new CausalContext()
  readonly #live = new Map<string, Map<number, Item>>()
  readonly #kind: ItemKind<Item>
  readonly #listener: ItemListener<Item> | undefined
  #size = 0

  constructor(kind: ItemKind<Item>, listener?: ItemListener<Item>) {
    this.#kind = kind
    this.#listener = listener
  }

  /** Live items. */
  get size(): number {
    return this.#size
  }

  /** By replica and number, ascending. */
  items(): readonly Item[] {
    return [...this.#live.keys()].sort().flatMap((replica) => {
      return sortedItems(this.#live.get(replica)!)
    })
  }

  /**
   * Makes an item that replaces what its author knew of; `delta` is told the same.
   * The dot must be above all known ones of its replica: numbers in between are claimed.
   */
  replace(known: readonly Item[], item: Item, delta: DotStore<Item>): void {
    const { replica, seq } = item
    const next = this.context.next(replica)
    assert(Number.isSafeInteger(seq + 1), 'expected a sequence below 2^53 - 1')
    assert(seq >= next, `expected a sequence of ${next} or more, got ${seq}`)
    if (known.length > 0) this.end(known, delta)
    this.#put(item)
    this.context.add(replica, next, seq + 1)
    delta.#put(item)
    delta.context.add(replica, next, seq + 1)
  }

  /** Ends items; `delta` is told the same. */
  end(known: readonly Item[], delta: DotStore<Item>): void {
    for (const item of known) {
      this.#end(item)
      if (delta.#isLive(item)) delta.#end(item)
      delta.context.add(item.replica, item.seq, item.seq + 1)
    }
  }

  /** Whether anything was new. */
  merge(other: DotStore<Item>): boolean {
    if (other === this) return false
    let isChanged = false
    const isShorter = other.context.replicaCount < this.#live.size
    for (const replica of isShorter ? other.context.replicas : this.#live.keys()) {
      const items = this.#live.get(replica)
      const known = other.context.rangesOf(replica)
      if (items === undefined || known.length === 0) continue
      if (this.#endKnown(items, known, other.#live.get(replica))) isChanged = true
    }
    for (const [replica, items] of other.#live) {
      if (this.#takeNew(replica, items)) isChanged = true
    }
    return this.context.merge(other.context) || isChanged
  }

  /** Whether joining this into `other` would change nothing there. */
  isWithin(other: DotStore<Item>): boolean {
    if (!this.context.isWithin(other.context)) return false
    for (const [replica, items] of other.#live) {
      const known = this.context.rangesOf(replica)
      const ours = this.#live.get(replica)
      for (const [seq, item] of known.length > 0 ? items : []) {
        const own = ours?.get(seq)
        if (own === undefined ? isInRanges(known, seq) : this.#isGreater(own, item)) return false
      }
    }
    return true
  }

  encode(): CborValue {
    return [...this.context.replicas].sort().map((replica) => {
      const row: CborValue[] = []
      let next = 0
      for (const item of sortedItems(this.#live.get(replica) ?? new Map<number, Item>())) {
        row.push(item.seq - next, this.#kind.encode(item))
        next = item.seq + 1
      }
      return [replica, encodeRanges(this.context.rangesOf(replica)), row]
    })
  }

  /** Reads into an empty store. */
  read(fields: FieldReader): void {
    const rows = fields.list(CRDT_ELEMENTS_MAX, (item) => item.tuple((row) => this.#readRow(row)))
    requireAscending(fields, rows)
    if (this.#size > CRDT_ELEMENTS_MAX) throw fields.refuse('too many items')
  }

  #readRow(row: FieldReader): readonly [replica: string] {
    const replica = row.text(CRDT_NAME_BYTES_MAX)
    const ranges = readRanges(row)
    for (let i = 0; i < ranges.length; i += 2) this.context.add(replica, ranges[i]!, ranges[i + 1]!)
    row.tuple((items) => {
      for (let seq = 0; items.remaining > 0; seq++) {
        seq += items.uint()
        if (!isInRanges(ranges, seq)) throw items.refuse('an item that is not known')
        this.#put(this.#kind.read(items, { replica, seq }))
      }
    })
    return [replica]
  }

  /** Ends what the other knows and no longer has, by the shorter way: through its numbers, or through our items. */
  #endKnown(
    items: ReadonlyMap<number, Item>,
    known: Ranges,
    theirs: ReadonlyMap<number, Item> | undefined,
  ): boolean {
    const sizeBefore = this.#size
    if (countOf(known) < items.size) {
      for (let i = 0; i < known.length; i += 2) {
        for (let seq = known[i]!; seq < known[i + 1]!; seq++) {
          const item = items.get(seq)
          if (item !== undefined && theirs?.has(seq) !== true) this.#end(item)
        }
      }
    } else {
      for (const [seq, item] of items) {
        if (theirs?.has(seq) !== true && isInRanges(known, seq)) this.#end(item)
      }
    }
    return this.#size < sizeBefore
  }

  #takeNew(replica: string, items: ReadonlyMap<number, Item>): boolean {
    const known = this.context.rangesOf(replica)
    let isChanged = false
    for (const [seq, item] of items) {
      if (isInRanges(known, seq)) {
        const own = this.#live.get(replica)?.get(seq)
        if (own === undefined || own === item || !this.#isGreater(item, own)) continue
        this.#end(own)
      }
      this.#put(item)
      isChanged = true
    }
    return isChanged
  }

  #isGreater(a: Item, b: Item): boolean {
    return a !== b && this.#kind.compare(a, b) > 0
  }

  #isLive({ replica, seq }: Dot): boolean {
    return this.#live.get(replica)?.has(seq) === true
  }

  #put(item: Item): void {
    let items = this.#live.get(item.replica)
    if (items === undefined) this.#live.set(item.replica, (items = new Map<number, Item>()))
    items.set(item.seq, item)
    this.#size++
    this.#listener?.added(item)
  }

  #end(item: Item): void {
    const items = this.#live.get(item.replica)!
    // Ours, which is not always the object the caller knows.
    const own = items.get(item.seq)!
    items.delete(item.seq)
    if (items.size === 0) this.#live.delete(item.replica)
    this.#size--
    this.#listener?.ended(own)
  }
}

/** Ascending; they mostly are already, since a replica counts upwards. */
function sortedItems<Item extends Dot>(items: ReadonlyMap<number, Item>): readonly Item[] {
  const list = [...items.values()]
  let isSorted = true
  for (let i = 1; i < list.length && isSorted; i++) isSorted = list[i - 1]!.seq < list[i]!.seq
  return isSorted ? list : list.sort((a, b) => a.seq - b.seq)
}
