/** The clock and the chance of this system, for those who use the gateway without Hamlet. */

import { randomBytes } from 'node:crypto'
import type { Clock, Random } from '@hamlet/core'

const clock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

const random: Random = { bytes: (count) => new Uint8Array(randomBytes(count)) }

export const systemPorts = { clock, random } as const
