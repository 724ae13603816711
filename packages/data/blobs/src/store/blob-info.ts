/** What is said of a blob and of the whole store, from the catalog alone. */

import type { Catalog, CatalogEntry } from './catalog.ts'
import { heldBytesOf } from './held-bytes.ts'
import type { BlobFilter, BlobInfo, BlobStats } from './types.ts'

export function infoOf(entry: CatalogEntry): BlobInfo {
  const { record, key } = entry
  return {
    id: record.id,
    key,
    sizeBytes: record.id.sizeBytes,
    heldBytes: heldBytesIn(entry),
    isComplete: record.isComplete,
    pins: record.pins,
    tags: record.tags,
    expiresAtMs: record.expiresAtMs,
    addedAtMs: record.addedAtMs,
    usedAtMs: entry.usedAtMs,
  }
}

export function fitsFilter(entry: CatalogEntry, filter: BlobFilter): boolean {
  const { pins, tags } = entry.record
  if (filter.pin !== undefined && !pins.includes(filter.pin)) return false
  return filter.tag === undefined || tags.includes(filter.tag)
}

export function statsOf(catalog: Catalog, quotaBytes: number | undefined): BlobStats {
  let [completeCount, heldBytes, pinnedBytes] = [0, 0, 0]
  for (const entry of catalog.entries()) {
    if (entry.record.isComplete) completeCount++
    heldBytes += heldBytesIn(entry)
    if (entry.record.pins.length > 0) pinnedBytes += entry.record.id.sizeBytes
  }
  return {
    blobCount: catalog.size,
    completeCount,
    heldBytes,
    reservedBytes: catalog.reservedBytes,
    pinnedBytes,
    quotaBytes,
    garbageBytes: catalog.garbageBytes,
  }
}

function heldBytesIn(entry: CatalogEntry): number {
  const { record, body } = entry
  if (record.isComplete) return record.id.sizeBytes
  return body ? heldBytesOf(body.chunks, record.id.sizeBytes) : entry.heldBytes
}
