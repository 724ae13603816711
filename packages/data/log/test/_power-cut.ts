/**
 * A power cut at one chosen moment: a disk that counts every call of a log (each read of names, open, append, truncation, sync,
 * rename, removal, and each wait for the device inside them) and is cut at one of them, for good.
 */

import { createMemoryDisk } from '@hamlet/store'
import { seededRandom } from './_crypto.ts'
import type { Disk, DiskFile } from '@hamlet/core'
import type { MemoryDisk } from '@hamlet/store'

export interface CountedDisk {
  /** For the process that will die. */
  readonly disk: Disk
  /** Calls so far. */
  readonly calls: () => number
  readonly isCut: () => boolean
  /** What the next life finds. */
  readonly left: () => MemoryDisk
}

/** `files` are there and durable; the power is cut at call number `cutAt`, counted from 0. */
export function diskCutAt(
  files: ReadonlyMap<string, Uint8Array>,
  cutAt: number,
  seed: number,
): CountedDisk {
  let calls = 0
  let isCut = false
  const step = (): void => {
    if (!isCut && calls++ === cutAt) {
      memory.crash(seededRandom(seed))
      isCut = true
    }
    if (isCut) throw new Error('the power is cut')
  }
  const syncDelay = async (): Promise<void> => step()
  const memory: MemoryDisk = createMemoryDisk({ files, syncDelay })
  const left = (): MemoryDisk => createMemoryDisk({ files: memory.files() })
  return { disk: counted(memory, step), calls: () => calls, isCut: () => isCut, left }
}

function counted(disk: MemoryDisk, step: () => void): Disk {
  return {
    async open(path) {
      step()
      return countedFile(await disk.open(path), step)
    },
    async list(directory) {
      step()
      return await disk.list(directory)
    },
    async write(path, bytes) {
      step()
      await disk.write(path, bytes)
      step()
    },
    async readAll(path) {
      step()
      return await disk.readAll(path)
    },
    async rename(from, to) {
      step()
      await disk.rename(from, to)
    },
    async remove(path) {
      step()
      await disk.remove(path)
    },
    async syncDirectory(directory) {
      step()
      await disk.syncDirectory(directory)
    },
  }
}

function countedFile(file: DiskFile, step: () => void): DiskFile {
  return {
    get sizeBytes() {
      return file.sizeBytes
    },
    read: (offset, length) => file.read(offset, length),
    append(...parts) {
      step()
      return file.append(...parts)
    },
    writeAt(offset, ...parts) {
      step()
      file.writeAt(offset, ...parts)
    },
    truncate(sizeBytes) {
      step()
      file.truncate(sizeBytes)
    },
    async sync() {
      step()
      await file.sync()
      step()
    },
    close: () => file.close(),
  }
}
