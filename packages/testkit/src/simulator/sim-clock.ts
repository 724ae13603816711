/** A node's clock in the simulated world: the scheduler's time, seen through the node's own errors. */

import type { Cancel, Clock } from '@hamlet/core'
import { Gate } from './gate.ts'
import type { Scheduler } from './scheduler.ts'

/** 2026-01-01T00:00:00Z: where virtual time begins. */
export const EPOCH_MS = 1_767_225_600_000
export const YEAR_MS = 365 * 24 * 3_600_000
/** Of a clock that swings to and fro. */
const SWING_PERIOD_MS = 60_000

export class SimClock implements Clock {
  readonly #scheduler: Scheduler
  readonly #gate: Gate
  readonly #timers = new Set<Cancel>()
  /** Added to the wall clock; a step may go either way at any time. */
  skewMs = 0
  /** Parts per million by which the wall clock runs fast. */
  driftPpm = 0
  /** How far the wall clock swings to either side. */
  swingMs = 0

  /** `gate`: of a process that may be paused. */
  constructor(scheduler: Scheduler, gate: Gate = new Gate(scheduler)) {
    this.#scheduler = scheduler
    this.#gate = gate
  }

  wall(): number {
    const elapsedMs = this.#scheduler.nowMs
    const swing = this.swingMs * Math.sin((2 * Math.PI * elapsedMs) / SWING_PERIOD_MS)
    const drift = (elapsedMs * this.driftPpm) / 1e6
    return Math.floor(EPOCH_MS + elapsedMs + drift + swing + this.skewMs)
  }

  /** Ends all errors: from now on the wall clock is virtual time plus `offsetMs`. */
  setRight(offsetMs: number): void {
    this.driftPpm = 0
    this.swingMs = 0
    this.skewMs = offsetMs - EPOCH_MS
  }

  monotonic(): number {
    return this.#scheduler.nowMs
  }

  after(delayMs: number, callback: () => void): Cancel {
    const cancel = this.#scheduler.after(delayMs, () => {
      this.#gate.run(() => {
        if (this.#timers.delete(cancel)) callback()
      })
    })
    this.#timers.add(cancel)
    return () => {
      this.#timers.delete(cancel)
      cancel()
    }
  }

  /** The process died: none of its timers will fire. */
  stop(): void {
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }
}
