/**
 * Where plain and sealed bytes lie: the arithmetic of sealed blobs, without any cryptography.
 *
 * Plain bytes are cut into segments of 65,520; each is sealed to 65,536, which is four leaves of the tree. The last
 * segment may be shorter, and an empty blob is one segment of nothing, so that cutting a blob off is always noticed.
 *
 *     PLAIN               SEALED
 *     0                   16
 *     1                   17
 *     65,520              65,536
 *     65,521              65,553
 */

import { assert } from '@hamlet/core'

export const SEAL_KEY_BYTES = 32
export const SEAL_TAG_BYTES = 16
/** Sealed bytes of a segment that is not the last: four leaves. */
export const SEGMENT_BYTES = 65_536
/** Plain bytes of a segment that is not the last. */
export const SEGMENT_PLAIN_BYTES = SEGMENT_BYTES - SEAL_TAG_BYTES

export interface Segment {
  readonly index: number
  readonly isLast: boolean
  /** Where its sealed bytes lie. */
  readonly offset: number
  readonly length: number
}

/** Sealed bytes of a blob of `plainBytes`. */
export function sealedSize(plainBytes: number): number {
  assert(Number.isSafeInteger(plainBytes) && plainBytes >= 0, 'a size is a safe integer')
  return plainBytes + SEAL_TAG_BYTES * segmentCount(plainBytes)
}

/** Plain bytes in a sealed blob of `sealedBytes`, or `undefined` when none is that long. */
export function plainSize(sealedBytes: number): number | undefined {
  if (!Number.isSafeInteger(sealedBytes) || sealedBytes < SEAL_TAG_BYTES) return undefined
  const plainBytes = sealedBytes - SEAL_TAG_BYTES * Math.ceil(sealedBytes / SEGMENT_BYTES)
  return plainBytes >= 0 && sealedSize(plainBytes) === sealedBytes ? plainBytes : undefined
}

/** Segments of a blob of `plainBytes`; at least one. */
export function segmentCount(plainBytes: number): number {
  return Math.max(1, Math.ceil(plainBytes / SEGMENT_PLAIN_BYTES))
}

/** Segment `index` of a blob of `plainBytes`. */
export function segmentAt(plainBytes: number, index: number): Segment {
  const count = segmentCount(plainBytes)
  assert(index >= 0 && index < count, `segment ${index} of ${count}`)
  const isLast = index === count - 1
  const offset = index * SEGMENT_BYTES
  return { index, isLast, offset, length: isLast ? sealedSize(plainBytes) - offset : SEGMENT_BYTES }
}

/** The range of sealed bytes that opens plain bytes `offset` to `offset + length`; whole segments. */
export function sealedRange(
  plainBytes: number,
  offset: number,
  length: number,
): { readonly offset: number; readonly length: number } {
  assertRange(plainBytes, offset, length)
  const first = segmentAt(plainBytes, segmentOf(plainBytes, offset))
  const last = segmentAt(plainBytes, segmentOf(plainBytes, offset + Math.max(0, length - 1)))
  return { offset: first.offset, length: last.offset + last.length - first.offset }
}

/** The segment that holds plain byte `offset`; the last one for the end of the blob. */
export function segmentOf(plainBytes: number, offset: number): number {
  return Math.min(Math.floor(offset / SEGMENT_PLAIN_BYTES), segmentCount(plainBytes) - 1)
}

export function assertRange(plainBytes: number, offset: number, length: number): void {
  assert(
    Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length) && length >= 0,
    'a range is two safe integers',
  )
  assert(offset + length <= plainBytes, `bytes ${offset} to ${offset + length} of ${plainBytes}`)
}
