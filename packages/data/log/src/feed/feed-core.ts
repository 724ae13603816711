/**
 * What the sessions of one feed share: the log below, the cipher, and the writing.
 *
 * A block says how many bytes of payloads came before it, so appends are made one group after the other, each on the end that the
 * one before it left. Should somebody else write to the log meanwhile, it refuses the group, which is made again.
 */

import { errorCode } from '@hamlet/core'
import { COMMIT_BLOCKS_MAX, GROUP_BYTES_MAX } from '../limits.ts'
import { FeedError } from './errors.ts'
import {
  FEED_PAYLOAD_BYTES_MAX,
  FeedCipher,
  decodeFeedBlock,
  encodePlainBlock,
} from './feed-block.ts'
import type { Cancel, Clock, Crypto, LogId } from '@hamlet/core'
import type { BlockEvent, BlockSource, LoadOptions } from '../block-source.ts'
import type { AppendOptions, AppendReceipt } from '../log-options.ts'
import type { Truncation } from '../types.ts'
import type { FeedBlock } from './feed-block.ts'

/** What a feed asks of the author's log; `Log` is one. */
export interface FeedWriter {
  append(blocks: readonly Uint8Array[], options: AppendOptions): Promise<AppendReceipt>
  clear(from: number, to: number): Promise<void>
  truncate(length: number): Promise<Truncation>
}

export interface FeedOptions {
  readonly crypto: Crypto
  readonly clock: Clock
  /** Of the log. */
  readonly id: LogId
  readonly source: BlockSource
  /** The author's log, when this feed may write; it is the only one to append to it. */
  readonly writer?: FeedWriter
  /** 32 bytes that only those have who may read. Without it payloads are written as they are. */
  readonly secret?: Uint8Array
}

/** Where the next payload goes. */
export interface FeedEnd {
  readonly fork: number
  readonly length: number
  readonly byteLength: number
}

export interface FeedReceipt {
  /** Index of the first block of the call. */
  readonly from: number
  readonly to: number
  /** Bytes of the feed after it. */
  readonly byteLength: number
}

interface PendingAppend {
  readonly payloads: readonly Uint8Array[]
  readonly bytes: number
  resolve(receipt: FeedReceipt): void
  reject(error: unknown): void
}

/** So often may somebody else write to the log before an append gets its turn. */
const MOVED_MAX = 100

export class FeedCore {
  readonly source: BlockSource
  readonly clock: Clock
  readonly writer: FeedWriter | undefined
  readonly #cipher: FeedCipher | undefined
  #end: FeedEnd | undefined
  readonly #queue: PendingAppend[] = []
  #isPumping = false

  constructor({ crypto, clock, id, source, writer, secret }: FeedOptions) {
    this.source = source
    this.clock = clock
    this.writer = writer
    this.#cipher = secret && new FeedCipher(crypto, id, secret)
  }

  /** @throws FeedError `FEED_MALFORMED` */
  parse(index: number, bytes: Uint8Array): FeedBlock {
    const block = decodeFeedBlock(bytes)
    if (block.ok) return block.value
    throw new FeedError('FEED_MALFORMED', `block ${index} is not one of a feed`, {
      fields: { index },
    })
  }

  /** @throws FeedError `FEED_MALFORMED`, `FEED_DECRYPT` */
  open(index: number, bytes: Uint8Array): Uint8Array {
    const block = this.parse(index, bytes)
    if (!block.isEncrypted) return block.body
    const payload = this.#cipher?.open(index, block)
    if (payload) return payload
    const what = this.#cipher
      ? 'does not open with this secret'
      : 'is encrypted, and no secret is here'
    throw new FeedError('FEED_DECRYPT', `block ${index} ${what}`, { fields: { index } })
  }

  /** @throws as `BlockSource.load` */
  async load(index: number, options: LoadOptions): Promise<Uint8Array> {
    return this.source.peek(index) ?? (await this.source.load(index, options))
  }

  /** The end as the last block tells it. */
  async end(options: LoadOptions = {}): Promise<FeedEnd> {
    const { length, fork } = this.source
    const known = this.#end
    if (known?.length === length && known.fork === fork) return known
    if (length === 0) return { fork, length, byteLength: 0 }
    const { offset, bytes } = this.parse(length - 1, await this.load(length - 1, options))
    const end = { fork, length, byteLength: offset + bytes }
    this.#end = end
    return end
  }

  /** Resolves when the log is longer than `index`. */
  async waitFor(index: number, signal: AbortSignal): Promise<void> {
    if (this.source.length > index) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.source.watch(() => {
      if (this.source.length > index) resolve()
    })
    signal.addEventListener('abort', () => resolve(), { once: true })
    try {
      await promise
      signal.throwIfAborted()
    } finally {
      cancel()
    }
  }

  watch(listener: (event: BlockEvent) => void): Cancel {
    return this.source.watch(listener)
  }

  append(payloads: readonly Uint8Array[]): Promise<FeedReceipt> {
    return new Promise((resolve, reject) => {
      if (!this.writer) throw new FeedError('FEED_READ_ONLY', 'this feed cannot write')
      const large = payloads.find(({ length }) => length > FEED_PAYLOAD_BYTES_MAX)
      if (large) {
        const message = `a payload has at most ${FEED_PAYLOAD_BYTES_MAX} bytes`
        const fields = { bytes: large.length, limit: FEED_PAYLOAD_BYTES_MAX }
        throw new FeedError('FEED_PAYLOAD_TOO_LARGE', message, { fields })
      }
      const bytes = payloads.reduce((sum, { length }) => sum + length, 0)
      this.#queue.push({ payloads, bytes, resolve, reject })
      if (!this.#isPumping) void this.#pump()
    })
  }

  async #pump(): Promise<void> {
    this.#isPumping = true
    // One turn later, so that appends made in the same turn share the first group.
    await Promise.resolve()
    while (this.#queue.length > 0) await this.#appendGroup(this.#takeGroup())
    this.#isPumping = false
  }

  #takeGroup(): readonly PendingAppend[] {
    let [bytes, blocks, count] = [0, 0, 0]
    for (const pending of this.#queue) {
      bytes += pending.bytes
      blocks += pending.payloads.length
      if (count > 0 && (bytes > GROUP_BYTES_MAX || blocks > COMMIT_BLOCKS_MAX)) break
      count++
    }
    return this.#queue.splice(0, count)
  }

  async #appendGroup(group: readonly PendingAppend[]): Promise<void> {
    try {
      const start = await this.#write(group.flatMap(({ payloads }) => payloads))
      let { length: from, byteLength } = start
      for (const pending of group) {
        const to = from + pending.payloads.length
        byteLength += pending.bytes
        pending.resolve({ from, to, byteLength })
        from = to
      }
      this.#end = { fork: start.fork, length: from, byteLength }
    } catch (error) {
      for (const pending of group) pending.reject(error)
    }
  }

  /** Returns the end on which the payloads were written. */
  async #write(payloads: readonly Uint8Array[]): Promise<FeedEnd> {
    for (let tries = 1; ; tries++) {
      const end = await this.end()
      let offset = end.byteLength
      const blocks = payloads.map((payload, i) => {
        const place = { fork: end.fork, index: end.length + i, offset }
        offset += payload.length
        return this.#cipher?.seal(place, payload) ?? encodePlainBlock(place.offset, payload)
      })
      try {
        await this.writer!.append(blocks, { at: end })
        return end
      } catch (error) {
        if (errorCode(error) !== 'LOG_MOVED' || tries === MOVED_MAX) throw error
      }
    }
  }
}
