/**
 * An exchange over a byte stream: any duplex stream of Node (a socket, a TLS socket, a pipe) fits as it is.
 *
 * What is said in one turn goes out as one write, but large answers at once: so the stream says that it is full before the next one
 * is made. A stream that is full stops answers, not what is asked: both sides may be sending.
 *
 * Memory that is used again spares large blocks most of their cost. What comes can be read into a {@link StreamReads}; what goes can
 * be read from the disk into the same memory each time if the stream is done with it when a write has called back (`isSocket`).
 */

import { FrameBuffer, uint32ToBytes } from '@hamlet/core'
import type { ExchangeLine, ExchangePeer } from './exchange-peer.ts'
import { isLargePart, PartWriter } from './part-writer.ts'

/** What is needed of a stream; Node's `Duplex` has it. */
export interface ByteDuplex extends AsyncIterable<Uint8Array> {
  /** `false`: taken, but wait for `drain`. */
  write(bytes: Uint8Array, written?: (error?: unknown) => void): boolean
  cork(): void
  uncork(): void
  on(event: 'drain' | 'close' | 'end' | 'error', listener: (error?: unknown) => void): unknown
  resume(): unknown
  destroy(): unknown
}

export interface StreamOptions {
  /** A socket of `node:net` or `node:tls`, which has no use for bytes any more once their write has called back. */
  readonly isSocket?: boolean
  /** Those whose `onread` the socket was made with. */
  readonly reads?: StreamReads
}

/**
 * Memory that a socket is read into, again and again: without it, Node makes new memory for each 64 KiB. Of `node:net` and
 * `node:tls`, for the side that connects:
 *
 *     const reads = new StreamReads()
 *     const socket = connect({ port, host, onread: reads.onread })
 *     exchangeOver(exchange, socket, name, { isSocket: true, reads })
 */
export class StreamReads {
  readonly #frames = new FrameBuffer()
  #take: (() => boolean) | undefined

  /** For one socket. */
  readonly onread = {
    buffer: (): Uint8Array => this.#frames.room(),
    callback: (count: number): boolean => {
      this.#frames.received(count)
      // Until somebody takes it, reading stops.
      return this.#take?.() ?? false
    },
  }

  /** From now on calls back with each frame, also with those that are here; `ended` when there is no use in more of them. */
  start(onFrame: (frame: Uint8Array) => void, ended: (lengthWrong?: number) => void): void {
    this.#take = () => {
      try {
        const failure = this.#frames.take(onFrame)
        if (failure) ended(failure.length)
        return failure === undefined
      } catch {
        ended()
        return false
      }
    }
    this.#take()
  }
}

/** What a stream brings frames to; a `LogExchange`, or what stands before one. */
export interface FrameExchange {
  connect(line: ExchangeLine): FrameReceiver
}

export type FrameReceiver = Pick<ExchangePeer, 'receive' | 'drained' | 'closed' | 'refuse'>

/** Resolves when the stream has ended. `name`: of the peer, for reports. */
export async function exchangeOver(
  exchange: FrameExchange,
  stream: ByteDuplex,
  name: string,
  { isSocket = false, reads }: StreamOptions = {},
): Promise<void> {
  const line = new StreamLine(stream, name, isSocket)
  const peer = exchange.connect(line)
  stream.on('drain', () => peer.drained())
  stream.on('close', () => peer.closed())
  stream.on('error', () => peer.closed())
  try {
    if (reads) await receiveFrom(reads, stream, peer)
    else await receiveAll(stream, peer)
  } catch {
    // A connection that breaks is an ending like any other.
  } finally {
    peer.closed()
    stream.destroy()
  }
}

async function receiveAll(stream: ByteDuplex, peer: FrameReceiver): Promise<void> {
  const frames = new FrameBuffer()
  for await (const chunk of stream) {
    const failure = frames.push(chunk, (frame) => peer.receive(frame))
    if (failure) return refuseFrame(peer, failure.length)
  }
}

function receiveFrom(reads: StreamReads, stream: ByteDuplex, peer: FrameReceiver): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['end', 'close', 'error'] as const) stream.on(event, () => resolve())
    reads.start(
      (frame) => peer.receive(frame),
      (lengthWrong) => {
        if (lengthWrong !== undefined) refuseFrame(peer, lengthWrong)
        resolve()
      },
    )
    stream.resume()
  })
}

function refuseFrame(peer: FrameReceiver, length: number): void {
  peer.refuse({ code: 'LOG_MALFORMED', message: `a frame of ${length} bytes` })
}

class StreamLine implements ExchangeLine {
  readonly name: string
  readonly #stream: ByteDuplex
  readonly #memory: AnswerMemory | undefined
  #frames: (readonly Uint8Array[])[] = []
  #waitingBytes = 0
  #hasRoom = true

  constructor(stream: ByteDuplex, name: string, isSocket: boolean) {
    this.#stream = stream
    this.name = name
    this.#memory = isSocket ? new AnswerMemory() : undefined
    stream.on('drain', () => {
      this.#hasRoom = true
    })
  }

  send(frame: Uint8Array): boolean {
    return this.sendParts([frame])
  }

  sendParts(parts: readonly Uint8Array[]): boolean {
    this.#frames.push(parts)
    for (const { length } of parts) this.#waitingBytes += length
    const isLent = this.#memory?.holds(parts) ?? false
    if (isLent || this.#waitingBytes >= FLUSH_BYTES) this.#flush()
    else if (this.#frames.length === 1) void Promise.resolve().then(() => this.#flush())
    return this.#hasRoom
  }

  answerMemory(): Uint8Array | undefined {
    return this.#memory?.lend()
  }

  close(): void {
    this.#flush()
    this.#stream.destroy()
  }

  #flush(): void {
    if (this.#frames.length === 0) return
    const frames = this.#frames
    this.#frames = []
    this.#waitingBytes = 0
    const parts = partsOf(frames)
    const written = this.#memory?.holds(parts) ? this.#memory.take() : undefined
    if (parts.length > 1) this.#stream.cork()
    for (const part of parts.slice(0, -1)) this.#stream.write(part)
    this.#hasRoom = this.#stream.write(parts.at(-1)!, written)
    if (parts.length > 1) this.#stream.uncork()
  }
}

/** The frames with their lengths: small messages are joined, large ones are not copied. */
function partsOf(frames: readonly (readonly Uint8Array[])[]): readonly Uint8Array[] {
  const smallBytes = frames.flat().reduce((sum, part) => sum + smallBytesOf(part), 0)
  const writer = new PartWriter(new Uint8Array(smallBytes + frames.length * LENGTH_BYTES))
  for (const parts of frames) {
    writer.copy(uint32ToBytes(parts.reduce((sum, part) => sum + part.length, 0)))
    for (const part of parts) {
      if (isLargePart(part)) writer.refer(part)
      else writer.copy(part)
    }
  }
  return writer.finish()
}

function smallBytesOf(part: Uint8Array): number {
  return isLargePart(part) ? 0 : part.length
}

/** Memory that answers are read into, one after the other. */
class AnswerMemory {
  #lent: Uint8Array | undefined

  /** The same until it is taken. */
  lend(): Uint8Array {
    this.#lent ??= spares.pop() ?? new Uint8Array(ANSWER_MEMORY_BYTES)
    return this.#lent
  }

  holds(parts: readonly Uint8Array[]): boolean {
    return parts.some(({ buffer }) => buffer === this.#lent?.buffer)
  }

  /** To be called when what lies in it is written. */
  take(): (error?: unknown) => void {
    const lent = this.#lent!
    this.#lent = undefined
    return (error) => {
      if (!error && spares.length < SPARES_MAX) spares.push(lent)
    }
  }
}

/** Of all lines: each uses one at a time, or few. */
const spares: Uint8Array[] = []
const SPARES_MAX = 4
/** An answer of the size that is asked for by default, with the frames around its blocks. */
const ANSWER_MEMORY_BYTES = 320 * 1024
const FLUSH_BYTES = 16 * 1024
const LENGTH_BYTES = 4
