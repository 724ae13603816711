/**
 * Goal: an operation that a client signs has one text, and what is not that text is refused, never read some other way.
 * Method: a golden file with its signature, texts that other readers of JSON take, values of any shape, and two kinds of
 * keys, one of which WebCrypto does not give away.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import fc from 'fast-check'

import { base64ToBytes, bytesToHex, decodeUtf8, utf8 } from '@hamlet/core'
import type { DeviceId, PersonId, SpaceId } from '@hamlet/core'
import {
  canonicalJson,
  certifyClient,
  clientOperationId,
  createOperationNonce,
  decodeSignedOperation,
  derivePersonKeys,
  encodeClientCertificate,
  encodeClientOperation,
  openClientCertificate,
  OPERATION_BYTES_MAX,
  OPERATION_DEPTH_MAX,
  readClientOperation,
  signClientOperation,
  verifyClientOperation,
} from '@hamlet/identity'
import type { ClientOperation, ClientSign, JsonValue } from '@hamlet/identity'

import { createFixedRandom, crypto } from './_support.ts'

const NOW_MS = 1_790_000_000_000
const ROOT = derivePersonKeys(crypto, new Uint8Array(32).fill(0x11))
const client = crypto.signer(new Uint8Array(32).fill(0x55))
const certificate = encodeClientCertificate(
  certifyClient(ROOT.rootSigner, {
    ...{ person: ROOT.person, algorithm: 'ed25519', publicKey: client.publicKey },
    ...{ label: 'Bookkeeping', createdAtMs: NOW_MS, expiresAtMs: NOW_MS + 1000 },
  }),
)
const operation: ClientOperation = {
  operation: 'add_expense',
  space: 'ab'.repeat(32) as SpaceId,
  person: ROOT.person as PersonId,
  device: 'cd'.repeat(32) as DeviceId,
  atMs: NOW_MS,
  nonce: createOperationNonce(createFixedRandom(7)),
  data: { title: 'Bread “from” Žižkov', amountMinor: 350, tags: ['food', ''], note: null },
}

const golden = JSON.parse(
  readFileSync(new URL('./golden/client-operation-v1.json', import.meta.url), 'utf8'),
) as { readonly text: string; readonly id: string; readonly request: Record<string, string> }

test('the operation of the golden file, its id and its signature never change', async () => {
  assert.equal(decodeUtf8(encodeClientOperation(operation)), golden.text)
  assert.equal(clientOperationId(crypto, utf8(golden.text)), golden.id)
  const signed = await signClientOperation(operation, certificate, (message) =>
    client.sign(message),
  )
  assert.deepEqual(signed, golden.request)
  const read = readClientOperation(utf8(golden.text))
  assert.ok(read.ok)
  assert.deepEqual(read.value, operation)
})

test('a request is taken apart into what was signed, and verifies', async () => {
  const parts = decodeSignedOperation(
    await signClientOperation(operation, certificate, (message) => client.sign(message)),
  )
  assert.ok(parts.ok)
  assert.equal(decodeUtf8(parts.value.operation), golden.text)
  const opened = openClientCertificate(crypto, parts.value.certificate)
  assert.ok(opened.ok)
  const { operation: bytes, signature } = parts.value
  assert.ok(verifyClientOperation(crypto, opened.value, bytes, signature, NOW_MS))
  const tampered = utf8(golden.text.replace('350', '351'))
  assert.ok(!verifyClientOperation(crypto, opened.value, tampered, signature, NOW_MS))
})

test('a key that WebCrypto does not give away signs an operation', async () => {
  const { subtle } = globalThis.crypto
  const pair = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  const publicKey = new Uint8Array(await subtle.exportKey('raw', pair.publicKey))
  const facts = { person: ROOT.person, algorithm: 'p256', publicKey, createdAtMs: NOW_MS } as const
  const certified = certifyClient(ROOT.rootSigner, facts)
  const sign: ClientSign = async (message) => {
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
    return new Uint8Array(await subtle.sign(algorithm, pair.privateKey, message as BufferSource))
  }
  const signed = await signClientOperation(operation, encodeClientCertificate(certified), sign)
  const parts = decodeSignedOperation(signed)
  assert.ok(parts.ok)
  const { operation: bytes, signature } = parts.value
  assert.ok(verifyClientOperation(crypto, certified, bytes, signature, NOW_MS))
})

test('whatever is not the one text of an operation is refused', () => {
  const { text } = golden
  const others: readonly (readonly [what: string, text: string])[] = [
    ['a space', text.replace('{"atMs":', '{ "atMs":')],
    ['a line end', `${text}\n`],
    ['a byte order mark', `\ufeff${text}`],
    [
      'another order',
      text.replace(/^\{("atMs":\d+),/, '{').replace(/\}$/, ',"atMs":1790000000000}'),
    ],
    ['a key twice', text.replace('"amountMinor":350', '"amountMinor":350,"amountMinor":350')],
    ['a fraction', text.replace(':350', ':350.5')],
    ['another spelling of a number', text.replace(':350', ':3.5e2')],
    ['a number beyond the safe ones', text.replace(':350', ':9007199254740993')],
    ['a needless escape', text.replace('food', '\\u0066ood')],
    ['half a surrogate pair', text.replace('food', '\\ud800')],
    ['a field too many', text.replace('"nonce"', '"no":1,"nonce"')],
    ['no nonce', text.replace(/"nonce":"[0-9a-f]*",/, '')],
    ['a short nonce', text.replace(/"nonce":"[0-9a-f]{2}/, '"nonce":"')],
    ['no device', text.replace(/"device":"[0-9a-f]*",/, '')],
    ['a person in capitals', text.replace(/"person":"[0-9a-f]*"/, (at) => at.toUpperCase())],
    ['data that is a list', text.replace(/"data":\{.*?\}/, '"data":[]')],
    ['no JSON', text.slice(0, -1)],
    ['nothing', ''],
  ]
  for (const [what, other] of others) {
    assert.notEqual(other, text, what)
    const read = readClientOperation(utf8(other))
    assert.ok(!read.ok, what)
    assert.equal(read.error.code, 'OPERATION_MALFORMED', what)
  }
  const latin1 = Uint8Array.of(...utf8(text.slice(0, -1)), 0xe9)
  assert.ok(!readClientOperation(latin1).ok)
})

test('an operation of the greatest length and depth is read, one more is not', () => {
  const rest = encodeClientOperation(padded(0)).length
  assert.equal(
    encodeClientOperation(padded(OPERATION_BYTES_MAX - rest)).length,
    OPERATION_BYTES_MAX,
  )
  assert.throws(() => encodeClientOperation(padded(OPERATION_BYTES_MAX - rest + 1)), {
    code: 'OPERATION_MALFORMED',
  })
  assert.ok(readClientOperation(encodeClientOperation(nested(OPERATION_DEPTH_MAX))).ok)
  assert.throws(() => encodeClientOperation(nested(OPERATION_DEPTH_MAX + 1)), {
    code: 'OPERATION_MALFORMED',
  })
  const deep = golden.text.replace(':350', `:${'['.repeat(10_000)}${']'.repeat(10_000)}`)
  assert.ok(!readClientOperation(utf8(deep)).ok)
})

test('a request whose parts are too long, not base64 or no signature is refused', () => {
  const { request } = golden as never as { request: Parameters<typeof decodeSignedOperation>[0] }
  for (const change of [
    { certificate: 'A'.repeat(1000) },
    { operation: 'A'.repeat(OPERATION_BYTES_MAX * 2) },
    { operation: request.operation.replace(/.$/, '!') },
    { signature: request.signature.slice(4) },
    { signature: `${request.signature.slice(0, -4)}AAAA` },
  ]) {
    const decoded = decodeSignedOperation({ ...request, ...change })
    assert.ok(!decoded.ok)
    assert.equal(decoded.error.code, 'OPERATION_MALFORMED')
  }
  assert.equal(base64ToBytes(request.signature)?.length, 64)
})

test('canonical JSON is what JSON.parse reads back, whatever the order of the keys was', () => {
  const integers = fc.maxSafeInteger()
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 6 },
      fc.constant(null),
      fc.boolean(),
      integers,
      fc.string({ unit: 'grapheme' }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(value, (json) => {
      const text = canonicalJson(json)
      assert.equal(canonicalJson(JSON.parse(text) as JsonValue), text)
      assert.equal(canonicalJson(reversed(json)), text)
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(json)))
    }),
  )
})

test('the golden id is the hash of the text, which a signature bent into another valid one does not change', () => {
  assert.equal(golden.id, bytesToHex(crypto.hash(utf8(golden.text))))
})

function padded(length: number): ClientOperation {
  return { ...operation, data: { a: 'x'.repeat(length) } }
}

function nested(depth: number): ClientOperation {
  let value: JsonValue = 1
  for (let level = 2; level < depth; level++) value = [value]
  return { ...operation, data: { a: value } }
}

function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value as Readonly<Record<string, JsonValue>>).reverse()
  return Object.fromEntries(entries.map(([key, item]) => [key, reversed(item)]))
}
