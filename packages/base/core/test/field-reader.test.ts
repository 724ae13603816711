import assert from 'node:assert/strict'
import test from 'node:test'

import { decodeCbor, decodeFields, encodeCbor, readFields, utf8 } from '@hamlet/core'
import type { CborValue, FieldReader, SpaceId } from '@hamlet/core'

/** Reads one field of each kind from `value` with `read`; the message of the refusal, or the record. */
function reading<T>(value: CborValue, read: (fields: FieldReader) => T): T | string {
  const result = readFields(value, 'record', read)
  if (result.ok) return result.value
  assert.equal(result.error.code, 'CBOR_FIELD')
  return result.error.message
}

function readPair(fields: FieldReader): number[] {
  return [fields.uint(), fields.uint()]
}

function readNested(fields: FieldReader): unknown {
  return {
    label: fields.optional(() => fields.text(5)),
    point: fields.tuple(readPair),
    sizes: fields.list(3, (item) => item.uint(9)),
  }
}

function breakDown(): never {
  throw new RangeError('a bug in the reader')
}

test('reads a record and refuses missing and surplus fields', () => {
  assert.deepEqual(reading([1, 2], readPair), [1, 2])
  assert.equal(reading([1], readPair), 'record: field 1 is missing')
  assert.equal(reading([1, 2, 3], readPair), 'record: expected 2 fields, got 3')
  assert.equal(reading(new Map(), readPair), 'record: expected an array')
})

test('judges integers, lengths and literals at their edges', () => {
  const cases: readonly (readonly [CborValue, (fields: FieldReader) => unknown, boolean])[] = [
    [7, (fields) => fields.uint(7), true],
    [8, (fields) => fields.uint(7), false],
    [-1, (fields) => fields.uint(7), false],
    [-1, (fields) => fields.int(-1, 0), true],
    [0.5, (fields) => fields.uint(7), false],
    [2n ** 60n, (fields) => fields.uint(), false],
    [true, (fields) => fields.boolean(), true],
    [1, (fields) => fields.boolean(), false],
    [new Uint8Array(4), (fields) => fields.bytes(4), true],
    [new Uint8Array(5), (fields) => fields.bytes(4), false],
    ['abcd', (fields) => fields.bytes(4), false],
    [new Uint8Array(4), (fields) => fields.bytesUpTo(4), true],
    [new Uint8Array(5), (fields) => fields.bytesUpTo(4), false],
    [new Uint8Array(0), (fields) => fields.bytesUpTo(4, 1), false],
    ['ab', (fields) => fields.text(2), true],
    ['abc', (fields) => fields.text(2), false],
    ['éé', (fields) => fields.text(3), false],
    ['é', (fields) => fields.text(2, 2), true],
    ['', (fields) => fields.text(9, 1), false],
    [1, (fields) => fields.literal(1), true],
    [2, (fields) => fields.literal(1), false],
    ['b', (fields) => fields.oneOf(['a', 'b']), true],
    ['c', (fields) => fields.oneOf(['a', 'b']), false],
    [new Uint8Array(32), (fields) => fields.id<SpaceId>(), true],
    [new Uint8Array(31), (fields) => fields.id<SpaceId>(), false],
  ]
  for (const [index, [value, read, isAccepted]] of cases.entries()) {
    assert.equal(readFields([value], 'record', read).ok, isAccepted, `case ${index}`)
  }
})

test('reads optional fields, nested tuples and bounded lists', () => {
  assert.deepEqual(reading([null, [1, 2], []], readNested), {
    label: undefined,
    point: [1, 2],
    sizes: [],
  })
  assert.deepEqual(reading(['a', [1, 2], [3]], readNested), {
    label: 'a',
    point: [1, 2],
    sizes: [3],
  })
  assert.equal(reading([null, [1], []], readNested), 'record[1]: field 1 is missing')
  assert.equal(reading([null, [1, 2, 3], []], readNested), 'record[1]: expected 2 fields, got 3')
  assert.match(String(reading([null, [1, 2], [1, 2, 3, 4]], readNested)), /a list of 0 to 3 items/)
  assert.match(String(reading([null, [1, 2], [10]], readNested)), /an integer from 0 to 9/)
})

test('refuses a list whose reader takes more than its item', () => {
  const result = reading([[1, 2]], (fields) => fields.list(4, (item) => item.uint() + item.uint()))
  assert.match(String(result), /one item at a time/)
})

test('gives the decoder error of bytes that are not canonical CBOR', () => {
  const result = decodeFields(Uint8Array.of(0x81, 0x18, 0x01), 'record', (fields) => fields.uint())
  assert.ok(!result.ok)
  assert.equal(result.error.code, 'CBOR_NOT_CANONICAL')
})

test('lets errors that are not refusals through', () => {
  const bytes = encodeCbor([1])
  assert.throws(() => decodeFields(bytes, 'record', breakDown), RangeError)
})

test('ends the reading when the reader refuses for a reason of its own', () => {
  const result = reading([5, 3], (fields) => {
    const [first, last] = [fields.uint(), fields.uint()]
    if (last < first) throw fields.refuse('the range ends before it starts')
    return [first, last]
  })
  assert.equal(result, 'record: the range ends before it starts')
})

test('hands over a field that another decoder judges', () => {
  const inner = ['x', utf8('y')]
  assert.deepEqual(
    reading([inner], (fields) => fields.value()),
    inner,
  )
  assert.ok(decodeCbor(encodeCbor(inner)).ok)
})
