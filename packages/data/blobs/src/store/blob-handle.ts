/** One user's hold on a blob that is open: what `BlobStore.begin` and `serve` give out. */

import { assert } from '@hamlet/core'
import type { Cancel } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import type { ChunkSet } from '../chunk-set.ts'
import { BlobError } from '../errors.ts'
import type { BlobBody } from './blob-body.ts'
import type { PartialBlob, WriteOutcome } from './types.ts'

export interface HandleOptions {
  readonly body: BlobBody
  /** Records that all of it is here; durable when resolved. */
  readonly onComplete: () => Promise<void>
  readonly onClose: () => void
}

export class BlobHandle implements PartialBlob {
  readonly #body: BlobBody
  readonly #options: HandleOptions
  readonly #cancels = new Set<Cancel>()
  #isClosed = false

  constructor(options: HandleOptions) {
    this.#body = options.body
    this.#options = options
  }

  get id(): BlobId {
    return this.#body.id
  }

  get chunkCount(): number {
    return this.#body.chunks.chunkCount
  }

  get heldCount(): number {
    return this.#body.chunks.size
  }

  get isComplete(): boolean {
    return this.#body.chunks.isFull
  }

  held(): ChunkSet {
    return this.#body.chunks.clone()
  }

  hasChunk(index: number): boolean {
    return index >= 0 && index < this.chunkCount && this.#body.chunks.has(index)
  }

  readChunk(index: number, into?: Uint8Array): Uint8Array | undefined {
    this.#assertOpen()
    return this.#body.readChunk(index, into)
  }

  uncles(index: number, count?: number): readonly Uint8Array[] | undefined {
    this.#assertOpen()
    return this.#body.uncles(index, count)
  }

  knownHeight(index: number): number {
    this.#assertOpen()
    return this.#body.knownHeight(index)
  }

  write(index: number, bytes: Uint8Array, uncles: readonly Uint8Array[]): WriteOutcome {
    this.#assertOpen()
    return this.#body.write(index, bytes, uncles)
  }

  async flush(): Promise<void> {
    this.#assertOpen()
    await this.#body.flush()
  }

  async complete(): Promise<void> {
    this.#assertOpen()
    if (!this.isComplete) throw incomplete(this.heldCount, this.chunkCount)
    await this.#body.flush()
    await this.#options.onComplete()
  }

  onHeld(listener: (first: number, count: number) => void): Cancel {
    const cancel = this.#body.onHeld(listener)
    this.#cancels.add(cancel)
    return () => {
      this.#cancels.delete(cancel)
      cancel()
    }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const cancel of this.#cancels) cancel()
    this.#options.onClose()
  }

  #assertOpen(): void {
    assert(!this.#isClosed, 'the blob is open')
  }
}

function incomplete(held: number, count: number): BlobError {
  return new BlobError('BLOB_MISSING', `expected all ${count} chunks to be here, got ${held}`, {
    fields: { held, count },
  })
}
