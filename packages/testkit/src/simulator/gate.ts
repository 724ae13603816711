/**
 * Between the world and one process: while it is paused, what happens to it waits, in order.
 *
 * A paused process (SIGSTOP, a lid that was closed) runs nothing: its timers fire late, messages lie in its buffers,
 * answers of the disk are taken when it goes on. Each of them is then an event of its own.
 */

import type { Scheduler } from './scheduler.ts'

export class Gate {
  readonly #scheduler: Scheduler
  #waiting: (() => void)[] = []
  #isPaused = false

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Runs now, or when the process goes on. */
  run(action: () => void): void {
    if (this.#isPaused) this.#waiting.push(action)
    else action()
  }

  /** Resolves now, or when the process goes on. */
  pass(): Promise<void> {
    return this.#isPaused
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve()
  }

  pause(): void {
    this.#isPaused = true
  }

  /** What waited runs first; what happens meanwhile queues behind it. */
  resume(): void {
    if (this.#isPaused) this.#next()
  }

  /** The process is gone, and what waited with it. */
  clear(): void {
    this.#waiting = []
    this.#isPaused = false
  }

  #next(): void {
    const action = this.#waiting.shift()
    if (action === undefined) {
      this.#isPaused = false
      return
    }
    action()
    this.#scheduler.after(0, () => this.#next())
  }
}
