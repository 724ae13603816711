/**
 * The `Disk` of a Node process: a directory of the file system, reached by real writes and real syncs.
 *
 * Invariants:
 * 1. Nothing outside the root is touched: paths are checked, and no component below the root may be a symbolic link
 *    (directories are looked at before use, files opened with O_NOFOLLOW).
 * 2. Files are 0600 and directories 0700, whatever the umask allows beyond that; 0644 and 0755, less the umask, on a disk
 *    whose contents are for everybody.
 * 3. A directory made on the way to a file is synced in its parent at once; a file's own name is durable after
 *    `syncDirectory`, or at once when it came from `write`.
 */

import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises'
import { fstatSync, openSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { errorCode } from '@hamlet/core'
import {
  TEMPORARY_SUFFIX,
  directoryOf,
  isDiskName,
  parseDiskDirectory,
  parseDiskPath,
} from '../disk-path.ts'
import { StoreError } from '../errors.ts'
import { NodeDiskFile } from './node-disk-file.ts'
import { toStoreError } from './node-errors.ts'
import type { Disk, DiskFile } from '@hamlet/core'

const PRIVATE_MODES = { file: 0o600, directory: 0o700 }
const PUBLIC_MODES = { file: 0o644, directory: 0o755 }
const { O_CREAT, O_NOFOLLOW, O_RDWR, O_RDONLY, O_TRUNC, O_WRONLY } = constants

export interface NodeDiskOptions {
  /** Other users of the machine may read what is written: a web server, for instance. @default false */
  readonly isPublic?: boolean
}

/** `rootDirectory` is made when absent. */
export function createNodeDisk(rootDirectory: string, options: NodeDiskOptions = {}): Disk {
  return new NodeDisk(resolve(rootDirectory), options.isPublic === true)
}

class NodeDisk implements Disk {
  readonly #root: string
  readonly #modes: typeof PRIVATE_MODES
  /** Directories known to exist, so that opening many files does not look at each component again. */
  readonly #known = new Set<string>()
  /** The last write of each path: two writes of one path must not share its temporary file. */
  readonly #writes = new Map<string, Promise<void>>()

  constructor(root: string, isPublic: boolean) {
    this.#root = root
    this.#modes = isPublic ? PUBLIC_MODES : PRIVATE_MODES
  }

  async open(path: string): Promise<DiskFile> {
    const full = await this.#prepare(path)
    try {
      const descriptor = openSync(full, O_RDWR | O_CREAT | O_NOFOLLOW, this.#modes.file)
      return new NodeDiskFile(descriptor, path, fstatSync(descriptor).size)
    } catch (error) {
      throw toStoreError(error, 'open', path)
    }
  }

  async list(directory: string): Promise<readonly string[]> {
    const full = join(this.#root, ...parseDiskDirectory(directory))
    try {
      const entries = await readdir(full, { withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile() && isDiskName(entry.name))
      return files.map((entry) => entry.name).sort()
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return []
      throw toStoreError(error, 'list', directory)
    }
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const before = this.#writes.get(path) ?? Promise.resolve()
    const mine = before.then(
      () => this.#replace(path, bytes),
      () => this.#replace(path, bytes),
    )
    this.#writes.set(path, mine)
    try {
      await mine
    } finally {
      if (this.#writes.get(path) === mine) this.#writes.delete(path)
    }
  }

  async readAll(path: string): Promise<Uint8Array | undefined> {
    const full = join(this.#root, ...parseDiskPath(path))
    try {
      const bytes = await readFile(full, { flag: O_RDONLY | O_NOFOLLOW })
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined
      throw toStoreError(error, 'read', path)
    }
  }

  async rename(from: string, to: string): Promise<void> {
    const source = join(this.#root, ...parseDiskPath(from))
    const target = await this.#prepare(to)
    await rename(source, target).catch((error: unknown) => {
      throw toStoreError(error, 'rename', from)
    })
  }

  async remove(path: string): Promise<void> {
    const full = join(this.#root, ...parseDiskPath(path))
    await unlink(full).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw toStoreError(error, 'remove', path)
    })
  }

  async syncDirectory(directory: string): Promise<void> {
    await syncPath(join(this.#root, ...parseDiskDirectory(directory)), directory)
  }

  async #replace(path: string, bytes: Uint8Array): Promise<void> {
    const full = await this.#prepare(path)
    const temporary = full + TEMPORARY_SUFFIX
    try {
      await writeDurably(temporary, bytes, this.#modes.file)
      await rename(temporary, full)
    } catch (error) {
      await unlink(temporary).catch(() => undefined)
      throw toStoreError(error, 'write', path)
    }
    await syncPath(dirname(full), directoryOf(path))
  }

  /** The full path of a file whose directories now exist. */
  async #prepare(path: string): Promise<string> {
    const names = parseDiskPath(path)
    const mode = this.#modes.directory
    let directory = this.#root
    try {
      if (!this.#known.has(directory)) await makeRoot(directory, mode)
      this.#known.add(directory)
      for (const name of names.slice(0, -1)) {
        const parent = directory
        directory = join(directory, name)
        if (!this.#known.has(directory)) await makeDirectory(parent, directory, mode)
        this.#known.add(directory)
      }
    } catch (error) {
      throw toStoreError(error, 'make the directory of', path)
    }
    return join(directory, names.at(-1)!)
  }
}

async function makeRoot(directory: string, mode: number): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode })
  if (first !== undefined) await syncPath(dirname(first), first)
}

async function makeDirectory(parent: string, directory: string, mode: number): Promise<void> {
  try {
    await mkdir(directory, { mode })
    await syncPath(parent, parent)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    if ((await lstat(directory)).isDirectory()) return
    const message = 'expected a directory, found a link or a file'
    throw new StoreError('STORE_PATH', message, { fields: { path: directory } })
  }
}

async function writeDurably(full: string, bytes: Uint8Array, mode: number): Promise<void> {
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
  await using handle = await open(full, flags, mode)
  await handle.writeFile(bytes)
  await handle.sync()
}

/** Windows cannot open a directory for syncing and journals its names itself. */
async function syncPath(full: string, path: string): Promise<void> {
  if (process.platform === 'win32') return
  try {
    await using handle = await open(full, O_RDONLY)
    await handle.sync()
  } catch (error) {
    throw toStoreError(error, 'sync the directory', path)
  }
}
