/**
 * A cache that peers fill for each other: what one puts, any may get; whoever got it has it for the next.
 *
 * The idea: a blob store, a swarm engine and a list of who may take part. A miss becomes a download from all of them at once, each
 * chunk verified; a hit costs no message. Nothing is announced: who does not know a blob's name learns nothing, not even that it is
 * here. Beyond `maxBytes` what was used least recently gives way, except for what is pinned.
 *
 * Invariant: each blob that is shared is open, so only the `MESH_SHARED_MAX` that were used last are shared; others are again when used.
 */

import type { Cancel, Clock, Net } from '@hamlet/core'
import { blobKey } from './blob-id.ts'
import type { BlobId, BlobKey } from './blob-id.ts'
import { BlobError } from './errors.ts'
import { MESH_SHARED_MAX } from './limits.ts'
import type { BlobStore } from './store/blob-store.ts'
import type { BlobInfo, BlobServing, BlobStats, PartialBlob } from './store/types.ts'
import type { SwarmEngine } from './swarm/swarm-engine.ts'
import type { SwarmAccess } from './swarm/swarm-types.ts'

export interface MeshCachePorts {
  readonly store: BlobStore
  readonly engine: SwarmEngine
  readonly clock: Clock
  /** The net of the engine: whoever is up and may is asked. */
  readonly net: Pick<Net, 'peers' | 'subscribe'>
}

export interface MeshCacheOptions {
  readonly access: SwarmAccess
  /** @default unlimited */
  readonly maxBytes?: number
  /** How long what is put or got is kept at least, unless `put` says otherwise. @default without end */
  readonly defaultTtlMs?: number
  /** Time between two collections of what has expired. @default a minute */
  readonly collectMs?: number
}

export interface MeshPutOptions {
  readonly pinned?: boolean
  readonly ttlMs?: number
}

export interface MeshGetOptions {
  /** How long peers may take. @default half a minute */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

interface Loading {
  readonly done: Promise<void>
  /** How many wait for it. */
  waiting: number
  readonly stop: () => void
}

const PIN = 'mesh-cache'
const MINUTE_MS = 60_000

export class MeshCache {
  readonly #ports: MeshCachePorts
  readonly #options: MeshCacheOptions
  /** Least recently used first. */
  readonly #shared = new Map<BlobKey, { readonly serving: BlobServing; readonly cancel: Cancel }>()
  readonly #loading = new Map<BlobKey, Loading>()
  /** Downloads that nobody waits for any more, until they have ended. */
  readonly #ending = new Map<BlobKey, Promise<void>>()
  readonly #unsubscribe: Cancel
  #timer: Cancel | undefined
  #isClosed = false

  private constructor(ports: MeshCachePorts, options: MeshCacheOptions) {
    this.#ports = ports
    this.#options = options
    ports.store.setQuota(options.maxBytes)
    this.#unsubscribe = ports.net.subscribe({
      peerUp: (peer) => this.#askAlso(peer),
      peerDown: () => undefined,
      message: () => undefined,
      drain: () => undefined,
    })
    this.#collectLater()
  }

  /** Shares what the store has. */
  static async start(ports: MeshCachePorts, options: MeshCacheOptions): Promise<MeshCache> {
    const cache = new MeshCache(ports, options)
    const newest = [...ports.store.list()].sort((a, b) => a.usedAtMs - b.usedAtMs)
    for (const { id } of newest.slice(-MESH_SHARED_MAX)) await cache.#share(id)
    return cache
  }

  /** @throws BlobError `BLOB_QUOTA` */
  async put(
    data: Uint8Array | AsyncIterable<Uint8Array>,
    options: MeshPutOptions = {},
  ): Promise<BlobId> {
    const ttlMs = options.ttlMs ?? this.#options.defaultTtlMs
    const id = await this.#ports.store.put(data, {
      ...(options.pinned && { pinned: PIN }),
      ...(ttlMs !== undefined && { ttlMs }),
    })
    await this.#share(id)
    return id
  }

  /** From here, or from whoever has it. @throws BlobError `BLOB_MISSING` when nobody gave it in time */
  async get(id: BlobId, options: MeshGetOptions = {}): Promise<Uint8Array> {
    options.signal?.throwIfAborted()
    if (!this.#ports.store.has(id)) await this.#fetch(id, options)
    await this.#share(id)
    return await this.#ports.store.read(id, 0, id.sizeBytes)
  }

  /** Whether it is here. */
  has(id: BlobId): boolean {
    return this.#ports.store.has(id)
  }

  async delete(id: BlobId): Promise<boolean> {
    this.#unshare(blobKey(id))
    return await this.#ports.store.delete(id)
  }

  /** It is never given up. @throws BlobError `BLOB_MISSING` */
  async pin(id: BlobId): Promise<void> {
    await this.#ports.store.pin(id, PIN)
  }

  async unpin(id: BlobId): Promise<void> {
    await this.#ports.store.unpin(id, PIN)
  }

  list(): Iterable<BlobInfo> {
    return this.#ports.store.list()
  }

  getStats(): BlobStats {
    return this.#ports.store.stats()
  }

  async clear(): Promise<void> {
    for (const key of this.#shared.keys()) this.#unshare(key)
    await this.#ports.store.clear()
  }

  /** Store and engine stay open: they are their owner's. */
  close(): void {
    this.#isClosed = true
    this.#unsubscribe()
    this.#timer?.()
    for (const key of this.#shared.keys()) this.#unshare(key)
  }

  /** Several who wait for one blob share a download, which ends when nobody waits any more. */
  async #fetch(id: BlobId, { timeoutMs = MINUTE_MS / 2, signal }: MeshGetOptions): Promise<void> {
    const key = blobKey(id)
    const loading = this.#loading.get(key) ?? this.#startLoading(id)
    const late = Promise.withResolvers<never>()
    const cancel = this.#ports.clock.after(timeoutMs, () => late.reject(nobody(key)))
    const abort = (): void => late.reject(signal!.reason)
    signal?.addEventListener('abort', abort, { once: true })
    loading.waiting++
    try {
      await Promise.race([loading.done, late.promise])
    } finally {
      cancel()
      signal?.removeEventListener('abort', abort)
      if (--loading.waiting === 0) {
        loading.stop()
        this.#loading.delete(key)
      }
    }
  }

  #startLoading(id: BlobId): Loading {
    const stopping = Promise.withResolvers<void>()
    const before = this.#ending.get(blobKey(id))
    const done = (before ?? Promise.resolve()).then(() => this.#download(id, stopping.promise))
    const loading = { done, waiting: 0, stop: stopping.resolve }
    this.#loading.set(blobKey(id), loading)
    const ended = done.catch(() => undefined)
    this.#ending.set(blobKey(id), ended)
    void ended.then(() => {
      if (this.#ending.get(blobKey(id)) === ended) this.#ending.delete(blobKey(id))
    })
    return loading
  }

  async #download(id: BlobId, stopping: Promise<void>): Promise<void> {
    const { store, engine, net } = this.#ports
    const { access, defaultTtlMs } = this.#options
    const blob = await store.begin(id, defaultTtlMs === undefined ? {} : { ttlMs: defaultTtlMs })
    const download = engine.download(blob, access)
    void stopping.then(() => download.stop())
    try {
      for (const peer of net.peers()) if (access.isAllowed(peer)) engine.addSource(id, peer)
      await download.done
    } catch (error) {
      await this.#giveUp(blob)
      throw new BlobError('BLOB_MISSING', nobody(blobKey(id)).message, { cause: error })
    } finally {
      download.stop()
      blob.close()
    }
  }

  /** What has come stays for the next try; nothing at all is not kept. */
  async #giveUp(blob: PartialBlob): Promise<void> {
    if (blob.heldCount === 0) await this.#ports.store.delete(blob.id)
    else await blob.flush().catch(() => undefined)
  }

  async #share(id: BlobId): Promise<void> {
    const key = blobKey(id)
    const before = this.#shared.get(key)
    if (before && before.serving.heldCount < before.serving.chunkCount) this.#unshare(key)
    else if (before) {
      this.#shared.delete(key)
      this.#shared.set(key, before)
      return
    }
    const serving = this.#isClosed
      ? undefined
      : await this.#ports.store.serve(id, { isYielding: true })
    if (!serving) return
    if (this.#isClosed || this.#shared.has(key)) {
      serving.close()
      return
    }
    const cancel = this.#ports.engine.share(serving, this.#options.access)
    this.#shared.set(key, { serving, cancel })
    if (this.#shared.size > MESH_SHARED_MAX) this.#unshare(this.#shared.keys().next().value!)
  }

  #unshare(key: BlobKey): void {
    const shared = this.#shared.get(key)
    this.#shared.delete(key)
    shared?.cancel()
    shared?.serving.close()
  }

  #askAlso(peer: string): void {
    if (!this.#options.access.isAllowed(peer)) return
    const { engine } = this.#ports
    for (const { id, state } of engine.transfers()) {
      if (state === 'loading' && this.#loading.has(blobKey(id))) engine.addSource(id, peer)
    }
  }

  #collectLater(): void {
    const delayMs = this.#options.collectMs ?? MINUTE_MS
    this.#timer = this.#ports.clock.after(delayMs, () => {
      this.#collect().then(
        () => this.#collectLater(),
        () => this.#collectLater(),
      )
    })
  }

  /** What was collected, now or to make room, is not shared any more. */
  async #collect(): Promise<void> {
    if (this.#isClosed) return
    await this.#ports.store.collect()
    for (const [key, { serving }] of this.#shared) {
      if (!this.#ports.store.info(serving.id)) this.#unshare(key)
    }
  }
}

function nobody(key: BlobKey): BlobError {
  return new BlobError('BLOB_MISSING', `nobody gave it in time: ${key}`, { fields: { key } })
}
