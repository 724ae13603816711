/**
 * What was put into an upload, on the disk: one file for each upload that is not finished, so that it outlives the peer.
 *
 *     uploads/<32 hex>   frames, one after the other, each [length u32 BE][CRC-32C of the record u32 BE][record]
 *     record             a canonical CBOR array, the first of them `begun`:
 *       begun      [0, milliseconds, version 1, space 32 B | null, name, is a folder, is public, [tracker] | null, [web seed] | null]
 *       small      [1, milliseconds, path, bytes]                     waits to go into a blob with others
 *       stored     [2, milliseconds, BLOB, [[path, bytes, offset]]]   a blob and the files in it, none of which waits any more
 *       finishing  [3, milliseconds, key 32 B | null]                 of the manifest, if nothing else was put in since
 *     BLOB         [root 32 B, plain bytes, key 32 B | null]
 *
 * The idea: a blob is durable before the record that names it, and a record before anybody is told. What stands behind the last whole
 * frame was never promised to anybody, and is cut off. `docs/formats/files.md` has the same table.
 *
 * Invariants:
 * 1. After `sync`, everything that was appended before is read again after a crash.
 * 2. `rewrite` leaves the file before or after it.
 */

import { concatBytes, crc32c, decodeFields, encodeCbor, idToBytes } from '@hamlet/core'
import type { CborValue, Disk, DiskFile, FieldReader, SpaceId } from '@hamlet/core'
import {
  FILE_NAME_BYTES_MAX,
  PACKED_FILE_BYTES_MAX,
  SHARE_BYTES_MAX,
  SHARE_FILES_MAX,
} from '@hamlet/files'
import type { ManifestBlob } from '@hamlet/files'
import type { UploadInput } from '@hamlet/http/api'
import { SHARE_TRACKERS_MAX } from './tracker-book.ts'
import { TRACKER_URL_LENGTH_MAX } from './tracker-wire.ts'
import { WEB_SEED_LENGTH_MAX, WEB_SEEDS_MAX } from './web-seeds.ts'

/** A path as it is put in, before it is mended. */
export const UPLOAD_PATH_BYTES_MAX = 16_384
export const UPLOADS_DIRECTORY = 'uploads'

const VERSION = 1
const HASH_BYTES = 32
const KEY_BYTES = 32
const HEAD_BYTES = 8
const RECORD_BYTES_MAX = 512 * 1024 * 1024
const RECORD_ITEMS_MAX = 1_000_000

export interface StoredFile {
  readonly path: string
  readonly sizeBytes: number
  /** In the plain bytes of the blob. */
  readonly offset: number
}

export type UploadRecord =
  | { readonly kind: 'begun'; readonly atMs: number; readonly input: UploadInput }
  | {
      readonly kind: 'small'
      readonly atMs: number
      readonly path: string
      readonly bytes: Uint8Array
    }
  | {
      readonly kind: 'stored'
      readonly atMs: number
      readonly blob: ManifestBlob
      readonly files: readonly StoredFile[]
    }
  | { readonly kind: 'finishing'; readonly atMs: number; readonly key: Uint8Array | undefined }

export class UploadLog {
  readonly #disk: Disk
  readonly #path: string
  readonly #syncs = new Set<Promise<void>>()
  #file: DiskFile

  private constructor(disk: Disk, path: string, file: DiskFile) {
    this.#disk = disk
    this.#path = path
    this.#file = file
  }

  /** Durable when resolved. */
  static async create(disk: Disk, id: string, begun: UploadRecord): Promise<UploadLog> {
    const path = pathOf(id)
    await disk.write(path, encodeFrame(begun))
    return new UploadLog(disk, path, await disk.open(path))
  }

  /** What an upload of an earlier run has left; `undefined` when that is none. */
  static async open(
    disk: Disk,
    id: string,
  ): Promise<{ readonly log: UploadLog; readonly records: readonly UploadRecord[] } | undefined> {
    const path = pathOf(id)
    const { records, lengthBytes } = readUploadLog((await disk.readAll(path)) ?? new Uint8Array(0))
    if (records.length === 0) return undefined
    const file = await disk.open(path)
    if (file.sizeBytes > lengthBytes) file.truncate(lengthBytes)
    return { log: new UploadLog(disk, path, file), records }
  }

  static async remove(disk: Disk, id: string): Promise<void> {
    await disk.remove(pathOf(id))
    await disk.syncDirectory(UPLOADS_DIRECTORY)
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes
  }

  append(record: UploadRecord): void {
    this.#file.append(encodeFrame(record))
  }

  /** Resolves when everything appended so far is durable. */
  async sync(): Promise<void> {
    const sync = this.#file.sync()
    this.#syncs.add(sync)
    try {
      await sync
    } finally {
      this.#syncs.delete(sync)
    }
  }

  /** Says the same in fewer bytes. Nothing is appended meanwhile. */
  async rewrite(records: readonly UploadRecord[]): Promise<void> {
    await this.#disk.write(this.#path, encodeUploadLog(records))
    const before = this.#file
    this.#file = await this.#disk.open(this.#path)
    await Promise.allSettled(this.#syncs)
    before.close()
  }

  close(): void {
    this.#file.close()
  }
}

/** The records of the whole frames at the beginning, and how long these are. Never throws. */
export function readUploadLog(bytes: Uint8Array): {
  readonly records: readonly UploadRecord[]
  readonly lengthBytes: number
} {
  const records: UploadRecord[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (bytes.length - at >= HEAD_BYTES) {
    const end = at + HEAD_BYTES + view.getUint32(at)
    if (end > bytes.length) break
    const body = bytes.subarray(at + HEAD_BYTES, end)
    if (crc32c(body) !== view.getUint32(at + 4)) break
    const record = decodeRecord(body)
    if (record === undefined || (record.kind === 'begun') !== (records.length === 0)) break
    records.push(record)
    at = end
  }
  return { records, lengthBytes: at }
}

export function encodeUploadLog(records: readonly UploadRecord[]): Uint8Array {
  return concatBytes(...records.map(encodeFrame))
}

function pathOf(id: string): string {
  return `${UPLOADS_DIRECTORY}/${id}`
}

function encodeFrame(record: UploadRecord): Uint8Array {
  const body = encodeCbor(toCbor(record))
  const frame = new Uint8Array(HEAD_BYTES + body.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, body.length)
  view.setUint32(4, crc32c(body))
  frame.set(body, HEAD_BYTES)
  return frame
}

function toCbor(record: UploadRecord): CborValue {
  const { atMs } = record
  switch (record.kind) {
    case 'begun': {
      const { space, name, isFolder, isPublic, trackers, webSeeds } = record.input
      const where = space === undefined ? null : idToBytes(space as SpaceId)
      const named = [trackers ?? null, webSeeds ?? null]
      return [0, atMs, VERSION, where, name, isFolder, isPublic === true, ...named]
    }
    case 'small':
      return [1, atMs, record.path, record.bytes]
    case 'stored': {
      const { root, plainBytes, key } = record.blob
      const files = record.files.map(({ path, sizeBytes, offset }) => [path, sizeBytes, offset])
      return [2, atMs, [root, plainBytes, key ?? null], files]
    }
    case 'finishing':
      return [3, atMs, record.key ?? null]
  }
}

function decodeRecord(bytes: Uint8Array): UploadRecord | undefined {
  const limits = { bytesMax: RECORD_BYTES_MAX, itemsMax: RECORD_ITEMS_MAX }
  const decoded = decodeFields(bytes, 'record of an upload', readRecord, limits)
  return decoded.ok ? decoded.value : undefined
}

function readRecord(fields: FieldReader): UploadRecord {
  const kind = fields.uint(3)
  const atMs = fields.uint()
  switch (kind) {
    case 0:
      return { kind: 'begun', atMs, input: readInput(fields) }
    case 1:
      return { kind: 'small', atMs, path: readPath(fields), bytes: readSmall(fields) }
    case 2: {
      const blob = fields.tuple(readBlob)
      return { kind: 'stored', atMs, blob, files: readFiles(fields, blob) }
    }
    default:
      return { kind: 'finishing', atMs, key: fields.optional(() => readKey(fields)) }
  }
}

function readInput(fields: FieldReader): UploadInput {
  fields.literal(VERSION)
  const space = fields.optional(() => fields.id<SpaceId>())
  const name = fields.text(FILE_NAME_BYTES_MAX, 1)
  const [isFolder, isPublic] = [fields.boolean(), fields.boolean()]
  const trackers = readAddresses(fields, SHARE_TRACKERS_MAX, TRACKER_URL_LENGTH_MAX)
  const webSeeds = readAddresses(fields, WEB_SEEDS_MAX, WEB_SEED_LENGTH_MAX)
  return {
    ...(space === undefined ? {} : { space }),
    ...{ name, isFolder, isPublic },
    ...(trackers === undefined ? {} : { trackers }),
    ...(webSeeds === undefined ? {} : { webSeeds }),
  }
}

function readAddresses(
  fields: FieldReader,
  countMax: number,
  bytesMax: number,
): readonly string[] | undefined {
  return fields.optional(() => fields.list(countMax, (item) => item.text(bytesMax, 1)))
}

function readPath(fields: FieldReader): string {
  return fields.text(UPLOAD_PATH_BYTES_MAX, 1)
}

function readKey(fields: FieldReader): Uint8Array {
  return fields.bytes(KEY_BYTES).slice()
}

function readSmall(fields: FieldReader): Uint8Array {
  return fields.bytesUpTo(PACKED_FILE_BYTES_MAX).slice()
}

function readBlob(fields: FieldReader): ManifestBlob {
  return {
    root: fields.bytes(HASH_BYTES).slice(),
    plainBytes: fields.int(1, SHARE_BYTES_MAX),
    key: fields.optional(() => readKey(fields)),
  }
}

function readFiles(fields: FieldReader, { plainBytes }: ManifestBlob): readonly StoredFile[] {
  return fields.list(
    SHARE_FILES_MAX,
    (item) =>
      item.tuple((file) => {
        const path = readPath(file)
        const sizeBytes = file.int(1, plainBytes)
        return { path, sizeBytes, offset: file.uint(plainBytes - sizeBytes) }
      }),
    1,
  )
}
