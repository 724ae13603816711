/**
 * What of the blobs of a share is wanted: whole blobs, and of one that many small files lie in, the stretches of those that are.
 *
 * Invariants:
 * 1. A part has stretches only when less than all of its chunks is wanted.
 * 2. Stretches are in order, and none touches the next.
 */

import { CHUNK_BYTES, chunkCountOf } from '@hamlet/blobs'
import type { BlobId, ByteRange } from '@hamlet/blobs'
import type { Manifest, ManifestBlob } from '@hamlet/files'
import { blobIdOf, heldOfRange, heldPlainBytes, storedRange } from './known-share.ts'
import type { SwarmHub } from './swarm-hub.ts'

export interface WantedPart {
  /** Of the blob in the manifest. */
  readonly index: number
  readonly id: BlobId
  readonly blob: ManifestBlob
  /** The highest of the files that are wanted of it. */
  readonly weight: number
  /** Plain bytes; `undefined`: all of them. */
  readonly stretches: readonly ByteRange[] | undefined
  /** The same as it is stored and sent. */
  readonly ranges: readonly ByteRange[] | undefined
}

/** `weightOf`: of a file by its path; 0: it is not wanted. In the order of the manifest. */
export function wantedParts(
  { blobs, files }: Manifest,
  weightOf: (path: string) => number,
): readonly WantedPart[] {
  const found = new Map<number, { weight: number; isAll: boolean; stretches: ByteRange[] }>()
  for (const { path, blob: index, offset, sizeBytes } of files) {
    if (index === undefined) continue
    const part = found.get(index) ?? { weight: 0, isAll: true, stretches: [] }
    found.set(index, part)
    const weight = weightOf(path)
    part.weight = Math.max(part.weight, weight)
    if (weight === 0) part.isAll = false
    else part.stretches.push({ offset, length: sizeBytes })
  }
  const wanted = [...found].filter(([, { weight }]) => weight > 0).sort(([a], [b]) => a - b)
  return wanted.map(([index, { weight, isAll, stretches }]) => {
    const blob = blobs[index]!
    const some = isAll ? undefined : joined(stretches)
    return { index, id: blobIdOf(blob), blob, weight, ...lessThanAll(blob, some) }
  })
}

/** Plain bytes that are wanted. */
export function wantedBytesOf({ blob, stretches }: WantedPart): number {
  return stretches?.reduce((sum, { length }) => sum + length, 0) ?? blob.plainBytes
}

/** Plain bytes of it that are here. */
export function heldBytesOf(hub: SwarmHub, part: WantedPart): number {
  const { id, blob, stretches, ranges } = part
  if (stretches === undefined || ranges === undefined) return heldPlainBytes(hub, blob)
  if (hub.store.has(id)) return wantedBytesOf(part)
  const held = hub.heldChunks(id)
  if (held === undefined) return 0
  return stretches.reduce((sum, { length }, at) => {
    const range = ranges[at]!
    return sum + Math.floor((heldOfRange(held, range) * length) / Math.max(1, range.length))
  }, 0)
}

/** Whether all of it is here. */
export function isPartHere(hub: SwarmHub, { id, ranges }: WantedPart): boolean {
  if (hub.store.has(id)) return true
  return ranges?.every((range) => hub.holds(id, range)) === true
}

function lessThanAll(
  blob: ManifestBlob,
  stretches: readonly ByteRange[] | undefined,
): Pick<WantedPart, 'stretches' | 'ranges'> {
  const ranges = stretches?.map(({ offset, length }) => storedRange(blob, offset, length))
  const isLess = ranges !== undefined && chunksOf(ranges) < chunkCountOf(blobIdOf(blob).sizeBytes)
  return isLess ? { stretches, ranges } : { stretches: undefined, ranges: undefined }
}

/** How many chunks ranges in order lie in. */
function chunksOf(ranges: readonly ByteRange[]): number {
  let count = 0
  let end = 0
  for (const { offset, length } of ranges) {
    const last = Math.ceil((offset + length) / CHUNK_BYTES)
    count += Math.max(0, last - Math.max(end, Math.floor(offset / CHUNK_BYTES)))
    end = Math.max(end, last)
  }
  return count
}

/** In order, and those that touch as one: equal files may lie in one place. */
function joined(stretches: readonly ByteRange[]): readonly ByteRange[] {
  const result: { offset: number; length: number }[] = []
  for (const { offset, length } of stretches.toSorted((a, b) => a.offset - b.offset)) {
    const last = result.at(-1)
    if (last === undefined || last.offset + last.length < offset) result.push({ offset, length })
    else last.length = Math.max(last.length, offset + length - last.offset)
  }
  return result
}
