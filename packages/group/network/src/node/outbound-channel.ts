/**
 * The sending half of one message protocol to one peer: a queue of frames in front of one long-lived stream.
 *
 * The idea: the stream is opened by the first message and stays. While it takes bytes, frames go out joined into
 * pieces of about 64 KiB; when it is saturated they wait here, where they are counted, and not in the muxer.
 *
 * Invariants:
 * 1. Messages leave in the order they were pushed. Moving to another connection ends the old stream first; the
 *    receiver reads it to its end before it turns to the new one (`inbound-queue.ts`).
 * 2. `queuedBytes` counts everything that the transport has not taken.
 * 3. After `close`, or once the peer turned out not to speak the protocol, messages are dropped.
 */

import { concatBytes, encodeFrames, FRAME_HEADER_BYTES, uint32ToBytes } from '@hamlet/core'
import { SEND_BATCH_BYTES } from '../limits.ts'
import { lend } from './loans.ts'
import type { Connection, Stream } from '@libp2p/interface'

/** From here on a copy costs more than a part of its own. */
const LARGE_BYTES = SEND_BATCH_BYTES / 4

export interface OutboundHooks {
  /** Opens a stream of the protocol on the connection to prefer now; `undefined`: the peer does not speak it. */
  open(): Promise<{ stream: Stream; connection: Connection } | undefined>
  /** `queuedBytes` has changed. */
  changed(): void
  /** The stream ended without our doing, or could not be opened. */
  broken(error: unknown): void
  /** The peer wrote on a stream that is ours alone. */
  violated(): void
}

/** A message in parts, which are sent as they lie where it is large. */
export interface OutboundMessage {
  readonly parts: readonly Uint8Array[]
  /** Of all parts. */
  readonly length: number
  /** To be called when nobody needs the parts any more, or never. */
  readonly sent?: (() => void) | undefined
}

export class OutboundChannel {
  readonly #hooks: OutboundHooks
  #waiting: OutboundMessage[] = []
  #waitingBytes = 0
  #stream: Stream | undefined
  #connection: Connection | undefined
  #state: 'idle' | 'opening' | 'open' | 'closed' = 'idle'
  #scheduled = false

  constructor(hooks: OutboundHooks) {
    this.#hooks = hooks
  }

  get queuedBytes(): number {
    return this.#waitingBytes + (this.#stream?.writeBufferLength ?? 0)
  }

  /** The connection the stream is on. */
  get connection(): Connection | undefined {
    return this.#connection
  }

  push(message: OutboundMessage): void {
    if (this.#state === 'closed') return
    this.#waiting.push(message)
    this.#waitingBytes += message.length + FRAME_HEADER_BYTES
    if (this.#state === 'idle') void this.#open()
    else this.#schedule()
  }

  /** Ends the stream; the next message opens one on the connection that is preferred by then. */
  move(): void {
    const stream = this.#stream
    if (stream === undefined || this.#waiting.length > 0 || stream.writeBufferLength > 0) return
    this.#detach()
    stream.close().catch((error: Error) => stream.abort(error))
  }

  close(): void {
    this.#state = 'closed'
    this.#waiting = []
    this.#waitingBytes = 0
    const stream = this.#stream
    this.#detach()
    stream?.close().catch((error: Error) => stream.abort(error))
  }

  #detach(): void {
    this.#stream = undefined
    this.#connection = undefined
    if (this.#state !== 'closed') this.#state = 'idle'
  }

  async #open(): Promise<void> {
    this.#state = 'opening'
    try {
      const opened = await this.#hooks.open()
      if (this.#isClosed()) opened?.stream.abort(new Error('no longer needed'))
      else if (opened === undefined) this.close()
      else this.#use(opened.stream, opened.connection)
    } catch (error) {
      if (!this.#isClosed()) this.#hooks.broken(error)
    }
  }

  /** A method, because the state may change behind every `await`. */
  #isClosed(): boolean {
    return this.#state === 'closed'
  }

  #use(stream: Stream, connection: Connection): void {
    this.#stream = stream
    this.#connection = connection
    this.#state = 'open'
    stream.addEventListener('drain', () => this.#schedule())
    stream.addEventListener('idle', () => this.#hooks.changed())
    stream.addEventListener('message', () => this.#hooks.violated())
    stream.addEventListener('close', (event) => {
      if (this.#stream === stream) this.#hooks.broken(event.error)
    })
    this.#schedule()
  }

  /** Messages pushed in one turn leave together. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    const stream = this.#stream
    if (stream === undefined) return
    try {
      while (this.#waiting.length > 0 && !stream.writableNeedsDrain && this.#stream === stream) {
        this.#sendBatch(stream, this.#nextBatch())
      }
    } catch (error) {
      if (this.#stream === stream) this.#hooks.broken(error)
    }
    this.#hooks.changed()
  }

  /** A large message goes out as it is, behind its header: copying it would cost a tenth of the speed. */
  #sendBatch(stream: Stream, batch: readonly OutboundMessage[]): void {
    const [first] = batch
    if (batch.length === 1 && first!.length >= LARGE_BYTES) sendLarge(stream, first!)
    else {
      stream.send(encodeFrames(batch.map(joined)))
      for (const { sent } of batch) sent?.()
    }
  }

  #nextBatch(): readonly OutboundMessage[] {
    let count = 0
    let bytes = 0
    while (count < this.#waiting.length && (count === 0 || bytes < SEND_BATCH_BYTES)) {
      bytes += this.#waiting[count++]!.length + FRAME_HEADER_BYTES
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }
}

/** What is small of it goes together, before the first large part and between them. */
function sendLarge(stream: Stream, { parts, length, sent }: OutboundMessage): void {
  const large = parts.filter((part) => part.length >= LARGE_BYTES)
  if (sent && large.length === 1) lend(large[0]!, sent)
  let small = [uint32ToBytes(length)]
  for (const part of parts) {
    if (part.length < LARGE_BYTES) small.push(part)
    else {
      if (small.length > 0) stream.send(concatBytes(...small))
      small = []
      stream.send(part)
    }
  }
  if (small.some((part) => part.length > 0)) stream.send(concatBytes(...small))
}

function joined({ parts }: OutboundMessage): Uint8Array {
  return parts.length === 1 ? parts[0]! : concatBytes(...parts)
}
