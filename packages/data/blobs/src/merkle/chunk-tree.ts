/**
 * The part of a blob's tree that is kept: the nodes of its chunks and everything above them.
 *
 * Nodes lie level by level from the chunks upwards, in one array or file; padding and the root are left out:
 *
 *     LEVEL 0   ceil(chunks / 1) nodes of 32 bytes: the chunks' own
 *     LEVEL 1   ceil(chunks / 2) nodes
 *     …         up to the two children of the root
 *
 * That is 64 bytes a chunk, a 4,096th of the blob, and the first level can be written while the size is still unknown.
 */

import { assert } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { hashPair } from './node-hash.ts'
import { paddingNode } from './padding-node.ts'
import { CHUNK_HEIGHT, chunkCountOf, chunkDepthOf, levelCountOf } from './tree-shape.ts'

/** Where the nodes of a tree lie. */
export class TreePlaces {
  readonly chunkCount: number
  /** Levels that are kept: as many as uncles prove a chunk. */
  readonly levels: number
  readonly nodeCount: number
  readonly #starts: readonly number[]

  constructor(sizeBytes: number) {
    this.chunkCount = chunkCountOf(sizeBytes)
    this.levels = chunkDepthOf(sizeBytes)
    const starts: number[] = []
    let next = 0
    for (let level = 0; level < this.levels; level++) {
      starts.push(next)
      next += levelCountOf(this.chunkCount, level)
    }
    this.#starts = starts
    this.nodeCount = next
  }

  /** How many nodes of `level` are not padding. */
  countAt(level: number): number {
    return levelCountOf(this.chunkCount, level)
  }

  /** The place of a node, or `undefined` for padding. */
  placeOf(level: number, index: number): number | undefined {
    assert(level >= 0 && level < this.levels, 'a level between the chunks and the root')
    return index < this.countAt(level) ? this.#starts[level]! + index : undefined
  }
}

/** Reads and writes nodes by their place. */
export interface NodeStore {
  read(place: number): Uint8Array
  /** Writes nodes of neighbouring places, the first at `place`. */
  write(place: number, ...nodes: readonly Uint8Array[]): void
}

/** The node at `index` of `level`, padding included. */
export function nodeAt(
  crypto: Crypto,
  places: TreePlaces,
  nodes: Pick<NodeStore, 'read'>,
  level: number,
  index: number,
): Uint8Array {
  const place = places.placeOf(level, index)
  return place === undefined ? paddingNode(crypto, CHUNK_HEIGHT + level) : nodes.read(place)
}

/** The uncles of a chunk from below upwards, the first `count` of them. */
export function unclesOf(
  crypto: Crypto,
  places: TreePlaces,
  nodes: Pick<NodeStore, 'read'>,
  chunk: number,
  count: number = places.levels,
): readonly Uint8Array[] {
  const uncles: Uint8Array[] = []
  for (let level = 0; level < Math.min(count, places.levels); level++) {
    const index = Math.floor(chunk / 2 ** level)
    uncles.push(nodeAt(crypto, places, nodes, level, index % 2 === 0 ? index + 1 : index - 1))
  }
  return uncles
}

/** Computes every level above the chunks' nodes, writes them, and returns the root. For trees of more than one chunk. */
export function raiseTree(crypto: Crypto, places: TreePlaces, nodes: NodeStore): Uint8Array {
  assert(places.levels > 0, 'a tree of more than one chunk')
  for (let level = 0; level < places.levels - 1; level++) {
    for (let index = 0; index < places.countAt(level + 1); index++) {
      const node = parentOf(crypto, places, nodes, level, index)
      nodes.write(places.placeOf(level + 1, index)!, node)
    }
  }
  return parentOf(crypto, places, nodes, places.levels - 1, 0)
}

function parentOf(
  crypto: Crypto,
  places: TreePlaces,
  nodes: Pick<NodeStore, 'read'>,
  level: number,
  index: number,
): Uint8Array {
  const left = nodeAt(crypto, places, nodes, level, 2 * index)
  return hashPair(crypto, left, nodeAt(crypto, places, nodes, level, 2 * index + 1))
}

/** Nodes in memory, growing as they are written. */
export class MemoryNodes implements NodeStore {
  #bytes = new Uint8Array(1024)

  read(place: number): Uint8Array {
    return this.#bytes.subarray(32 * place, 32 * place + 32)
  }

  write(place: number, ...nodes: readonly Uint8Array[]): void {
    const end = 32 * (place + nodes.length)
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    nodes.forEach((node, at) => this.#bytes.set(node, 32 * (place + at)))
  }
}
