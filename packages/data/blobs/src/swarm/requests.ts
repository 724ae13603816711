/**
 * What peers are asked for, and what they answer.
 *
 * Each line has a window of chunks that are asked for at once (`SourceEstimate`), shared by all downloads the peer has something for: the
 * next goes to one where somebody waits for it, else to the one that has had least for its priority. A line that is late is asked
 * for nothing new; what it was asked for goes to others, and what it brings late is taken all the same.
 *
 * Invariants:
 * 1. A peer is asked for what it said it holds, while it does not choke us, and for no chunk twice at a time.
 * 2. Every chunk is verified before it is kept; a wrong one names who sent it, and only that one.
 */

import { assert } from '@hamlet/core'
import type { Clock } from '@hamlet/core'
import type { ReceiptBook } from './receipt-book.ts'
import {
  SWARM_DUPLICATES_MAX,
  SWARM_REQUESTS_PER_MESSAGE_MAX,
  SWARM_SILENT_MS_MAX,
} from './swarm-limits.ts'
import type { ChunkMessage, ChunkRequest, ProofMessage, RejectReason } from './swarm-message.ts'
import type { TokenBucket } from './token-bucket.ts'
import type { Ask, Loading, PeerLine, Swarm, SwarmChannel } from './swarm-state.ts'

/** A duplicate is asked for where it is expected this much sooner. */
const WORTH_FACTOR = 0.8
/** In so many parts a window is asked for. */
const REQUEST_PARTS = 8

export interface RequestsOwner {
  readonly clock: Clock
  readonly book: ReceiptBook
  readonly downBucket: TokenBucket
  lines(): Iterable<PeerLine>
  /** Hashes that prove a chunk, for who has its bytes from elsewhere. */
  onProof(channel: SwarmChannel, message: ProofMessage): void
  /** No proof will come. */
  onNoProof(swarm: Swarm, chunk: number): void
  /** Everything that came from the peer is to be signed for. */
  settle(line: PeerLine): void
  /** It has not answered for so long that there is no use in waiting. */
  onSilent(line: PeerLine): void
}

export class Requests {
  readonly #owner: RequestsOwner
  #isPumpDue = false

  constructor(owner: RequestsOwner) {
    this.#owner = owner
  }

  pumpAll(): void {
    // Who is expected to answer first is asked first: what is urgent goes there.
    const lines = [...this.#owner.lines()].sort((a, b) => expectedMs(a) - expectedMs(b))
    for (const line of lines) this.pump(line)
  }

  /** Asks a peer for as much as its window allows. */
  pump(line: PeerLine): void {
    if (!line.isReady || line.isClosed || line.isChokedByPeer) return
    const chosen = new Map<SwarmChannel, ChunkRequest[]>()
    const windowEnd = Math.min(line.estimate.window, line.requestsMax)
    while (line.askedCount < windowEnd && this.#mayLoad()) {
      const next = this.#next(line)
      if (!next) break
      const [channel, request] = next
      const requests = chosen.get(channel) ?? []
      requests.push(request)
      chosen.set(channel, requests)
    }
    for (const [channel, requests] of chosen) sendRequests(channel, requests)
  }

  /** Asks for the proof of a chunk alone. Whether it was asked for. */
  askProof(channel: SwarmChannel, chunk: number): boolean {
    const { line } = channel
    const isPossible =
      channel.isOpen && !line.isChokedByPeer && channel.held.has(chunk) && !channel.isAsked(chunk)
    if (!isPossible || line.askedCount >= line.requestsMax) return false
    this.#noteAsk(channel, chunk, undefined, 0)
    sendRequests(channel, [{ chunk, uncles: undefined }])
    return true
  }

  onChunk(channel: SwarmChannel, message: ChunkMessage): void {
    const { swarm, line } = channel
    const { chunk, bytes, uncles } = message
    const ask = channel.asked.get(chunk)
    if (!ask || ask.uncles === undefined) {
      line.fault({ code: 'SWARM_UNASKED', message: `chunk ${chunk}, which nobody asked for` })
      return
    }
    this.#settleAsk(channel, chunk, ask)
    this.#noteAnswer(line, ask, bytes.length)
    line.lastChunkMs = this.#owner.clock.monotonic()
    swarm.down.add(bytes.length, line.lastChunkMs)
    channel.receivedBytes += bytes.length
    const outcome = this.#store(channel, chunk, ask, bytes, uncles)
    if (outcome === 'wrong') {
      line.fault({ code: 'SWARM_WRONG_CHUNK', message: `chunk ${chunk} is not of the blob` })
      return
    }
    if (outcome === 'written') {
      const came = { blob: channel.counted, chunk, bytes: bytes.length }
      if (channel.isCounted) this.#owner.book.received(line.peer, swarm.topicKey, came)
    } else swarm.wastedBytes += bytes.length
    const isIdle = line.askedCount === 0
    if (isIdle || this.#owner.book.isDue(line.peer, line.peerStepBytes)) this.#owner.settle(line)
    // Of a large window some at a time: a message for each chunk that came would be as many messages as chunks.
    const free = line.estimate.window - line.askedCount
    if (free * REQUEST_PARTS >= line.estimate.window) this.pump(line)
  }

  onReject(channel: SwarmChannel, chunk: number, reason: RejectReason): void {
    const { swarm, line } = channel
    const ask = channel.asked.get(chunk)
    if (!ask) {
      line.fault({ code: 'SWARM_UNASKED', message: `an answer to chunk ${chunk}` })
      return
    }
    this.#settleAsk(channel, chunk, ask)
    if (ask.uncles === undefined) this.#owner.onNoProof(swarm, chunk)
    if (reason === 'not-here') forgetHeld(channel, chunk)
    // It does answer; but who only says no is not asked again at once.
    if (reason === 'not-now') line.estimate.late()
    if (line.askedCount === 0) this.#owner.settle(line)
    if (reason !== 'not-now') this.pump(line)
    else this.#pumpSoon()
  }

  onProof(channel: SwarmChannel, message: ProofMessage): void {
    const { line } = channel
    const ask = channel.asked.get(message.chunk)
    if (!ask || ask.uncles !== undefined) {
      line.fault({ code: 'SWARM_UNASKED', message: `a proof of chunk ${message.chunk}` })
      return
    }
    this.#settleAsk(channel, message.chunk, ask)
    this.#owner.onProof(channel, message)
  }

  /** The chunk is here: whoever else was asked for it need not send it. */
  onStored(swarm: Swarm, chunk: number): void {
    for (const channel of swarm.channels) {
      const ask = channel.asked.get(chunk)
      if (!ask || ask.isReleased) continue
      release(swarm, chunk, ask)
      channel.line.send({ type: 'cancel', channel: channel.number, chunk })
    }
  }

  /** Nothing more is wanted of a swarm. */
  cancelAll(swarm: Swarm): void {
    for (const channel of swarm.channels) {
      for (const [chunk, ask] of channel.asked) {
        if (ask.isReleased || ask.uncles === undefined) continue
        release(swarm, chunk, ask)
        channel.line.send({ type: 'cancel', channel: channel.number, chunk })
      }
    }
  }

  /** The channel is closed: no answers come any more. */
  dropAsks(channel: SwarmChannel): void {
    const { swarm, line } = channel
    for (const [chunk, ask] of channel.asked) {
      release(swarm, chunk, ask)
      line.askedCount--
      line.askedBytes -= ask.bytes
      if (ask.uncles === undefined) this.#owner.onNoProof(swarm, chunk)
    }
    channel.asked.clear()
  }

  /** What a line that is late was asked for goes to others. */
  checkLate(line: PeerLine): void {
    if (line.askedCount === 0) return
    const nowMs = this.#owner.clock.monotonic()
    const oldest = oldestAsk(line)
    const sinceMs = Math.max(line.estimate.lastAnswerMs ?? 0, oldest)
    if (nowMs - oldest > SWARM_SILENT_MS_MAX && nowMs - sinceMs > SWARM_SILENT_MS_MAX) {
      this.#owner.onSilent(line)
      return
    }
    if (nowMs - sinceMs <= line.estimate.patienceMs(firstBytes(line))) return
    let isNew = false
    for (const channel of line.channels.values()) {
      for (const [chunk, ask] of channel.asked) {
        if (ask.isReleased) continue
        isNew = true
        release(channel.swarm, chunk, ask)
      }
    }
    if (!isNew) return
    line.estimate.late()
    this.#pumpSoon()
  }

  /** Until a chunk that was asked for comes, from whoever is expected to bring it first. */
  remainingMs(swarm: Swarm, chunk: number): number {
    const nowMs = this.#owner.clock.monotonic()
    let leastMs = Number.POSITIVE_INFINITY
    for (const channel of swarm.channels) {
      const ask = channel.asked.get(chunk)
      if (!ask || ask.isReleased) continue
      const elapsedMs = nowMs - ask.askedMs
      // Beyond what was expected, it may take as long again.
      const leftMs = elapsedMs > ask.expectedMs ? elapsedMs : ask.expectedMs - elapsedMs
      leastMs = Math.min(leastMs, leftMs)
    }
    return leastMs
  }

  /** The next chunk to ask the peer for, noted as asked. */
  #next(line: PeerLine): readonly [SwarmChannel, ChunkRequest] | undefined {
    for (const channel of channelsByNeed(line)) {
      const { loading } = channel.swarm
      const chunk = loading!.picker.pick(channel) ?? this.#pickDuplicate(channel)
      if (chunk === undefined) continue
      const uncles = loading!.knownHeight(chunk)
      if (uncles === undefined) continue
      const bytes = channel.swarm.chunkBytes(chunk)
      this.#noteAsk(channel, chunk, uncles, bytes)
      loading!.picker.asked(chunk)
      loading!.noteShare(bytes)
      this.#owner.downBucket.take(bytes)
      return [channel, { chunk, uncles }]
    }
    return undefined
  }

  #pickDuplicate(channel: SwarmChannel): number | undefined {
    const { swarm, line } = channel
    const mineMs = line.estimate.expectedMs(line.askedBytes + swarm.chunkBytes(0))
    return swarm.loading!.picker.duplicate(channel, SWARM_DUPLICATES_MAX, (chunk) => {
      const theirsMs = this.remainingMs(swarm, chunk)
      return mineMs < theirsMs * WORTH_FACTOR
    })
  }

  #noteAsk(channel: SwarmChannel, chunk: number, uncles: number | undefined, bytes: number): void {
    const { line } = channel
    assert(!channel.asked.has(chunk), 'a peer is asked for a chunk once at a time')
    const askedMs = this.#owner.clock.monotonic()
    line.estimate.asked(line.askedCount, askedMs)
    line.askedCount++
    line.askedBytes += bytes
    const expected = line.estimate.expectedMs(line.askedBytes)
    channel.asked.set(chunk, { askedMs, uncles, bytes, expectedMs: expected, isReleased: false })
  }

  #settleAsk(channel: SwarmChannel, chunk: number, ask: Ask): void {
    const { line, swarm } = channel
    channel.asked.delete(chunk)
    line.askedCount--
    line.askedBytes -= ask.bytes
    release(swarm, chunk, ask)
  }

  #noteAnswer(line: PeerLine, ask: Ask, bytes: number): void {
    const nowMs = this.#owner.clock.monotonic()
    line.down.add(bytes, nowMs)
    line.estimate.answered(bytes, ask.askedMs, nowMs)
  }

  #store(
    { swarm }: SwarmChannel,
    chunk: number,
    ask: Ask,
    bytes: Uint8Array,
    uncles: readonly Uint8Array[],
  ): 'written' | 'wrong' | 'unused' {
    if (bytes.length !== ask.bytes || uncles.length !== ask.uncles) return 'wrong'
    const { loading } = swarm
    if (!loading || swarm.held.has(chunk)) return 'unused'
    return loading.write(chunk, bytes, uncles)
  }

  #mayLoad(): boolean {
    const { downBucket, clock } = this.#owner
    const waitMs = downBucket.waitMs(clock.monotonic())
    if (waitMs > 0 && waitMs < Number.POSITIVE_INFINITY) this.#pumpSoon(waitMs)
    return waitMs === 0
  }

  #pumpSoon(delayMs = 0): void {
    if (this.#isPumpDue) return
    this.#isPumpDue = true
    this.#owner.clock.after(delayMs, () => {
      this.#isPumpDue = false
      this.pumpAll()
    })
  }
}

/** Others may be asked for it. */
function release({ loading }: Swarm, chunk: number, ask: Ask): void {
  if (ask.isReleased) return
  ask.isReleased = true
  if (ask.uncles !== undefined) loading?.picker.released(chunk)
}

function forgetHeld(channel: SwarmChannel, chunk: number): void {
  if (!channel.held.has(chunk)) return
  channel.swarm.loading?.picker.lost(channel, chunk)
  channel.loses(chunk)
}

function sendRequests(channel: SwarmChannel, requests: readonly ChunkRequest[]): void {
  const { line, number } = channel
  for (let at = 0; at < requests.length; at += SWARM_REQUESTS_PER_MESSAGE_MAX) {
    const part = requests.slice(at, at + SWARM_REQUESTS_PER_MESSAGE_MAX)
    line.send({ type: 'request', channel: number, requests: part })
  }
}

/** The downloads a peer has something for: first where somebody waits, then who has had least for its priority. */
function channelsByNeed(line: PeerLine): SwarmChannel[] {
  const channels: SwarmChannel[] = []
  for (const channel of line.channels.values()) {
    const { loading } = channel.swarm
    if (channel.isOpen && channel.useful > 0 && loading?.isAsking) channels.push(channel)
  }
  return channels.length < 2
    ? channels
    : channels.sort((a, b) => compareNeed(loadingOf(a), loadingOf(b)))
}

function compareNeed(a: Loading, b: Loading): number {
  if (a.picker.hasUrgent !== b.picker.hasUrgent) return a.picker.hasUrgent ? -1 : 1
  return a.share - b.share
}

function loadingOf(channel: SwarmChannel): Loading {
  return channel.swarm.loading!
}

function expectedMs(line: PeerLine): number {
  return line.estimate.expectedMs(line.askedBytes)
}

function oldestAsk(line: PeerLine): number {
  let oldestMs = Number.POSITIVE_INFINITY
  for (const channel of line.channels.values()) {
    // Maps keep the order in which was asked.
    const first = channel.asked.values().next().value
    if (first) oldestMs = Math.min(oldestMs, first.askedMs)
  }
  return oldestMs
}

/** Of the chunk that is answered next. */
function firstBytes(line: PeerLine): number {
  return line.askedCount === 0 ? 0 : line.askedBytes / line.askedCount
}
