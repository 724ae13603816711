/**
 * Blobs sealed before they leave: whoever stores or carries one sees its length and nothing else.
 *
 * What is stored, hashed and sent is the sealed form, so the tree names and proves ciphertext and helpers need no key.
 * Each blob has a random key of its own, used for no other bytes; it stands in the entry, manifest or link that names
 * the blob. The form is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its
 * Nonce-Reuse Misuse-Resistance", 2015) over AES-256-GCM. Format: `docs/formats/sealed-blob.md`.
 *
 *     OFFSET          SIZE           FIELD
 *     65,536 i        65,536         segment i: 65,520 bytes of AES-256-GCM, then its tag of 16 bytes
 *     65,536 (n - 1)  16 to 65,536   the last of n segments, likewise; only that of an empty blob holds nothing
 *
 *     nonce = i as 11 bytes, big-endian || 1 for the last segment, otherwise 0
 *     aad   = "hamlet/v1/blob-segment\0"
 *
 * Invariants:
 * 1. A segment opens only at its own place, so none can be moved, repeated or left out; and only the last one opens as
 *    the last, so a blob cannot be cut off or made longer.
 * 2. A segment is four leaves, and any range opens on its own: at most two segments more are read than the range needs.
 * 3. Sealing and opening hold a few segments, however long the blob is.
 * 4. Nothing that was not sealed under the key is ever given out.
 */

import { assert, utf8 } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { CipherError } from './errors.ts'
import {
  assertRange,
  SEAL_KEY_BYTES,
  SEAL_TAG_BYTES,
  SEGMENT_PLAIN_BYTES,
  segmentAt,
  segmentCount,
  segmentOf,
} from './segments.ts'
import type { Segment } from './segments.ts'

const AAD = utf8('hamlet/v1/blob-segment\0')
const NONCE_BYTES = 12

/** Gives `length` sealed bytes from `offset`. */
export type ReadSealed = (offset: number, length: number) => Promise<Uint8Array> | Uint8Array

/**
 * The sealed form of `source`, a segment at a time.
 *
 * @param key 32 random bytes, never used for other bytes.
 */
export async function* sealBlob(
  crypto: Crypto,
  key: Uint8Array,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  assertKey(key)
  const segment = new Uint8Array(SEGMENT_PLAIN_BYTES)
  let filled = 0
  let index = 0
  for await (const bytes of source) {
    for (let used = 0; used < bytes.length;) {
      // Only when more follows is it known that a full segment is not the last one.
      if (filled === SEGMENT_PLAIN_BYTES) {
        yield sealSegment(crypto, key, index++, false, segment)
        filled = 0
      }
      const taken = Math.min(bytes.length - used, SEGMENT_PLAIN_BYTES - filled)
      segment.set(bytes.subarray(used, used + taken), filled)
      filled += taken
      used += taken
    }
  }
  yield sealSegment(crypto, key, index, true, segment.subarray(0, filled))
}

/** As {@link sealBlob}, of bytes that are at hand. */
export function sealBytes(crypto: Crypto, key: Uint8Array, plain: Uint8Array): Uint8Array {
  assertKey(key)
  const count = segmentCount(plain.length)
  const sealed = new Uint8Array(plain.length + count * SEAL_TAG_BYTES)
  for (let index = 0; index < count; index++) {
    const start = index * SEGMENT_PLAIN_BYTES
    const piece = plain.subarray(start, start + SEGMENT_PLAIN_BYTES)
    sealed.set(
      sealSegment(crypto, key, index, index === count - 1, piece),
      start + index * SEAL_TAG_BYTES,
    )
  }
  return sealed
}

/**
 * Plain bytes `offset` to `offset + length` of a sealed blob, a segment's worth at a time.
 *
 * @param plainBytes what the whole blob holds: `plainSize` of its sealed size.
 * @throws CipherError `BLOB_SEAL_BROKEN`; and whatever `readSealed` throws.
 */
export async function* openRange(
  crypto: Crypto,
  key: Uint8Array,
  plainBytes: number,
  range: { readonly offset: number; readonly length: number },
  readSealed: ReadSealed,
): AsyncGenerator<Uint8Array, void, void> {
  assertKey(key)
  const { offset, length } = range
  assertRange(plainBytes, offset, length)
  const end = offset + length
  const first = segmentOf(plainBytes, offset)
  // An empty blob has a segment too: opening it is what shows that it was not cut off.
  if (length === 0 && plainBytes > 0) return
  for (let index = first; index === first || index * SEGMENT_PLAIN_BYTES < end; index++) {
    const segment = segmentAt(plainBytes, index)
    const plain = openSegment(
      crypto,
      key,
      segment,
      await readSealed(segment.offset, segment.length),
    )
    const start = index * SEGMENT_PLAIN_BYTES
    const wanted = plain.subarray(Math.max(0, offset - start), Math.max(0, end - start))
    if (wanted.length > 0) yield wanted
  }
}

/** The whole of a sealed blob that is at hand. @throws CipherError `BLOB_SEAL_BROKEN` */
export function openBytes(crypto: Crypto, key: Uint8Array, sealed: Uint8Array): Uint8Array {
  assertKey(key)
  const count = Math.max(1, Math.ceil(sealed.length / (SEGMENT_PLAIN_BYTES + SEAL_TAG_BYTES)))
  const plainBytes = sealed.length - count * SEAL_TAG_BYTES
  if (plainBytes < 0 || segmentCount(plainBytes) !== count) throw broken(count - 1)
  const plain = new Uint8Array(plainBytes)
  for (let index = 0; index < count; index++) {
    const segment = segmentAt(plainBytes, index)
    const bytes = sealed.subarray(segment.offset, segment.offset + segment.length)
    plain.set(openSegment(crypto, key, segment, bytes), index * SEGMENT_PLAIN_BYTES)
  }
  return plain
}

function sealSegment(
  crypto: Crypto,
  key: Uint8Array,
  index: number,
  isLast: boolean,
  plain: Uint8Array,
): Uint8Array {
  return crypto.encrypt('aes-256-gcm', key, nonceOf(index, isLast), plain, AAD)
}

function openSegment(
  crypto: Crypto,
  key: Uint8Array,
  { index, isLast, length }: Segment,
  sealed: Uint8Array,
): Uint8Array {
  if (sealed.length !== length) throw broken(index)
  const plain = crypto.decrypt('aes-256-gcm', key, nonceOf(index, isLast), sealed, AAD)
  if (plain === undefined) throw broken(index)
  return plain
}

/** A segment's number takes 8 of the 11 bytes: a blob has at most 2^24. */
function nonceOf(index: number, isLast: boolean): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES)
  const view = new DataView(nonce.buffer)
  view.setBigUint64(3, BigInt(index))
  nonce[NONCE_BYTES - 1] = isLast ? 1 : 0
  return nonce
}

function assertKey(key: Uint8Array): void {
  assert(key.length === SEAL_KEY_BYTES, `a key has ${SEAL_KEY_BYTES} bytes, got ${key.length}`)
}

function broken(index: number): CipherError {
  return new CipherError('BLOB_SEAL_BROKEN', `segment ${index} does not open under this key`, {
    fields: { segment: index },
  })
}
