/**
 * What this device remembers about shares beside the spaces: those taken up by a link, what is wanted here, what is kept, and
 * limits. A small file replaced at every change.
 *
 * A CBOR array: version 1; links (array of `[link or blob key, milliseconds, name or null]`); wanted (array of `[share 32 B, is
 * paused, priority of the rest, [[path, priority] …]]`, a priority 0 skip, 1 low, 2 normal, 3 high); pinned (array of shares);
 * own (array of shares that were put together here); limits `[down, up, quota]` in bytes, 0: none.
 *
 * Invariant: `update` resolves when the change is durable; a crash leaves the file before or after it.
 */

import { decodeFields, encodeCbor, hexToBytes, bytesToHex } from '@hamlet/core'
import type { CborError, CborValue, Disk, FieldReader, Result } from '@hamlet/core'
import { FILE_NAME_BYTES_MAX, FILE_PATH_BYTES_MAX, SHARE_LINK_TEXT_MAX } from '@hamlet/files'
import type { FilePriority } from '@hamlet/http/api'
import { PeerError } from '../errors.ts'
import type { Wanted } from './share-transfer.ts'

/** Shares taken up by a link, and shares that something is remembered of. */
export const BOOK_SHARES_MAX = 10_000
/** Files and folders of one share whose priority is remembered. */
export const BOOK_PATHS_MAX = 10_000
const BOOK_BYTES_MAX = 64 * 1024 * 1024
const BOOK_ITEMS_MAX = 2_000_000
const RATE_MAX = 2 ** 48

const FILES_FILE = 'files'
const VERSION = 1
const ID_BYTES = 32
const PRIORITIES: readonly FilePriority[] = ['skip', 'low', 'normal', 'high']

export interface TakenLink {
  /** `hamlet:share#…`, or the key of a public blob. */
  readonly link: string
  readonly atMs: number
  /** What this person calls it. */
  readonly name: string | undefined
}

export interface BookLimits {
  /** 0: none. */
  readonly downBytesPerSecond: number
  readonly upBytesPerSecond: number
  readonly quotaBytes: number
}

export interface FilesNotes {
  readonly links: readonly TakenLink[]
  readonly wanted: ReadonlyMap<string, Wanted>
  readonly pinned: ReadonlySet<string>
  /** Put together on this device: kept until they are removed or freed. */
  readonly own: ReadonlySet<string>
  readonly limits: BookLimits
}

const NOTHING: FilesNotes = {
  links: [],
  wanted: new Map(),
  pinned: new Set(),
  own: new Set(),
  limits: { downBytesPerSecond: 0, upBytesPerSecond: 0, quotaBytes: 0 },
}

export class FilesBook {
  readonly #disk: Disk
  #notes: FilesNotes
  #writing: Promise<void> = Promise.resolve()

  private constructor(disk: Disk, notes: FilesNotes) {
    this.#disk = disk
    this.#notes = notes
  }

  /** @throws PeerError `FILES_CORRUPT` */
  static async open(disk: Disk): Promise<FilesBook> {
    const bytes = await disk.readAll(FILES_FILE)
    if (bytes === undefined) return new FilesBook(disk, NOTHING)
    const decoded = decodeFilesNotes(bytes)
    if (decoded.ok) return new FilesBook(disk, decoded.value)
    throw new PeerError('FILES_CORRUPT', 'The file of shares of this device is damaged.', {
      cause: decoded.error,
    })
  }

  get value(): FilesNotes {
    return this.#notes
  }

  async update(change: (notes: FilesNotes) => Partial<FilesNotes>): Promise<void> {
    this.#notes = { ...this.#notes, ...change(this.#notes) }
    const write = this.#writing.then(() =>
      this.#disk.write(FILES_FILE, encodeFilesNotes(this.#notes)),
    )
    this.#writing = write.catch(() => undefined)
    await write
  }
}

export function encodeFilesNotes({ links, wanted, pinned, own, limits }: FilesNotes): Uint8Array {
  const { downBytesPerSecond, upBytesPerSecond, quotaBytes } = limits
  return encodeCbor([
    VERSION,
    links.map(({ link, atMs, name }): CborValue => [link, atMs, name ?? null]),
    [...wanted].map(([share, each]) => wantedToCbor(share, each)),
    [...pinned].map(hexToBytes),
    [...own].map(hexToBytes),
    [downBytesPerSecond, upBytesPerSecond, quotaBytes],
  ])
}

export function decodeFilesNotes(bytes: Uint8Array): Result<FilesNotes, CborError> {
  const limits = { bytesMax: BOOK_BYTES_MAX, itemsMax: BOOK_ITEMS_MAX }
  return decodeFields(bytes, 'shares of this device', readNotes, limits)
}

function readNotes(fields: FieldReader): FilesNotes {
  fields.literal(VERSION)
  return {
    links: fields.list(BOOK_SHARES_MAX, (item) => item.tuple(readLink)),
    wanted: mapOf(
      fields,
      fields.list(BOOK_SHARES_MAX, (item) => item.tuple(readWanted)),
    ),
    pinned: setOf(fields, fields.list(BOOK_SHARES_MAX, readShare)),
    own: setOf(fields, fields.list(BOOK_SHARES_MAX, readShare)),
    limits: fields.tuple((inner) => ({
      downBytesPerSecond: inner.uint(RATE_MAX),
      upBytesPerSecond: inner.uint(RATE_MAX),
      quotaBytes: inner.uint(RATE_MAX),
    })),
  }
}

function mapOf<T>(
  fields: FieldReader,
  pairs: readonly (readonly [string, T])[],
): ReadonlyMap<string, T> {
  const map = new Map(pairs)
  if (map.size !== pairs.length) throw fields.refuse('something twice')
  return map
}

function setOf(fields: FieldReader, items: readonly string[]): ReadonlySet<string> {
  const set = new Set(items)
  if (set.size !== items.length) throw fields.refuse('something twice')
  return set
}

function readShare(fields: FieldReader): string {
  return bytesToHex(fields.bytes(ID_BYTES))
}

function readLink(fields: FieldReader): TakenLink {
  return {
    link: fields.text(SHARE_LINK_TEXT_MAX, 1),
    atMs: fields.uint(),
    name: fields.optional(() => fields.text(FILE_NAME_BYTES_MAX, 1)),
  }
}

function readWanted(fields: FieldReader): [string, Wanted] {
  const share = readShare(fields)
  const isPaused = fields.boolean()
  const rest = readPriority(fields)
  const paths = fields.list(BOOK_PATHS_MAX, (item) => item.tuple(readPath))
  const priorities = mapOf(fields, paths)
  return [share, { isPaused, rest, priorities }]
}

function readPath(fields: FieldReader): [string, FilePriority] {
  return [fields.text(FILE_PATH_BYTES_MAX, 1), readPriority(fields)]
}

function readPriority(fields: FieldReader): FilePriority {
  return PRIORITIES[fields.uint(PRIORITIES.length - 1)]!
}

function wantedToCbor(share: string, { isPaused, rest, priorities }: Wanted): CborValue {
  const paths = [...priorities].map(([path, each]): CborValue => [path, PRIORITIES.indexOf(each)])
  return [hexToBytes(share), isPaused, PRIORITIES.indexOf(rest), paths]
}
