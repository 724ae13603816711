/**
 * The `Net` port over libp2p: ordered messages between authenticated peers.
 *
 * The idea: per peer a small record: an outbound channel and an inbound queue for each protocol, made when first needed
 * and thrown away together when the peer goes down. Whatever may have lost a message (a stream that broke off, also when
 * another connection lives on) ends all connections to the peer, so that both ends see it go down, and start their
 * conversation afresh when it is back.
 *
 * Invariants:
 * 1. `peerUp`, then messages in order, then `peerDown`; never a message of a peer that is down.
 * 2. The bytes queued for one peer are bounded by `SEND_QUEUE_BYTES_MAX`, whatever the sender and the reader do.
 * 3. Of several connections to a peer both ends prefer the same one: direct before relayed, then the one dialed by the
 *    smaller device id, then the younger. The end that dialed a spare one closes it once it carries nothing.
 */

import {
  assert,
  FRAME_BYTES_MAX,
  type Cancel,
  type Clock,
  type Logger,
  type Metrics,
} from '@hamlet/core'
import type { Net, NetHandler } from '@hamlet/core'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import {
  MESSAGE_STREAMS_MAX,
  SEND_QUEUE_BYTES_MAX,
  SEND_QUEUE_HIGH_BYTES,
  SEND_QUEUE_LOW_BYTES,
  VIOLATION_BAN_MS,
} from '../limits.ts'
import { InboundQueue } from './inbound-queue.ts'
import { OutboundChannel } from './outbound-channel.ts'
import { deviceToPeerId, peerIdToDevice } from './peer-ids.ts'

/** When spare connections are looked at, after one appeared: often enough that both ends have finished moving. */
const SETTLE_MS = 500
const SETTLE_ROUNDS_MAX = 8
/** Opening a stream on a live connection is one round trip. */
const OPEN_STREAM_MS_MAX = 10_000

export interface MessageNetOptions {
  readonly libp2p: Libp2p
  readonly self: string
  readonly protocols: readonly string[]
  readonly lentProtocols: readonly string[]
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly ban: (device: string, banMs: number, reason: string) => void
}

interface Peer {
  readonly device: string
  readonly outbound: Map<string, OutboundChannel>
  readonly inbound: Map<string, InboundQueue>
  blocked: boolean
  settling: Cancel | undefined
}

export class MessageNet implements Net {
  readonly self: string
  readonly #options: MessageNetOptions
  readonly #protocols: ReadonlySet<string>
  readonly #handlers = new Set<NetHandler>()
  readonly #peers = new Map<string, Peer>()
  #closed = false

  constructor(options: MessageNetOptions) {
    this.self = options.self
    this.#options = options
    this.#protocols = new Set(options.protocols)
  }

  /** Starts listening for peers and their streams. */
  async start(): Promise<void> {
    const { libp2p } = this.#options
    libp2p.addEventListener('peer:identify', ({ detail }) => {
      if (detail.protocols.some((protocol) => this.#protocols.has(protocol))) {
        this.#connected(detail.connection)
      }
    })
    libp2p.addEventListener('peer:disconnect', ({ detail }) => {
      const device = peerIdToDevice(detail)
      if (device !== undefined) this.#down(device)
    })
    for (const protocol of this.#protocols) {
      await libp2p.handle(protocol, (stream, connection) => this.#accept(stream, connection), {
        maxInboundStreams: MESSAGE_STREAMS_MAX,
        runOnLimitedConnection: true,
      })
    }
  }

  close(): void {
    this.#closed = true
    for (const device of this.#peers.keys()) this.#down(device)
    this.#handlers.clear()
  }

  subscribe(handler: NetHandler): Cancel {
    this.#handlers.add(handler)
    return () => void this.#handlers.delete(handler)
  }

  peers(): readonly string[] {
    return [...this.#peers.keys()]
  }

  isUp(device: string): boolean {
    return this.#peers.has(device)
  }

  send(device: string, protocol: string, bytes: Uint8Array): boolean {
    return this.sendParts(device, protocol, [bytes])
  }

  sendParts(
    device: string,
    protocol: string,
    parts: readonly Uint8Array[],
    sent?: () => void,
  ): boolean {
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    assert(length <= FRAME_BYTES_MAX, `a message has at most ${FRAME_BYTES_MAX} bytes`)
    assert(this.#protocols.has(protocol), `the protocol ${protocol} was not declared`)
    const peer = this.#peers.get(device)
    if (peer === undefined) return true
    this.#outbound(peer, protocol).push({ parts, length, sent })
    this.#options.metrics.count('network_bytes_sent', length)
    const queuedBytes = this.#queuedBytes(peer)
    if (queuedBytes <= SEND_QUEUE_HIGH_BYTES) return true
    peer.blocked = true
    if (queuedBytes > SEND_QUEUE_BYTES_MAX) {
      // Dropping the peer from inside `send` would surprise the sender.
      queueMicrotask(() => this.#lost(peer, 'it reads too slowly'))
    }
    return false
  }

  disconnect(device: string, reason: string, banMs = 0): void {
    this.#options.logger.info('disconnecting', { device, reason, banMs })
    if (banMs > 0) this.#options.ban(device, banMs, reason)
    this.#down(device)
    for (const connection of this.#connections(device)) {
      if (banMs > 0) connection.abort(new Error(reason))
      else connection.close().catch((error: Error) => connection.abort(error))
    }
  }

  #connected(connection: Connection): void {
    const device = peerIdToDevice(connection.remotePeer)
    if (device === undefined || this.#closed || connection.status !== 'open') return
    const peer = this.#up(device)
    if (this.#connections(device).length > 1) this.#settleSoon(peer, 0)
  }

  #up(device: string): Peer {
    const known = this.#peers.get(device)
    if (known !== undefined) return known
    const maps = { outbound: new Map(), inbound: new Map() }
    const peer: Peer = { device, ...maps, blocked: false, settling: undefined }
    this.#peers.set(device, peer)
    this.#options.metrics.gauge('network_peers_up', this.#peers.size)
    for (const handler of this.#handlers) handler.peerUp(device)
    return peer
  }

  #down(device: string): void {
    const peer = this.#peers.get(device)
    if (peer === undefined) return
    this.#peers.delete(device)
    peer.settling?.()
    for (const channel of peer.outbound.values()) channel.close()
    for (const queue of peer.inbound.values()) queue.close()
    this.#options.metrics.gauge('network_peers_up', this.#peers.size)
    for (const handler of this.#handlers) handler.peerDown(device)
  }

  /** Messages may be missing: both ends must notice. */
  #lost(peer: Peer, reason: string): void {
    if (this.#peers.get(peer.device) !== peer) return
    this.#down(peer.device)
    for (const connection of this.#connections(peer.device)) connection.abort(new Error(reason))
  }

  /** The peer came back over a new connection before we noticed that the old one was dead. */
  #superseded(peer: Peer, old: Connection): void {
    if (this.#peers.get(peer.device) !== peer) return
    const waiting = [...peer.inbound.values()].flatMap((queue) => queue.takeWaiting())
    this.#down(peer.device)
    old.abort(new Error('superseded by a newer connection'))
    for (const { stream, connection } of waiting) this.#accept(stream, connection)
  }

  #violated(peer: Peer, reason: string): void {
    this.#options.metrics.count('network_violations')
    if (this.#peers.get(peer.device) === peer) {
      this.disconnect(peer.device, reason, VIOLATION_BAN_MS)
    }
  }

  #accept(stream: Stream, connection: Connection): void {
    const device = peerIdToDevice(connection.remotePeer)
    if (device === undefined || this.#closed) return stream.abort(new Error('refused'))
    const peer = this.#up(device)
    let queue = peer.inbound.get(stream.protocol)
    if (queue === undefined) {
      queue = this.#inbound(peer, stream.protocol)
      peer.inbound.set(stream.protocol, queue)
    }
    queue.accept(stream, connection)
  }

  #inbound(peer: Peer, protocol: string): InboundQueue {
    const { clock, lentProtocols } = this.#options
    const isLent = lentProtocols.includes(protocol)
    return new InboundQueue(clock, isLent, {
      message: (bytes) => {
        this.#options.metrics.count('network_bytes_received', bytes.length)
        for (const handler of this.#handlers) handler.message(peer.device, protocol, bytes)
      },
      violated: (reason) => this.#violated(peer, reason),
      broken: () => this.#lost(peer, 'a stream broke off'),
      superseded: (connection) => this.#superseded(peer, connection),
    })
  }

  #outbound(peer: Peer, protocol: string): OutboundChannel {
    const known = peer.outbound.get(protocol)
    if (known !== undefined) return known
    const channel = new OutboundChannel({
      open: () => this.#openStream(peer, protocol),
      changed: () => this.#changed(peer),
      broken: (error) => {
        this.#options.logger.debug('stream lost', { device: peer.device, error: String(error) })
        this.#lost(peer, 'a stream broke off')
      },
      violated: () => this.#violated(peer, 'data on a stream of ours'),
    })
    peer.outbound.set(protocol, channel)
    return channel
  }

  async #openStream(
    peer: Peer,
    protocol: string,
  ): Promise<{ stream: Stream; connection: Connection } | undefined> {
    const connection = this.#connections(peer.device)[0]
    if (connection === undefined) throw new Error('no connection is left')
    try {
      const signal = AbortSignal.timeout(OPEN_STREAM_MS_MAX)
      const stream = await connection.newStream(protocol, { runOnLimitedConnection: true, signal })
      return { stream, connection }
    } catch (error) {
      if ((error as Error).name === 'UnsupportedProtocolError') return undefined
      throw error
    }
  }

  #changed(peer: Peer): void {
    if (!peer.blocked || this.#queuedBytes(peer) >= SEND_QUEUE_LOW_BYTES) return
    peer.blocked = false
    if (this.#peers.get(peer.device) !== peer) return
    for (const handler of this.#handlers) handler.drain(peer.device)
  }

  #queuedBytes(peer: Peer): number {
    let bytes = 0
    for (const channel of peer.outbound.values()) bytes += channel.queuedBytes
    return bytes
  }

  /** Open connections to a device, the preferred one first. */
  #connections(device: string): readonly Connection[] {
    const open = this.#options.libp2p
      .getConnections(deviceToPeerId(device))
      .filter(({ status }) => status === 'open')
    return open.sort((a, b) => this.#rank(a) - this.#rank(b) || b.timeline.open - a.timeline.open)
  }

  #rank(connection: Connection): number {
    const remote = peerIdToDevice(connection.remotePeer) ?? ''
    const dialedBySmaller = (connection.direction === 'outbound') === this.self < remote
    return (connection.limits === undefined ? 0 : 2) + (dialedBySmaller ? 0 : 1)
  }

  #settleSoon(peer: Peer, round: number): void {
    if (round >= SETTLE_ROUNDS_MAX) return
    peer.settling?.()
    peer.settling = this.#options.clock.after(SETTLE_MS, () => {
      peer.settling = undefined
      if (this.#peers.get(peer.device) === peer) this.#settle(peer, round)
    })
  }

  #settle(peer: Peer, round: number): void {
    const [preferred, ...spare] = this.#connections(peer.device)
    if (preferred === undefined || spare.length === 0) return
    for (const channel of peer.outbound.values()) {
      if (channel.connection !== undefined && channel.connection !== preferred) channel.move()
    }
    for (const connection of spare) {
      if (connection.direction !== 'outbound' || connection.streams.length > 0) continue
      connection.close().catch((error: Error) => connection.abort(error))
    }
    this.#settleSoon(peer, round + 1)
  }
}
