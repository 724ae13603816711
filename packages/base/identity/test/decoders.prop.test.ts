/**
 * Goal: no bytes make a decoder throw or give an untyped failure. Method: random bytes, and valid encodings with bytes
 * replaced, cut, doubled or inserted, for every decoder of the package.
 */

import assert from 'node:assert/strict'
import test from 'node:test'

import * as fc from 'fast-check'

import { encodeCbor } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import {
  certifyClient,
  createIdentity,
  createPrekey,
  decodeClientCertificate,
  decodeDeviceCertificate,
  decodeKeyFile,
  decodeSignedPrekey,
  derivePersonKeys,
  encodeClientCertificate,
  encodeDeviceCertificate,
  encodeKeyFile,
  encodeLockedKeyFile,
  encodeSignedPrekey,
  openIdentity,
  signPrekey,
  wordsToEntropy,
} from '@hamlet/identity'

import { createFixedRandom, crypto } from './_support.ts'

const keys = createIdentity(crypto, createFixedRandom(1), { nowMs: 5, label: 'Laptop' })
const { deviceSigner } = openIdentity(crypto, keys)
const root = derivePersonKeys(crypto, keys.personEntropy!)
const client = certifyClient(root.rootSigner, {
  person: root.person,
  algorithm: 'ed25519',
  publicKey: deviceSigner.publicKey,
  createdAtMs: 1,
})
const lock = {
  salt: new Uint8Array(16),
  nonce: new Uint8Array(12),
  cost: { memoryKib: 64, passes: 1, lanes: 1 },
}

interface Decoder {
  readonly name: string
  readonly valid: Uint8Array
  readonly decode: (bytes: Uint8Array) => Result<unknown, { readonly code: string }>
  /** Encodes what was decoded again, where that gives the input back. */
  readonly encode?: (value: never) => Uint8Array
}

const decoders: readonly Decoder[] = [
  {
    name: 'device certificate',
    valid: keys.certificate,
    decode: decodeDeviceCertificate,
    encode: encodeDeviceCertificate,
  },
  {
    name: 'client certificate',
    valid: encodeClientCertificate(client),
    decode: decodeClientCertificate,
    encode: encodeClientCertificate,
  },
  {
    name: 'signed prekey',
    valid: encodeSignedPrekey(
      signPrekey(crypto, deviceSigner, createPrekey(createFixedRandom(2), 2, 7)),
    ),
    decode: decodeSignedPrekey,
    encode: encodeSignedPrekey,
  },
  {
    name: 'key file',
    valid: encodeKeyFile(crypto, keys),
    decode: (bytes) => decodeKeyFile(crypto, bytes),
  },
  {
    name: 'key file with its checksum mended',
    valid: encodeKeyFile(crypto, keys).slice(0, -32),
    decode: (bytes) => decodeKeyFile(crypto, Uint8Array.of(...bytes, ...crypto.hash(bytes))),
  },
  {
    name: 'key file under a passphrase with its checksum mended',
    valid: encodeLockedKeyFile(crypto, keys, lock, new Uint8Array(32)).slice(0, -32),
    decode: (bytes) => decodeKeyFile(crypto, Uint8Array.of(...bytes, ...crypto.hash(bytes))),
  },
]

const edits = fc.array(
  fc.record({
    kind: fc.constantFrom('replace', 'cut', 'insert', 'double' as const),
    at: fc.nat({ max: 1000 }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 3 },
)

for (const { name, valid, decode, encode } of decoders) {
  const judge = (bytes: Uint8Array): void => {
    const result = decode(bytes)
    if (!result.ok) assert.match(result.error.code, /^(CERTIFICATE|KEY_FILE)_/)
    else if (encode !== undefined) assert.deepEqual(encode(result.value as never), bytes)
  }

  test(`${name}: bytes changed in any way are judged, never thrown at`, () => {
    assert.ok(decode(valid).ok)
    fc.assert(
      fc.property(edits, (list) => {
        let bytes = valid
        for (const { kind, at, bytes: patch } of list) {
          const offset = at % (bytes.length + 1)
          const [head, tail] = [bytes.slice(0, offset), bytes.slice(offset)]
          if (kind === 'cut') bytes = head
          else if (kind === 'double') bytes = Uint8Array.of(...bytes, ...bytes)
          else if (kind === 'insert') bytes = Uint8Array.of(...head, ...patch, ...tail)
          else bytes = Uint8Array.of(...head, ...patch, ...tail.slice(patch.length))
        }
        judge(bytes)
      }),
      { numRuns: 300 },
    )
  })

  test(`${name}: random bytes and random CBOR arrays are judged, never thrown at`, () => {
    const field = fc.oneof(
      fc.uint8Array({ maxLength: 70 }).map((bytes) => Uint8Array.from(bytes)),
      fc.constantFrom(null, true, 1, 'ed25519', 'p256', 2 ** 40, -1),
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Uint8Array.from(bytes)),
      fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => Uint8Array.from(bytes)),
    )
    const arrays = fc.array(field, { maxLength: 10 }).map((fields) => encodeCbor([1, ...fields]))
    const inputs = fc.oneof(fc.uint8Array({ maxLength: 600 }), arrays)
    fc.assert(
      fc.property(inputs, (bytes) => judge(Uint8Array.from(bytes))),
      { numRuns: 300 },
    )
  })
}

test('recovery words: any text is judged, never thrown at', () => {
  const words = fc.array(fc.constantFrom('abandon', 'zoo', 'art', 'ZOO', 'é', '\u3000'), {
    maxLength: 26,
  })
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    words.map((list) => list.join(' ')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const result = wordsToEntropy(text)
      if (!result.ok) assert.match(result.error.code, /^WORDS_/)
    }),
    { numRuns: 500 },
  )
})
