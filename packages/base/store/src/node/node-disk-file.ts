/**
 * One open file over `node:fs`.
 *
 * Reads and writes are synchronous: they reach the page cache in 1-3 µs, while an awaited call costs 35-40 µs
 * (`bench/`). Only the sync, which waits for the device, is awaited.
 *
 * Invariants:
 * 1. A failed write leaves the size as it was: what was written beyond it is cut off again, or the file is poisoned.
 * 2. A sync started before a write does not cover it: at most one sync runs and one waits, joined by later callers.
 * 3. After a failed sync the kernel may have dropped the dirty pages while marking them clean, so a second sync
 *    that succeeds proves nothing: the file refuses further writes and syncs until it is opened again.
 * 4. The descriptor is closed only after the last sync has ended, so that no sync can reach a reused number.
 */

import { closeSync, fdatasync, ftruncateSync, readSync, writeSync, writevSync } from 'node:fs'
import { assert } from '@hamlet/core'
import { StoreError } from '../errors.ts'
import { toStoreError } from './node-errors.ts'
import type { DiskFile } from '@hamlet/core'

/** Linux and macOS take up to 1,024 parts in one call. */
const PARTS_MAX = 1024
/** Above this, zeroing a fresh array costs more than the call it saves. */
const ZEROED_BYTES_MAX = 4096

export class NodeDiskFile implements DiskFile {
  readonly #descriptor: number
  readonly #path: string
  #sizeBytes: number
  #poison: StoreError | undefined
  #running: Promise<void> | undefined
  #waiting: Promise<void> | undefined
  #closed = false

  constructor(descriptor: number, path: string, sizeBytes: number) {
    this.#descriptor = descriptor
    this.#path = path
    this.#sizeBytes = sizeBytes
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  read(offset: number, length: number, into?: Uint8Array): Uint8Array {
    this.#assertOpen()
    if (offset < 0 || length < 0 || offset + length > this.#sizeBytes) {
      throw this.#shortRead(offset, length)
    }
    const bytes = into && into.length >= length ? into.subarray(0, length) : allocate(length)
    let done = 0
    while (done < length) {
      const count = this.#readSome(bytes, done, offset + done)
      if (count === 0) throw this.#shortRead(offset, length)
      done += count
    }
    return bytes
  }

  append(...parts: readonly Uint8Array[]): number {
    const offset = this.#sizeBytes
    this.writeAt(offset, ...parts)
    return offset
  }

  writeAt(offset: number, ...parts: readonly Uint8Array[]): void {
    this.#assertOpen()
    assert(offset >= 0, 'a place in the file')
    if (this.#poison) throw this.#poison
    try {
      const written = this.#write(parts, offset)
      if (written > 0) this.#sizeBytes = Math.max(this.#sizeBytes, offset + written)
    } catch (error) {
      this.#cutBack(this.#sizeBytes, error)
      throw toStoreError(error, 'write to', this.#path)
    }
  }

  truncate(sizeBytes: number): void {
    this.#assertOpen()
    assert(sizeBytes >= 0 && sizeBytes <= this.#sizeBytes, 'a file can only be cut shorter')
    try {
      ftruncateSync(this.#descriptor, sizeBytes)
    } catch (error) {
      throw toStoreError(error, 'truncate', this.#path)
    }
    this.#sizeBytes = sizeBytes
  }

  sync(): Promise<void> {
    this.#assertOpen()
    if (!this.#running) return this.#startSync()
    this.#waiting ??= this.#running.then(
      () => this.#startSync(),
      () => this.#startSync(),
    )
    return this.#waiting
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    const close = (): void => closeSync(this.#descriptor)
    const last = this.#waiting ?? this.#running
    if (last) last.then(close, close)
    else close()
  }

  #startSync(): Promise<void> {
    this.#waiting = undefined
    if (this.#poison) return Promise.reject(this.#poison)
    const running = new Promise<void>((resolve, reject) => {
      fdatasync(this.#descriptor, (error) => {
        this.#running = undefined
        if (error) reject(this.#poisoned(error))
        else resolve()
      })
    })
    this.#running = running
    return running
  }

  #write(parts: readonly Uint8Array[], offset: number): number {
    let total = 0
    if (parts.length === 1) {
      const part = parts[0]!
      while (total < part.length) {
        total += writeSync(this.#descriptor, part, total, part.length - total, offset + total)
      }
      return total
    }
    for (let first = 0; first < parts.length; first += PARTS_MAX) {
      const group = parts.slice(first, first + PARTS_MAX)
      const expected = group.reduce((sum, part) => sum + part.length, 0)
      const written = expected && writevSync(this.#descriptor, group, offset + total)
      if (written < expected) {
        // The kernel took a part of it (a signal, a nearly full disk): the rest, joined, goes the slow way.
        const rest = Buffer.concat(group).subarray(written)
        this.#write([rest], offset + total + written)
      }
      total += expected
    }
    return total
  }

  #cutBack(sizeBytes: number, cause: unknown): void {
    try {
      ftruncateSync(this.#descriptor, sizeBytes)
    } catch {
      this.#poison = toStoreError(cause, 'write to', this.#path)
    }
  }

  #readSome(bytes: Uint8Array, done: number, offset: number): number {
    try {
      return readSync(this.#descriptor, bytes, done, bytes.length - done, offset)
    } catch (error) {
      throw toStoreError(error, 'read', this.#path)
    }
  }

  #poisoned(cause: unknown): StoreError {
    this.#poison = new StoreError('STORE_SYNC_FAILED', `could not sync ${this.#path}`, {
      cause,
      fields: { path: this.#path },
    })
    return this.#poison
  }

  #shortRead(offset: number, length: number): StoreError {
    const fields = { path: this.#path, offset, length, size: this.#sizeBytes }
    return new StoreError('STORE_SHORT_READ', `expected ${length} bytes at ${offset}`, { fields })
  }

  #assertOpen(): void {
    assert(!this.#closed, 'the file is closed')
  }
}

function allocate(length: number): Uint8Array {
  if (length <= ZEROED_BYTES_MAX) return new Uint8Array(length)
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
}
