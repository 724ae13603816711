import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ENTRY_OPERATIONS_MAX, OrSet, entryDot, logDot } from '../src/index.ts'

const hash = Uint8Array.from({ length: 32 }, (_, i) => i)

test('operations of one log have numbers in their order, entry by entry', () => {
  assert.deepEqual(logDot('log', 0), { replica: 'log', seq: 0 })
  assert.deepEqual(logDot('log', 2, 3), { replica: 'log', seq: 2 * ENTRY_OPERATIONS_MAX + 3 })
  assert.ok(logDot('log', 0, ENTRY_OPERATIONS_MAX - 1).seq < logDot('log', 1).seq)
})

test('operations are named by the hash of their entry', () => {
  assert.deepEqual(entryDot(hash, 7), { replica: 'AAECAwQFBgcICQoLDA0ODw', seq: 7 })
})

test('places and hashes that cannot be are mistakes of the caller', () => {
  assert.throws(() => logDot('log', -1), /index/)
  assert.throws(() => logDot('log', 2 ** 41), /index/)
  assert.throws(() => logDot('log', 0, ENTRY_OPERATIONS_MAX), /operation/)
  assert.throws(() => entryDot(hash.subarray(1)), /32 bytes/)
})

test('a set over entries knows one row per entry, whatever the number of operations', () => {
  const set = new OrSet()
  for (let i = 0; i < 1000; i++) set.add(`element ${i}`, entryDot(hash, i))
  for (let i = 0; i < 1000; i++) set.remove(`element ${i}`)
  assert.ok(set.encode().length < 50)
})
