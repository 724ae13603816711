/**
 * A hybrid logical clock over the `Clock` port (Kulkarni et al. 2014, figure 5).
 *
 * `now` gives a time greater than every time it gave or observed before, and as close to the wall clock as that
 * allows. So a wall clock that jumps back, or a device whose clock is wrong by a year, never breaks causal order.
 *
 * Invariants:
 * 1. Times given are strictly increasing and greater than every observed time.
 * 2. When the counter is used up the milliseconds advance by one: a clock that was set back must not stop its
 *    device from writing. Only the end of the 48 bits (the year 10889) is an error, and it leaves the clock as it was.
 * 3. `observe` never reads the wall clock. What is too far ahead to be merged yet is the caller's decision
 *    (`isAhead`): entries in quarantine are not observed.
 */

import { CLOCK_AHEAD_MS_MAX, assert } from '@hamlet/core'
import { CrdtError } from './errors.ts'
import {
  HYBRID_COUNTER_MAX,
  HYBRID_MILLISECONDS_MAX,
  HYBRID_TIME_ZERO,
  isHybridTime,
  maxHybridTime,
} from './hybrid-time.ts'
import type { Clock } from '@hamlet/core'
import type { HybridTime } from './hybrid-time.ts'

export { compareHybridTimes } from './hybrid-time.ts'
export type { HybridTime } from './hybrid-time.ts'

export class HybridClock {
  readonly #clock: Pick<Clock, 'wall'>
  #last: HybridTime

  /** `last`: where an earlier clock of this device stopped. */
  constructor(clock: Pick<Clock, 'wall'>, last: HybridTime = HYBRID_TIME_ZERO) {
    assert(isHybridTime(last), 'expected a hybrid time')
    this.#clock = clock
    this.#last = last
  }

  /** The greatest time given or observed so far. */
  get last(): HybridTime {
    return this.#last
  }

  /** @throws CrdtError `CRDT_CLOCK_OVERFLOW` when no greater time exists. */
  now(): HybridTime {
    this.#last = later(this.#last, physical(this.#clock.wall()))
    return this.#last
  }

  /** Takes in a time seen in another's entry: times given from now on are greater. */
  observe(time: HybridTime): void {
    assert(isHybridTime(time), 'expected a hybrid time')
    this.#last = maxHybridTime(this.#last, time)
  }

  /** Whether `time` is further ahead of the wall clock than `aheadMsMax`. */
  isAhead(time: HybridTime, aheadMsMax = CLOCK_AHEAD_MS_MAX): boolean {
    return time.milliseconds > physical(this.#clock.wall()) + aheadMsMax
  }
}

function later(last: HybridTime, milliseconds: number): HybridTime {
  if (milliseconds > last.milliseconds) return { milliseconds, counter: 0 }
  if (last.counter < HYBRID_COUNTER_MAX) return { ...last, counter: last.counter + 1 }
  if (last.milliseconds >= HYBRID_MILLISECONDS_MAX) {
    throw new CrdtError(
      'CRDT_CLOCK_OVERFLOW',
      'expected a time below 2^48 ms, the clock is past it',
    )
  }
  return { milliseconds: last.milliseconds + 1, counter: 0 }
}

/** The wall clock as the format can hold it: a nonsensical clock must not make nonsensical entries. */
function physical(wallMs: number): number {
  if (!(wallMs > 0)) return 0
  return Math.min(Math.floor(wallMs), HYBRID_MILLISECONDS_MAX)
}
