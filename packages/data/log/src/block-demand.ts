/** A set of blocks somebody wants, and which of them nobody was asked for yet. */

import { RangeSet } from './range-set.ts'

export interface DemandOptions {
  /** Higher is sooner. */
  readonly priority: number
  /** Of a stretch, its beginning: if the copy loses what it has of it, it is missing again. */
  readonly from?: number
  readonly isRandom?: boolean
  /** Also what the log grows by. */
  readonly isLive?: boolean
}

export class BlockDemand {
  readonly priority: number
  readonly #from: number | undefined
  readonly isRandom: boolean
  readonly isLive: boolean
  readonly missing = new RangeSet()
  readonly unasked = new RangeSet()
  /** Blocks before it were looked at. */
  end = 0
  /** Called whenever nothing is missing. */
  onComplete: () => void = () => undefined

  constructor({ priority, from, isRandom = false, isLive = false }: DemandOptions) {
    this.priority = priority
    this.#from = from
    this.isRandom = isRandom
    this.isLive = isLive
  }

  /** How many blocks are missing. */
  get remaining(): number {
    return this.missing.ranges.reduce((sum, [from, to]) => sum + to - from, 0)
  }

  stored(from: number, to: number): void {
    this.missing.remove(from, to)
    this.unasked.remove(from, to)
    if (this.missing.size === 0) this.onComplete()
  }

  /** They turned out to be damaged: of a stretch that is wanted they are missing again. */
  lost(from: number, to: number): void {
    if (this.#from === undefined) return
    const [start, end] = [Math.max(from, this.#from), Math.min(to, this.end)]
    this.missing.add(start, end)
    this.unasked.add(start, end)
  }

  /** Only `length` blocks are left of the log, and none of them is here. */
  truncated(length: number): void {
    this.end = Math.min(this.end, length)
    if (this.#from !== undefined && this.#from < this.end) {
      this.missing.add(this.#from, this.end)
      this.unasked.add(this.#from, this.end)
    }
    this.stored(length, Infinity)
  }

  /** Whoever was asked for [from, to) did not give it. */
  released(from: number, to: number): void {
    let at = this.missing.next(from)
    while (at !== undefined && at < to) {
      this.unasked.add(at, at + 1)
      at = this.missing.next(at + 1)
    }
  }

  /** Adds up to `count` blocks in all to `chosen`: unasked ones from `start` on that a provider holds. */
  choose(
    start: number,
    end: number,
    nextHeld: (index: number) => number | undefined,
    count: number,
    chosen: Set<number>,
  ): void {
    let at: number | undefined = start
    while (chosen.size < count) {
      const index = this.unasked.next(at)
      if (index === undefined || index >= end) return
      at = nextHeld(index)
      if (at === undefined) return
      if (at > index) continue
      chosen.add(index)
      at = index + 1
    }
  }
}
