/** A blob in memory: all of it, or what has come of it. The store's rules (see store/types.ts), without a disk. */

import type { Cancel } from '@hamlet/core'
import { equalBytes } from '@hamlet/core'
import {
  BlobHasher,
  CHUNK_BYTES,
  ChunkSet,
  chunkCountOf,
  chunkDepthOf,
  foldUncles,
  isChunk,
  nodeOfChunk,
  unclesOf,
} from '@hamlet/blobs'
import type { BlobId, HashedBlob, PartialBlob, WriteOutcome } from '@hamlet/blobs'
import { testCrypto } from '../_blobs.ts'

type Listener = (first: number, count: number) => void

export class MemoryBlob implements PartialBlob {
  readonly id: BlobId
  readonly chunkCount: number
  readonly bytes: Uint8Array
  readonly #held: ChunkSet
  /** Verified nodes, by level and index. */
  readonly #nodes = new Map<string, Uint8Array>()
  readonly #whole: HashedBlob | undefined
  readonly #listeners = new Set<Listener>()
  /** What the disk says to the next writes. */
  failure: Error | undefined
  /** And to the next look at the tree. */
  treeFailure: Error | undefined
  isDurable = false
  flushes = 0

  constructor(id: BlobId, whole?: { readonly bytes: Uint8Array; readonly hashed: HashedBlob }) {
    this.id = id
    this.chunkCount = chunkCountOf(id.sizeBytes)
    this.bytes = whole?.bytes ?? new Uint8Array(id.sizeBytes)
    this.#whole = whole?.hashed
    this.#held = whole ? ChunkSet.full(this.chunkCount) : new ChunkSet(this.chunkCount)
    this.#nodes.set(`${chunkDepthOf(id.sizeBytes)} 0`, id.root)
  }

  static of(bytes: Uint8Array): MemoryBlob {
    const hasher = new BlobHasher(testCrypto)
    hasher.update(bytes)
    const hashed = hasher.finish()
    return new MemoryBlob(hashed.id, { bytes, hashed })
  }

  get heldCount(): number {
    return this.#held.size
  }

  get isComplete(): boolean {
    return this.#held.isFull
  }

  held(): ChunkSet {
    return this.#held.clone()
  }

  hasChunk(index: number): boolean {
    return this.#held.has(index)
  }

  readChunk(index: number, into?: Uint8Array): Uint8Array | undefined {
    if (!this.#held.has(index)) return undefined
    const bytes = this.bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)
    if (!into || into.length < bytes.length) return bytes
    into.set(bytes)
    return into.subarray(0, bytes.length)
  }

  uncles(index: number, count = chunkDepthOf(this.id.sizeBytes)): readonly Uint8Array[] {
    if (this.#whole) {
      return unclesOf(testCrypto, this.#whole.places, this.#whole.nodes, index, count)
    }
    return Array.from({ length: count }, (_, level) => {
      const at = Math.floor(index / 2 ** level)
      return this.#nodes.get(`${level} ${at % 2 === 0 ? at + 1 : at - 1}`)!
    })
  }

  knownHeight(index: number): number {
    if (this.treeFailure) throw this.treeFailure
    let level = 0
    while (!this.#nodes.has(`${level} ${Math.floor(index / 2 ** level)}`)) level++
    return level
  }

  write(index: number, bytes: Uint8Array, uncles: readonly Uint8Array[]): WriteOutcome {
    if (this.#held.has(index)) return 'held'
    const height = this.knownHeight(index)
    if (!isChunk(this.id, index, bytes.length) || uncles.length < height) return 'wrong'
    const used = uncles.slice(0, height)
    const node = nodeOfChunk(testCrypto, this.id.sizeBytes, bytes)
    const top = foldUncles(testCrypto, index, node, used)
    if (!equalBytes(top, this.#nodes.get(`${height} ${Math.floor(index / 2 ** height)}`)!)) {
      return 'wrong'
    }
    if (this.failure) throw this.failure
    for (let level = 0; level < height; level++) {
      const at = Math.floor(index / 2 ** level)
      this.#nodes.set(`${level} ${at}`, foldUncles(testCrypto, index, node, used.slice(0, level)))
      this.#nodes.set(`${level} ${at % 2 === 0 ? at + 1 : at - 1}`, used[level]!.slice())
    }
    this.bytes.set(bytes, index * CHUNK_BYTES)
    this.#held.add(index)
    for (const listener of this.#listeners) listener(index, 1)
    return 'written'
  }

  onHeld(listener: Listener): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async flush(): Promise<void> {
    this.flushes++
  }

  async complete(): Promise<void> {
    this.isDurable = true
  }

  close(): void {
    this.#listeners.clear()
  }
}
