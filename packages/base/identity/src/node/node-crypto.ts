/**
 * The `Crypto` port over `node:crypto` (OpenSSL), all of it synchronous.
 *
 * Rules on validity are shared with the portable backend (`ed25519-rules.ts`), and one suite of vectors runs over
 * both. Figures are from Node 24.21 on a two-core machine.
 *
 * Invariants:
 * 1. Nothing untrusted throws: keys, points and signatures from peers give `false` or `undefined`.
 * 2. Results are plain `Uint8Array`s that share memory with nothing else.
 */

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  hash as hashOnce,
  sign,
  verify,
} from 'node:crypto'
import type { CipherGCM, DecipherGCM, KeyObject } from 'node:crypto'

import { concatBytes, hexToBytes } from '@hamlet/core'
import type { AeadName, Crypto, Signer } from '@hamlet/core'

import {
  AEAD_TAG_BYTES,
  assertAead,
  assertSecretKey,
  isP256Point,
  SECRET_KEY_BYTES,
  SIGNATURE_BYTES,
} from '../crypto-checks.ts'
import { isStrictEd25519Point } from '../ed25519-rules.ts'
import { hkdfSha256, hmacSha256 } from './hmac.ts'
import { KeyCache } from './key-cache.ts'

/** DER of SubjectPublicKeyInfo (RFC 8410, RFC 5480) and PKCS #8 up to the raw key. */
const ED25519_PUBLIC_PREFIX = hexToBytes('302a300506032b6570032100')
const ED25519_PRIVATE_PREFIX = hexToBytes('302e020100300506032b657004220420')
const X25519_PUBLIC_PREFIX = hexToBytes('302a300506032b656e032100')
const X25519_PRIVATE_PREFIX = hexToBytes('302e020100300506032b656e04220420')
const P256_PUBLIC_PREFIX = hexToBytes('3059301306072a8648ce3d020106082a8648ce3d030107034200')

/** Importing a public key takes about 30 µs, a quarter of the verification itself. */
const CACHED_KEYS_MAX = 4096
/**
 * Up to here parts are joined and hashed in one call. 64 bytes: `crypto.hash` 2.5M/s, noble 0.82M/s, `createHash`
 * 0.72M/s; the first stays ahead at every size, but joining large parts would copy them.
 */
const JOINED_BYTES_MAX = 4096
const DIGEST_BYTES = 32

export function createNodeCrypto(): Crypto {
  const ed25519Keys = new KeyCache(CACHED_KEYS_MAX, importEd25519)
  const p256Keys = new KeyCache(CACHED_KEYS_MAX, importP256)
  return {
    hash: sha256,
    hmac: (key, ...parts) => hmacSha256(sha256Once, key, parts),
    hkdf: (secret, salt, info, length) => hkdfSha256(sha256Once, secret, salt, info, length),
    signer: createSigner,
    verify: (publicKey, message, signature) =>
      verifyEd25519(ed25519Keys, publicKey, message, signature),
    verifyP256: (publicKey, message, signature) =>
      verifyP256(p256Keys, publicKey, message, signature),
    agreementKey,
    agree,
    encrypt,
    decrypt,
  }
}

/** Nearly always of one part: then no array is made of the parameters. */
function sha256(first?: Uint8Array, ...rest: readonly Uint8Array[]): Uint8Array {
  if (first === undefined) return sha256Once(new Uint8Array())
  return rest.length === 0 ? sha256Once(first) : sha256Joined([first, ...rest])
}

function sha256Joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  if (length <= JOINED_BYTES_MAX) return sha256Once(concatBytes(...parts))
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return plain(hash.digest())
}

/** Asked for a string, since making a `Buffer` outside JavaScript takes longer than hashing 200 bytes (1.1 of 1.5 µs). */
function sha256Once(bytes: Uint8Array): Uint8Array {
  const text = hashOnce('sha256', bytes, 'binary')
  const digest = new Uint8Array(DIGEST_BYTES)
  for (let i = 0; i < DIGEST_BYTES; i++) digest[i] = text.charCodeAt(i)
  return digest
}

function createSigner(seed: Uint8Array): Signer {
  assertSecretKey(seed)
  const key = importPrivate(ED25519_PRIVATE_PREFIX, seed)
  const publicKey = rawPublicKey(key)
  return { publicKey, sign: (message) => plain(sign(null, message, key)) }
}

function verifyEd25519(
  keys: KeyCache,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false
  if (!isStrictEd25519Point(signature.subarray(0, 32))) return false
  const key = keys.get(publicKey)
  return key !== undefined && verify(null, message, key, signature)
}

function verifyP256(
  keys: KeyCache,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false
  const key = keys.get(publicKey)
  if (key === undefined) return false
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

function agreementKey(privateKey: Uint8Array): Uint8Array {
  assertSecretKey(privateKey)
  return rawPublicKey(importPrivate(X25519_PRIVATE_PREFIX, privateKey))
}

function agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  assertSecretKey(privateKey)
  if (publicKey.length !== SECRET_KEY_BYTES) return undefined
  const ours = importPrivate(X25519_PRIVATE_PREFIX, privateKey)
  const theirs = importPublic(X25519_PUBLIC_PREFIX, publicKey)
  try {
    return plain(diffieHellman({ privateKey: ours, publicKey: theirs }))
  } catch {
    // OpenSSL refuses exactly the points whose shared secret is all zero.
    return undefined
  }
}

/** A key object made here: given raw bytes, Node 24 first fails to read them as one, which costs 12 µs of 21. */
function encrypt(
  name: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Uint8Array {
  assertAead(key, nonce)
  const cipher = createCipheriv(name as 'aes-256-gcm', createSecretKey(key), nonce, {
    authTagLength: AEAD_TAG_BYTES,
  }) satisfies CipherGCM
  cipher.setAAD(aad)
  const sealed = new Uint8Array(plaintext.length + AEAD_TAG_BYTES)
  sealed.set(cipher.update(plaintext))
  cipher.final()
  sealed.set(cipher.getAuthTag(), plaintext.length)
  return sealed
}

function decrypt(
  name: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  ciphertext: Uint8Array,
  aad: Uint8Array,
): Uint8Array | undefined {
  assertAead(key, nonce)
  const length = ciphertext.length - AEAD_TAG_BYTES
  if (length < 0) return undefined
  const decipher = createDecipheriv(name as 'aes-256-gcm', createSecretKey(key), nonce, {
    authTagLength: AEAD_TAG_BYTES,
  }) satisfies DecipherGCM
  decipher.setAAD(aad)
  decipher.setAuthTag(ciphertext.subarray(length))
  const plaintext = decipher.update(ciphertext.subarray(0, length))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return plain(plaintext)
}

function importEd25519(publicKey: Uint8Array): KeyObject | undefined {
  return isStrictEd25519Point(publicKey)
    ? importPublic(ED25519_PUBLIC_PREFIX, publicKey)
    : undefined
}

function importP256(publicKey: Uint8Array): KeyObject | undefined {
  if (!isP256Point(publicKey)) return undefined
  try {
    return importPublic(P256_PUBLIC_PREFIX, publicKey)
  } catch {
    // Not a point of the curve.
    return undefined
  }
}

function importPublic(prefix: Uint8Array, raw: Uint8Array): KeyObject {
  const key = Buffer.from(concatBytes(prefix, raw))
  return createPublicKey({ key, format: 'der', type: 'spki' })
}

function importPrivate(prefix: Uint8Array, raw: Uint8Array): KeyObject {
  const key = Buffer.from(concatBytes(prefix, raw))
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

/** As a JWK has it (RFC 8037): a key object of the public half and its DER take fourteen times as long (25 of 27 µs). */
function rawPublicKey(privateKey: KeyObject): Uint8Array {
  return plain(Buffer.from(privateKey.export({ format: 'jwk' }).x!, 'base64url'))
}

/** A `Buffer` would differ from a `Uint8Array` in `slice` and in deep comparisons, and may share a pool. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer)
}
