/** A blob in a pack: one chunk at most, compared with the root each time it is read, since that is cheap. */

import { equalBytes } from '@hamlet/core'
import type { Cancel, Crypto } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import { ChunkSet } from '../chunk-set.ts'
import { smallRoot } from '../merkle/node-hash.ts'
import { HeldListeners } from './blob-body.ts'
import type { BlobBody, HeldListener } from './blob-body.ts'
import type { WriteOutcome } from './types.ts'

export interface SmallBodyOptions {
  readonly crypto: Crypto
  readonly id: BlobId
  /** Whether the pack has its content. */
  readonly isHere: boolean
  readonly read: () => Uint8Array | undefined
  /** Durable when resolved. */
  readonly store: (content: Uint8Array) => Promise<void>
  readonly onDamage: () => void
}

export class SmallBody implements BlobBody {
  readonly id: BlobId
  readonly chunks: ChunkSet
  readonly mending = undefined
  readonly #options: SmallBodyOptions
  readonly #listeners = new HeldListeners()
  /** What has come and is not in the pack yet. */
  #content: Uint8Array | undefined
  #storing: Promise<void> = Promise.resolve()
  #isGone = false

  constructor(options: SmallBodyOptions) {
    this.id = options.id
    this.#options = options
    const chunkCount = options.id.sizeBytes > 0 ? 1 : 0
    this.chunks = options.isHere ? ChunkSet.full(chunkCount) : new ChunkSet(chunkCount)
    if (!options.isHere && chunkCount === 0) this.#content = new Uint8Array()
  }

  readChunk(index: number): Uint8Array | undefined {
    if (index !== 0 || !this.chunks.isFull || this.chunks.chunkCount === 0) return undefined
    if (this.#content) return this.#content
    const bytes = this.#options.read()
    if (bytes && this.#fits(bytes)) return bytes
    this.chunks.delete(0)
    this.#options.onDamage()
    return undefined
  }

  readPart(index: number, start: number, length: number): Uint8Array | undefined {
    return this.readChunk(index)?.subarray(start, start + length)
  }

  uncles(index: number): readonly Uint8Array[] | undefined {
    return index === 0 && this.chunks.size > 0 ? [] : undefined
  }

  knownHeight(): number {
    return 0
  }

  write(index: number, bytes: Uint8Array): WriteOutcome {
    if (this.#isGone) return 'wrong'
    if (index !== 0 || bytes.length !== this.id.sizeBytes || bytes.length === 0) return 'wrong'
    if (this.chunks.isFull) return 'held'
    if (!this.#fits(bytes)) return 'wrong'
    this.#content = bytes.slice()
    this.chunks.add(0)
    this.#listeners.tell(0, 1)
    return 'written'
  }

  flush(): Promise<void> {
    const content = this.#content
    if (!content) return this.#storing
    this.#storing = this.#options.store(content).then(() => {
      if (this.#content === content) this.#content = undefined
    })
    this.#storing.catch(() => undefined)
    return this.#storing
  }

  onHeld(listener: HeldListener): Cancel {
    return this.#listeners.add(listener)
  }

  discard(): void {
    this.#isGone = true
    this.chunks.delete(0)
    this.#content = undefined
  }

  async close(): Promise<void> {
    await this.#storing.catch(() => undefined)
  }

  #fits(bytes: Uint8Array): boolean {
    return equalBytes(smallRoot(this.#options.crypto, bytes), this.id.root)
  }
}
