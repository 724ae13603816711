/**
 * A server whose address is its key: whoever knows the public half reaches it, wherever it is.
 *
 * Life of a connection: the caller's handshake proves its key → `validate` judges it → the caller is told → `onConnection`.
 *
 * Invariants: `onConnection` is never called with a key that was not proven and let in; a caller that is refused, or a handler
 * that throws, ends that stream alone.
 */

import { bytesToHex, hexToBytes, silentLogger } from '@hamlet/core'
import type { Logger } from '@hamlet/core'
import { NetworkError } from '../errors.ts'
import {
  namesCrypto,
  REFUSAL_BYTE,
  startNamedNode,
  STREAM_PROTOCOL,
  WELCOME_BYTE,
} from './names.ts'
import type { NameOptions } from './names.ts'
import { SecureStream } from './secure-stream.ts'
import type { Announcement, Network, PeerStatus, RawStream } from '../types.ts'

export interface ServerOptions extends NameOptions {
  /** 32 bytes: the Ed25519 seed whose public key is the server's name. */
  readonly seed: Uint8Array
  readonly onConnection: (stream: SecureStream, remotePublicKey: Uint8Array) => unknown
  /** Whether to talk to the holder of a key. @default to everybody */
  readonly validate?: (remotePublicKey: Uint8Array) => boolean | Promise<boolean>
  /** Relays to be reachable through: multiaddrs with /p2p/. @default the bootstrap peers, if they relay */
  readonly relays?: readonly string[]
  /** Relay for others. @default false */
  readonly relay?: boolean
  /** @default 'auto': others find their ways through this server once it has a public address */
  readonly dht?: 'auto' | 'client' | 'server'
  /** Publish where the server is under its key. @default true: without it only given addresses and the local network lead there */
  readonly announces?: boolean
}

export interface NamedServer extends AsyncDisposable {
  /** 32 bytes; what `connect` takes. */
  readonly publicKey: Uint8Array
  /** Streams that are open. */
  readonly streams: ReadonlySet<SecureStream>
  /** Resolves when the server listens. @throws NetworkError `NETWORK_PORT_TAKEN`, `NETWORK_LISTEN_FAILED`, `NETWORK_BAD_ADDRESS` */
  listen(): Promise<void>
  /** Ways to the server, the best to share first; each with /p2p/. Relays come in later. */
  addresses(): readonly string[]
  /** Peers connected for whatever reason: callers, bootstrap peers, relays. */
  peers(): readonly PeerStatus[]
  /** Also found by everybody who knows the 32-byte secret, until stopped. */
  announce(secret: Uint8Array): Announcement
  /** Found by everybody who looks for a holder of what the key stands for, until stopped. The server need not be its author. */
  provide(key: Uint8Array): Announcement
  close(): Promise<void>
}

export function createServer(options: ServerOptions): NamedServer {
  return new Server(options)
}

class Server implements NamedServer {
  readonly publicKey: Uint8Array
  readonly streams = new Set<SecureStream>()
  readonly #options: ServerOptions
  readonly #logger: Logger
  #network: Promise<Network> | undefined
  #listening: Network | undefined
  #isClosed = false

  constructor(options: ServerOptions) {
    this.#options = options
    this.#logger = (options.logger ?? silentLogger).forComponent('server')
    this.publicKey = namesCrypto.signer(options.seed).publicKey
  }

  async listen(): Promise<void> {
    if (this.#isClosed) throw new NetworkError('NETWORK_CLOSED', 'the server has been closed')
    this.#network ??= this.#start()
    this.#listening = await this.#network
  }

  addresses(): readonly string[] {
    return this.#listening?.addresses() ?? []
  }

  peers(): readonly PeerStatus[] {
    return this.#listening?.peers() ?? []
  }

  announce(secret: Uint8Array): Announcement {
    if (this.#listening) return this.#listening.announce(secret)
    throw new NetworkError('NETWORK_CLOSED', 'the server does not listen')
  }

  provide(key: Uint8Array): Announcement {
    if (this.#listening) return this.#listening.provide(key)
    throw new NetworkError('NETWORK_CLOSED', 'the server does not listen')
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const stream of this.streams) stream.destroy()
    const network = await this.#network?.catch(() => undefined)
    await network?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #start(): Promise<Network> {
    const { seed, relay, relays, bootstrap = [], dht = 'auto', announces = true } = this.#options
    const network = await startNamedNode(this.#options, {
      deviceSeed: seed,
      dht,
      announceSelf: announces,
      relays: relays ?? bootstrap,
      ...(relay !== undefined && { relay }),
    })
    const { protocol = STREAM_PROTOCOL } = this.#options
    await network.handle(protocol, (raw) => void this.#receive(raw))
    return network
  }

  async #receive(raw: RawStream): Promise<void> {
    const publicKey = hexToBytes(raw.peer)
    try {
      const isWelcome = (await this.#options.validate?.(publicKey)) ?? true
      if (this.#isClosed) raw.abort('closed')
      else if (isWelcome) await this.#welcome(raw, publicKey)
      else await refuse(raw)
    } catch (error) {
      this.#logger.warn('a caller was sent away', { peer: raw.peer, reason: String(error) })
      raw.abort('failed')
    }
  }

  async #welcome(raw: RawStream, publicKey: Uint8Array): Promise<void> {
    await raw.write(Uint8Array.of(WELCOME_BYTE))
    const stream = new SecureStream(raw, raw[Symbol.asyncIterator](), new Uint8Array(0))
    this.streams.add(stream)
    stream.on('close', () => this.streams.delete(stream))
    try {
      await this.#options.onConnection(stream, publicKey)
    } catch (error) {
      const peer = bytesToHex(publicKey)
      this.#logger.warn('a stream was not served to its end', { peer, reason: String(error) })
      stream.destroy()
    }
  }
}

async function refuse(raw: RawStream): Promise<void> {
  await raw.write(Uint8Array.of(REFUSAL_BYTE))
  await raw.end()
}
