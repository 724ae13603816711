/**
 * The file `<key>.held`: which chunks of a large blob are on the disk for certain.
 *
 * A journal: each flush appends the runs it made durable, after data and tree were synced, so a crash only under-reports. Runs
 * may overlap. Frozen since version 1, big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     8  "hamlethd"
 *          8     4  format version, 1
 *         12    32  root of the blob
 *         44     8  its size in bytes
 *         52     4  CRC-32C of everything before
 *     then records:
 *          0     4  first chunk
 *          4     4  how many chunks, at least 1
 *          8     4  CRC-32C of these eight bytes
 *
 * What follows the first record that is not intact was torn by a crash, and is cut off before the next record is written.
 */

import { concatBytes, crc32c, equalBytes, uint64ToBytes, utf8 } from '@hamlet/core'
import type { Disk, DiskFile } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import { ChunkSet } from '../chunk-set.ts'
import type { ChunkRun } from '../chunk-set.ts'
import { HELD_RECORDS_SPARE } from '../limits.ts'
import { chunkCountOf } from '../merkle/tree-shape.ts'

export interface HeldContent {
  readonly chunks: ChunkSet
  /** Up to where the file is intact. */
  readonly intactBytes: number
  readonly recordCount: number
}

const MAGIC = utf8('hamlethd')
const VERSION = 1
const HEADER_BYTES = 56
const RECORD_BYTES = 12

export function encodeHeld(id: BlobId, runs: Iterable<ChunkRun>): Uint8Array {
  return concatBytes(encodeHeader(id), ...[...runs].map(encodeRun))
}

/** `undefined` unless it is the journal of this blob; of its records what is intact. */
export function decodeHeld(id: BlobId, bytes: Uint8Array): HeldContent | undefined {
  if (!equalBytes(bytes.subarray(0, HEADER_BYTES), encodeHeader(id))) return undefined
  const chunks = new ChunkSet(chunkCountOf(id.sizeBytes))
  let at = HEADER_BYTES
  for (; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
    const run = decodeRun(bytes, at)
    if (!run || run.first + run.count > chunks.chunkCount) break
    chunks.addRun(run.first, run.count)
  }
  return { chunks, intactBytes: at, recordCount: (at - HEADER_BYTES) / RECORD_BYTES }
}

/** The journal of one blob on a disk. The file is open only from its first record on. */
export class HeldFile {
  readonly #disk: Disk
  readonly #path: string
  readonly #id: BlobId
  #intactBytes: number
  #file: DiskFile | undefined

  private constructor(disk: Disk, path: string, id: BlobId, intactBytes: number) {
    this.#disk = disk
    this.#path = path
    this.#id = id
    this.#intactBytes = intactBytes
  }

  /** The journal, and the chunks it names; made anew when it is absent or of another blob. */
  static async open(
    disk: Disk,
    path: string,
    id: BlobId,
  ): Promise<{ readonly file: HeldFile; readonly chunks: ChunkSet }> {
    const bytes = await disk.readAll(path)
    const held = bytes && decodeHeld(id, bytes)
    if (held) {
      const file = new HeldFile(disk, path, id, held.intactBytes)
      if (held.recordCount > HELD_RECORDS_SPARE && held.recordCount > 2 * runCount(held.chunks)) {
        await file.replace(held.chunks)
      }
      return { file, chunks: held.chunks }
    }
    const file = new HeldFile(disk, path, id, 0)
    const chunks = new ChunkSet(chunkCountOf(id.sizeBytes))
    await file.replace(chunks)
    return { file, chunks }
  }

  /** Durable when resolved. Data and tree of these chunks have to be durable already. */
  async record(runs: Iterable<ChunkRun>): Promise<void> {
    const file = (this.#file ??= await this.#openToAppend())
    file.append(...[...runs].map(encodeRun))
    await file.sync()
  }

  /** Says that exactly these chunks are held; durable when resolved. */
  async replace(chunks: ChunkSet): Promise<void> {
    this.close()
    const bytes = encodeHeld(this.#id, chunks.runs())
    await this.#disk.write(this.#path, bytes)
    this.#intactBytes = bytes.length
  }

  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  async #openToAppend(): Promise<DiskFile> {
    const file = await this.#disk.open(this.#path)
    if (file.sizeBytes > this.#intactBytes) file.truncate(this.#intactBytes)
    return file
  }
}

function runCount(chunks: ChunkSet): number {
  let count = 0
  for (const _ of chunks.runs()) count++
  return count
}

function encodeRun(run: ChunkRun): Uint8Array {
  const record = new Uint8Array(RECORD_BYTES)
  const view = new DataView(record.buffer)
  view.setUint32(0, run.first)
  view.setUint32(4, run.count)
  view.setUint32(8, crc32c(record, 0, 8))
  return record
}

function decodeRun(bytes: Uint8Array, at: number): ChunkRun | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, RECORD_BYTES)
  if (view.getUint32(8) !== crc32c(bytes, at, at + 8)) return undefined
  const run = { first: view.getUint32(0), count: view.getUint32(4) }
  return run.count > 0 ? run : undefined
}

function encodeHeader(id: BlobId): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  const view = new DataView(header.buffer)
  header.set(MAGIC)
  view.setUint32(8, VERSION)
  header.set(id.root, 12)
  header.set(uint64ToBytes(id.sizeBytes), 44)
  view.setUint32(52, crc32c(header, 0, 52))
  return header
}
