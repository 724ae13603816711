/**
 * Which X25519 public keys may be parsed: canonical ones (u < 2^255 - 19) that are not of small order.
 *
 * RFC 7748 masks the top bit and reduces, so a key has several spellings; and seven points give the all-zero shared
 * secret whatever the private key. A prekey of that kind in a certificate would make sealing fail for a whole epoch,
 * so it is refused where it enters.
 */

import { equalBytes, hexToBytes } from '@hamlet/core'

export const X25519_KEY_BYTES = 32

const SMALL_ORDER_U = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(hexToBytes)

export function isStrictX25519Key(publicKey: Uint8Array): boolean {
  if (publicKey.length !== X25519_KEY_BYTES || !isCanonical(publicKey)) return false
  return !SMALL_ORDER_U.some((point) => equalBytes(point, publicKey))
}

/** u < p, little-endian, with the unused top bit clear. */
function isCanonical(publicKey: Uint8Array): boolean {
  if (publicKey[31]! >= 0x80) return false
  if (publicKey[31] !== 0x7f || publicKey[0]! < 0xed) return true
  for (let i = 1; i < 31; i++) {
    if (publicKey[i] !== 0xff) return true
  }
  return false
}
