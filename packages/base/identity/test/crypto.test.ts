/** Known answers of the RFCs over both backends, and what the port promises beyond them. */

import assert from 'node:assert/strict'
import test from 'node:test'

import { bytesToHex, concatBytes, hexToBytes, utf8 } from '@hamlet/core'

import { backends } from './_backends.ts'

/** RFC 8032 section 7.1: seed, public key, message, signature. TEST 1, 2, 3 and SHA(abc). */
const RFC8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
  [
    '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  ],
] as const

/** RFC 5869 appendix A.1 to A.3: secret, salt, info, length, output. */
const RFC5869 = [
  [
    '0b'.repeat(22),
    '000102030405060708090a0b0c',
    'f0f1f2f3f4f5f6f7f8f9',
    42,
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  ],
  [
    byteRange(0x00, 0x4f),
    byteRange(0x60, 0xaf),
    byteRange(0xb0, 0xff),
    82,
    'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
  ],
  [
    '0b'.repeat(22),
    '',
    '',
    42,
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  ],
] as const

function byteRange(first: number, last: number): string {
  return bytesToHex(Uint8Array.from({ length: last - first + 1 }, (_, index) => first + index))
}

for (const { name, crypto } of backends) {
  test(`${name} signs and verifies as RFC 8032 section 7.1`, () => {
    for (const [seed, publicKey, message, signature] of RFC8032) {
      const signer = crypto.signer(hexToBytes(seed))
      assert.equal(bytesToHex(signer.publicKey), publicKey)
      assert.equal(bytesToHex(signer.sign(hexToBytes(message))), signature)
      assert.equal(
        crypto.verify(signer.publicKey, hexToBytes(message), hexToBytes(signature)),
        true,
      )
      assert.equal(
        crypto.verify(signer.publicKey, hexToBytes(`${message}00`), hexToBytes(signature)),
        false,
      )
    }
  })

  test(`${name} derives keys as RFC 5869 appendix A`, () => {
    for (const [secret, salt, info, length, output] of RFC5869) {
      const derived = crypto.hkdf(hexToBytes(secret), hexToBytes(salt), hexToBytes(info), length)
      assert.equal(bytesToHex(derived), output)
    }
  })

  test(`${name} hashes parts as if they were joined, short and long`, () => {
    const parts = [utf8('a'), utf8('b'), utf8('c')]
    assert.equal(
      bytesToHex(crypto.hash(...parts)),
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
    assert.deepEqual(crypto.hash(), crypto.hash(new Uint8Array(0)))
    const long = [new Uint8Array(3000).fill(1), new Uint8Array(3000).fill(2)]
    assert.deepEqual(crypto.hash(...long), crypto.hash(concatBytes(...long)))
    assert.deepEqual(crypto.hmac(long[0]!, ...long), crypto.hmac(long[0]!, concatBytes(...long)))
  })

  test(`${name} gives plain byte arrays that share no memory`, () => {
    const secret = new Uint8Array(32).fill(7)
    const sealed = crypto.encrypt('aes-256-gcm', secret, new Uint8Array(12), utf8('x'), secret)
    const signer = crypto.signer(secret)
    const results = [
      crypto.hash(secret),
      crypto.hmac(secret, secret),
      crypto.hkdf(secret, secret, secret, 40),
      signer.publicKey,
      signer.sign(secret),
      crypto.agreementKey(secret),
      crypto.agree(secret, crypto.agreementKey(secret)),
      sealed,
      crypto.decrypt('aes-256-gcm', secret, new Uint8Array(12), sealed, secret),
    ]
    for (const [index, result] of results.entries()) {
      assert.equal(result?.constructor, Uint8Array, `result ${index}`)
      assert.equal(result.buffer.byteLength, result.length, `result ${index}`)
    }
  })

  test(`${name} answers false or undefined to malformed input from outside`, () => {
    const key = crypto.signer(new Uint8Array(32)).publicKey
    const lengths = [0, 1, 31, 33, 63, 65, 1000]
    for (const length of lengths) {
      const odd = new Uint8Array(length).fill(4)
      assert.equal(crypto.verify(odd, key, new Uint8Array(64).fill(9)), false)
      assert.equal(crypto.verify(key, key, odd), false)
      assert.equal(crypto.verifyP256(odd, key, new Uint8Array(64).fill(9)), false)
      assert.equal(crypto.agree(key, odd), undefined)
      assert.equal(
        crypto.decrypt('chacha20-poly1305', key, new Uint8Array(12), odd, key),
        undefined,
      )
    }
  })

  test(`${name} asserts on secrets, nonces and lengths of the wrong size`, () => {
    const short = new Uint8Array(31)
    const key = new Uint8Array(32)
    const calls = [
      () => crypto.signer(short),
      () => crypto.agreementKey(short),
      () => crypto.agree(short, key),
      () => crypto.encrypt('aes-256-gcm', short, new Uint8Array(12), key, key),
      () => crypto.decrypt('aes-256-gcm', key, new Uint8Array(11), key, key),
      () => crypto.hkdf(key, key, key, 8161),
      () => crypto.hkdf(key, key, key, 0),
    ]
    for (const call of calls) assert.throws(call, { name: 'AssertionError' })
  })
}

test('both backends derive the same keys from long and empty inputs', () => {
  const sizes = [0, 1, 63, 64, 65, 1025, 4096]
  for (const size of sizes) {
    const input = new Uint8Array(size).fill(size & 0xff)
    const other = utf8('other')
    for (const [secret, salt, info] of [
      [input, other, other],
      [other, input, other],
      [other, other, input],
    ] as const) {
      const [first, second] = backends.map(({ crypto }) => crypto.hkdf(secret, salt, info, 100))
      assert.deepEqual(first, second, `size ${size}`)
    }
  }
})
