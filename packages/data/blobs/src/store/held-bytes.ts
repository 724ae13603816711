/** How many bytes a set of chunks is: all chunks are full but the last. */

import type { ChunkSet } from '../chunk-set.ts'
import { CHUNK_BYTES } from '../limits.ts'

export function heldBytesOf(chunks: ChunkSet, sizeBytes: number): number {
  const last = chunks.chunkCount - 1
  const missing = last >= 0 && chunks.has(last) ? chunks.chunkCount * CHUNK_BYTES - sizeBytes : 0
  return chunks.size * CHUNK_BYTES - missing
}
