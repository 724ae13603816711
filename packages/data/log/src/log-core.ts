/**
 * What the parts of an open log share: its options, its storage, the state it shows, and whose turn it is to write.
 *
 * Invariant: whatever changes the log runs in {@link LogCore.exclusive}, one after the other, or within a turn in which the log
 * {@link LogCore.isResting}.
 */

import { silentLogger } from '@hamlet/core'
import { LogError } from './errors.ts'
import { LogProver } from './log-prover.ts'
import type { Cancel, LogId } from '@hamlet/core'
import type { BlockEvent } from './block-source.ts'
import type { LogHead } from './head.ts'
import type { LogOptions } from './log-options.ts'
import type { LogStore } from './log-store.ts'
import type { LeafLength } from './recovery.ts'
import type { LogState } from './state.ts'

export class LogCore {
  readonly id: LogId
  readonly options: LogOptions
  readonly store: LogStore
  readonly leafLength: LeafLength
  readonly prover: LogProver
  readonly #listeners = new Set<(event: BlockEvent) => void>()
  #fork: number
  #state: LogState
  #last: Promise<unknown> = Promise.resolve()
  /** Actions that run or wait. */
  #writing = 0
  #isClosed = false

  constructor(id: LogId, options: LogOptions, store: LogStore, leafLength: LeafLength) {
    this.id = id
    this.options = options
    this.store = store
    this.leafLength = leafLength
    this.#state = store.durable
    this.#fork = store.fork
    this.prover = new LogProver(options.crypto, store, () => this.#state)
  }

  /** What the log shows. */
  get state(): LogState {
    return this.#state
  }

  /** Begins in the turn in which the blocks of the one before go. */
  get fork(): number {
    return this.#fork
  }

  /** Of the newest fork: none until something of it is here. */
  get head(): LogHead | undefined {
    return this.#state.fork === this.fork ? this.#state.head : undefined
  }

  show(state: LogState): void {
    this.#fork = this.store.fork
    const before = this.#state
    this.#state = state
    const { length, head } = state
    if ((head?.length ?? 0) > (before.head?.length ?? 0)) this.emit({ type: 'head', length })
    if (length > before.length) this.emit({ type: 'stored', from: before.length, to: length })
  }

  watch(listener: (event: BlockEvent) => void): Cancel {
    // One of its own for each call, so that cancelling twice ends no other.
    const own = (event: BlockEvent): void => listener(event)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  emit(event: BlockEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        const { logger = silentLogger } = this.options
        logger.error('a listener of a log failed', { event: event.type, reason: String(error) })
      }
    }
  }

  async exclusive<T>(action: () => Promise<T>): Promise<T> {
    this.#writing++
    const mine = this.#last.then(action, action)
    this.#last = mine
    try {
      return await mine
    } finally {
      this.#writing--
    }
  }

  /** Whether an action that ends in this turn may run at once. */
  get isResting(): boolean {
    return this.#writing === 0
  }

  /** Resolves when everything begun so far has ended, however it ended. */
  async settled(): Promise<void> {
    await this.#last.catch(() => undefined)
  }

  /** From now on every method refuses. */
  markClosed(): void {
    this.#isClosed = true
  }

  throwIfClosed(): void {
    if (this.#isClosed) throw new LogError('LOG_CLOSED', 'the log is closed')
  }

  checkBounds(from: number, to: number): void {
    this.throwIfClosed()
    const isInside = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0
    if (!isInside || from > to || to > this.#state.length) throw this.outOfRange(to)
  }

  checkIndex(index: number): void {
    this.throwIfClosed()
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.#state.length) {
      throw this.outOfRange(index)
    }
  }

  outOfRange(index: number): LogError {
    const { length } = this.#state
    const message = `there is no block ${index} in a log of length ${length}`
    return new LogError('LOG_OUT_OF_RANGE', message, { fields: { index, length } })
  }
}
