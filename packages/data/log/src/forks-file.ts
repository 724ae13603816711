/**
 * The file `forks`: every truncation of the log, so that the number of its fork is known and each can be shown to others.
 *
 * Written atomically before anything of the log is cut, and again after it. In between it says how many blocks stay: then
 * the mark is not to be believed, and the cut is done by the next open. Absent while the log was never truncated. Frozen
 * since version 1, big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     8  "hamletfk"
 *          8     4  format version, 1
 *         12     1  1 while the log is being cut, else 0
 *         13     8  then the blocks that stay, else 0
 *         21     4  number of truncations, at most 256
 *         25     …  per truncation, in the order of their forks: 4 bytes length, then it, see truncation.ts
 *          …     4  CRC-32C of everything before, its initial state xored with the first four bytes of the log id
 */

import { bytesToUint64, concatBytes, equalBytes, idToBytes, utf8, crc32c } from '@hamlet/core'
import { readUint32, writeUint32, writeUint64 } from './frame.ts'
import { TRUNCATIONS_MAX } from './limits.ts'
import { decodeTruncation, encodeTruncation } from './truncation.ts'
import type { LogId } from '@hamlet/core'
import type { Truncation } from './types.ts'

export interface Forks {
  /** That of fork n at n - 1. */
  readonly truncations: readonly Truncation[]
  /** Blocks that stay, while the log is being cut. */
  readonly cutTo: number | undefined
}

const MAGIC = utf8('hamletfk')
const VERSION = 1
const START_BYTES = 25

export function encodeForks(id: LogId, { truncations, cutTo }: Forks): Uint8Array {
  const start = new Uint8Array(START_BYTES)
  start.set(MAGIC)
  writeUint32(start, 8, VERSION)
  start[12] = cutTo === undefined ? 0 : 1
  writeUint64(start, 13, cutTo ?? 0)
  writeUint32(start, 21, truncations.length)
  const parts = truncations.flatMap((truncation) => {
    const bytes = encodeTruncation(truncation)
    return [uint32(bytes.length), bytes]
  })
  const body = concatBytes(start, ...parts)
  return concatBytes(body, uint32(checksum(id, body)))
}

/** `undefined` unless `bytes` are the intact file of this log. */
export function decodeForks(id: LogId, bytes: Uint8Array): Forks | undefined {
  const end = bytes.length - 4
  if (end < START_BYTES || !equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return undefined
  if (readUint32(bytes, 8) !== VERSION) return undefined
  if (readUint32(bytes, end) !== checksum(id, bytes.subarray(0, end))) return undefined
  const stays = bytesToUint64(bytes, 13)
  const isCutting = bytes[12] === 1
  if (stays === undefined || bytes[12]! > 1 || (!isCutting && stays > 0)) return undefined
  const truncations = decodeAll(bytes.subarray(START_BYTES, end), readUint32(bytes, 21))
  return truncations && { truncations, cutTo: isCutting ? stays : undefined }
}

function decodeAll(bytes: Uint8Array, count: number): readonly Truncation[] | undefined {
  if (count > TRUNCATIONS_MAX) return undefined
  const truncations: Truncation[] = []
  let at = 0
  for (let fork = 1; fork <= count; fork++) {
    if (at + 4 > bytes.length) return undefined
    const end = at + 4 + readUint32(bytes, at)
    if (end > bytes.length) return undefined
    const decoded = decodeTruncation(bytes.subarray(at + 4, end))
    if (!decoded.ok || decoded.value.fork !== fork) return undefined
    truncations.push(decoded.value)
    at = end
  }
  return at === bytes.length ? truncations : undefined
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  writeUint32(bytes, 0, value)
  return bytes
}

function checksum(id: LogId, bytes: Uint8Array): number {
  return crc32c(bytes, 0, bytes.length, readUint32(idToBytes(id), 0))
}
