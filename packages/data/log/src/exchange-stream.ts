/**
 * An exchange over a byte stream: any duplex stream of Node (a socket, a TLS socket, a pipe) fits as it is.
 *
 * What is said in one turn goes out as one write. A stream that is full stops answers, not what is asked: both sides may be sending.
 */

import { encodeFrames, FrameBuffer, uint32ToBytes } from '@hamlet/core'
import type { ExchangeLine, ExchangePeer } from './exchange-peer.ts'
import type { LogExchange } from './log-exchange.ts'

/** What is needed of a stream; Node's `Duplex` has it. */
export interface ByteDuplex extends AsyncIterable<Uint8Array> {
  /** `false`: taken, but wait for `drain`. */
  write(bytes: Uint8Array): boolean
  cork(): void
  uncork(): void
  on(event: 'drain' | 'close' | 'error', listener: (error?: unknown) => void): unknown
  destroy(): unknown
}

/** Resolves when the stream has ended. `name`: of the peer, for reports. */
export async function exchangeOver(
  exchange: LogExchange,
  stream: ByteDuplex,
  name: string,
): Promise<void> {
  const line = new StreamLine(stream, name)
  const peer = exchange.connect(line)
  stream.on('drain', () => peer.drained())
  stream.on('close', () => peer.closed())
  stream.on('error', () => peer.closed())
  try {
    await receiveAll(stream, peer)
  } catch {
    // A connection that breaks is an ending like any other.
  } finally {
    peer.closed()
    stream.destroy()
  }
}

async function receiveAll(stream: ByteDuplex, peer: ExchangePeer): Promise<void> {
  const frames = new FrameBuffer()
  for await (const chunk of stream) {
    const failure = frames.push(chunk, (frame) => peer.receive(frame))
    if (failure) {
      peer.refuse({ code: 'LOG_MALFORMED', message: `a frame of ${failure.length} bytes` })
      return
    }
  }
}

class StreamLine implements ExchangeLine {
  readonly name: string
  readonly #stream: ByteDuplex
  #frames: Uint8Array[] = []
  #hasRoom = true

  constructor(stream: ByteDuplex, name: string) {
    this.#stream = stream
    this.name = name
    stream.on('drain', () => {
      this.#hasRoom = true
    })
  }

  send(frame: Uint8Array): boolean {
    this.#frames.push(frame)
    if (this.#frames.length === 1) void Promise.resolve().then(() => this.#flush())
    return this.#hasRoom
  }

  close(): void {
    this.#flush()
    this.#stream.destroy()
  }

  #flush(): void {
    if (this.#frames.length === 0) return
    const frames = this.#frames
    this.#frames = []
    // Small messages are joined; large ones are not copied once more for their four bytes of length.
    this.#stream.cork()
    let small: Uint8Array[] = []
    const writeSmall = (): void => {
      if (small.length > 0) this.#hasRoom = this.#stream.write(encodeFrames(small))
      small = []
    }
    for (const frame of frames) {
      if (frame.length < LARGE_FRAME_BYTES) {
        small.push(frame)
        continue
      }
      writeSmall()
      this.#stream.write(uint32ToBytes(frame.length))
      this.#hasRoom = this.#stream.write(frame)
    }
    writeSmall()
    this.#stream.uncork()
  }
}

const LARGE_FRAME_BYTES = 16 * 1024
