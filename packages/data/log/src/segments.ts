/**
 * The segment files of a log: `00000000.seg`, `00000001.seg` and so on, the only truth on disk.
 *
 * A segment begins with a header (frozen since version 1, big-endian), then come frames (frame.ts):
 *
 *     OFFSET  SIZE  FIELD
 *          0     8  "hamletlg"
 *          8     4  format version, 1
 *         12     4  number of the segment
 *         16    32  log id
 *         48     8  blocks in the segments before it
 *         56     4  zero
 *         60     4  CRC-32C of bytes [0, 60)
 *
 * Invariants:
 * 1. A commit lies in one segment, and a segment is synced as a whole before the next one is created: so only the last
 *    segment can be torn.
 * 2. The header is written together with the first commit, so an empty file is a segment not begun.
 * 3. Only appended to; a segment that must change (blocks cleared, the log cut) is written anew beside and renamed over.
 */

import { bytesToHex, bytesToId, idToBytes, utf8, crc32c } from '@hamlet/core'
import { LogError } from './errors.ts'
import { readUint32, readUint64, writeUint32, writeUint64 } from './frame.ts'
import type { Disk, DiskFile, LogId } from '@hamlet/core'
import type { LogPosition } from './frame.ts'

export const SEGMENT_HEADER_BYTES = 64

const MAGIC = utf8('hamletlg')
const VERSION = 1
const CRC_OFFSET = 60
const NAME = /^\d{8}\.seg$/
/** Files that a crash kept from taking the place of others. */
export const BESIDE = '.beside'

export class Segments {
  readonly #disk: Disk
  readonly #directory: string
  readonly #id: LogId
  readonly #files: DiskFile[] = []
  /** The newest file's name may still be lost at a power cut: nothing may be acknowledged in it. */
  #isNameDurable = true

  private constructor(disk: Disk, directory: string, id: LogId) {
    this.#disk = disk
    this.#directory = directory
    this.#id = id
  }

  /**
   * `fillsGaps`: a segment that is missing between others is made, empty.
   * @throws LogError `LOG_DAMAGED` when one is missing otherwise
   */
  static async open(
    disk: Disk,
    directory: string,
    id: LogId,
    { fillsGaps = false } = {},
  ): Promise<Segments> {
    const segments = new Segments(disk, directory, id)
    const listed = await disk.list(directory)
    for (const name of listed.filter((other) => other.endsWith(BESIDE))) {
      await disk.remove(`${directory}/${name}`)
    }
    const found = listed.filter((name) => NAME.test(name))
    const names = fillsGaps ? withoutGaps(found) : found
    for (const [number, name] of names.entries()) {
      if (name !== segmentName(number)) {
        segments.close()
        throw new LogError('LOG_DAMAGED', `segment ${segmentName(number)} is missing`, {
          fields: { directory, segment: number },
        })
      }
      segments.#files.push(await disk.open(`${directory}/${name}`))
    }
    return segments
  }

  get count(): number {
    return this.#files.length
  }

  sizeOf(segment: number): number {
    return this.#files[segment]?.sizeBytes ?? 0
  }

  /** Where the next commit goes; {@link roll} first when {@link isFull}. */
  get end(): LogPosition {
    const segment = Math.max(0, this.#files.length - 1)
    return { segment, offset: this.sizeOf(segment) }
  }

  /** Whether {@link roll} must come before the next commit. */
  isFull(segmentBytes: number): boolean {
    return !this.#isNameDurable || this.#files.length === 0 || this.end.offset >= segmentBytes
  }

  /** Begins the next segment, or completes a beginning that failed. The caller has synced the one before. */
  async roll(): Promise<void> {
    if (this.#isNameDurable) {
      const number = this.#files.length
      this.#files.push(await this.#disk.open(`${this.#directory}/${segmentName(number)}`))
      this.#isNameDurable = false
    }
    await this.#disk.syncDirectory(this.#directory)
    this.#isNameDurable = true
  }

  /** `into`: where to, if it fits. */
  read(segment: number, offset: number, length: number, into?: Uint8Array): Uint8Array {
    const file = this.#files[segment]
    if (!file) throw damaged(segment, offset, 'no such segment')
    return file.read(offset, length, into)
  }

  append(parts: readonly Uint8Array[]): void {
    this.#files.at(-1)!.append(...parts)
  }

  truncateLast(sizeBytes: number): void {
    this.#files.at(-1)?.truncate(sizeBytes)
  }

  async syncLast(): Promise<void> {
    await this.#files.at(-1)?.sync()
  }

  pathOf(segment: number): string {
    return `${this.#directory}/${segmentName(segment)}`
  }

  /** Goes on with another file as the segment. */
  replace(segment: number, file: DiskFile): void {
    this.#files[segment]!.close()
    this.#files[segment] = file
  }

  /** Removes the files from the disk, the last one first; until {@link forget} they can be read. */
  async removeFrom(segment: number): Promise<void> {
    for (let last = this.#files.length - 1; last >= segment; last--) {
      await this.#disk.remove(this.pathOf(last))
      await this.#disk.syncDirectory(this.#directory)
    }
  }

  /** Goes on without the segments from this one on. */
  forget(segment: number): void {
    for (const file of this.#files.splice(segment)) file.close()
  }

  close(): void {
    for (const file of this.#files) file.close()
  }

  header(segment: number, blocksBefore: number): Uint8Array {
    const bytes = new Uint8Array(SEGMENT_HEADER_BYTES)
    bytes.set(MAGIC)
    writeUint32(bytes, 8, VERSION)
    writeUint32(bytes, 12, segment)
    bytes.set(idToBytes(this.#id), 16)
    writeUint64(bytes, 48, blocksBefore)
    writeUint32(bytes, CRC_OFFSET, crc32c(bytes, 0, CRC_OFFSET))
    return bytes
  }

  /**
   * Blocks before the segment, or `undefined` when the header is torn or damaged.
   * @throws LogError `LOG_OTHER` for an intact header of another log or a later format
   */
  readHeader(segment: number): number | undefined {
    if (this.sizeOf(segment) < SEGMENT_HEADER_BYTES) return undefined
    const bytes = this.read(segment, 0, SEGMENT_HEADER_BYTES)
    if (readUint32(bytes, CRC_OFFSET) !== crc32c(bytes, 0, CRC_OFFSET)) return undefined
    const blocksBefore = readUint64(bytes, 48)
    if (bytesToHex(bytes) === bytesToHex(this.header(segment, blocksBefore))) return blocksBefore
    throw new LogError('LOG_OTHER', 'the directory holds another log or a later format', {
      fields: {
        expected: this.#id,
        found: bytesToId<LogId>(bytes.slice(16, 48)),
        version: readUint32(bytes, 8),
      },
    })
  }
}

function withoutGaps(names: readonly string[]): readonly string[] {
  const count = names.length === 0 ? 0 : Number.parseInt(names.at(-1)!, 10) + 1
  return Array.from({ length: count }, (_, number) => segmentName(number))
}

function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.seg`
}

export function damaged(segment: number, offset: number, reason: string): LogError {
  return new LogError('LOG_DAMAGED', `segment ${segment} at ${offset}: ${reason}`, {
    fields: { segment, offset },
  })
}
