/** Goal: changes are of every kind they are meant to be. Method: many of them from one example, sorted by what a decoder says. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, CborLink, decodeCbor, encodeCbor, utf8 } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import { bytesToText, SeededRandom, textToBytes } from '@hamlet/testkit/fuzz'
import { allNodes, readCborTree, writeCborTree } from '../../src/fuzz/cbor-tree.ts'
import { nextInput } from '../../src/fuzz/mutate.ts'

const VALUE: CborValue = [
  'name',
  -5,
  2 ** 40,
  [true, null, 1.5],
  new Map<string, CborValue>([
    ['a', 1],
    ['bb', encodeCbor(['inner', 9])],
  ]),
  new CborLink(Uint8Array.of(1, 2)),
]
const COUNT = 6000

function inputsFrom(seed: Uint8Array, form: 'bytes' | 'cbor' | 'text' | 'json'): Uint8Array[] {
  const random = new SeededRandom(3)
  const other = encodeCbor(['other', [1, 2]])
  return Array.from({ length: COUNT }, () =>
    nextInput({ form, bytesMax: 300 }, [seed, other], random),
  )
}

test('a tree that is read is written as it was', () => {
  const bytes = encodeCbor(VALUE)
  const tree = readCborTree(bytes)
  assert.ok(tree)
  assert.equal(bytesToHex(writeCborTree(tree)), bytesToHex(bytes))
  assert.ok(
    allNodes(tree).some(({ bytes: content }) => content?.toString() === utf8('inner').toString()),
    'CBOR inside a byte string is part of the tree',
  )
})

test('bytes that are no CBOR, or more than one item, have no tree', () => {
  for (const hex of ['', '18', '8201', 'ff', '0101', 'bf', '5f', '62ff']) {
    assert.equal(readCborTree(Buffer.from(hex, 'hex')), undefined, hex)
  }
})

test('changes to CBOR meet every reason to refuse, and many are accepted', () => {
  const counts = new Map<string, number>()
  for (const input of inputsFrom(encodeCbor(VALUE), 'cbor')) {
    const decoded = decodeCbor(input)
    const outcome = decoded.ok ? 'ok' : decoded.error.code
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  }
  const reasons = [
    'TRUNCATED',
    'TRAILING_BYTES',
    'NOT_CANONICAL',
    'UNSUPPORTED',
    'BAD_TEXT',
    'LIMIT',
  ]
  for (const outcome of ['ok', ...reasons.map((reason) => `CBOR_${reason}`)]) {
    const count = counts.get(outcome) ?? 0
    assert.ok(count > COUNT / 1000, `${outcome} came ${count} times`)
  }
})

test('inputs keep to their limit and differ', () => {
  for (const form of ['bytes', 'cbor', 'text', 'json'] as const) {
    const inputs = inputsFrom(utf8('{"a":[1,"two"],"b":{"c":null}}'), form)
    assert.ok(inputs.every(({ length }) => length <= 300))
    assert.ok(new Set(inputs.map(bytesToHex)).size > COUNT / 3, form)
  }
})

test('JSON often stays JSON, and text meets lone surrogates', () => {
  const documents = inputsFrom(utf8('{"a":[1,"two"],"b":{"c":null}}'), 'json')
  const parsed = documents.filter((input) => {
    try {
      JSON.parse(new TextDecoder().decode(input))
      return true
    } catch {
      return false
    }
  })
  assert.ok(parsed.length > COUNT / 5, `${parsed.length} parsed`)
  const texts = inputsFrom(utf8('Zoë and the 家族'), 'text').map(bytesToText)
  assert.ok(texts.some((text) => !text.isWellFormed()))
})

test('any text can be an input', () => {
  for (const text of ['', 'a', '😀', '\ud800', 'x\udfffy', '\u202e\ufeff']) {
    assert.equal(bytesToText(textToBytes(text)), text)
  }
})
