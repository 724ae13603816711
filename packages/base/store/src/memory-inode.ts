/**
 * The content of one file in memory, and what of it a power cut may leave.
 *
 * The model (reference/testing.md 1.4): bytes up to `#durableBytes` are safe, except for sectors that positioned writes have
 * replaced since the last sync: of those each is old or new (`memory-overwrites.ts`). What was appended since may be
 * absent, present up to some byte, present in some 512-byte sectors and zero in others, or end in a sector of
 * garbage; a sector that already held durable bytes keeps those. A truncation that was not synced may be undone,
 * together with everything appended after it.
 */

import { assert } from '@hamlet/core'
import type { Random } from '@hamlet/core'
import { MemoryOverwrites } from './memory-overwrites.ts'
import { SECTOR_BYTES, below } from './memory-sector.ts'

const CAPACITY_BYTES_MIN = 1024

/** What a sync will have made durable once the device answers. */
export interface SyncPoint {
  readonly sizeBytes: number
  readonly truncations: number
  readonly overwrites: number
}

export class MemoryInode {
  #bytes: Uint8Array
  #sizeBytes: number
  #durableBytes: number
  /** The durable content as it was before the first unsynced truncation. */
  #before: Uint8Array | undefined
  #truncations = 0
  readonly #overwrites = new MemoryOverwrites()

  /** `bytes` are copied and count as durable. */
  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.#bytes = bytes.slice()
    this.#sizeBytes = bytes.length
    this.#durableBytes = bytes.length
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  read(offset: number, length: number): Uint8Array {
    return this.#bytes.slice(offset, Math.min(offset + length, this.#sizeBytes))
  }

  append(parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      this.#reserve(this.#sizeBytes + part.length)
      this.#bytes.set(part, this.#sizeBytes)
      this.#sizeBytes += part.length
    }
  }

  /** What lies between the end of the file and `offset` becomes zero. */
  writeAt(offset: number, parts: readonly Uint8Array[]): void {
    const end = parts.reduce((sum, part) => sum + part.length, offset)
    if (end === offset) return
    this.#reserve(end)
    const replaced = Math.min(end, this.#sizeBytes)
    if (offset < replaced) this.#overwrites.keep(this.#content(), offset, replaced)
    if (offset > this.#sizeBytes) this.#bytes.fill(0, this.#sizeBytes, offset)
    let at = offset
    for (const part of parts) {
      this.#bytes.set(part, at)
      at += part.length
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, end)
  }

  truncate(sizeBytes: number): void {
    assert(sizeBytes >= 0 && sizeBytes <= this.#sizeBytes, 'a file can only be cut shorter')
    if (sizeBytes < this.#durableBytes) {
      if (!this.#before) {
        this.#before = this.#bytes.slice(0, this.#durableBytes)
        this.#overwrites.restore(this.#before)
      }
      this.#durableBytes = sizeBytes
    }
    this.#overwrites.truncate(sizeBytes)
    this.#truncations++
    this.#sizeBytes = sizeBytes
  }

  syncPoint(): SyncPoint {
    return {
      sizeBytes: this.#sizeBytes,
      truncations: this.#truncations,
      overwrites: this.#overwrites.syncPoint(),
    }
  }

  /** What was cut off since the point was taken cannot be durable: then only what is left of it is. */
  makeDurable(point: SyncPoint): void {
    this.#durableBytes = Math.max(this.#durableBytes, Math.min(point.sizeBytes, this.#sizeBytes))
    if (point.truncations === this.#truncations) this.#before = undefined
    this.#overwrites.drop(point.overwrites)
  }

  /** Reverses one bit in place, as a failing medium would. */
  flipBit(bit: number): void {
    const offset = Math.floor(bit / 8)
    assert(offset < this.#sizeBytes, 'the bit lies inside the file')
    this.#bytes[offset]! ^= 1 << (bit % 8)
  }

  crash(random: Random): void {
    this.#overwrites.restore(this.#content(), random)
    this.#overwrites.clear()
    const left = this.#afterCrash(random)
    this.#bytes = left
    this.#sizeBytes = left.length
    this.#durableBytes = left.length
    this.#before = undefined
  }

  #afterCrash(random: Random): Uint8Array {
    if (this.#before && below(random, 2) === 0) return this.#before
    const durable = this.#durableBytes
    const unsynced = this.#sizeBytes - durable
    if (unsynced === 0) return this.read(0, durable)
    const fate = below(random, 5)
    if (fate === 0) return this.read(0, durable)
    if (fate === 1) return this.read(0, this.#sizeBytes)
    if (fate === 2) return this.read(0, durable + below(random, unsynced + 1))
    if (fate === 3) return this.#withSomeSectors(random)
    return this.#withGarbage(random, durable + 1 + below(random, unsynced))
  }

  #withSomeSectors(random: Random): Uint8Array {
    const left = this.read(0, this.#sizeBytes)
    for (let start = this.#durableBytes; start < left.length;) {
      const end = Math.min((Math.floor(start / SECTOR_BYTES) + 1) * SECTOR_BYTES, left.length)
      if (below(random, 2) === 0) left.fill(0, start, end)
      start = end
    }
    return left
  }

  #withGarbage(random: Random, sizeBytes: number): Uint8Array {
    const left = this.read(0, sizeBytes)
    const sector = Math.floor((sizeBytes - 1) / SECTOR_BYTES) * SECTOR_BYTES
    const start = Math.max(sector, this.#durableBytes)
    left.set(random.bytes(sizeBytes - start), start)
    return left
  }

  /** The bytes of the file, not copied. */
  #content(): Uint8Array {
    return this.#bytes.subarray(0, this.#sizeBytes)
  }

  #reserve(sizeBytes: number): void {
    if (sizeBytes <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(sizeBytes, 2 * this.#bytes.length, CAPACITY_BYTES_MIN))
    grown.set(this.#bytes.subarray(0, this.#sizeBytes))
    this.#bytes = grown
  }
}
