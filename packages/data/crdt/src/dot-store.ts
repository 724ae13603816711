/**
 * The kernel of the types that forget without tombstones: what is alive, by dot, and which dots were ever known.
 *
 * An item whose dot is known and that is not here was ended by somebody who had seen it; an item whose dot is not known
 * is news. So nothing needs to be kept of what was removed (Bieniusa et al., "An optimized conflict-free replicated
 * set", 2012; the dot kernel of Almeida et al. 2018). A set, a register, a flag and a map of them are indexes over it.
 *
 * A join looks at what the *other* side knows, never at all that is here: taking in the delta of d operations takes time
 * O(d log n), however much there is already.
 *
 * Invariants:
 * 1. The dot of every live item is in the context.
 * 2. Two items of one dot (a replica that broke its promise) meet deterministically: the greater one stays.
 *
 * Stored form: for each replica, ascending, [replica, ranges, [gap, item, gap, item, …]]; a gap is how many numbers lie
 * between an item and the one before it.
 */

import { assert } from '@hamlet/core'
import { CausalContext, encodeRanges, isInRanges, readRanges } from './causal-context.ts'
import { ItemRow } from './item-row.ts'
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
  readonly #live = new Map<string, ItemRow<Item>>()
  readonly #kind: ItemKind<Item>
  #listener: ItemListener<Item> | undefined
  #size = 0

  constructor(kind: ItemKind<Item>) {
    this.#kind = kind
  }

  /** Tells of every change from now on. */
  listen(listener: ItemListener<Item>): void {
    this.#listener = listener
  }

  /** Live items. */
  get size(): number {
    return this.#size
  }

  /** By replica and number, ascending. */
  items(): readonly Item[] {
    const items: Item[] = []
    for (const replica of [...this.#live.keys()].sort()) {
      this.#live.get(replica)!.forEach((item) => items.push(item))
    }
    return items
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
    this.#putAll(replica, [item])
    this.context.add(replica, next, seq + 1)
    delta.#putAll(replica, [item])
    delta.context.add(replica, next, seq + 1)
  }

  /** Ends items; `delta` is told the same. */
  end(known: readonly Item[], delta: DotStore<Item>): void {
    for (const { replica, seq } of known) {
      this.#end(replica, seq)
      delta.#end(replica, seq)
      delta.context.add(replica, seq, seq + 1)
    }
    for (const { replica } of known) this.#live.get(replica)?.compact()
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
      if (known.length > 0 && !this.#hasAllKnown(items, known, this.#live.get(replica)))
        return false
    }
    return true
  }

  encode(): CborValue {
    return [...this.context.replicas].sort().map((replica) => {
      const row: CborValue[] = []
      let next = 0
      this.#live.get(replica)?.forEach((item) => {
        row.push(item.seq - next, this.#kind.encode(item))
        next = item.seq + 1
      })
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
    const live: Item[] = []
    row.tuple((items) => {
      for (let seq = 0; items.remaining > 0; seq++) {
        seq += items.uint()
        if (!isInRanges(ranges, seq)) throw items.refuse('an item that is not known')
        live.push(this.#kind.read(items, { replica, seq }))
      }
    })
    if (live.length > 0) this.#putAll(replica, live)
    return [replica]
  }

  /** Of an item that `known` covers, ours must be there and not greater. */
  #hasAllKnown(theirs: ItemRow<Item>, known: Ranges, ours: ItemRow<Item> | undefined): boolean {
    let hasAll = true
    forEachIn(theirs, known, (item) => {
      const own = ours?.get(item.seq)
      if (own === undefined || this.#isGreater(own, item)) hasAll = false
    })
    return hasAll
  }

  /** Ends what the other side knows and no longer has. */
  #endKnown(ours: ItemRow<Item>, known: Ranges, theirs: ItemRow<Item> | undefined): boolean {
    const sizeBefore = this.#size
    forEachIn(ours, known, ({ replica, seq }) => {
      if (theirs?.get(seq) === undefined) this.#end(replica, seq)
    })
    ours.compact()
    return this.#size < sizeBefore
  }

  #takeNew(replica: string, theirs: ItemRow<Item>): boolean {
    const known = this.context.rangesOf(replica)
    const fresh: Item[] = []
    theirs.forEach((item) => {
      const { seq } = item
      if (isInRanges(known, seq)) {
        const own = this.#live.get(replica)?.get(seq)
        if (own === undefined || !this.#isGreater(item, own)) return
        this.#end(replica, seq)
      }
      fresh.push(item)
    })
    if (fresh.length > 0) this.#putAll(replica, fresh)
    return fresh.length > 0
  }

  #isGreater(a: Item, b: Item): boolean {
    return a !== b && this.#kind.compare(a, b) > 0
  }

  #putAll(replica: string, items: readonly Item[]): void {
    let row = this.#live.get(replica)
    if (row === undefined) this.#live.set(replica, (row = new ItemRow<Item>()))
    row.putAll(items)
    this.#size += items.length
    if (this.#listener !== undefined) for (const item of items) this.#listener.added(item)
  }

  /** Nothing where there is nothing. */
  #end(replica: string, seq: number): void {
    const row = this.#live.get(replica)
    const item = row?.delete(seq)
    if (item === undefined) return
    if (row!.size === 0) this.#live.delete(replica)
    this.#size--
    this.#listener?.ended(item)
  }
}

function forEachIn<Item extends Dot>(
  row: ItemRow<Item>,
  ranges: Ranges,
  visit: (item: Item) => void,
): void {
  for (let i = 0; i < ranges.length; i += 2) row.forRange(ranges[i]!, ranges[i + 1]!, visit)
}
