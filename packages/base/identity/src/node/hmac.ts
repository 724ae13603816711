/**
 * HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869) over a one-shot hash.
 *
 * `createHmac` spends most of its time on key objects: over `crypto.hash` an HMAC of 200 bytes takes a quarter of it
 * (265k against 67k a second on Node 24.21). `hkdfSync` takes a third longer than this for 64 bytes and refuses an `info`
 * beyond 1,024 bytes, which the portable backend takes.
 */

import { assertHkdfLength } from '../crypto-checks.ts'

type Hash = (bytes: Uint8Array) => Uint8Array

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
const INNER_PAD = 0x36
const OUTER_PAD = 0x5c

/** A key as its two padded blocks; keys that are used more than once are padded once. */
interface HmacKey {
  readonly inner: Uint8Array
  /** The padded block, with room for the inner digest behind it; overwritten by each use. */
  readonly outer: Uint8Array
}

/** RFC 2104 section 2: H(K xor opad, H(K xor ipad, text)). */
export function hmacSha256(hash: Hash, key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  return authenticate(hash, padKey(hash, key), parts)
}

/** RFC 5869. An empty salt is the same as 32 zero bytes, since HMAC pads keys with zeros. */
export function hkdfSha256(
  hash: Hash,
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  assertHkdfLength(length)
  const key = padKey(hash, hmacSha256(hash, salt, [secret]))
  return expand(hash, key, info, length)
}

/**
 * RFC 5869 section 2.3: T(i) = HMAC(PRK, T(i-1) || info || i). One array serves all: the first block has no T(0), so its
 * padded key lies where T(i-1) ends up, and the next ones' key before that.
 */
function expand(hash: Hash, key: HmacKey, info: Uint8Array, length: number): Uint8Array {
  const blockCount = Math.ceil(length / DIGEST_BYTES)
  const output = new Uint8Array(blockCount * DIGEST_BYTES)
  const input = new Uint8Array(BLOCK_BYTES + DIGEST_BYTES + info.length + 1)
  input.set(key.inner, DIGEST_BYTES)
  input.set(info, BLOCK_BYTES + DIGEST_BYTES)
  for (let i = 0; i < blockCount; i++) {
    input[input.length - 1] = i + 1
    key.outer.set(hash(i === 0 ? input.subarray(DIGEST_BYTES) : input), BLOCK_BYTES)
    const block = hash(key.outer)
    output.set(block, i * DIGEST_BYTES)
    if (i === 0) input.set(key.inner)
    input.set(block, BLOCK_BYTES)
  }
  return output.length === length ? output : output.slice(0, length)
}

function authenticate(hash: Hash, key: HmacKey, parts: readonly Uint8Array[]): Uint8Array {
  key.outer.set(hash(joined(key.inner, parts)), BLOCK_BYTES)
  return hash(key.outer)
}

function padKey(hash: Hash, key: Uint8Array): HmacKey {
  const block = key.length > BLOCK_BYTES ? hash(key) : key
  const inner = new Uint8Array(BLOCK_BYTES).fill(INNER_PAD)
  const outer = new Uint8Array(BLOCK_BYTES + DIGEST_BYTES).fill(OUTER_PAD)
  for (let i = 0; i < block.length; i++) {
    inner[i] = block[i]! ^ INNER_PAD
    outer[i] = block[i]! ^ OUTER_PAD
  }
  return { inner, outer }
}

function joined(first: Uint8Array, rest: readonly Uint8Array[]): Uint8Array {
  let length = first.length
  for (const part of rest) length += part.length
  const bytes = new Uint8Array(length)
  bytes.set(first)
  let offset = first.length
  for (const part of rest) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
