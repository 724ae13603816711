/**
 * A libp2p message stream over a native `TLSSocket` that sits directly on the TCP socket of a connection.
 *
 * The idea: libp2p's own TLS module feeds the cipher through a JavaScript duplex; here the cipher reads and writes the
 * socket inside Node, and JavaScript sees plaintext only. The parts of one write (a muxer's 12-byte header and its
 * payload) are corked into one TLS record and one system call. Gathering the 16 KiB chunks TLS hands out into fewer,
 * larger reads was tried and lost a tenth of the speed.
 *
 * Invariants:
 * 1. Every plaintext byte is delivered once and in order.
 * 2. However the socket ends, the underlying connection ends with it, once.
 */

import { AbstractMessageStream } from '@libp2p/utils'
import { TimeoutError } from '@libp2p/interface'
import { loanOf } from './loans.ts'
import { lendSocketReads } from './socket-reads.ts'
import type { TLSSocket } from 'node:tls'
import type { AbortOptions, MessageStream } from '@libp2p/interface'

type SendResult = ReturnType<AbstractMessageStream['sendData']>
type ByteList = Parameters<AbstractMessageStream['sendData']>[0]

export class TlsMessageStream extends AbstractMessageStream {
  readonly #connection: MessageStream
  readonly #socket: TLSSocket

  constructor(connection: MessageStream, socket: TLSSocket) {
    super({
      log: connection.log,
      inactivityTimeout: connection.inactivityTimeout,
      maxReadBufferLength: connection.maxReadBufferLength,
      direction: connection.direction,
    })
    this.#connection = connection
    this.#socket = socket
    this.#listen()
  }

  #listen(): void {
    const fail = (error: Error): void => this.#connection.abort(error)
    this.#socket
      .on('data', (chunk: Uint8Array) => this.onData(chunk))
      .on('drain', () => this.safeDispatchEvent('drain'))
      .on('error', fail)
      .on('_tlsError', fail)
      .on('timeout', () => fail(new TimeoutError('the connection stayed silent for too long')))
    this.#connection.addEventListener('close', (event) => {
      this.#socket.destroy()
      if (event.error === undefined) this.onTransportClosed()
      else if (event.local === true) this.abort(event.error)
      else this.onRemoteReset()
    })
  }

  override sendData(data: ByteList): SendResult {
    let sentBytes = 0
    let canSendMore = true
    this.#socket.cork()
    for (const part of data) {
      sentBytes += part.byteLength
      canSendMore = this.#socket.write(part, whenLeft(part))
    }
    this.#socket.uncork()
    return { sentBytes, canSendMore }
  }

  /** From now on `take` gets what comes, in memory that is used again when it returns. Whether it is so. */
  lendReads(take: (bytes: Uint8Array) => void): boolean {
    return lendSocketReads(this.#socket, take)
  }

  override sendReset(error: Error): void {
    this.#socket.destroy()
    this.#connection.abort(error)
  }

  override sendPause(): void {
    this.#socket.pause()
  }

  override sendResume(): void {
    this.#socket.resume()
  }

  override async close(options?: AbortOptions): Promise<void> {
    await this.#connection.close(options)
  }
}

/** What a socket calls back when it is done with memory that somebody lent. */
function whenLeft(part: Uint8Array): ((error?: Error | null) => void) | undefined {
  const loan = loanOf(part)
  if (loan === undefined) return undefined
  return (error) => {
    if (!error) loan.left(part.byteLength)
  }
}
