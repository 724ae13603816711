/**
 * Live items of one replica, by number.
 *
 * A replica counts upwards, so items mostly come in order: two arrays, to which is appended, take a fifth of the memory of
 * a Map and half the time (bench/crdt: joins of 50,000 additions). What ended leaves a hole; `compact` closes holes once
 * they are more than half.
 *
 * Invariant: numbers ascend strictly, those of holes included.
 */

/** So many are put one by one, each moving what lies behind it. */
const SPLICES_MAX = 8

export class ItemRow<Item extends { readonly seq: number }> {
  #seqs: number[] = []
  #items: (Item | undefined)[] = []
  #size = 0

  /** Items, without holes. */
  get size(): number {
    return this.#size
  }

  get(seq: number): Item | undefined {
    const at = this.#lowerBound(seq)
    return this.#seqs[at] === seq ? this.#items[at] : undefined
  }

  /** There must be none of its number. */
  put(item: Item): void {
    const { seq } = item
    const count = this.#seqs.length
    this.#size++
    if (count === 0 || this.#seqs[count - 1]! < seq) {
      this.#seqs.push(seq)
      this.#items.push(item)
      return
    }
    const at = this.#lowerBound(seq)
    const replaced = this.#seqs[at] === seq ? 1 : 0
    this.#seqs.splice(at, replaced, seq)
    this.#items.splice(at, replaced, item)
  }

  /** `items`: ascending. Many at once, of numbers in the middle, take one pass over the row. */
  putAll(items: readonly Item[]): void {
    const isBehind = items.length > 0 && (this.#seqs.at(-1) ?? -1) < items[0]!.seq
    if (isBehind || items.length <= SPLICES_MAX) {
      for (const item of items) this.put(item)
      return
    }
    const merged: Item[] = []
    let next = 0
    this.forEach((item) => {
      while (next < items.length && items[next]!.seq < item.seq) merged.push(items[next++]!)
      merged.push(item)
    })
    while (next < items.length) merged.push(items[next++]!)
    this.#items = merged
    this.#seqs = merged.map(({ seq }) => seq)
    this.#size = merged.length
  }

  /** What was there. */
  delete(seq: number): Item | undefined {
    const at = this.#lowerBound(seq)
    if (this.#seqs[at] !== seq) return undefined
    const item = this.#items[at]
    if (item === undefined) return undefined
    this.#items[at] = undefined
    this.#size--
    return item
  }

  /** In order; `visit` may delete what it is shown. */
  forEach(visit: (item: Item) => void): void {
    for (const item of this.#items) if (item !== undefined) visit(item)
  }

  /** Those from `from` (included) to `to` (excluded); `visit` may delete what it is shown. */
  forRange(from: number, to: number, visit: (item: Item) => void): void {
    const count = this.#seqs.length
    for (let at = this.#lowerBound(from); at < count && this.#seqs[at]! < to; at++) {
      const item = this.#items[at]
      if (item !== undefined) visit(item)
    }
  }

  /** Not while anything is shown. */
  compact(): void {
    if (this.#items.length < 16 || 2 * this.#size >= this.#items.length) return
    this.#items = this.#items.filter((item) => item !== undefined)
    this.#seqs = this.#items.map((item) => item!.seq)
  }

  #lowerBound(seq: number): number {
    let low = 0
    let high = this.#seqs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#seqs[middle]! < seq) low = middle + 1
      else high = middle
    }
    return low
  }
}
