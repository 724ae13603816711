/** Puts what has come in at its place: as a new blob by renaming its files, or into one that is here in part, chunk by chunk. */

import type { Crypto, Disk } from '@hamlet/core'
import { ChunkSet } from '../chunk-set.ts'
import { CHUNK_BYTES } from '../limits.ts'
import { unclesOf } from '../merkle/chunk-tree.ts'
import { chunkLengthOf } from '../merkle/tree-shape.ts'
import type { BlobBody } from './blob-body.ts'
import { encodeHeld } from './held-file.ts'
import { openIncomingNodes } from './incoming.ts'
import type { LargeIncoming } from './incoming.ts'
import { largePath } from './large-body.ts'

/** Durable when resolved. Until a record names the blob its files count as garbage. */
export async function takeIncoming(disk: Disk, incoming: LargeIncoming): Promise<void> {
  const { id, places } = incoming.hashed
  const path = largePath(id)
  await disk.rename(`${incoming.path}.data`, `${path}.data`)
  if (places.levels > 0) await disk.rename(`${incoming.path}.tree`, `${path}.tree`)
  const held = encodeHeld(id, ChunkSet.full(places.chunkCount).runs())
  // Makes the names of the whole directory durable, those of the other two files included.
  await disk.write(`${path}.held`, held)
}

export async function fillFromIncoming(
  disk: Disk,
  crypto: Crypto,
  body: BlobBody,
  incoming: LargeIncoming,
): Promise<void> {
  const { id, places } = incoming.hashed
  const data = await disk.open(`${incoming.path}.data`)
  const nodes = await openIncomingNodes(disk, incoming)
  for (let index = 0; index < places.chunkCount; index++) {
    if (body.chunks.has(index)) continue
    const bytes = data.read(index * CHUNK_BYTES, chunkLengthOf(id.sizeBytes, index))
    body.write(index, bytes, unclesOf(crypto, places, nodes, index))
  }
  data.close()
  nodes.close()
}
