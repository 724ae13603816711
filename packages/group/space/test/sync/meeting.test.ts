/** Blinded tags: what two sides see of each other's secrets, and what nobody else does. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, utf8 } from '@hamlet/core'
// Not part of the package's face: only the link uses it.
import { matchTags, meetingHandle, meetingTag, tagsToSend } from '../../src/sync/meeting.ts'
import type { Endpoint } from '../../src/sync/meeting.ts'
import { crypto, seededRandom } from '../_world.ts'

const random = seededRandom('meeting')

function endpoint(): Endpoint {
  return { peer: bytesToHex(random.bytes(32)), nonce: random.bytes(32) }
}

function named(name: string): { readonly name: string; readonly secret: Uint8Array } {
  return { name, secret: crypto.hash(utf8(name)) }
}

const [a, b] = [endpoint(), endpoint()]
const secret = random.bytes(32)

test('both sides find what both know, and nothing else', () => {
  const [shared, ofA, ofB] = [named('shared'), named('a'), named('b')]
  const fromA = tagsToSend(crypto, random, [shared.secret, ofA.secret], a, b)
  const fromB = tagsToSend(crypto, random, [ofB.secret, shared.secret], b, a)
  assert.deepEqual(matchTags(crypto, [ofB, shared], fromA, b, a), [shared])
  assert.deepEqual(matchTags(crypto, [shared, ofA], fromB, a, b), [shared])
})

test('a tag is worth nothing in the other direction, on another connection or from another device', () => {
  const tag = meetingTag(crypto, secret, a, b)
  const others: Uint8Array[] = [
    meetingTag(crypto, secret, b, a),
    meetingTag(crypto, secret, { ...a, nonce: random.bytes(32) }, b),
    meetingTag(crypto, secret, a, { ...b, nonce: random.bytes(32) }),
    meetingTag(crypto, secret, { ...a, peer: endpoint().peer }, b),
    meetingTag(crypto, secret, a, { ...b, peer: endpoint().peer }),
    meetingTag(crypto, random.bytes(32), a, b),
  ]
  for (const other of others) assert.notDeepEqual(other, tag)
})

test('sent back to its sender a tag matches nothing', () => {
  const tags = tagsToSend(crypto, random, [secret], a, b)
  assert.deepEqual(matchTags(crypto, [{ secret }], tags, a, b), [])
})

test('the number of tags is rounded up to eight and there is always some', () => {
  for (const [count, expected] of [
    [0, 8],
    [1, 8],
    [8, 8],
    [9, 16],
  ] as const) {
    const secrets = Array.from({ length: count }, () => random.bytes(32))
    assert.equal(tagsToSend(crypto, random, secrets, a, b).length, expected)
  }
})

test('tags are sorted, so their order tells nothing of that of the secrets', () => {
  const secrets = Array.from({ length: 12 }, () => random.bytes(32))
  const tags = tagsToSend(crypto, random, secrets, a, b).map(bytesToHex)
  assert.deepEqual(tags, tags.toSorted())
})

test('no more tags are sent than may be received', () => {
  const secrets = Array.from({ length: 1_100 }, (_, i) => new Uint8Array(32).fill(i % 256))
  assert.equal(tagsToSend(crypto, random, secrets, a, b).length, 1_024)
})

test('both sides give a space the same handle, and another one on every connection', () => {
  const handle = bytesToHex(meetingHandle(crypto, secret, a, b))
  assert.equal(bytesToHex(meetingHandle(crypto, secret, b, a)), handle)
  const later = { ...a, nonce: random.bytes(32) }
  assert.notEqual(bytesToHex(meetingHandle(crypto, secret, later, b)), handle)
  assert.notEqual(bytesToHex(meetingHandle(crypto, random.bytes(32), a, b)), handle)
})
