/** The record of a blob that is put or begun, and of one that is put again; the labels on both. */

import type { BlobId } from '../blob-id.ts'
import { BlobError } from '../errors.ts'
import { BLOB_PINS_MAX, BLOB_TAGS_MAX, SMALL_BLOB_BYTES_MAX } from '../limits.ts'
import { isLabel } from './blob-record.ts'
import type { BlobRecord } from './blob-record.ts'
import type { PutOptions } from './types.ts'

export function newRecord(
  id: BlobId,
  isComplete: boolean,
  options: PutOptions,
  nowMs: number,
): BlobRecord {
  return {
    id,
    isLarge: id.sizeBytes > SMALL_BLOB_BYTES_MAX,
    isComplete,
    addedAtMs: nowMs,
    usedAtMs: nowMs,
    expiresAtMs: options.ttlMs === undefined ? undefined : nowMs + Math.ceil(options.ttlMs),
    pins: options.pinned === undefined ? [] : [options.pinned],
    tags: [...new Set(options.tags)].sort(),
  }
}

/** Of two times to live the longer counts. @throws BlobError `BLOB_LABEL` when the labels become too many */
export function mergedRecord(record: BlobRecord, options: PutOptions, nowMs: number): BlobRecord {
  const added = newRecord(record.id, record.isComplete, options, nowMs)
  const isEndless = record.expiresAtMs === undefined || added.expiresAtMs === undefined
  return {
    ...record,
    usedAtMs: nowMs,
    expiresAtMs: isEndless ? undefined : Math.max(record.expiresAtMs!, added.expiresAtMs!),
    pins: added.pins.reduce((all, pin) => withLabel(all, pin, BLOB_PINS_MAX), record.pins),
    tags: added.tags.reduce((all, tag) => withLabel(all, tag, BLOB_TAGS_MAX), record.tags),
  }
}

/** @throws BlobError `BLOB_LABEL` when there are too many */
export function withLabel(
  labels: readonly string[],
  label: string,
  countMax: number,
): readonly string[] {
  if (labels.includes(label)) return labels
  if (labels.length >= countMax) throw badLabel(`expected at most ${countMax} labels`)
  return [...labels, label].sort()
}

/** @throws BlobError `BLOB_LABEL` */
export function checkLabels(options: PutOptions): void {
  if (options.pinned !== undefined) checkLabel(options.pinned)
  for (const tag of options.tags ?? []) checkLabel(tag)
  if ((options.tags?.length ?? 0) > BLOB_TAGS_MAX) {
    throw badLabel(`expected at most ${BLOB_TAGS_MAX} tags`)
  }
}

/** @throws BlobError `BLOB_LABEL` */
export function checkLabel(label: string): void {
  if (!isLabel(label)) throw badLabel('expected a label of 1 to 200 bytes')
}

function badLabel(message: string): BlobError {
  return new BlobError('BLOB_LABEL', message)
}
