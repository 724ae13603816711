/**
 * One connection to one peer: handshake, spaces found in common, and the driver of their sessions.
 *
 * The link sends `hello`, answers a `hello` with `tags`, and opens a channel for every space both sides know. On a
 * channel found through a discovery secret the session starts at once; on one found through an invitation it starts
 * when the peer's device is a member's, and until then only a join request is heard.
 *
 * Invariants:
 * 1. A peer that sends bytes that are no message, or data whose proof is wrong, is disconnected and banned. What else
 *    speaks against it is counted (`peer-score.ts`); a message of a kind that a later version has added does not.
 * 2. Ranges are stored one after the other; what waits is bounded by `WAITING_BYTES_MAX` and `SIGNATURES_QUEUED_MAX`.
 * 3. A message about a space that was not found in common is ignored and answered by nothing.
 * 4. Entries are given only to members and to peers that know a secret of the space's, never for knowing a link.
 * 5. Answers wait while the send queue is full, or the peer has used up its share of work (`peer-inbox.ts`).
 */

import { BAD_SIGNATURE_BAN_MS, bytesToHex, errorCode, SIGNATURES_QUEUED_MAX } from '@hamlet/core'
import type { Clock, Crypto, DeviceId, Logger, Net, Random, RequestId } from '@hamlet/core'
import { decodeForkPoint, decodeLogRange, encodeForkPoint, encodeLogRange } from '@hamlet/log'
import type { ForkPoint, LogRange } from '@hamlet/log'
import type { BranchWant } from '../branch-receiver.ts'
import { matchTags, meetingHandle, tagsToSend } from './meeting.ts'
import type { Endpoint } from './meeting.ts'
import type { SignedHolding } from './holding.ts'
import { PeerInbox } from './peer-inbox.ts'
import type { Evidence, PeerVerdict } from './peer-score.ts'
import { RANGE_BYTES_MAX, SpaceSession } from './space-session.ts'
import type { SessionAnswer, SessionEffect, SessionEvent } from './space-session.ts'
import { decodeSyncMessage, encodeSyncMessage, NONCE_BYTES, SYNC_PROTOCOL } from './sync-message.ts'
import type { JoinOutcome, SpaceMessage, SpaceMessageBody, SyncMessage } from './sync-message.ts'
import type { SyncSpace } from './sync-space.ts'
import type { MeetingSecret, SyncedSpace } from './synced-space.ts'

/** Bytes of ranges waiting to be stored, with what was asked for; what comes beyond that is thrown away. */
export const WAITING_BYTES_MAX = 32 * 1024 * 1024
/** A greeting that was not answered is repeated. */
export const HELLO_INTERVAL_MS = 5_000

/** Fork proofs of one peer that are kept until it is known who let the device in. */
export const EARLY_FORKS_MAX = 64

/** Codes of refused ranges that no honest peer causes. */
const DISHONEST_CODES: ReadonlySet<string> = new Set([
  'LOG_MALFORMED',
  'LOG_SIGNATURE',
  'LOG_BLOCK_INVALID',
  'SPACE_PAYLOAD_MISMATCH',
])

/** Codes of refused ranges that another version of the format, or a fault of the author, may explain. */
const MISFIT_CODES: ReadonlySet<string> = new Set(['SPACE_ENTRY_MALFORMED'])

/** Codes of reads that fail on this side. */
const UNREADABLE_CODES: ReadonlySet<string> = new Set(['STORE_IO', 'LOG_DAMAGED', 'SPACE_DAMAGED'])

export interface LinkPorts {
  readonly net: Net
  readonly clock: Clock
  readonly crypto: Crypto
  readonly random: Random
  readonly logger: Logger
}

/** What a link tells and asks of the engine. */
export interface LinkHost {
  secrets(): readonly MeetingSecret[]
  /** By which the peer, a member's device or a former one, may know spaces though it knows none of those. */
  earlierSecrets(peer: DeviceId): readonly MeetingSecret[]
  channelChanged(channel: Channel): void
  /** The peer says something of the space, so it listens too. */
  spoken(channel: Channel): void
  joinAsked(channel: Channel, request: Uint8Array): void
  joinAnswered(channel: Channel, outcome: JoinOutcome, code: string): void
  holdingReceived(channel: Channel, holding: SignedHolding): void
  /** Whether the device is a member's of some space here. */
  isMember(peer: DeviceId): boolean
  /** Counts what speaks against the peer, and says what is to be done. */
  judge(peer: DeviceId, evidence: Evidence): PeerVerdict
  /** Whether others are to be asked before the peer. */
  isAskedLast(peer: DeviceId): boolean
}

/** A space both sides know, on one connection. */
export interface Channel {
  readonly link: PeerLink
  readonly synced: SyncedSpace
  readonly session: SpaceSession
  /** Of the secret that matched last: one the peer still knows, also when it began anew with this space. */
  handle: Uint8Array
  started: boolean
  /** Whether the peer has shown that it knows a discovery secret of the space. */
  provesMember: boolean
  /** The join request this peer handed in on this connection. */
  request: RequestId | undefined
  outcome: JoinOutcome | undefined
  /** What the peer handed in before this device could take it in: when it was no member itself, or lacked entries. */
  heardEarly: Uint8Array | undefined
  /** What the peer handed in after it had asked too often, to be taken up when it may ask again. */
  putOff: Uint8Array | undefined
  /** Fork proofs against devices that are not known yet. */
  earlyForks: readonly ForkPoint[]
  readonly heldSerials: Map<DeviceId, number>
  /** How much of every log the peer was given on this connection. */
  readonly given: Map<DeviceId, number>
}

/** Which of the secrets matched, and what that followed from. */
interface LastMatch {
  readonly digest: string
  readonly tags: readonly Uint8Array[]
  readonly other: Endpoint
  readonly found: readonly number[]
}

export class PeerLink {
  readonly peer: DeviceId
  readonly #ports: LinkPorts
  readonly #host: LinkHost
  readonly #self: Endpoint
  #other: Endpoint | undefined
  #receivedTags: readonly Uint8Array[] = []
  /** Earlier secrets that the peer has shown to know. */
  #earlier: readonly MeetingSecret[] = []
  #sentTags = ''
  #lastMatch: LastMatch | undefined
  #helloAtMs: number
  readonly #channelsByHandle = new Map<string, Channel>()
  readonly #channelsBySpace = new Map<SyncedSpace, Channel>()
  #waiting: Promise<void> = Promise.resolve()
  #waitingBytes = 0
  #waitingRanges = 0
  readonly #inbox: PeerInbox
  #queueFull = false
  #closed = false
  #speaksLater = false

  constructor(peer: DeviceId, ports: LinkPorts, host: LinkHost) {
    this.peer = peer
    this.#ports = ports
    this.#host = host
    this.#self = { peer: ports.net.self, nonce: ports.random.bytes(NONCE_BYTES) }
    this.#helloAtMs = ports.clock.monotonic()
    this.#inbox = new PeerInbox(ports.clock, {
      handle: (bytes) => this.#receive(bytes),
      isMember: () => host.isMember(peer),
      overflow: () => this.#overloaded(),
    })
    this.#send({ kind: 'hello', nonce: this.#self.nonce })
  }

  get channels(): Iterable<Channel> {
    return this.#channelsBySpace.values()
  }

  channel(synced: SyncedSpace): Channel | undefined {
    return this.#channelsBySpace.get(synced)
  }

  receive(bytes: Uint8Array): void {
    if (!this.#closed) this.#inbox.receive(bytes)
  }

  /** Says which secrets are known now, when that has changed, and looks for new matches. */
  refresh(): void {
    const other = this.#other
    if (other === undefined) return
    const secrets = this.#secrets()
    const digest = digestOf(secrets)
    if (digest !== this.#sentTags) {
      this.#sentTags = digest
      const { crypto, random } = this.#ports
      const raw = secrets.map(({ secret }) => secret)
      this.#send({ kind: 'tags', tags: tagsToSend(crypto, random, raw, this.#self, other) })
    }
    this.#match(secrets, other)
  }

  start(channel: Channel): void {
    if (channel.started) return
    channel.started = true
    this.step(channel, { kind: 'start' })
    this.#host.channelChanged(channel)
  }

  /** Devices that were strangers may be members now. */
  membersChanged(channel: Channel): void {
    this.step(channel, { kind: 'members' })
    const early = channel.earlyForks
    channel.earlyForks = []
    for (const point of early) this.#takeFork(channel, point)
  }

  step(channel: Channel, event: SessionEvent): void {
    if (this.#closed || !channel.started) return
    for (const effect of this.#effectsOf(channel, event)) this.#perform(channel, effect)
  }

  /** What is due depends on logs; while one cannot be read nothing is, and the peer asks again. */
  #effectsOf({ session }: Channel, event: SessionEvent): readonly SessionEffect[] {
    try {
      return session.step(event, this.#ports.clock.monotonic())
    } catch (error) {
      const code = errorCode(error)
      if (code === undefined || !UNREADABLE_CODES.has(code)) throw error
      this.#ports.logger.error('a log could not be read', { code })
      return []
    }
  }

  tick(): void {
    const nowMs = this.#ports.clock.monotonic()
    if (this.#receivedTags.length === 0 && nowMs - this.#helloAtMs >= HELLO_INTERVAL_MS) {
      this.#helloAtMs = nowMs
      this.#send({ kind: 'hello', nonce: this.#self.nonce })
    }
    this.#inbox.tick()
    for (const channel of this.#channelsBySpace.values()) {
      this.step(channel, { kind: 'tick' })
      this.#answer(channel)
    }
  }

  drain(): void {
    this.#queueFull = false
    for (const channel of this.#channelsBySpace.values()) this.#answer(channel)
  }

  /** Something speaks against the peer; `reason`: what, for the log and for whoever looks. */
  note(evidence: Evidence, reason: string): void {
    if (this.#closed) return
    const verdict = this.#host.judge(this.peer, evidence)
    if (verdict === 'ban') this.#end('a peer broke the sync protocol', reason, BAD_SIGNATURE_BAN_MS)
    else if (verdict === 'disconnect') this.#end('a peer asks too much', reason, 0)
  }

  sendBody(channel: Channel, body: SpaceMessageBody): boolean {
    return this.#send({ handle: channel.handle, ...body })
  }

  /** Passes a holding on, unless the peer is known to have it. */
  sendHolding(channel: Channel, holding: SignedHolding): void {
    if ((channel.heldSerials.get(holding.device) ?? -1) >= holding.serial) return
    if (!this.mayLearn(channel) || channel.synced.space.hasLost(this.peer)) return
    channel.heldSerials.set(holding.device, holding.serial)
    this.sendBody(channel, { kind: 'holding', holding: holding.encoded })
  }

  /** Passes a fork proof on. */
  sendFork(channel: Channel, point: ForkPoint): void {
    if (!channel.started || !this.mayLearn(channel)) return
    this.sendBody(channel, { kind: 'fork', proof: encodeForkPoint(point) })
  }

  forget(synced: SyncedSpace): void {
    const channel = this.#channelsBySpace.get(synced)
    if (channel === undefined) return
    channel.session.close()
    this.#earlier = this.#earlier.filter((earlier) => earlier.synced !== synced)
    this.#channelsBySpace.delete(synced)
    for (const [handle, other] of this.#channelsByHandle) {
      if (other === channel) this.#channelsByHandle.delete(handle)
    }
  }

  close(): void {
    this.#closed = true
    this.#inbox.close()
    for (const channel of this.#channelsBySpace.values()) channel.session.close()
  }

  #end(message: string, reason: string, banMs: number): void {
    this.#ports.logger.warn(message, { peer: this.peer, reason })
    this.close()
    this.#ports.net.disconnect(this.peer, reason, banMs)
  }

  /** More waits for its share of work than may: it starts anew, with less in hand. */
  #overloaded(): void {
    const reason = 'more messages than its share of work'
    this.note('overload', reason)
    if (!this.#closed) this.#end('a peer asks too much', reason, 0)
  }

  #receive(bytes: Uint8Array): void {
    if (this.#closed) return
    const decoded = decodeSyncMessage(bytes)
    if (!decoded.ok) return this.note('garbage', 'not a sync message')
    const message = decoded.value
    if (message.kind === 'hello') this.#receiveHello(message.nonce)
    else if (message.kind === 'tags') this.#receiveTags(message.tags)
    else if (message.kind === 'later') this.#noteLater(message.number)
    else this.#receiveSpaceMessage(message)
  }

  /** Ignored: what must not be missed is not said by a new kind of message. */
  #noteLater(kind: number): void {
    if (this.#speaksLater) return
    this.#speaksLater = true
    this.#ports.logger.info('a peer speaks a later version', { peer: this.peer, kind })
  }

  #send(message: SyncMessage): boolean {
    if (this.#closed) return false
    const hasRoom = this.#ports.net.send(this.peer, SYNC_PROTOCOL, encodeSyncMessage(message))
    if (!hasRoom) this.#queueFull = true
    return hasRoom
  }

  /** Whether one more answer, beside those asked for, could wait to be stored. */
  get #hasRoom(): boolean {
    let bytes = this.#waitingBytes + RANGE_BYTES_MAX
    for (const { session } of this.#channelsBySpace.values()) {
      bytes += session.wantCount * RANGE_BYTES_MAX
    }
    return bytes <= WAITING_BYTES_MAX
  }

  #receiveHello(nonce: Uint8Array): void {
    const known = this.#other
    if (known !== undefined && bytesToHex(known.nonce) !== bytesToHex(nonce)) this.#startOver()
    this.#other = { peer: this.peer, nonce }
    this.#sentTags = '?'
    this.refresh()
  }

  /** The peer's side of the connection is new: what was agreed before means nothing to it. */
  #startOver(): void {
    for (const channel of this.#channelsBySpace.values()) channel.session.close()
    this.#channelsBySpace.clear()
    this.#channelsByHandle.clear()
    this.#receivedTags = []
    this.#send({ kind: 'hello', nonce: this.#self.nonce })
  }

  #receiveTags(tags: readonly Uint8Array[]): void {
    this.#receivedTags = tags
    this.#earlier = []
    if (this.#other === undefined) return
    this.#match(this.#secrets(), this.#other)
    this.recognise()
  }

  /**
   * A member's device that was away for several keys knows only earlier ones, and one that was put out meanwhile never
   * gets newer ones: by those it is met, to be brought up to date, or to be told. Looked for when the peer says what it
   * knows, and when a space is added here.
   */
  recognise(): void {
    const other = this.#other
    if (other === undefined || this.#receivedTags.length === 0) return
    const missed = this.#host.earlierSecrets(this.peer).filter(({ synced }) => {
      // A link that both know begins a channel too, and on that one side may tell nothing to the other.
      return this.#channelsBySpace.get(synced)?.provesMember !== true
    })
    const tags = this.#receivedTags
    const found = matchTags(this.#ports.crypto, missed, tags, this.#self, other)
    const spaces = new Set(found.map(({ synced }) => synced))
    this.#earlier = [...this.#earlier.filter(({ synced }) => !spaces.has(synced)), ...found]
    if (found.length > 0) this.refresh()
  }

  #secrets(): readonly MeetingSecret[] {
    return [...this.#host.secrets(), ...this.#earlier]
  }

  /** Looks anew only where something has changed: most of what happens in a space leaves its secrets alone. */
  #match(secrets: readonly MeetingSecret[], other: Endpoint): void {
    const [digest, tags] = [digestOf(secrets), this.#receivedTags]
    const last = this.#lastMatch
    if (last?.digest !== digest || last.tags !== tags || last.other !== other) {
      const candidates = secrets.map(({ secret }, index) => ({ secret, index }))
      const found = matchTags(this.#ports.crypto, candidates, tags, this.#self, other)
      this.#lastMatch = { digest, tags, other, found: found.map(({ index }) => index) }
    }
    for (const index of this.#lastMatch!.found) this.#open(secrets[index]!, other)
  }

  #open(match: MeetingSecret, other: Endpoint): void {
    const { synced, secret } = match
    const handle = meetingHandle(this.#ports.crypto, secret, this.#self, other)
    const existing = this.#channelsBySpace.get(synced)
    const channel = existing ?? this.#createChannel(synced, handle)
    channel.handle = handle
    this.#channelsByHandle.set(bytesToHex(handle), channel)
    if (match.route === 'member') {
      channel.provesMember = true
      this.start(channel)
    } else {
      this.#meetByInvite(channel)
    }
  }

  #createChannel(synced: SyncedSpace, handle: Uint8Array): Channel {
    const session = new SpaceSession(synced.space, this.peer, synced.plan, {
      hasRoom: () => this.#hasRoom,
      isAskedLast: () => this.#host.isAskedLast(this.peer),
    })
    const channel: Channel = {
      link: this,
      synced,
      session,
      handle,
      started: false,
      provesMember: false,
      request: undefined,
      outcome: undefined,
      heardEarly: undefined,
      putOff: undefined,
      earlyForks: [],
      heldSerials: new Map(),
      given: new Map(),
    }
    this.#channelsBySpace.set(synced, channel)
    return channel
  }

  #meetByInvite(channel: Channel): void {
    const { space, join } = channel.synced
    if (join === undefined) {
      if (space.deviceOwner(this.peer) !== undefined) this.start(channel)
      return
    }
    if (channel.outcome !== undefined) return
    channel.outcome = 'asked'
    channel.started = true
    this.sendBody(channel, { kind: 'join', request: join.request })
    this.#host.channelChanged(channel)
  }

  #receiveSpaceMessage(message: SpaceMessage): void {
    const channel = this.#channelsByHandle.get(bytesToHex(message.handle))
    if (channel === undefined) return
    if (message.kind === 'join') return this.#host.joinAsked(channel, message.request)
    if (!channel.started) return
    if (message.kind === 'join-state') {
      this.#host.joinAnswered(channel, message.outcome, message.code)
    } else if (message.kind === 'holding') {
      this.#receiveHolding(channel, message.holding)
    } else if (message.kind === 'fork') {
      this.#receiveFork(channel, message.proof)
    } else {
      this.#host.spoken(channel)
      this.step(channel, { kind: 'received', body: message })
    }
  }

  #receiveHolding(channel: Channel, bytes: Uint8Array): void {
    const holding = channel.synced.holdings.receive(bytes)
    if (holding === 'invalid') return this.note('forgery', 'a forged holding')
    if (holding === undefined) return
    channel.heldSerials.set(holding.device, holding.serial)
    this.#host.holdingReceived(channel, holding)
  }

  #receiveFork(channel: Channel, bytes: Uint8Array): void {
    const decoded = decodeForkPoint(bytes)
    if (!decoded.ok) return this.note('garbage', 'not a fork proof')
    this.#takeFork(channel, decoded.value)
  }

  /** A device let in by entries that are on their way here cannot be judged yet, and the proof does not come again. */
  #takeFork(channel: Channel, point: ForkPoint): void {
    const { space } = channel.synced
    if (space.acceptsDevice(bytesToHex(point.publicKey) as DeviceId)) {
      if (!space.acceptForkPoint(point)) this.note('forgery', 'a forged fork proof')
    } else if (channel.earlyForks.length < EARLY_FORKS_MAX) {
      channel.earlyForks = [...channel.earlyForks, point]
    }
  }

  #perform(channel: Channel, effect: SessionEffect): void {
    if (effect.kind === 'send') this.#sendNews(channel, effect.body)
    else if (effect.kind === 'answer') this.#answer(channel)
    else if (effect.kind === 'silent') this.note('silence', 'a request was not answered')
    else if (effect.kind === 'accept-branch') this.#acceptBranch(channel, effect.want, effect.range)
    else this.#accept(channel, effect.device, effect.range)
  }

  /** Somebody who only holds the same link is asked, and told nothing. */
  #sendNews(channel: Channel, body: SpaceMessageBody): void {
    const tells = body.kind === 'vector' || body.kind === 'have'
    if (!tells || this.mayLearn(channel)) this.sendBody(channel, body)
  }

  mayLearn({ provesMember, synced }: Channel): boolean {
    return provesMember || synced.space.deviceOwner(this.peer) !== undefined
  }

  #answer(channel: Channel): void {
    while (!this.#queueFull && !this.#closed && !this.#inbox.isSpent) {
      const sinceMs = this.#ports.clock.monotonic()
      const answer = this.#nextAnswer(channel)
      if (answer === undefined) return
      const range = encodeLogRange(answer.range)
      const { device, branch: id } = answer
      if (id === undefined) this.sendBody(channel, { kind: 'range', device, range })
      else this.sendBody(channel, { kind: 'branch', id, range })
      if (this.#isGivenFirst(channel, answer)) this.#inbox.excuse(sinceMs)
      else this.#inbox.pay(sinceMs)
    }
  }

  /** Whether entries are among it that the peer was not given before on this connection. */
  #isGivenFirst({ given }: Channel, { device, range, branch }: SessionAnswer): boolean {
    if (branch !== undefined) return false
    const to = range.from + range.blocks.length
    if ((given.get(device) ?? 0) >= to) return false
    given.set(device, to)
    return true
  }

  /** A damaged disk costs the answer, not the link. */
  #nextAnswer(channel: Channel): SessionAnswer | undefined {
    if (!this.mayLearn(channel)) return undefined
    try {
      return channel.session.nextAnswer()
    } catch (error) {
      this.#ports.logger.error('a log could not be read', { code: errorCode(error) })
      return undefined
    }
  }

  #accept(channel: Channel, device: DeviceId, bytes: Uint8Array): void {
    const range = this.#decodeRange(bytes)
    if (range === undefined) return
    if (!this.#hasRoomFor(bytes)) return this.step(channel, { kind: 'dropped', device, range })
    this.#queue(bytes, async () => {
      const code = await this.#store(() => channel.synced.space.accept(device, range))
      if (code !== undefined) return this.#refuse(channel, device, code)
      // Also when the link has ended meanwhile: others go on from there.
      channel.synced.plan.noteTaken(device, range.from + range.blocks.length)
      this.step(channel, { kind: 'accepted', device })
    })
    this.step(channel, { kind: 'fetched', device, range })
  }

  #acceptBranch(channel: Channel, want: BranchWant, bytes: Uint8Array): void {
    const range = this.#decodeRange(bytes)
    if (range === undefined || !this.#hasRoomFor(bytes)) return
    this.#queue(bytes, async () => {
      const { id, device } = want
      const code = await this.#store(() => channel.synced.space.acceptBranch(want, range))
      if (code === undefined) return this.step(channel, { kind: 'branch-accepted', id })
      this.#ports.logger.warn('a part of a history was refused', { peer: this.peer, device, code })
      this.step(channel, { kind: 'branch-refused', id, code })
      if (DISHONEST_CODES.has(code)) this.note('forgery', code)
    })
  }

  #decodeRange(bytes: Uint8Array): LogRange | undefined {
    const decoded = decodeLogRange(bytes)
    if (decoded.ok) return decoded.value
    this.note('garbage', 'not a log range')
    return undefined
  }

  #hasRoomFor(bytes: Uint8Array): boolean {
    const isTooMuch = this.#waitingBytes + bytes.length > WAITING_BYTES_MAX
    return !isTooMuch && this.#waitingRanges < SIGNATURES_QUEUED_MAX
  }

  /** Ranges are stored one after the other. */
  #queue(bytes: Uint8Array, store: () => Promise<void>): void {
    this.#waitingBytes += bytes.length
    this.#waitingRanges++
    this.#waiting = this.#waiting.then(async () => {
      await store()
      this.#waitingBytes -= bytes.length
      this.#waitingRanges--
    })
    // The whole message, reading it included; paid for later should it turn out to bring nothing.
    this.#inbox.excuse()
  }

  /** `undefined` when stored, else why not. The disk's own failures do not end the link: they may pass. */
  async #store(accept: () => ReturnType<SyncSpace['accept']>): Promise<string | undefined> {
    const sinceMs = this.#ports.clock.monotonic()
    try {
      const result = await accept()
      const isNews = result.ok && result.value.to > result.value.from
      if (!isNews) this.#inbox.pay(sinceMs)
      return result.ok ? undefined : result.error.code
    } catch (error) {
      return errorCode(error) ?? 'unknown'
    }
  }

  #refuse(channel: Channel, device: DeviceId, code: string): void {
    this.#ports.logger.warn('a range was refused', { peer: this.peer, device, code })
    // Also when the link has ended meanwhile: others must not wait for what this peer sent.
    channel.synced.plan.forgetFetched(device)
    this.step(channel, { kind: 'refused', device, code })
    if (DISHONEST_CODES.has(code)) this.note('forgery', code)
    else if (MISFIT_CODES.has(code)) this.note('misfit', code)
  }
}

function digestOf(secrets: readonly MeetingSecret[]): string {
  return secrets.map(({ secret }) => bytesToHex(secret)).join()
}
