import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { createNodeCrypto } from '@hamlet/identity/node'
import { SeededRandom } from '../../src/simulator/seeded-random.ts'
import { shareCrypto } from '../../src/simulator/shared-crypto.ts'

const random = new SeededRandom(7)
const real = createNodeCrypto()

/** Counts what the real implementation is asked. */
function counted(name: 'verify' | 'agree' | 'decrypt'): { crypto: Crypto; asked: () => number } {
  let asked = 0
  const count = (...given: readonly unknown[]): unknown => {
    asked++
    return (real[name] as (...given: readonly unknown[]) => unknown)(...given)
  }
  return { crypto: shareCrypto({ ...real, [name]: count }), asked: () => asked }
}

test('what was signed here verifies without being computed again, and of sixteen one is', () => {
  const { crypto, asked } = counted('verify')
  const signer = crypto.signer(random.bytes(32))
  for (let i = 0; i < 32; i++) {
    const message = random.bytes(100)
    assert.equal(crypto.verify(signer.publicKey, message, signer.sign(message)), true)
  }
  assert.equal(asked(), 2)
})

test('what was signed is not taken for another message, key or signature', () => {
  const { crypto, asked } = counted('verify')
  const [signer, other] = [crypto.signer(random.bytes(32)), crypto.signer(random.bytes(32))]
  const message = utf8('a message')
  const signature = signer.sign(message)
  const before = asked()
  const changed = signature.slice()
  changed[40]! ^= 1
  assert.equal(crypto.verify(other.publicKey, message, signature), false)
  assert.equal(crypto.verify(signer.publicKey, utf8('a messagf'), signature), false)
  assert.equal(crypto.verify(signer.publicKey, message, changed), false)
  assert.equal(asked(), before + 3)
})

test('two keys agree from either side on what the real implementation says', () => {
  const { crypto, asked } = counted('agree')
  const [a, b] = [random.bytes(32), random.bytes(32)]
  const secret = crypto.agree(a, crypto.agreementKey(b))!
  const before = asked()
  assert.deepEqual(crypto.agree(b, crypto.agreementKey(a)), secret)
  assert.equal(asked(), before)
  assert.deepEqual(real.agree(b, real.agreementKey(a)), secret)
})

test('a ciphertext opens under its own key, nonce and context only', () => {
  const { crypto, asked } = counted('decrypt')
  const [key, nonce, aad] = [random.bytes(32), random.bytes(12), utf8('context')]
  const sealed = crypto.encrypt('aes-256-gcm', key, nonce, utf8('text'), aad)
  for (let i = 0; i < 3; i++) {
    const opened = crypto.decrypt('aes-256-gcm', key, nonce, sealed, aad)!
    assert.deepEqual(opened, utf8('text'))
    opened.fill(0)
  }
  assert.equal(asked(), 1)
  assert.equal(crypto.decrypt('aes-256-gcm', key, nonce, sealed, utf8('contexu')), undefined)
  assert.equal(crypto.decrypt('aes-256-gcm', random.bytes(32), nonce, sealed, aad), undefined)
  const cut = sealed.subarray(0, sealed.length - 1)
  assert.equal(crypto.decrypt('aes-256-gcm', key, nonce, cut, aad), undefined)
})

test('parts are kept apart: moving a byte from one to the next asks anew', () => {
  const crypto = shareCrypto(real)
  const key = random.bytes(32)
  const [left, right] = [
    crypto.hmac(key, utf8('ab'), utf8('c')),
    crypto.hkdf(utf8('ab'), utf8('c'), utf8(''), 32),
  ]
  assert.deepEqual(crypto.hmac(key, utf8('a'), utf8('bc')), left)
  assert.notDeepEqual(crypto.hkdf(utf8('a'), utf8('bc'), utf8(''), 32), right)
  assert.deepEqual(crypto.hkdf(utf8('ab'), utf8('c'), utf8(''), 32), right)
})
