/** A store on a disk in memory, with a clock that stands still until it is told to go on. */

import { BlobHasher, BlobStore, CHUNK_BYTES, unclesOf } from '@hamlet/blobs'
import type { BlobId, BlobStoreOptions, PartialBlob, WriteOutcome } from '@hamlet/blobs'
import type { Clock, Disk, Logger } from '@hamlet/core'
import { silentLogger } from '@hamlet/core'
import { testCrypto } from './_blobs.ts'

export class StillClock implements Clock {
  now = 1_700_000_000_000

  wall(): number {
    return this.now
  }

  monotonic(): number {
    return this.now
  }

  after(_delayMs: number, callback: () => void): () => void {
    const immediate = setImmediate(callback)
    return () => clearImmediate(immediate)
  }
}

export async function openStore(
  disk: Disk,
  options: BlobStoreOptions & { readonly clock?: Clock; readonly logger?: Logger } = {},
): Promise<BlobStore> {
  const { clock = new StillClock(), logger = silentLogger } = options
  return await BlobStore.open({ disk, clock, crypto: testCrypto, logger }, options)
}

/** A blob in memory, with what proves its chunks: what a peer who has all of it would send. */
export class SourceBlob {
  readonly id: BlobId
  readonly bytes: Uint8Array
  readonly #uncles: (index: number) => readonly Uint8Array[]

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    const hasher = new BlobHasher(testCrypto)
    hasher.update(bytes)
    const { id, places, nodes } = hasher.finish()
    this.id = id
    this.#uncles = (index) => unclesOf(testCrypto, places, nodes, index)
  }

  get chunkCount(): number {
    return Math.ceil(this.bytes.length / CHUNK_BYTES)
  }

  chunk(index: number): Uint8Array {
    return this.bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)
  }

  uncles(index: number): readonly Uint8Array[] {
    return this.#uncles(index)
  }

  writeTo(blob: PartialBlob, index: number): WriteOutcome {
    const uncles = this.uncles(index).slice(0, blob.knownHeight(index))
    return blob.write(index, this.chunk(index), uncles)
  }
}
