/** A source fed by hand: what feature tests and examples use in place of a space. */

import type { Cancel, DeviceId, EntryId } from '@hamlet/core'
import { logOf } from '../types.ts'
import type { ContentEntry, VersionVector } from '../types.ts'
import type { ViewSource, ViewSourceChange } from './source.ts'
import { isCovered } from './version-vector.ts'

const BATCH_ENTRIES = 1000

export class MemoryViewSource implements ViewSource {
  readonly #entries: ContentEntry[] = []
  readonly #lengths = new Map<DeviceId, number>()
  readonly #hidden = new Map<EntryId, ContentEntry>()
  readonly #listeners = new Set<(change: ViewSourceChange) => void>()

  /** Appends entries, which the caller gives in causal order. */
  add(...entries: readonly ContentEntry[]): void {
    for (const entry of entries) {
      this.#entries.push(entry)
      const log = logOf(entry)
      this.#lengths.set(log, Math.max(entry.seq + 1, this.#lengths.get(log) ?? 0))
    }
    this.#notify('grown')
  }

  /** Makes entries void, locked or not yet due. */
  hide(...entries: readonly ContentEntry[]): void {
    for (const entry of entries) this.#hidden.set(entry.id, entry)
    this.#notify('rewritten')
  }

  reveal(...entries: readonly ContentEntry[]): void {
    for (const entry of entries) this.#hidden.delete(entry.id)
    this.#notify('rewritten')
  }

  lengths(): VersionVector {
    return new Map(this.#lengths)
  }

  /** Order-free and good enough for entries made by hand: the exclusive or of the ids' first 48 bits. */
  hidden(within: VersionVector): string {
    let high = 0
    let low = 0
    let count = 0
    for (const entry of this.#hidden.values()) {
      if (!isCovered(entry, within)) continue
      count++
      high ^= Number.parseInt(entry.id.slice(0, 6), 16)
      low ^= Number.parseInt(entry.id.slice(6, 12), 16)
    }
    return `${count}:${high}:${low}`
  }

  async *entries(
    after: VersionVector,
    upTo: VersionVector,
  ): AsyncIterable<readonly ContentEntry[]> {
    for (let from = 0; from < this.#entries.length; from += BATCH_ENTRIES) {
      const batch = this.#entries
        .slice(from, from + BATCH_ENTRIES)
        .filter((entry) => isCovered(entry, upTo) && !isCovered(entry, after))
      yield batch.filter((entry) => !this.#hidden.has(entry.id))
    }
  }

  subscribe(listener: (change: ViewSourceChange) => void): Cancel {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #notify(change: ViewSourceChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}
