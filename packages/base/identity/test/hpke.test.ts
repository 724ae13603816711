/** Goal: RFC 9180 byte for byte in the one suite and mode Hamlet uses, over both backends, and nothing opens that was changed. */

import assert from 'node:assert/strict'
import test from 'node:test'

import { bytesToHex, hexToBytes, utf8 } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import {
  decapsulate,
  encapsulate,
  hpkeContext,
  hpkeExport,
  isStrictX25519Key,
  openSealed,
  SEAL_OVERHEAD_BYTES,
  sealTo,
} from '@hamlet/identity'
import type { HpkeContext } from '@hamlet/identity'

import { backends } from './_backends.ts'
import { createFixedRandom } from './_support.ts'
import { readVectors } from './_vectors.ts'

interface HpkeCase {
  readonly mode: number
  readonly kem_id: number
  readonly kdf_id: number
  readonly aead_id: number
  readonly info: string
  readonly skEm: string
  readonly skRm: string
  readonly pkRm: string
  readonly enc: string
  readonly shared_secret: string
  readonly key: string
  readonly base_nonce: string
  readonly exporter_secret: string
  readonly encryptions: readonly { aad: string; ct: string; nonce: string; pt: string }[]
  readonly exports: readonly { exporter_context: string; L: number; exported_value: string }[]
}

const BASE_MODE = 0
const CHACHA20_POLY1305 = 3

for (const { name, crypto } of backends) {
  test(`${name} gives every value of the RFC 9180 vectors in base mode`, () => {
    const vectors = readVectors<HpkeCase[]>('hpke/rfc9180-x25519-hkdf-sha256.json', 16)
    if (vectors === undefined) return
    const isOurs = (vector: HpkeCase): boolean =>
      vector.mode === BASE_MODE && vector.aead_id === CHACHA20_POLY1305
    const [ours, others] = [vectors.data.filter(isOurs), vectors.data.filter((v) => !isOurs(v))]
    for (const vector of ours) checkCase(crypto, vector)
    // The rest has pre-shared or sender keys, other ciphers or exports only, which Hamlet does not have.
    assert.equal(ours.length, 1)
    assert.equal(others.length, 15)
    assert.equal(ours.length + others.length, vectors.caseCount)
  })

  test(`${name} opens what was sealed and nothing that was changed`, () => {
    const privateKey = new Uint8Array(32).fill(5)
    const [info, aad, plaintext] = [utf8('info'), utf8('aad'), utf8('an epoch secret')]
    const publicKey = crypto.agreementKey(privateKey)
    const sealed = sealTo(crypto, createFixedRandom(1), publicKey, info, aad, plaintext)
    const { enc, ciphertext } = sealed
    assert.equal(enc.length + ciphertext.length, plaintext.length + SEAL_OVERHEAD_BYTES)
    assert.deepEqual(openSealed(crypto, privateKey, sealed, info, aad), plaintext)
    for (let bit = 0; bit < enc.length * 8; bit += 7) {
      const changed = { enc: flipBit(enc, bit), ciphertext }
      assert.equal(openSealed(crypto, privateKey, changed, info, aad), undefined)
    }
    for (let bit = 0; bit < ciphertext.length * 8; bit += 7) {
      const changed = { enc, ciphertext: flipBit(ciphertext, bit) }
      assert.equal(openSealed(crypto, privateKey, changed, info, aad), undefined)
    }
    assert.equal(openSealed(crypto, privateKey, sealed, utf8('other'), aad), undefined)
    assert.equal(openSealed(crypto, privateKey, sealed, info, utf8('other')), undefined)
    assert.equal(openSealed(crypto, new Uint8Array(32).fill(6), sealed, info, aad), undefined)
    for (const length of [0, 1, 15, 16, 30]) {
      const short = { enc, ciphertext: ciphertext.slice(0, length) }
      assert.equal(openSealed(crypto, privateKey, short, info, aad), undefined)
      const shortEnc = { enc: enc.slice(0, length), ciphertext }
      assert.equal(openSealed(crypto, privateKey, shortEnc, info, aad), undefined)
    }
  })

  test(`${name} refuses exactly the keys that give the zero secret or have a second spelling`, () => {
    const privateKey = new Uint8Array(32).fill(5)
    for (const hex of BAD_X25519_KEYS) {
      assert.equal(isStrictX25519Key(hexToBytes(hex)), false, hex)
      assert.equal(decapsulate(crypto, privateKey, hexToBytes(hex)), undefined)
      const [first, isSmallOrder] = [hexToBytes(hex), !hex.startsWith('f0') && !hex.endsWith('80')]
      if (isSmallOrder) assert.equal(crypto.agree(privateKey, first), undefined, hex)
    }
    assert.equal(isStrictX25519Key(crypto.agreementKey(privateKey)), true)
    assert.throws(() => encapsulate(crypto, privateKey, hexToBytes(BAD_X25519_KEYS[0]!)), {
      name: 'AssertionError',
    })
  })
}

const BAD_X25519_KEYS = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0900000000000000000000000000000000000000000000000000000000000080',
]

function checkCase(crypto: Crypto, vector: HpkeCase): void {
  const { enc, sharedSecret } = encapsulate(
    crypto,
    hexToBytes(vector.skEm),
    hexToBytes(vector.pkRm),
  )
  assert.equal(bytesToHex(enc), vector.enc)
  assert.equal(bytesToHex(sharedSecret), vector.shared_secret)
  assert.deepEqual(decapsulate(crypto, hexToBytes(vector.skRm), enc), sharedSecret)
  const context = hpkeContext(crypto, sharedSecret, hexToBytes(vector.info))
  assert.equal(bytesToHex(context.key), vector.key)
  assert.equal(bytesToHex(context.baseNonce), vector.base_nonce)
  assert.equal(bytesToHex(context.exporterSecret), vector.exporter_secret)
  checkEncryptions(crypto, vector, context)
  assert.equal(vector.exports.length, 3)
  for (const { exporter_context, L, exported_value } of vector.exports) {
    const exported = hpkeExport(crypto, context, hexToBytes(exporter_context), L)
    assert.equal(bytesToHex(exported), exported_value)
  }
}

/** Sequence numbers beyond 0 check key and nonce; the single-shot functions must give and open the first. */
function checkEncryptions(crypto: Crypto, vector: HpkeCase, context: HpkeContext): void {
  assert.equal(vector.encryptions.length, 12)
  for (const { aad, ct, nonce, pt } of vector.encryptions) {
    const sealed = crypto.encrypt(
      'chacha20-poly1305',
      context.key,
      hexToBytes(nonce),
      hexToBytes(pt),
      hexToBytes(aad),
    )
    assert.equal(bytesToHex(sealed), ct)
  }
  const { aad, ct, pt } = vector.encryptions[0]!
  const random = { bytes: () => hexToBytes(vector.skEm) }
  const [info, aadBytes] = [hexToBytes(vector.info), hexToBytes(aad)]
  const sealed = sealTo(crypto, random, hexToBytes(vector.pkRm), info, aadBytes, hexToBytes(pt))
  assert.deepEqual(sealed, { enc: hexToBytes(vector.enc), ciphertext: hexToBytes(ct) })
  const opened = openSealed(crypto, hexToBytes(vector.skRm), sealed, info, aadBytes)
  assert.equal(bytesToHex(opened!), pt)
}

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice()
  changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7))
  return changed
}
