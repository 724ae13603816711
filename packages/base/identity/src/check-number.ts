/**
 * The six digits two people or two screens compare after a handshake.
 *
 * They are derived from the handshake's hash and from one nonce of each side. The side that shows the code commits to
 * its nonce before it sees the other's, and opens the commitment afterwards. Without that, somebody in the middle could
 * try keys until both screens show the same digits, a million tries being little; with it they have one guess in a
 * million (the idea of ZRTP's and Bluetooth's number comparison).
 */

import { assert, concatBytes, equalBytesConstantTime, utf8 } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'

export const CHECK_NONCE_BYTES = 32
export const CHECK_DIGITS = 6

const NUMBER_DOMAIN = utf8('hamlet/v1/check-number\0')
const COMMITMENT_DOMAIN = utf8('hamlet/v1/check-commitment\0')
const NUMBER_BYTES = 16

/** What is sent in place of a nonce that may not be known yet: 32 bytes. */
export function commitToNonce(crypto: Crypto, nonce: Uint8Array): Uint8Array {
  assert(nonce.length === CHECK_NONCE_BYTES, `a nonce has ${CHECK_NONCE_BYTES} bytes`)
  return crypto.hash(COMMITMENT_DOMAIN, nonce)
}

export function isNonceCommitted(
  crypto: Crypto,
  nonce: Uint8Array,
  commitment: Uint8Array,
): boolean {
  return equalBytesConstantTime(commitToNonce(crypto, nonce), commitment)
}

/** Six digits, `"000000"` to `"999999"`, practically uniform. */
export function checkNumber(
  crypto: Crypto,
  handshakeHash: Uint8Array,
  committed: Uint8Array,
  open: Uint8Array,
): string {
  const nonces = concatBytes(committed, open)
  const bytes = crypto.hkdf(handshakeHash, nonces, NUMBER_DOMAIN, NUMBER_BYTES)
  let remainder = 0
  for (const byte of bytes) remainder = (remainder * 256 + byte) % 10 ** CHECK_DIGITS
  return String(remainder).padStart(CHECK_DIGITS, '0')
}
