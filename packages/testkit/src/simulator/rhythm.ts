/** When faults happen: each class again and again at a mean interval, none after the end, none while all sleep. */

import type { Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'

/** Faults of one class are at least this far apart. */
const INTERVAL_MS_MIN = 100

export class Rhythm {
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  #isOver = false
  #quietUntilMs = 0

  constructor(scheduler: Scheduler, random: SeededRandom) {
    this.#scheduler = scheduler
    this.#random = random
  }

  /** `meanMs`: 0 means never. */
  every(meanMs: number, fault: () => void): void {
    if (meanMs === 0) return
    this.later(Math.max(INTERVAL_MS_MIN, this.#random.exponential(meanMs)), () => {
      if (this.#scheduler.nowMs >= this.#quietUntilMs) fault()
      this.every(meanMs, fault)
    })
  }

  /** Once, unless it is over by then. */
  later(delayMs: number, action: () => void): void {
    const quietMs = Math.max(0, this.#quietUntilMs - this.#scheduler.nowMs)
    this.#scheduler.after(quietMs + delayMs, () => {
      if (!this.#isOver) action()
    })
  }

  /** Nothing begins for so long. */
  rest(ms: number): void {
    this.#quietUntilMs = this.#scheduler.nowMs + ms
  }

  end(): void {
    this.#isOver = true
  }
}
