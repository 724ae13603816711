/**
 * Files that were prepared for messages and bills and stand in none yet. A small file replaced at every change, so that they outlive the
 * peer.
 *
 * A CBOR array: version 1; prepared (array of `[id 16 B, space 32 B, milliseconds, is named, ATTACHMENT]`). _Named_: an entry with it was
 * begun, and may stand in the space.
 *
 * Invariant: `update` resolves when the change is durable; a crash leaves the file before or after it.
 */

import { attachmentToCbor, readAttachment } from '@hamlet/blobs'
import type { Attachment } from '@hamlet/blobs'
import { bytesToHex, decodeFields, encodeCbor, hexToBytes, idToBytes } from '@hamlet/core'
import type { CborError, CborValue, Disk, FieldReader, Logger, Result, SpaceId } from '@hamlet/core'

/** Files that are prepared at a time. */
export const PREPARED_MAX = 1_000

const PREPARED_FILE = 'prepared'
const VERSION = 1
const ID_BYTES = 16
const BYTES_MAX = 2 * 1024 * 1024
const ITEMS_MAX = 20_000

export interface PreparedNote {
  readonly space: SpaceId
  readonly atMs: number
  readonly isNamed: boolean
  readonly attachment: Attachment
}

/** By id: 32 hex digits. */
export type PreparedNotes = ReadonlyMap<string, PreparedNote>

export class PreparedBook {
  readonly #disk: Disk
  #notes: PreparedNotes
  #writing: Promise<void> = Promise.resolve()

  private constructor(disk: Disk, notes: PreparedNotes) {
    this.#disk = disk
    this.#notes = notes
  }

  /** A damaged one is nothing that anybody would miss for long. */
  static async open(disk: Disk, logger: Logger): Promise<PreparedBook> {
    const bytes = await disk.readAll(PREPARED_FILE)
    const decoded = bytes && decodePreparedNotes(bytes)
    if (decoded?.ok === false) logger.warn('the list of prepared files is damaged', {})
    return new PreparedBook(disk, decoded?.ok === true ? decoded.value : new Map())
  }

  get value(): PreparedNotes {
    return this.#notes
  }

  async update(id: string, note: PreparedNote | undefined): Promise<void> {
    const others = [...this.#notes].filter(([each]) => each !== id)
    this.#notes = new Map(note === undefined ? others : [...others, [id, note]])
    const write = this.#writing.then(() =>
      this.#disk.write(PREPARED_FILE, encodePreparedNotes(this.#notes)),
    )
    this.#writing = write.catch(() => undefined)
    await write
  }
}

export function encodePreparedNotes(notes: PreparedNotes): Uint8Array {
  const items = [...notes].map(([id, { space, atMs, isNamed, attachment }]): CborValue => {
    return [hexToBytes(id), idToBytes(space), atMs, isNamed, attachmentToCbor(attachment)]
  })
  return encodeCbor([VERSION, items])
}

export function decodePreparedNotes(bytes: Uint8Array): Result<PreparedNotes, CborError> {
  const limits = { bytesMax: BYTES_MAX, itemsMax: ITEMS_MAX }
  return decodeFields(bytes, 'prepared files', readNotes, limits)
}

function readNotes(fields: FieldReader): PreparedNotes {
  fields.literal(VERSION)
  const pairs = fields.list(PREPARED_MAX, (item) => item.tuple(readNote))
  const notes = new Map(pairs)
  if (notes.size !== pairs.length) throw fields.refuse('a file twice')
  return notes
}

function readNote(fields: FieldReader): [string, PreparedNote] {
  const id = bytesToHex(fields.bytes(ID_BYTES))
  const note = {
    space: fields.id<SpaceId>(),
    atMs: fields.uint(),
    isNamed: fields.boolean(),
    attachment: fields.tuple(readAttachment),
  }
  return [id, note]
}
