/**
 * The note of a clear under way, in the file `clearing`, so that a clear once begun is brought to its end.
 *
 * Written before the first segment is replaced, removed after the derived files and the mark fit the new ones. While it is there
 * the mark is not to be believed; the note itself says how many blocks were durable. Frozen since version 1, big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     8  "hamletcl"
 *          8     4  format version, 1
 *         12     8  first block to clear
 *         20     8  end of the blocks to clear
 *         28     8  blocks in the log
 *         36     4  fork of the log
 *         40     4  CRC-32C of bytes [0, 40), its initial state xored with the first four bytes of the log id
 */

import { bytesToUint64, equalBytes, idToBytes, utf8, crc32c } from '@hamlet/core'
import { readUint32, writeUint32, writeUint64 } from './frame.ts'
import type { LogId } from '@hamlet/core'

export interface Clearing {
  readonly from: number
  readonly to: number
  /** Blocks in the log, all durable. */
  readonly length: number
  readonly fork: number
}

const MAGIC = utf8('hamletcl')
const VERSION = 1
const CRC_OFFSET = 40
const CLEARING_BYTES = 44

export function encodeClearing(id: LogId, clearing: Clearing): Uint8Array {
  const bytes = new Uint8Array(CLEARING_BYTES)
  bytes.set(MAGIC)
  writeUint32(bytes, 8, VERSION)
  writeUint64(bytes, 12, clearing.from)
  writeUint64(bytes, 20, clearing.to)
  writeUint64(bytes, 28, clearing.length)
  writeUint32(bytes, 36, clearing.fork)
  writeUint32(bytes, CRC_OFFSET, checksum(id, bytes))
  return bytes
}

/** `undefined` when there is no intact note of this log. */
export function decodeClearing(id: LogId, bytes: Uint8Array): Clearing | undefined {
  if (bytes.length !== CLEARING_BYTES) return undefined
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return undefined
  if (readUint32(bytes, 8) !== VERSION) return undefined
  if (readUint32(bytes, CRC_OFFSET) !== checksum(id, bytes)) return undefined
  const from = bytesToUint64(bytes, 12)
  const to = bytesToUint64(bytes, 20)
  const length = bytesToUint64(bytes, 28)
  if (from === undefined || to === undefined || length === undefined) return undefined
  if (from > to || to > length) return undefined
  return { from, to, length, fork: readUint32(bytes, 36) }
}

function checksum(id: LogId, bytes: Uint8Array): number {
  return crc32c(bytes, 0, CRC_OFFSET, readUint32(idToBytes(id), 0))
}
