/**
 * Chooses what a store gives up: first what has expired, then, if there is a quota to meet, what was used least recently; never
 * what is pinned or in use. Removes it in steps and lets others run in between.
 */

import { COLLECT_STEP_BLOBS } from '../limits.ts'
import type { Catalog, CatalogEntry } from './catalog.ts'
import type { CollectReport } from './types.ts'

export interface CollectorPorts {
  readonly now: () => number
  readonly pause: () => Promise<void>
  /** Removes these blobs; what became pinned or used meanwhile is left out by the caller. */
  readonly remove: (entries: readonly CatalogEntry[]) => Promise<void>
}

export class Collector {
  readonly #catalog: Catalog
  readonly #ports: CollectorPorts

  constructor(catalog: Catalog, ports: CollectorPorts) {
    this.#catalog = catalog
    this.#ports = ports
  }

  /** Removes what has expired, and then as much as it takes to have at most `bytesMax` reserved. */
  async collect(bytesMax: number): Promise<CollectReport> {
    const expired = await this.#removeWhere(
      [...this.#candidates()].filter((each) => this.#isExpired(each)),
    )
    if (this.#catalog.reservedBytes <= bytesMax) return expired
    const oldest = [...this.#candidates()].sort((a, b) => a.usedAtMs - b.usedAtMs)
    const least = await this.#removeWhere(oldest, bytesMax)
    return {
      blobCount: expired.blobCount + least.blobCount,
      bytes: expired.bytes + least.bytes,
    }
  }

  async compact(): Promise<void> {
    while (this.#catalog.wantsCompaction) await this.#catalog.compactOldest(this.#ports.pause)
  }

  /** In order, until at most `bytesMax` are reserved, or to the end. */
  async #removeWhere(entries: readonly CatalogEntry[], bytesMax = -1): Promise<CollectReport> {
    let [blobCount, bytes] = [0, 0]
    for (let at = 0; at < entries.length && this.#catalog.reservedBytes > bytesMax;) {
      const step: CatalogEntry[] = []
      let left = this.#catalog.reservedBytes
      for (; at < entries.length && left > bytesMax && step.length < COLLECT_STEP_BLOBS; at++) {
        const entry = entries[at]!
        if (!isFree(entry)) continue
        step.push(entry)
        left -= entry.record.id.sizeBytes
      }
      await this.#ports.remove(step)
      blobCount += step.length
      for (const entry of step) bytes += entry.record.id.sizeBytes
      await this.#ports.pause()
    }
    return { blobCount, bytes }
  }

  *#candidates(): Generator<CatalogEntry> {
    for (const entry of this.#catalog.entries()) if (isFree(entry)) yield entry
  }

  #isExpired(entry: CatalogEntry): boolean {
    const { expiresAtMs } = entry.record
    return expiresAtMs !== undefined && expiresAtMs <= this.#ports.now()
  }
}

function isFree(entry: CatalogEntry): boolean {
  return !entry.isGone && entry.uses === entry.yielding && entry.record.pins.length === 0
}
