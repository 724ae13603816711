/**
 * The line to one peer: who says what of which swarm, in both directions.
 *
 * Who wants something of the other opens its swarm; the answer to an `open` whose proof is right, of a peer that is allowed, is an `open`
 * that names it, and then the swarm is open. To any other it is `refused`, whether the blob is here or not. Since an answer names what it
 * answers, what crosses a goodbye on its way is never taken for an answer to what was opened after it.
 *
 * Invariants:
 * 1. Whoever says what is no message, answers what nobody asked, or asks for more than it may, is cut off and named.
 * 2. Memory of one line: `SWARM_CHANNELS_MAX` channels with a bit for each chunk of blobs that we have ourselves, `SWARM_REQUESTS_QUEUED_MAX`
 *    requests, `SWARM_WINDOW_MAX` asks.
 */

import { concatBytes, equalBytes, equalBytesConstantTime } from '@hamlet/core'
import type { Clock, Crypto } from '@hamlet/core'
import { ChunkSet } from '../chunk-set.ts'
import type { ChunkRun } from '../chunk-set.ts'
import {
  SWARM_CHANNELS_MAX,
  SWARM_GREET_MS,
  SWARM_REQUESTS_QUEUED_MAX,
  SWARM_TALK_BURST,
  SWARM_TALK_PER_SECOND,
} from './swarm-limits.ts'
import { decodeSwarmMessage, encodeSwarmParts } from './swarm-message.ts'
import type { SwarmFault } from './errors.ts'
import type { ChannelMessage, OpenSwarmMessage, SwarmMessage } from './swarm-message.ts'
import { PeerLine, SwarmChannel } from './swarm-state.ts'
import type { Swarm } from './swarm-state.ts'
import { swarmProof } from './swarm-topic.ts'
import type { SwarmCounting } from './swarm-counting.ts'
import type { SwarmNet } from './swarm-types.ts'

export const SWARM_PROTOCOL = '/hamlet/swarm/1.0.0'
const NO_ROOT = new Uint8Array(32)
/** Of a `have`: more chunks than this are taken in at once instead of one by one. */
const MANY_CHUNKS = 1024

/** What a line needs of the engine. */
export interface LineOwner {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly net: SwarmNet
  swarmOf(topic: Uint8Array): Swarm | undefined
  readonly counting: Pick<SwarmCounting, 'termsOf'>
  /** The peer said hello. */
  onReady(line: SwarmLine): void
  onOpened(channel: SwarmChannel): void
  onClosed(channel: SwarmChannel): void
  onRefused(swarm: Swarm, peer: string): void
  onMessage(channel: SwarmChannel, message: ChannelMessage): void
  /** It chokes us, or no longer does. */
  onChoke(line: SwarmLine): void
  onFault(line: SwarmLine, fault: SwarmFault): void
}

export class SwarmLine extends PeerLine {
  /** Answers that may still come to what was asked in channels that are closed. */
  #strayAnswers = 0
  readonly #owner: LineOwner
  readonly #remote = new Map<number, SwarmChannel>()
  readonly #bySwarm = new Map<Swarm, SwarmChannel>()
  #greetedAtMs: number | undefined
  #nextChannel = 0
  #talk = SWARM_TALK_BURST
  #talkAtMs: number

  constructor(owner: LineOwner, peer: string) {
    super(peer, owner.clock.monotonic())
    this.#owner = owner
    this.#talkAtMs = this.sinceMs
  }

  override channelOf(swarm: Swarm): SwarmChannel | undefined {
    return this.#bySwarm.get(swarm)
  }

  /** Begins to talk to the peer. */
  greet(): void {
    if (this.#greetedAtMs === undefined) this.#sayHello()
  }

  /** A peer that was just starting may not have heard it: nothing else would ever be said on this line. */
  greetAgain(): void {
    if (this.isReady || this.#greetedAtMs === undefined) return
    if (this.#owner.clock.monotonic() - this.#greetedAtMs >= SWARM_GREET_MS) this.#sayHello()
  }

  #sayHello(): void {
    this.#greetedAtMs = this.#owner.clock.monotonic()
    this.send({ type: 'hello', requestsMax: SWARM_REQUESTS_QUEUED_MAX })
  }

  /** Opens a swarm, once the peer has said hello. */
  open(swarm: Swarm): void {
    if (!this.isReady || this.isClosed || this.#bySwarm.has(swarm)) return
    this.#createChannel(swarm)
  }

  /** A message came; its memory may be used again after the call. */
  receive(bytes: Uint8Array): void {
    if (this.isClosed) return
    const message = decodeSwarmMessage(bytes)
    if (!message.ok) this.fault(message.error)
    else if (this.#mayTalk(message.value)) this.#onMessage(message.value)
    else this.fault({ code: 'SWARM_FLOOD', message: 'talks too much' })
  }

  override send(message: SwarmMessage, sent?: () => void): void {
    if (this.isClosed) return
    const { net } = this.#owner
    const parts = encodeSwarmParts(message)
    const hasRoom = net.sendParts
      ? net.sendParts(this.peer, SWARM_PROTOCOL, parts, sent)
      : net.send(this.peer, SWARM_PROTOCOL, parts.length === 1 ? parts[0]! : concatBytes(...parts))
    if (!hasRoom) this.isFull = true
  }

  /** Takes a swarm off the line. */
  override close(channel: SwarmChannel, isTold: boolean): void {
    if (!this.channels.delete(channel.number)) return
    if (isTold) this.send({ type: 'goodbye', channel: channel.number })
    if (channel.remote !== undefined) this.#remote.delete(channel.remote)
    this.#bySwarm.delete(channel.swarm)
    this.#strayAnswers += channel.asked.size
    for (let i = this.queue.length - 1; i >= 0; i--) {
      if (this.queue[i]!.channel === channel) this.queue.splice(i, 1)
    }
    this.#owner.onClosed(channel)
  }

  override end(): void {
    if (this.isClosed) return
    this.isClosed = true
    for (const channel of [...this.channels.values()]) this.close(channel, false)
  }

  /** Ends the line because of what the peer did. */
  override fault(fault: SwarmFault): void {
    if (!this.isClosed) this.#owner.onFault(this, fault)
  }

  #createChannel(swarm: Swarm, answers?: number): SwarmChannel | undefined {
    if (this.channels.size >= SWARM_CHANNELS_MAX) return undefined
    const terms = this.#owner.counting.termsOf(this.peer, swarm)
    const channel = new SwarmChannel(swarm, this, this.#freeNumber(), terms)
    this.channels.set(channel.number, channel)
    this.#bySwarm.set(swarm, channel)
    const { crypto, net } = this.#owner
    const { topic, id } = swarm
    const proof = swarmProof(crypto, id.root, net.self, this.peer)
    this.send({ type: 'open', channel: channel.number, answers, topic, proof, terms })
    return channel
  }

  #freeNumber(): number {
    let number = this.#nextChannel
    while (this.channels.has(number)) number = (number + 1) % SWARM_CHANNELS_MAX
    this.#nextChannel = (number + 1) % SWARM_CHANNELS_MAX
    return number
  }

  #onMessage(message: SwarmMessage): void {
    if (message.type === 'hello') {
      this.#onHello(message.requestsMax)
      return
    }
    if (!this.isReady) {
      this.fault({ code: 'SWARM_MALFORMED', message: 'said something before hello' })
      return
    }
    switch (message.type) {
      case 'open':
        this.#onOpen(message)
        return
      case 'refused':
        this.#onRefused(message.channel)
        return
      case 'choke':
        this.isChokedByPeer = message.isChoked
        if (!message.isChoked) this.peerStepBytes = message.stepBytes
        this.#owner.onChoke(this)
        return
      default:
        this.#onChannelMessage(message)
    }
  }

  #onHello(requestsMax: number): void {
    if (this.isReady) {
      // Who was not heard in time says it again.
      if (requestsMax === this.requestsMax) return
      this.fault({ code: 'SWARM_MALFORMED', message: 'said another hello' })
      return
    }
    this.requestsMax = requestsMax
    this.greet()
    this.#owner.onReady(this)
  }

  #onOpen(message: OpenSwarmMessage): void {
    const { crypto, net } = this.#owner
    const swarm = this.#owner.swarmOf(message.topic)
    // As much work for what is not here, so that time tells nothing either.
    const proof = swarmProof(crypto, swarm?.id.root ?? NO_ROOT, this.peer, net.self)
    const isRight = equalBytesConstantTime(proof, message.proof)
    if (!swarm || !isRight || !swarm.access.isAllowed(this.peer)) {
      this.send({ type: 'refused', channel: message.channel })
      return
    }
    if (this.#remote.has(message.channel)) {
      this.fault({ code: 'SWARM_MALFORMED', message: 'opened two swarms under one number' })
      return
    }
    const { answers } = message
    if (answers === undefined && this.#isOursFirst(swarm)) return
    const channel =
      answers === undefined
        ? this.#answerOpen(swarm, message.channel)
        : this.#opening(swarm, answers)
    if (!channel) {
      this.send({ type: 'refused', channel: message.channel })
      return
    }
    channel.remote = message.channel
    channel.terms = agreedTerms(channel.offered, message)
    this.#remote.set(message.channel, channel)
    this.sendHave(channel, [...swarm.held.runs()])
    this.#owner.onOpened(channel)
  }

  /** Both opened it at once: that of the smaller device id counts, and the other side answers it. */
  #isOursFirst(swarm: Swarm): boolean {
    const own = this.#bySwarm.get(swarm)
    return own !== undefined && !own.isOpen && this.#owner.net.self < this.peer
  }

  /** A channel that answers the peer's; one that we were opening is given up for it. */
  #answerOpen(swarm: Swarm, answers: number): SwarmChannel | undefined {
    const own = this.#bySwarm.get(swarm)
    if (own) this.close(own, false)
    return this.#createChannel(swarm, answers)
  }

  /** Our channel that the peer answers, unless it was closed meanwhile. */
  #opening(swarm: Swarm, number: number): SwarmChannel | undefined {
    const channel = this.channels.get(number)
    return channel?.swarm === swarm && !channel.isOpen ? channel : undefined
  }

  #onRefused(number: number): void {
    const channel = this.channels.get(number)
    // What crossed our goodbye on its way is no fault.
    if (!channel) return
    const { swarm, isOpen } = channel
    this.close(channel, false)
    // An answer to what the peer no longer opens is refused, too; it is opened anew by whoever needs it.
    if (!isOpen) this.#owner.onRefused(swarm, this.peer)
  }

  #onChannelMessage(message: ChannelMessage): void {
    const channel = this.#remote.get(message.channel)
    if (!channel) {
      this.#onStray(message)
      return
    }
    if (message.type === 'goodbye') this.close(channel, false)
    else if (message.type === 'have') this.#onHave(channel, message.ranges)
    else this.#owner.onMessage(channel, message)
  }

  /** It crossed the end of its swarm on its way, or answers what nobody asked. */
  #onStray(message: ChannelMessage): void {
    const isAnswer =
      message.type === 'chunk' || message.type === 'proof' || message.type === 'reject'
    if (!isAnswer) return
    if (this.#strayAnswers-- > 0) return
    this.fault({ code: 'SWARM_UNASKED', message: 'an answer in a swarm that is not open' })
  }

  #onHave(channel: SwarmChannel, ranges: readonly ChunkRun[]): void {
    const { swarm } = channel
    const last = ranges.at(-1)!
    if (last.first + last.count > swarm.chunkCount) {
      this.fault({ code: 'SWARM_MALFORMED', message: 'has more chunks than the blob' })
      return
    }
    const count = ranges.reduce((sum, range) => sum + range.count, 0)
    if (count > MANY_CHUNKS || count === swarm.chunkCount) this.#takeMany(channel, ranges)
    else this.#takeFew(channel, ranges)
    this.#owner.onMessage(channel, { type: 'have', channel: channel.number, ranges })
  }

  #takeFew(channel: SwarmChannel, ranges: readonly ChunkRun[]): void {
    const picker = channel.swarm.loading?.picker
    for (const { first, count } of ranges) {
      for (let chunk = first; chunk < first + count; chunk++) {
        if (channel.gains(chunk)) picker?.gained(channel, chunk)
      }
    }
  }

  #takeMany(channel: SwarmChannel, ranges: readonly ChunkRun[]): void {
    const picker = channel.swarm.loading?.picker
    picker?.removeSource(channel)
    const held = channel.held.clone()
    for (const { first, count } of ranges) held.addRun(first, count)
    channel.held = held.isFull ? ChunkSet.full(held.chunkCount) : held
    channel.recount()
    picker?.addSource(channel)
  }

  /** Chunks, and asking for them, are limited by what may be open; everything else by time. */
  #mayTalk({ type }: SwarmMessage): boolean {
    if (type === 'chunk' || type === 'request' || type === 'reject' || type === 'proof') return true
    const nowMs = this.#owner.clock.monotonic()
    const gained = ((nowMs - this.#talkAtMs) * SWARM_TALK_PER_SECOND) / 1000
    this.#talk = Math.min(SWARM_TALK_BURST, this.#talk + gained) - 1
    this.#talkAtMs = nowMs
    return this.#talk >= 0
  }
}

/** Of the names of who opens the swarm, the first that the other has as well. */
function agreedTerms(
  own: readonly Uint8Array[],
  { answers, terms: others }: OpenSwarmMessage,
): Uint8Array | undefined {
  const isOurs = (name: Uint8Array): boolean => own.some((each) => equalBytes(each, name))
  const isTheirs = (name: Uint8Array): boolean => others.some((each) => equalBytes(each, name))
  const agreed = answers === undefined ? others.find(isOurs) : own.find(isTheirs)
  // The memory of a message is used again.
  return agreed?.slice()
}
