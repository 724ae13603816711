/** What a network is asked for and what it answers with, apart from any transport. */

import type { Cancel, Clock, Crypto, Disk, Kv, Logger, Metrics, Net, Random } from '@hamlet/core'
import type { Ban } from './ban-book.ts'
import type { AddressList } from './dht-record.ts'

/** Where a network keeps what it must not lose with an index: a whole file at a time, durable when written. */
export type NetworkFiles = Pick<Disk, 'readAll' | 'write'>

export interface NetworkOptions {
  /** 32 bytes: the Ed25519 seed of the device; its public key is the device id and the libp2p PeerId. */
  readonly deviceSeed: Uint8Array
  /** Message protocols to accept and to send, for example `/hamlet/sync/1.0.0`. */
  readonly protocols: readonly string[]
  /** Those of them whose handlers are done with a message when they return: its memory is used again then. @default none */
  readonly lentProtocols?: readonly string[]
  readonly crypto: Crypto
  readonly random: Random
  readonly clock: Clock
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** Keeps remembered addresses and ports, each in a file; without it they live as long as the process. */
  readonly files?: NetworkFiles
  /** Keeps bans; without it they live as long as the process. */
  readonly storage?: Kv
  /** Multiaddrs; port 0 means the port used last time, if it is free, else any. @default {@link DEFAULT_LISTEN} */
  readonly listen?: readonly string[]
  /** Peers to join the DHT through: multiaddrs with /p2p/. */
  readonly bootstrap?: readonly string[]
  /** Relays to be reachable through: multiaddrs with /p2p/. */
  readonly relays?: readonly string[]
  /** Relay for others. @default false */
  readonly relay?: boolean
  /** Announce to and find on the local network. @default true */
  readonly mdns?: boolean
  /** `auto`: a server as a relay, or once a public address is known, else a client. @default 'auto' */
  readonly dht?: 'auto' | 'client' | 'server' | false
  /** Publish this device's addresses under its public key. @default false: it tells everybody where the device is. */
  readonly announceSelf?: boolean
  /**
   * Whether private and loopback addresses are dialed: when learned from the person, the local network or a proven
   * connection, or from anybody (tests and development). @default 'learned'
   */
  readonly allowPrivate?: 'learned' | 'always'
}

/** A connected peer, for a status page. */
export interface PeerStatus {
  readonly device: string
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly encryption: string
  readonly relayed: boolean
  /** Wall clock of the moment the connection was opened. */
  readonly sinceMs: number
  /** Round trip time of the last ping. */
  readonly rttMs?: number
  /** Connections open to this peer; the others are spare. */
  readonly connections: number
  /** Speaks a message protocol of ours: it is a peer of `net`. */
  readonly up: boolean
}

/** A byte stream to a peer. Bytes arrive in order; message boundaries do not survive. */
export interface RawStream extends AsyncIterable<Uint8Array> {
  readonly peer: string
  readonly protocol: string
  /** Resolves when the stream can take more. @throws NetworkError `NETWORK_STREAM_CLOSED` */
  write(bytes: Uint8Array): Promise<void>
  /** Ends our half once everything written is out; the other half stays readable. */
  end(): Promise<void>
  /** Ends both halves at once, throwing away what is under way. */
  abort(reason: string): void
}

export interface Announcement {
  /** Resolves with the number of DHT nodes that took it, once any did; with 0 when stopped before. Never rejects. */
  readonly published: Promise<number>
  stop(): void
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

export interface Network extends AsyncDisposable {
  /** This device's id. */
  readonly self: string
  readonly net: Net
  /**
   * Connects to a device id by any known way, or to multiaddrs of one device given by the person (all with /p2p/).
   * Resolves with its device id. @throws NetworkError `NETWORK_UNREACHABLE`, `NETWORK_WRONG_PEER`, `NETWORK_BAD_ADDRESS`
   */
  dial(target: string | readonly string[], options?: CallOptions): Promise<string>
  /** The devices to stay connected to, replacing those named before. */
  want(devices: Iterable<string>): void
  /** Ways to this device, the best to share first, loopback last; each with /p2p/. */
  addresses(): readonly string[]
  /** Addresses at which another device was reached or said to listen, newest first; each with /p2p/. */
  addressesOf(device: string): readonly string[]
  peers(): readonly PeerStatus[]
  /** The public address block a connected device comes from: IPv4 /24, IPv6 /48; `undefined` behind a relay or at home. */
  originOf(device: string): string | undefined
  /** Devices that are refused now. */
  bans(): readonly Ban[]
  /** Lets a refused device in again and forgets its offences; `false` when there were none. */
  unban(device: string): boolean
  /** Announces this device to everybody who knows the 32-byte secret, until stopped. */
  announce(secret: Uint8Array): Announcement
  /** Devices announced under the secret today or yesterday; what is found is also used when they are dialed. */
  lookup(secret: Uint8Array, options?: CallOptions): AsyncIterable<AddressList>
  /** Tells the DHT that this device holds what the key stands for, until stopped. Anybody who knows the key can ask who does. */
  provide(key: Uint8Array): Announcement
  /** Devices that say they hold what the key stands for, each once; proven is nothing. */
  providers(key: Uint8Array, options?: CallOptions): AsyncIterable<string>
  /** A stream to whoever holds the key (32 bytes), however it can be found. */
  connect(
    publicKey: Uint8Array,
    options?: CallOptions & { readonly protocol?: string },
  ): Promise<RawStream>
  /** Accepts raw streams of a protocol. */
  handle(protocol: string, handler: (stream: RawStream) => void): Promise<Cancel>
  close(): Promise<void>
}

export const DEFAULT_LISTEN: readonly string[] = [
  '/ip4/0.0.0.0/tcp/0',
  '/ip6/::/tcp/0',
  '/ip4/0.0.0.0/tcp/0/ws',
]

/** The protocol of `connect` when none is named. */
export const CONNECT_PROTOCOL = '/hamlet/connect/1.0.0'
