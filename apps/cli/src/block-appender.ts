/**
 * Appends blocks as they come: what is read while one append is being made durable goes into the next, so that a slow
 * stream is durable line by line and a fast one in large pieces.
 */

import { setImmediate } from 'node:timers/promises'
import type { Log } from '@hamlet/log'

/** Read ahead and appended together. */
const BATCH_BLOCKS = 4096
const BATCH_BYTES = 4 * 1024 * 1024

export class BlockAppender {
  readonly #log: Log
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #running: Promise<void> | undefined
  #failure: Error | undefined
  #appended = 0
  #appendedBytes = 0
  #from: number | undefined
  #to: number | undefined

  constructor(log: Log) {
    this.#log = log
  }

  /** Blocks that are durable. Others may append to the log at the same time. */
  get appended(): number {
    return this.#appended
  }

  get appendedBytes(): number {
    return this.#appendedBytes
  }

  /** Index of the first of them; the length of the log while there is none. */
  get from(): number {
    return this.#from ?? this.#log.length
  }

  /** Behind the last of them. */
  get to(): number {
    return this.#to ?? this.#log.length
  }

  /** Resolves when there is room for the next. Rejects with what an append failed with. */
  async add(block: Uint8Array): Promise<void> {
    this.#throwIfFailed()
    this.#waiting.push(block)
    this.#waitingBytes += block.length
    this.#running ??= this.#run()
    const isFull = this.#waiting.length >= BATCH_BLOCKS || this.#waitingBytes >= BATCH_BYTES
    if (isFull) await this.#running
  }

  /** Resolves when everything added is durable. */
  async finish(): Promise<void> {
    await this.#running
    this.#throwIfFailed()
  }

  async #run(): Promise<void> {
    try {
      // What came in one piece is appended in one piece.
      await setImmediate()
      while (this.#waiting.length > 0) {
        const batch = this.#waiting
        this.#waiting = []
        this.#waitingBytes = 0
        const { from, to } = await this.#log.append(batch)
        this.#from ??= from
        this.#to = to
        this.#appended += batch.length
        this.#appendedBytes += batch.reduce((sum, { length }) => sum + length, 0)
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error))
    } finally {
      this.#running = undefined
    }
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure
  }
}
