/**
 * The keyed half of a Noise handshake: chaining key, handshake hash and the cipher that comes out of them.
 *
 * The Noise Protocol Framework (revision 34, section 5) for one suite: X25519, ChaCha20-Poly1305, SHA-256. Everything
 * both sides have said so far is in `h`, every secret they share is in `ck`; a ciphertext made under them only opens for
 * somebody who has seen and knows the same.
 *
 * Invariants:
 * 1. A nonce is used once: the counter rises with every message, and a message that does not open leaves it.
 * 2. Bytes that are refused change nothing here; the handshake around it ends anyway.
 */

import { assert, concatBytes, err, ok, utf8 } from '@hamlet/core'
import type { Crypto, Result } from '@hamlet/core'

import { AEAD_TAG_BYTES } from './crypto-checks.ts'
import { NoiseError } from './errors.ts'

/** Noise, section 3: no message is longer, so a length takes two bytes. */
export const NOISE_MESSAGE_BYTES_MAX = 65_535
/** Messages under one key; the framework allows 2^64 - 1, no protocol of ours comes near this. */
export const NOISE_MESSAGES_MAX = 2 ** 32

const HASH_BYTES = 32
const EMPTY = new Uint8Array(0)

/** One direction: a key and the number of messages under it. */
export class NoiseCipher {
  readonly #crypto: Crypto
  readonly #key: Uint8Array
  #count = 0

  constructor(crypto: Crypto, key: Uint8Array) {
    this.#crypto = crypto
    this.#key = key
  }

  encrypt(plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
    assert(this.#count < NOISE_MESSAGES_MAX, 'a Noise key serves 2^32 messages')
    const nonce = nonceOf(this.#count++)
    return this.#crypto.encrypt('chacha20-poly1305', this.#key, nonce, plaintext, aad)
  }

  decrypt(ciphertext: Uint8Array, aad: Uint8Array): Result<Uint8Array, NoiseError> {
    if (ciphertext.length < AEAD_TAG_BYTES) return refuse('NOISE_MALFORMED', 'shorter than a tag')
    if (this.#count >= NOISE_MESSAGES_MAX) return refuse('NOISE_ENDED', 'the key is used up')
    const nonce = nonceOf(this.#count)
    const plaintext = this.#crypto.decrypt('chacha20-poly1305', this.#key, nonce, ciphertext, aad)
    if (plaintext === undefined) return refuse('NOISE_DECRYPT', 'the tag does not match')
    this.#count++
    return ok(plaintext)
  }
}

/** SymmetricState (section 5.2). */
export class NoiseSymmetric {
  readonly #crypto: Crypto
  #chainingKey: Uint8Array
  #hash: Uint8Array
  #cipher: NoiseCipher | undefined

  constructor(crypto: Crypto, protocolName: string, prologue: Uint8Array) {
    const name = utf8(protocolName)
    this.#crypto = crypto
    this.#hash = name.length <= HASH_BYTES ? padded(name) : crypto.hash(name)
    this.#chainingKey = this.#hash
    this.mixHash(prologue)
  }

  /** Whether what is sent now is encrypted. */
  get hasKey(): boolean {
    return this.#cipher !== undefined
  }

  get hash(): Uint8Array {
    return this.#hash.slice()
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#crypto.hash(this.#hash, data)
  }

  mixKey(secret: Uint8Array): void {
    const derived = this.#derive(secret, 2)
    this.#chainingKey = derived[0]!
    this.#cipher = new NoiseCipher(this.#crypto, derived[1]!)
  }

  mixKeyAndHash(secret: Uint8Array): void {
    const derived = this.#derive(secret, 3)
    this.#chainingKey = derived[0]!
    this.mixHash(derived[1]!)
    this.#cipher = new NoiseCipher(this.#crypto, derived[2]!)
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const bytes = this.#cipher?.encrypt(plaintext, this.#hash) ?? plaintext
    this.mixHash(bytes)
    return bytes
  }

  decryptAndHash(bytes: Uint8Array): Result<Uint8Array, NoiseError> {
    const opened = this.#cipher?.decrypt(bytes, this.#hash) ?? ok(bytes.slice())
    if (opened.ok) this.mixHash(bytes)
    return opened
  }

  /** The keys of the two directions: initiator's first. */
  split(): readonly [NoiseCipher, NoiseCipher] {
    const derived = this.#derive(EMPTY, 2)
    return [new NoiseCipher(this.#crypto, derived[0]!), new NoiseCipher(this.#crypto, derived[1]!)]
  }

  /** HKDF of section 4.3: that of RFC 5869 with the chaining key as salt and no info. */
  #derive(secret: Uint8Array, count: number): readonly Uint8Array[] {
    const bytes = this.#crypto.hkdf(secret, this.#chainingKey, EMPTY, count * HASH_BYTES)
    return Array.from({ length: count }, (_, i) =>
      bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES),
    )
  }
}

function refuse(code: NoiseError['code'], message: string): Result<never, NoiseError> {
  return err(new NoiseError(code, `noise: ${message}`))
}

function padded(name: Uint8Array): Uint8Array {
  return concatBytes(name, new Uint8Array(HASH_BYTES - name.length))
}

/** Section 12.3: four zero bytes, then the count in little-endian order. */
function nonceOf(count: number): Uint8Array {
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setBigUint64(4, BigInt(count), true)
  return nonce
}
