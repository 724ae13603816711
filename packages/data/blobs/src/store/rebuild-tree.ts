/** Makes the tree of a complete blob again from its data, when the file that held it is damaged. */

import { equalBytes } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import { nodeOfChunk } from '../merkle/chunk-proof.ts'
import { MemoryNodes, TreePlaces, raiseTree } from '../merkle/chunk-tree.ts'
import type { NodeStore } from '../merkle/chunk-tree.ts'

export interface RebuildOptions {
  readonly crypto: Crypto
  readonly id: BlobId
  /** `undefined` ends it: there is nothing to compute the node from. */
  readonly readChunk: (index: number) => Uint8Array | undefined
  /** Awaited after each chunk. */
  readonly pause: () => Promise<void>
  readonly isStopped: () => boolean
  readonly nodes: NodeStore
}

/** Whether the data gave the root; only then the nodes were written. Keeps 64 bytes a chunk in memory. */
export async function rebuildTree(options: RebuildOptions): Promise<boolean> {
  const { crypto, id } = options
  const places = new TreePlaces(id.sizeBytes)
  const made = new MemoryNodes()
  for (let index = 0; index < places.chunkCount; index++) {
    const bytes = options.isStopped() ? undefined : options.readChunk(index)
    if (!bytes) return false
    made.write(index, nodeOfChunk(crypto, id.sizeBytes, bytes))
    await options.pause()
  }
  if (!equalBytes(raiseTree(crypto, places, made), id.root)) return false
  if (options.isStopped()) return false
  for (let place = 0; place < places.nodeCount; place++) {
    options.nodes.write(place, made.read(place))
  }
  return true
}
