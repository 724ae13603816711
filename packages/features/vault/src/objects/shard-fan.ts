/**
 * One stream of stripes as n streams of pieces, one for each shard, read at different speeds.
 *
 * Invariants:
 * 1. No more than `STRIPES_AHEAD_MAX` stripes wait, however slow the slowest reader is.
 * 2. A reader that stops early, or a source that fails, ends all streams: an object is written whole or not at all.
 */

import { STRIPES_AHEAD_MAX } from './limits.ts'

type Pieces = readonly Uint8Array[]

export class ShardFan {
  readonly streams: readonly AsyncIterable<Uint8Array>[]
  readonly #source: AsyncIterator<Pieces>
  /** Stripes that not all readers have taken, the oldest first. */
  readonly #stripes: Pieces[] = []
  /** The number of the first of them. */
  #first = 0
  /** By reader: the number of the stripe it takes next. */
  readonly #next: number[]
  #ended = false
  #failure: { readonly error: unknown } | undefined
  #pulling = false
  #moved = Promise.withResolvers<void>()

  constructor(count: number, source: AsyncIterable<Pieces>) {
    this.#source = source[Symbol.asyncIterator]()
    this.#next = Array.from({ length: count }, () => 0)
    this.streams = Array.from({ length: count }, (_, reader) => this.#stream(reader))
  }

  /** Ends all streams with `error`. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#move()
  }

  async *#stream(reader: number): AsyncGenerator<Uint8Array, void, void> {
    let isDone = false
    try {
      for (;;) {
        const piece = await this.#piece(reader)
        if (piece === undefined) break
        yield piece
      }
      isDone = true
    } finally {
      if (!isDone) this.fail(new DOMException('a shard was not taken to its end', 'AbortError'))
      void this.#source.return?.()
    }
  }

  async #piece(reader: number): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error
      const stripe = this.#stripes[this.#next[reader]! - this.#first]
      if (stripe !== undefined) return this.#take(reader, stripe)
      if (this.#ended) return undefined
      this.#pull()
      await this.#moved.promise
    }
  }

  #take(reader: number, stripe: Pieces): Uint8Array {
    this.#next[reader]! += 1
    const oldest = Math.min(...this.#next)
    if (oldest > this.#first) {
      this.#stripes.splice(0, oldest - this.#first)
      this.#first = oldest
      this.#move()
    }
    return stripe[reader]!
  }

  /** Asks for the next stripe, unless enough wait or it is asked for. */
  #pull(): void {
    if (this.#pulling || this.#ended || this.#stripes.length >= STRIPES_AHEAD_MAX) return
    this.#pulling = true
    this.#source.next().then(
      ({ done, value }) => {
        this.#pulling = false
        if (done === true) this.#ended = true
        else this.#stripes.push(value)
        this.#move()
      },
      (error: unknown) => this.fail(error),
    )
  }

  #move(): void {
    this.#moved.resolve()
    this.#moved = Promise.withResolvers()
  }
}
