/**
 * How often each part of a file is there.
 *
 * "Distributed copies" as torrent clients show them: the whole part is how many of the rarest chunk there are, the
 * fraction how many of the other chunks there is one more of. 1.25 means: one whole copy, and a quarter of the chunks
 * twice. Below 1 something is missing and nobody can finish.
 *
 * Peers that hold everything are counted, not read; of the others their bitfields are, chunk 0 in the highest bit of the
 * first byte. A column of the pieces bar stands for several chunks once there are more than it has columns.
 */

import { PIECE_COLUMNS_MAX } from './limits.ts'

export interface PieceColumn {
  /** Copies of its rarest chunk. */
  readonly least: number
  /** Copies of its chunks on average. */
  readonly mean: number
}

export interface Availability {
  readonly copies: number
  readonly columns: readonly PieceColumn[]
}

/** `partial`: bitfields of peers that hold a part; one too short holds nothing beyond its end. */
export function availabilityOf(
  chunkCount: number,
  seedCount: number,
  partial: readonly Uint8Array[],
): Availability {
  if (chunkCount <= 0) return { copies: seedCount, columns: [] }
  const counts = countChunks(chunkCount, seedCount, partial)
  let least = Number.POSITIVE_INFINITY
  for (const count of counts) least = Math.min(least, count)
  let above = 0
  for (const count of counts) if (count > least) above += 1
  return { copies: least + above / chunkCount, columns: toColumns(counts) }
}

function countChunks(
  chunkCount: number,
  seedCount: number,
  partial: readonly Uint8Array[],
): Uint32Array {
  const counts = new Uint32Array(chunkCount).fill(seedCount)
  for (const bits of partial) {
    const end = Math.min(chunkCount, bits.length * 8)
    for (let chunk = 0; chunk < end; chunk++) {
      counts[chunk]! += (bits[chunk >> 3]! >> (7 - (chunk & 7))) & 1
    }
  }
  return counts
}

function toColumns(counts: Uint32Array): readonly PieceColumn[] {
  const columnCount = Math.min(counts.length, PIECE_COLUMNS_MAX)
  return Array.from({ length: columnCount }, (_, column) => {
    const first = Math.floor((column * counts.length) / columnCount)
    const end = Math.floor(((column + 1) * counts.length) / columnCount)
    let least = Number.POSITIVE_INFINITY
    let sum = 0
    for (let chunk = first; chunk < end; chunk++) {
      least = Math.min(least, counts[chunk]!)
      sum += counts[chunk]!
    }
    return { least, mean: Math.round((sum / (end - first)) * 100) / 100 }
  })
}
