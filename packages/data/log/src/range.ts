/**
 * Ranges: the unit of replication. Blocks that follow one another, the newest head the sender knows, and the proof that
 * the tree over everything up to the last of these blocks is a prefix of that head's tree. A receiver that holds what
 * came before needs nothing else to verify them all with one signature.
 *
 * Encoded (frozen since version 1), big-endian; at most one frame (1 MiB):
 *
 *     OFFSET  SIZE  FIELD
 *          0     1  format version, 1
 *          1     8  index of the first block
 *          9   104  head, see head.ts
 *        113     1  number k of hashes, at most 64
 *        114  32 k  consistency proof (RFC 9162 2.1.4) from the end of the range to the head's length
 *          …     4  number of blocks, at most 16,384
 *          …        per block: 4 bytes length, then the block
 */

import { FRAME_BYTES_MAX, bytesToUint64, err, ok } from '@hamlet/core'
import { readUint32, writeUint32, writeUint64 } from './frame.ts'
import { HEAD_BYTES, readHead, writeHead } from './head.ts'
import { BLOCK_BYTES_MAX, PROOF_HASHES_MAX, RANGE_BLOCKS_MAX } from './limits.ts'
import { isLargePart, PartWriter } from './part-writer.ts'
import { HASH_BYTES } from './tree.ts'
import type { Result } from '@hamlet/core'
import type { LogRangeError } from './errors.ts'
import type { LogHead } from './head.ts'

export interface LogRange {
  /** Index of the first block. */
  readonly from: number
  readonly blocks: readonly Uint8Array[]
  readonly head: LogHead
  /** Consistency proof from `from + blocks.length` to `head.length`; empty when they are equal. */
  readonly extension: readonly Uint8Array[]
}

const VERSION = 1
const EXTENSION_OFFSET = 10 + HEAD_BYTES

/** Bytes of {@link encodeLogRange} beside the blocks and the 4 bytes of each one's length. */
export function rangeOverheadBytes(extensionHashes: number): number {
  return EXTENSION_OFFSET + extensionHashes * HASH_BYTES + 4
}

export function encodeLogRange(range: LogRange): Uint8Array {
  const bytes = new Uint8Array(logRangeBytes(range))
  writeLogRange(bytes, range)
  return bytes
}

/** Bytes of {@link encodeLogRange}. */
export function logRangeBytes(range: LogRange): number {
  let size = rangeOverheadBytes(range.extension.length)
  for (const block of range.blocks) size += 4 + block.length
  return size
}

/** Writes a range into `bytes`, which is as long as it takes. */
export function writeLogRange(bytes: Uint8Array, range: LogRange): void {
  let at = writeBeforeBlocks(bytes, range)
  for (const block of range.blocks) {
    writeUint32(bytes, at, block.length)
    bytes.set(block, at + 4)
    at += 4 + block.length
  }
}

/** `prefix` and the encoded range as parts, in which large blocks are where they were. */
export function logRangeParts(prefix: Uint8Array, range: LogRange): readonly Uint8Array[] {
  let bytes = prefix.length + rangeOverheadBytes(range.extension.length)
  for (const block of range.blocks) bytes += 4 + (isLargePart(block) ? 0 : block.length)
  const parts = new PartWriter(new Uint8Array(bytes))
  parts.copy(prefix)
  parts.skip(writeBeforeBlocks(parts.buffer.subarray(prefix.length), range))
  for (const block of range.blocks) {
    writeUint32(parts.buffer, parts.skip(4), block.length)
    if (isLargePart(block)) parts.refer(block)
    else parts.copy(block)
  }
  return parts.finish()
}

/** Everything up to the first block; where that begins. */
function writeBeforeBlocks(bytes: Uint8Array, range: LogRange): number {
  bytes[0] = VERSION
  writeUint64(bytes, 1, range.from)
  writeHead(bytes, 9, range.head)
  bytes[EXTENSION_OFFSET - 1] = range.extension.length
  let at = EXTENSION_OFFSET
  for (const hash of range.extension) {
    bytes.set(hash, at)
    at += HASH_BYTES
  }
  writeUint32(bytes, at, range.blocks.length)
  return at + 4
}

/** The blocks share the memory of `bytes`. Only the shape is judged: see `Log.accept`. */
export function decodeLogRange(bytes: Uint8Array): Result<LogRange, LogRangeError> {
  if (bytes.length < rangeOverheadBytes(0) || bytes.length > FRAME_BYTES_MAX) {
    return malformed('size')
  }
  if (bytes[0] !== VERSION) return malformed('version')
  const from = bytesToUint64(bytes, 1)
  const head = readHead(bytes, 9)
  if (from === undefined || !head) return malformed('head')
  const hashes = bytes[EXTENSION_OFFSET - 1]!
  const blocksAt = EXTENSION_OFFSET + hashes * HASH_BYTES
  if (hashes > PROOF_HASHES_MAX || blocksAt + 4 > bytes.length) return malformed('extension')
  const extension: Uint8Array[] = []
  for (let at = EXTENSION_OFFSET; at < blocksAt; at += HASH_BYTES) {
    extension.push(bytes.slice(at, at + HASH_BYTES))
  }
  const blocks = decodeBlocks(bytes, blocksAt)
  if (!blocks) return malformed('blocks')
  if (from + blocks.length > head.length) return malformed('blocks beyond the head')
  return ok({ from, blocks, head, extension })
}

/** The range without the memory of what it was decoded from. */
export function copyOfRange(range: LogRange): LogRange {
  return { ...range, blocks: range.blocks.map((block) => block.slice()) }
}

function decodeBlocks(bytes: Uint8Array, offset: number): readonly Uint8Array[] | undefined {
  const count = readUint32(bytes, offset)
  if (count > RANGE_BLOCKS_MAX) return undefined
  const blocks: Uint8Array[] = []
  let at = offset + 4
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) return undefined
    const length = readUint32(bytes, at)
    const end = at + 4 + length
    if (length > BLOCK_BYTES_MAX || end > bytes.length) return undefined
    blocks.push(bytes.subarray(at + 4, end))
    at = end
  }
  return at === bytes.length ? blocks : undefined
}

export function malformed(what: string): { readonly ok: false; readonly error: LogRangeError } {
  return err({ code: 'LOG_MALFORMED', message: `not a range of a log: ${what}` })
}
