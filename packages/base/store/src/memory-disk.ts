/**
 * A `Disk` in memory that knows what is durable, for tests and the simulator.
 *
 * It loses at a power cut what a real disk may lose (the contents: see `memory-inode.ts`; the names: creations,
 * renames and removals since the last `syncDirectory`, each on its own), can be full, can fail a sync, and can
 * return damaged or short reads. It is deterministic: it reads no clock, draws chance only from the `Random` given to
 * `crash`, and its promises take microtasks only, unless `syncDelay` says otherwise.
 *
 * Invariants:
 * 1. After `crash`, files opened before it throw `STORE_IO`; a sync then under way is rejected.
 * 2. `files()` is what another process would see now: the state after `kill -9`, when the operating system lives on.
 */

import { TEMPORARY_SUFFIX, directoryOf, parseDiskDirectory, parseDiskPath } from './disk-path.ts'
import { StoreError } from './errors.ts'
import { MemoryFile } from './memory-file.ts'
import { MemoryInode } from './memory-inode.ts'
import { below } from './memory-sector.ts'
import type { Disk, DiskFile, Random } from '@hamlet/core'
import type { DiskFaults, MemoryWorld } from './memory-file.ts'

export interface MemoryDiskOptions {
  /** @default unlimited */
  readonly capacityBytes?: number
  /** Initial content, durable. */
  readonly files?: ReadonlyMap<string, Uint8Array>
  readonly faults?: DiskFaults
  /** Awaited by every sync, of files and directories. */
  readonly syncDelay?: () => Promise<void>
}

export interface MemoryDisk extends Disk {
  /** Cuts the power: leaves only what may survive, and nothing open. */
  crash(random: Random): void
  /** A copy of every file as it is now, synced or not. */
  files(): ReadonlyMap<string, Uint8Array>
  readonly faults: DiskFaults
  setFaults(faults: DiskFaults): void
  setCapacity(capacityBytes: number): void
  flipBit(path: string, bit: number): void
}

export function createMemoryDisk(options: MemoryDiskOptions = {}): MemoryDisk {
  return new MemoryDiskImplementation(options)
}

interface NameChange {
  readonly directory: string
  readonly from: string | undefined
  readonly to: string | undefined
  readonly inode: MemoryInode
}

class MemoryDiskImplementation implements MemoryDisk, MemoryWorld {
  #live = new Map<string, MemoryInode>()
  readonly #durable: Map<string, MemoryInode>
  #changes: NameChange[] = []
  #faults: DiskFaults
  #capacityBytes: number
  #crashes = 0
  readonly #syncDelay: () => Promise<void>

  constructor(options: MemoryDiskOptions) {
    this.#capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY
    this.#faults = options.faults ?? {}
    this.#syncDelay = options.syncDelay ?? (() => Promise.resolve())
    for (const [path, bytes] of options.files ?? []) this.#live.set(path, new MemoryInode(bytes))
    this.#durable = new Map(this.#live)
  }

  get faults(): DiskFaults {
    return this.#faults
  }

  get crashes(): number {
    return this.#crashes
  }

  get freeBytes(): number {
    let used = 0
    for (const inode of this.#live.values()) used += inode.sizeBytes
    return this.#capacityBytes - used
  }

  delay(): Promise<void> {
    return this.#syncDelay()
  }

  async open(path: string): Promise<DiskFile> {
    parseDiskPath(path)
    let inode = this.#live.get(path)
    if (!inode) {
      inode = new MemoryInode()
      this.#change({ directory: directoryOf(path), from: undefined, to: path, inode })
    }
    return new MemoryFile(this, inode, path)
  }

  async list(directory: string): Promise<readonly string[]> {
    parseDiskDirectory(directory)
    const paths = [...this.#live.keys()].filter((path) => directoryOf(path) === directory)
    return paths.map((path) => path.slice(path.lastIndexOf('/') + 1)).sort()
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    parseDiskPath(path)
    if (bytes.length > this.freeBytes) throw diskError('STORE_FULL', path)
    const crashes = this.#crashes
    const content = bytes.slice()
    await this.#syncDelay()
    this.#checkAlive(crashes, path)
    if (this.#faults.sync?.(path + TEMPORARY_SUFFIX)) throw diskError('STORE_SYNC_FAILED', path)
    const inode = new MemoryInode(content)
    this.#change({ directory: directoryOf(path), from: undefined, to: path, inode })
    await this.syncDirectory(directoryOf(path))
  }

  async readAll(path: string): Promise<Uint8Array | undefined> {
    parseDiskPath(path)
    const inode = this.#live.get(path)
    if (!inode) return undefined
    if (this.#faults.readError?.(path)) throw diskError('STORE_IO', path)
    const bytes = inode.read(0, inode.sizeBytes)
    return this.#faults.read?.(path, 0, bytes) ?? bytes
  }

  async rename(from: string, to: string): Promise<void> {
    parseDiskPath(from)
    parseDiskPath(to)
    const inode = this.#live.get(from)
    if (!inode) throw new StoreError('STORE_NOT_FOUND', `no file ${from}`, { fields: { from } })
    this.#change({ directory: directoryOf(to), from, to, inode })
  }

  async remove(path: string): Promise<void> {
    parseDiskPath(path)
    const inode = this.#live.get(path)
    if (!inode) return
    this.#change({ directory: directoryOf(path), from: path, to: undefined, inode })
  }

  async syncDirectory(directory: string): Promise<void> {
    parseDiskDirectory(directory)
    const changes = new Set(this.#changes)
    const crashes = this.#crashes
    await this.#syncDelay()
    this.#checkAlive(crashes, directory)
    for (const change of this.#changes) {
      if (changes.has(change) && change.directory === directory) apply(this.#durable, change)
    }
    this.#changes = this.#changes.filter(
      (change) => !changes.has(change) || change.directory !== directory,
    )
  }

  crash(random: Random): void {
    this.#crashes++
    for (const change of this.#changes) if (below(random, 2) === 0) apply(this.#durable, change)
    this.#changes = []
    this.#live = new Map(this.#durable)
    for (const inode of new Set(this.#live.values())) inode.crash(random)
  }

  files(): ReadonlyMap<string, Uint8Array> {
    const paths = [...this.#live.keys()].sort()
    const inodes = this.#live
    return new Map(paths.map((path) => [path, inodes.get(path)!.read(0, Number.MAX_SAFE_INTEGER)]))
  }

  setFaults(faults: DiskFaults): void {
    this.#faults = faults
  }

  setCapacity(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes
  }

  flipBit(path: string, bit: number): void {
    const inode = this.#live.get(path)
    if (!inode) throw new StoreError('STORE_NOT_FOUND', `no file ${path}`, { fields: { path } })
    inode.flipBit(bit)
  }

  #change(change: NameChange): void {
    apply(this.#live, change)
    this.#changes.push(change)
  }

  #checkAlive(crashes: number, path: string): void {
    if (crashes !== this.#crashes) throw diskError('STORE_IO', path)
  }
}

function apply(names: Map<string, MemoryInode>, change: NameChange): void {
  const { from, to, inode } = change
  if (from !== undefined && names.get(from) === inode) names.delete(from)
  if (to !== undefined) names.set(to, inode)
}

function diskError(
  code: 'STORE_FULL' | 'STORE_IO' | 'STORE_SYNC_FAILED',
  path: string,
): StoreError {
  return new StoreError(code, `the disk failed at ${path}`, { fields: { path } })
}
