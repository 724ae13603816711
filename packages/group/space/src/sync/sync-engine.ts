/**
 * The sync engine: keeps every space of this device equal to what its peers hold, over any {@link Net}.
 *
 * One engine per device. It opens a {@link PeerLink} for every peer the network reports, tells all links of a space
 * when one of its logs grows, signs and passes on holdings, carries join requests, and answers the questions of the
 * status strip: who is here, who holds this, what is moving. Protocol: `docs/formats/sync.md`.
 *
 * Invariants:
 * 1. The engine stores nothing but holdings; entries live in the spaces, which verify them.
 * 2. A space found with nobody costs nothing but its tags.
 */

import { bytesToHex, errorCode } from '@hamlet/core'
import type {
  Cancel,
  Clock,
  Crypto,
  DeviceId,
  Kv,
  Logger,
  Net,
  Random,
  Signer,
  SpaceId,
} from '@hamlet/core'
import { FetchPlan } from './fetch-plan.ts'
import { HoldingBook } from './holding-book.ts'
import type { SignedHolding } from './holding.ts'
import { JoinAskers } from './join-askers.ts'
import { PeerLink } from './peer-link.ts'
import type { Channel, LinkHost } from './peer-link.ts'
import { PeerScores, verdictOf } from './peer-score.ts'
import type { Evidence, PeerVerdict } from './peer-score.ts'
import { SYNC_PROTOCOL } from './sync-message.ts'
import type { JoinOutcome } from './sync-message.ts'
import type { SyncSpace } from './sync-space.ts'
import { earlierSecrets, meetingSecrets } from './synced-space.ts'
import type { ArrivalIntent, JoinIntent, MeetingSecret, SyncedSpace } from './synced-space.ts'
import type { SpaceChange, VersionVector } from '../types.ts'

export const TICK_INTERVAL_MS = 1_000
/** Holdings of this device are signed at most this often. */
export const HOLDING_INTERVAL_MS = 250
/** Why a request could not be taken in when it came, and perhaps can be after the next entries. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  'SPACE_INVITE_UNKNOWN',
  'SPACE_NOT_MEMBER',
  'SPACE_CLOCK_BEHIND',
  'SPACE_EPOCH_LOCKED',
  'SPACE_FROZEN',
  'SPACE_UNCONFIRMED',
  'SPACE_NEWER_RULES',
  'SPACE_DISK',
])

export interface SyncPorts {
  readonly net: Net
  readonly clock: Clock
  readonly crypto: Crypto
  readonly random: Random
  readonly logger: Logger
  /** The address block a peer comes from, when it has one of its own: join requests are counted by it too. */
  readonly originOf?: (peer: string) => string | undefined
}

/** What is known against a peer. */
export interface PeerStanding {
  readonly verdict: PeerVerdict
  /** 0 … 100. */
  readonly points: number
  /** What the last piece of evidence was. */
  readonly evidence: Evidence | undefined
}

export type SyncChange =
  /** Peers, holdings or progress of the space moved. */
  | { readonly kind: 'progress'; readonly space: SpaceId }
  | { readonly kind: 'holdings'; readonly space: SpaceId }
  | {
      readonly kind: 'join'
      readonly space: SpaceId
      readonly outcome: JoinOutcome
      readonly code: string
    }

/** What is known of one device of a space. */
export interface DeviceSync {
  readonly device: DeviceId
  readonly connected: boolean
  /** Entries of its log that are here, and that are known to exist. */
  readonly lengthHere: number
  readonly lengthKnown: number
  /** What it has said to hold. */
  readonly holds: VersionVector
}

export interface SpaceProgress {
  readonly connectedDevices: readonly DeviceId[]
  /** Whether some connected peer has entries that are on their way here. */
  readonly fetching: boolean
  /** Whether every connected peer was last seen to hold the same. */
  readonly agreed: boolean
  readonly devices: readonly DeviceSync[]
}

export class SyncEngine {
  readonly #ports: SyncPorts
  readonly #spaces = new Map<SpaceId, SyncedSpace>()
  readonly #links = new Map<string, PeerLink>()
  readonly #listeners = new Set<(change: SyncChange) => void>()
  readonly #askers: JoinAskers
  readonly #scores: PeerScores
  /** Where the peer listens, and where it was told of forks and holdings. */
  readonly #listening = new WeakSet<Channel>()
  readonly #introduced = new WeakSet<Channel>()
  readonly #host: LinkHost
  readonly #unsubscribe: Cancel
  #tickTimer: Cancel

  constructor(ports: SyncPorts) {
    this.#ports = ports
    this.#askers = new JoinAskers(ports.clock)
    this.#scores = new PeerScores(ports.clock)
    this.#host = {
      secrets: () => [...this.#spaces.values()].flatMap(meetingSecrets),
      earlierSecrets: (peer) => this.#earlierSecrets(peer),
      channelChanged: (channel) => this.#emit('progress', channel.synced),
      spoken: (channel) => this.#spoken(channel),
      joinAsked: (channel, request) => void this.#joinAsked(channel, request),
      joinAnswered: (channel, outcome, code) => this.#joinAnswered(channel, outcome, code),
      holdingReceived: (channel, holding) => this.#holdingReceived(channel.synced, holding),
      isMember: (peer) => this.#isMember(peer),
      judge: (peer, evidence) => {
        return this.#scores.note(peer, evidence, this.#isMember(peer) ? 'member' : 'stranger')
      },
      isAskedLast: (peer) => this.#scores.isAskedLast(peer),
    }
    this.#unsubscribe = ports.net.subscribe({
      peerUp: (peer) => this.#peerUp(peer),
      peerDown: (peer) => this.#peerDown(peer),
      message: (peer, protocol, bytes) => {
        if (protocol === SYNC_PROTOCOL) this.#links.get(peer)?.receive(bytes)
      },
      drain: (peer) => this.#links.get(peer)?.drain(),
    })
    for (const peer of ports.net.peers()) this.#peerUp(peer)
    this.#tickTimer = ports.clock.after(TICK_INTERVAL_MS, () => this.#tick())
  }

  /**
   * Begins to sync a space. `kv`: a keyspace of the space's own for holdings. `join`: the space is one this device
   * has asked to join; it is given up with {@link remove} or ends by itself when the device has become a member's.
   * `arrival`: the space is one that others have written this device into.
   */
  async add(
    space: SyncSpace,
    signer: Signer,
    kv: Kv,
    join?: JoinIntent,
    arrival?: ArrivalIntent,
  ): Promise<void> {
    const { clock, crypto, logger } = this.#ports
    const holdings = await HoldingBook.open(space, signer, { kv, clock, crypto, logger })
    const synced: SyncedSpace = {
      space,
      signer,
      plan: new FetchPlan(),
      holdings,
      unsubscribe: space.subscribe((change) => this.#spaceChanged(synced, change)),
      join,
      arrival,
      holdingTimer: undefined,
    }
    this.#spaces.set(space.id, synced)
    this.#scheduleHolding(synced)
    this.#refreshLinks()
    for (const link of this.#links.values()) link.recognise()
  }

  remove(id: SpaceId): void {
    const synced = this.#spaces.get(id)
    if (synced === undefined) return
    this.#spaces.delete(id)
    synced.unsubscribe()
    synced.holdingTimer?.()
    for (const link of this.#links.values()) link.forget(synced)
    this.#refreshLinks()
  }

  subscribe(listener: (change: SyncChange) => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Member devices that have said to hold the entry. */
  holders(space: SpaceId, device: DeviceId, seq: number): readonly DeviceId[] {
    return this.#spaces.get(space)?.holdings.holders(device, seq) ?? []
  }

  /** When the device last said what it holds, by its own clock; `undefined` when it never did or dates it ahead. */
  lastSaidAtMs(space: SpaceId, device: DeviceId): number | undefined {
    const saidAtMs = this.#spaces.get(space)?.holdings.saidAtMs(device)
    return saidAtMs !== undefined && saidAtMs <= this.#ports.clock.wall() ? saidAtMs : undefined
  }

  /** What is known against a peer, connected or not. */
  standing(peer: string): PeerStanding {
    const points = this.#scores.points(peer)
    const evidence = points === 0 ? undefined : this.#scores.of(peer).latest
    return { verdict: verdictOf(points), points, evidence }
  }

  /** Forgets what is known against a peer. */
  forgive(peer: string): void {
    this.#scores.forgive(peer)
  }

  progress(id: SpaceId): SpaceProgress | undefined {
    const synced = this.#spaces.get(id)
    if (synced === undefined) return undefined
    const channels = this.#channels(synced).filter((channel) => channel.started)
    const connected = new Set(channels.map((channel) => channel.link.peer))
    const lengths = synced.space.lengths()
    const known = knownLengths(synced, channels)
    return {
      connectedDevices: [...connected],
      fetching: channels.some((channel) => channel.session.fetching),
      agreed: channels.every((channel) => channel.session.agreed),
      devices: synced.space.memberDevices().map((device) => ({
        device,
        connected: connected.has(device),
        lengthHere: lengths.get(device) ?? 0,
        lengthKnown: known.get(device) ?? 0,
        holds: synced.holdings.lengthsOf(device),
      })),
    }
  }

  close(): void {
    this.#unsubscribe()
    this.#tickTimer()
    for (const link of this.#links.values()) link.close()
    for (const id of this.#spaces.keys()) this.remove(id)
    this.#links.clear()
  }

  #peerUp(peer: string): void {
    if (this.#links.has(peer)) return
    this.#links.set(peer, new PeerLink(peer as DeviceId, this.#ports, this.#host))
  }

  #peerDown(peer: string): void {
    const link = this.#links.get(peer)
    if (link === undefined) return
    this.#links.delete(peer)
    link.close()
    for (const channel of link.channels) this.#emit('progress', channel.synced)
  }

  #tick(): void {
    for (const link of this.#links.values()) {
      link.tick()
      for (const channel of link.channels) this.#takeUpPutOff(channel)
    }
    for (const synced of this.#spaces.values()) this.#confirmOwnLog(synced)
    this.#tickTimer = this.#ports.clock.after(TICK_INTERVAL_MS, () => this.#tick())
  }

  /** Of a device put back from a backup: members say how much of its log they hold, and what all others said to hold. */
  #confirmOwnLog(synced: SyncedSpace): void {
    const { space } = synced
    if (!space.ownLogDoubt.isOpen) return
    const channels = this.#channels(synced)
    const isAnswered = channels.some(({ link, started, session }) => {
      const isMember = space.deviceOwner(link.peer) !== undefined
      return started && isMember && session.hasToldAll && !session.fetching
    })
    const own = this.#ports.net.self as DeviceId
    if (isAnswered) space.ownLogDoubt.confirm(knownLengths(synced, channels).get(own) ?? 0)
  }

  #earlierSecrets(peer: DeviceId): MeetingSecret[] {
    return [...this.#spaces.values()].flatMap((synced) => earlierSecrets(synced, peer))
  }

  #refreshLinks(): void {
    for (const link of this.#links.values()) link.refresh()
  }

  #channels(synced: SyncedSpace): Channel[] {
    return [...this.#links.values()].flatMap((link) => link.channel(synced) ?? [])
  }

  #spaceChanged(synced: SyncedSpace, change: SpaceChange): void {
    if (change.kind === 'stored') {
      const { device, from, to, local } = change
      for (const channel of this.#channels(synced)) {
        channel.link.step(channel, { kind: 'stored', device, from, to, local })
      }
      this.#scheduleHolding(synced)
      this.#emit('progress', synced)
    } else if (change.kind === 'control') {
      this.#controlChanged(synced)
    } else if (change.kind === 'entries' || change.kind === 'trusted') {
      for (const channel of this.#channels(synced)) this.#takeUp(channel)
    } else if (change.kind === 'fork') {
      this.#forkFound(synced, change.device)
    }
  }

  #forkFound(synced: SyncedSpace, device: DeviceId): void {
    const points = synced.space
      .forkPoints()
      .filter(({ publicKey }) => bytesToHex(publicKey) === device)
    for (const channel of this.#channels(synced)) {
      for (const point of points) channel.link.sendFork(channel, point)
    }
  }

  #controlChanged(synced: SyncedSpace): void {
    const own = this.#ports.net.self as DeviceId
    if (synced.join !== undefined && synced.space.deviceOwner(own) !== undefined) {
      synced.join = undefined
      this.#scheduleHolding(synced)
    }
    for (const channel of this.#channels(synced)) {
      this.#answerJoin(channel)
      channel.link.membersChanged(channel)
      this.#introduce(channel)
    }
    for (const holding of synced.holdings.admitWaiting()) this.#holdingChanged(synced, holding)
    this.#refreshLinks()
  }

  #spoken(channel: Channel): void {
    this.#listening.add(channel)
    this.#introduce(channel)
  }

  /**
   * A member is told of all forks and holdings once, when it listens: of two who met by a link each learns in its own time that
   * the other is a member, and until then hears nothing.
   */
  #introduce(channel: Channel): void {
    const { link, synced } = channel
    const isToHear = this.#listening.has(channel) && link.mayLearn(channel)
    if (!isToHear || this.#introduced.has(channel)) return
    this.#introduced.add(channel)
    for (const holding of synced.holdings.all()) link.sendHolding(channel, holding)
    for (const point of synced.space.forkPoints()) link.sendFork(channel, point)
  }

  async #joinAsked(channel: Channel, request: Uint8Array): Promise<void> {
    const { space, join } = channel.synced
    channel.putOff = undefined
    if (join !== undefined) {
      channel.heardEarly = request
      return
    }
    if (space.deviceOwner(channel.link.peer) !== undefined) return this.#answerJoin(channel)
    if (!this.#mayAsk(channel.link.peer, request)) {
      channel.putOff = request
      this.#sendOutcome(channel, 'refused', 'JOIN_TOO_OFTEN')
      return channel.link.note('pestering', 'asked to join too often')
    }
    channel.outcome = undefined
    const code = await this.#submit(channel, request)
    if (code !== undefined && PASSING_CODES.has(code)) channel.heardEarly = request
    if (code === undefined) this.#answerJoin(channel)
    else this.#sendOutcome(channel, 'refused', code)
  }

  /** A peer asks once for each connection, so what came too early is not to be forgotten. */
  #takeUp(channel: Channel): void {
    const request = channel.heardEarly
    if (request === undefined || channel.synced.join !== undefined) return
    channel.heardEarly = undefined
    void this.#joinAsked(channel, request)
  }

  /** Nobody has to ask anew, or to connect anew, because the hour is over. */
  #takeUpPutOff(channel: Channel): void {
    const request = channel.putOff
    if (request === undefined || !this.#mayAsk(channel.link.peer, request)) return
    void this.#joinAsked(channel, request)
  }

  /** `undefined` when the request is in the log, else why not. */
  async #submit(channel: Channel, request: Uint8Array): Promise<string | undefined> {
    try {
      const result = await channel.synced.space.submitRequest(request)
      if (!result.ok) return result.error.code
      channel.request = result.value
      return undefined
    } catch (error) {
      this.#ports.logger.warn('a request was not taken in', { reason: String(error) })
      return errorCode(error) ?? 'JOIN_FAILED'
    }
  }

  /** Tells a joiner where its request stands, when that has changed. */
  #answerJoin(channel: Channel): void {
    const { space, join } = channel.synced
    if (join !== undefined) return
    if (space.deviceOwner(channel.link.peer) !== undefined) {
      if (channel.started) return
      this.#sendOutcome(channel, 'admitted', '')
      return channel.link.start(channel)
    }
    const request = space.requests().find(({ id }) => id === channel.request)
    if (request === undefined) return
    this.#sendOutcome(channel, request.state === 'declined' ? 'declined' : 'asked', '')
  }

  #sendOutcome(channel: Channel, outcome: JoinOutcome, code: string): void {
    if (channel.outcome === outcome && outcome !== 'refused') return
    channel.outcome = outcome
    channel.link.sendBody(channel, { kind: 'join-state', outcome, code })
  }

  #joinAnswered(channel: Channel, outcome: JoinOutcome, code: string): void {
    if (channel.synced.join === undefined) return
    channel.outcome = outcome
    const space = channel.synced.space.id
    for (const listener of this.#listeners) listener({ kind: 'join', space, outcome, code })
  }

  #mayAsk(peer: DeviceId, request: Uint8Array): boolean {
    const digest = bytesToHex(this.#ports.crypto.hash(request))
    return this.#askers.mayAsk(peer, this.#ports.originOf?.(peer), digest)
  }

  #isMember(peer: DeviceId): boolean {
    return [...this.#spaces.values()].some(({ space }) => space.deviceOwner(peer) !== undefined)
  }

  #scheduleHolding(synced: SyncedSpace): void {
    if (synced.holdingTimer !== undefined) return
    synced.holdingTimer = this.#ports.clock.after(HOLDING_INTERVAL_MS, () => {
      synced.holdingTimer = undefined
      this.#signHolding(synced)
    })
  }

  #signHolding(synced: SyncedSpace): void {
    const own = this.#ports.net.self as DeviceId
    if (synced.space.deviceOwner(own) === undefined) return
    const holding = synced.holdings.signOwn(own)
    if (holding !== undefined) this.#holdingChanged(synced, holding)
  }

  #holdingReceived(synced: SyncedSpace, holding: SignedHolding): void {
    // What this device said in an earlier life, before its index was lost: it says something newer.
    if (holding.device === this.#ports.net.self) this.#scheduleHolding(synced)
    this.#holdingChanged(synced, holding)
  }

  #holdingChanged(synced: SyncedSpace, holding: SignedHolding): void {
    for (const channel of this.#channels(synced)) {
      if (channel.started) channel.link.sendHolding(channel, holding)
    }
    this.#emit('holdings', synced)
  }

  #emit(kind: 'progress' | 'holdings', synced: SyncedSpace): void {
    for (const listener of this.#listeners) listener({ kind, space: synced.space.id })
  }
}

/** The longest each log is known to be: here, by what connected peers say, or by what devices have signed to hold. */
function knownLengths(synced: SyncedSpace, channels: readonly Channel[]): VersionVector {
  const known = new Map(synced.space.lengths())
  const vectors = [
    ...channels.map((channel) => channel.session.remoteLengths),
    ...synced.space.memberDevices().map((holder) => synced.holdings.lengthsOf(holder)),
  ]
  for (const vector of vectors) {
    for (const [device, length] of vector) {
      if (length > (known.get(device) ?? 0)) known.set(device, length)
    }
  }
  return known
}
