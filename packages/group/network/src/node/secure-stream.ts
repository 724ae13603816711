/**
 * A stream to the holder of a key, as Node's own streams are: read by `for await` or `pipe`, written with back-pressure
 * both ways, ended by halves. It fits wherever a socket does.
 *
 * The idea: a `Duplex` over a `RawStream`, whose connection is encrypted and whose other end has proven its key.
 *
 * Invariants:
 * 1. Nothing is read from the peer while nobody here takes what came before; a write is done when the stream has room.
 * 2. A stream that was cut off ends with `NETWORK_STREAM_CLOSED`, never as if the peer had ended it. Nobody has to listen for
 *    the error: it is no reason to end the process.
 */

import { Duplex } from 'node:stream'
import { hexToBytes } from '@hamlet/core'
import { STREAM_BUFFER_BYTES } from '../limits.ts'
import { NetworkError } from '../errors.ts'
import type { RawStream } from '../types.ts'

type Done = (error?: Error | null) => void

export class SecureStream extends Duplex {
  /** Of whoever is at the other end, 32 bytes: an Ed25519 key, proven. */
  readonly remotePublicKey: Uint8Array
  readonly #raw: RawStream
  readonly #chunks: AsyncIterator<Uint8Array>
  #bytesRead = 0
  #bytesWritten = 0
  #isReading = false

  /** `first`: what was read of the chunks already. */
  constructor(raw: RawStream, chunks: AsyncIterator<Uint8Array>, first: Uint8Array) {
    super({
      readableHighWaterMark: STREAM_BUFFER_BYTES,
      writableHighWaterMark: STREAM_BUFFER_BYTES,
      decodeStrings: true,
    })
    this.#raw = raw
    this.#chunks = chunks
    this.remotePublicKey = hexToBytes(raw.peer)
    this.on('error', () => undefined)
    if (first.length > 0) this.#push(first)
  }

  /** Bytes of the peer that were taken off the line so far. */
  get bytesRead(): number {
    return this.#bytesRead
  }

  /** Bytes handed to the line so far. */
  get bytesWritten(): number {
    return this.#bytesWritten
  }

  override _read(): void {
    if (this.#isReading) return
    this.#isReading = true
    void this.#readMore()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.#bytesWritten += chunk.length
    this.#raw.write(chunk).then(() => done(), done)
  }

  override _writev(chunks: readonly { readonly chunk: Uint8Array }[], done: Done): void {
    const bytes = chunks.length === 1 ? chunks[0]!.chunk : Buffer.concat(chunks.map(chunkOf))
    this._write(bytes, 'binary', done)
  }

  override _final(done: Done): void {
    this.#raw.end().then(() => done(), done)
  }

  override _destroy(error: Error | null, done: Done): void {
    const isOver = this.readableEnded && this.writableFinished
    if (!isOver) this.#raw.abort(error === null ? 'the stream was destroyed' : error.message)
    done(error)
  }

  async #readMore(): Promise<void> {
    try {
      for (;;) {
        const next = await this.#chunks.next()
        if (this.destroyed) return
        if (next.done === true) {
          this.push(null)
          return
        }
        if (!this.#push(next.value)) break
      }
      this.#isReading = false
    } catch (cause) {
      this.destroy(asClosed(cause))
    }
  }

  /** `false` when nobody takes more for now. */
  #push(bytes: Uint8Array): boolean {
    this.#bytesRead += bytes.length
    return this.push(bytes)
  }
}

function chunkOf({ chunk }: { readonly chunk: Uint8Array }): Uint8Array {
  return chunk
}

function asClosed(cause: unknown): NetworkError {
  if (cause instanceof NetworkError) return cause
  return new NetworkError('NETWORK_STREAM_CLOSED', 'the stream was closed', { cause })
}
