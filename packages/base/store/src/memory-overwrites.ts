/**
 * What positioned writes replaced in a file and no sync has covered yet, so that a power cut can bring it back.
 *
 * The model: a device writes sectors of 512 bytes, each whole or not at all, in any order. So of every sector that was replaced
 * since the last sync a power cut leaves the old or the new content, independently of all others; where a sector was replaced
 * again while a sync was under way, one of the three.
 */

import type { Random } from '@hamlet/core'
import { SECTOR_BYTES, below } from './memory-sector.ts'

export class MemoryOverwrites {
  /** Per generation, the sectors as they were when they were first replaced in it. A sync point ends a generation. */
  readonly #generations = new Map<number, Map<number, Uint8Array>>()
  #generation = 0

  /** To be called before bytes `[offset, end)` of `content`, all of them there before, are replaced. */
  keep(content: Uint8Array, offset: number, end: number): void {
    let sectors = this.#generations.get(this.#generation)
    if (!sectors) this.#generations.set(this.#generation, (sectors = new Map<number, Uint8Array>()))
    for (let sector = Math.floor(offset / SECTOR_BYTES); sector * SECTOR_BYTES < end; sector++) {
      if (sectors.has(sector)) continue
      const start = sector * SECTOR_BYTES
      sectors.set(sector, content.slice(start, start + SECTOR_BYTES))
    }
  }

  /** What is kept until now is durable once `drop` is called with the result. */
  syncPoint(): number {
    return this.#generation++
  }

  drop(point: number): void {
    for (const generation of this.#generations.keys()) {
      if (generation <= point) this.#generations.delete(generation)
    }
  }

  /** The file ends at `sizeBytes` now: what was beyond cannot come back by itself. */
  truncate(sizeBytes: number): void {
    for (const sectors of this.#generations.values()) {
      for (const [sector, old] of sectors) {
        const left = sizeBytes - sector * SECTOR_BYTES
        if (left <= 0) sectors.delete(sector)
        else sectors.set(sector, old.subarray(0, left))
      }
    }
  }

  /** Puts back the old content of all sectors, or of some. */
  restore(bytes: Uint8Array, random?: Random): void {
    for (const sectors of [...this.#generations.values()].reverse()) {
      for (const [sector, old] of sectors) {
        if (random && below(random, 2) === 0) continue
        const start = sector * SECTOR_BYTES
        if (start < bytes.length) bytes.set(old.subarray(0, bytes.length - start), start)
      }
    }
  }

  clear(): void {
    this.#generations.clear()
  }
}
