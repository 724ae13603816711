/**
 * The file `<key>.tree`: the nodes of a large blob's tree from its chunks up to below the root.
 *
 *     OFFSET  SIZE  FIELD
 *          0    32  "hamlet blob tree, version 1", then zeros
 *         32     …  nodes of 32 bytes, level by level from the chunks upwards, padding left out (`merkle/chunk-tree.ts`)
 *
 * The file needs no checksum and no order of writes: a node counts only once it and the node beside it hash to a node above
 * them that counts, and the root is in the blob's name. So what a crash tore, or what rotted, is simply not known. What is known
 * is found out once per process, on the way down to the chunk that is asked for, and costs one bit a node.
 *
 * Invariant: if a node is known, so are the one beside it and all above it.
 */

import { equalBytes, utf8 } from '@hamlet/core'
import type { Crypto, DiskFile } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import { foldUncles } from '../merkle/chunk-proof.ts'
import { TreePlaces, nodeAt, unclesOf } from '../merkle/chunk-tree.ts'
import type { NodeStore } from '../merkle/chunk-tree.ts'
import { hashPair } from '../merkle/node-hash.ts'

const NODE_BYTES = 32
const HEADER = new Uint8Array(NODE_BYTES)
HEADER.set(utf8('hamlet blob tree, version 1'))
const UNKNOWN = new Uint8Array(NODE_BYTES)

/** The nodes in a file. A node that is not there reads as zeros, which no hash is. */
export class TreeFile implements NodeStore {
  readonly #file: DiskFile

  constructor(file: DiskFile) {
    this.#file = file
    if (!hasHeader(file)) {
      file.truncate(0)
      file.append(HEADER)
    }
  }

  read(place: number): Uint8Array {
    const offset = NODE_BYTES * (place + 1)
    if (offset + NODE_BYTES > this.#file.sizeBytes) return UNKNOWN
    return this.#file.read(offset, NODE_BYTES)
  }

  write(place: number, ...nodes: readonly Uint8Array[]): void {
    this.#file.writeAt(NODE_BYTES * (place + 1), ...nodes)
  }

  sync(): Promise<void> {
    return this.#file.sync()
  }

  close(): void {
    this.#file.close()
  }
}

function hasHeader(file: DiskFile): boolean {
  if (file.sizeBytes < NODE_BYTES) return false
  return equalBytes(file.read(0, NODE_BYTES), HEADER)
}

/** The tree of one blob, as far as it is known. */
export class KnownTree {
  readonly places: TreePlaces
  readonly #crypto: Crypto
  readonly #id: BlobId
  readonly #nodes: NodeStore
  /** One bit a pair of siblings: that of the left one. */
  readonly #known: Uint8Array

  constructor(crypto: Crypto, id: BlobId, nodes: NodeStore) {
    this.#crypto = crypto
    this.#id = id
    this.#nodes = nodes
    this.places = new TreePlaces(id.sizeBytes)
    this.#known = new Uint8Array(Math.ceil(this.places.nodeCount / 8))
  }

  /** Of the nodes on the way from the chunk's own to the root, the level of the lowest that is known: so many uncles prove the chunk. */
  knownHeight(chunk: number): number {
    for (let level = this.places.levels - 1; level >= 0; level--) {
      const left = Math.floor(chunk / 2 ** (level + 1)) * 2
      const place = this.places.placeOf(level, left)!
      if (this.#isKnown(place)) continue
      if (!this.#isProved(level, left, place)) return level + 1
      this.#setKnown(place)
    }
    return 0
  }

  /** The node of a chunk, if it is known. */
  chunkNode(chunk: number): Uint8Array | undefined {
    if (this.knownHeight(chunk) > 0) return undefined
    return this.places.levels === 0 ? this.#id.root : this.#node(0, chunk)
  }

  /** The first `count` uncles of a chunk, if they are known. */
  uncles(chunk: number, count?: number): readonly Uint8Array[] | undefined {
    if (this.knownHeight(chunk) > 0) return undefined
    return unclesOf(this.#crypto, this.places, this.#nodes, chunk, count)
  }

  /** Whether `node` with the first `height` uncles leads to the node that is known there; `height` is {@link knownHeight}. */
  isProof(chunk: number, node: Uint8Array, uncles: readonly Uint8Array[], height: number): boolean {
    const top = foldUncles(this.#crypto, chunk, node, uncles.slice(0, height))
    return equalBytes(top, this.#nodeOrRoot(height, Math.floor(chunk / 2 ** height)))
  }

  /** Writes what a proof showed. */
  learn(chunk: number, node: Uint8Array, uncles: readonly Uint8Array[], height: number): void {
    let at = node
    for (let level = 0; level < height; level++) {
      const index = Math.floor(chunk / 2 ** level)
      const uncle = uncles[level]!
      const pair = index % 2 === 0 ? ([at, uncle] as const) : ([uncle, at] as const)
      const left = index - (index % 2)
      const place = this.places.placeOf(level, left)!
      const isPadded = this.places.placeOf(level, left + 1) === undefined
      this.#nodes.write(place, ...(isPadded ? [pair[0]] : pair))
      this.#setKnown(place)
      at = hashPair(this.#crypto, ...pair)
    }
  }

  /** What was known is found out again from the file. */
  forget(): void {
    this.#known.fill(0)
  }

  #isProved(level: number, left: number, place: number): boolean {
    const node = this.#nodes.read(place)
    if (equalBytes(node, UNKNOWN)) return false
    const parent = hashPair(this.#crypto, node, this.#node(level, left + 1))
    return equalBytes(parent, this.#nodeOrRoot(level + 1, left / 2))
  }

  #nodeOrRoot(level: number, index: number): Uint8Array {
    return level >= this.places.levels ? this.#id.root : this.#node(level, index)
  }

  #node(level: number, index: number): Uint8Array {
    return nodeAt(this.#crypto, this.places, this.#nodes, level, index)
  }

  #isKnown(place: number): boolean {
    return (this.#known[place >> 3]! & (1 << (place & 7))) !== 0
  }

  #setKnown(place: number): void {
    this.#known[place >> 3]! |= 1 << (place & 7)
  }
}
