/**
 * The blobs of one device: put, read, served and received, pinned, tagged, collected.
 *
 *     blobs/packs/NNNNNNNN.pack                     blobs up to 64 KiB, and what is known of every blob
 *     blobs/large/<2 hex>/<key>.data|.tree|.held    larger blobs, whole or in part
 *     blobs/incoming/<number>.data|.tree            what is being put; removed by the next start
 *
 * Invariants:
 * 1. What `put`, `complete`, `pin` and the like have resolved is there after a crash; what was not may be missing, never wrong.
 * 2. Bytes are compared with the tree before they are given out. What does not fit is reported and counts as not here.
 * 3. A blob counts against the quota with its whole size as soon as it is begun. What is pinned or in use is never collected.
 * 4. Memory does not grow with the size of a blob, only with the number of blobs.
 */

import { scopedDisk, silentLogger } from '@hamlet/core'
import type { Cancel, Clock, Crypto, Disk, Logger } from '@hamlet/core'
import { blobKey } from '../blob-id.ts'
import type { BlobId } from '../blob-id.ts'
import { ChunkSet } from '../chunk-set.ts'
import { BlobError } from '../errors.ts'
import {
  BLOB_PINS_MAX,
  BLOB_TAGS_MAX,
  CHUNK_BYTES,
  SMALL_BLOB_BYTES_MAX,
  USE_RECORD_MS,
} from '../limits.ts'
import { hashBlob } from '../merkle/blob-hasher.ts'
import { chunkCountOf, chunkLengthOf } from '../merkle/tree-shape.ts'
import type { BlobBody } from './blob-body.ts'
import { BlobHandle } from './blob-handle.ts'
import { fitsFilter, infoOf, statsOf } from './blob-info.ts'
import type { BlobRecord } from './blob-record.ts'
import { BodyPool } from './body-pool.ts'
import { Catalog } from './catalog.ts'
import type { CatalogEntry } from './catalog.ts'
import { Collector } from './collector.ts'
import { INCOMING_DIRECTORY, receive, removeIncoming } from './incoming.ts'
import type { LargeIncoming } from './incoming.ts'
import { KeyedTurns } from './keyed-turns.ts'
import { LARGE_ENDINGS, LargeBody, largePath } from './large-body.ts'
import { checkLabel, checkLabels, mergedRecord, newRecord, withLabel } from './new-record.ts'
import { fillFromIncoming, takeIncoming } from './place-incoming.ts'
import { Quota } from './quota.ts'
import type { Room } from './quota.ts'
import { SmallBody } from './small-body.ts'
import { sweep } from './sweep.ts'
import type {
  BlobDamage,
  BlobFilter,
  BlobInfo,
  BlobServing,
  BlobStats,
  ByteRange,
  CollectReport,
  PartialBlob,
  PutOptions,
} from './types.ts'

export interface BlobStorePorts {
  /** Nobody else may write below its `blobs`. */
  readonly disk: Disk
  readonly clock: Clock
  readonly crypto: Crypto
  readonly logger?: Logger
}

export interface BlobStoreOptions {
  /** @default unlimited */
  readonly quotaBytes?: number
  /** @default PACK_BYTES */
  readonly packBytes?: number
}

export const BLOBS_DIRECTORY = 'blobs'

export class BlobStore {
  readonly #disk: Disk
  readonly #clock: Clock
  readonly #crypto: Crypto
  readonly #logger: Logger
  readonly #catalog: Catalog
  readonly #collector: Collector
  readonly #bodies = new BodyPool((entry) => this.#openBody(entry))
  /** Putting, beginning and deleting of one blob. */
  readonly #turns = new KeyedTurns()
  readonly #damageListeners = new Set<(damage: BlobDamage) => void>()
  readonly #quota: Quota
  #incomingCount = 0
  #isClosed = false

  private constructor(ports: BlobStorePorts, disk: Disk, catalog: Catalog, quotaBytes: number) {
    this.#disk = disk
    this.#clock = ports.clock
    this.#crypto = ports.crypto
    this.#logger = (ports.logger ?? silentLogger).forComponent('blobs')
    this.#catalog = catalog
    this.#collector = new Collector(catalog, {
      now: () => this.#now(),
      pause: () => this.#pause(),
      remove: (entries) => this.#remove(entries),
    })
    const collect = (bytesMax: number): Promise<CollectReport> => this.#collector.collect(bytesMax)
    this.#quota = new Quota(catalog, quotaBytes, collect)
  }

  static async open(ports: BlobStorePorts, options: BlobStoreOptions = {}): Promise<BlobStore> {
    const disk = scopedDisk(ports.disk, BLOBS_DIRECTORY)
    const catalog = await Catalog.open(disk, options.packBytes)
    await sweep({ disk, clock: ports.clock }, catalog)
    const quotaBytes = options.quotaBytes ?? Number.POSITIVE_INFINITY
    return new BlobStore(ports, disk, catalog, quotaBytes)
  }

  /** Keeps the bytes; durable when resolved. @throws BlobError `BLOB_QUOTA`, `BLOB_TOO_LARGE` */
  async put(
    source: Uint8Array | AsyncIterable<Uint8Array>,
    options: PutOptions = {},
  ): Promise<BlobId> {
    checkLabels(options)
    if (source instanceof Uint8Array && source.length <= SMALL_BLOB_BYTES_MAX) {
      return await this.#putSmall(source, options)
    }
    const room = { bytes: 0 }
    let neededBytes = 0
    try {
      const incoming = await receive(source instanceof Uint8Array ? [source] : source, {
        disk: this.#disk,
        crypto: this.#crypto,
        path: `${INCOMING_DIRECTORY}/${++this.#incomingCount}`,
        makeRoom: (bytes) => this.#quota.takeUpTo(room, (neededBytes += bytes)),
        ...(options.signal && { signal: options.signal }),
      })
      if (incoming.kind === 'large') return await this.#putLarge(incoming, options, room)
      this.#quota.giveBack(room)
      return await this.#putSmall(incoming.content, options)
    } finally {
      this.#quota.giveBack(room)
    }
  }

  /**
   * A range of a blob, which may be here only in part.
   * @throws BlobError `BLOB_MISSING` when not all of the range is here, `BLOB_DAMAGED` when it is not what it was
   */
  async read(id: BlobId, offset: number, length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    for await (const part of this.stream(id, { offset, length })) parts.push(part)
    if (parts.length === 1 && parts[0]!.length * 2 > parts[0]!.buffer.byteLength) return parts[0]!
    const bytes = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }

  /** As {@link read}, in pieces of at most one chunk. */
  async *stream(
    id: BlobId,
    range: ByteRange = { offset: 0, length: id.sizeBytes },
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Uint8Array> {
    const entry = this.#catalog.get(id)
    const end = range.offset + range.length
    if (!entry || range.offset < 0 || range.length < 0 || end > id.sizeBytes) throw missing(id)
    const body = await this.#bodies.acquire(entry)
    try {
      this.#touch(entry)
      for (let at = range.offset; at < end;) {
        options.signal?.throwIfAborted()
        const chunk = Math.floor(at / CHUNK_BYTES)
        const start = at - chunk * CHUNK_BYTES
        const count = Math.min(chunkLengthOf(id.sizeBytes, chunk) - start, end - at)
        yield await readPart(body, chunk, start, count)
        at += count
      }
    } finally {
      this.#bodies.release(entry)
    }
  }

  /** Whether all of it is here. */
  has(id: BlobId): boolean {
    return this.#catalog.get(id)?.record.isComplete === true
  }

  info(id: BlobId): BlobInfo | undefined {
    const entry = this.#catalog.get(id)
    return entry && infoOf(entry)
  }

  /** In the order in which they came. */
  *list(filter: BlobFilter = {}): Generator<BlobInfo> {
    for (const entry of this.#catalog.entries()) if (fitsFilter(entry, filter)) yield infoOf(entry)
  }

  stats(): BlobStats {
    const { bytesMax } = this.#quota
    return statsOf(this.#catalog, Number.isFinite(bytesMax) ? bytesMax : undefined)
  }

  /** `label` says who wants it kept. @throws BlobError `BLOB_MISSING` */
  async pin(id: BlobId, label: string): Promise<void> {
    checkLabel(label)
    await this.#change(id, ({ pins }) => ({ pins: withLabel(pins, label, BLOB_PINS_MAX) }))
  }

  async unpin(id: BlobId, label: string): Promise<void> {
    await this.#change(id, ({ pins }) => ({ pins: pins.filter((pin) => pin !== label) }))
  }

  /** @throws BlobError `BLOB_MISSING` */
  async tag(id: BlobId, tag: string): Promise<void> {
    checkLabel(tag)
    await this.#change(id, ({ tags }) => ({ tags: withLabel(tags, tag, BLOB_TAGS_MAX) }))
  }

  async untag(id: BlobId, tag: string): Promise<void> {
    await this.#change(id, ({ tags }) => ({ tags: tags.filter((each) => each !== tag) }))
  }

  /** It may be collected when this long has passed from now on, though there is room; `undefined`: never for that reason. */
  async setTtl(id: BlobId, ttlMs: number | undefined): Promise<void> {
    const expiresAtMs = ttlMs === undefined ? undefined : this.#now() + Math.ceil(ttlMs)
    await this.#change(id, () => ({ expiresAtMs }))
  }

  /** Whether it was here, in whole or in part. Pins do not keep it, and its open handles find nothing from then on. */
  async delete(id: BlobId): Promise<boolean> {
    const entry = this.#catalog.get(id)
    if (!entry) return false
    await this.#remove([entry])
    return true
  }

  /** Deletes everything. */
  async clear(): Promise<void> {
    await this.#remove([...this.#catalog.entries()])
    await this.#collector.compact()
  }

  setQuota(bytes: number | undefined): void {
    this.#quota.bytesMax = bytes ?? Number.POSITIVE_INFINITY
  }

  /** Removes what has expired, then what was used least recently until the quota is met, and gives back room in the packs. */
  async collect(): Promise<CollectReport> {
    const report = await this.#collector.collect(this.#quota.entryBytesMax)
    await this.#collector.compact()
    return report
  }

  /**
   * Opens a blob to be received, going on with what is here already. Its room is taken at once. Of a blob that is here in part
   * options are added to what it has.
   * @throws BlobError `BLOB_QUOTA`
   */
  async begin(id: BlobId, options: PutOptions = {}): Promise<PartialBlob> {
    checkLabels(options)
    return await this.#turns.run(blobKey(id), async () => {
      let entry = this.#catalog.get(id)
      if (!entry) entry = await this.#add(id, false, options)
      else if (Object.keys(options).length > 0)
        this.#catalog.put(mergedRecord(entry.record, options, this.#now()))
      await this.#catalog.sync()
      return await this.#handle(entry)
    })
  }

  /**
   * Opens a blob to be served, in whole or in part; `undefined` when nothing of it was ever begun. With `isYielding` it may be
   * collected nevertheless, and the handle finds nothing from then on.
   */
  async serve(
    id: BlobId,
    options: { readonly isYielding?: boolean } = {},
  ): Promise<BlobServing | undefined> {
    const entry = this.#catalog.get(id)
    if (!entry) return undefined
    this.#touch(entry)
    return await this.#handle(entry, options.isYielding)
  }

  onDamage(listener: (damage: BlobDamage) => void): Cancel {
    this.#damageListeners.add(listener)
    return () => void this.#damageListeners.delete(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#bodies.closeAll(this.#catalog.entries())
    for (const entry of this.#catalog.entries()) {
      if (entry.usedAtMs > entry.record.usedAtMs) this.#recordUse(entry)
    }
    await this.#catalog.sync().catch(() => undefined)
    this.#catalog.close()
  }

  async #putSmall(content: Uint8Array, options: PutOptions): Promise<BlobId> {
    const id = hashBlob(this.#crypto, content)
    return await this.#turns.run(blobKey(id), async () => {
      const isHere = await this.#mend(id, options, async (body) => {
        if (id.sizeBytes > 0 && !body.readChunk(0)) body.write(0, content, [])
      })
      if (!isHere) await this.#add(id, true, options, content)
      await this.#catalog.sync()
      return id
    })
  }

  async #putLarge(incoming: LargeIncoming, options: PutOptions, room: Room): Promise<BlobId> {
    const { id } = incoming.hashed
    const [disk, crypto] = [this.#disk, this.#crypto]
    return await this.#turns.run(blobKey(id), async () => {
      try {
        const fill = (body: BlobBody): Promise<void> =>
          fillFromIncoming(disk, crypto, body, incoming)
        const isHere = await this.#mend(id, options, fill)
        if (!isHere) await takeIncoming(disk, incoming)
        this.#quota.giveBack(room)
        if (!isHere) {
          const entry = this.#catalog.put(newRecord(id, true, options, this.#now()))
          // They were hashed on their way to the disk.
          entry.compared = ChunkSet.full(incoming.hashed.places.chunkCount)
        }
      } finally {
        await removeIncoming(disk, incoming.path)
      }
      await this.#catalog.sync()
      return id
    })
  }

  /** Completes what is here in part, and adds the options. `false`: nothing is here, or it was deleted meanwhile. */
  async #mend(
    id: BlobId,
    options: PutOptions,
    fill: (body: BlobBody) => Promise<void>,
  ): Promise<boolean> {
    const entry = this.#catalog.get(id)
    if (!entry) return false
    try {
      await this.#fill(entry, fill)
    } catch (error) {
      if (!entry.isGone) throw error
    }
    if (entry.isGone) return false
    this.#catalog.put(mergedRecord(entry.record, options, this.#now()))
    return true
  }

  /** Completes a blob that is here in part. */
  async #fill(entry: CatalogEntry, write: (body: BlobBody) => Promise<void>): Promise<void> {
    const handle = await this.#handle(entry)
    try {
      await write(entry.body!)
      await handle.complete()
    } finally {
      handle.close()
    }
  }

  /** A new entry, for which room is made; durable after a sync. */
  async #add(
    id: BlobId,
    isComplete: boolean,
    options: PutOptions,
    content?: Uint8Array,
  ): Promise<CatalogEntry> {
    const room = { bytes: 0 }
    await this.#quota.take(room, id.sizeBytes)
    this.#quota.giveBack(room)
    return this.#catalog.put(newRecord(id, isComplete, options, this.#now()), content)
  }

  async #handle(entry: CatalogEntry, isYielding = false): Promise<BlobHandle> {
    const body = await this.#bodies.acquire(entry)
    const yielding = isYielding ? 1 : 0
    entry.yielding += yielding
    return new BlobHandle({
      body,
      onComplete: () => this.#complete(entry),
      onClose: () => {
        entry.yielding -= yielding
        this.#bodies.release(entry)
      },
    })
  }

  async #complete(entry: CatalogEntry): Promise<void> {
    if (entry.isGone) throw missing(entry.record.id)
    if (!entry.record.isComplete) this.#catalog.put({ ...entry.record, isComplete: true })
    await this.#catalog.sync()
  }

  async #openBody(entry: CatalogEntry): Promise<BlobBody> {
    const { id, isLarge, isComplete } = entry.record
    const onDamage = (chunk?: number): void => this.#damaged(entry, chunk)
    const [disk, crypto] = [this.#disk, this.#crypto]
    const pause = (): Promise<void> => this.#pause()
    if (isLarge) {
      const compared = (entry.compared ??= new ChunkSet(chunkCountOf(id.sizeBytes)))
      return await LargeBody.open({ disk, crypto, id, compared, onDamage, pause })
    }
    return new SmallBody({
      crypto,
      id,
      isHere: isComplete,
      read: () => this.#catalog.readContent(entry),
      store: async (content) => {
        if (entry.isGone) throw missing(id)
        this.#catalog.put({ ...entry.record, isComplete: true }, content)
        await this.#catalog.sync()
      },
      onDamage: () => {
        this.#catalog.dropContent(entry)
        onDamage(0)
      },
    })
  }

  #damaged(entry: CatalogEntry, chunk: number | undefined): void {
    const { key, record } = entry
    this.#logger.error('a blob is damaged', { key, chunk, tree: chunk === undefined })
    for (const listener of this.#damageListeners) listener({ id: record.id, chunk })
    if (chunk === undefined || entry.isGone || !record.isComplete) return
    entry.record = { ...record, isComplete: false }
    try {
      this.#catalog.put(entry.record)
    } catch (error) {
      // It is found again when it is read the next time.
      this.#logger.warn('could not record the damage', { key, reason: String(error) })
    }
  }

  async #change(id: BlobId, change: (record: BlobRecord) => Partial<BlobRecord>): Promise<void> {
    const entry = this.#catalog.get(id)
    if (!entry) throw missing(id)
    this.#catalog.put({ ...entry.record, ...change(entry.record) })
    await this.#catalog.sync()
  }

  async #remove(entries: readonly CatalogEntry[]): Promise<void> {
    for (const entry of entries) {
      if (entry.isGone) continue
      this.#catalog.remove(entry)
      entry.body?.discard()
    }
    await this.#catalog.sync()
    for (const entry of entries) if (entry.record.isLarge) await this.#removeFiles(entry)
  }

  /** In the blob's turn, and not if it was begun again meanwhile. */
  async #removeFiles(entry: CatalogEntry): Promise<void> {
    await this.#turns.run(entry.key, async () => {
      await this.#bodies.retire(entry)
      if (this.#catalog.hasKey(entry.key)) return
      const path = largePath(entry.record.id)
      for (const ending of LARGE_ENDINGS) await this.#disk.remove(path + ending)
      await this.#disk.syncDirectory(path.slice(0, path.lastIndexOf('/')))
    })
  }

  #touch(entry: CatalogEntry): void {
    entry.usedAtMs = Math.max(entry.usedAtMs, this.#now())
    if (entry.usedAtMs - entry.record.usedAtMs >= USE_RECORD_MS) this.#recordUse(entry)
  }

  /** Not awaited: when it was used is worth no sync. */
  #recordUse(entry: CatalogEntry): void {
    try {
      this.#catalog.put({ ...entry.record, usedAtMs: entry.usedAtMs })
    } catch {
      // A full disk: it is written another time.
    }
  }

  #now(): number {
    return Math.max(0, Math.floor(this.#clock.wall()))
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(0, resolve))
  }
}

async function readPart(
  body: BlobBody,
  chunk: number,
  start: number,
  length: number,
): Promise<Uint8Array> {
  const wasHere = body.chunks.has(chunk)
  let bytes = body.readPart(chunk, start, length)
  if (!bytes && body.mending) {
    await body.mending
    bytes = body.readPart(chunk, start, length)
  }
  if (bytes) return bytes
  if (!wasHere) throw missing(body.id)
  const key = blobKey(body.id)
  throw new BlobError('BLOB_DAMAGED', `chunk ${chunk} of ${key} is not what it was`, {
    fields: { key, chunk },
  })
}

function missing(id: BlobId): BlobError {
  const key = blobKey(id)
  return new BlobError('BLOB_MISSING', `not here, or not all of it: ${key}`, { fields: { key } })
}
