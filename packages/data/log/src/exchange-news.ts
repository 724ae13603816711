/**
 * Which blocks are newly here, for one peer: the first after a pause is told at once, what follows within a moment together.
 *
 * The idea: whoever reads one remote block after the other would otherwise write one more message for each, and wake the
 * other side for it; whoever waits for a block that just came does not wait longer.
 */

import type { Cancel, Clock } from '@hamlet/core'
import { HAVE_RANGES_MAX } from './limits.ts'
import { RangeSet } from './range-set.ts'

/** How long what is told is gathered. */
const GATHER_MS = 20

export class ExchangeNews {
  readonly #clock: Clock
  readonly #tell: (ranges: readonly (readonly [from: number, to: number])[]) => void
  readonly #waiting = new RangeSet()
  #stopGathering: Cancel | undefined

  constructor(
    clock: Clock,
    tell: (ranges: readonly (readonly [from: number, to: number])[]) => void,
  ) {
    this.#clock = clock
    this.#tell = tell
  }

  stored(from: number, to: number): void {
    this.#waiting.add(from, to)
    if (this.#stopGathering === undefined || this.#waiting.size >= HAVE_RANGES_MAX) this.flush()
  }

  /** Tells what waits, now. */
  flush(): void {
    if (this.#waiting.size === 0) return
    const ranges = this.#waiting.ranges
    this.#waiting.clear()
    this.#stopGathering ??= this.#clock.after(GATHER_MS, () => {
      this.#stopGathering = undefined
      this.flush()
    })
    this.#tell(ranges)
  }

  /** Forgets what waits: it is not here any more, or there is nobody to tell. */
  stop(): void {
    this.#waiting.clear()
    this.#stopGathering?.()
    this.#stopGathering = undefined
  }
}
