/**
 * What a store knows of a blob besides its bytes: a CBOR array in a frame of a pack (`pack-frame.ts`).
 *
 *     [1, root, size, isLarge, isComplete, addedAtMs, usedAtMs, expiresAtMs or null, [pin, …], [tag, …]]
 *
 * Pins and tags are sorted and distinct. A record is always the whole truth of its blob: the newest one counts alone.
 */

import { decodeFields, encodeCbor, utf8 } from '@hamlet/core'
import type { FieldReader } from '@hamlet/core'
import { ROOT_BYTES, isBlobId } from '../blob-id.ts'
import type { BlobId } from '../blob-id.ts'
import {
  BLOB_BYTES_MAX,
  BLOB_LABEL_BYTES_MAX,
  BLOB_PINS_MAX,
  BLOB_RECORD_BYTES_MAX,
  BLOB_TAGS_MAX,
} from '../limits.ts'

export interface BlobRecord {
  readonly id: BlobId
  /** In files of its own. */
  readonly isLarge: boolean
  readonly isComplete: boolean
  readonly addedAtMs: number
  readonly usedAtMs: number
  readonly expiresAtMs: number | undefined
  readonly pins: readonly string[]
  readonly tags: readonly string[]
}

const VERSION = 1

export function encodeBlobRecord(record: BlobRecord): Uint8Array {
  return encodeCbor([
    VERSION,
    record.id.root,
    record.id.sizeBytes,
    record.isLarge,
    record.isComplete,
    record.addedAtMs,
    record.usedAtMs,
    record.expiresAtMs ?? null,
    record.pins,
    record.tags,
  ])
}

/** `undefined` for anything but a record in its one form. */
export function decodeBlobRecord(bytes: Uint8Array): BlobRecord | undefined {
  const limits = { bytesMax: BLOB_RECORD_BYTES_MAX }
  const decoded = decodeFields(bytes, 'blob record', readRecord, limits)
  if (!decoded.ok) return undefined
  const { id, pins, tags } = decoded.value
  if (!isBlobId(id.root, id.sizeBytes) || !areLabels(pins) || !areLabels(tags)) return undefined
  return decoded.value
}

export function isLabel(text: string): boolean {
  return text !== '' && text.isWellFormed() && utf8(text).length <= BLOB_LABEL_BYTES_MAX
}

function readRecord(fields: FieldReader): BlobRecord {
  fields.literal(VERSION)
  return {
    id: { root: fields.bytes(ROOT_BYTES), sizeBytes: fields.uint(BLOB_BYTES_MAX) },
    isLarge: fields.boolean(),
    isComplete: fields.boolean(),
    addedAtMs: fields.uint(),
    usedAtMs: fields.uint(),
    expiresAtMs: fields.optional(() => fields.uint()),
    pins: fields.list(BLOB_PINS_MAX, (items) => items.text(BLOB_LABEL_BYTES_MAX)),
    tags: fields.list(BLOB_TAGS_MAX, (items) => items.text(BLOB_LABEL_BYTES_MAX)),
  }
}

function areLabels(labels: readonly string[]): boolean {
  return labels.every((label, at) => isLabel(label) && (at === 0 || labels[at - 1]! < label))
}
