/**
 * The connection encrypter for libp2p's `/tls/1.0.0`, upgraded natively on the TCP socket.
 *
 * The idea: the protocol is the standard one (https://github.com/libp2p/specs/blob/master/tls/tls.md), so either side
 * may be any other libp2p; only where the cipher runs differs. libp2p's TLS module wraps the connection in a JavaScript
 * duplex; this one takes the `net.Socket` of the TCP transport and lets Node encrypt on it, which moves two to three
 * times the bytes (`bench/network.ts`). A connection without a bare socket (WebSocket, a relayed or a protected one)
 * goes through libp2p's module.
 *
 * How the socket changes hands: (1) pause it and take the transport's `data` and `drain` listeners away, so that no byte
 * is read by anybody; (2) put back what the transport had already buffered behind the protocol negotiation; (3) start
 * TLS on the socket. The transport keeps its `error`, `end` and `close` listeners and so still learns how it ended.
 *
 * Invariants:
 * 1. No early byte is lost: TLS reads whatever came behind the negotiation, the muxer whatever came behind the handshake.
 * 2. A connection is returned only after the certificate has been verified: self-signed, valid now, signed by the key
 *    behind the peer id, and by the expected peer when one was expected.
 * 3. A failed, aborted or overdue handshake destroys the socket and rejects, exactly once.
 * 4. From step (3) on the socket ends through TLS only.
 */

import { Socket } from 'node:net'
import { connect, createSecureContext, TLSSocket } from 'node:tls'
import { once } from 'node:events'
import { AbortError, InvalidCryptoExchangeError } from '@libp2p/interface'
import { PROTOCOL, tls } from '@libp2p/tls'
import { generateCertificate, verifyPeerCertificate } from '@libp2p/tls/utils'
import { TlsMessageStream } from './tls-message-stream.ts'
import type { SecureContext, TLSSocketOptions } from 'node:tls'
import type { TLSComponents } from '@libp2p/tls'
import type {
  AbortOptions,
  ConnectionEncrypter,
  MessageStream,
  SecureConnectionOptions,
  SecuredConnection,
  StreamMuxerFactory,
} from '@libp2p/interface'

/** ALPN name of a peer that negotiates its muxer after the handshake. */
const PLAIN_ALPN = 'libp2p'

/** Fits a few muxer frames, so that the writer does not stop after each one (`bench/network.ts`). */
const WATER_MARK = { highWaterMark: 512 * 1024 }

/** A connection of the TCP transport: the socket is there, and its ends go through `sendClose` and `sendReset`. */
interface SocketConnection extends MessageStream {
  readonly socket: Socket
  sendClose(options?: AbortOptions): Promise<void>
  sendReset(error: Error): void
}

export function nativeTls(): (components: TLSComponents) => ConnectionEncrypter {
  return (components) => new NativeTls(components)
}

class NativeTls implements ConnectionEncrypter {
  readonly protocol: string = PROTOCOL
  readonly #components: TLSComponents
  readonly #stock: ConnectionEncrypter
  #context: Promise<SecureContext> | undefined

  constructor(components: TLSComponents) {
    this.#components = components
    this.#stock = tls()(components)
  }

  async secureInbound(
    connection: MessageStream,
    options: SecureConnectionOptions = {},
  ): Promise<SecuredConnection> {
    if (!hasBareSocket(connection)) return this.#stock.secureInbound(connection, options)
    return this.#upgrade(connection, true, options)
  }

  async secureOutbound(
    connection: MessageStream,
    options: SecureConnectionOptions = {},
  ): Promise<SecuredConnection> {
    if (!hasBareSocket(connection)) return this.#stock.secureOutbound(connection, options)
    return this.#upgrade(connection, false, options)
  }

  async #upgrade(
    connection: SocketConnection,
    isServer: boolean,
    options: SecureConnectionOptions,
  ): Promise<SecuredConnection> {
    const muxers = this.#offeredMuxers(options)
    const tlsOptions = socketOptions(await this.#secureContext(), muxers, isServer)
    options.signal?.throwIfAborted()
    const socket = await takeSocket(connection)
    const secure = isServer
      ? new TLSSocket(socket, { ...tlsOptions, requestCert: true })
      : connect({ socket, ...tlsOptions })
    endThroughTls(connection, secure)
    try {
      await handshake(secure, options.signal)
      const remotePeer = await verifyPeerCertificate(peerCertificate(secure), options.remotePeer)
      options.signal?.throwIfAborted()
      const streamMuxer = negotiatedMuxer(secure, muxers)
      secure.setTimeout(connection.inactivityTimeout)
      const stream = new TlsMessageStream(connection, secure)
      return { remotePeer, connection: stream, ...(streamMuxer && { streamMuxer }) }
    } catch (error) {
      secure.destroy()
      connection.abort(error as Error)
      throw error
    }
  }

  #offeredMuxers(options: SecureConnectionOptions): ReadonlyMap<string, StreamMuxerFactory> {
    if (options.skipStreamMuxerNegotiation === true) return new Map()
    return this.#components.upgrader.getStreamMuxers()
  }

  /** One certificate for the life of the node: the specification allows it, and TLS 1.3 keys are ephemeral anyway. */
  #secureContext(): Promise<SecureContext> {
    this.#context ??= generateCertificate(this.#components.privateKey).then((certificate) =>
      createSecureContext({ ...certificate, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' }),
    )
    return this.#context
  }
}

function hasBareSocket(connection: MessageStream): connection is SocketConnection {
  const { socket, sendClose, sendReset } = connection as Partial<SocketConnection>
  if (!(socket instanceof Socket) || socket instanceof TLSSocket) return false
  return typeof sendClose === 'function' && typeof sendReset === 'function'
}

function socketOptions(
  secureContext: SecureContext,
  muxers: ReadonlyMap<string, StreamMuxerFactory>,
  isServer: boolean,
): TLSSocketOptions {
  return {
    secureContext,
    isServer,
    ...WATER_MARK,
    // Certificates are self-signed by design; `verifyPeerCertificate` judges them instead.
    rejectUnauthorized: false,
    ...(isServer
      ? { ALPNCallback: ({ protocols }) => chooseProtocol(protocols, muxers) }
      : { ALPNProtocols: [...muxers.keys(), PLAIN_ALPN] }),
  }
}

function chooseProtocol(
  offered: readonly string[],
  muxers: ReadonlyMap<string, StreamMuxerFactory>,
): string | undefined {
  return offered.find((name) => muxers.has(name)) ?? offered.find((name) => name === PLAIN_ALPN)
}

function negotiatedMuxer(
  secure: TLSSocket,
  muxers: ReadonlyMap<string, StreamMuxerFactory>,
): StreamMuxerFactory | undefined {
  const name = secure.alpnProtocol
  if (typeof name !== 'string' || name === PLAIN_ALPN) return undefined
  const muxer = muxers.get(name)
  if (muxer !== undefined) return muxer
  throw new InvalidCryptoExchangeError(`the remote chose the muxer ${name}, which was not offered`)
}

function peerCertificate(secure: TLSSocket): Uint8Array {
  const raw: unknown = secure.getPeerCertificate().raw
  if (raw instanceof Uint8Array) return raw
  throw new InvalidCryptoExchangeError('the remote presented no certificate')
}

/** Takes the socket away from the transport, with everything unread back in it. */
async function takeSocket(connection: SocketConnection): Promise<Socket> {
  const { socket } = connection
  socket.pause()
  socket.removeAllListeners('data')
  socket.removeAllListeners('drain')
  // From here the encrypted socket keeps the time; nothing touches this one's timer any more.
  socket.setTimeout(0)
  const early = await takeBuffered(connection)
  if (socket.destroyed) throw new InvalidCryptoExchangeError('the connection was closed')
  if (early !== undefined) socket.unshift(early)
  return socket
}

function takeBuffered(connection: MessageStream): Promise<Uint8Array | undefined> {
  if (connection.readBufferLength === 0) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    connection.addEventListener('message', (event) => resolve(event.data.subarray()), {
      once: true,
    })
  })
}

/** Resolves when both sides have finished; the caller destroys the socket on rejection. */
function handshake(secure: TLSSocket, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      secure.off('secure', onSecure).off('close', onClose).off('_tlsError', settle)
      signal?.removeEventListener('abort', onAbort)
      if (error === undefined) resolve()
      else reject(error)
    }
    const onSecure = (): void => settle()
    const onClose = (): void => settle(new InvalidCryptoExchangeError('closed while shaking hands'))
    const onAbort = (): void => settle(new AbortError('the handshake was aborted or timed out'))
    // An error may also come between the handshake and the first reader: it must always find a listener.
    secure.on('error', (error: Error) => settle(error))
    secure.on('secure', onSecure).on('close', onClose).on('_tlsError', settle)
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener('abort', onAbort)
  })
}

/**
 * Both ways of closing go through TLS. A graceful one lets it send what it still holds, which the transport would cut off.
 * An abrupt one must not reset the TCP handle while TLS sits on it: Node 24 crashes in `resetAndDestroy` there.
 */
function endThroughTls(connection: SocketConnection, secure: TLSSocket): void {
  connection.sendReset = () => void secure.destroy()
  connection.sendClose = async (options) => {
    if (secure.destroyed) return
    secure.destroySoon()
    await once(secure, 'close', options?.signal ? { signal: options.signal } : {})
  }
}
