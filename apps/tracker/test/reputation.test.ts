/** The order of peers: what moves it, how far, and what does not. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REPUTATION_HALF_LIFE_MS, REPUTATION_PERSON_BYTES } from '../src/limits.ts'
import { REPUTATION_UNKNOWN, reputationOf } from '../src/reputation.ts'

const NOW_MS = 1_800_000_000_000
const MANY_BYTES = REPUTATION_PERSON_BYTES

function persons(count: number, bytes = MANY_BYTES, atMs = NOW_MS) {
  return Array.from({ length: count }, (_, index) => ({ person: `p${index}`, bytes, atMs }))
}

test('nothing known is one half; receipts raise it, fraud lowers it, between 0 and 1', () => {
  assert.equal(reputationOf([], 0, NOW_MS), REPUTATION_UNKNOWN)
  const some = reputationOf(persons(3), 0, NOW_MS)
  const many = reputationOf(persons(20), 0, NOW_MS)
  assert.ok(some > 0.5 && many > some && many < 1)
  const caught = reputationOf(persons(3), 1, NOW_MS)
  assert.ok(
    caught < 0.5 && reputationOf([], 1, NOW_MS) < caught && reputationOf([], 9, NOW_MS) >= 0,
  )
})

test('one person counts for a twentieth, however much and over however many devices', () => {
  const once = reputationOf(persons(1), 0, NOW_MS)
  const huge = reputationOf(persons(1, 2 ** 50), 0, NOW_MS)
  const devices = Array.from({ length: 50 }, () => persons(1)[0]!)
  assert.equal(huge, once)
  assert.equal(reputationOf(devices, 0, NOW_MS), once)
  assert.equal(reputationOf(persons(200), 0, NOW_MS), reputationOf(persons(20), 0, NOW_MS))
})

test('a first megabyte says more than one of many, and all of it fades', () => {
  const first = reputationOf(persons(1, 2 ** 20), 0, NOW_MS)
  const second = reputationOf(persons(1, 2 ** 21), 0, NOW_MS)
  assert.ok(first - REPUTATION_UNKNOWN > (second - first) * 1.2)
  const old = reputationOf(persons(20), 0, NOW_MS + 10 * REPUTATION_HALF_LIFE_MS)
  assert.ok(Math.abs(old - REPUTATION_UNKNOWN) < 0.02)
})
