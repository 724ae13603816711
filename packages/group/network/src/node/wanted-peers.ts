/**
 * Staying connected to the peers we want: the members of our spaces.
 *
 * The idea: each wanted peer that is not connected has one pending attempt. A failed attempt doubles the pause before the
 * next, up to a minute; losing the connection, being wanted anew and every new hint about its whereabouts start afresh.
 *
 * Invariants: at most `DIALS_MAX` attempts run at a time; a connected or unwanted peer is not dialed.
 */

import { backoffMs } from '../backoff.ts'
import { DIALS_MAX, REDIAL_FIRST_MS, REDIAL_MS_MAX } from '../limits.ts'
import type { Cancel, Clock, Random } from '@hamlet/core'

export interface WantedPeersOptions {
  readonly self: string
  readonly clock: Clock
  readonly random: Random
  readonly isConnected: (device: string) => boolean
  /** Tries every known way once. */
  readonly dial: (device: string, signal: AbortSignal) => Promise<unknown>
}

interface Wanted {
  attempt: number
  pending: Cancel | undefined
  running: boolean
}

export class WantedPeers {
  readonly #options: WantedPeersOptions
  readonly #wanted = new Map<string, Wanted>()
  readonly #queue = new Set<string>()
  readonly #stop = new AbortController()
  #running = 0

  constructor(options: WantedPeersOptions) {
    this.#options = options
  }

  has(device: string): boolean {
    return this.#wanted.has(device)
  }

  set(devices: Iterable<string>): void {
    const wanted = new Set(devices)
    wanted.delete(this.#options.self)
    for (const [device, state] of this.#wanted) {
      if (wanted.has(device)) continue
      state.pending?.()
      this.#queue.delete(device)
      this.#wanted.delete(device)
    }
    for (const device of wanted) {
      if (this.#wanted.has(device)) continue
      this.#wanted.set(device, { attempt: 0, pending: undefined, running: false })
      this.hurry(device)
    }
  }

  /** Something new is known, or the connection was lost: try at once, and from short pauses on. */
  hurry(device: string): void {
    const state = this.#wanted.get(device)
    if (state === undefined) return
    state.attempt = 0
    this.#schedule(device, state, 0)
  }

  /** The connection was lost: try soon; both ends do, and the pauses are random. */
  lost(device: string): void {
    const state = this.#wanted.get(device)
    if (state !== undefined) this.#retry(device, state, 0)
  }

  close(): void {
    this.#stop.abort()
    this.set([])
  }

  #retry(device: string, state: Wanted, attempt: number): void {
    state.attempt = attempt
    const pauseMs = backoffMs(this.#options.random, attempt, REDIAL_FIRST_MS, REDIAL_MS_MAX)
    this.#schedule(device, state, pauseMs)
  }

  #schedule(device: string, state: Wanted, delayMs: number): void {
    state.pending?.()
    state.pending = undefined
    if (this.#stop.signal.aborted || this.#options.isConnected(device)) return
    state.pending = this.#options.clock.after(delayMs, () => {
      state.pending = undefined
      this.#queue.add(device)
      this.#next()
    })
  }

  #next(): void {
    for (const device of this.#queue) {
      if (this.#running >= DIALS_MAX) return
      this.#queue.delete(device)
      const state = this.#wanted.get(device)
      if (state !== undefined && !state.running) void this.#attempt(device, state)
    }
  }

  async #attempt(device: string, state: Wanted): Promise<void> {
    if (this.#options.isConnected(device)) return
    this.#running++
    state.running = true
    try {
      await this.#options.dial(device, this.#stop.signal)
      state.attempt = 0
    } catch {
      // Why it failed was logged by the dialer; here it only means another attempt.
      if (this.#wanted.get(device) === state) this.#retry(device, state, state.attempt + 1)
    } finally {
      state.running = false
      this.#running--
      this.#next()
    }
  }
}
