/**
 * The network of one device: libp2p with Hamlet's messages, discovery and limits on top.
 *
 * Life of a connection: somebody is wanted → their remembered, announced and discovered addresses pass the dial filter →
 * libp2p dials → TLS proves the key → identify says which protocols they speak and where they listen → what the filter
 * believes is remembered → `peerUp`. When the last connection is gone: `peerDown`, and another attempt soon.
 *
 * Invariants:
 * 1. A device id is only ever reported for a peer whose key the handshake has proven.
 * 2. The DHT is a hint: nothing waits for it except a dial that has no other way left.
 * 3. After `close` no timer, socket or file of this network keeps the process alive, and `close` takes no longer than
 *    `CLOSE_MS_MAX` and a write to the disk, whatever became of the peers.
 */

import {
  isId,
  silentLogger,
  silentMetrics,
  bytesToHex,
  type Cancel,
  type Logger,
} from '@hamlet/core'
import { multiaddr } from '@multiformats/multiaddr'
import type { Connection, IdentifyResult, PeerInfo } from '@libp2p/interface'
import type { Ping } from '@libp2p/ping'
import { AddressBook } from '../address-book.ts'
import { BanBook } from '../ban-book.ts'
import type { Ban } from '../ban-book.ts'
import {
  addressBlock,
  compareForDialing,
  compareForSharing,
  isBelievable,
  isNear,
  judgeAddress,
} from '../address-filter.ts'
import { NetworkError } from '../errors.ts'
import {
  ADDRESSES_PER_PEER_MAX,
  ADDRESSES_SETTLE_MS,
  CLOSE_MS_MAX,
  LAN_NEIGHBOURS_MAX,
  RAW_STREAMS_MAX,
} from '../limits.ts'
import { loadPorts, portsInUse, savePorts, withPorts } from '../sticky-ports.ts'
import { CONNECT_PROTOCOL, DEFAULT_LISTEN } from '../types.ts'
import type {
  Announcement,
  CallOptions,
  Network,
  NetworkOptions,
  PeerStatus,
  RawStream,
} from '../types.ts'
import type { AddressList } from '../dht-record.ts'
import { dialAddresses } from './dial-addresses.ts'
import { asDialError, asListenError } from './failures.ts'
import { Gater } from './gater.ts'
import { Hints } from './hints.ts'
import { createLibp2pNode, type Libp2pNode } from './libp2p-node.ts'
import { MessageNet } from './message-net.ts'
import { addressDevice, deviceToPeerId, peerIdToDevice, stripDevice } from './peer-ids.ts'
import { Libp2pRawStream } from './raw-stream.ts'
import { Rendezvous } from './rendezvous.ts'
import { WantedPeers } from './wanted-peers.ts'

/** What was learned is on the disk so soon, and written again at most so often. */
const SAVE_SOON_MS = 50
const SAVE_INTERVAL_MS = 1000
/** A neighbour of the local network that could not be joined is left alone for this long. */
const NEIGHBOUR_PAUSE_MS = 600_000
const NEIGHBOURS_TRIED_MAX = 256

/** Starts a network; it listens when the promise resolves. @throws NetworkError `NETWORK_PORT_TAKEN`, `NETWORK_LISTEN_FAILED`, `NETWORK_BAD_ADDRESS` */
export async function createNetwork(options: NetworkOptions): Promise<Network> {
  const book = await AddressBook.open(options.clock, options.files)
  const listen = options.listen ?? DEFAULT_LISTEN
  for (const address of [...listen, ...(options.bootstrap ?? []), ...(options.relays ?? [])]) {
    parseAddress(address)
  }
  const bans = await BanBook.open(options.clock, options.storage)
  const ports = await loadPorts(options.files)
  const network = new Libp2pNetwork(options, book, bans)
  const circuit = (options.relays ?? []).length > 0 ? ['/p2p-circuit'] : []
  await network.start([...withPorts(listen, ports), ...circuit], [...listen, ...circuit])
  const text = network.addresses()
  await savePorts(options.files, portsInUse(listen, text))
  return network
}

class Libp2pNetwork implements Network {
  readonly self: string
  readonly #options: NetworkOptions
  readonly #logger: Logger
  readonly #book: AddressBook
  readonly #bans: BanBook
  readonly #gater: Gater
  readonly #wanted: WantedPeers
  readonly #hints = new Hints()
  readonly #rtts = new WeakMap<Connection, number>()
  readonly #neighbours = new Map<string, number>()
  /** Every connection that is open: libp2p forgets those that become one while it stops. */
  readonly #open = new Set<Connection>()
  #libp2p!: Libp2pNode
  #net!: MessageNet
  #rendezvous: Rendezvous | undefined
  #saveTimer: Cancel | undefined
  #settleTimer: Cancel | undefined
  #announced = ''
  #saving: Promise<void> = Promise.resolve()
  #savedAtMs = Number.NEGATIVE_INFINITY
  #closing: Promise<void> | undefined
  #isStopped = false

  constructor(options: NetworkOptions, book: AddressBook, bans: BanBook) {
    this.#options = options
    this.#book = book
    this.#bans = bans
    this.#logger = (options.logger ?? silentLogger).forComponent('network')
    this.self = bytesToHex(options.crypto.signer(options.deviceSeed).publicKey)
    this.#wanted = new WantedPeers({
      self: this.self,
      clock: options.clock,
      random: options.random,
      isConnected: (device) => this.#connections(device).length > 0,
      dial: (device, signal) => this.dial(device, { signal }),
    })
    this.#gater = new Gater({
      logger: this.#logger,
      book,
      bans,
      allowPrivate: options.allowPrivate ?? 'learned',
      isWanted: (device) => this.#wanted.has(device),
      connections: () => this.#libp2p.getConnections(),
    })
    for (const address of [...(options.bootstrap ?? []), ...(options.relays ?? [])]) {
      this.#gater.trust(address)
    }
  }

  get net(): MessageNet {
    return this.#net
  }

  /** Starts on the remembered ports, or, when one of them is taken, on any. */
  async start(listen: readonly string[], fallback: readonly string[]): Promise<void> {
    try {
      await this.#startNode(listen)
    } catch (cause) {
      const error = asListenError(cause)
      if (error.code !== 'NETWORK_PORT_TAKEN' || listen.join() === fallback.join()) throw error
      this.#logger.warn('a port of last time is taken, listening on another', error.fields)
      await this.#startNode(fallback).catch((again: unknown) => {
        throw asListenError(again)
      })
    }
  }

  async #startNode(listen: readonly string[]): Promise<void> {
    const { deviceSeed, crypto, clock, relay, relays, bootstrap, mdns, dht } = this.#options
    this.#libp2p = await createLibp2pNode({
      deviceSeed,
      crypto,
      clock,
      random: this.#options.random,
      listen,
      ...(relay !== undefined && { relay }),
      ...(relays !== undefined && { relays }),
      ...(bootstrap !== undefined && { bootstrap }),
      ...(mdns !== undefined && { mdns }),
      ...(dht !== undefined && { dht }),
      gater: this.#gater,
      onLanPeer: (peer, isThisMachine) => this.#onLanPeer(peer, isThisMachine),
    })
    this.#net = new MessageNet({
      libp2p: this.#libp2p,
      self: this.self,
      protocols: this.#options.protocols,
      lentProtocols: this.#options.lentProtocols ?? [],
      clock,
      logger: this.#logger,
      metrics: this.#options.metrics ?? silentMetrics,
      ban: (device, banMs, reason) => {
        this.#bans.ban(device, banMs, reason, this.#wanted.has(device))
        this.#saveSoon()
      },
    })
    this.#libp2p.addEventListener('peer:identify', ({ detail }) => this.#onIdentify(detail))
    this.#libp2p.addEventListener('connection:open', ({ detail }) => this.#opened(detail))
    this.#libp2p.addEventListener('connection:close', ({ detail }) => {
      this.#open.delete(detail)
    })
    this.#libp2p.addEventListener('self:peer:update', () => this.#addressesMayChange())
    this.#libp2p.addEventListener('peer:disconnect', ({ detail }) => {
      const device = peerIdToDevice(detail)
      if (device !== undefined) this.#wanted.lost(device)
    })
    await this.#net.start()
    await this.#libp2p.start()
    this.#startRendezvous()
  }

  #startRendezvous(): void {
    const { dht } = this.#libp2p.services
    if (dht === undefined) return
    const { crypto, random, clock, deviceSeed } = this.#options
    this.#rendezvous = new Rendezvous({
      dht,
      crypto,
      random,
      clock,
      self: this.self,
      logger: this.#logger,
      deviceSigner: crypto.signer(deviceSeed),
      addresses: () => this.#announcedAddresses(),
    })
    this.#announced = this.#announcedAddresses().join()
    if (this.#options.announceSelf === true) this.#rendezvous.announceSelf()
  }

  /** A relay that was found, or another network: what was announced leads nowhere now, or not everywhere. */
  #addressesMayChange(): void {
    if (this.#rendezvous === undefined || this.#closing !== undefined) return
    this.#settleTimer ??= this.#options.clock.after(ADDRESSES_SETTLE_MS, () => {
      this.#settleTimer = undefined
      const addresses = this.#announcedAddresses().join()
      if (addresses === this.#announced) return
      this.#announced = addresses
      this.#rendezvous?.refresh()
    })
  }

  async dial(target: string | readonly string[], options: CallOptions = {}): Promise<string> {
    this.#assertOpen()
    const device = typeof target === 'string' && isId(target) ? target : this.#learn(target)
    if (device === this.self) {
      throw new NetworkError('NETWORK_BAD_ADDRESS', 'this is our own device id')
    }
    await this.#connection(device, options.signal)
    return device
  }

  want(devices: Iterable<string>): void {
    this.#assertOpen()
    this.#wanted.set(devices)
  }

  addresses(): readonly string[] {
    const texts = this.#libp2p.getMultiaddrs().map(String)
    return [...new Set(texts)].sort(compareForSharing)
  }

  addressesOf(device: string): readonly string[] {
    const peerId = deviceToPeerId(device).toString()
    return this.#book.addresses(device).map((address) => `${address}/p2p/${peerId}`)
  }

  peers(): readonly PeerStatus[] {
    const best = new Map<string, PeerStatus>()
    for (const connection of this.#libp2p.getConnections()) {
      const device = peerIdToDevice(connection.remotePeer)
      if (device === undefined || connection.status !== 'open') continue
      const known = best.get(device)
      if (known === undefined || known.relayed) best.set(device, this.#status(device, connection))
    }
    return [...best.values()]
  }

  originOf(device: string): string | undefined {
    const blocks = this.#connections(device).map(({ remoteAddr }) =>
      addressBlock(remoteAddr.toString()),
    )
    return blocks.find((block) => block !== undefined)
  }

  bans(): readonly Ban[] {
    return this.#bans.list()
  }

  unban(device: string): boolean {
    const lifted = this.#bans.lift(device)
    if (lifted) this.#saveSoon()
    return lifted
  }

  announce(secret: Uint8Array): Announcement {
    this.#assertOpen()
    return (
      this.#rendezvous?.announce(secret) ?? { published: Promise.resolve(0), stop: () => undefined }
    )
  }

  async *lookup(secret: Uint8Array, options: CallOptions = {}): AsyncGenerator<AddressList> {
    this.#assertOpen()
    if (this.#rendezvous === undefined) return
    for await (const list of this.#rendezvous.lookup(secret, options.signal)) {
      this.#hints.add(list.device, list.addresses)
      this.#wanted.hurry(list.device)
      yield list
    }
  }

  provide(key: Uint8Array): Announcement {
    this.#assertOpen()
    return (
      this.#rendezvous?.provide(key) ?? { published: Promise.resolve(0), stop: () => undefined }
    )
  }

  async *providers(key: Uint8Array, options: CallOptions = {}): AsyncGenerator<string> {
    this.#assertOpen()
    if (this.#rendezvous === undefined) return
    for await (const { device, addresses } of this.#rendezvous.providers(key, options.signal)) {
      this.#hints.add(device, addresses.map(stripDevice).slice(0, ADDRESSES_PER_PEER_MAX))
      yield device
    }
  }

  async connect(
    publicKey: Uint8Array,
    options: CallOptions & { readonly protocol?: string } = {},
  ): Promise<RawStream> {
    this.#assertOpen()
    const device = bytesToHex(publicKey)
    const protocol = options.protocol ?? CONNECT_PROTOCOL
    const connection = await this.#connection(device, options.signal)
    try {
      const stream = await connection.newStream(protocol, {
        runOnLimitedConnection: true,
        ...(options.signal && { signal: options.signal }),
      })
      return new Libp2pRawStream(device, stream)
    } catch (cause) {
      if ((cause as Error).name !== 'UnsupportedProtocolError') throw asDialError(cause, device)
      const message = `the peer does not speak ${protocol}`
      throw new NetworkError('NETWORK_PROTOCOL_UNSUPPORTED', message, { cause })
    }
  }

  async handle(protocol: string, handler: (stream: RawStream) => void): Promise<Cancel> {
    this.#assertOpen()
    const options = { maxInboundStreams: RAW_STREAMS_MAX, runOnLimitedConnection: true }
    await this.#libp2p.handle(
      protocol,
      (stream, connection) => {
        const device = peerIdToDevice(connection.remotePeer)
        if (device === undefined) stream.abort(new Error('refused'))
        else handler(new Libp2pRawStream(device, stream))
      },
      options,
    )
    return () => void this.#libp2p.unhandle(protocol).catch(() => undefined)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    this.#wanted.close()
    this.#rendezvous?.close()
    this.#saveTimer?.()
    this.#settleTimer?.()
    this.#net.close()
    await this.#save()
    await this.#stop()
    this.#isStopped = true
    for (const connection of this.#open) connection.abort(new Error('the network is closed'))
  }

  /** Says goodbye to whoever still hears it. */
  async #stop(): Promise<void> {
    const patience = Promise.withResolvers<void>()
    const cancel = this.#options.clock.after(CLOSE_MS_MAX, () => {
      this.#logger.warn('the network did not stop in time', { connections: this.#open.size })
      patience.resolve()
    })
    const stopped = Promise.resolve(this.#libp2p.stop()).catch((error: unknown) => {
      this.#logger.warn('the network did not stop as it should', { error: String(error) })
    })
    await Promise.race([stopped, patience.promise])
    cancel()
  }

  #opened(connection: Connection): void {
    if (this.#isStopped) connection.abort(new Error('the network is closed'))
    else this.#open.add(connection)
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return
    throw new NetworkError('NETWORK_CLOSED', 'the network has been closed')
  }

  /** Addresses given by the person: trusted, and kept as hints. Returns the device they all name. */
  #learn(target: string | readonly string[]): string {
    const addresses = typeof target === 'string' ? [target] : target
    const devices = new Set(addresses.map((address) => addressDevice(parseAddress(address))))
    const [device] = devices
    if (devices.size !== 1 || device === undefined) {
      const message = 'expected addresses of one device, each ending in /p2p/ and its peer id'
      throw new NetworkError('NETWORK_BAD_ADDRESS', message)
    }
    for (const address of addresses) this.#gater.trust(address)
    this.#hints.add(device, addresses.map(stripDevice))
    return device
  }

  /** An open connection to a device: the present one, a dialed one, at last one found through the DHT. */
  async #connection(device: string, signal: AbortSignal | undefined): Promise<Connection> {
    const present = this.#connections(device)[0]
    if (present !== undefined) return present
    try {
      return await this.#dialKnown(device, signal)
    } catch (error) {
      signal?.throwIfAborted()
      const found = await this.#rendezvous?.lookupPeer(device, signal)
      if (found === undefined) throw error
      this.#hints.add(device, found.addresses)
      return await this.#dialKnown(device, signal)
    }
  }

  async #dialKnown(device: string, signal: AbortSignal | undefined): Promise<Connection> {
    const known = [...this.#book.addresses(device), ...this.#hints.get(device)]
    const peerId = deviceToPeerId(device)
    try {
      const addresses = dialAddresses(known, peerId)
      const target = addresses.length > 0 ? [...addresses] : peerId
      return await this.#libp2p.dial(target, signal === undefined ? {} : { signal })
    } catch (cause) {
      const error = asDialError(cause, device)
      this.#logger.debug('dial failed', { device, code: error.code, cause: String(cause) })
      throw error
    }
  }

  /** The direct ones first. */
  #connections(device: string): readonly Connection[] {
    const connections = this.#libp2p.getConnections(deviceToPeerId(device))
    const open = connections.filter(({ status }) => status === 'open')
    return open.sort((a, b) => Number(isRelayed(a)) - Number(isRelayed(b)))
  }

  #onIdentify({ connection, protocols, listenAddrs }: IdentifyResult): void {
    const device = peerIdToDevice(connection.remotePeer)
    if (device === undefined || this.#closing !== undefined) return
    this.#measure(connection)
    if (!protocols.some((protocol) => this.#options.protocols.includes(protocol))) return
    const remote = stripDevice(connection.remoteAddr.toString())
    const believed = listenAddrs
      .map((address) => stripDevice(address.toString()))
      .filter((address) => isBelievable(address, remote))
      .sort(compareForDialing)
      .slice(0, ADDRESSES_PER_PEER_MAX - 1)
    for (const address of believed.toReversed()) this.#book.remember(device, address)
    if (connection.direction === 'outbound') this.#book.remember(device, remote)
    this.#saveSoon()
  }

  #measure(connection: Connection): void {
    const service = (this.#libp2p.services as { readonly ping: Ping }).ping
    service
      .ping(connection.remotePeer)
      .then((rttMs) => this.#rtts.set(connection, rttMs))
      .catch(() => undefined)
  }

  #saveSoon(): void {
    const { clock } = this.#options
    const sinceMs = clock.monotonic() - this.#savedAtMs
    const delayMs = Math.max(SAVE_SOON_MS, SAVE_INTERVAL_MS - sinceMs)
    this.#saveTimer ??= clock.after(delayMs, () => {
      this.#saveTimer = undefined
      this.#savedAtMs = clock.monotonic()
      void this.#save()
    })
  }

  /** One after the other, so that an older state never takes the place of a newer one. */
  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#saveBooks())
    return this.#saving
  }

  async #saveBooks(): Promise<void> {
    try {
      await this.#book.save()
      await this.#bans.save()
    } catch (error) {
      this.#logger.warn('addresses and bans were not saved', { error: String(error) })
    }
  }

  #onLanPeer({ id, multiaddrs }: PeerInfo, isThisMachine: boolean): void {
    const device = peerIdToDevice(id)
    if (device === undefined || device === this.self || this.#closing !== undefined) return
    const near = multiaddrs
      .map((address) => stripDevice(address.toString()))
      .filter((address) => isNear(address, isThisMachine))
    for (const address of near) this.#gater.trust(address)
    this.#hints.add(device, near)
    if (this.#wanted.has(device)) this.#wanted.hurry(device)
    else if (near.some((address) => isNear(address, false)) && this.#wantsNeighbour(device)) {
      this.dial(device).catch(() => undefined)
    }
  }

  /** A few strangers of the local network are joined, because the DHT must start somewhere. */
  #wantsNeighbour(device: string): boolean {
    if (this.#options.dht === false || this.#connections(device).length > 0) return false
    if (this.#libp2p.getPeers().length >= LAN_NEIGHBOURS_MAX) return false
    const nowMs = this.#options.clock.monotonic()
    const triedMs = this.#neighbours.get(device)
    if (triedMs !== undefined && nowMs - triedMs < NEIGHBOUR_PAUSE_MS) return false
    this.#neighbours.delete(device)
    this.#neighbours.set(device, nowMs)
    for (const oldest of this.#neighbours.keys()) {
      if (this.#neighbours.size <= NEIGHBOURS_TRIED_MAX) break
      this.#neighbours.delete(oldest)
    }
    return true
  }

  #announcedAddresses(): readonly string[] {
    const hidden = this.#options.allowPrivate === 'always' ? [] : ['loopback', 'link-local']
    return this.addresses()
      .map(stripDevice)
      .filter((address) => !hidden.includes(judgeAddress(address)?.scope ?? 'never'))
      .slice(0, ADDRESSES_PER_PEER_MAX)
  }

  #status(device: string, connection: Connection): PeerStatus {
    const rttMs = connection.rtt ?? this.#rtts.get(connection)
    return {
      device,
      address: connection.remoteAddr.toString(),
      direction: connection.direction,
      encryption: connection.encryption ?? 'none',
      relayed: isRelayed(connection),
      sinceMs: connection.timeline.open,
      ...(rttMs !== undefined && { rttMs }),
      connections: this.#connections(device).length,
      up: this.#net.isUp(device),
    }
  }
}

function isRelayed({ limits, direct }: Connection): boolean {
  return limits !== undefined || !direct
}

/** The address itself. @throws NetworkError `NETWORK_BAD_ADDRESS` */
function parseAddress(address: string): string {
  try {
    return multiaddr(address).toString()
  } catch (cause) {
    const fields = { address: address.slice(0, 200) }
    throw new NetworkError('NETWORK_BAD_ADDRESS', 'not a multiaddr', { cause, fields })
  }
}
