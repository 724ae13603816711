/**
 * A web seed as a source of one download, beside the peers.
 *
 * A server with ranges gives bytes and no hashes, so its chunks need their uncles from elsewhere. In this order:
 *
 * 1. The store knows the chunk's node already: each chunk of a peer leaves the nodes beside its path behind, so the other half of what
 *    peers give needs nothing.
 * 2. A peer that holds the chunk is asked for its proof alone, some hundred bytes. The proof is checked before the bytes are read, so it
 *    is always clear who lied. This way a fast server and slow peers reach the server's rate.
 * 3. Nobody can prove it. Then the server is read from its beginning to its end, for the hashes: they lead to the root, or the server has
 *    other bytes. A blob of up to `SWARM_UNPROVEN_BYTES_MAX` is kept meanwhile and is there then; a larger one is read a second time,
 *    chunk by chunk. Writing first and checking at the end would save that second time, and would fill a disk with whatever a server
 *    sends, and make every later start ask what of it was ever checked. The store holds nothing that is not verified: that is worth more.
 *
 * Invariants: 1. Nothing is stored that was not verified. 2. A seed with wrong bytes is named, and not read any more.
 */

import { equalBytes } from '@hamlet/core'
import type { Cancel, Clock, Crypto } from '@hamlet/core'
import { isSameBlob } from '../blob-id.ts'
import { ChunkSet } from '../chunk-set.ts'
import { CHUNK_BYTES } from '../limits.ts'
import { BlobHasher } from '../merkle/blob-hasher.ts'
import type { HashedBlob } from '../merkle/blob-hasher.ts'
import { areHashes, foldUncles } from '../merkle/chunk-proof.ts'
import { unclesOf } from '../merkle/chunk-tree.ts'
import type { PickSource } from './chunk-picker.ts'
import { RateMeter } from './rate-meter.ts'
import {
  SWARM_ANSWER_MS_MAX,
  SWARM_DUPLICATES_MAX,
  SWARM_UNPROVEN_BYTES_MAX,
  SWARM_WEB_READS_MAX,
} from './swarm-limits.ts'
import type { SwarmFault } from './errors.ts'
import type { ProofMessage } from './swarm-message.ts'
import { SourceEstimate } from './source-estimate.ts'
import type { TokenBucket } from './token-bucket.ts'
import type { WebSeed } from './swarm-types.ts'
import type { Loading, Swarm, SwarmChannel } from './swarm-state.ts'

/** How long peers are waited for that may prove chunks, before the whole is read for its hashes. */
const PROVERS_MS = 5000
const RETRY_MS_MIN = 2000
const RETRY_MS_MAX = 5 * 60_000
const NO_HASHES: readonly Uint8Array[] = []

export interface WebOwner {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly downBucket: TokenBucket
  /** Until peers that were asked for a chunk bring it. */
  remainingMs(swarm: Swarm, chunk: number): number
  /** Asks some peer for the proof of a chunk. Whether one was asked. */
  askProof(swarm: Swarm, chunk: number): boolean
  onWebFault(source: WebSource, fault: SwarmFault): void
}

/** A chunk that is being proven or read. */
interface Read {
  readonly abort: AbortController
  isProving: boolean
}

export class WebSource implements PickSource {
  readonly seed: WebSeed
  readonly loading: Loading
  readonly held: ChunkSet
  readonly down = new RateMeter()
  readonly #owner: WebOwner
  readonly #reads = new Map<number, Read>()
  readonly #estimate = new SourceEstimate(CHUNK_BYTES)
  /** All hashes of the blob, once it was read for them. */
  #hashes: HashedBlob | undefined
  #survey: AbortController | undefined
  #waitingSinceMs: number | undefined
  #failures = 0
  #timer: Cancel | undefined
  #isPaused = false
  #isClosed = false

  constructor(owner: WebOwner, loading: Loading, seed: WebSeed) {
    this.#owner = owner
    this.loading = loading
    this.seed = seed
    this.held = ChunkSet.full(loading.swarm.chunkCount)
    loading.picker.addSource(this)
  }

  get readCount(): number {
    return this.#reads.size + (this.#survey ? 1 : 0)
  }

  isAsked(chunk: number): boolean {
    return this.#reads.has(chunk)
  }

  /** Reads as much at once as it may. */
  pump(): void {
    const { loading } = this
    if (this.#isClosed || this.#isPaused || this.#survey) return
    while (loading.isAsking && this.#reads.size < SWARM_WEB_READS_MAX && this.#mayLoad()) {
      const chunk = loading.picker.pick(this) ?? this.#pickDuplicate()
      if (chunk === undefined) return
      if (!this.#begin(chunk)) return
    }
  }

  /** What is read now is not wanted any more: the download was paused, or somebody else brought it. */
  cancel(chunk?: number): void {
    const chunks = chunk === undefined ? [...this.#reads.keys()] : [chunk]
    for (const each of chunks) {
      this.#reads.get(each)?.abort.abort()
      this.#end(each)
    }
    if (chunk === undefined) {
      this.#survey?.abort()
      this.#survey = undefined
    }
  }

  /** A peer's proof of a chunk, by itself. Whether it is one. */
  onProof({ line, swarm }: SwarmChannel, { chunk, node, uncles }: ProofMessage): void {
    const { crypto } = this.#owner
    const isProof =
      uncles.length === swarm.depth &&
      areHashes(uncles) &&
      equalBytes(foldUncles(crypto, chunk, node, uncles), swarm.id.root)
    if (!isProof) {
      this.onNoProof(chunk)
      line.fault({ code: 'SWARM_WRONG_CHUNK', message: `no proof of chunk ${chunk}` })
      return
    }
    const read = this.#reads.get(chunk)
    if (!read?.isProving) return
    read.isProving = false
    this.#waitingSinceMs = undefined
    // The frame's memory is used again.
    void this.#read(
      chunk,
      read,
      uncles.map((uncle) => uncle.slice()),
    )
  }

  onNoProof(chunk: number): void {
    if (!this.#reads.get(chunk)?.isProving) return
    this.#end(chunk)
    this.#pumpIn(RETRY_MS_MIN)
  }

  close(): void {
    if (this.#isClosed) return
    this.cancel()
    this.#isClosed = true
    this.#timer?.()
    this.loading.picker.removeSource(this)
  }

  /** A chunk that peers were asked for and that is sooner here; of those whose hashes are known. */
  #pickDuplicate(): number | undefined {
    const { loading } = this
    const { picker, swarm } = loading
    const mineMs = this.#estimate.expectedMs((this.#reads.size + 1) * CHUNK_BYTES)
    return picker.duplicate(this, SWARM_DUPLICATES_MAX, (chunk) => {
      const isKnown = this.#hashes !== undefined || loading.knownHeight(chunk) === 0
      return isKnown && mineMs < this.#owner.remainingMs(swarm, chunk)
    })
  }

  /** Whether there is something to do for it. */
  #begin(chunk: number): boolean {
    const { loading } = this
    const height = loading.knownHeight(chunk)
    if (height === undefined) return false
    const isKnown = height === 0
    const uncles = isKnown ? NO_HASHES : this.#unclesOf(chunk)
    const read = { abort: new AbortController(), isProving: uncles === undefined }
    if (!uncles && !this.#owner.askProof(loading.swarm, chunk)) {
      this.#waitForProvers()
      return false
    }
    this.#reads.set(chunk, read)
    loading.picker.asked(chunk)
    if (uncles) void this.#read(chunk, read, uncles)
    return true
  }

  #unclesOf(chunk: number): readonly Uint8Array[] | undefined {
    const hashes = this.#hashes
    return hashes && unclesOf(this.#owner.crypto, hashes.places, hashes.nodes, chunk)
  }

  async #read(chunk: number, read: Read, uncles: readonly Uint8Array[]): Promise<void> {
    const { swarm } = this.loading
    let bytes: Uint8Array
    try {
      bytes = await this.#fetch(chunk, read.abort)
    } catch {
      if (this.#reads.get(chunk) === read) this.#failed(chunk)
      return
    }
    if (this.#reads.get(chunk) !== read) return
    this.#end(chunk)
    const isLength = bytes.length === swarm.chunkBytes(chunk)
    const isHeld = swarm.held.has(chunk)
    const outcome = isLength && !isHeld ? this.loading.write(chunk, bytes, uncles) : 'unused'
    if (outcome === 'unused') swarm.wastedBytes += bytes.length
    if (outcome === 'wrong' || !isLength) this.#wrong(`chunk ${chunk} is not of the blob`)
    else this.pump()
  }

  async #fetch(chunk: number, abort: AbortController): Promise<Uint8Array> {
    const { clock, downBucket } = this.#owner
    const { swarm } = this.loading
    const length = swarm.chunkBytes(chunk)
    downBucket.take(length)
    const askedMs = clock.monotonic()
    this.#estimate.asked(Math.max(0, this.#reads.size - 1), askedMs)
    const cancel = clock.after(SWARM_ANSWER_MS_MAX, () => abort.abort())
    const aborted = new Promise<never>((_, reject) => {
      abort.signal.addEventListener('abort', () => reject(new Error('given up')))
    })
    try {
      const reading = this.seed.read(chunk * CHUNK_BYTES, length, abort.signal)
      const bytes = await Promise.race([reading, aborted])
      const nowMs = clock.monotonic()
      this.#failures = 0
      this.#estimate.answered(bytes.length, askedMs, nowMs)
      this.down.add(bytes.length, nowMs)
      swarm.down.add(bytes.length, nowMs)
      return bytes
    } finally {
      cancel()
    }
  }

  /** Nobody proves a chunk now; perhaps there soon is somebody who does. */
  #waitForProvers(): void {
    const nowMs = this.#owner.clock.monotonic()
    this.#waitingSinceMs ??= nowMs
    if (nowMs - this.#waitingSinceMs < PROVERS_MS) this.#pumpIn(PROVERS_MS)
    else void this.#readAll()
  }

  /** Reads the whole blob for its hashes. */
  async #readAll(): Promise<void> {
    const { loading } = this
    const { swarm, partial } = loading
    const survey = new AbortController()
    this.#survey = survey
    const isKept = swarm.id.sizeBytes <= SWARM_UNPROVEN_BYTES_MAX
    const kept = new Map<number, Uint8Array>()
    const hasher = new BlobHasher(this.#owner.crypto)
    try {
      for (let chunk = 0; chunk < swarm.chunkCount; chunk++) {
        const held = swarm.held.has(chunk) ? partial.readChunk(chunk) : undefined
        const bytes = held ?? (await this.#fetchWhenAllowed(chunk, survey))
        if (bytes.length !== swarm.chunkBytes(chunk)) break
        if (isKept && !held) kept.set(chunk, bytes)
        hasher.update(bytes)
      }
    } catch {
      if (this.#survey === survey) this.#failed()
      return
    }
    if (this.#survey !== survey) return
    this.#survey = undefined
    const hashes = hasher.finish()
    if (!isSameBlob(hashes.id, swarm.id)) {
      this.#wrong('its bytes are not the blob')
      return
    }
    this.#hashes = hashes
    for (const [chunk, bytes] of kept) loading.write(chunk, bytes, this.#unclesOf(chunk)!)
    this.pump()
  }

  async #fetchWhenAllowed(chunk: number, survey: AbortController): Promise<Uint8Array> {
    const { clock, downBucket } = this.#owner
    for (;;) {
      const waitMs = downBucket.waitMs(clock.monotonic())
      if (waitMs === 0) break
      await new Promise<void>((resolve) => clock.after(Math.min(waitMs, RETRY_MS_MAX), resolve))
    }
    survey.signal.throwIfAborted()
    const abort = new AbortController()
    survey.signal.addEventListener('abort', () => abort.abort())
    return this.#fetch(chunk, abort)
  }

  #wrong(message: string): void {
    this.#owner.onWebFault(this, { code: 'SWARM_WRONG_CHUNK', message })
  }

  #failed(chunk?: number): void {
    this.#survey = undefined
    if (chunk !== undefined) this.#end(chunk)
    this.#isPaused = true
    this.#pumpIn(Math.min(RETRY_MS_MIN * 2 ** this.#failures++, RETRY_MS_MAX))
  }

  #end(chunk: number): void {
    if (this.#reads.delete(chunk)) this.loading.picker.released(chunk)
  }

  #mayLoad(): boolean {
    const waitMs = this.#owner.downBucket.waitMs(this.#owner.clock.monotonic())
    if (waitMs > 0 && waitMs < Number.POSITIVE_INFINITY) this.#pumpIn(waitMs)
    return waitMs === 0
  }

  #pumpIn(delayMs: number): void {
    if (this.#isClosed) return
    this.#timer ??= this.#owner.clock.after(delayMs, () => {
      this.#timer = undefined
      this.#isPaused = false
      this.pump()
    })
  }
}
