/**
 * Which chunks a peer holds, as runs: what an announcement carries and the table keeps.
 *
 *     OFFSET  SIZE  FIELD
 *     0       1..5  skip: chunks not held before the run, unsigned LEB128, shortest form
 *     …       1..5  count: chunks held, at least 1
 *     …             further pairs of skip (at least 1 from the second on) and count
 *
 * Chunks 2, 3 and 7 are `02 02 03 01`. All runs together stay inside the swarm's chunks; nothing else is accepted, so
 * equal sets have equal bytes.
 */

import { CHUNK_RUNS_MAX } from '../limits.ts'

export interface ChunkRun {
  readonly first: number
  readonly count: number
}

const VALUE_MAX = 2 ** 32 - 1

/** The runs in ascending order, or `undefined` for what is not the one form of a set below `chunkCount`. */
export function decodeChunkRuns(bytes: Uint8Array, chunkCount: number): ChunkRun[] | undefined {
  const runs: ChunkRun[] = []
  let offset = 0
  let end = 0
  while (offset < bytes.length) {
    const skip = readValue(bytes, offset)
    if (skip === undefined) return undefined
    const count = readValue(bytes, skip.next)
    if (count === undefined || count.value === 0) return undefined
    if (runs.length > 0 && skip.value === 0) return undefined
    const first = end + skip.value
    end = first + count.value
    if (end > chunkCount || runs.length === CHUNK_RUNS_MAX) return undefined
    runs.push({ first, count: count.value })
    offset = count.next
  }
  return runs
}

/** `runs`: ascending, apart from each other. */
export function encodeChunkRuns(runs: readonly ChunkRun[]): Uint8Array {
  const bytes: number[] = []
  let end = 0
  for (const { first, count } of runs) {
    pushValue(bytes, first - end)
    pushValue(bytes, count)
    end = first + count
  }
  return Uint8Array.from(bytes)
}

function readValue(
  bytes: Uint8Array,
  offset: number,
): { readonly value: number; readonly next: number } | undefined {
  let value = 0
  for (let index = 0; index < 5; index++) {
    const byte = bytes[offset + index]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte >= 0x80) continue
    const isShortest = byte !== 0 || index === 0
    return isShortest && value <= VALUE_MAX ? { value, next: offset + index + 1 } : undefined
  }
  return undefined
}

function pushValue(bytes: number[], value: number): void {
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
}
