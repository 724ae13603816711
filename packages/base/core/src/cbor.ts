/**
 * Strict canonical CBOR (RFC 8949) in the dag-cbor profile of IPLD: one value has exactly one encoding.
 *
 * Signatures and hashes cover encoded bytes, so a decoder that tolerates a second spelling lets two peers disagree on
 * what was signed. `decodeCbor` therefore accepts a byte string only if `encodeCbor` of the result gives it back.
 * Both are written here rather than taken from a library because strictness and limits are the point and entry
 * headers are decoded by the hundred thousand; `cborg` is the independent oracle in the tests.
 *
 * Source: https://ipld.io/specs/codecs/dag-cbor/spec/ and RFC 8949 section 4.2.
 *
 *     MAJOR  ITEM               JAVASCRIPT              RULE
 *     0      unsigned integer   number, bigint > 2^53   shortest head
 *     1      negative integer   number, bigint          shortest head, down to -2^64
 *     2      byte string        Uint8Array              definite length, shortest head
 *     3      text string        string                  valid UTF-8
 *     4      array              array                   definite length
 *     5      map                Map                     text keys, unique, shorter first, then bytewise
 *     6      tag                CborLink                only 42: a CID in a byte string with a leading zero byte
 *     7      simple, float      boolean, null, number   f4 f5 f6 and 64-bit floats; no NaN, no infinity
 *
 * Invariants:
 * 1. `decodeCbor` never throws, and checks every length against the input and the limits before it allocates.
 * 2. decode then encode gives the same bytes. A float that is a safe integer is refused, because the number would be
 *    encoded as an integer; `-0` is one of those.
 * 3. Decoded bytes are copies: changing the input later does not change the value.
 * 4. Maps become `Map`, so `__proto__` is a key like any other.
 *
 * Worked example: `['hamlet', 2, h'01ff', null]` is `84 66 68616d6c6574 02 42 01ff f6`.
 */

import { CborDecoder } from './cbor-decoder.ts'
import type { CborLimits } from './cbor-decoder.ts'
import { CborEncoder } from './cbor-encoder.ts'
import { CborError } from './errors.ts'
import type { CborValue } from './cbor-value.ts'
import { FRAME_BYTES_MAX } from './limits.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'

/** One for all calls: a fresh 4 KiB buffer each time halves the speed for entry headers (345k to 650k a second). */
const encoder = new CborEncoder()

/** @throws AssertionError for values CBOR or the profile cannot hold: NaN, lone surrogates, depth beyond 32. */
export function encodeCbor(value: CborValue): Uint8Array {
  return encoder.encode(value)
}

export function decodeCbor(
  bytes: Uint8Array,
  limits: CborLimits = {},
): Result<CborValue, CborError> {
  const bytesMax = limits.bytesMax ?? FRAME_BYTES_MAX
  if (bytes.length > bytesMax) {
    return err(
      new CborError('CBOR_LIMIT', `expected at most ${bytesMax} bytes, got ${bytes.length}`),
    )
  }
  try {
    return ok(new CborDecoder(bytes, limits).decode())
  } catch (error) {
    if (error instanceof CborError) return err(error)
    throw error
  }
}
