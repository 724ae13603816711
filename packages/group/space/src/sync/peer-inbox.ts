/**
 * What one peer sends, within its share of this device's processor.
 *
 * The idea: work that moves logs forward is free, because it can be had only once per entry: entries stored that were
 * not here, entries given that this peer had not been given. Everything else a message makes us do is measured with
 * the clock port and paid from a budget of `PEER_WORK_MS_MAX` per `PEER_WORK_WINDOW_MS`. When it is spent, messages
 * wait in order; when too many wait, the peer is disconnected and may come back. So a busy peer is slowed, one that
 * wastes our time gets a fortieth of it, and nothing is ever left out of the middle of a conversation.
 *
 * Invariants:
 * 1. Messages are handled in the order they came.
 * 2. At most `HELD_MESSAGES_MAX` messages and `HELD_BYTES_MAX` bytes wait; of a stranger `STRANGER_HELD_BYTES_MAX`.
 */

import type { Clock } from '@hamlet/core'
import { WorkBudget } from '../work-budget.ts'

/** Processor time of one peer's messages that moved no log forward, per `PEER_WORK_WINDOW_MS`. */
export const PEER_WORK_MS_MAX = 250
export const PEER_WORK_WINDOW_MS = 10_000
/** One piece of work counts for at most this: the machine may have slept in the middle of it. */
export const WORK_COUNTED_MS_MAX = 50
/** Messages of one peer waiting for its share. */
export const HELD_MESSAGES_MAX = 1_000
/** Bytes of them: room for all the answers a member may have been asked for, and for one message of a stranger. */
export const HELD_BYTES_MAX = 8 * 1024 * 1024
export const STRANGER_HELD_BYTES_MAX = 1024 * 1024

export interface InboxHooks {
  /** Handles one message. */
  handle(bytes: Uint8Array): void
  /** Whether the peer is a member's device, of whom more may wait. */
  isMember(): boolean
  /** More waits than may. */
  overflow(): void
}

export class PeerInbox {
  readonly #clock: Clock
  readonly #hooks: InboxHooks
  readonly #budget = new WorkBudget({ capacity: PEER_WORK_MS_MAX, refillMs: PEER_WORK_WINDOW_MS })
  #held: Uint8Array[] = []
  #heldBytes = 0
  #excusedMs = 0
  #handlingSinceMs = 0

  constructor(clock: Clock, hooks: InboxHooks) {
    this.#clock = clock
    this.#hooks = hooks
  }

  get isSpent(): boolean {
    return this.#budget.isSpent(this.#clock.monotonic())
  }

  get heldMessages(): number {
    return this.#held.length
  }

  receive(bytes: Uint8Array): void {
    if (this.#held.length === 0 && !this.isSpent) return this.#handle(bytes)
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    const bytesMax = this.#hooks.isMember() ? HELD_BYTES_MAX : STRANGER_HELD_BYTES_MAX
    if (this.#held.length > HELD_MESSAGES_MAX || this.#heldBytes > bytesMax) {
      this.close()
      this.#hooks.overflow()
    }
  }

  /** Handles what waits, as far as the budget has come in again. */
  tick(): void {
    while (this.#held.length > 0 && !this.isSpent) {
      const bytes = this.#held.shift()!
      this.#heldBytes -= bytes.length
      this.#handle(bytes)
    }
  }

  /** Pays for work done since `sinceMs` that moved nothing forward, within `handle` or outside it. */
  pay(sinceMs: number): void {
    this.excuse(sinceMs)
    this.#spend(this.#clock.monotonic() - sinceMs)
  }

  /** The work since `sinceMs`, within `handle`, moved a log forward or has been paid for: it is free. */
  excuse(sinceMs: number = this.#handlingSinceMs): void {
    this.#excusedMs += this.#clock.monotonic() - sinceMs
  }

  close(): void {
    this.#held = []
    this.#heldBytes = 0
  }

  #handle(bytes: Uint8Array): void {
    const sinceMs = this.#clock.monotonic()
    this.#handlingSinceMs = sinceMs
    this.#excusedMs = 0
    this.#hooks.handle(bytes)
    this.#spend(this.#clock.monotonic() - sinceMs - this.#excusedMs)
  }

  #spend(ms: number): void {
    const countedMs = Math.max(0, Math.min(ms, WORK_COUNTED_MS_MAX))
    this.#budget.spend(countedMs, this.#clock.monotonic())
  }
}
