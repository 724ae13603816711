/**
 * A file of derived data whose newest bytes wait in memory, so that a commit of one block costs no system call for
 * its 16 bytes of index and 64 bytes of tree. Losing them is harmless: they are recomputed from the segments on open.
 *
 * Invariant: what `read` returns does not depend on what was flushed. A full disk makes the buffer grow instead of failing
 * the commit; the next segment write reports it.
 */

import type { DiskFile } from '@hamlet/core'
import { DERIVED_BUFFER_BYTES } from './limits.ts'

export class TailFile {
  readonly #file: DiskFile
  #buffer = new Uint8Array(1024)
  #used = 0

  constructor(file: DiskFile) {
    this.#file = file
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes + this.#used
  }

  append(bytes: Uint8Array): void {
    if (this.#used + bytes.length > DERIVED_BUFFER_BYTES) this.#flushIfPossible()
    this.#reserve(this.#used + bytes.length)
    this.#buffer.set(bytes, this.#used)
    this.#used += bytes.length
  }

  /**
   * As {@link append}, for what no other write would report: a disk that takes no more refuses it, and nothing is kept.
   * @throws StoreError
   */
  appendOrThrow(bytes: Uint8Array): void {
    if (this.#used + bytes.length > DERIVED_BUFFER_BYTES) this.flush()
    this.append(bytes)
  }

  /** @throws StoreError `STORE_SHORT_READ` past the end */
  read(offset: number, length: number): Uint8Array {
    const inFile = Math.min(Math.max(this.#file.sizeBytes - offset, 0), length)
    if (inFile === length) return this.#file.read(offset, length)
    const start = offset + inFile - this.#file.sizeBytes
    const rest = this.#buffer.slice(start, Math.min(start + length - inFile, this.#used))
    if (inFile === 0 && rest.length === length) return rest
    const bytes = new Uint8Array(length)
    bytes.set(this.#file.read(offset, length - rest.length))
    bytes.set(rest, inFile)
    return bytes
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes >= this.sizeBytes) return
    this.#used = Math.max(0, sizeBytes - this.#file.sizeBytes)
    if (sizeBytes < this.#file.sizeBytes) this.#file.truncate(sizeBytes)
  }

  /** @throws StoreError when the disk does not take the bytes; they stay in memory. */
  flush(): void {
    if (this.#used === 0) return
    this.#file.append(this.#buffer.subarray(0, this.#used))
    this.#used = 0
  }

  /** Flushes, then resolves when all of it is durable. */
  async sync(): Promise<void> {
    this.flush()
    await this.#file.sync()
  }

  close(): void {
    this.#file.close()
  }

  #flushIfPossible(): void {
    try {
      this.flush()
    } catch {
      // Kept in memory: see the invariant above.
    }
  }

  #reserve(sizeBytes: number): void {
    if (sizeBytes <= this.#buffer.length) return
    const grown = new Uint8Array(Math.max(sizeBytes, 2 * this.#buffer.length))
    grown.set(this.#buffer.subarray(0, this.#used))
    this.#buffer = grown
  }
}
