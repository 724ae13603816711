import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFields } from '@hamlet/core'
import {
  bytesToLedgerId,
  isPlaceholder,
  parseLedgerId,
  partyToBytes,
  readParty,
} from '@hamlet/expenses'

const read = (bytes: Uint8Array) => readFields([bytes], 'test', (fields) => readParty(fields))

test('a party of 16 bytes is a placeholder, one of 32 a person, and no other length is a party', () => {
  const placeholder = read(new Uint8Array(16).fill(1))
  const person = read(new Uint8Array(32).fill(2))
  assert.ok(placeholder.ok && isPlaceholder(placeholder.value))
  assert.ok(person.ok && !isPlaceholder(person.value))
  for (const length of [0, 15, 17, 31, 33]) assert.ok(!read(new Uint8Array(length)).ok, `${length}`)
})

test('a party is written as it was read', () => {
  for (const length of [16, 32]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i)
    const party = read(bytes)
    assert.ok(party.ok)
    assert.deepEqual(partyToBytes(party.value), bytes)
  }
})

test('an id of a ledger is 32 lower-case hex digits', () => {
  const id = bytesToLedgerId(new Uint8Array(32).fill(0xab))
  assert.equal(id, 'ab'.repeat(16))
  assert.equal(parseLedgerId(id), id)
  for (const text of ['', id.toUpperCase(), `${id}00`, id.slice(1), 'g'.repeat(32)]) {
    assert.equal(parseLedgerId(text), undefined)
  }
})
