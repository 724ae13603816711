/**
 * Goal: no input makes the decoder throw, and what it accepts has no second spelling. Method: values generated and
 * compared with an independent codec (cborg), their encodings mutated, and random bytes.
 */

import assert from 'node:assert/strict'
import test from 'node:test'

import * as cborg from 'cborg'
import * as fc from 'fast-check'

import { CborLink, decodeCbor, encodeCbor } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'

const { value: values } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constantFrom<CborValue>(null, true, false),
    fc.maxSafeInteger().map((value) => (Object.is(value, -0) ? 0 : value)),
    fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
    fc.oneof(fc.bigInt(2n ** 53n, 2n ** 64n - 1n), fc.bigInt(-(2n ** 64n), -(2n ** 53n))),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from(bytes)),
    fc.array(tie('value'), { maxLength: 30 }),
    fc
      .array(fc.tuple(fc.string({ maxLength: 30 }), tie('value')), { maxLength: 10 })
      .map((entries) => new Map(entries)),
  ),
}))

const cborgOptions = { float64: true, useMaps: true }

test('every value comes back equal and the encoding equals that of cborg', () => {
  fc.assert(
    fc.property(values, (value) => {
      const bytes = encodeCbor(value)
      assert.deepEqual(bytes, Uint8Array.from(cborg.encode(value, cborgOptions)))
      const back = decodeCbor(bytes)
      assert.ok(back.ok)
      assert.deepEqual(encodeCbor(back.value), bytes)
      assert.deepEqual(sorted(back.value), sorted(value))
    }),
    { numRuns: 300 },
  )
})

test('a mutated encoding is refused or is the one encoding of another value', () => {
  let accepted = 0
  let refused = 0
  fc.assert(
    fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, position, mask) => {
      const bytes = encodeCbor(value)
      const index = position % bytes.length
      bytes[index] = bytes[index]! ^ mask
      if (judge(bytes)) accepted++
      else refused++
    }),
    { numRuns: 1000 },
  )
  assert.ok(accepted > 0 && refused > 0)
})

test('random bytes never throw and what is accepted is canonical', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void judge(bytes)),
    { numRuns: 3000 },
  )
})

/** Whether the decoder accepts; when it does, encoding must give the input back and cborg must agree that it is CBOR. */
function judge(bytes: Uint8Array): boolean {
  const result = decodeCbor(bytes)
  if (!result.ok) {
    assert.match(result.error.code, /^CBOR_/)
    return false
  }
  assert.deepEqual(encodeCbor(result.value), Uint8Array.from(bytes))
  cborg.decode(bytes, {
    strict: true,
    useMaps: true,
    rejectDuplicateMapKeys: true,
    tags: { 42: (cid) => cid() },
  })
  return true
}

/** The same value with map entries in one order, for comparing. */
function sorted(value: CborValue): unknown {
  if (value instanceof Uint8Array || value instanceof CborLink) return value
  if (Array.isArray(value)) return value.map(sorted)
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => [key, sorted(item)] as const)
    return entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
  }
  return value
}
