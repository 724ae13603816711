/** A token bucket: `perSecond` on average, up to `burst` at once. State is two numbers and costs nothing when idle. */

import type { Clock } from '@hamlet/core'

export class RateLimit {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #burst: number
  #saved: number
  #atMs: number

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#burst = burst
    this.#saved = burst
    this.#atMs = clock.monotonic()
  }

  /** 0 when `count` more are allowed now and counted, otherwise the milliseconds until they will be. */
  take(count = 1): number {
    const waitMs = this.wait(count)
    if (waitMs === 0) this.#saved -= count
    return waitMs
  }

  /** As {@link take}, with nothing counted. */
  wait(count = 1): number {
    const nowMs = this.#clock.monotonic()
    const earned = ((nowMs - this.#atMs) / 1000) * this.#perSecond
    this.#saved = Math.min(this.#burst, this.#saved + earned)
    this.#atMs = nowMs
    if (this.#saved >= count) return 0
    return Math.max(1, Math.ceil(((count - this.#saved) / this.#perSecond) * 1000))
  }
}
