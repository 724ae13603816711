/**
 * What is known of the blobs that are shared, of the peers, and of each blob on the line of each peer. The parts of an engine work on
 * these together; whoever changes one keeps its counts.
 *
 * A chunk that was asked of a peer stays in `asked` until the peer answers, also when it is late or was cancelled: an answer to
 * none is a fault of the peer.
 */

import { bytesToHex } from '@hamlet/core'
import type { Clock, Crypto } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import { ChunkSet } from '../chunk-set.ts'
import type { ChunkRun } from '../chunk-set.ts'
import { CHUNK_BYTES } from '../limits.ts'
import { chunkDepthOf, chunkLengthOf } from '../merkle/tree-shape.ts'
import type { BlobServing, PartialBlob } from '../store/types.ts'
import type { ChunkPicker, PickSource } from './chunk-picker.ts'
import { RateMeter } from './rate-meter.ts'
import { SourceEstimate } from './source-estimate.ts'
import { SWARM_HAVE_RANGES_MAX, SWARM_SOURCES_KNOWN_MAX } from './swarm-limits.ts'
import type { SwarmFault } from './errors.ts'
import type { ChunkRequest, SwarmMessage } from './swarm-message.ts'
import { swarmTopic } from './swarm-topic.ts'
import type { CountedBlob, SwarmAccess, SwarmDownload, TransferState } from './swarm-types.ts'

const NEWS_MS = 100
/** A peer that is just starting refuses what it serves a moment later. */
const RETRY_MS_MIN = 500
const RETRY_MS_MAX = 10 * 60_000

export interface Ask {
  readonly askedMs: number
  /** Uncles that come along; `undefined`: the proof alone was asked for. */
  readonly uncles: number | undefined
  readonly bytes: number
  /** When it is to be expected, as it looked then. */
  readonly expectedMs: number
  /** Others may be asked as well. */
  isReleased: boolean
}

/** A peer that is said to have the blob. */
export interface SourcePeer {
  /** It had not, or did not want to: it is asked again then. */
  retryAtMs: number
  refusals: number
}

/** A download, as the other parts see it. */
export interface Loading extends SwarmDownload {
  readonly swarm: Swarm
  readonly partial: PartialBlob
  readonly picker: ChunkPicker
  readonly state: TransferState
  readonly errorCode: string | undefined
  /** Whether peers are asked for chunks. */
  readonly isAsking: boolean
  /** What it has had so far, by its priority. */
  readonly share: number
  noteShare(bytes: number): void
  /** Uncles that prove a chunk here; `undefined`: the disk does not say, and the download waits for it. */
  knownHeight(chunk: number): number | undefined
  /** Verifies a chunk and keeps it. `'unused'`: the disk does not take it, or it was here. */
  write(
    chunk: number,
    bytes: Uint8Array,
    uncles: readonly Uint8Array[],
  ): 'written' | 'wrong' | 'unused'
}

export class Swarm {
  readonly id: BlobId
  readonly topic: Uint8Array
  readonly topicKey: string
  readonly chunkCount: number
  /** Uncles that prove a chunk up to the root. */
  readonly depth: number
  readonly access: SwarmAccess
  readonly blob: BlobServing
  /** What is here and others may be told of. */
  readonly held: ChunkSet
  readonly channels = new Set<SwarmChannel>()
  readonly sources = new Map<string, SourcePeer>()
  readonly down = new RateMeter()
  readonly up = new RateMeter()
  wastedBytes = 0
  loading: Loading | undefined
  /** How many share it; then it stays when the download is stopped. */
  shares = 0
  readonly #clock: Clock
  #news: number[] = []
  #isNewsDue = false

  constructor(crypto: Crypto, clock: Clock, blob: BlobServing, access: SwarmAccess) {
    this.id = blob.id
    this.topic = swarmTopic(crypto, blob.id)
    this.topicKey = bytesToHex(this.topic)
    this.chunkCount = blob.chunkCount
    this.depth = chunkDepthOf(blob.id.sizeBytes)
    this.access = access
    this.blob = blob
    this.held = blob.held()
    this.#clock = clock
  }

  chunkBytes(chunk: number): number {
    return chunkLengthOf(this.id.sizeBytes, chunk)
  }

  get heldBytes(): number {
    const { held, chunkCount } = this
    if (held.size === 0) return 0
    const last = chunkCount - 1
    const full = (held.size - (held.has(last) ? 1 : 0)) * this.chunkBytes(0)
    return held.has(last) ? full + this.chunkBytes(last) : full
  }

  addSource(peer: string): boolean {
    if (this.sources.has(peer) || this.sources.size >= SWARM_SOURCES_KNOWN_MAX) return false
    this.sources.set(peer, { retryAtMs: 0, refusals: 0 })
    return true
  }

  refusedBy(peer: string): void {
    const source = this.sources.get(peer)
    if (!source) return
    const waitMs = Math.min(RETRY_MS_MIN * 2 ** source.refusals++, RETRY_MS_MAX)
    source.retryAtMs = this.#clock.monotonic() + waitMs
  }

  /** Its line is new: it may just have started, and what it did not have is there now. */
  cameBack(peer: string): void {
    if (this.sources.has(peer)) this.sources.set(peer, { retryAtMs: 0, refusals: 0 })
  }

  /** A chunk came, by whatever way. Whether that is news. */
  gained(chunk: number): boolean {
    if (!this.held.add(chunk)) return false
    for (const channel of this.channels) if (channel.held.has(chunk)) channel.useful--
    this.#news.push(chunk)
    this.#tellSoon()
    return true
  }

  /** It turned out not to be here. */
  lost(chunk: number): void {
    if (!this.held.delete(chunk)) return
    for (const channel of this.channels) if (channel.held.has(chunk)) channel.useful++
  }

  /** Together what comes within a moment: a message for each chunk would be a message for each of everybody's chunks. */
  #tellSoon(): void {
    if (this.#isNewsDue) return
    this.#isNewsDue = true
    this.#clock.after(NEWS_MS, () => {
      this.#isNewsDue = false
      const ranges = runsOf(this.#news)
      this.#news = []
      for (const channel of this.channels) {
        // Whoever holds everything has no use for it.
        if (channel.isOpen && !channel.held.isFull) channel.line.sendHave(channel, ranges)
      }
    })
  }
}

/** A chunk that a peer asked for and did not get yet. */
export interface QueuedRequest extends ChunkRequest {
  readonly channel: SwarmChannel
}

/** A peer whose line is up. What is said on it, `SwarmLine` knows. */
export abstract class PeerLine {
  readonly peer: string
  readonly sinceMs: number
  readonly estimate = new SourceEstimate(CHUNK_BYTES)
  readonly down = new RateMeter()
  readonly up = new RateMeter()
  readonly queue: QueuedRequest[] = []
  /** By our numbers. */
  readonly channels = new Map<number, SwarmChannel>()
  /** Chunks the peer was asked for, and their bytes. */
  askedCount = 0
  askedBytes = 0
  /** Requests the peer lets wait; 0 before it said hello. */
  requestsMax = 0
  isChokedByPeer = true
  /** What the peer gives unsigned; 0: anything. */
  peerStepBytes = 0
  isChoking = true
  /** What we give unsigned, as we told. */
  stepBytes = 0
  /** When a chunk came last. */
  lastChunkMs = Number.NEGATIVE_INFINITY
  /** The line takes no more for now. */
  isFull = false
  /** Since when nothing may go to it until it signs. */
  unpaidSinceMs: number | undefined
  offences = 0
  isClosed = false

  constructor(peer: string, sinceMs: number) {
    this.peer = peer
    this.sinceMs = sinceMs
  }

  get isReady(): boolean {
    return this.requestsMax > 0
  }

  /** Whether it wants anything we have. */
  get isInterested(): boolean {
    for (const channel of this.channels.values()) if (channel.isPeerInterested) return true
    return false
  }

  /** `sent` is called once the memory of the message may be used again, or never. */
  abstract send(message: SwarmMessage, sent?: () => void): void
  /** Ends the line because of what the peer did. */
  abstract fault(fault: SwarmFault): void
  abstract channelOf(swarm: Swarm): SwarmChannel | undefined
  /** Takes a swarm off the line. */
  abstract close(channel: SwarmChannel, isTold: boolean): void

  /** The line is gone, or is to be forgotten. */
  abstract end(): void

  sendHave({ number: channel }: SwarmChannel, ranges: readonly ChunkRun[]): void {
    for (let at = 0; at < ranges.length; at += SWARM_HAVE_RANGES_MAX) {
      this.send({ type: 'have', channel, ranges: ranges.slice(at, at + SWARM_HAVE_RANGES_MAX) })
    }
  }
}

export class SwarmChannel implements PickSource {
  readonly swarm: Swarm
  readonly line: PeerLine
  /** Under which we speak of it. */
  readonly number: number
  /** The peer's number, once it has opened the swarm too. */
  remote: number | undefined
  held: ChunkSet
  readonly asked = new Map<number, Ask>()
  /** Of what it holds, chunks that are missing here. */
  useful = 0
  /** What the peer was told last. */
  saysInterested = false
  isPeerInterested = false
  receivedBytes = 0
  sentBytes = 0
  /** Since when both hold everything. */
  idleSinceMs: number | undefined
  /** Under which names this side may count what goes, as the other was told. */
  readonly offered: readonly Uint8Array[]
  /** The one that both have. */
  terms: Uint8Array | undefined
  /** Whether what goes has to be signed for. */
  isCounted = false
  /** Peers that it was told of, in a public swarm. */
  readonly toldPeers = new Set<string>()

  constructor(swarm: Swarm, line: PeerLine, number: number, offered: readonly Uint8Array[] = []) {
    this.swarm = swarm
    this.line = line
    this.number = number
    this.offered = offered
    this.held = new ChunkSet(swarm.chunkCount)
  }

  get isOpen(): boolean {
    return this.remote !== undefined
  }

  /** The blob, as accounts know it on this line. */
  get counted(): CountedBlob {
    return { id: this.swarm.id, terms: this.terms }
  }

  isAsked(chunk: number): boolean {
    return this.asked.has(chunk)
  }

  /** The peer holds the chunk; whether that is news. */
  gains(chunk: number): boolean {
    if (!this.held.add(chunk)) return false
    if (!this.swarm.held.has(chunk)) this.useful++
    return true
  }

  loses(chunk: number): void {
    if (this.held.delete(chunk) && !this.swarm.held.has(chunk)) this.useful--
  }

  /** Counts `useful` anew, after much has changed. */
  recount(): void {
    this.useful = 0
    for (const chunk of this.held) if (!this.swarm.held.has(chunk)) this.useful++
  }
}

/** Ascending runs that do not touch. */
export function runsOf(chunks: readonly number[]): ChunkRun[] {
  const runs: { first: number; count: number }[] = []
  for (const chunk of chunks.toSorted((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last && last.first + last.count === chunk) last.count++
    else runs.push({ first: chunk, count: 1 })
  }
  return runs
}
