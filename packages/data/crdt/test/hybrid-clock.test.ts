import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex } from '@hamlet/core'
import fc from 'fast-check'
import {
  HYBRID_COUNTER_MAX,
  HYBRID_MILLISECONDS_MAX,
  HybridClock,
  bytesToHybridTime,
  compareHybridTimes,
  hybridTimeToBytes,
} from '../src/index.ts'

const time = fc
  .tuple(
    fc.integer({ min: 0, max: HYBRID_MILLISECONDS_MAX }),
    fc.integer({ min: 0, max: HYBRID_COUNTER_MAX }),
  )
  .map(([milliseconds, counter]) => ({ milliseconds, counter }))

function clockAt(wallMs: number) {
  return {
    wallMs,
    wall() {
      return this.wallMs
    },
  }
}

test('follows the wall clock while it advances', () => {
  const wall = clockAt(1000)
  const clock = new HybridClock(wall)
  assert.deepEqual(clock.now(), { milliseconds: 1000, counter: 0 })
  assert.deepEqual(clock.now(), { milliseconds: 1000, counter: 1 })
  wall.wallMs = 1001
  assert.deepEqual(clock.now(), { milliseconds: 1001, counter: 0 })
})

test('keeps increasing when the wall clock is set back by a year', () => {
  const wall = clockAt(2_000_000_000_000)
  const clock = new HybridClock(wall)
  const before = clock.now()
  wall.wallMs -= 365 * 86_400_000
  assert.deepEqual(clock.now(), { ...before, counter: 1 })
})

test('carries into the milliseconds when the counter is used up', () => {
  const clock = new HybridClock(clockAt(0), { milliseconds: 7, counter: HYBRID_COUNTER_MAX })
  assert.deepEqual(clock.now(), { milliseconds: 8, counter: 0 })
})

test('refuses to go past the end of its range and stays as it was', () => {
  const end = { milliseconds: HYBRID_MILLISECONDS_MAX, counter: HYBRID_COUNTER_MAX }
  const clock = new HybridClock(clockAt(5), end)
  assert.throws(() => clock.now(), { code: 'CRDT_CLOCK_OVERFLOW' })
  assert.deepEqual(clock.last, end)
})

test('gives the nearest time it can hold when the wall clock is nonsense', () => {
  for (const wallMs of [Number.NaN, -1, Number.NEGATIVE_INFINITY]) {
    assert.equal(new HybridClock(clockAt(wallMs)).now().milliseconds, 0)
  }
  assert.equal(new HybridClock(clockAt(Infinity)).now().milliseconds, HYBRID_MILLISECONDS_MAX)
})

test('says which times are more than five minutes ahead', () => {
  const clock = new HybridClock(clockAt(1000))
  assert.equal(clock.isAhead({ milliseconds: 301_000, counter: 9 }), false)
  assert.equal(clock.isAhead({ milliseconds: 301_001, counter: 0 }), true)
})

test('packs to the documented bytes', () => {
  const bytes = hybridTimeToBytes({ milliseconds: 1_700_000_000_000, counter: 5 })
  assert.equal(bytesToHex(bytes), '018bcfe568000005')
})

test('every time given is greater than all given and observed before', () => {
  const step = fc.oneof(
    fc.record({ wallMs: fc.integer({ min: 0, max: 50 }) }),
    fc.record({
      seen: fc.record({
        milliseconds: fc.integer({ min: 0, max: 60 }),
        counter: fc.integer({ min: HYBRID_COUNTER_MAX - 3, max: HYBRID_COUNTER_MAX }),
      }),
    }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const wall = clockAt(0)
      const clock = new HybridClock(wall)
      let greatest = clock.now()
      for (const each of steps) {
        if ('wallMs' in each) wall.wallMs = each.wallMs
        else {
          clock.observe(each.seen)
          if (compareHybridTimes(each.seen, greatest) > 0) greatest = each.seen
        }
        const given = clock.now()
        assert.ok(compareHybridTimes(given, greatest) > 0)
        greatest = given
      }
    }),
  )
})

test('packed times come back and sort as the times do', () => {
  fc.assert(
    fc.property(time, time, (a, b) => {
      assert.deepEqual(bytesToHybridTime(hybridTimeToBytes(a)), a)
      const packed = Buffer.compare(hybridTimeToBytes(a), hybridTimeToBytes(b))
      assert.equal(Math.sign(compareHybridTimes(a, b)), packed)
    }),
  )
})
