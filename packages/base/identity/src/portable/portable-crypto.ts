/**
 * The `Crypto` port in JavaScript over the noble libraries: for browsers, whose WebCrypto is asynchronous only, and as
 * the independent twin of the Node backend in the tests.
 *
 * Ed25519 verification is composed here from noble's curve arithmetic, because its `verify` checks the equation
 * multiplied by the cofactor and OpenSSL does not: an author could otherwise craft a signature that browsers accept
 * and Node refuses (`ed25519-rules.ts`). None of this runs in constant time guaranteed by the engine; noble says what
 * it does about that in its own documentation.
 */

import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { gcm } from '@noble/ciphers/aes.js'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { hkdf as nobleHkdf } from '@noble/hashes/hkdf.js'
import { hmac as nobleHmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'

import { concatBytes, equalBytes } from '@hamlet/core'
import type { AeadName, Crypto, Signer } from '@hamlet/core'

import {
  AEAD_TAG_BYTES,
  assertAead,
  assertHkdfLength,
  assertSecretKey,
  isP256Point,
  SECRET_KEY_BYTES,
  SIGNATURE_BYTES,
} from '../crypto-checks.ts'
import { isStrictEd25519Point } from '../ed25519-rules.ts'

const { Point } = ed25519
const SCALARS = Point.Fn

export function createPortableCrypto(): Crypto {
  return {
    hash,
    hmac,
    hkdf,
    signer: createSigner,
    verify: verifyEd25519,
    verifyP256,
    agreementKey,
    agree,
    encrypt,
    decrypt,
  }
}

function hash(...parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return sha256(parts[0]!)
  const state = sha256.create()
  for (const part of parts) state.update(part)
  return state.digest()
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const state = nobleHmac.create(sha256, key)
  for (const part of parts) state.update(part)
  return state.digest()
}

function hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  assertHkdfLength(length)
  return nobleHkdf(sha256, secret, salt, info, length)
}

function createSigner(seed: Uint8Array): Signer {
  assertSecretKey(seed)
  const secret = seed.slice()
  return {
    publicKey: ed25519.getPublicKey(secret),
    sign: (message) => ed25519.sign(message, secret),
  }
}

/** RFC 8032 section 5.1.7 without the cofactor: R must be the encoding of [S]B - [k]A. */
function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false
  const r = signature.subarray(0, 32)
  if (!isStrictEd25519Point(publicKey) || !isStrictEd25519Point(r)) return false
  const s = littleEndian(signature.subarray(32))
  if (s >= SCALARS.ORDER) return false
  let a: InstanceType<typeof Point>
  try {
    a = Point.fromBytes(publicKey, false)
  } catch {
    // Not a point of the curve.
    return false
  }
  const k = littleEndian(sha512(concatBytes(r, publicKey, message))) % SCALARS.ORDER
  const expected = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k))
  return equalBytes(expected.toBytes(), r)
}

function verifyP256(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || !isP256Point(publicKey)) return false
  try {
    return p256.verify(signature, message, publicKey, { lowS: false, format: 'compact' })
  } catch {
    // Not a point of the curve, or R or S out of range.
    return false
  }
}

function agreementKey(privateKey: Uint8Array): Uint8Array {
  assertSecretKey(privateKey)
  return x25519.getPublicKey(privateKey)
}

function agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  assertSecretKey(privateKey)
  if (publicKey.length !== SECRET_KEY_BYTES) return undefined
  try {
    return x25519.getSharedSecret(privateKey, publicKey)
  } catch {
    // noble refuses exactly the points whose shared secret is all zero.
    return undefined
  }
}

function encrypt(
  name: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Uint8Array {
  assertAead(key, nonce)
  return cipher(name, key, nonce, aad).encrypt(plaintext)
}

function decrypt(
  name: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  ciphertext: Uint8Array,
  aad: Uint8Array,
): Uint8Array | undefined {
  assertAead(key, nonce)
  if (ciphertext.length < AEAD_TAG_BYTES) return undefined
  try {
    return cipher(name, key, nonce, aad).decrypt(ciphertext)
  } catch {
    // The tag does not match.
    return undefined
  }
}

function cipher(
  name: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
): ReturnType<typeof gcm> {
  return name === 'aes-256-gcm' ? gcm(key, nonce, aad) : chacha20poly1305(key, nonce, aad)
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!)
  return value
}
