/** Streams out of a feed: its payloads one by one, and its bytes. Blocks that are not here are asked for ahead. */

import { FeedError } from './errors.ts'
import type { Cancel } from '@hamlet/core'
import type { FeedView } from './feed-view.ts'

export interface ReadOptions {
  /** The first block. @default 0 */
  readonly start?: number
  /** After the last block. @default the length of the feed when reading begins */
  readonly end?: number
  /** Goes on with what is appended, until the signal ends or the session is closed. @default false */
  readonly live?: boolean
  /** `false`: `end` is where the feed ends when reading comes there. @default true */
  readonly snapshot?: boolean
  /** The last block first; not live. @default false */
  readonly reverse?: boolean
  readonly signal?: AbortSignal
  /** For each block. */
  readonly timeoutMs?: number
}

export interface ByteRange {
  /** @default 0 */
  readonly offset?: number
  /** @default to the end of the feed */
  readonly length?: number
  readonly signal?: AbortSignal
  /** For each block. */
  readonly timeoutMs?: number
}

/** Blocks asked for at a time. */
export const FEED_AHEAD_BLOCKS = 16

export async function* readPayloads(
  feed: FeedView,
  options: ReadOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { start = 0, live = false, snapshot = true, reverse = false } = options
  if (reverse && live) throw new RangeError('a feed is not read backwards as it grows')
  const fixed = options.end ?? (live || !snapshot ? undefined : feed.length)
  const guard = new TruncationGuard(feed, fixed ?? 0)
  try {
    if (reverse) {
      const from = Math.min(fixed ?? feed.length, feed.length) - 1
      yield* inTurn(feed, guard, countDown(from, start), options)
      return
    }
    for (let at = start; fixed === undefined || at < fixed;) {
      const end = Math.min(fixed ?? feed.length, feed.length)
      if (at < end) {
        yield* inTurn(feed, guard, countUp(at, end), options)
        at = end
      } else if (live) {
        const next = await nextPayload(feed, guard, at, options)
        if (next === undefined) return
        yield next
        at++
      } else return
    }
  } finally {
    guard.end()
  }
}

/** Ends a stream when the author takes back what it has given or asked for: it would mix two histories. */
class TruncationGuard {
  readonly #ended = new AbortController()
  readonly #cancel: Cancel
  #end: number

  /** `end`: the stream covers the blocks before it from the beginning on. */
  constructor(feed: FeedView, end: number) {
    this.#end = end
    this.#cancel = feed.watch((event) => {
      if (event.type !== 'truncated' || event.length >= this.#end) return
      const message = `the author took back what comes after block ${event.length}`
      const fields = { kept: event.length }
      this.#ended.abort(new FeedError('FEED_TRUNCATED', message, { fields }))
    })
  }

  /** The stream covers this block too. Ends with the stream's own signal or by a truncation. */
  cover(index: number, signal: AbortSignal | undefined): AbortSignal {
    this.#end = Math.max(this.#end, index + 1)
    return signal ? AbortSignal.any([signal, this.#ended.signal]) : this.#ended.signal
  }

  throwIfTruncated(): void {
    this.#ended.signal.throwIfAborted()
  }

  end(): void {
    this.#cancel()
  }
}

/** The payloads in the order of their indexes, a few of them asked for ahead. */
async function* inTurn(
  feed: FeedView,
  guard: TruncationGuard,
  indexes: Generator<number, void, undefined>,
  { signal, timeoutMs }: ReadOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const ahead: Promise<Uint8Array>[] = []
  for (;;) {
    while (ahead.length < FEED_AHEAD_BLOCKS) {
      const next = indexes.next()
      if (next.done) break
      const payload = feed.get(next.value, { signal: guard.cover(next.value, signal), timeoutMs })
      // Whoever awaits it in its turn sees the error; until then it is not unhandled.
      payload.catch(() => undefined)
      ahead.push(payload)
    }
    const first = ahead.shift()
    if (!first) return
    const payload = await first
    guard.throwIfTruncated()
    yield payload
  }
}

/** Waits without a time for the block after the last one; `undefined` when the reader has had enough. */
async function nextPayload(
  feed: FeedView,
  guard: TruncationGuard,
  index: number,
  { signal }: ReadOptions,
): Promise<Uint8Array | undefined> {
  try {
    return await feed.get(index, { signal: guard.cover(index, signal) })
  } catch (error) {
    if (signal?.aborted === true || feed.isClosed) return undefined
    throw error
  }
}

function* countUp(from: number, to: number): Generator<number, void, undefined> {
  for (let index = from; index < to; index++) yield index
}

function* countDown(from: number, to: number): Generator<number, void, undefined> {
  for (let index = from; index >= to; index--) yield index
}

export async function* readBytes(
  feed: FeedView,
  { offset = 0, length, signal, timeoutMs }: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  const limits = { signal, timeoutMs }
  using view = feed.snapshot()
  const start = await view.seek(offset, limits)
  let skip = start.offset
  let rest = length ?? Number.POSITIVE_INFINITY
  if (rest === 0) return
  for await (const payload of readPayloads(view, { ...clean(limits), start: start.index })) {
    const bytes = payload.subarray(skip, skip + rest)
    skip = 0
    rest -= bytes.length
    if (bytes.length > 0) yield bytes
    if (rest === 0) return
  }
}

function clean(limits: {
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number | undefined
}): Pick<ReadOptions, 'signal' | 'timeoutMs'> {
  const { signal, timeoutMs } = limits
  return { ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) }
}
