/**
 * The mark: up to where `tree` and `index` are known good, so that open reads only what came after it.
 *
 * Written atomically (`Disk.write`) after the derived files were synced; covers durable commits only. It is
 * evidence, not truth: without it open reads everything, with it a segment that ends earlier is damaged. Frozen since
 * version 1, big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     8  "hamletmk"
 *          8     4  format version, 1
 *         12     4  segment          ) right after the head frame
 *         16     4  offset           ) of the last commit covered
 *         20     4  offset of that head frame in the same segment
 *         24     8  blocks
 *         32     8  bytes of those blocks
 *         40     4  CRC-32C of bytes [0, 40), its initial state xored with the first four bytes of the log id
 */

import { equalBytes, idToBytes, utf8, crc32c } from '@hamlet/core'
import { readUint32, readUint64, writeUint32, writeUint64 } from './frame.ts'
import type { LogId } from '@hamlet/core'
import type { LogPosition } from './frame.ts'

export interface LogMark {
  readonly position: LogPosition
  readonly headOffset: number
  readonly length: number
  readonly byteLength: number
}

const MAGIC = utf8('hamletmk')
const VERSION = 1
const CRC_OFFSET = 40
const MARK_FILE_BYTES = 44

export function encodeMark(id: LogId, mark: LogMark): Uint8Array {
  const bytes = new Uint8Array(MARK_FILE_BYTES)
  bytes.set(MAGIC)
  writeUint32(bytes, 8, VERSION)
  writeUint32(bytes, 12, mark.position.segment)
  writeUint32(bytes, 16, mark.position.offset)
  writeUint32(bytes, 20, mark.headOffset)
  writeUint64(bytes, 24, mark.length)
  writeUint64(bytes, 32, mark.byteLength)
  writeUint32(bytes, CRC_OFFSET, checksum(id, bytes))
  return bytes
}

/** `undefined` when there is no intact mark of this log: then everything is read. */
export function decodeMark(id: LogId, bytes: Uint8Array | undefined): LogMark | undefined {
  if (bytes?.length !== MARK_FILE_BYTES) return undefined
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return undefined
  if (readUint32(bytes, 8) !== VERSION) return undefined
  if (readUint32(bytes, CRC_OFFSET) !== checksum(id, bytes)) return undefined
  return {
    position: { segment: readUint32(bytes, 12), offset: readUint32(bytes, 16) },
    headOffset: readUint32(bytes, 20),
    length: readUint64(bytes, 24),
    byteLength: readUint64(bytes, 32),
  }
}

function checksum(id: LogId, bytes: Uint8Array): number {
  return crc32c(bytes, 0, CRC_OFFSET, readUint32(idToBytes(id), 0))
}
