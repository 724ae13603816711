/**
 * What peers have asked us for, and when it is answered.
 *
 * Each line has a queue; the lines take turns, a chunk each, while they have room, are not choked, have not used up what goes unsigned,
 * and the limit on our upload allows it. A chunk goes out as it was read, behind its hashes, without being copied,
 * and its memory is used again once the line says that it is sent.
 *
 * Invariant: each request is answered once, and none is read from the disk before its turn.
 */

import type { Cancel, Clock, Crypto } from '@hamlet/core'
import { nodeOfChunk } from '../merkle/chunk-proof.ts'
import { ChunkMemory } from './chunk-memory.ts'
import type { ReceiptBook } from './receipt-book.ts'
import { SWARM_OFFENCES_MAX, SWARM_REQUESTS_QUEUED_MAX } from './swarm-limits.ts'
import type { ChunkMessage, ChunkRequest, RejectReason } from './swarm-message.ts'
import type { TokenBucket } from './token-bucket.ts'
import type { PeerLine, QueuedRequest, Swarm, SwarmChannel } from './swarm-state.ts'

/** Chunks answered before other work has its turn. */
const TURN_CHUNKS = 64

export interface UploadsOwner {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly book: ReceiptBook
  readonly upBucket: TokenBucket
  lines(): Iterable<PeerLine>
  /** A chunk that we said is here is not. */
  onLost(swarm: Swarm, chunk: number): void
  onReadFailed(swarm: Swarm, error: unknown): void
}

export class Uploads {
  readonly #owner: UploadsOwner
  readonly #memory = new ChunkMemory()
  #wake: Cancel | undefined
  #isPumping = false
  /** The line whose turn it is next. */
  #turn = 0

  constructor(owner: UploadsOwner) {
    this.#owner = owner
  }

  onRequest(channel: SwarmChannel, requests: readonly ChunkRequest[]): void {
    for (const request of requests) {
      if (channel.line.isClosed) return
      this.#take(channel, request)
    }
    this.pump()
  }

  onCancel(channel: SwarmChannel, chunk: number): void {
    const { queue } = channel.line
    const at = queue.findIndex((each) => each.channel === channel && each.chunk === chunk)
    // It was answered already: the answer is on its way.
    if (at < 0) return
    queue.splice(at, 1)
    reject(channel, chunk, 'cancelled')
  }

  /** Nothing of what the peer asked for is answered any more. */
  choke(line: PeerLine): void {
    for (const { channel, chunk } of line.queue.splice(0)) reject(channel, chunk, 'choked')
  }

  /** Answers as much as may go now. */
  pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    for (let left = TURN_CHUNKS; ; left--) {
      const line = this.#nextLine()
      if (!line) break
      if (left === 0) {
        this.#wakeIn(0)
        break
      }
      this.#answer(line, line.queue.splice(this.#nextAt(line).at, 1)[0]!)
    }
    this.#isPumping = false
  }

  #take(channel: SwarmChannel, request: ChunkRequest): void {
    const { line, swarm } = channel
    const { chunk, uncles } = request
    if (chunk >= swarm.chunkCount || (uncles ?? 0) > swarm.depth) {
      line.fault({ code: 'SWARM_MALFORMED', message: `asked for chunk ${chunk}` })
      return
    }
    if (line.isChoking) {
      reject(channel, chunk, 'choked')
      this.#offend(line, 'asks while it is choked')
    } else if (!swarm.held.has(chunk)) {
      reject(channel, chunk, 'not-here')
      this.#offend(line, 'asks for what it was not offered')
    } else if (line.queue.length >= SWARM_REQUESTS_QUEUED_MAX) {
      line.fault({ code: 'SWARM_FLOOD', message: 'asks for more than may wait' })
    } else if (line.queue.some((each) => each.channel === channel && each.chunk === chunk)) {
      line.fault({ code: 'SWARM_FLOOD', message: `asked twice for chunk ${chunk}` })
    } else enqueue(line, { channel, chunk, uncles })
  }

  /** Once it crosses something on its way; again and again it does not. */
  #offend(line: PeerLine, message: string): void {
    line.offences++
    if (line.offences > SWARM_OFFENCES_MAX + SWARM_REQUESTS_QUEUED_MAX) {
      line.fault({ code: 'SWARM_FLOOD', message })
    }
  }

  /** The next line, in turn, that may have its next chunk. */
  #nextLine(): PeerLine | undefined {
    const lines = [...this.#owner.lines()]
    let waitMs = Number.POSITIVE_INFINITY
    for (let i = 0; i < lines.length; i++) {
      const at = (this.#turn + i) % lines.length
      const line = lines[at]!
      if (line.queue.length === 0 || line.isFull || line.isClosed) continue
      const lineWaitMs = this.#waitMs(line)
      if (lineWaitMs === 0) {
        this.#turn = at + 1
        return line
      }
      waitMs = Math.min(waitMs, lineWaitMs)
    }
    if (waitMs < Number.POSITIVE_INFINITY) this.#wakeIn(waitMs)
    return undefined
  }

  #waitMs(line: PeerLine): number {
    const { clock, upBucket } = this.#owner
    const nowMs = clock.monotonic()
    const { at, unpaidMs } = this.#nextAt(line)
    line.unpaidSinceMs = unpaidMs === 0 ? undefined : (line.unpaidSinceMs ?? nowMs)
    const isProof = line.queue[at]!.uncles === undefined
    return isProof ? 0 : Math.max(unpaidMs, upBucket.waitMs(nowMs))
  }

  /** The place of the next request: where nothing more may go unsigned, one that has not to be signed for comes first. */
  #nextAt(line: PeerLine): { readonly at: number; readonly unpaidMs: number } {
    const unpaidMs = this.#unpaidMs(line, line.queue[0]!)
    if (unpaidMs === 0) return { at: 0, unpaidMs }
    const at = line.queue.findIndex((request) => this.#unpaidMs(line, request) === 0)
    return at < 0 ? { at: 0, unpaidMs } : { at, unpaidMs: 0 }
  }

  #unpaidMs(line: PeerLine, { channel, chunk, uncles }: QueuedRequest): number {
    if (uncles === undefined || !channel.isCounted) return 0
    const bytes = channel.swarm.chunkBytes(chunk)
    return this.#owner.book.waitMs(line.peer, line.stepBytes, bytes)
  }

  #wakeIn(delayMs: number): void {
    this.#wake?.()
    this.#wake = this.#owner.clock.after(delayMs, () => {
      this.#wake = undefined
      this.pump()
    })
  }

  #answer(line: PeerLine, request: QueuedRequest): void {
    const memory = this.#memory.take()
    const giveBack = (): void => this.#memory.giveBack(memory)
    const bytes = this.#answerFrom(memory, line, request, giveBack)
    // It lies elsewhere, or is not on its way.
    if (bytes?.buffer !== memory.buffer) giveBack()
  }

  /** The bytes that are on their way, if any. */
  #answerFrom(
    memory: Uint8Array,
    line: PeerLine,
    { channel, chunk, uncles: count }: QueuedRequest,
    sent: () => void,
  ): Uint8Array | undefined {
    const { swarm } = channel
    let bytes: Uint8Array | undefined
    let uncles: readonly Uint8Array[] | undefined
    try {
      bytes = swarm.blob.readChunk(chunk, memory)
      uncles = bytes && swarm.blob.uncles(chunk, count)
    } catch (error) {
      reject(channel, chunk, 'not-now')
      this.#owner.onReadFailed(swarm, error)
      return undefined
    }
    if (!bytes || !uncles) {
      reject(channel, chunk, 'not-here')
      this.#owner.onLost(swarm, chunk)
      return undefined
    }
    if (count === undefined) {
      this.#prove(channel, chunk, bytes, uncles)
      return undefined
    }
    const isLent = bytes.buffer === memory.buffer
    this.#give(line, channel, { chunk, uncles, bytes }, isLent ? sent : undefined)
    return bytes
  }

  #give(
    line: PeerLine,
    channel: SwarmChannel,
    { chunk, uncles, bytes }: Pick<ChunkMessage, 'chunk' | 'uncles' | 'bytes'>,
    sent: (() => void) | undefined,
  ): void {
    const { swarm, number } = channel
    const { book, clock, upBucket } = this.#owner
    line.send({ type: 'chunk', channel: number, chunk, uncles, bytes }, sent)
    const nowMs = clock.monotonic()
    const given = { blob: channel.counted, chunk, bytes: bytes.length }
    if (channel.isCounted) book.sent(line.peer, line.stepBytes, given)
    upBucket.take(bytes.length)
    line.up.add(bytes.length, nowMs)
    swarm.up.add(bytes.length, nowMs)
    channel.sentBytes += bytes.length
  }

  #prove(
    channel: SwarmChannel,
    chunk: number,
    bytes: Uint8Array,
    uncles: readonly Uint8Array[],
  ): void {
    const { swarm, line, number } = channel
    const node = nodeOfChunk(this.#owner.crypto, swarm.id.sizeBytes, bytes)
    line.send({ type: 'proof', channel: number, chunk, node, uncles })
  }
}

/** Proofs are small, and somebody has the bytes already: they come before chunks. */
function enqueue({ queue }: PeerLine, request: QueuedRequest): void {
  if (request.uncles !== undefined) queue.push(request)
  else {
    const at = queue.findIndex(({ uncles }) => uncles !== undefined)
    queue.splice(at < 0 ? queue.length : at, 0, request)
  }
}

function reject({ line, number }: SwarmChannel, chunk: number, reason: RejectReason): void {
  line.send({ type: 'reject', channel: number, chunk, reason })
}
