/**
 * The bodies that are open: one per blob, shared by all its handles, and a few idle ones so that the next use is quick.
 *
 * Invariant: a blob has one body at a time. It is opened again only when the one before is closed.
 */

import { BODIES_IDLE_MAX } from '../limits.ts'
import { heldBytesOf } from './held-bytes.ts'
import type { BlobBody } from './blob-body.ts'
import type { CatalogEntry } from './catalog.ts'

export class BodyPool {
  readonly #open: (entry: CatalogEntry) => Promise<BlobBody>
  readonly #opening = new Map<CatalogEntry, Promise<BlobBody>>()
  readonly #closing = new Map<CatalogEntry, Promise<void>>()
  readonly #idle = new Set<CatalogEntry>()

  constructor(open: (entry: CatalogEntry) => Promise<BlobBody>) {
    this.#open = open
  }

  /** To be followed by one {@link release}, unless it fails. */
  async acquire(entry: CatalogEntry): Promise<BlobBody> {
    entry.uses++
    try {
      await this.#closing.get(entry)
      this.#idle.delete(entry)
      return entry.body ?? (await this.#openOnce(entry))
    } catch (error) {
      entry.uses--
      throw error
    }
  }

  release(entry: CatalogEntry): void {
    entry.uses--
    if (entry.uses > 0 || !entry.body) return
    this.#idle.add(entry)
    if (entry.isGone) this.#close(entry)
    else if (this.#idle.size > BODIES_IDLE_MAX) this.#close(this.#idle.values().next().value!)
  }

  /** Resolves when the blob is not open, or at once when it is in use. */
  async retire(entry: CatalogEntry): Promise<void> {
    if (this.#idle.has(entry)) this.#close(entry)
    await this.#closing.get(entry)
  }

  async closeAll(entries: Iterable<CatalogEntry>): Promise<void> {
    for (const entry of entries) if (entry.body) this.#close(entry)
    await Promise.all(this.#closing.values())
  }

  async #openOnce(entry: CatalogEntry): Promise<BlobBody> {
    let opening = this.#opening.get(entry)
    if (!opening) {
      opening = this.#open(entry).finally(() => this.#opening.delete(entry))
      this.#opening.set(entry, opening)
    }
    entry.body = await opening
    if (entry.isGone) entry.body.discard()
    return entry.body
  }

  #close(entry: CatalogEntry): void {
    const body = entry.body!
    this.#idle.delete(entry)
    entry.body = undefined
    entry.heldBytes = heldBytesOf(body.chunks, body.id.sizeBytes)
    const closed = body.close().finally(() => this.#closing.delete(entry))
    this.#closing.set(entry, closed)
    closed.catch(() => undefined)
  }
}
