/** The `Clock` port over the process clock. Timers do not keep the process alive: whoever serves does. */

import type { Clock } from '@hamlet/core'

/** Longer delays overflow the 32-bit timer of Node and would fire at once, so they are waited for in parts. */
const TIMER_MS_MAX = 2 ** 31 - 1

export function createNodeClock(): Clock {
  return {
    wall: () => Date.now(),
    monotonic: () => performance.now(),
    after(delayMs, callback) {
      let timer: NodeJS.Timeout
      const arm = (leftMs: number): void => {
        const isLast = leftMs <= TIMER_MS_MAX
        const next = isLast ? callback : () => arm(leftMs - TIMER_MS_MAX)
        timer = setTimeout(next, isLast ? Math.max(leftMs, 0) : TIMER_MS_MAX)
        timer.unref()
      }
      arm(delayMs)
      return () => clearTimeout(timer)
    },
  }
}
