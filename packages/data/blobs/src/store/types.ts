/** What a blob store gives and takes. The reading and writing halves are what the swarm works with. */

import type { Cancel } from '@hamlet/core'
import type { BlobId, BlobKey } from '../blob-id.ts'
import type { ChunkSet } from '../chunk-set.ts'

/** A blob of which chunks are here: what is served to others. To be closed; other handles of the blob are not touched by that. */
export interface BlobServing {
  readonly id: BlobId
  readonly chunkCount: number
  /** The chunks that are here: a copy. */
  held(): ChunkSet
  readonly heldCount: number
  hasChunk(index: number): boolean
  /**
   * The bytes of a chunk, or `undefined` when it is not here. They are compared with the tree when they are read for the first
   * time in this process; what does not fit is never returned, is reported, and counts as not here from then on. They may be put at
   * the beginning of `into` if they fit there: then the result is a view of it.
   * @throws StoreError when the disk fails
   */
  readChunk(index: number, into?: Uint8Array): Uint8Array | undefined
  /** The uncles of a chunk, from below upwards, the first `count` of them; `undefined` when the chunk is not here. */
  uncles(index: number, count?: number): readonly Uint8Array[] | undefined
  /** Called with each run of chunks that has come. */
  onHeld(listener: (first: number, count: number) => void): Cancel
  close(): void
}

export type WriteOutcome = 'written' | 'wrong' | 'held'

/** A blob that is coming in. What has come is served at once, and is there after a crash once it was flushed. */
export interface PartialBlob extends BlobServing {
  readonly isComplete: boolean
  /** How many uncles prove chunk `index` here: fewer than its depth where a node on the way up is known already. */
  knownHeight(index: number): number
  /**
   * Verifies a chunk by its uncles and writes it. The first `knownHeight(index)` uncles are looked at, any more are not.
   * `'wrong'`: not bytes of this blob, and nothing was kept. `'held'`: it was here before.
   * @throws StoreError when the disk takes no more; nothing was kept then
   */
  write(index: number, bytes: Uint8Array, uncles: readonly Uint8Array[]): WriteOutcome
  /** Resolves when everything written before is durable and will be found after a crash. */
  flush(): Promise<void>
  /** Flushes, and records that all of it is here. @throws BlobError `BLOB_MISSING` when it is not */
  complete(): Promise<void>
}

export interface BlobInfo {
  readonly id: BlobId
  readonly key: BlobKey
  readonly sizeBytes: number
  readonly heldBytes: number
  readonly isComplete: boolean
  /** Labels of those who want it kept; while there is one, collection passes it over. */
  readonly pins: readonly string[]
  readonly tags: readonly string[]
  /** From when on it may be collected though there is room; `undefined` for never. */
  readonly expiresAtMs: number | undefined
  readonly addedAtMs: number
  readonly usedAtMs: number
}

export interface PutOptions {
  /** The label of a pin. */
  readonly pinned?: string
  readonly tags?: readonly string[]
  /** Time to live from now on. @default without end */
  readonly ttlMs?: number
  readonly signal?: AbortSignal
}

export interface BlobFilter {
  readonly tag?: string
  readonly pin?: string
}

export interface ByteRange {
  readonly offset: number
  readonly length: number
}

export interface BlobStats {
  readonly blobCount: number
  readonly completeCount: number
  /** Bytes of blobs that are here. */
  readonly heldBytes: number
  /** Bytes that count against the quota: of each blob its whole size, as soon as it is begun. */
  readonly reservedBytes: number
  readonly pinnedBytes: number
  readonly quotaBytes: number | undefined
  /** Bytes of the packs that belong to nothing any more, until they are compacted. */
  readonly garbageBytes: number
}

export interface CollectReport {
  readonly blobCount: number
  readonly bytes: number
}

/** Something on the disk that is not what it was. */
export interface BlobDamage {
  readonly id: BlobId
  /** The chunk that counts as not here from now on; `undefined` when it is the tree, which is made again. */
  readonly chunk: number | undefined
}
