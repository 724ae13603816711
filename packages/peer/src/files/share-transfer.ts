/**
 * Loading a share: its manifest, then the blobs of the files that are wanted, some at a time, those of higher priority first.
 *
 * Invariants:
 * 1. A blob is loaded while some file in it is wanted, and no more than `LOADING_BLOBS_MAX` of a share at a time.
 * 2. `settled` resolves when everything that is wanted is here, and rejects when the disk failed or the transfer was ended.
 */

import { isSameBlob } from '@hamlet/blobs'
import type { BlobId } from '@hamlet/blobs'
import { errorCode } from '@hamlet/core'
import type { Manifest } from '@hamlet/files'
import type { FilePriority } from '@hamlet/http/api'
import { blobIdOf } from './known-share.ts'
import type { KnownShare } from './known-share.ts'
import type { BlobLoading, SwarmHub } from './swarm-hub.ts'

/** Blobs of one share that load at a time. */
export const LOADING_BLOBS_MAX = 8

export type LoadState = 'loading' | 'paused' | 'done' | 'failed'

const WEIGHTS: Readonly<Record<FilePriority, number>> = { skip: 0, low: 0.5, normal: 1, high: 4 }

export class ShareTransfer {
  readonly share: KnownShare
  readonly #hub: SwarmHub
  readonly #changed: (transfer: ShareTransfer) => void
  readonly #priorities: Map<string, FilePriority>
  /** Of what is not in `priorities`. */
  #rest: FilePriority
  readonly #running = new Map<number, BlobLoading>()
  #state: LoadState = 'loading'
  #reason: string | undefined
  #ended = false
  #filling = false
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

  /** The code of an error, when it failed. */
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
    return [...this.#running.values()]
  }

  begin(): void {
    void this.#run()
  }

  pause(): void {
    if (this.#state !== 'loading') return
    this.#state = 'paused'
    for (const { download } of this.#running.values()) download.pause()
    this.#changed(this)
  }

  resume(): void {
    if (this.#state !== 'paused' && this.#state !== 'failed') return
    this.#state = 'loading'
    this.#reason = undefined
    for (const { download } of this.#running.values()) download.resume()
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
    this.#dropUnwanted()
    for (const [index, { download }] of this.#running) download.setPriority(this.#weight(index))
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

  /** Blobs of the manifest with something wanted in them. */
  wantedBlobs(): readonly number[] {
    const { manifest } = this.share
    return manifest === undefined ? [] : wantedOf(manifest, (path) => this.priorityOf(path))
  }

  /** Somebody may have it who was not known before. */
  addSources(): void {
    for (const { partial } of this.#running.values()) this.#addSources(partial.id)
  }

  /** What has come stays. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const { partial } of this.#running.values()) this.#hub.stop(partial.id)
    this.#running.clear()
    this.#settled.reject(new DOMException('the transfer was ended', 'AbortError'))
  }

  async #run(): Promise<void> {
    if (this.#filling || this.#ended) return
    this.#filling = true
    try {
      if (this.share.manifest === undefined) await this.#loadManifest()
      await this.#fill()
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#filling = false
    }
  }

  async #loadManifest(): Promise<void> {
    const id = this.share.manifestId
    if (!this.#hub.store.has(id)) {
      const loading = await this.#load(MANIFEST, id)
      await loading.download.done
      this.#running.delete(MANIFEST)
    }
    await this.share.readManifest()
    this.#changed(this)
  }

  async #fill(): Promise<void> {
    if (this.#state !== 'loading' || this.#ended) return
    for (const index of this.#missing()) {
      if (this.#running.size >= LOADING_BLOBS_MAX) return
      const loading = await this.#load(index, this.#blobId(index))
      loading.download.done.then(
        () => this.#arrived(index),
        (error: unknown) => this.#broke(index, error),
      )
    }
    if (this.#running.size === 0 && this.#missing().length === 0) this.#finish()
  }

  /** What is wanted, not here and not loading, in the order in which it is loaded. */
  #missing(): readonly number[] {
    return this.wantedBlobs()
      .filter((index) => !this.#running.has(index) && !this.#hub.store.has(this.#blobId(index)))
      .sort((a, b) => this.#weight(b) - this.#weight(a) || a - b)
  }

  async #load(index: number, id: BlobId): Promise<BlobLoading> {
    const priority = index === MANIFEST ? WEIGHTS.high : this.#weight(index)
    const options = { priority, isPaused: this.#state === 'paused' }
    const loading = await this.#hub.load(id, options)
    this.#running.set(index, loading)
    this.#addSources(id)
    return loading
  }

  #addSources(id: BlobId): void {
    for (const source of this.share.sourcesOf(id)) this.#hub.addSource(id, source)
  }

  #arrived(index: number): void {
    this.#running.delete(index)
    this.#changed(this)
    void this.#run()
  }

  #broke(index: number, error: unknown): void {
    if (!this.#running.delete(index) || this.#ended) return
    this.#fail(error)
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    this.#state = 'failed'
    this.#reason = errorCode(error) ?? 'INTERNAL'
    this.#changed(this)
  }

  #finish(): void {
    this.#state = 'done'
    this.#settled.resolve()
    this.#changed(this)
  }

  #dropUnwanted(): void {
    const wanted = new Set(this.wantedBlobs())
    for (const [index, { partial }] of this.#running) {
      if (index === MANIFEST || wanted.has(index)) continue
      this.#running.delete(index)
      this.#hub.stop(partial.id)
    }
  }

  #blobId(index: number): BlobId {
    return blobIdOf(this.share.manifest!.blobs[index]!)
  }

  /** The highest of the files in a blob. */
  #weight(index: number): number {
    const { manifest } = this.share
    if (manifest === undefined || index === MANIFEST) return WEIGHTS.high
    const files = manifest.files.filter(({ blob }) => blob === index)
    return Math.max(WEIGHTS.low, ...files.map(({ path }) => WEIGHTS[this.priorityOf(path)]))
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

function wantedOf(manifest: Manifest, priorityOf: (path: string) => FilePriority): number[] {
  const wanted = new Set<number>()
  for (const { path, blob } of manifest.files) {
    if (blob === undefined || wanted.has(blob)) continue
    if (priorityOf(path) !== 'skip') wanted.add(blob)
  }
  return [...wanted].sort((a, b) => a - b)
}

export function isPartOf(share: KnownShare, id: BlobId): boolean {
  return share.blobs().some((blob) => isSameBlob(blob, id))
}
