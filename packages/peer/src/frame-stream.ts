/**
 * Messages over a raw stream, for the protocols that link devices and recover spaces.
 *
 * Invariants:
 * 1. Messages go out in the order of `send`; what cannot be sent any more is dropped, and `ended` is called once.
 * 2. A stream brings at most `STREAM_BYTES_MAX` and lives at most as long as its owner lets it.
 */

import type { Cancel, Clock, Logger } from '@hamlet/core'
import { encodeLinkFrame, LinkFrameReader } from '@hamlet/identity/linking'
import type { RawStream } from '@hamlet/network'

/** Bytes one stream may bring: a thousand tickets. */
export const STREAM_BYTES_MAX = 8 * 1024 * 1024
/** After our last message the other side has this long to end the stream. */
export const STREAM_LINGER_MS = 5_000

export interface FrameStreamEvents {
  readonly received: (message: Uint8Array) => void
  /** No message will come any more. */
  readonly ended: () => void
}

export class FrameStream {
  readonly #stream: RawStream
  readonly #clock: Clock
  readonly #logger: Logger
  #writing: Promise<void> = Promise.resolve()
  #timer: Cancel | undefined

  constructor(stream: RawStream, clock: Clock, logger: Logger) {
    this.#stream = stream
    this.#clock = clock
    this.#logger = logger
  }

  get peer(): string {
    return this.#stream.peer
  }

  /** Begins to read. */
  listen(events: FrameStreamEvents): void {
    void this.#read(events)
      .catch((error: unknown) => {
        this.#logger.debug('a stream ended', { peer: this.peer, reason: String(error) })
      })
      .finally(() => {
        this.#timer?.()
        events.ended()
      })
  }

  send(message: Uint8Array): void {
    this.#write(() => this.#stream.write(encodeLinkFrame(message)))
  }

  /** Cuts the stream off at the time, unless another limit is set before. */
  limit(ms: number): void {
    this.#timer?.()
    this.#timer = this.#clock.after(ms, () => this.#stream.abort('it took too long'))
  }

  /** Ends our half once everything is out. */
  end(): void {
    this.limit(STREAM_LINGER_MS)
    this.#write(() => this.#stream.end())
  }

  abort(reason: string): void {
    this.#timer?.()
    this.#stream.abort(reason)
  }

  #write(write: () => Promise<void>): void {
    this.#writing = this.#writing.then(write).catch((error: unknown) => {
      this.#logger.debug('a message was not sent', { peer: this.peer, reason: String(error) })
    })
  }

  async #read({ received }: FrameStreamEvents): Promise<void> {
    const reader = new LinkFrameReader()
    let bytes = 0
    for await (const chunk of this.#stream) {
      bytes += chunk.length
      if (bytes > STREAM_BYTES_MAX) return this.#stream.abort('too much')
      for (const message of reader.push(chunk)) received(message)
    }
  }
}
