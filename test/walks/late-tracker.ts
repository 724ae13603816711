/** A tracker like any other whose clock runs on by a quarter of an hour and more when it is told so (SIGUSR2): tokens given before are over. */

import type { Clock } from '@hamlet/core'
import { createNodeClock } from '@hamlet/identity/node'
import { configure, serveTracker } from '@hamlet/tracker'

const LATE_MS = 16 * 60_000

class LateClock implements Clock {
  readonly #clock = createNodeClock()
  lateMs = 0

  wall(): number {
    return this.#clock.wall() + this.lateMs
  }

  monotonic(): number {
    return this.#clock.monotonic() + this.lateMs
  }

  after(delayMs: number, callback: () => void) {
    return this.#clock.after(delayMs, callback)
  }
}

const clock = new LateClock()
process.on('SIGUSR2', () => (clock.lateMs += LATE_MS))
const settings = configure(process.argv.slice(2), process.env)
const { url } = await serveTracker({ ...settings, clock })
console.log(JSON.stringify({ url }))
