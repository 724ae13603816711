/**
 * Which blobs are in the store and what is known of each: the packs' journal, folded.
 *
 * Invariant: `reservedBytes` is the sum of the sizes of all entries, complete or not.
 */

import type { Disk } from '@hamlet/core'
import { blobKey } from '../blob-id.ts'
import type { BlobId, BlobKey } from '../blob-id.ts'
import type { ChunkSet } from '../chunk-set.ts'
import type { BlobBody } from './blob-body.ts'
import type { BlobRecord } from './blob-record.ts'
import type { PackFrame } from './pack-frame.ts'
import { PackJournal } from './pack-journal.ts'
import type { FramePlace } from './pack-journal.ts'

export interface CatalogEntry {
  readonly key: BlobKey
  record: BlobRecord
  /** Last use, which is written down only now and then. */
  usedAtMs: number
  recordPlace: FramePlace
  contentPlace: FramePlace | undefined
  /** Of a large blob that is not open. */
  heldBytes: number
  /** Chunks of a large blob that this process wrote, or compared with its tree. */
  compared: ChunkSet | undefined
  /** While it is open. */
  body: BlobBody | undefined
  uses: number
  /** How many of the uses end when the blob is collected. */
  yielding: number
  isGone: boolean
}

export class Catalog {
  readonly #entries = new Map<BlobKey, CatalogEntry>()
  #journal!: PackJournal
  #reservedBytes = 0

  static async open(disk: Disk, packBytes?: number): Promise<Catalog> {
    const catalog = new Catalog()
    const take = (frame: PackFrame, place: FramePlace): void => catalog.#take(frame, place)
    catalog.#released = []
    catalog.#journal = await PackJournal.open(disk, take, packBytes)
    for (const place of catalog.#released) catalog.#journal.release(place)
    catalog.#released = undefined
    for (const entry of catalog.entries()) forgetLostContent(entry)
    return catalog
  }

  /** Places that count no more, found while the journal is still being opened. */
  #released: FramePlace[] | undefined

  get size(): number {
    return this.#entries.size
  }

  get reservedBytes(): number {
    return this.#reservedBytes
  }

  get garbageBytes(): number {
    return this.#journal.garbageBytes
  }

  /** Whether records may have been lost, so that files without one need not be garbage. */
  get isDamaged(): boolean {
    return this.#journal.lostBytes > 0
  }

  get wantsCompaction(): boolean {
    return this.#journal.wantsCompaction
  }

  get(id: BlobId): CatalogEntry | undefined {
    return this.#entries.get(blobKey(id))
  }

  hasKey(key: string): boolean {
    return this.#entries.has(key as BlobKey)
  }

  entries(): IterableIterator<CatalogEntry> {
    return this.#entries.values()
  }

  /** Writes what is known of a blob from now on, and its content if it is a small one that has come. */
  put(record: BlobRecord, content?: Uint8Array): CatalogEntry {
    const kind = content ? 'content' : 'record'
    const frame = { kind, record } as const
    return this.#set(frame, this.#journal.append(frame, content))
  }

  remove(entry: CatalogEntry): void {
    const frame = { kind: 'gone', id: entry.record.id } as const
    this.#take(frame, this.#journal.append(frame))
  }

  readContent(entry: CatalogEntry): Uint8Array | undefined {
    const { contentPlace, record } = entry
    return contentPlace && this.#journal.readContent(contentPlace, record.id.sizeBytes)
  }

  /** What counts as lost of a small blob: its content. Its record stays. */
  dropContent(entry: CatalogEntry): void {
    const { contentPlace, recordPlace } = entry
    entry.contentPlace = undefined
    if (contentPlace && contentPlace !== recordPlace) this.#release(contentPlace)
  }

  /** Resolves when everything put and removed before is durable. */
  async sync(): Promise<void> {
    await this.#journal.sync()
    await this.#journal.roll()
  }

  /** Compacts the oldest pack; `pause` lets others run in between. */
  async compactOldest(pause: () => Promise<void>): Promise<void> {
    await this.#journal.compactOldest(async (frame, place) => {
      if (frame.kind === 'gone') return
      const entry = this.get(frame.record.id)
      if (!entry || !(isAt(entry.recordPlace, place) || isAt(entry.contentPlace, place))) return
      this.put({ ...entry.record, usedAtMs: entry.usedAtMs }, this.readContent(entry))
      await pause()
    })
  }

  close(): void {
    this.#journal.close()
  }

  #take(frame: PackFrame, place: FramePlace): void {
    if (frame.kind !== 'gone') {
      this.#set(frame, place)
      return
    }
    const entry = this.get(frame.id)
    if (!entry) return
    this.#entries.delete(entry.key)
    this.#reservedBytes -= frame.id.sizeBytes
    this.#release(entry.recordPlace)
    if (entry.contentPlace !== entry.recordPlace) this.#release(entry.contentPlace)
    entry.isGone = true
  }

  #set(frame: Exclude<PackFrame, { kind: 'gone' }>, place: FramePlace): CatalogEntry {
    const { record, kind } = frame
    const before = this.get(record.id)
    const entry = before ?? this.#add(record, place)
    if (before) {
      if (entry.recordPlace !== entry.contentPlace) this.#release(entry.recordPlace)
      if (kind === 'content') this.#release(entry.contentPlace)
      entry.record = record
      entry.usedAtMs = Math.max(entry.usedAtMs, record.usedAtMs)
      entry.recordPlace = place
    }
    if (kind === 'content') entry.contentPlace = place
    return entry
  }

  #add(record: BlobRecord, recordPlace: FramePlace): CatalogEntry {
    const entry: CatalogEntry = {
      key: blobKey(record.id),
      record,
      usedAtMs: record.usedAtMs,
      recordPlace,
      contentPlace: undefined,
      heldBytes: 0,
      compared: undefined,
      body: undefined,
      uses: 0,
      yielding: 0,
      isGone: false,
    }
    this.#entries.set(entry.key, entry)
    this.#reservedBytes += record.id.sizeBytes
    return entry
  }

  #release(place: FramePlace | undefined): void {
    if (!place) return
    if (this.#released) this.#released.push(place)
    else this.#journal.release(place)
  }
}

function isAt(place: FramePlace | undefined, other: FramePlace): boolean {
  return place?.pack === other.pack && place.contentOffset === other.contentOffset
}

function forgetLostContent(entry: CatalogEntry): void {
  const { record } = entry
  if (!record.isLarge && record.isComplete && !entry.contentPlace) {
    entry.record = { ...record, isComplete: false }
  }
}
