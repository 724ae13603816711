/**
 * The files of a published log on a disk: written together in batches, replaced atomically, partial ones removed once the
 * full one is durable.
 *
 * Invariant: after `flush` everything that was put is durable, also what an earlier call that was killed had written and
 * this one found in its place.
 */

import { equalBytes } from '@hamlet/core'
import { PUBLISH_BATCH_BYTES, PUBLISH_BATCH_FILES } from './limits.ts'
import { TILE_WIDTH, fullTilePath, tilePath } from './tile-layout.ts'
import type { Disk } from '@hamlet/core'
import type { TileId } from './tile-layout.ts'

interface WaitingFile {
  readonly tile: TileId
  readonly path: string
  readonly bytes: Uint8Array
}

export class PublishedFiles {
  readonly #disk: Disk
  readonly #prefix: string
  readonly #unsynced = new Set<string>()
  #waiting: WaitingFile[] = []
  #waitingBytes = 0
  filesWritten = 0
  bytesWritten = 0
  filesRemoved = 0

  constructor(disk: Disk, directory = '') {
    this.#disk = disk
    this.#prefix = directory === '' ? '' : `${directory}/`
  }

  read(path: string): Promise<Uint8Array | undefined> {
    return this.#disk.readAll(this.#prefix + path)
  }

  /** Durable after {@link flush}, or sooner. */
  async put(tile: TileId, bytes: Uint8Array): Promise<void> {
    this.#waiting.push({ tile, path: tilePath(tile), bytes })
    this.#waitingBytes += bytes.length
    const isFull = this.#waiting.length >= PUBLISH_BATCH_FILES
    if (isFull || this.#waitingBytes >= PUBLISH_BATCH_BYTES) await this.#writeWaiting()
  }

  async flush(): Promise<void> {
    await this.#writeWaiting()
    const directories = new Set([...this.#unsynced].flatMap(withAncestors))
    this.#unsynced.clear()
    await Promise.all([...directories].map((directory) => this.#disk.syncDirectory(directory)))
  }

  /** Durable when it resolves. */
  async replace(path: string, bytes: Uint8Array): Promise<void> {
    const there = await this.read(path)
    if (there && equalBytes(there, bytes)) {
      await this.#disk.syncDirectory(directoryOf(this.#prefix + path))
      return
    }
    await this.#disk.write(this.#prefix + path, bytes)
    this.filesWritten++
    this.bytesWritten += bytes.length
  }

  async #writeWaiting(): Promise<void> {
    const files = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    await Promise.all(files.map((file) => this.#write(file)))
  }

  async #write({ tile, path, bytes }: WaitingFile): Promise<void> {
    const there = await this.read(path)
    if (there && equalBytes(there, bytes)) {
      // Its name may not be durable yet: whoever wrote it may have been killed before that.
      this.#unsynced.add(directoryOf(this.#prefix + path))
    } else {
      await this.#disk.write(this.#prefix + path, bytes)
      this.filesWritten++
      this.bytesWritten += bytes.length
    }
    if (tile.width === TILE_WIDTH) await this.#removePartial(tile, path)
  }

  async #removePartial(tile: TileId, path: string): Promise<void> {
    const directory = `${this.#prefix}${fullTilePath(tile.level, tile.index)}.p`
    const names = await this.#disk.list(directory)
    if (names.length === 0) return
    await this.#disk.syncDirectory(directoryOf(this.#prefix + path))
    for (const name of names) await this.#disk.remove(`${directory}/${name}`)
    this.filesRemoved += names.length
  }
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** Also the directories on the way: they may have been made by a process that was killed before it synced them. */
function withAncestors(path: string): readonly string[] {
  return path === '' ? [''] : [path, ...withAncestors(directoryOf(path))]
}
