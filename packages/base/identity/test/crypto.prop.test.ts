/** Goal: the two backends cannot be told apart. Method: each works on what the other made, with random input. */

import assert from 'node:assert/strict'
import test from 'node:test'

import * as fc from 'fast-check'

import { createNodeCrypto } from '@hamlet/identity/node'
import { createPortableCrypto } from '@hamlet/identity/portable'

const node = createNodeCrypto()
const portable = createPortableCrypto()

const secrets = bytesOf(32, 32)
const messages = bytesOf(0, 300)
const RUNS = { numRuns: 25 }

function bytesOf(minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength, maxLength }).map((bytes) => Uint8Array.from(bytes))
}

test('signatures are equal, verify crosswise and break with any bit', () => {
  fc.assert(
    fc.property(secrets, messages, fc.nat({ max: 511 }), (seed, message, bit) => {
      const [first, second] = [node.signer(seed), portable.signer(seed)]
      assert.deepEqual(first.publicKey, second.publicKey)
      const signature = first.sign(message)
      assert.deepEqual(second.sign(message), signature)
      assert.ok(portable.verify(first.publicKey, message, signature))
      assert.ok(node.verify(first.publicKey, message, signature))
      const changed = signature.with(bit >> 3, signature[bit >> 3]! ^ (1 << (bit & 7)))
      assert.equal(portable.verify(first.publicKey, message, changed), false)
      assert.equal(node.verify(first.publicKey, message, changed), false)
    }),
    RUNS,
  )
})

test('random keys and signatures get the same answer', () => {
  fc.assert(
    fc.property(bytesOf(32, 32), messages, bytesOf(64, 64), (key, message, signature) => {
      assert.equal(node.verify(key, message, signature), portable.verify(key, message, signature))
    }),
    RUNS,
  )
})

test('agreed secrets, hashes, derived keys and ciphertexts are equal', () => {
  fc.assert(
    fc.property(secrets, secrets, messages, bytesOf(12, 12), (a, b, text, nonce) => {
      const publicKey = node.agreementKey(b)
      assert.deepEqual(portable.agreementKey(b), publicKey)
      assert.deepEqual(portable.agree(a, publicKey), node.agree(a, publicKey))
      assert.deepEqual(portable.agree(a, b), node.agree(a, b))
      assert.deepEqual(portable.hash(a, text), node.hash(a, text))
      assert.deepEqual(portable.hmac(text, a, b), node.hmac(text, a, b))
      assert.deepEqual(portable.hkdf(a, b, text, 77), node.hkdf(a, b, text, 77))
      for (const name of ['aes-256-gcm', 'chacha20-poly1305'] as const) {
        const sealed = node.encrypt(name, a, nonce, text, b)
        assert.deepEqual(portable.encrypt(name, a, nonce, text, b), sealed)
        assert.deepEqual(portable.decrypt(name, a, nonce, sealed, b), text)
        assert.equal(portable.decrypt(name, a, nonce, sealed, a), undefined)
        assert.equal(node.decrypt(name, a, nonce, sealed, a), undefined)
      }
    }),
    RUNS,
  )
})
