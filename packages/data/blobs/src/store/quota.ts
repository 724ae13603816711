/**
 * Room for blobs: what entries reserve and what is held for blobs that have none yet may not exceed the quota together.
 *
 * Invariant: whoever has taken room holds it until it is given back, so two who want the last of it cannot both have it.
 */

import { BlobError } from '../errors.ts'
import { ROOM_STEP_BYTES } from '../limits.ts'
import type { Catalog } from './catalog.ts'

export interface Room {
  bytes: number
}

export class Quota {
  /** Infinite when there is none. */
  bytesMax: number
  readonly #catalog: Catalog
  /** Gives up what nobody wants kept, until at most so much is reserved. */
  readonly #collect: (bytesMax: number) => Promise<unknown>
  #heldBytes = 0

  constructor(catalog: Catalog, bytesMax: number, collect: (bytesMax: number) => Promise<unknown>) {
    this.#catalog = catalog
    this.bytesMax = bytesMax
    this.#collect = collect
  }

  /** What entries may reserve, as things are. */
  get entryBytesMax(): number {
    return this.bytesMax - this.#heldBytes
  }

  /** @throws BlobError `BLOB_QUOTA` */
  async take(room: Room, bytes: number): Promise<void> {
    if (bytes > this.#freeBytes) await this.#collect(this.entryBytesMax - bytes)
    const free = this.#freeBytes
    if (bytes > free) {
      throw new BlobError('BLOB_QUOTA', `expected room for ${bytes} bytes, there is ${free}`, {
        fields: { bytes, quota: this.bytesMax },
      })
    }
    this.#heldBytes += bytes
    room.bytes += bytes
  }

  /**
   * Makes it so much in all, and more ahead if there is: making room looks at every blob.
   * @throws BlobError `BLOB_QUOTA`
   */
  async takeUpTo(room: Room, neededBytes: number): Promise<void> {
    const missingBytes = neededBytes - room.bytes
    if (missingBytes <= 0) return
    try {
      await this.take(room, missingBytes + (room.bytes > 0 ? ROOM_STEP_BYTES : 0))
    } catch {
      await this.take(room, missingBytes)
    }
  }

  giveBack(room: Room): void {
    this.#heldBytes -= room.bytes
    room.bytes = 0
  }

  get #freeBytes(): number {
    return this.entryBytesMax - this.#catalog.reservedBytes
  }
}
