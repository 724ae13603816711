/**
 * One download: what is missing, how it is kept, when it is done.
 *
 * A disk that takes no more is no fault of anybody: what was asked for is let go, and after a while it is tried again. Only when what was
 * written cannot be made durable does the download fail: then nobody knows what the disk has, and opening the blob anew finds out.
 */

import { errorCode } from '@hamlet/core'
import type { Cancel, Clock, Random } from '@hamlet/core'
import { ChunkSet } from '../chunk-set.ts'
import type { ByteRange, PartialBlob } from '../store/types.ts'
import { CHUNK_BYTES } from '../limits.ts'
import { SwarmError } from './errors.ts'
import { ChunkPicker } from './chunk-picker.ts'
import type {
  DownloadOptions,
  SwarmDownload,
  TransferState,
  TransferStatus,
} from './swarm-types.ts'
import type { Swarm } from './swarm-state.ts'

const FLUSH_BYTES = 16 * 1024 * 1024
const FLUSH_MS = 2000
const DISK_RETRY_MS = 10_000
const PRIORITY_MIN = 1 / 1024

export interface LoadingOwner {
  readonly clock: Clock
  readonly random: Random
  /** It wants chunks, or other chunks, or none. */
  onWantsChanged(swarm: Swarm): void
  onStored(swarm: Swarm, chunk: number): void
  onStopped(swarm: Swarm): void
  onDone(swarm: Swarm): void
  /** Of all downloads, the least anybody has had for its priority. */
  leastShare(): number
  statusOf(swarm: Swarm): TransferStatus
}

export class SwarmLoading implements SwarmDownload {
  readonly swarm: Swarm
  readonly partial: PartialBlob
  readonly picker: ChunkPicker
  readonly done: Promise<void>
  readonly #owner: LoadingOwner
  readonly #settled = Promise.withResolvers<void>()
  #priority: number
  /** Bytes asked for, by priority. */
  #share: number
  #state: TransferState = 'loading'
  #errorCode: string | undefined
  #unflushedBytes = 0
  #isFlushing = false
  #flushTimer: Cancel | undefined
  #retryTimer: Cancel | undefined
  #isStopped = false

  constructor(owner: LoadingOwner, swarm: Swarm, partial: PartialBlob, options: DownloadOptions) {
    this.#owner = owner
    this.swarm = swarm
    this.partial = partial
    this.picker = new ChunkPicker(swarm.chunkCount, (chunk) => swarm.held.has(chunk), owner.random)
    this.done = this.#settled.promise
    // Who does not ask for the outcome is not told of it by a crash.
    this.done.catch(() => undefined)
    this.#priority = Math.max(PRIORITY_MIN, options.priority ?? 1)
    this.#share = owner.leastShare()
    if (options.ranges !== undefined) this.picker.select(this.#chunksOf(options.ranges))
    if (options.isPaused) this.#state = 'paused'
    if (options.deadlineMs !== undefined) this.picker.want(0, swarm.chunkCount, options.deadlineMs)
  }

  get state(): TransferState {
    return this.#state
  }

  get errorCode(): string | undefined {
    return this.#errorCode
  }

  /** Whether peers are asked for chunks. */
  get isAsking(): boolean {
    return this.#state === 'loading' && !this.#isStopped && this.picker.isWanting
  }

  /** What it has had so far, by its priority. */
  get share(): number {
    return this.#share
  }

  noteShare(bytes: number): void {
    this.#share += bytes / this.#priority
  }

  /** Once, when it is among the swarms: of what is here already nothing has to come. */
  begin(): void {
    if (this.picker.missing === 0) void this.#finish()
  }

  pause(): void {
    if (this.#state !== 'loading' && this.#state !== 'waiting') return
    this.#retryTimer?.()
    this.#state = 'paused'
    this.#errorCode = undefined
    this.#owner.onWantsChanged(this.swarm)
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'loading'
    this.#share = Math.max(this.#share, this.#owner.leastShare())
    this.#owner.onWantsChanged(this.swarm)
  }

  setPriority(priority: number): void {
    this.#priority = Math.max(PRIORITY_MIN, priority)
  }

  select(ranges: readonly ByteRange[] | undefined): void {
    this.picker.select(ranges && this.#chunksOf(ranges))
    this.#owner.onWantsChanged(this.swarm)
  }

  want(range: ByteRange, deadlineMs: number): Cancel {
    const { first, end } = chunksOf(range)
    const cancel = this.picker.want(first, end - first, deadlineMs)
    this.#owner.onWantsChanged(this.swarm)
    return () => {
      cancel()
      this.#restIfIdle()
    }
  }

  unwant(): void {
    this.picker.unwant()
  }

  status(): TransferStatus {
    return this.#owner.statusOf(this.swarm)
  }

  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#flushTimer?.()
    this.#retryTimer?.()
    const isOver = this.#state === 'seeding' || this.#state === 'failed'
    if (!isOver) {
      this.#settled.reject(new SwarmError('SWARM_STOPPED', 'the download was stopped'))
      void this.partial.flush().catch(() => undefined)
    }
    this.#owner.onStopped(this.swarm)
  }

  /** Verifies a chunk and keeps it. `'unused'`: the disk does not take it, or it was here. */
  write(
    chunk: number,
    bytes: Uint8Array,
    uncles: readonly Uint8Array[],
  ): 'written' | 'wrong' | 'unused' {
    if (this.#isStopped || this.#state === 'failed' || this.#state === 'waiting') return 'unused'
    try {
      const outcome = this.partial.write(chunk, bytes, uncles)
      if (outcome === 'wrong') return 'wrong'
      this.#noteStored(chunk, bytes.length)
      return outcome === 'written' ? 'written' : 'unused'
    } catch (error) {
      this.#waitForDisk(error)
      return 'unused'
    }
  }

  /** Uncles that prove a chunk here; `undefined`: the disk does not say, and the download waits for it. */
  knownHeight(chunk: number): number | undefined {
    try {
      return this.partial.knownHeight(chunk)
    } catch (error) {
      this.#waitForDisk(error)
      return undefined
    }
  }

  #noteStored(chunk: number, bytes: number): void {
    if (!this.swarm.gained(chunk)) return
    this.picker.stored(chunk)
    this.#unflushedBytes += bytes
    this.#owner.onStored(this.swarm, chunk)
    if (this.picker.missing === 0) void this.#finish()
    else this.#flushSoon()
    this.#restIfIdle()
  }

  /** Everything that is to come is here, and yet not all of the blob: nobody is asked any more. */
  #restIfIdle(): void {
    const { missing, isWanting } = this.picker
    if (missing > 0 && !isWanting && !this.#isStopped) this.#owner.onWantsChanged(this.swarm)
  }

  #chunksOf(ranges: readonly ByteRange[]): ChunkSet {
    const set = new ChunkSet(this.swarm.chunkCount)
    for (const range of ranges) {
      const { first, end } = chunksOf(range)
      const count = Math.min(end, set.chunkCount) - first
      if (count > 0) set.addRun(first, count)
    }
    return set
  }

  #flushSoon(): void {
    if (this.#unflushedBytes >= FLUSH_BYTES) void this.#flush()
    else {
      this.#flushTimer ??= this.#owner.clock.after(FLUSH_MS, () => {
        this.#flushTimer = undefined
        void this.#flush()
      })
    }
  }

  async #flush(): Promise<void> {
    if (this.#isFlushing || this.#unflushedBytes === 0 || this.#isStopped) return
    this.#isFlushing = true
    this.#unflushedBytes = 0
    try {
      await this.partial.flush()
    } catch (error) {
      this.#fail(error)
    }
    this.#isFlushing = false
    if (this.#unflushedBytes > 0) this.#flushSoon()
  }

  async #finish(): Promise<void> {
    this.#flushTimer?.()
    try {
      await this.partial.complete()
    } catch (error) {
      this.#fail(error)
      return
    }
    if (this.#isStopped) return
    this.#state = 'seeding'
    this.#settled.resolve()
    this.#owner.onDone(this.swarm)
  }

  #waitForDisk(error: unknown): void {
    if (this.#state !== 'loading') return
    this.#state = 'waiting'
    this.#errorCode = errorCode(error) ?? 'SWARM_DISK'
    this.#owner.onWantsChanged(this.swarm)
    this.#retryTimer = this.#owner.clock.after(DISK_RETRY_MS, () => {
      if (this.#state !== 'waiting') return
      this.#state = 'loading'
      this.#errorCode = undefined
      this.#owner.onWantsChanged(this.swarm)
    })
  }

  #fail(error: unknown): void {
    if (this.#isStopped || this.#state === 'failed') return
    this.#retryTimer?.()
    this.#state = 'failed'
    this.#errorCode = errorCode(error) ?? 'SWARM_DISK'
    this.#settled.reject(error)
    this.#owner.onWantsChanged(this.swarm)
  }
}

/** The chunks that a range lies in. */
function chunksOf({ offset, length }: ByteRange): { readonly first: number; readonly end: number } {
  return {
    first: Math.floor(offset / CHUNK_BYTES),
    end: Math.ceil((offset + length) / CHUNK_BYTES),
  }
}
