/**
 * The receiving half of one message protocol from one peer: its streams, read strictly one after the other.
 *
 * The idea: a peer sends on one stream at a time, but may move to a better connection. It ends the old stream before it
 * writes on the new one, and since streams on two connections can overtake each other, the new one waits, paused, until
 * the old one has been read to its end. Should that never come (the old connection is dead and nobody noticed yet), the
 * peer counts as restarted after two seconds, and the new stream as its first.
 *
 * Invariants:
 * 1. Messages are handed on in the order they were sent.
 * 2. Held in memory: one incomplete frame of the active stream, and of each waiting one what its window allows.
 */

import { FrameBuffer, FrameDecoder } from '@hamlet/core'
import { MESSAGE_STREAMS_MAX, PREDECESSOR_MS_MAX } from '../limits.ts'
import { watchRemoteEnd } from './remote-end.ts'
import { takeLent } from './yamux-reads.ts'
import type { Cancel, Clock, FrameTooLong } from '@hamlet/core'
import type { Connection, Stream } from '@libp2p/interface'

export interface InboundHooks {
  message(bytes: Uint8Array): void
  /** The peer broke the protocol. */
  violated(reason: string): void
  /** The active stream broke off: messages may be missing. */
  broken(): void
  /** A newer stream waits, and the active one does not end: its connection is most likely dead. */
  superseded(connection: Connection): void
}

export interface Inbound {
  readonly stream: Stream
  readonly connection: Connection
}

export class InboundQueue {
  readonly #hooks: InboundHooks
  readonly #clock: Clock
  readonly #isLent: boolean
  #active: Inbound | undefined
  #waiting: Inbound[] = []
  #patience: Cancel | undefined
  #closed = false

  /** `isLent`: the memory of a message is used again when it was handed on. */
  constructor(clock: Clock, isLent: boolean, hooks: InboundHooks) {
    this.#hooks = hooks
    this.#clock = clock
    this.#isLent = isLent
  }

  accept(stream: Stream, connection: Connection): void {
    if (this.#closed) return stream.abort(new Error('the peer is down'))
    if (this.#active === undefined) return this.#read({ stream, connection })
    if (this.#waiting.length >= MESSAGE_STREAMS_MAX) return this.#hooks.violated('too many streams')
    stream.pause()
    this.#waiting.push({ stream, connection })
    this.#patience ??= this.#clock.after(PREDECESSOR_MS_MAX, () => {
      this.#patience = undefined
      if (this.#active !== undefined) this.#hooks.superseded(this.#active.connection)
    })
  }

  /** The streams that wait, which are the caller's from now on. */
  takeWaiting(): readonly Inbound[] {
    return this.#waiting.splice(0)
  }

  close(): void {
    this.#closed = true
    this.#patience?.()
    const streams = [this.#active, ...this.#waiting]
    this.#active = undefined
    this.#waiting = []
    for (const inbound of streams) inbound?.stream.abort(new Error('the peer is down'))
  }

  #read(inbound: Inbound): void {
    const { stream } = inbound
    const decoder = this.#isLent ? new FrameBuffer() : new FrameDecoder()
    const remote = watchRemoteEnd(stream)
    const finish = (): void => {
      const isComplete = remote.isGraceful && stream.readableEnded && decoder.bufferedBytes === 0
      this.#finish(inbound, isComplete)
    }
    this.#active = inbound
    stream.addEventListener('message', (event) => {
      if (this.#active === inbound) this.#decode(decoder, event.data)
    })
    if (this.#isLent) {
      takeLent(stream, (bytes) => {
        if (this.#active === inbound) this.#decode(decoder, bytes)
      })
    }
    stream.addEventListener('end', finish)
    stream.addEventListener('close', finish)
    if (stream.readStatus === 'paused') stream.resume()
    if (stream.readableEnded || stream.status !== 'open') finish()
  }

  #decode(decoder: FrameBuffer | FrameDecoder, data: Uint8Array | Iterable<Uint8Array>): void {
    for (const chunk of data instanceof Uint8Array ? [data] : data) {
      const failure =
        decoder instanceof FrameBuffer
          ? decoder.push(chunk, this.#take)
          : this.#decodeCopies(decoder, chunk)
      if (failure !== undefined) {
        return this.#hooks.violated(`a frame of ${failure.length} bytes`)
      }
    }
  }

  #decodeCopies(decoder: FrameDecoder, chunk: Uint8Array): FrameTooLong | undefined {
    const decoded = decoder.push(chunk)
    if (!decoded.ok) return decoded.error
    decoded.value.forEach(this.#take)
    return undefined
  }

  readonly #take = (message: Uint8Array): void => {
    if (!this.#closed) this.#hooks.message(message)
  }

  #finish(inbound: Inbound, isComplete: boolean): void {
    if (this.#active !== inbound) return
    const { stream } = inbound
    this.#active = undefined
    if (!isComplete) return this.#hooks.broken()
    stream.close().catch((error: Error) => stream.abort(error))
    this.#patience?.()
    this.#patience = undefined
    const next = this.#waiting.shift()
    if (next !== undefined) this.#read(next)
  }
}
