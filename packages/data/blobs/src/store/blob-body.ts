/** What the handles of a blob share: its chunks, wherever they lie. Two kinds: `LargeBody` in files, `SmallBody` in a pack. */

import type { Cancel } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import type { ChunkSet } from '../chunk-set.ts'
import type { WriteOutcome } from './types.ts'

export interface BlobBody {
  readonly id: BlobId
  /** Not to be changed by whoever reads it. */
  readonly chunks: ChunkSet
  readChunk(index: number, into?: Uint8Array): Uint8Array | undefined
  /** A part of a chunk; the whole chunk is read only when it has to be compared first. */
  readPart(index: number, start: number, length: number): Uint8Array | undefined
  uncles(index: number, count?: number): readonly Uint8Array[] | undefined
  knownHeight(index: number): number
  write(index: number, bytes: Uint8Array, uncles: readonly Uint8Array[]): WriteOutcome
  flush(): Promise<void>
  /** While the tree is being made again, chunks that are here may not be readable; they may be when this has resolved. */
  readonly mending: Promise<void> | undefined
  onHeld(listener: HeldListener): Cancel
  /** The blob is deleted: nothing is here any more, and nothing more is taken. */
  discard(): void
  close(): Promise<void>
}

export type HeldListener = (first: number, count: number) => void

export class HeldListeners {
  readonly #listeners = new Set<HeldListener>()

  add(listener: HeldListener): Cancel {
    const own: HeldListener = (first, count) => listener(first, count)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  tell(first: number, count: number): void {
    for (const listener of this.#listeners) listener(first, count)
  }
}
