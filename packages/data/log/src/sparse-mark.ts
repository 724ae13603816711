/**
 * The mark of a sparse copy: up to where its journal, and every block the journal names, were durable once.
 *
 * After a power cut the journal may name blocks whose bytes never reached the disk. So blocks that were recorded behind the mark
 * are looked at when the copy is opened, and those before it are not: the work is bounded by what came since the last sync.
 * Written atomically (`Disk.write`) after that sync. It is evidence, not truth: without it everything is looked at. Frozen since
 * version 1, big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     8  "hamletsm"
 *          8     4  format version, 1
 *         12     8  bytes of the journal
 *         20     4  CRC-32C of bytes [0, 20), its initial state xored with the first four bytes of the log id
 */

import { equalBytes, idToBytes, utf8, crc32c } from '@hamlet/core'
import type { LogId } from '@hamlet/core'
import { readUint32, readUint64, writeUint32, writeUint64 } from './frame.ts'

const MAGIC = utf8('hamletsm')
const VERSION = 1
const CRC_OFFSET = 20
const MARK_FILE_BYTES = 24

/** `journalBytes`: at most 2^53 - 1. */
export function encodeSparseMark(id: LogId, journalBytes: number): Uint8Array {
  const bytes = new Uint8Array(MARK_FILE_BYTES)
  bytes.set(MAGIC)
  writeUint32(bytes, 8, VERSION)
  writeUint64(bytes, 12, journalBytes)
  writeUint32(bytes, CRC_OFFSET, checksum(id, bytes))
  return bytes
}

/** Bytes of the journal; 0 when there is no intact mark of this log. */
export function decodeSparseMark(id: LogId, bytes: Uint8Array | undefined): number {
  if (bytes?.length !== MARK_FILE_BYTES) return 0
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return 0
  if (readUint32(bytes, 8) !== VERSION) return 0
  if (readUint32(bytes, CRC_OFFSET) !== checksum(id, bytes)) return 0
  const journalBytes = readUint64(bytes, 12)
  return Number.isSafeInteger(journalBytes) ? journalBytes : 0
}

function checksum(id: LogId, bytes: Uint8Array): number {
  return crc32c(bytes, 0, CRC_OFFSET, readUint32(idToBytes(id), 0))
}
