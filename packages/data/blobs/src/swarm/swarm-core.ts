/**
 * The heart of an engine: blobs, lines and sources, and who hears of what. See swarm-engine.ts, which is its face.
 */

import { bytesToHex } from '@hamlet/core'
import type { Cancel, Clock, Crypto, Random } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import type { BlobServing, PartialBlob } from '../store/types.ts'
import { PeerExchange } from './peer-exchange.ts'
import { ReceiptBook } from './receipt-book.ts'
import { Requests } from './requests.ts'
import { Slots } from './slots.ts'
import { SWARM_BANNED_MAX, SWARM_BAN_MS, SWARM_SOURCES_MAX } from './swarm-limits.ts'
import { SWARM_PROTOCOL, SwarmLine } from './swarm-line.ts'
import type { LineOwner } from './swarm-line.ts'
import { SwarmCounting } from './swarm-counting.ts'
import type { CountingOwner } from './swarm-counting.ts'
import { SwarmLoading } from './swarm-loading.ts'
import type { LoadingOwner } from './swarm-loading.ts'
import type { SwarmFault } from './errors.ts'
import type { ChannelMessage, NamedPeer, ProofMessage } from './swarm-message.ts'
import { transferStatus } from './swarm-status.ts'
import { swarmTopic } from './swarm-topic.ts'
import { TokenBucket } from './token-bucket.ts'
import type {
  DownloadOptions,
  SwarmAccess,
  SwarmDownload,
  SwarmEvent,
  SwarmLimits,
  SwarmListener,
  SwarmNet,
  SwarmOptions,
  SwarmPorts,
  TransferStatus,
  WebSeed,
} from './swarm-types.ts'
import { Uploads } from './uploads.ts'
import { WebSource } from './web-source.ts'
import type { WebOwner } from './web-source.ts'
import { Swarm } from './swarm-state.ts'
import type { PeerLine, SwarmChannel } from './swarm-state.ts'

const TICK_MS = 500
const IDLE_MS = 30_000
const SILENT_PEERS_MAX = 1000

export class SwarmCore implements LineOwner, LoadingOwner, WebOwner, CountingOwner {
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly net: SwarmNet
  readonly book: ReceiptBook
  readonly counting: SwarmCounting
  readonly upBucket: TokenBucket
  readonly downBucket: TokenBucket
  readonly #ports: SwarmPorts
  readonly #requests: Requests
  readonly #uploads: Uploads
  readonly #slots: Slots
  readonly #exchange: PeerExchange
  readonly #swarms = new Map<string, Swarm>()
  readonly #lines = new Map<string, SwarmLine>()
  readonly #webSources = new Map<Swarm, WebSource[]>()
  readonly #bannedUntilMs = new Map<string, number>()
  /** Those that did not answer on an earlier line are tried with one chunk. */
  readonly #silent = new Set<string>()
  readonly #listeners = new Set<SwarmListener>()
  readonly #changed = new Set<Swarm>()
  readonly #unsubscribe: Cancel
  #tick: Cancel | undefined
  #isClosed = false

  constructor(ports: SwarmPorts, options: SwarmOptions = {}) {
    const { clock, random, crypto, net } = ports
    this.#ports = ports
    this.clock = clock
    this.random = random
    this.crypto = crypto
    this.net = net
    const nowMs = clock.monotonic()
    this.upBucket = new TokenBucket(options.uploadBytesPerSecond ?? Infinity, nowMs)
    this.downBucket = new TokenBucket(options.downloadBytesPerSecond ?? Infinity, nowMs)
    this.book = new ReceiptBook(options.accounts, clock, (error) => {
      ports.logger.warn('a receipt did not become durable', { reason: String(error) })
    })
    this.counting = new SwarmCounting(this, ports.logger)
    this.#requests = new Requests(this)
    this.#uploads = new Uploads(this)
    this.#slots = new Slots(this, this.#uploads, options.slots)
    this.#exchange = new PeerExchange(clock, options.addressesOf ?? (() => []))
    this.#unsubscribe = net.subscribe({
      peerUp: (peer) => this.#onPeerUp(peer),
      peerDown: (peer) => this.#onPeerDown(peer),
      drain: (peer) => this.#onDrain(peer),
      message: (peer, protocol, bytes) => {
        if (protocol === SWARM_PROTOCOL) this.#lineOf(peer)?.receive(bytes)
      },
    })
    for (const peer of net.peers()) this.#onPeerUp(peer)
  }

  /** Serves a blob to whoever may have it. */
  share(blob: BlobServing, access: SwarmAccess): Cancel {
    const topic = bytesToHex(swarmTopic(this.crypto, blob.id))
    const before = this.#swarms.get(topic)
    const swarm = before ?? this.#add(new Swarm(this.crypto, this.clock, blob, access))
    swarm.shares++
    const cancel = blob.onHeld((first, count) => {
      // What a download brings it tells by itself.
      if (swarm.loading) return
      for (let chunk = first; chunk < first + count; chunk++) swarm.gained(chunk)
    })
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      cancel()
      // A download may have taken its place.
      const now = this.#swarms.get(topic)
      if (!now) return
      now.shares--
      if (now.shares === 0 && !now.loading) this.#remove(now)
    }
  }

  /** Loads a blob, and serves what is here of it. A blob that was shared before is taken off its lines first. */
  download(blob: PartialBlob, access: SwarmAccess, options: DownloadOptions = {}): SwarmDownload {
    const topic = bytesToHex(swarmTopic(this.crypto, blob.id))
    const before = this.#swarms.get(topic)
    before?.loading?.stop()
    if (before) this.#remove(before)
    const swarm = this.#add(new Swarm(this.crypto, this.clock, blob, access))
    swarm.shares = before?.shares ?? 0
    for (const [peer, source] of before?.sources ?? []) swarm.sources.set(peer, source)
    const loading = new SwarmLoading(this, swarm, blob, options)
    swarm.loading = loading
    loading.begin()
    this.#openSources(swarm)
    return loading
  }

  /** Who is said to have a blob: a device, or a web seed. For a blob that is loading here; `false` when it is not, or was named before. */
  addSource(id: BlobId, source: string | WebSeed): boolean {
    const swarm = this.#swarms.get(bytesToHex(swarmTopic(this.crypto, id)))
    if (!swarm?.loading) return false
    if (typeof source !== 'string') return this.#addWebSeed(swarm, source)
    if (source === this.net.self || !swarm.addSource(source)) return false
    this.#openSources(swarm)
    return true
  }

  transfers(): readonly TransferStatus[] {
    return [...this.#swarms.values()].map((swarm) => this.statusOf(swarm))
  }

  statusOf(swarm: Swarm): TransferStatus {
    return transferStatus(swarm, this.#webSources.get(swarm) ?? [], this.clock.monotonic())
  }

  setLimits(limits: SwarmLimits): void {
    const nowMs = this.clock.monotonic()
    const { uploadBytesPerSecond, downloadBytesPerSecond, slots } = limits
    if (uploadBytesPerSecond !== undefined) this.upBucket.setRate(uploadBytesPerSecond, nowMs)
    if (downloadBytesPerSecond !== undefined) this.downBucket.setRate(downloadBytesPerSecond, nowMs)
    if (slots !== undefined) this.#slots.setCount(slots)
    this.#uploads.pump()
    this.#pumpAll()
  }

  /** Who may have the blob changed: with whom it is counted under no name, it is opened anew, so that both may find one. */
  renew(id: BlobId): void {
    const swarm = this.#swarms.get(bytesToHex(swarmTopic(this.crypto, id)))
    for (const channel of swarm?.channels ?? []) {
      const isNameless = channel.isCounted && channel.terms === undefined
      if (isNameless && this.counting.termsOf(channel.line.peer, swarm!).length > 0) {
        channel.line.close(channel, true)
      }
    }
    if (swarm) this.#openSources(swarm)
  }

  onChange(listener: SwarmListener): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Whether the peer or web seed lied, and is refused for now. */
  isBanned(name: string): boolean {
    return this.clock.monotonic() < (this.#bannedUntilMs.get(name) ?? 0)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#unsubscribe()
    this.#tick?.()
    for (const swarm of [...this.#swarms.values()]) {
      swarm.loading?.stop()
      this.#remove(swarm)
    }
    for (const line of this.#lines.values()) line.end()
    this.#lines.clear()
    this.#listeners.clear()
  }

  // What the parts ask of the engine.

  lines(): Iterable<SwarmLine> {
    return this.#lines.values()
  }

  swarmOf(topic: Uint8Array): Swarm | undefined {
    return this.#swarms.get(bytesToHex(topic))
  }

  onReady(line: SwarmLine): void {
    for (const swarm of this.#swarms.values()) {
      if (swarm.loading && swarm.sources.has(line.peer)) this.#openSource(swarm, line)
    }
  }

  onOpened(channel: SwarmChannel): void {
    const { swarm } = channel
    swarm.channels.add(channel)
    swarm.loading?.picker.addSource(channel)
    this.counting.onOpened(channel)
    this.#note(swarm)
  }

  onClosed(channel: SwarmChannel): void {
    const { swarm } = channel
    this.#requests.dropAsks(channel)
    swarm.channels.delete(channel)
    swarm.loading?.picker.removeSource(channel)
    this.#note(swarm)
  }

  onRefused(swarm: Swarm, peer: string): void {
    swarm.refusedBy(peer)
    this.#openSources(swarm)
  }

  onMessage(channel: SwarmChannel, message: ChannelMessage): void {
    const { swarm, line } = channel
    switch (message.type) {
      case 'have':
        this.#sayInterest(channel)
        this.#requests.pump(line)
        this.#pumpWeb(swarm)
        break
      case 'interest':
        channel.isPeerInterested = message.isInterested
        if (message.isInterested && line.isChoking) this.#slots.fill()
        break
      case 'request':
        this.#uploads.onRequest(channel, message.requests)
        break
      case 'cancel':
        this.#uploads.onCancel(channel, message.chunk)
        break
      case 'chunk':
        this.#requests.onChunk(channel, message)
        break
      case 'proof':
        this.#requests.onProof(channel, message)
        break
      case 'reject':
        this.#requests.onReject(channel, message.chunk, message.reason)
        break
      case 'receipt':
        this.counting.onReceipt(channel, message.receipt)
        break
      case 'countersigned':
        this.counting.onCountersigned(channel, message.receipt)
        break
      case 'peers':
        if (swarm.access.isPublic)
          this.#emit({ type: 'peers', id: swarm.id, peers: message.peers.map(kept) })
        break
      case 'goodbye':
    }
    this.#note(swarm)
  }

  onChoke(line: PeerLine): void {
    this.#requests.pump(line)
    for (const channel of line.channels.values()) this.#pumpWeb(channel.swarm)
  }

  onFault(line: PeerLine, fault: SwarmFault): void {
    this.#ban(line.peer, fault)
    this.#forget(line)
    this.net.disconnect(line.peer, fault.message, SWARM_BAN_MS)
    this.#pumpAll()
  }

  onSilent(line: PeerLine): void {
    this.#silent.add(line.peer)
    if (this.#silent.size > SILENT_PEERS_MAX)
      this.#silent.delete(this.#silent.values().next().value!)
    this.#forget(line)
    this.net.disconnect(line.peer, 'does not answer')
    this.#pumpAll()
  }

  isCurrent(line: PeerLine): boolean {
    return this.#lines.get(line.peer) === line
  }

  settle(line: PeerLine): void {
    this.counting.settle(line)
  }

  onSigned(): void {
    this.#uploads.pump()
  }

  onWantsChanged(swarm: Swarm): void {
    if (!swarm.loading?.isAsking) {
      this.#requests.cancelAll(swarm)
      for (const source of this.#webSources.get(swarm) ?? []) source.cancel()
    }
    for (const channel of swarm.channels) this.#sayInterest(channel)
    this.#pumpAll()
    this.#note(swarm)
  }

  onStored(swarm: Swarm, chunk: number): void {
    this.#requests.onStored(swarm, chunk)
    for (const source of this.#webSources.get(swarm) ?? []) source.cancel(chunk)
    for (const channel of swarm.channels) if (channel.useful === 0) this.#sayInterest(channel)
    this.#note(swarm)
  }

  onDone(swarm: Swarm): void {
    for (const source of this.#webSources.get(swarm) ?? []) source.close()
    this.#webSources.delete(swarm)
    for (const channel of swarm.channels) this.settle(channel.line)
    this.#emit({ type: 'done', id: swarm.id })
  }

  onStopped(swarm: Swarm): void {
    for (const source of this.#webSources.get(swarm) ?? []) source.close()
    this.#webSources.delete(swarm)
    this.#requests.cancelAll(swarm)
    swarm.loading = undefined
    for (const channel of swarm.channels) {
      this.settle(channel.line)
      this.#sayInterest(channel)
    }
    if (swarm.shares === 0) this.#remove(swarm)
  }

  leastShare(): number {
    let least = Number.POSITIVE_INFINITY
    for (const { loading } of this.#swarms.values()) {
      if (loading?.isAsking) least = Math.min(least, loading.share)
    }
    return least === Number.POSITIVE_INFINITY ? 0 : least
  }

  remainingMs(swarm: Swarm, chunk: number): number {
    return this.#requests.remainingMs(swarm, chunk)
  }

  askProof(swarm: Swarm, chunk: number): boolean {
    for (const channel of swarm.channels) if (this.#requests.askProof(channel, chunk)) return true
    return false
  }

  onProof(channel: SwarmChannel, message: ProofMessage): void {
    const sources = this.#webSources.get(channel.swarm) ?? []
    const source = sources.find((each) => each.isAsked(message.chunk))
    source?.onProof(channel, message)
  }

  onNoProof(swarm: Swarm, chunk: number): void {
    for (const source of this.#webSources.get(swarm) ?? []) source.onNoProof(chunk)
  }

  onLost(swarm: Swarm, chunk: number): void {
    this.#ports.logger.warn('a chunk that was here is not readable', { chunk })
    swarm.lost(chunk)
  }

  onReadFailed(_swarm: Swarm, error: unknown): void {
    this.#ports.logger.warn('a chunk could not be read', { error: String(error) })
  }

  // Lines and sources.

  #onPeerUp(peer: string): void {
    if (this.#isClosed) return
    if (this.isBanned(peer)) {
      this.net.disconnect(
        peer,
        'lied before',
        this.#bannedUntilMs.get(peer)! - this.clock.monotonic(),
      )
      return
    }
    this.#onPeerDown(peer)
    const line = new SwarmLine(this, peer)
    if (this.#silent.has(peer)) line.estimate.late()
    this.#lines.set(peer, line)
    for (const swarm of this.#swarms.values()) swarm.cameBack(peer)
    if (this.#isSource(peer)) line.greet()
    this.#tickSoon()
  }

  #onPeerDown(peer: string): void {
    const line = this.#lines.get(peer)
    if (!line) return
    this.#forget(line)
    this.#pumpAll()
  }

  #forget(line: PeerLine): void {
    // What is not signed for by now is signed when the peer comes back.
    this.book.settle(line.peer, () => undefined)
    line.end()
    if (this.#lines.get(line.peer) === line) this.#lines.delete(line.peer)
  }

  #onDrain(peer: string): void {
    const line = this.#lines.get(peer)
    if (!line) return
    line.isFull = false
    this.#uploads.pump()
  }

  #lineOf(peer: string): SwarmLine | undefined {
    return this.#lines.get(peer)
  }

  #isSource(peer: string): boolean {
    for (const swarm of this.#swarms.values()) {
      if (swarm.loading && swarm.sources.has(peer)) return true
    }
    return false
  }

  #openSources(swarm: Swarm): void {
    if (!swarm.loading) return
    for (const peer of swarm.sources.keys()) {
      const line = this.#lines.get(peer)
      if (line) this.#openSource(swarm, line)
    }
  }

  /** Opens the swarm with a peer that is said to have it, once that has a turn. */
  #openSource(swarm: Swarm, line: SwarmLine): void {
    const source = swarm.sources.get(line.peer)
    const isDue = source !== undefined && this.clock.monotonic() >= source.retryAtMs
    if (!isDue || !swarm.access.isAllowed(line.peer) || swarm.loading?.picker.missing === 0) return
    if (swarm.channels.size >= SWARM_SOURCES_MAX) return
    line.greet()
    line.open(swarm)
  }

  #addWebSeed(swarm: Swarm, seed: WebSeed): boolean {
    const { loading } = swarm
    const sources = this.#webSources.get(swarm) ?? []
    const isKnown = sources.some((each) => each.seed.name === seed.name)
    if (!loading || loading.picker.missing === 0 || isKnown || this.isBanned(seed.name))
      return false
    const source = new WebSource(this, loading, seed)
    this.#webSources.set(swarm, [...sources, source])
    source.pump()
    return true
  }

  onWebFault(source: WebSource, fault: SwarmFault): void {
    const { swarm } = source.loading
    // Whoever hears of it finds it among the sources still.
    this.#ban(source.seed.name, fault)
    source.close()
    const sources = this.#webSources.get(swarm) ?? []
    this.#webSources.set(
      swarm,
      sources.filter((each) => each !== source),
    )
  }

  #ban(name: string, fault: SwarmFault): void {
    const nowMs = this.clock.monotonic()
    this.#bannedUntilMs.delete(name)
    this.#bannedUntilMs.set(name, nowMs + SWARM_BAN_MS)
    if (this.#bannedUntilMs.size > SWARM_BANNED_MAX) {
      this.#bannedUntilMs.delete(this.#bannedUntilMs.keys().next().value!)
    }
    this.#ports.metrics.count('swarm.banned')
    this.#ports.logger.warn('a source of a swarm is refused', { name, code: fault.code })
    this.#emit({ type: 'banned', name, fault })
  }

  // Swarms.

  #add(swarm: Swarm): Swarm {
    this.#swarms.set(swarm.topicKey, swarm)
    this.#tickSoon()
    return swarm
  }

  #remove(swarm: Swarm): void {
    if (this.#swarms.get(swarm.topicKey) !== swarm) return
    this.#swarms.delete(swarm.topicKey)
    for (const line of this.#lines.values()) {
      const channel = line.channelOf(swarm)
      if (channel) line.close(channel, true)
    }
    this.#note(swarm)
  }

  #sayInterest(channel: SwarmChannel): void {
    const { swarm, line, number } = channel
    const isInterested = channel.useful > 0 && swarm.loading?.isAsking === true
    if (!channel.isOpen || isInterested === channel.saysInterested) return
    channel.saysInterested = isInterested
    line.send({ type: 'interest', channel: number, isInterested })
  }

  #pumpAll(): void {
    this.#requests.pumpAll()
    for (const swarm of this.#webSources.keys()) this.#pumpWeb(swarm)
  }

  #pumpWeb(swarm: Swarm): void {
    for (const source of this.#webSources.get(swarm) ?? []) source.pump()
  }

  // Time.

  #tickSoon(): void {
    if (this.#tick || this.#isClosed || (this.#lines.size === 0 && this.#swarms.size === 0)) return
    this.#tick = this.clock.after(TICK_MS, () => {
      this.#tick = undefined
      this.#onTick()
      this.#tickSoon()
    })
  }

  #onTick(): void {
    for (const line of [...this.#lines.values()]) {
      line.greetAgain()
      this.#requests.checkLate(line)
      // What came before a swarm was closed, for one; and the giver may wait for it.
      const isQuiet = this.clock.monotonic() - line.lastChunkMs >= TICK_MS
      if (line.askedCount === 0 || isQuiet) this.settle(line)
    }
    this.#slots.tick()
    for (const swarm of this.#swarms.values()) {
      this.#openSources(swarm)
      this.#closeIdle(swarm)
      if (swarm.access.isPublic) this.#exchange.tell(swarm)
    }
    this.#pumpAll()
    this.#uploads.pump()
    for (const { id } of this.#changed) this.#emit({ type: 'changed', id })
    this.#changed.clear()
  }

  /** Ends what is over: two who have everything have nothing to say to each other, once the last receipts went both ways. */
  #closeIdle(swarm: Swarm): void {
    const nowMs = this.clock.monotonic()
    for (const channel of swarm.channels) {
      // It was a member, and is none any more.
      if (!swarm.access.isAllowed(channel.line.peer)) {
        channel.line.close(channel, true)
        continue
      }
      if (!swarm.held.isFull) continue
      if (!channel.held.isFull || channel.asked.size > 0) channel.idleSinceMs = undefined
      else channel.idleSinceMs ??= nowMs
      const { idleSinceMs, line } = channel
      if (idleSinceMs !== undefined && nowMs - idleSinceMs > IDLE_MS) line.close(channel, true)
    }
  }

  #note(swarm: Swarm): void {
    if (this.#listeners.size > 0) this.#changed.add(swarm)
  }

  #emit(event: SwarmEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

/** The memory of a message is used again. */
function kept({ device, addresses }: NamedPeer): NamedPeer {
  return { device: device.slice(), addresses }
}
