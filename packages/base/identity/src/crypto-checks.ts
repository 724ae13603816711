/** Lengths every crypto backend asserts: a wrong one is a bug of the caller, since decoders fix the lengths of input. */

import { assert } from '@hamlet/core'

export const SECRET_KEY_BYTES = 32
export const SIGNATURE_BYTES = 64
export const P256_POINT_BYTES = 65
export const AEAD_KEY_BYTES = 32
export const AEAD_NONCE_BYTES = 12
export const AEAD_TAG_BYTES = 16
/** RFC 5869 section 2.3: 255 blocks of SHA-256. */
export const HKDF_BYTES_MAX = 255 * 32

export function assertSecretKey(key: Uint8Array): void {
  assert(key.length === SECRET_KEY_BYTES, `a secret key has ${SECRET_KEY_BYTES} bytes`)
}

export function assertAead(key: Uint8Array, nonce: Uint8Array): void {
  assert(key.length === AEAD_KEY_BYTES, `an AEAD key has ${AEAD_KEY_BYTES} bytes`)
  assert(nonce.length === AEAD_NONCE_BYTES, `an AEAD nonce has ${AEAD_NONCE_BYTES} bytes`)
}

export function assertHkdfLength(length: number): void {
  const valid = Number.isInteger(length) && length > 0 && length <= HKDF_BYTES_MAX
  assert(valid, `HKDF gives 1 to ${HKDF_BYTES_MAX} bytes`)
}

/** An uncompressed point, the only form Hamlet stores. */
export function isP256Point(publicKey: Uint8Array): boolean {
  return publicKey.length === P256_POINT_BYTES && publicKey[0] === 4
}
