/** A set of integers as sorted, disjoint stretches that do not touch. Each operation O(stretches). */

export class RangeSet {
  /** Starts and ends in turn. */
  readonly #bounds: number[] = []

  static of(ranges: Iterable<readonly [from: number, to: number]>): RangeSet {
    const set = new RangeSet()
    for (const [from, to] of ranges) set.add(from, to)
    return set
  }

  /** How many stretches. */
  get size(): number {
    return this.#bounds.length / 2
  }

  get ranges(): readonly (readonly [from: number, to: number])[] {
    const ranges: [number, number][] = []
    for (let i = 0; i < this.#bounds.length; i += 2) {
      ranges.push([this.#bounds[i]!, this.#bounds[i + 1]!])
    }
    return ranges
  }

  has(value: number): boolean {
    return this.#after(value) % 2 === 1
  }

  /** The smallest member at or after `value`. */
  next(value: number): number | undefined {
    const at = this.#after(value)
    return at % 2 === 1 ? value : this.#bounds[at]
  }

  clear(): void {
    this.#bounds.length = 0
  }

  /** Adds [from, to). */
  add(from: number, to: number): void {
    if (from >= to) return
    const last = this.#bounds.at(-1)
    // In order is the usual way.
    if (last === undefined || from > last) {
      this.#bounds.push(from, to)
      return
    }
    this.#replace(from, to, true)
  }

  /** Removes [from, to). */
  remove(from: number, to: number): void {
    if (from < to) this.#replace(from, to, false)
  }

  #replace(from: number, to: number, isMember: boolean): void {
    // Bounds at the two ends are replaced too, so that stretches which touch become one.
    const first = this.#after(from - 1)
    const end = this.#after(to)
    const edges: number[] = []
    if ((first % 2 === 1) !== isMember) edges.push(from)
    if ((end % 2 === 1) !== isMember) edges.push(to)
    this.#bounds.splice(first, end - first, ...edges)
  }

  /** How many bounds are at most `value`. */
  #after(value: number): number {
    let [low, high] = [0, this.#bounds.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#bounds[middle]! <= value) low = middle + 1
      else high = middle
    }
    return low
  }
}
