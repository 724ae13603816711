/**
 * HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869) over a one-shot hash.
 *
 * Every entry is opened with one HKDF of 64 bytes, so small inputs decide the speed: over `crypto.hash` this makes
 * about three times what `crypto.hkdfSync` does, whose set-up of key objects costs more than the hashing (the figures
 * are in `node/node-crypto.ts`).
 */

import { assertHkdfLength } from './crypto-checks.ts'

type Hash = (bytes: Uint8Array) => Uint8Array

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
const INNER_PAD = 0x36
const OUTER_PAD = 0x5c

/** RFC 2104 section 2: H(K xor opad, H(K xor ipad, text)). */
export function hmacSha256(hash: Hash, key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const block = key.length > BLOCK_BYTES ? hash(key) : key
  const inner = hash(padded(block, INNER_PAD, parts))
  return hash(padded(block, OUTER_PAD, [inner]))
}

/** RFC 5869. An empty salt is the same as 32 zero bytes, since HMAC pads keys with zeros. */
export function hkdfSha256(
  hash: Hash,
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return hkdfExpandSha256(hash, hmacSha256(hash, salt, [secret]), info, length)
}

/** RFC 5869 section 2.3: T(i) = HMAC(PRK, T(i-1) || info || i). */
function hkdfExpandSha256(
  hash: Hash,
  pseudorandomKey: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  assertHkdfLength(length)
  const blockCount = Math.ceil(length / DIGEST_BYTES)
  const output = new Uint8Array(blockCount * DIGEST_BYTES)
  let previous: Uint8Array = new Uint8Array(0)
  for (let i = 0; i < blockCount; i++) {
    previous = hmacSha256(hash, pseudorandomKey, [previous, info, Uint8Array.of(i + 1)])
    output.set(previous, i * DIGEST_BYTES)
  }
  return output.slice(0, length)
}

/** The key xor `pad` over one block, then the parts: what one of the two hashes of HMAC covers. */
function padded(key: Uint8Array, pad: number, parts: readonly Uint8Array[]): Uint8Array {
  let length = BLOCK_BYTES
  for (const part of parts) length += part.length
  const bytes = new Uint8Array(length)
  bytes.fill(pad, 0, BLOCK_BYTES)
  for (let i = 0; i < key.length; i++) bytes[i] = key[i]! ^ pad
  let offset = BLOCK_BYTES
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
