/**
 * The blocks of a sparse copy: frames (frame.ts) in the order in which they came, in files `00000000.blk` and so on.
 *
 * A frame's checksum is bound to its file, its offset and the index of its block. Where the blocks are is in the journal; a file
 * of which nothing is needed any more is removed.
 */

import type { Disk } from '@hamlet/core'
import { BLOCK_FRAME, FRAME_HEADER_BYTES, checkFrame, sealFrame } from './frame.ts'
import type { StoredPlace } from './sparse-journal.ts'
import { TailFile } from './tail-file.ts'

const NAME = /^\d{8}\.blk$/

export class SparseBlocks {
  readonly #disk: Disk
  readonly #directory: string
  readonly #fileBytes: number
  readonly #files = new Map<number, TailFile>()
  readonly #unsynced = new Set<number>()
  #last: number

  private constructor(disk: Disk, directory: string, fileBytes: number) {
    this.#disk = disk
    this.#directory = directory
    this.#fileBytes = fileBytes
    this.#last = 0
  }

  static async open(disk: Disk, directory: string, fileBytes: number): Promise<SparseBlocks> {
    const blocks = new SparseBlocks(disk, directory, fileBytes)
    const names = (await disk.list(directory)).filter((name) => NAME.test(name))
    for (const name of names) {
      const number = Number(name.slice(0, 8))
      blocks.#files.set(number, new TailFile(await disk.open(`${directory}/${name}`)))
      blocks.#last = Math.max(blocks.#last, number)
    }
    return blocks
  }

  /** Numbers of the files, oldest first. */
  get files(): readonly number[] {
    return [...this.#files.keys()].sort((a, b) => a - b)
  }

  /** The file that is written to. */
  get last(): number {
    return this.#last
  }

  sizeOf(file: number): number {
    return this.#files.get(file)?.sizeBytes ?? 0
  }

  /** Makes room for the next blocks; says whether a file is full now. */
  async prepare(): Promise<boolean> {
    const current = this.#files.get(this.#last)
    if (current && current.sizeBytes < this.#fileBytes) return false
    if (current) this.#last += 1
    this.#files.set(this.#last, new TailFile(await this.#disk.open(this.#path(this.#last))))
    await this.#disk.syncDirectory(this.#directory)
    return current !== undefined
  }

  append(index: number, block: Uint8Array): StoredPlace {
    const target = this.#files.get(this.#last)!
    const offset = target.sizeBytes
    const frame = new Uint8Array(FRAME_HEADER_BYTES + block.length)
    frame.set(block, FRAME_HEADER_BYTES)
    const place = { segment: this.#last, offset, number: index }
    sealFrame(frame, 0, BLOCK_FRAME, block.length, place)
    target.appendOrThrow(frame)
    this.#unsynced.add(this.#last)
    return { index, file: this.#last, offset, bytes: block.length }
  }

  /** `undefined` when the frame is not there or damaged. */
  read({ index, file, offset, bytes }: StoredPlace): Uint8Array | undefined {
    const source = this.#files.get(file)
    const length = FRAME_HEADER_BYTES + bytes
    if (!source || offset + length > source.sizeBytes) return undefined
    const frame = source.read(offset, length)
    const place = { segment: file, offset, number: index }
    return checkFrame(frame, 0, place) === bytes ? frame.subarray(FRAME_HEADER_BYTES) : undefined
  }

  async remove(file: number): Promise<void> {
    this.#files.get(file)?.close()
    this.#files.delete(file)
    this.#unsynced.delete(file)
    await this.#disk.remove(this.#path(file))
  }

  async sync(): Promise<void> {
    const files = [...this.#unsynced]
    this.#unsynced.clear()
    for (const file of files) await this.#files.get(file)?.sync()
  }

  close(): void {
    for (const file of this.#files.values()) {
      try {
        file.flush()
      } catch {
        // What a full disk does not take is fetched again.
      }
      file.close()
    }
  }

  #path(file: number): string {
    return `${this.#directory}/${String(file).padStart(8, '0')}.blk`
  }
}
