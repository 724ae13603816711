/**
 * A libp2p stream as Hamlet's `RawStream`: promises to write, an async iterable to read, memory bounded both ways.
 *
 * Invariant: at most `RAW_READ_AHEAD_BYTES` and one window wait for a slow consumer; then the sender is held back.
 */

import { RAW_READ_AHEAD_BYTES } from '../limits.ts'
import { NetworkError } from '../errors.ts'
import { watchRemoteEnd } from './remote-end.ts'
import type { Stream } from '@libp2p/interface'
import type { RawStream } from '../types.ts'

export class Libp2pRawStream implements RawStream {
  readonly peer: string
  readonly protocol: string
  readonly #stream: Stream
  readonly #chunks: Uint8Array[] = []
  #bufferedBytes = 0
  #ended = false
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(peer: string, stream: Stream) {
    this.peer = peer
    this.protocol = stream.protocol
    this.#stream = stream
    stream.addEventListener('message', (event) => this.#receive(event.data))
    const remote = watchRemoteEnd(stream)
    const onEnd = (): void => this.#finish(remote.isGraceful ? undefined : new Error('cut off'))
    stream.addEventListener('end', onEnd)
    stream.addEventListener('close', (event) => this.#finish(event.error ?? new Error('cut off')))
    if (stream.readableEnded) onEnd()
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      if (!this.#stream.send(bytes)) await this.#drained()
    } catch (cause) {
      throw closed(cause)
    }
  }

  async end(): Promise<void> {
    try {
      await this.#stream.close()
    } catch (cause) {
      throw closed(cause)
    }
  }

  abort(reason: string): void {
    this.#stream.abort(new Error(reason))
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) {
        this.#bufferedBytes -= chunk.length
        this.#resume()
        yield chunk
      } else if (this.#ended) {
        if (this.#failure !== undefined) throw closed(this.#failure)
        return
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    }
  }

  /** libp2p's own `onDrain` waits for the first time only: its promise stays resolved for all later ones. */
  #drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#stream.writableNeedsDrain) return resolve()
      const settle = (): void => {
        this.#stream.removeEventListener('drain', settle)
        this.#stream.removeEventListener('close', settle)
        if (this.#stream.writeStatus === 'closed') reject(new Error('cut off'))
        else resolve()
      }
      this.#stream.addEventListener('drain', settle)
      this.#stream.addEventListener('close', settle)
    })
  }

  #receive(data: Uint8Array | { subarray(): Uint8Array }): void {
    const chunk = data instanceof Uint8Array ? data : data.subarray()
    this.#chunks.push(chunk)
    this.#bufferedBytes += chunk.length
    if (this.#bufferedBytes >= RAW_READ_AHEAD_BYTES && this.#stream.readStatus === 'readable') {
      this.#stream.pause()
    }
    this.#notify()
  }

  #resume(): void {
    if (this.#bufferedBytes >= RAW_READ_AHEAD_BYTES) return
    if (this.#stream.readStatus === 'paused') this.#stream.resume()
  }

  #finish(error: Error | undefined): void {
    if (this.#ended) return
    this.#ended = true
    this.#failure = error
    this.#notify()
  }

  #notify(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}

function closed(cause: unknown): NetworkError {
  return new NetworkError('NETWORK_STREAM_CLOSED', 'the stream was closed', { cause })
}
