/** The `Clock` port over the process clock. Timers do not keep the process alive: whoever serves does. */

import type { Clock } from '@hamlet/core'

/** Longer delays overflow the 32-bit timer of Node and would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

export function createNodeClock(): Clock {
  return {
    wall: () => Date.now(),
    monotonic: () => performance.now(),
    after(delayMs, callback) {
      const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), TIMER_MS_MAX))
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}
