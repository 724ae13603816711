/** A log that is shared here, with everything that all peers have in common of it. */

import { assert, idToBytes, silentLogger, utf8 } from '@hamlet/core'
import type { Clock, Crypto, LogId, Logger, Random } from '@hamlet/core'
import type { BlockEvent } from './block-source.ts'
import type { LogRangeError } from './errors.ts'
import type { ExchangeAsks } from './exchange-asks.ts'
import { sharedLogOf } from './exchange-log.ts'
import type { SharedLog } from './exchange-log.ts'
import type { Log } from './log.ts'
import { PieceDownload } from './piece-download.ts'
import type { Download, DownloadOptions, PieceDownloadOptions } from './piece-download.ts'
import { RangeSourceBook } from './range-channel.ts'
import type { SparseLog } from './sparse-log.ts'

export interface EntryOptions {
  readonly crypto: Crypto
  readonly clock: Clock
  readonly random: Random
  readonly download?: PieceDownloadOptions
  readonly logger?: Logger
  /** The author of a shared log signed two histories; the error has what proves it. */
  readonly onForked?: (log: LogId, error: LogRangeError) => void
  /**
   * What came of a log could not be stored or read, or what was asked for could not be read. Storing is tried again after a while; after
   * `LOG_FAILED` the log has to be opened again.
   */
  readonly onFailed?: (log: LogId, error: unknown) => void
}

/** What a peer says there is of a log: nothing of it is proven. */
export interface LogOffer {
  readonly fork: number
  readonly length: number
}

export interface PeerOffer extends LogOffer {
  /** Its name. */
  readonly peer: string
}

/** The log between us and one peer. */
export interface EntryChannel {
  /** Of the peer. */
  readonly name: string
  /** Whether the peer has opened the log too. */
  readonly isOpen: boolean
  /** How much of the log the peer says it has, once it has opened it. */
  readonly offer: LogOffer | undefined
  /** Our questions to the peer. */
  readonly asks: ExchangeAsks
  onLogEvent(event: BlockEvent): void
  onMoreHeld(): void
  sendExtension(name: string, bytes: Uint8Array): void
  /** `tells`: the peer is told. */
  close(tells: boolean): void
}

/** A log while it is shared. */
export interface SharedHandle {
  /** Fetches blocks of a sparse copy; a complete one fetches everything by itself. */
  download(options?: DownloadOptions): Download
  /** Peers that have opened the log too. */
  readonly peers: readonly string[]
  /** What each of them says it has. */
  readonly offers: readonly PeerOffer[]
  /** Calls `listener` with what peers send under this name. */
  onExtension(name: string, listener: (peer: string, bytes: Uint8Array) => void): void
  /** To one peer, or to all. */
  sendExtension(name: string, bytes: Uint8Array, peer?: string): void
  /** Answers what peers ask under this name. `undefined`: there is no answer. */
  onAsk(name: string, answerer: Answerer): void
  /**
   * The answer of a peer that has one, once the blocks that came with it are stored; `undefined` when nobody answers.
   * @throws the signal's reason
   */
  ask(name: string, bytes: Uint8Array, options?: AskOptions): Promise<Uint8Array | undefined>
  /** Ends the sharing; the log stays open. */
  remove(): void
}

export type Answerer = (bytes: Uint8Array) => ExtensionAnswer | undefined

export interface ExtensionAnswer {
  /** At least one, at most `ANSWER_BYTES_MAX`. */
  readonly bytes: Uint8Array
  /** Blocks, ascending, that go with it if the peer lacks them: as many as fit. */
  readonly blocks?: readonly number[]
}

export interface AskOptions {
  readonly signal?: AbortSignal
  /** Of one peer; then the next is asked. @default 10,000 */
  readonly timeoutMs?: number
}

const ASK_TIMEOUT_MS = 10_000
const KEY_DOMAIN = utf8('hamlet/v1/exchange/key\0')
const OPEN_DOMAIN = utf8('hamlet/v1/exchange/open\0')

export class SharedEntry {
  readonly log: SharedLog
  /** Under which it is opened: tells nothing to who does not know the log. */
  readonly key: Uint8Array
  readonly pieces: PieceDownload | undefined
  readonly rangeSources = new RangeSourceBook()
  readonly #crypto: Crypto
  readonly #logger: Logger
  readonly #onForked: EntryOptions['onForked']
  readonly #onFailed: EntryOptions['onFailed']
  readonly #channels = new Set<EntryChannel>()
  readonly #extensions = new Map<string, (peer: string, bytes: Uint8Array) => void>()
  readonly #answerers = new Map<string, Answerer>()
  readonly #clock: Clock
  /** Peers that did not answer of late are asked after the others. */
  readonly #failures = new WeakMap<EntryChannel, number>()
  readonly #stopWatching: () => void
  #isClosed = false

  constructor(log: Log | SparseLog, options: EntryOptions) {
    const { crypto, clock, random, download } = options
    this.log = sharedLogOf(log)
    this.#crypto = crypto
    this.#clock = clock
    this.#logger = options.logger ?? silentLogger
    this.#onForked = options.onForked
    this.#onFailed = options.onFailed
    this.key = crypto.hash(KEY_DOMAIN, idToBytes(this.log.id))
    const { sparse } = this.log
    if (sparse) {
      this.pieces = new PieceDownload(sparse, clock, random, download)
      sparse.setFetcher(this.pieces)
    }
    this.#stopWatching = this.log.watch((event) => this.#onEvent(event))
  }

  /** That the sender of `nonce` knows the log, to the receiver with `theirs`. */
  proofOf(nonce: Uint8Array, theirs: Uint8Array): Uint8Array {
    return this.#crypto.hmac(idToBytes(this.log.id), OPEN_DOMAIN, nonce, theirs)
  }

  attach(channel: EntryChannel): void {
    this.#channels.add(channel)
  }

  detach(channel: EntryChannel): void {
    this.#channels.delete(channel)
  }

  onExtension(peer: string, name: string, bytes: Uint8Array): void {
    this.#extensions.get(name)?.(peer, bytes)
  }

  /** A peer holds more than before. */
  onMoreHeld(): void {
    for (const channel of [...this.#channels]) channel.onMoreHeld()
  }

  answerTo(name: string, bytes: Uint8Array): ExtensionAnswer | undefined {
    return this.#answerers.get(name)?.(bytes)
  }

  /** The author showed two histories: nobody's lie but the author's, who is not here to be cut off. */
  onFork(error: LogRangeError): void {
    this.#logger.error('the author of a log signed two histories', { log: this.log.id })
    this.#onForked?.(this.log.id, error)
  }

  /** The disk did not take what came, or give what was asked for. */
  onFailure(error: unknown): void {
    this.#logger.warn('a log could not be stored or read', {
      log: this.log.id,
      reason: String(error),
    })
    this.#onFailed?.(this.log.id, error)
  }

  handle(onRemoved: () => void): SharedHandle {
    const channels = this.#channels
    return {
      download: (options) => {
        assert(this.pieces !== undefined, 'a complete copy fetches everything by itself')
        return this.pieces.download(options)
      },
      get peers() {
        return [...channels].filter(({ isOpen }) => isOpen).map(({ name }) => name)
      },
      get offers() {
        return [...channels].flatMap(({ name, offer }) => (offer ? { ...offer, peer: name } : []))
      },
      onExtension: (name, listener) => {
        this.#extensions.set(name, listener)
      },
      sendExtension: (name, bytes, peer) => {
        for (const channel of channels) {
          if (peer === undefined || channel.name === peer) channel.sendExtension(name, bytes)
        }
      },
      onAsk: (name, answerer) => {
        this.#answerers.set(name, answerer)
      },
      ask: (name, bytes, options) => this.#ask(name, bytes, options),
      remove: () => {
        this.close()
        onRemoved()
      },
    }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stopWatching()
    this.log.sparse?.setFetcher(undefined)
    for (const channel of [...this.#channels]) channel.close(true)
    this.pieces?.close()
  }

  async #ask(
    name: string,
    bytes: Uint8Array,
    options: AskOptions = {},
  ): Promise<Uint8Array | undefined> {
    const failuresOf = (channel: EntryChannel): number => this.#failures.get(channel) ?? 0
    const channels = [...this.#channels].filter(({ isOpen }) => isOpen)
    channels.sort((a, b) => failuresOf(a) - failuresOf(b) || a.asks.count - b.asks.count)
    for (const channel of channels) {
      const answer = await this.#askOne(channel, name, bytes, options)
      this.#failures.set(channel, answer ? 0 : failuresOf(channel) + 1)
      if (answer) return answer
    }
    return undefined
  }

  #askOne(
    channel: EntryChannel,
    name: string,
    bytes: Uint8Array,
    { signal, timeoutMs = ASK_TIMEOUT_MS }: AskOptions,
  ): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const settle = (answer: Uint8Array | undefined): void => {
        stopTimer()
        signal?.removeEventListener('abort', abort)
        resolve(answer)
      }
      const stopTimer = this.#clock.after(timeoutMs, () => {
        takeBack()
        settle(undefined)
      })
      const abort = (): void => {
        takeBack()
        stopTimer()
        reject(signal!.reason as Error)
      }
      signal?.addEventListener('abort', abort, { once: true })
      const takeBack = channel.asks.ask(name, bytes, settle)
    })
  }

  #onEvent(event: BlockEvent): void {
    for (const channel of [...this.#channels]) channel.onLogEvent(event)
  }
}
