/**
 * Hashes a blob as it streams by, in chunks, whatever pieces it comes in.
 *
 * Memory: one chunk at most, and that only while pieces do not fall on the borders of chunks; the nodes of chunks go to the given
 * store. Bytes of a piece that holds whole chunks are hashed where they lie.
 */

import { assert, concatBytes } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { EMPTY_BLOB } from '../blob-id.ts'
import type { BlobId } from '../blob-id.ts'
import { BlobError } from '../errors.ts'
import { BLOB_BYTES_MAX, CHUNK_BYTES } from '../limits.ts'
import { MemoryNodes, TreePlaces, raiseTree } from './chunk-tree.ts'
import type { NodeStore } from './chunk-tree.ts'
import { chunkNode, smallRoot } from './node-hash.ts'

export interface HashedBlob {
  readonly id: BlobId
  readonly places: TreePlaces
  /** Of every chunk and above, as laid out in `places`. */
  readonly nodes: NodeStore
}

export class BlobHasher {
  readonly #crypto: Crypto
  readonly #nodes: NodeStore
  #sizeBytes = 0
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  /** The first chunk is kept until a second comes: alone, its tree is only as high as it needs. */
  #first: Uint8Array | undefined

  constructor(crypto: Crypto, nodes: NodeStore = new MemoryNodes()) {
    this.#crypto = crypto
    this.#nodes = nodes
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /**
   * `bytes` are kept until the chunk they belong to is complete: do not change them meanwhile.
   * @throws BlobError `BLOB_TOO_LARGE`
   */
  update(bytes: Uint8Array): void {
    if (this.#sizeBytes + bytes.length > BLOB_BYTES_MAX) throw tooLarge()
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
    if (this.#pendingBytes > 0) this.#chunk(this.#takePending())
    const places = new TreePlaces(this.#sizeBytes)
    return {
      id: { root: this.#root(places), sizeBytes: this.#sizeBytes },
      places,
      nodes: this.#nodes,
    }
  }

  #root(places: TreePlaces): Uint8Array {
    if (this.#sizeBytes === 0) return EMPTY_BLOB.root
    if (this.#first) return smallRoot(this.#crypto, this.#first)
    return raiseTree(this.#crypto, places, this.#nodes)
  }

  #keep(bytes: Uint8Array): void {
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
    if (this.#pendingBytes === CHUNK_BYTES) this.#chunk(this.#takePending())
  }

  #takePending(): Uint8Array {
    const bytes = this.#pending.length === 1 ? this.#pending[0]! : concatBytes(...this.#pending)
    this.#pending = []
    this.#pendingBytes = 0
    return bytes
  }

  #chunk(bytes: Uint8Array): void {
    assert(this.#sizeBytes % CHUNK_BYTES === 0, 'only the last chunk is short')
    const index = this.#sizeBytes / CHUNK_BYTES
    this.#sizeBytes += bytes.length
    if (index === 0) {
      this.#first = bytes
      return
    }
    if (this.#first) this.#nodes.write(0, chunkNode(this.#crypto, this.#first))
    this.#first = undefined
    this.#nodes.write(index, chunkNode(this.#crypto, bytes))
  }
}

/** The id of bytes that are in memory. @throws BlobError `BLOB_TOO_LARGE` */
export function hashBlob(crypto: Crypto, bytes: Uint8Array): BlobId {
  const hasher = new BlobHasher(crypto)
  hasher.update(bytes)
  return hasher.finish().id
}

function tooLarge(): BlobError {
  return new BlobError('BLOB_TOO_LARGE', `expected a blob of at most ${BLOB_BYTES_MAX} bytes`, {
    fields: { limit: BLOB_BYTES_MAX },
  })
}
