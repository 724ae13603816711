/**
 * Virtual time: a queue of events ordered by time, then by the order in which they were scheduled.
 *
 * The simulated world is one thread. An event runs, then every microtask it caused, then the next event; so a world
 * with the same seed runs the same way every time. Nothing here waits for real time.
 *
 * Invariants:
 * 1. Time never goes back, and two events at the same time run in the order of scheduling.
 * 2. `run` returns only when no event up to the given time is left and no microtask is pending.
 */

import type { Cancel } from '@hamlet/core'

interface ScheduledEvent {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
  cancelled: boolean
}

export class Scheduler {
  readonly #heap: ScheduledEvent[] = []
  #nowMs = 0
  #order = 0

  get nowMs(): number {
    return this.#nowMs
  }

  /** Events that have run so far. */
  eventsRun = 0

  after(delayMs: number, run: () => void): Cancel {
    const event = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order++,
      run,
      cancelled: false,
    }
    this.#push(event)
    return () => {
      event.cancelled = true
    }
  }

  /** Resolves after `delayMs` of virtual time. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve))
  }

  /** Runs every event up to `untilMs`, or until `stop` says so between two events. */
  async run(untilMs: number, stop: () => boolean = () => false): Promise<void> {
    await drainMicrotasks()
    while (!stop()) {
      const next = this.#heap[0]
      if (next === undefined || next.atMs > untilMs) break
      this.#pop()
      if (next.cancelled) continue
      this.#nowMs = next.atMs
      this.eventsRun++
      next.run()
      await drainMicrotasks()
    }
    this.#nowMs = Math.max(this.#nowMs, Math.min(untilMs, this.#heap[0]?.atMs ?? untilMs))
  }

  #push(event: ScheduledEvent): void {
    const heap = this.#heap
    let index = heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (isBefore(heap[parent]!, event)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (isBefore(last, heap[child]!)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
  }
}

function isBefore(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

/**
 * Lets every pending promise settle. Simulated code awaits nothing but promises, so a turn of the event loop's check
 * phase runs only when none of them is left.
 */
function drainMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
