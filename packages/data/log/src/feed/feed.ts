/**
 * A feed: what the users of a log see of it. Payloads instead of blocks, encrypted or not; places by index and by byte;
 * streams; and views that end by themselves.
 *
 * A feed reads through a {@link BlockSource}: the author's log, a complete copy, or a sparse one, which fetches what it lacks. It
 * writes when it has the author's log.
 *
 * Every feed object is a session: closing it ends its waits, streams and listeners, and nothing else. `snapshot` gives a session
 * that does not grow.
 *
 * Invariants:
 * 1. Payloads are those the author signed, in the place asked for; an author whose byte offsets contradict each other is found
 *    out by `seek` and `readBytes`.
 * 2. A view never shows other content at an index than before: when the author truncates what a snapshot or a stream covers, it
 *    ends with `FEED_TRUNCATED`.
 */

import { LogError } from '../errors.ts'
import { withDeadline } from './deadline.ts'
import { FeedError } from './errors.ts'
import { FeedCore } from './feed-core.ts'
import { readBytes, readPayloads } from './feed-reading.ts'
import { seekByte } from './feed-seek.ts'
import { appendAll, writableOf } from './feed-writing.ts'
import type { Cancel } from '@hamlet/core'
import type { BlockEvent } from '../block-source.ts'
import type { Truncation } from '../types.ts'
import type { WaitOptions } from './deadline.ts'
import type { FeedOptions, FeedReceipt } from './feed-core.ts'
import type { ByteRange, ReadOptions } from './feed-reading.ts'
import type { BytePlace } from './feed-seek.ts'
import type { FeedView } from './feed-view.ts'
import type { ChunkOptions } from './feed-writing.ts'

export interface GetOptions extends WaitOptions {
  /** `false`: `undefined` at once when it is not here. @default true */
  readonly wait?: boolean
  /** Higher is sooner. @default 0 */
  readonly priority?: number
}

interface Snapshot {
  readonly length: number
  /** Blocks of it that the author has not taken back since. */
  kept: number
}

export class Feed implements FeedView {
  readonly #core: FeedCore
  readonly #snapshot: Snapshot | undefined
  readonly #ended = new AbortController()
  readonly #cancels = new Set<Cancel>()

  private constructor(core: FeedCore, of?: Snapshot) {
    this.#core = core
    if (!of) return
    const snapshot = { ...of }
    this.#snapshot = snapshot
    this.watch((event) => {
      if (event.type === 'truncated') snapshot.kept = Math.min(snapshot.kept, event.length)
    })
  }

  static over(options: FeedOptions): Feed {
    return new Feed(new FeedCore(options))
  }

  /** Blocks, here or not; of a snapshot those it was made of. */
  get length(): number {
    return this.#snapshot?.length ?? this.#core.source.length
  }

  /** How often the author truncated the log. */
  get fork(): number {
    return this.#core.source.fork
  }

  get isWritable(): boolean {
    return this.#core.writer !== undefined && !this.#snapshot
  }

  get isClosed(): boolean {
    return this.#ended.signal.aborted
  }

  /** Ends when this session is closed. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  /** Bytes of all payloads. @throws as {@link get} */
  async byteLength(options: WaitOptions = {}): Promise<number> {
    this.#throwIfClosed()
    const { length } = this
    if (length === 0) return 0
    return await this.#within(options, async (signal) => {
      const { offset, bytes } = await this.#parsed(length - 1, signal)
      return offset + bytes
    })
  }

  /** Whether the payloads [from, to) are here. */
  has(from: number, to: number = from + 1): boolean {
    this.#throwIfClosed()
    if (from < 0 || to > this.#readable) return false
    for (let index = from; index < to; index++) if (!this.#core.source.has(index)) return false
    return true
  }

  /**
   * The payload, waiting until the log is that long and the block is here. It may share memory with the log's: do not change it.
   * @throws FeedError `FEED_TIMEOUT`, `FEED_CLOSED`, `FEED_MALFORMED`, `FEED_DECRYPT`, `FEED_TRUNCATED`; LogError `LOG_OUT_OF_RANGE`,
   * `LOG_CLEARED`, `LOG_NOT_HERE`, `LOG_DAMAGED`; the reason of the signal
   */
  get(index: number, options?: GetOptions & { readonly wait?: true }): Promise<Uint8Array>
  get(index: number, options: GetOptions): Promise<Uint8Array | undefined>
  async get(index: number, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    this.#throwIfClosed()
    this.#checkIndex(index)
    const { source } = this.#core
    const here = index < source.length ? source.peek(index) : undefined
    if (here) return this.#core.open(index, here)
    if (options.wait === false) return undefined
    return await this.#within(options, async (signal) => {
      await this.#core.waitFor(index, signal)
      const { priority = 0 } = options
      const block = await this.#core.load(index, { signal, priority })
      // It may have been taken back, and another written in its place, meanwhile.
      this.#checkIndex(index)
      return this.#core.open(index, block)
    })
  }

  /** The payload if its block is here. @throws as {@link get}, without waiting */
  peek(index: number): Uint8Array | undefined {
    this.#throwIfClosed()
    this.#checkIndex(index)
    const block = index < this.#core.source.length ? this.#core.source.peek(index) : undefined
    return block && this.#core.open(index, block)
  }

  /** The block in which the byte lies, found with O(log n) blocks; the end for `byteLength`. @throws as {@link get}, FeedError `FEED_OFFSETS` */
  async seek(byteOffset: number, options: WaitOptions = {}): Promise<BytePlace> {
    this.#throwIfClosed()
    const { length } = this
    return await this.#within(options, (signal) =>
      seekByte(length, byteOffset, (index) => this.#parsed(index, signal)),
    )
  }

  /** The payloads [start, end), or backwards, or as they come. @throws as {@link get} */
  read(options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    this.#throwIfClosed()
    return readPayloads(this, options)
  }

  /** Bytes from `offset` on, as the payloads give them. @throws as {@link seek} */
  readBytes(range: ByteRange = {}): AsyncGenerator<Uint8Array, void, undefined> {
    this.#throwIfClosed()
    return readBytes(this, range)
  }

  /**
   * Resolves when the payloads are durable, each a block of its own. All of a call are written, or none.
   * @throws FeedError `FEED_READ_ONLY`, `FEED_PAYLOAD_TOO_LARGE`; LogError as `Log.append`
   */
  async append(payloads: Uint8Array | readonly Uint8Array[]): Promise<FeedReceipt> {
    this.#throwIfClosed()
    this.#throwIfReadOnly()
    const list = payloads instanceof Uint8Array ? [payloads] : payloads
    if (list.length > 0) return await this.#core.append(list)
    const { length, byteLength } = await this.#core.end()
    return { from: length, to: length, byteLength }
  }

  /** Appends everything that comes; what was appended before an error stays. @throws as {@link append} */
  async appendFrom(
    input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: ChunkOptions = {},
  ): Promise<FeedReceipt> {
    this.#throwIfClosed()
    return await appendAll(this, input, options)
  }

  /** A stream whose bytes are appended; it takes more when what it took is durable. */
  writable(options: ChunkOptions = {}): WritableStream<Uint8Array> {
    this.#throwIfClosed()
    return writableOf(this, options)
  }

  /**
   * Takes the bytes of the blocks off this disk, see `Log.clear`. The last block of the feed stays: the next one counts on it.
   * @throws FeedError `FEED_READ_ONLY`; LogError
   */
  async clear(from: number, to: number): Promise<void> {
    this.#throwIfClosed()
    const writer = this.#throwIfReadOnly()
    const last = Math.min(to, this.length - 1)
    if (to > this.length || from > to) throw outOfRange(to, this.length)
    if (from < last) await writer.clear(from, last)
  }

  /** Takes back what comes after the first `length` blocks, see `Log.truncate`. @throws FeedError `FEED_READ_ONLY`; LogError */
  async truncate(length: number): Promise<Truncation> {
    this.#throwIfClosed()
    return await this.#throwIfReadOnly().truncate(length)
  }

  /** Another view of the same feed, closed by itself. */
  session(): Feed {
    this.#throwIfClosed()
    return new Feed(this.#core, this.#snapshot)
  }

  /** A view of the feed as it is now. */
  snapshot(length: number = this.length): Feed {
    this.#throwIfClosed()
    if (!Number.isSafeInteger(length) || length < 0 || length > this.length) {
      throw outOfRange(length, this.length)
    }
    return new Feed(this.#core, { length, kept: Math.min(length, this.#readable) })
  }

  /** Calls back after every change of the log, until this session is closed. */
  watch(listener: (event: BlockEvent) => void): Cancel {
    this.#throwIfClosed()
    const cancel = this.#core.watch(listener)
    this.#cancels.add(cancel)
    return () => {
      cancel()
      this.#cancels.delete(cancel)
    }
  }

  /** Ends what waits in this session; the log stays open. Calling it twice is harmless. */
  close(): void {
    if (this.isClosed) return
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
    this.#ended.abort(closed())
  }

  [Symbol.dispose](): void {
    this.close()
  }

  get #readable(): number {
    return this.#snapshot?.kept ?? this.#core.source.length
  }

  async #parsed(index: number, signal: AbortSignal): Promise<ReturnType<FeedCore['parse']>> {
    this.#checkIndex(index)
    const block = await this.#core.load(index, { signal })
    this.#checkIndex(index)
    return this.#core.parse(index, block)
  }

  #within<T>(options: WaitOptions, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline(this.#core.clock, options, this.#ended.signal, action)
  }

  #checkIndex(index: number): void {
    const limit = this.#snapshot?.length ?? Number.MAX_SAFE_INTEGER
    if (!Number.isSafeInteger(index) || index < 0 || index >= limit) {
      throw outOfRange(index, this.length)
    }
    if (this.#snapshot && index >= this.#snapshot.kept) {
      throw new FeedError('FEED_TRUNCATED', `the author took back block ${index}`, {
        fields: { index, kept: this.#snapshot.kept },
      })
    }
  }

  #throwIfReadOnly(): NonNullable<FeedCore['writer']> {
    const { writer } = this.#core
    if (writer && !this.#snapshot) return writer
    throw new FeedError('FEED_READ_ONLY', 'this feed cannot write')
  }

  #throwIfClosed(): void {
    if (this.isClosed) throw closed()
  }
}

function closed(): FeedError {
  return new FeedError('FEED_CLOSED', 'the session of the feed is closed')
}

function outOfRange(index: number, length: number): LogError {
  const message = `there is no payload ${index} in a feed of length ${length}`
  return new LogError('LOG_OUT_OF_RANGE', message, { fields: { index, length } })
}
