/**
 * Sealing to a public key: HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
 * ChaCha20-Poly1305, one message per encapsulation.
 *
 * The sender makes an ephemeral X25519 key; the shared secret of it and the recipient's key, bound to both public keys
 * and to `info`, gives the key and the nonce of one message. Nobody but the recipient can open it; the recipient does
 * not learn who sealed it, so what needs an author is signed around it.
 *
 * Format of a sealed message, as its two parts:
 *
 *     FIELD        SIZE    CONTENT
 *     enc          32      the ephemeral public key (RFC 9180 section 4.1)
 *     ciphertext   n + 16  the plaintext under ChaCha20-Poly1305, then the tag
 *
 * A worked example is case A.2.1 of the RFC, which the tests run.
 */

import { assert, concatBytes, utf8 } from '@hamlet/core'
import type { Crypto, Random } from '@hamlet/core'

import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES } from './crypto-checks.ts'
import { isStrictX25519Key, X25519_KEY_BYTES } from './x25519-rules.ts'

export interface Sealed {
  /** Ephemeral public key, 32 bytes. */
  readonly enc: Uint8Array
  /** 16 bytes longer than the plaintext. */
  readonly ciphertext: Uint8Array
}

/** The key schedule's outputs (RFC 9180 section 5.1). */
export interface HpkeContext {
  readonly key: Uint8Array
  readonly baseNonce: Uint8Array
  readonly exporterSecret: Uint8Array
}

export const SEAL_OVERHEAD_BYTES = X25519_KEY_BYTES + AEAD_TAG_BYTES

const SECRET_BYTES = 32
const MODE_BASE = Uint8Array.of(0)
const EMPTY = new Uint8Array(0)
const VERSION_LABEL = utf8('HPKE-v1')
/** "KEM" ‖ 0x0020 (RFC 9180 section 4.1). */
const KEM_SUITE = concatBytes(utf8('KEM'), Uint8Array.of(0x00, 0x20))
/** "HPKE" ‖ KEM 0x0020 ‖ KDF 0x0001 ‖ AEAD 0x0003 (section 5.1). */
const HPKE_SUITE = concatBytes(utf8('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x03))

/**
 * Seals `plaintext` so that only the holder of `recipientPublicKey` opens it, with the same `info` and `aad`.
 * @throws AssertionError unless `isStrictX25519Key(recipientPublicKey)`: keys are judged where they are parsed.
 */
export function sealTo(
  crypto: Crypto,
  random: Random,
  recipientPublicKey: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Sealed {
  const ephemeralPrivate = random.bytes(X25519_KEY_BYTES)
  const { enc, sharedSecret } = encapsulate(crypto, ephemeralPrivate, recipientPublicKey)
  const { key, baseNonce } = hpkeContext(crypto, sharedSecret, info)
  const ciphertext = crypto.encrypt('chacha20-poly1305', key, baseNonce, plaintext, aad)
  return { enc, ciphertext }
}

/** The plaintext, or `undefined` when anything about it is not what was sealed to this key. */
export function openSealed(
  crypto: Crypto,
  recipientPrivateKey: Uint8Array,
  sealed: Sealed,
  info: Uint8Array,
  aad: Uint8Array,
): Uint8Array | undefined {
  const sharedSecret = decapsulate(crypto, recipientPrivateKey, sealed.enc)
  if (sharedSecret === undefined) return undefined
  const { key, baseNonce } = hpkeContext(crypto, sharedSecret, info)
  return crypto.decrypt('chacha20-poly1305', key, baseNonce, sealed.ciphertext, aad)
}

/** Encap with a given ephemeral key (RFC 9180 section 4.1). */
export function encapsulate(
  crypto: Crypto,
  ephemeralPrivate: Uint8Array,
  recipientPublicKey: Uint8Array,
): { readonly enc: Uint8Array; readonly sharedSecret: Uint8Array } {
  assert(isStrictX25519Key(recipientPublicKey), 'sealing needs a strict X25519 key')
  const agreed = crypto.agree(ephemeralPrivate, recipientPublicKey)
  assert(agreed !== undefined, 'a strict X25519 key never gives the zero secret')
  const enc = crypto.agreementKey(ephemeralPrivate)
  return { enc, sharedSecret: extractShared(crypto, agreed, enc, recipientPublicKey) }
}

/** Decap (RFC 9180 section 4.1); `undefined` when `enc` is not a key that could have been used. */
export function decapsulate(
  crypto: Crypto,
  recipientPrivateKey: Uint8Array,
  enc: Uint8Array,
): Uint8Array | undefined {
  if (!isStrictX25519Key(enc)) return undefined
  const agreed = crypto.agree(recipientPrivateKey, enc)
  if (agreed === undefined) return undefined
  return extractShared(crypto, agreed, enc, crypto.agreementKey(recipientPrivateKey))
}

/** KeySchedule in base mode, without a pre-shared key (RFC 9180 section 5.1). */
export function hpkeContext(
  crypto: Crypto,
  sharedSecret: Uint8Array,
  info: Uint8Array,
): HpkeContext {
  const pskIdHash = labeledExtract(crypto, HPKE_SUITE, EMPTY, 'psk_id_hash', EMPTY)
  const infoHash = labeledExtract(crypto, HPKE_SUITE, EMPTY, 'info_hash', info)
  const context = concatBytes(MODE_BASE, pskIdHash, infoHash)
  const secret = labeledExtract(crypto, HPKE_SUITE, sharedSecret, 'secret', EMPTY)
  const expand = (label: string, length: number): Uint8Array =>
    labeledExpand(crypto, HPKE_SUITE, secret, label, context, length)
  return {
    key: expand('key', AEAD_KEY_BYTES),
    baseNonce: expand('base_nonce', AEAD_NONCE_BYTES),
    exporterSecret: expand('exp', SECRET_BYTES),
  }
}

/** A secret both sides can derive for another use (RFC 9180 section 5.3), 1 to 32 bytes. */
export function hpkeExport(
  crypto: Crypto,
  context: HpkeContext,
  exporterContext: Uint8Array,
  length: number,
): Uint8Array {
  return labeledExpand(crypto, HPKE_SUITE, context.exporterSecret, 'sec', exporterContext, length)
}

/** ExtractAndExpand (RFC 9180 section 4.1). */
function extractShared(
  crypto: Crypto,
  agreed: Uint8Array,
  enc: Uint8Array,
  recipientPublicKey: Uint8Array,
): Uint8Array {
  const secret = labeledExtract(crypto, KEM_SUITE, EMPTY, 'eae_prk', agreed)
  const context = concatBytes(enc, recipientPublicKey)
  return labeledExpand(crypto, KEM_SUITE, secret, 'shared_secret', context, SECRET_BYTES)
}

/** RFC 9180 section 4; HKDF-Extract is HMAC with the salt as key. */
function labeledExtract(
  crypto: Crypto,
  suite: Uint8Array,
  salt: Uint8Array,
  label: string,
  secret: Uint8Array,
): Uint8Array {
  return crypto.hmac(salt, VERSION_LABEL, suite, utf8(label), secret)
}

/** RFC 9180 section 4; up to 32 bytes HKDF-Expand is its first block. */
function labeledExpand(
  crypto: Crypto,
  suite: Uint8Array,
  secret: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  assert(length >= 1 && length <= SECRET_BYTES, 'one block of HKDF-Expand is enough here')
  const size = Uint8Array.of(0, length)
  const block = crypto.hmac(secret, size, VERSION_LABEL, suite, utf8(label), info, Uint8Array.of(1))
  return block.slice(0, length)
}
