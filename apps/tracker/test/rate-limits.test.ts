/** Buckets by key: each fills for itself, few are kept, and a customer's IPv6 addresses share one. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '@hamlet/core'
import { addressKey, RateLimits } from '../src/http/rate-limits.ts'
import { BUCKETS_MAX } from '../src/limits.ts'

let nowMs = 0
const clock: Clock = { wall: () => nowMs, monotonic: () => nowMs, after: () => () => {} }

test('a bucket gives what it holds, several at once or none, and says how long to wait', () => {
  const limits = new RateLimits(clock, 10, 100)
  assert.equal(limits.take('a', 60), 0)
  assert.equal(limits.take('a', 60), 2000, 'twenty are missing')
  assert.equal(limits.take('a', 40), 0, 'what was refused was not counted')
  assert.equal(limits.wait('a'), 100)
  assert.equal(limits.take('b', 100), 0, 'another key has a bucket of its own')
  nowMs += 100
  assert.equal(limits.wait('a'), 0)
  assert.equal(limits.take('a'), 0)
  assert.equal(limits.wait('unknown'), 0)
})

test('no more buckets are kept than there is room for; the one unused for longest goes', () => {
  const limits = new RateLimits(clock, 1, 1)
  for (const key of ['stale', 'used']) limits.take(key)
  for (let index = 0; index < BUCKETS_MAX - 2; index++) limits.take(String(index))
  assert.ok(limits.take('used') > 0)
  limits.take('one more')
  assert.ok(limits.wait('used') > 0, 'it was used meanwhile')
  assert.equal(limits.take('stale'), 0, 'full again')
})

test('of IPv6 the first 64 bits count, and IPv4 in IPv6 form is IPv4', () => {
  for (const [address, key] of [
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
  ] as const) {
    assert.equal(addressKey(address), key)
  }
})
