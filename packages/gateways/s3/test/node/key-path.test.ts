/** Method: laws of the encoding over keys that are alike, and the worked example of the format. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareBytes, concatBytes, utf8 } from '@hamlet/core'
import { decodeName, keyToPath, prefixOfName } from '../../src/node/key-path.ts'
import { ODD_KEYS } from '../_backend-suite.ts'

const piece = fc.constantFrom('/', 'a', 'A', '.', '-', '+', '~', '_', 'é', 'x'.repeat(40), '\u0000')
const key = fc
  .array(piece, { minLength: 1, maxLength: 12 })
  .map((pieces) => pieces.join(''))
  .filter((key) => utf8(key).length <= 1024)

function keyOf(path: readonly string[]): Uint8Array {
  return concatBytes(...path.map((name) => prefixOfName(decodeName(name)!)))
}

function check(key: string): void {
  const path = keyToPath(key)
  assert.deepEqual(keyOf(path), utf8(key))
  assert.ok(path.every((name) => /^[+~_][a-z0-9_.!%-]*$/.test(name) && name.length <= 241))
  assert.ok(path.at(-1)!.startsWith('_'))
  assert.ok(path.slice(0, -1).every((name) => !name.startsWith('_')))
}

function sortName(name: string): Uint8Array {
  return prefixOfName(decodeName(name)!)
}

/** By the first names that differ. */
function order(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((name, i) => name !== b[i])
  return at === -1 ? 0 : compareBytes(sortName(a[at]!), sortName(b[at]!))
}

test('the worked examples are as the format says', () => {
  assert.deepEqual(keyToPath('Photos//é.jpg'), ['+!photos', '+', '_%c3%a9.jpg'])
  assert.deepEqual(keyToPath('..'), ['_..'])
  assert.deepEqual(keyToPath(`${'x'.repeat(80)}/y`), [`~${'x'.repeat(80)}`, '+', '_y'])
})

test('a path gives its key back, with names that every file system keeps apart', () => {
  for (const key of ODD_KEYS) check(key)
  fc.assert(fc.property(key, check))
})

test('paths walked name by name are in the order of keys', () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      const expected = Math.sign(compareBytes(utf8(a), utf8(b)))
      assert.equal(Math.sign(order(keyToPath(a), keyToPath(b))), expected)
    }),
    { numRuns: 500 },
  )
})

test('a second spelling of a name is none', () => {
  for (const name of ['', 'a', '_A', '_%41', '_%61', '_%C3', '_!', '_!A', '_%4', '_a b', '..']) {
    assert.equal(decodeName(name), undefined, name)
  }
})
