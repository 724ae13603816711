/**
 * Hashes a blob as it streams by, in chunks, whatever pieces it comes in.
 *
 * Memory: one chunk, if pieces do not fall on the borders of chunks; the nodes of chunks go to the given store. Whole chunks within a
 * piece are hashed where they lie.
 */

import { assert } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { EMPTY_BLOB } from '../blob-id.ts'
import type { BlobId } from '../blob-id.ts'
import { BlobError } from '../errors.ts'
import { BLOB_BYTES_MAX, CHUNK_BYTES } from '../limits.ts'
import { MemoryNodes, TreePlaces, raiseTree } from './chunk-tree.ts'
import type { NodeStore } from './chunk-tree.ts'
import { LeafHashes, smallRoot } from './node-hash.ts'
import { CHUNK_HEIGHT } from './tree-shape.ts'

export interface HashedBlob {
  readonly id: BlobId
  readonly places: TreePlaces
  /** Of every chunk and above, as laid out in `places`. */
  readonly nodes: NodeStore
}

export class BlobHasher {
  readonly #crypto: Crypto
  readonly #nodes: NodeStore
  readonly #onChunk: ((bytes: Uint8Array) => void) | undefined
  #chunkCount = 0
  #hashedBytes = 0
  #pending: Uint8Array | undefined
  #pendingBytes = 0
  /** The first chunk alone has a tree that is only as high as it needs, so its node waits for a second. */
  #first: LeafHashes | undefined

  /** `onChunk` gets the bytes of each chunk in order, which are another's once it returns. */
  constructor(crypto: Crypto, nodes?: NodeStore, onChunk?: (bytes: Uint8Array) => void) {
    this.#crypto = crypto
    this.#nodes = nodes ?? new MemoryNodes()
    this.#onChunk = onChunk
  }

  get sizeBytes(): number {
    return this.#hashedBytes + this.#pendingBytes
  }

  /** `bytes` may be changed afterwards. @throws BlobError `BLOB_TOO_LARGE` */
  update(bytes: Uint8Array): void {
    if (this.sizeBytes + bytes.length > BLOB_BYTES_MAX) throw tooLarge()
    let start = 0
    if (this.#pendingBytes > 0) {
      start = Math.min(bytes.length, CHUNK_BYTES - this.#pendingBytes)
      this.#keep(bytes.subarray(0, start))
    }
    for (; start + CHUNK_BYTES <= bytes.length; start += CHUNK_BYTES) {
      this.#chunk(bytes.subarray(start, start + CHUNK_BYTES))
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start))
  }

  /** To be called once. */
  finish(): HashedBlob {
    if (this.#pendingBytes > 0) this.#chunkOfPending()
    const places = new TreePlaces(this.#hashedBytes)
    const id = { root: this.#root(places), sizeBytes: this.#hashedBytes }
    return { id, places, nodes: this.#nodes }
  }

  #root(places: TreePlaces): Uint8Array {
    if (this.#chunkCount === 0) return EMPTY_BLOB.root
    if (this.#first) return this.#first.root()
    return raiseTree(this.#crypto, places, this.#nodes)
  }

  #keep(bytes: Uint8Array): void {
    this.#pending ??= new Uint8Array(CHUNK_BYTES)
    this.#pending.set(bytes, this.#pendingBytes)
    this.#pendingBytes += bytes.length
    if (this.#pendingBytes === CHUNK_BYTES) this.#chunkOfPending()
  }

  #chunkOfPending(): void {
    const bytes = this.#pending!.subarray(0, this.#pendingBytes)
    this.#pendingBytes = 0
    this.#chunk(bytes)
  }

  #chunk(bytes: Uint8Array): void {
    assert(this.#hashedBytes % CHUNK_BYTES === 0, 'only the last chunk is short')
    const hashes = new LeafHashes(this.#crypto, bytes)
    if (this.#chunkCount === 0) this.#first = hashes
    else this.#nodes.write(this.#chunkCount, hashes.nodeAt(CHUNK_HEIGHT))
    if (this.#chunkCount === 1) {
      this.#nodes.write(0, this.#first!.nodeAt(CHUNK_HEIGHT))
      this.#first = undefined
    }
    this.#onChunk?.(bytes)
    this.#chunkCount++
    this.#hashedBytes += bytes.length
  }
}

/** The id of bytes that are in memory. @throws BlobError `BLOB_TOO_LARGE` */
export function hashBlob(crypto: Crypto, bytes: Uint8Array): BlobId {
  if (bytes.length > 0 && bytes.length <= CHUNK_BYTES) {
    return { root: smallRoot(crypto, bytes), sizeBytes: bytes.length }
  }
  const hasher = new BlobHasher(crypto)
  hasher.update(bytes)
  return hasher.finish().id
}

function tooLarge(): BlobError {
  return new BlobError('BLOB_TOO_LARGE', `expected a blob of at most ${BLOB_BYTES_MAX} bytes`, {
    fields: { limit: BLOB_BYTES_MAX },
  })
}
