/**
 * Goal: one rule for Ed25519 on every backend, also where libraries differ: points of small order, encodings with
 * y >= p, and components of small order that only a cofactorless equation sees. Method: forged signatures built with
 * noble's curve arithmetic from keys whose owner cheats.
 */

import assert from 'node:assert/strict'
import test from 'node:test'

import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'

import { bytesToHex, concatBytes, hexToBytes, utf8 } from '@hamlet/core'
import { isStrictEd25519Point } from '@hamlet/identity'
import { createNodeCrypto } from '@hamlet/identity/node'

import { backends } from './_backends.ts'

const { Point } = ed25519
type CurvePoint = InstanceType<typeof Point>

/** y coordinates of the eight points of small order, canonical and with p added where that fits in 255 bits. */
const SMALL_ORDER_Y = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

/** Sixteen encodings: both sign bits. */
const SMALL_ORDER_ENCODINGS = SMALL_ORDER_Y.flatMap((hex) => {
  const negative = hexToBytes(hex)
  negative[31] = negative[31]! | 0x80
  return [hexToBytes(hex), negative]
})

const MESSAGE = utf8('Pay the bearer all I have.')
const TORSION = Point.fromHex(bytesToHex(SMALL_ORDER_ENCODINGS[4]!))

test('refuses every point of small order and every encoding with y >= p when a key is parsed', () => {
  for (const encoding of SMALL_ORDER_ENCODINGS) assert.equal(isStrictEd25519Point(encoding), false)
  assert.equal(isStrictEd25519Point(new Uint8Array(31)), false)
  assert.equal(isStrictEd25519Point(Point.BASE.toBytes()), true)
})

for (const { name, crypto } of backends) {
  test(`${name} refuses 256 forged signatures of small-order keys and points`, () => {
    let refused = 0
    for (const publicKey of SMALL_ORDER_ENCODINGS) {
      for (const r of SMALL_ORDER_ENCODINGS) {
        const signature = concatBytes(r, new Uint8Array(32))
        if (!crypto.verify(publicKey, MESSAGE, signature)) refused++
      }
    }
    assert.equal(refused, 256)
  })

  test(`${name} refuses a signature whose R has a component of small order`, () => {
    const honest = Point.BASE.multiply(77n)
    const r = Point.BASE.multiply(5n).add(TORSION)
    const signature = signAs(77n, honest.toBytes(), r, 5n)
    // The cofactored equation holds: this is what makes the two rules differ.
    assert.equal(ed25519.verify(signature, MESSAGE, honest.toBytes(), { zip215: false }), true)
    assert.equal(crypto.verify(honest.toBytes(), MESSAGE, signature), false)
  })

  test(`${name} refuses an S that is not reduced`, () => {
    const publicKey = Point.BASE.multiply(77n).toBytes()
    const signature = signAs(77n, publicKey, Point.BASE.multiply(5n), 5n)
    assert.equal(crypto.verify(publicKey, MESSAGE, signature), true)
    const s = littleEndian(signature.subarray(32)) + Point.Fn.ORDER
    assert.equal(
      crypto.verify(publicKey, MESSAGE, concatBytes(signature.subarray(0, 32), toBytes(s))),
      false,
    )
  })
}

test('both backends agree on keys with a component of small order', () => {
  let accepted = 0
  for (let i = 1n; i <= 64n; i++) {
    const publicKey = Point.BASE.multiply(i).add(TORSION).toBytes()
    const signature = signAs(i, publicKey, Point.BASE.multiply(1000n + i), 1000n + i)
    const [first, second] = backends.map(({ crypto }) =>
      crypto.verify(publicKey, MESSAGE, signature),
    )
    assert.equal(first, second, `key ${i}`)
    if (first === true) accepted++
  }
  // The equation without the cofactor holds when the order of the component divides k: one time in eight.
  assert.ok(accepted > 0 && accepted < 32)
})

/** A signature by scalar `secret` with a chosen R whose prime-order part has the logarithm `nonce`. */
function signAs(secret: bigint, publicKey: Uint8Array, r: CurvePoint, nonce: bigint): Uint8Array {
  const k = littleEndian(sha512(concatBytes(r.toBytes(), publicKey, MESSAGE)))
  return concatBytes(r.toBytes(), toBytes((nonce + k * secret) % Point.Fn.ORDER))
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytesToHex(bytes.toReversed())}`)
}

function toBytes(scalar: bigint): Uint8Array {
  return hexToBytes(scalar.toString(16).padStart(64, '0')).toReversed()
}

test('a key and a signature in Buffers verify, and are as they were afterwards', () => {
  const crypto = createNodeCrypto()
  const message = Uint8Array.of(1)
  for (let seed = 1; seed <= 32; seed++) {
    const signer = crypto.signer(new Uint8Array(32).fill(seed))
    const signature = signer.sign(message)
    const [key, signed] = [Buffer.from(signer.publicKey), Buffer.from(signature)]
    assert.ok(crypto.verify(key, message, signed), `seed ${seed}`)
    assert.ok(crypto.verify(key, message, signed), `seed ${seed}, again`)
    assert.ok(key.equals(signer.publicKey) && signed.equals(signature), 'unchanged')
  }
})
