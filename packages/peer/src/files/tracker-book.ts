/**
 * Which trackers this device uses. A small file replaced at every change.
 *
 * A CBOR array: version 1; trackers (array of web addresses); shares (array of `[share 32 B, [web address …]]`: what the person named
 * when they shared it, in place of what is used for all public ones).
 *
 * Invariant: `update` resolves when the change is durable; a crash leaves the file before or after it.
 */

import { bytesToHex, decodeFields, encodeCbor, hexToBytes } from '@hamlet/core'
import type { CborError, CborValue, Disk, FieldReader, Result } from '@hamlet/core'
import { PeerError } from '../errors.ts'
import { BOOK_SHARES_MAX } from './files-book.ts'
import { TRACKER_URL_LENGTH_MAX, trackerOrigin } from './tracker-wire.ts'

/** Trackers of a device. */
export const KNOWN_TRACKERS_MAX = 32
/** Trackers of one share. */
export const SHARE_TRACKERS_MAX = 8

const TRACKERS_FILE = 'trackers'
const VERSION = 1
const ID_BYTES = 32
const BYTES_MAX = 32 * 1024 * 1024
const ITEMS_MAX = 200_000

export interface TrackerNotes {
  readonly trackers: ReadonlySet<string>
  /** By share. */
  readonly shares: ReadonlyMap<string, ReadonlySet<string>>
}

export class TrackerBook {
  readonly #disk: Disk
  #notes: TrackerNotes
  #writing: Promise<void> = Promise.resolve()

  private constructor(disk: Disk, notes: TrackerNotes) {
    this.#disk = disk
    this.#notes = notes
  }

  /** @throws PeerError `TRACKERS_CORRUPT` */
  static async open(disk: Disk): Promise<TrackerBook> {
    const bytes = await disk.readAll(TRACKERS_FILE)
    if (bytes === undefined) {
      return new TrackerBook(disk, { trackers: new Set(), shares: new Map() })
    }
    const decoded = decodeTrackerNotes(bytes)
    if (decoded.ok) return new TrackerBook(disk, decoded.value)
    throw new PeerError('TRACKERS_CORRUPT', 'The file of trackers of this device is damaged.', {
      cause: decoded.error,
    })
  }

  get value(): TrackerNotes {
    return this.#notes
  }

  async update(change: (notes: TrackerNotes) => Partial<TrackerNotes>): Promise<void> {
    this.#notes = { ...this.#notes, ...change(this.#notes) }
    const write = this.#writing.then(() =>
      this.#disk.write(TRACKERS_FILE, encodeTrackerNotes(this.#notes)),
    )
    this.#writing = write.catch(() => undefined)
    await write
  }
}

export function encodeTrackerNotes({ trackers, shares }: TrackerNotes): Uint8Array {
  return encodeCbor([
    VERSION,
    [...trackers],
    [...shares].map(([share, urls]): CborValue => [hexToBytes(share), [...urls]]),
  ])
}

export function decodeTrackerNotes(bytes: Uint8Array): Result<TrackerNotes, CborError> {
  const limits = { bytesMax: BYTES_MAX, itemsMax: ITEMS_MAX }
  return decodeFields(bytes, 'trackers of this device', readNotes, limits)
}

function readNotes(fields: FieldReader): TrackerNotes {
  fields.literal(VERSION)
  const trackers = setOf(fields, fields.list(KNOWN_TRACKERS_MAX, readUrl))
  const pairs = fields.list(BOOK_SHARES_MAX, (item) =>
    item.tuple((pair): [string, ReadonlySet<string>] => [
      bytesToHex(pair.bytes(ID_BYTES)),
      setOf(pair, pair.list(SHARE_TRACKERS_MAX, readUrl)),
    ]),
  )
  const shares = new Map(pairs)
  if (shares.size !== pairs.length) throw fields.refuse('a share twice')
  return { trackers, shares }
}

function readUrl(fields: FieldReader): string {
  const text = fields.text(TRACKER_URL_LENGTH_MAX, 1)
  if (trackerOrigin(text, true) !== text) throw fields.refuse('no address of a tracker')
  return text
}

function setOf(fields: FieldReader, items: readonly string[]): ReadonlySet<string> {
  const set = new Set(items)
  if (set.size !== items.length) throw fields.refuse('a tracker twice')
  return set
}
