/**
 * Entry bundles of C2SP tlog-tiles: the entries under one tile of level 0, each after its length.
 *
 *     OFFSET  SIZE  FIELD
 *          0     2  n, length of the entry, big-endian
 *          2     n  the entry: its leaf hash is SHA-256(0x00 || entry)
 *          …        the next
 *
 * Two bytes of length bound an entry to 65,535 bytes; a log that holds a larger one cannot be published.
 */

import { assert, concatBytes } from '@hamlet/core'
import { BUNDLE_BYTES_MAX, ENTRY_BYTES_MAX } from './limits.ts'
import { TILE_WIDTH } from './tile-layout.ts'

const LENGTH_BYTES = 2

export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    ...entries.flatMap((entry) => {
      assert(entry.length <= ENTRY_BYTES_MAX, 'an entry of a bundle has at most 65,535 bytes')
      return [Uint8Array.of(entry.length >>> 8, entry.length & 0xff), entry]
    }),
  )
}

/** The entries, or `undefined` unless there are exactly `width` and nothing else. Copies. */
export function decodeBundle(bytes: Uint8Array, width: number): readonly Uint8Array[] | undefined {
  if (bytes.length > BUNDLE_BYTES_MAX || width < 1 || width > TILE_WIDTH) return undefined
  const entries: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    if (entries.length === width || at + LENGTH_BYTES > bytes.length) return undefined
    const start = at + LENGTH_BYTES
    at = start + bytes[at]! * 256 + bytes[at + 1]!
    if (at > bytes.length) return undefined
    entries.push(bytes.slice(start, at))
  }
  return entries.length === width ? entries : undefined
}
