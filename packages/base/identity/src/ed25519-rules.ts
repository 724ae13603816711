/**
 * The part of strict Ed25519 that can be told from the bytes alone, shared by every backend.
 *
 * RFC 8032 leaves room: libraries differ on points of small order, on encodings with y >= p and on whether the
 * equation is multiplied by the cofactor. Peers that differ on one signature differ on a log, so Hamlet has one rule:
 *
 * 1. A (the public key) and R are canonical encodings (y < 2^255 - 19) and not of small order.
 * 2. S < L.
 * 3. R is byte for byte the encoding of [S]B - [k]A (the equation without the cofactor, RFC 8032 section 5.1.7).
 *
 * Rule 1 is here; 2 and 3 are what OpenSSL does and what the portable backend computes itself, because noble's own
 * `verify` multiplies by the cofactor even in its strict mode.
 *
 * The small-order points have five y coordinates: 0, 1, -1 and the two of order 8; the sign bit does not matter.
 */

import { equalBytes, hexToBytes } from '@hamlet/core'

export const ED25519_POINT_BYTES = 32

const SMALL_ORDER_Y = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(hexToBytes)

/** Whether `point` may be parsed as an Ed25519 public key or as the R of a signature: rule 1. */
export function isStrictEd25519Point(point: Uint8Array): boolean {
  return point.length === ED25519_POINT_BYTES && isCanonical(point) && !isSmallOrder(point)
}

/** y < p = 2^255 - 19, little-endian, the top bit being the sign of x. */
function isCanonical(point: Uint8Array): boolean {
  if ((point[31]! & 0x7f) !== 0x7f || point[0]! < 0xed) return true
  for (let i = 1; i < 31; i++) {
    if (point[i] !== 0xff) return true
  }
  return false
}

function isSmallOrder(point: Uint8Array): boolean {
  // Not `slice`: of a Buffer that is a view, and clearing the sign would change the caller's key or signature.
  const y = Uint8Array.from(point)
  y[31] = y[31]! & 0x7f
  return SMALL_ORDER_Y.some((candidate) => equalBytes(candidate, y))
}
