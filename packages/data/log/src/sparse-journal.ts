/**
 * The journal of a sparse copy: which blocks are here and where, which hashes are verified, and the newest head.
 *
 * The file `journal` begins with a header (big-endian, frozen since version 1), then come records without gaps:
 *
 *     OFFSET  SIZE  FIELD OF THE HEADER            OFFSET  SIZE  FIELD OF A RECORD
 *          0     8  "hamletsp"                          0     4  n, length of the data
 *          8     4  format version, 1                   4     4  CRC-32C of bytes [8, 9 + n), its initial
 *         12    32  log id                                       state xored with the record's offset
 *         44     4  CRC-32C of bytes [0, 44)            8     1  type
 *                                                       9     n  data
 *
 *     TYPE  DATA
 *     1 stored   4 bytes b, then b times: index (8), number of the block file (4), offset (4), length (4);
 *                then for each node: number (8, see node-climb.ts), hash (32)
 *     2 head     head (104)
 *     3 cleared  from (8), to (8)
 *     4 fork     a truncation (truncation.ts): everything before the record is forgotten, but older truncations
 *
 * Invariants:
 * 1. A record speaks of bytes that were written before it. After a power cut it may speak of some that are not there:
 *    a block's own frame says so when it is read, and then the block counts as absent. Nothing here can be worth more than
 *    fetching it again.
 * 2. Reading stops at the first record that does not fit; what comes after it is cut off.
 */

import { equalBytes, idToBytes, utf8, crc32c, updateCrc32c } from '@hamlet/core'
import type { Disk, LogId } from '@hamlet/core'
import { LogError } from './errors.ts'
import { readUint32, readUint64, writeUint32, writeUint64 } from './frame.ts'
import { HEAD_BYTES, decodeHead, encodeHead } from './head.ts'
import { HASH_BYTES } from './tree.ts'
import { PagedOffsets } from './paged-offsets.ts'
import { TailFile } from './tail-file.ts'
import { decodeTruncation, encodeTruncation } from './truncation.ts'
import type { TreeNode } from './node-climb.ts'
import type { LogHead } from './head.ts'
import type { Truncation } from './types.ts'

export interface StoredPlace {
  readonly index: number
  readonly file: number
  readonly offset: number
  readonly bytes: number
}

const MAGIC = utf8('hamletsp')
const VERSION = 1
const HEADER_BYTES = 48
const RECORD_HEADER_BYTES = 9
const PLACE_BYTES = 20
const NODE_BYTES = 8 + HASH_BYTES
const RECORD_BYTES_MAX = 16 * 1024 * 1024
const READ_BYTES = 1024 * 1024

const STORED = 1
const HEAD = 2
const CLEARED = 3
const FORK = 4

export class SparseJournal {
  readonly #file: TailFile
  #places = new PagedOffsets()
  #nodes = new PagedOffsets()
  #head: LogHead | undefined
  readonly #truncations: Truncation[] = []
  #byteLength = 0

  private constructor(file: TailFile) {
    this.#file = file
  }

  /** @throws LogError `LOG_OTHER` for a journal of another log or a later format */
  static async open(disk: Disk, path: string, id: LogId): Promise<SparseJournal> {
    const file = new TailFile(await disk.open(path))
    const journal = new SparseJournal(file)
    if (file.sizeBytes < HEADER_BYTES) {
      file.truncate(0)
      file.append(header(id))
      // Before anything follows it: a torn header would be taken for that of another log.
      await file.sync()
      return journal
    }
    checkHeader(file.read(0, HEADER_BYTES), id)
    journal.#readAll()
    return journal
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes
  }

  get head(): LogHead | undefined {
    return this.#head
  }

  get fork(): number {
    return this.#truncations.length
  }

  /** That of fork n at n - 1. */
  get truncations(): readonly Truncation[] {
    return this.#truncations
  }

  /** Blocks that are here. */
  get count(): number {
    return this.#places.count
  }

  /** Bytes of the blocks that are here. */
  get byteLength(): number {
    return this.#byteLength
  }

  has(index: number): boolean {
    return this.#places.get(index) !== 0
  }

  place(index: number): StoredPlace | undefined {
    const offset = this.#places.get(index)
    return offset === 0 ? undefined : readPlace(this.#file.read(offset, PLACE_BYTES), 0)
  }

  /** Indexes of the blocks that are here, in order. */
  indexes(): Generator<number, void, undefined> {
    return this.#places.places()
  }

  /** Those of them that were recorded behind so many bytes of the journal. */
  indexesBehind(sizeBytes: number): readonly number[] {
    if (sizeBytes >= this.#file.sizeBytes) return []
    return [...this.#places.places()].filter((index) => this.#places.get(index) >= sizeBytes)
  }

  hasNode(number: number): boolean {
    return this.#nodes.get(number) !== 0
  }

  node(number: number): Uint8Array | undefined {
    const offset = this.#nodes.get(number)
    return offset === 0 ? undefined : this.#file.read(offset, HASH_BYTES)
  }

  store(places: readonly StoredPlace[], nodes: readonly TreeNode[]): void {
    const data = new Uint8Array(4 + places.length * PLACE_BYTES + nodes.length * NODE_BYTES)
    writeUint32(data, 0, places.length)
    let at = 4
    for (const { index, file, offset, bytes } of places) {
      writeUint64(data, at, index)
      writeUint32(data, at + 8, file)
      writeUint32(data, at + 12, offset)
      writeUint32(data, at + 16, bytes)
      at += PLACE_BYTES
    }
    for (const { number, hash } of nodes) {
      writeUint64(data, at, number)
      data.set(hash, at + 8)
      at += NODE_BYTES
    }
    this.#append(STORED, data)
  }

  setHead(head: LogHead): void {
    this.#append(HEAD, encodeHead(head))
  }

  /** Forgets the blocks [from, to), not their hashes. */
  clear(from: number, to: number): void {
    const data = new Uint8Array(16)
    writeUint64(data, 0, from)
    writeUint64(data, 8, to)
    this.#append(CLEARED, data)
  }

  /**
   * Forgets everything. What was verified under the head of an older fork need not be in the tree of the next one.
   */
  beginFork(truncation: Truncation): void {
    this.#append(FORK, encodeTruncation(truncation))
  }

  async sync(): Promise<void> {
    await this.#file.sync()
  }

  close(): void {
    try {
      this.#file.flush()
    } catch {
      // What a full disk does not take is fetched again.
    }
    this.#file.close()
  }

  #append(type: number, data: Uint8Array): void {
    const record = new Uint8Array(RECORD_HEADER_BYTES + data.length)
    const offset = this.#file.sizeBytes
    writeUint32(record, 0, data.length)
    record[8] = type
    record.set(data, RECORD_HEADER_BYTES)
    writeUint32(record, 4, checksum(record, 0, record.length, offset))
    this.#file.appendOrThrow(record)
    this.#apply(type, data, offset + RECORD_HEADER_BYTES)
  }

  #readAll(): void {
    let offset = HEADER_BYTES
    let window = new Uint8Array()
    let windowAt = offset
    const view = (from: number, length: number): Uint8Array | undefined => {
      if (from + length > this.#file.sizeBytes) return undefined
      if (from < windowAt || from + length > windowAt + window.length) {
        const size = Math.min(Math.max(READ_BYTES, length), this.#file.sizeBytes - from)
        window = Uint8Array.from(this.#file.read(from, size))
        windowAt = from
      }
      return window.subarray(from - windowAt, from - windowAt + length)
    }
    for (;;) {
      const start = view(offset, RECORD_HEADER_BYTES)
      const length = start ? readUint32(start, 0) : RECORD_BYTES_MAX + 1
      const record = length <= RECORD_BYTES_MAX && view(offset, RECORD_HEADER_BYTES + length)
      if (!record || readUint32(record, 4) !== checksum(record, 0, record.length, offset)) break
      const data = record.subarray(RECORD_HEADER_BYTES)
      if (!this.#apply(record[8]!, data, offset + RECORD_HEADER_BYTES)) break
      offset += record.length
    }
    this.#file.truncate(offset)
  }

  /** `at`: offset of `data` in the file. */
  #apply(type: number, data: Uint8Array, at: number): boolean {
    if (type === STORED) return this.#applyStored(data, at)
    if (type === HEAD) {
      this.#head = decodeHead(data) ?? this.#head
      return data.length === HEAD_BYTES
    }
    if (type === CLEARED && data.length === 16) {
      this.#forget(readUint64(data, 0), readUint64(data, 8))
      return true
    }
    const truncation = type === FORK ? decodeTruncation(data.slice()) : undefined
    if (!truncation?.ok || truncation.value.fork !== this.fork + 1) return false
    this.#truncations.push(truncation.value)
    this.#places = new PagedOffsets()
    this.#nodes = new PagedOffsets()
    this.#head = undefined
    this.#byteLength = 0
    return true
  }

  #applyStored(data: Uint8Array, at: number): boolean {
    if (data.length < 4) return false
    const nodesAt = 4 + readUint32(data, 0) * PLACE_BYTES
    if (nodesAt > data.length || (data.length - nodesAt) % NODE_BYTES !== 0) return false
    for (let i = 4; i < nodesAt; i += PLACE_BYTES) {
      const { index, bytes } = readPlace(data, i)
      const before = this.place(index)
      this.#byteLength += bytes - (before?.bytes ?? 0)
      this.#places.set(index, at + i)
    }
    for (let i = nodesAt; i < data.length; i += NODE_BYTES) {
      this.#nodes.set(readUint64(data, i), at + i + 8)
    }
    return true
  }

  #forget(from: number, to: number): void {
    const isFew = to - from < this.#places.count
    const all = isFew
      ? Array.from({ length: to - from }, (_, i) => from + i)
      : this.#places.places()
    for (const index of all) {
      if (index < from || index >= to) continue
      this.#byteLength -= this.place(index)?.bytes ?? 0
      this.#places.set(index, 0)
    }
  }
}

function readPlace(bytes: Uint8Array, at: number): StoredPlace {
  return {
    index: readUint64(bytes, at),
    file: readUint32(bytes, at + 8),
    offset: readUint32(bytes, at + 12),
    bytes: readUint32(bytes, at + 16),
  }
}

function checksum(record: Uint8Array, at: number, end: number, offset: number): number {
  return (updateCrc32c(~(offset | 0), record, at + 8, end) ^ -1) >>> 0
}

function header(id: LogId): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES)
  bytes.set(MAGIC)
  writeUint32(bytes, 8, VERSION)
  bytes.set(idToBytes(id), 12)
  writeUint32(bytes, HEADER_BYTES - 4, crc32c(bytes, 0, HEADER_BYTES - 4))
  return bytes
}

function checkHeader(bytes: Uint8Array, id: LogId): void {
  if (equalBytes(bytes, header(id))) return
  throw new LogError(
    'LOG_OTHER',
    'the directory holds another log, a later format, or is damaged',
    {
      fields: { expected: id },
    },
  )
}
