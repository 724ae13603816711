/**
 * Writing segments anew: beside the old ones, synced, then renamed over them.
 *
 * Readers go on with the old files until {@link SegmentRewrite.swap} puts the new ones and a new index in their place in one
 * step. A frame's checksum binds it to its place, so every frame is sealed again where it now lies.
 *
 * Invariants:
 * 1. Whatever moment the power is cut, each segment is the old one or the new one, whole.
 * 2. Memory is bounded by a buffer, and 16 bytes for each block of a segment written anew.
 */

import { INDEX_ENTRY_BYTES, writeIndexEntry } from './derived.ts'
import {
  CLEARED_BYTES,
  FRAME_HEADER_BYTES,
  FRAME_TYPE_OFFSET,
  headFrameBytes,
  readUint64,
  sealFrame,
  writeClearedFrame,
  writeHeadFrame,
  writeUint64,
} from './frame.ts'
import { BLOCK_BYTES_MAX } from './limits.ts'
import { BESIDE, SEGMENT_HEADER_BYTES } from './segments.ts'
import type { Disk, DiskFile } from '@hamlet/core'
import type { ClearedBlock, FramePlace, HeadRecord, LogPosition } from './frame.ts'
import type { RecoveryContext } from './recovery.ts'

const BUFFER_BYTES = 2 * (FRAME_HEADER_BYTES + BLOCK_BYTES_MAX)
const INDEX_CHUNK_BLOCKS = 65_536

/** One segment in the making. */
export class SegmentWriter {
  readonly segment: number
  readonly blocksBefore: number
  readonly #file: DiskFile
  #buffer = new Uint8Array(BUFFER_BYTES)
  #used = 0
  #entries = new Uint8Array(1024 * INDEX_ENTRY_BYTES)
  #count = 0
  #byteLength = 0
  #headOffset = 0

  constructor(file: DiskFile, segment: number, blocksBefore: number, header: Uint8Array) {
    this.#file = file
    this.segment = segment
    this.blocksBefore = blocksBefore
    this.#buffer.set(header)
    this.#used = SEGMENT_HEADER_BYTES
  }

  /** Blocks up to here, those of earlier segments included. */
  get length(): number {
    return this.blocksBefore + this.#count
  }

  /** Bytes of the blocks of this segment. */
  get byteLength(): number {
    return this.#byteLength
  }

  get end(): LogPosition {
    return { segment: this.segment, offset: this.#file.sizeBytes + this.#used }
  }

  get headOffset(): number {
    return this.#headOffset
  }

  /** Index entries of its blocks, which count bytes from the beginning of the segment. */
  get entries(): Uint8Array {
    return this.#entries.subarray(0, this.#count * INDEX_ENTRY_BYTES)
  }

  /** A whole frame of a block, as it was elsewhere. */
  block(frame: Uint8Array): void {
    this.#reserve(frame.length)
    this.#buffer.set(frame, this.#used)
    const bytes = frame.length - FRAME_HEADER_BYTES
    sealFrame(this.#buffer, this.#used, frame[FRAME_TYPE_OFFSET]!, bytes, this.#place)
    this.#enter(bytes, false)
    this.#used += frame.length
  }

  cleared(block: ClearedBlock): void {
    this.#reserve(FRAME_HEADER_BYTES + CLEARED_BYTES)
    writeClearedFrame(this.#buffer, this.#used, block, this.#place)
    this.#enter(block.bytes, true)
    this.#used += FRAME_HEADER_BYTES + CLEARED_BYTES
  }

  /** The record says that all before it is durable: it is, before anybody can read it here. */
  head(record: HeadRecord): void {
    const bytes = headFrameBytes(record.extension.length)
    this.#reserve(bytes)
    const place = this.#place
    const { segment, offset } = place
    const moved = { ...record, durable: { segment, offset } }
    writeHeadFrame(this.#buffer, this.#used, moved, place)
    this.#headOffset = offset
    this.#used += bytes
  }

  /** What was written so far is durable. */
  async settle(): Promise<void> {
    this.#flush()
    await this.#file.sync()
  }

  async finish(): Promise<void> {
    await this.settle()
    this.#buffer = new Uint8Array()
  }

  get #place(): FramePlace {
    return { ...this.end, number: this.length }
  }

  #enter(bytes: number, isCleared: boolean): void {
    const at = this.#count * INDEX_ENTRY_BYTES
    if (at === this.#entries.length) {
      const grown = new Uint8Array(2 * at)
      grown.set(this.#entries)
      this.#entries = grown
    }
    this.#byteLength += bytes
    writeIndexEntry(this.#entries, at, this.#byteLength, this.end, isCleared)
    this.#count++
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes > this.#buffer.length) this.#flush()
  }

  #flush(): void {
    this.#file.append(this.#buffer.subarray(0, this.#used))
    this.#used = 0
  }
}

interface Written {
  readonly writer: SegmentWriter
  readonly file: DiskFile
}

export class SegmentRewrite {
  readonly #disk: Disk
  readonly #directory: string
  readonly #context: RecoveryContext
  readonly #written: Written[] = []
  #index: DiskFile | undefined

  constructor(disk: Disk, directory: string, context: RecoveryContext) {
    this.#disk = disk
    this.#directory = directory
    this.#context = context
  }

  /** Writes one segment, in the order of their numbers. `fill` gives it its frames. */
  async write(
    segment: number,
    blocksBefore: number,
    fill: (writer: SegmentWriter) => void | Promise<void>,
  ): Promise<SegmentWriter> {
    const { segments } = this.#context
    const file = await this.#openEmpty(segments.pathOf(segment) + BESIDE)
    const header = segments.header(segment, blocksBefore)
    const writer = new SegmentWriter(file, segment, blocksBefore, header)
    this.#written.push({ writer, file })
    await fill(writer)
    await writer.finish()
    return writer
  }

  /** Writes the index of `length` blocks beside: of the new segments from what was written, of the others as it was. */
  async writeIndex(length: number): Promise<void> {
    const file = await this.#openEmpty(`${this.#directory}/index${BESIDE}`)
    this.#index = file
    const { derived } = this.#context
    let at = 0
    for (const { writer } of this.#written) {
      copyEntries(derived, file, at, writer.blocksBefore)
      file.append(shifted(writer.entries, derived.byteLength(writer.blocksBefore)))
      at = writer.length
    }
    copyEntries(derived, file, at, length)
    await file.sync()
  }

  /** Everything written takes its name. */
  async rename(): Promise<void> {
    for (const { writer } of this.#written) {
      const path = this.#context.segments.pathOf(writer.segment)
      await this.#disk.rename(path + BESIDE, path)
    }
    const index = `${this.#directory}/index`
    if (this.#index) await this.#disk.rename(index + BESIDE, index)
    await this.#disk.syncDirectory(this.#directory)
  }

  get writers(): readonly SegmentWriter[] {
    return this.#written.map(({ writer }) => writer)
  }

  /** From now on reads go to the new files. */
  swap(): void {
    for (const { writer, file } of this.#written) {
      this.#context.segments.replace(writer.segment, file)
    }
    if (this.#index) this.#context.derived.replaceIndex(this.#index)
  }

  /** Removes what was written and is not in place. */
  async abandon(): Promise<void> {
    const paths = this.#written.map(({ writer }) => this.#context.segments.pathOf(writer.segment))
    for (const { file } of this.#written) file.close()
    this.#index?.close()
    for (const path of [...paths, `${this.#directory}/index`])
      await this.#disk.remove(path + BESIDE)
    await this.#disk.syncDirectory(this.#directory)
  }

  async #openEmpty(path: string): Promise<DiskFile> {
    const file = await this.#disk.open(path)
    if (file.sizeBytes > 0) file.truncate(0)
    return file
  }
}

function copyEntries(
  derived: RecoveryContext['derived'],
  file: DiskFile,
  from: number,
  to: number,
): void {
  for (let at = from; at < to; at += INDEX_CHUNK_BLOCKS) {
    file.append(derived.entries(at, Math.min(at + INDEX_CHUNK_BLOCKS, to)))
  }
}

function shifted(entries: Uint8Array, byBytes: number): Uint8Array {
  for (let at = 0; at < entries.length; at += INDEX_ENTRY_BYTES) {
    writeUint64(entries, at, readUint64(entries, at) + byBytes)
  }
  return entries
}
