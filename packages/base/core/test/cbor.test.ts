/**
 * Goal: one value has one encoding and everything else is refused with a typed error. Method: the dag-cbor fixtures of
 * IPLD in both directions, a list of malformed inputs for every rule, and the limits at and beyond their edge.
 */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'

import { base32 } from 'multiformats/bases/base32'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'

import { bytesToHex, CborLink, decodeCbor, encodeCbor, hexToBytes } from '@hamlet/core'
import type { CborErrorCode, CborLimits, CborValue } from '@hamlet/core'

import { readVectors } from './_vectors.ts'

interface Fixture {
  readonly cid: string
  readonly hex: string
}

function decoded(hex: string, limits?: CborLimits): CborValue {
  const result = decodeCbor(hexToBytes(hex), limits)
  assert.ok(result.ok, `${hex}: ${result.ok || result.error.message}`)
  return result.value
}

function refused(hex: string, code: CborErrorCode, limits?: CborLimits): void {
  const result = decodeCbor(hexToBytes(hex), limits)
  assert.ok(!result.ok, `${hex} was accepted`)
  assert.equal(result.error.code, code, `${hex}: ${result.error.message}`)
}

test('round-trips every dag-cbor fixture byte for byte, hence to the same CID', () => {
  const vectors = readVectors<Record<string, Fixture>>('dag-cbor/fixtures.json', 128)
  if (vectors === undefined) return
  let executed = 0
  for (const [name, { cid, hex }] of Object.entries(vectors.data)) {
    const encoded = encodeCbor(decoded(hex))
    assert.equal(bytesToHex(encoded), hex, name)
    const digest = createHash('sha256').update(encoded).digest('hex')
    assert.equal(bytesToHex(CID.parse(cid).multihash.digest), digest, name)
    executed++
  }
  assert.equal(executed, vectors.caseCount)
})

test('keeps the links of the fixtures as the binary CIDs they are', () => {
  const vectors = readVectors<Record<string, Fixture>>('dag-cbor/fixtures.json', 128)
  if (vectors === undefined) return
  let links = 0
  for (const [name, { hex }] of Object.entries(vectors.data)) {
    const value = decoded(hex)
    if (!(value instanceof CborLink)) continue
    assert.deepEqual(
      CID.parse(name.slice('cid-'.length), base58btc.decoder.or(base32)).bytes,
      value.cid,
    )
    links++
  }
  assert.ok(links >= 15, `${links} links`)
})

test('refuses the negative dag-cbor fixtures', () => {
  const vectors = readVectors<{ hex: string }[]>('dag-cbor/negative-decode.json', 1)
  if (vectors === undefined) return
  for (const { hex } of vectors.data) refused(hex, 'CBOR_NOT_CANONICAL')
  assert.equal(vectors.data.length, vectors.caseCount)
})

test('encodes the worked example of the header comment', () => {
  const value = ['hamlet', 2, Uint8Array.of(0x01, 0xff), null]
  assert.equal(bytesToHex(encodeCbor(value)), '846668616d6c6574024201fff6')
  assert.deepEqual(decoded('846668616d6c6574024201fff6'), value)
})

test('gives integers beyond 2^53 as bigint and takes them back', () => {
  assert.equal(decoded('1b001fffffffffffff'), Number.MAX_SAFE_INTEGER)
  assert.equal(decoded('1b0020000000000000'), 2n ** 53n)
  assert.equal(decoded('3b001ffffffffffffe'), Number.MIN_SAFE_INTEGER)
  assert.equal(decoded('3b001fffffffffffff'), -(2n ** 53n))
  assert.equal(decoded('3bffffffffffffffff'), -(2n ** 64n))
  assert.equal(bytesToHex(encodeCbor(5n)), '05')
  assert.equal(bytesToHex(encodeCbor(-1n)), '20')
})

test('refuses integers and lengths that are not in the shortest form', () => {
  const longForms = ['1817', '1900ff', '1a0000ffff', '1b00000000ffffffff', '3817', '3900ff']
  const lengths = [
    '580100',
    '5900ff',
    '7800',
    '9800',
    '990000',
    'b800',
    'd9002a420001',
    '7b0000000000000000',
  ]
  for (const hex of [...longForms, ...lengths]) refused(hex, 'CBOR_NOT_CANONICAL')
})

test('refuses indefinite lengths and reserved heads', () => {
  for (const hex of ['5f4100ff', '7f6161ff', '9fff', 'bfff', '1c', '3d', '5e', 'ff', 'fc']) {
    refused(hex, 'CBOR_UNSUPPORTED')
  }
})

test('refuses map keys that are not text, out of order or twice there', () => {
  for (const hex of ['a10102', 'a1410102', 'a1f602', 'a1800a']) {
    const result = decodeCbor(hexToBytes(hex))
    assert.ok(!result.ok, hex)
  }
  refused('a10102', 'CBOR_UNSUPPORTED')
  refused('a2616201616102', 'CBOR_NOT_CANONICAL')
  refused('a262616101616202', 'CBOR_NOT_CANONICAL')
  refused('a2616101616102', 'CBOR_NOT_CANONICAL')
})

test('refuses tags other than 42 and CIDs without their leading zero byte', () => {
  for (const hex of ['c001', 'd82b420001', 'c249010000000000000000', 'd9d9f700']) {
    refused(hex, 'CBOR_UNSUPPORTED')
  }
  for (const hex of ['d82a420155', 'd82a4100', 'd82a40', 'd82a6100', 'd82a01']) {
    refused(hex, 'CBOR_UNSUPPORTED')
  }
  assert.deepEqual(decoded('d82a43000155'), new CborLink(Uint8Array.of(0x01, 0x55)))
})

test('refuses short floats, NaN, infinities and integral floats', () => {
  for (const hex of [
    'f93c00',
    'fa3f800000',
    'f97e00',
    'fb7ff8000000000000',
    'fb7ff0000000000000',
    'fbfff0000000000000',
  ]) {
    refused(hex, 'CBOR_UNSUPPORTED')
  }
  for (const hex of ['fb3ff0000000000000', 'fb0000000000000000', 'fb8000000000000000']) {
    refused(hex, 'CBOR_NOT_CANONICAL')
  }
  assert.equal(decoded('fb3fe0000000000000'), 0.5)
})

test('refuses undefined and other simple values', () => {
  for (const hex of ['f7', 'e0', 'f3', 'f820', 'f8ff', 'f814']) refused(hex, 'CBOR_UNSUPPORTED')
})

test('refuses trailing bytes, nothing at all and inputs cut anywhere', () => {
  refused('0000', 'CBOR_TRAILING_BYTES')
  refused('f600', 'CBOR_TRAILING_BYTES')
  const whole = encodeCbor(['hamlet', 300, new Uint8Array(30), new Map([['key', 0.5]]), 2n ** 60n])
  for (let length = 0; length < whole.length; length++) {
    refused(bytesToHex(whole.subarray(0, length)), 'CBOR_TRUNCATED')
  }
})

test('refuses text that is not UTF-8, short or long', () => {
  for (const text of ['ff', 'c080', 'eda080', 'f4908080', 'e28228']) {
    refused(bytesToHex(Uint8Array.of(0x60 + text.length / 2)) + text, 'CBOR_BAD_TEXT')
  }
  refused(`7830${'ff'.repeat(48)}`, 'CBOR_BAD_TEXT')
})

test('refuses lengths beyond the input before allocating for them', () => {
  const rssBefore = process.memoryUsage().rss
  for (const head of [
    '5b001fffffffffffff',
    '5bffffffffffffffff',
    '5affffffff',
    '9affffffff',
    '9b00000000ffffffff00',
    'baffffffff',
    '7affffffff',
    'bb001fffffffffffff',
  ]) {
    const result = decodeCbor(hexToBytes(head))
    assert.ok(!result.ok, head)
  }
  assert.ok(process.memoryUsage().rss - rssBefore < 64 * 1024 * 1024)
})

test('nests 32 deep and no deeper', () => {
  decoded(`${'81'.repeat(32)}00`)
  refused(`${'81'.repeat(33)}00`, 'CBOR_LIMIT')
  refused('81'.repeat(100_000), 'CBOR_LIMIT')
  refused('a16161'.repeat(33), 'CBOR_LIMIT')
  refused('818100', 'CBOR_LIMIT', { depthMax: 1 })
  refused(`${'81'.repeat(33)}00`, 'CBOR_LIMIT', { depthMax: 1000 })
})

test('keeps the limits of bytes, items and strings', () => {
  decoded('830102f6', { bytesMax: 4, itemsMax: 4 })
  refused('830102f6', 'CBOR_LIMIT', { bytesMax: 3 })
  refused('830102f6', 'CBOR_LIMIT', { itemsMax: 3 })
  refused('a26161016162f6', 'CBOR_LIMIT', { itemsMax: 4 })
  decoded('43010203', { stringBytesMax: 3 })
  refused('43010203', 'CBOR_LIMIT', { stringBytesMax: 2 })
  refused('63616263', 'CBOR_LIMIT', { stringBytesMax: 2 })
})

test('treats __proto__ and constructor as keys like any other', () => {
  const map = new Map<string, CborValue>([
    ['__proto__', 1],
    ['constructor', 2],
  ])
  const back = decodeCbor(encodeCbor(map))
  assert.ok(back.ok)
  assert.deepEqual(back.value, map)
  assert.equal(({} as Record<string, unknown>)['1'], undefined)
})

test('orders map keys by length, then bytewise, whatever the insertion order', () => {
  const keys = ['b', 'aa', 'a', '', 'é', 'ab']
  const expected = encodeCbor(new Map(keys.map((key) => [key, 0])))
  assert.deepEqual(encodeCbor(new Map(keys.toReversed().map((key) => [key, 0]))), expected)
  const result = decodeCbor(expected)
  assert.ok(result.ok && result.value instanceof Map)
  assert.deepEqual([...result.value.keys()], ['', 'a', 'b', 'aa', 'ab', 'é'])
})

test('decoded bytes are copies, also of a Buffer', () => {
  const input = Buffer.from('4401020304', 'hex')
  const result = decodeCbor(input)
  assert.ok(result.ok && result.value instanceof Uint8Array)
  input.fill(0xff)
  assert.deepEqual(result.value, Uint8Array.of(1, 2, 3, 4))
})

test('asserts on values that have no encoding', () => {
  const loop: CborValue[] = []
  loop.push(loop)
  const bad: CborValue[] = [
    Number.NaN,
    Infinity,
    -Infinity,
    '\ud800',
    `${'long '.repeat(9)}\udfff`,
    2n ** 64n,
    -(2n ** 64n) - 1n,
    loop,
  ]
  for (const value of bad) {
    assert.throws(() => encodeCbor(value), { name: 'AssertionError' })
  }
  assert.throws(() => encodeCbor({} as unknown as CborValue), { name: 'AssertionError' })
  assert.throws(() => encodeCbor(undefined as unknown as CborValue), { name: 'AssertionError' })
})
