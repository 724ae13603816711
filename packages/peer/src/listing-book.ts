/**
 * The spaces that this device publishes. A small file replaced atomically at every change.
 *
 * A CBOR array: version 1; listings (array of `[listing bytes, invitation 32 B]`), see `listing.ts`.
 *
 * Invariant: `set` resolves when the change is durable; a crash leaves the file before or after it.
 */

import { decodeFields, encodeCbor, idToBytes } from '@hamlet/core'
import type { CborError, Disk, FieldReader, InviteId, Result } from '@hamlet/core'
import { PeerError } from './errors.ts'
import { LISTING_BYTES_MAX } from './listing.ts'

/** Spaces that one device publishes. */
export const PUBLISHED_MAX = 64

const LISTINGS_FILE = 'listings'
const VERSION = 1
const BYTES_MAX = 2 * PUBLISHED_MAX * LISTING_BYTES_MAX

export interface Published {
  readonly listing: Uint8Array
  /** The invitation in its link. */
  readonly invite: InviteId
}

export class ListingBook {
  readonly #disk: Disk
  #published: readonly Published[]
  #writing: Promise<void> = Promise.resolve()

  private constructor(disk: Disk, published: readonly Published[]) {
    this.#disk = disk
    this.#published = published
  }

  /** @throws PeerError `LISTINGS_CORRUPT` */
  static async open(disk: Disk): Promise<ListingBook> {
    const bytes = await disk.readAll(LISTINGS_FILE)
    if (bytes === undefined) return new ListingBook(disk, [])
    const decoded = decodePublished(bytes)
    if (decoded.ok) return new ListingBook(disk, decoded.value)
    throw new PeerError('LISTINGS_CORRUPT', 'The file of published spaces is damaged.', {
      cause: decoded.error,
    })
  }

  get value(): readonly Published[] {
    return this.#published
  }

  async set(published: readonly Published[]): Promise<void> {
    this.#published = published
    const write = this.#writing.then(() =>
      this.#disk.write(LISTINGS_FILE, encodePublished(this.#published)),
    )
    this.#writing = write.catch(() => undefined)
    await write
  }
}

export function encodePublished(published: readonly Published[]): Uint8Array {
  return encodeCbor([VERSION, published.map(({ listing, invite }) => [listing, idToBytes(invite)])])
}

export function decodePublished(bytes: Uint8Array): Result<readonly Published[], CborError> {
  return decodeFields(
    bytes,
    'published spaces',
    (fields) => {
      fields.literal(VERSION)
      const published = fields.list(PUBLISHED_MAX, (item) => item.tuple(readPublished))
      return published
    },
    { bytesMax: BYTES_MAX },
  )
}

function readPublished(fields: FieldReader): Published {
  return { listing: fields.bytesUpTo(LISTING_BYTES_MAX, 1), invite: fields.id<InviteId>() }
}
