/** An open file of the memory disk: the port's contract, faults and limits over one inode. */

import { assert } from '@hamlet/core'
import { StoreError } from './errors.ts'
import type { DiskFile } from '@hamlet/core'
import type { MemoryInode } from './memory-inode.ts'

/** Faults to inject; each is asked at every operation. */
export interface DiskFaults {
  /** `true` fails the sync and poisons the file. */
  sync?(path: string): boolean
  /** What an append or a positioned write fails with; nothing is written. */
  append?(path: string, bytes: number): 'STORE_FULL' | 'STORE_IO' | undefined
  /** `true` fails the read; the bytes are as they were. */
  readError?(path: string): boolean
  /** Other bytes than those on the disk; fewer of them are a short read. */
  read?(path: string, offset: number, bytes: Uint8Array): Uint8Array | undefined
}

/** What an open file needs of its disk. */
export interface MemoryWorld {
  readonly faults: DiskFaults
  readonly crashes: number
  readonly freeBytes: number
  delay(): Promise<void>
}

export class MemoryFile implements DiskFile {
  readonly #world: MemoryWorld
  readonly #inode: MemoryInode
  readonly #path: string
  readonly #crashes: number
  #poison: StoreError | undefined
  #closed = false

  constructor(world: MemoryWorld, inode: MemoryInode, path: string) {
    this.#world = world
    this.#inode = inode
    this.#path = path
    this.#crashes = world.crashes
  }

  get sizeBytes(): number {
    return this.#inode.sizeBytes
  }

  read(offset: number, length: number, into?: Uint8Array): Uint8Array {
    this.#checkUsable()
    if (offset < 0 || length < 0 || offset + length > this.sizeBytes) {
      throw this.#shortRead(offset, length)
    }
    if (this.#world.faults.readError?.(this.#path)) throw this.#error('STORE_IO', 'could not read')
    const bytes = this.#inode.read(offset, length)
    const faulty = this.#world.faults.read?.(this.#path, offset, bytes) ?? bytes
    if (faulty.length < length) throw this.#shortRead(offset, length)
    // As on a real disk: whoever still uses what was there before shall notice it in a test.
    if (!into || into.length < length) return faulty
    into.set(faulty.subarray(0, length))
    return into.subarray(0, length)
  }

  append(...parts: readonly Uint8Array[]): number {
    const offset = this.sizeBytes
    this.#checkWrite(offset, parts, 'could not append')
    this.#inode.append(parts)
    return offset
  }

  writeAt(offset: number, ...parts: readonly Uint8Array[]): void {
    assert(offset >= 0, 'a place in the file')
    this.#checkWrite(offset, parts, 'could not write')
    this.#inode.writeAt(offset, parts)
  }

  truncate(sizeBytes: number): void {
    this.#checkUsable()
    this.#inode.truncate(sizeBytes)
  }

  async sync(): Promise<void> {
    this.#checkUsable()
    if (this.#poison) throw this.#poison
    const point = this.#inode.syncPoint()
    await this.#world.delay()
    this.#checkAlive()
    if (this.#world.faults.sync?.(this.#path)) {
      this.#poison ??= this.#error('STORE_SYNC_FAILED', 'could not sync')
    }
    if (this.#poison) throw this.#poison
    this.#inode.makeDurable(point)
  }

  close(): void {
    this.#closed = true
  }

  /** A hole takes no room, but here it is counted as if it did. */
  #checkWrite(offset: number, parts: readonly Uint8Array[], message: string): void {
    this.#checkUsable()
    if (this.#poison) throw this.#poison
    const bytes = parts.reduce((sum, part) => sum + part.length, 0)
    const full = offset + bytes - this.sizeBytes > this.#world.freeBytes ? 'STORE_FULL' : undefined
    const fault = full ?? this.#world.faults.append?.(this.#path, bytes)
    if (fault) throw this.#error(fault, message)
  }

  #checkUsable(): void {
    assert(!this.#closed, 'the file is closed')
    this.#checkAlive()
  }

  #checkAlive(): void {
    if (this.#crashes !== this.#world.crashes) throw this.#error('STORE_IO', 'the power was cut')
  }

  #shortRead(offset: number, length: number): StoreError {
    const fields = { path: this.#path, offset, length, size: this.sizeBytes }
    return new StoreError('STORE_SHORT_READ', `expected ${length} bytes at ${offset}`, { fields })
  }

  #error(code: 'STORE_FULL' | 'STORE_IO' | 'STORE_SYNC_FAILED', message: string): StoreError {
    return new StoreError(code, `${message}: ${this.#path}`, { fields: { path: this.#path } })
  }
}
