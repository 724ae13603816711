/**
 * Loading a share: its manifest, then the blobs of the files that are wanted, some at a time, those of higher priority first. Of a blob
 * that many small files lie in, only the chunks of those that are wanted come.
 *
 * Invariants:
 * 1. A blob is loaded while some file in it is wanted, and no more than `LOADING_BLOBS_MAX` of a share at a time.
 * 2. A disk that has no room for what has to be written down makes it wait, and it goes on by itself when there is.
 * 3. `settled` resolves when everything that is wanted is here, and rejects when the disk failed or the transfer was ended.
 */

import { isSameBlob } from '@hamlet/blobs'
import type { BlobId } from '@hamlet/blobs'
import { errorCode } from '@hamlet/core'
import type { Cancel } from '@hamlet/core'
import type { FilePriority } from '@hamlet/http/api'
import type { KnownShare } from './known-share.ts'
import type { BlobLoading, SwarmHub } from './swarm-hub.ts'
import { isPartHere, wantedParts } from './wanted-parts.ts'
import type { WantedPart } from './wanted-parts.ts'

/** Blobs of one share that load at a time. */
export const LOADING_BLOBS_MAX = 8

/** `waiting`: the disk has no room to go on. */
export type LoadState = 'loading' | 'waiting' | 'paused' | 'done' | 'failed'

const ROOM_RETRY_MS = 10_000

const WEIGHTS: Readonly<Record<FilePriority, number>> = { skip: 0, low: 0.5, normal: 1, high: 4 }

interface Running {
  readonly id: BlobId
  readonly loading: BlobLoading
  forget: Cancel
  /** What came is being made durable. */
  isSettling: boolean
}

export class ShareTransfer {
  readonly share: KnownShare
  readonly #hub: SwarmHub
  readonly #changed: (transfer: ShareTransfer) => void
  readonly #priorities: Map<string, FilePriority>
  /** Of what is not in `priorities`. */
  #rest: FilePriority
  readonly #running = new Map<number, Running>()
  #retry: Cancel | undefined
  /** As of the present priorities. */
  #parts: readonly WantedPart[] | undefined
  #state: LoadState = 'loading'
  #reason: string | undefined
  #ended = false
  #filling = false
  /** Something changed meanwhile. */
  #isFillDue = false
  readonly #settled = Promise.withResolvers<void>()

  /** `changed`: the state moved on, or a blob is here. */
  constructor(
    hub: SwarmHub,
    share: KnownShare,
    wanted: Wanted,
    changed: (transfer: ShareTransfer) => void,
  ) {
    this.#hub = hub
    this.share = share
    this.#priorities = new Map(wanted.priorities)
    this.#rest = wanted.rest
    if (wanted.isPaused) this.#state = 'paused'
    this.#changed = changed
    // Whoever waits hears of it; nobody has to.
    this.#settled.promise.catch(() => undefined)
  }

  get state(): LoadState {
    return this.#state
  }

  /** The code of an error, when it failed, or waits for the disk. */
  get reason(): string | undefined {
    return this.#reason
  }

  get settled(): Promise<void> {
    return this.#settled.promise
  }

  get wanted(): Wanted {
    const priorities = new Map(this.#priorities)
    return { priorities, rest: this.#rest, isPaused: this.#state === 'paused' }
  }

  /** What loads now, the manifest too. */
  get loadings(): readonly BlobLoading[] {
    return [...this.#running.values()].map(({ loading }) => loading)
  }

  begin(): void {
    void this.#run()
  }

  pause(): void {
    if (this.#state !== 'loading' && this.#state !== 'waiting') return
    this.#retry?.()
    this.#state = 'paused'
    this.#reason = undefined
    for (const { download } of this.loadings) download.pause()
    this.#changed(this)
  }

  resume(): void {
    if (this.#state === 'loading' || this.#state === 'done') return
    this.#retry?.()
    this.#state = 'loading'
    this.#reason = undefined
    for (const { download } of this.loadings) download.resume()
    this.#changed(this)
    void this.#run()
  }

  /** More of the share is wanted, or less. */
  prioritise(paths: readonly string[] | undefined, priority: FilePriority): void {
    if (paths === undefined) {
      this.#priorities.clear()
      this.#rest = priority
    }
    for (const path of paths ?? []) this.#priorities.set(path, priority)
    if (this.#state === 'done') this.#state = 'loading'
    this.#parts = undefined
    this.#wantAnew()
    this.#changed(this)
    void this.#run()
  }

  priorityOf(path: string): FilePriority {
    const own = this.#priorities.get(path)
    if (own !== undefined) return own
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = this.#priorities.get(path.slice(0, end))
      if (folder !== undefined) return folder
    }
    return this.#rest
  }

  /** Blobs of the manifest with something wanted in them, and what. */
  wantedParts(): readonly WantedPart[] {
    const { manifest } = this.share
    if (manifest === undefined) return []
    this.#parts ??= wantedParts(manifest, (path) => WEIGHTS[this.priorityOf(path)])
    return this.#parts
  }

  /** Somebody may have it who was not known before. */
  addSources(): void {
    for (const { id } of this.#running.values()) this.#addSources(id)
  }

  /** What has come stays. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#retry?.()
    for (const index of this.#running.keys()) this.#drop(index, true)
    this.#settled.reject(new DOMException('the transfer was ended', 'AbortError'))
  }

  async #run(): Promise<void> {
    this.#isFillDue = this.#filling
    if (this.#filling || this.#ended) return
    this.#filling = true
    try {
      if (this.share.manifest === undefined) await this.#loadManifest()
      await this.#fill()
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#filling = false
      if (this.#isFillDue) void this.#run()
    }
  }

  async #loadManifest(): Promise<void> {
    const id = this.share.manifestId
    if (!this.#hub.store.has(id)) {
      const { loading } = await this.#load(MANIFEST, id, WEIGHTS.high)
      await loading.download.done
      this.#drop(MANIFEST)
    }
    await this.share.readManifest()
    this.#changed(this)
  }

  async #fill(): Promise<void> {
    if (this.#state !== 'loading' || this.#ended) return
    for (const { index, id, weight, ranges } of this.#missing()) {
      if (this.#running.size >= LOADING_BLOBS_MAX) return
      const running = await this.#load(index, id, weight, ranges)
      this.#watch(index, running)
      // Meanwhile something else may be wanted, or nothing.
      if (this.#ended) this.#drop(index, true)
      else this.#wantAnew()
    }
    if (this.#running.size === 0 && this.#missing().length === 0) this.#finish()
  }

  /** What is wanted, not here and not loading, in the order in which it is loaded. */
  #missing(): readonly WantedPart[] {
    return this.wantedParts()
      .filter((part) => !this.#running.has(part.index) && !isPartHere(this.#hub, part))
      .sort((a, b) => b.weight - a.weight || a.index - b.index)
  }

  async #load(
    index: number,
    id: BlobId,
    priority: number,
    ranges?: WantedPart['ranges'],
  ): Promise<Running> {
    const options = { priority, isPaused: this.#state === 'paused', ranges }
    const loading = await this.#hub.load(this.share.id, id, options)
    const running = { id, loading, forget: () => undefined, isSettling: false }
    this.#running.set(index, running)
    this.#addSources(id)
    return running
  }

  #watch(index: number, running: Running): void {
    const { partial, download } = running.loading
    download.done.then(
      () => this.#arrived(index, running),
      (error: unknown) => this.#broke(index, running, error),
    )
    running.forget = partial.onHeld(() => this.#settleSome(index))
  }

  /** Of a blob of which some is wanted: when that is here it is made durable, and the blob is let go. */
  #settleSome(index: number): void {
    const running = this.#running.get(index)
    if (running === undefined || running.isSettling || !this.#isSomeHere(index)) return
    running.isSettling = true
    running.loading.partial.flush().then(
      () => {
        running.isSettling = false
        if (this.#isSomeHere(index)) this.#arrived(index, running)
      },
      (error: unknown) => this.#broke(index, running, error),
    )
  }

  #isSomeHere(index: number): boolean {
    const part = this.wantedParts().find((each) => each.index === index)
    return part?.ranges !== undefined && isPartHere(this.#hub, part)
  }

  #addSources(id: BlobId): void {
    for (const source of this.share.sourcesOf(id)) this.#hub.addSource(id, source)
  }

  #arrived(index: number, running: Running): void {
    if (this.#running.get(index) !== running) return
    this.#drop(index)
    this.#changed(this)
    void this.#run()
  }

  #broke(index: number, running: Running, error: unknown): void {
    if (this.#running.get(index) !== running) return
    this.#drop(index)
    this.#fail(error)
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    this.#reason = errorCode(error) ?? 'INTERNAL'
    if (this.#reason === 'STORE_FULL') this.#waitForRoom()
    else this.#state = 'failed'
    this.#changed(this)
  }

  /** What loads goes on: of the disk, only what comes new has no room. */
  #waitForRoom(): void {
    // Who paused it meanwhile finds it so.
    if (this.#state === 'paused') {
      this.#reason = undefined
      return
    }
    this.#state = 'waiting'
    this.#retry?.()
    this.#retry = this.#hub.clock.after(ROOM_RETRY_MS, () => this.resume())
  }

  #finish(): void {
    this.#state = 'done'
    this.#settled.resolve()
    this.#changed(this)
  }

  #drop(index: number, isUnwanted = false): void {
    const running = this.#running.get(index)
    if (running === undefined) return
    this.#running.delete(index)
    running.forget()
    if (isUnwanted) this.#hub.stop(this.share.id, running.id)
    else this.#hub.unload(this.share.id, running.id)
  }

  /** Of what is running: no more of it than is wanted now, and no less. */
  #wantAnew(): void {
    const wanted = new Map(this.wantedParts().map((part) => [part.index, part]))
    for (const [index, { id, loading }] of this.#running) {
      if (index === MANIFEST) continue
      const part = wanted.get(index)
      if (part === undefined) {
        this.#drop(index, true)
        continue
      }
      loading.download.setPriority(part.weight)
      this.#hub.reselect(this.share.id, id, part.ranges)
      this.#settleSome(index)
    }
  }
}

/** What is wanted of a share: by path or folder, and of everything else. */
export interface Wanted {
  readonly priorities: ReadonlyMap<string, FilePriority>
  readonly rest: FilePriority
  readonly isPaused: boolean
}

export const ALL_WANTED: Wanted = { priorities: new Map(), rest: 'normal', isPaused: false }

/** In the place of a blob's index. */
const MANIFEST = -1

export function isPartOf(share: KnownShare, id: BlobId): boolean {
  return share.blobs().some((blob) => isSameBlob(blob, id))
}
