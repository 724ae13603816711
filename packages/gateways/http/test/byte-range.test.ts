/** `Range` as RFC 9110 has it; the cases of its section 14.1.2 and those around every edge. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseByteRange } from '../src/byte-range.ts'

const SIZE = 10_000

test('one range is taken as it is meant, and cut at the end of the file', () => {
  const cases: readonly (readonly [string, number, number])[] = [
    ['bytes=0-499', 0, 500],
    ['bytes=500-999', 500, 500],
    ['bytes=-500', 9500, 500],
    ['bytes=9500-', 9500, 500],
    ['bytes=0-0', 0, 1],
    ['bytes=-1', 9999, 1],
    ['bytes=-20000', 0, 10_000],
    ['bytes=9999-20000', 9999, 1],
    ['bytes=0-9999999999999999', 0, 10_000],
  ]
  for (const [header, offset, lengthBytes] of cases) {
    assert.deepEqual(parseByteRange(header, SIZE), { offset, lengthBytes }, header)
  }
})

test('bytes that the file does not have are told apart', () => {
  for (const header of ['bytes=10000-', 'bytes=10000-10001', 'bytes=-0']) {
    assert.equal(parseByteRange(header, SIZE), 'none', header)
  }
  assert.equal(parseByteRange('bytes=0-', 0), 'none')
  assert.equal(parseByteRange('bytes=-1', 0), 'none')
})

test('what is no single range of bytes asks for the whole', () => {
  const others = ['', 'bytes=', 'bytes=-', 'bytes=5-4', 'bytes=0-1,3-4', 'items=0-1', 'bytes=a-b']
  for (const header of [undefined, ...others, 'bytes= 0-1', 'bytes=0-99999999999999999']) {
    assert.equal(parseByteRange(header, SIZE), undefined, header)
  }
})
