/** Goal: clocks and lanes join, and only one stored form of a clock is taken. Method: the laws on random ones. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCbor, encodeCbor } from '@hamlet/core'
import fc from 'fast-check'
import {
  compareClocks,
  decodeClock,
  dominates,
  encodeClock,
  mergeClocks,
  mergeLanes,
  tickClock,
} from '../src/index.ts'
import type { FlagLane, VectorClock } from '../src/index.ts'

const replica = fc.constantFrom('a', 'b', 'c')
const clock: fc.Arbitrary<VectorClock> = fc
  .array(fc.tuple(replica, fc.integer({ min: 1, max: 3 })))
  .map((pairs) => new Map(pairs))
const lane: fc.Arbitrary<FlagLane> = fc
  .tuple(fc.integer({ min: -1, max: 4 }), fc.nat({ max: 5 }))
  .map(([seq, endedBelow]) => ({ seq, on: seq >= 0 && seq % 2 === 0, endedBelow }))

function checkLaws<T>(
  arbitrary: fc.Arbitrary<T>,
  merge: (a: T, b: T) => T,
  plain: (state: T) => unknown,
): void {
  const same = (a: T, b: T): void => assert.deepEqual(plain(a), plain(b))
  fc.assert(
    fc.property(arbitrary, arbitrary, arbitrary, (a, b, c) => {
      same(merge(a, b), merge(b, a))
      same(merge(merge(a, b), c), merge(a, merge(b, c)))
      same(merge(a, a), a)
    }),
  )
}

test('vector clocks are a lattice under the pointwise maximum', () => {
  checkLaws(clock, mergeClocks, encodeClock)
})

test('a stored vector clock comes back, and what is taken has that form', () => {
  fc.assert(
    fc.property(clock, fc.nat(), fc.integer({ min: 0, max: 255 }), (state, at, byte) => {
      const bytes = encodeCbor(encodeClock(state))
      const stored = decodeClock(encodeClock(state))
      assert.ok(stored.ok)
      assert.deepEqual(encodeClock(stored.value), encodeClock(state))
      bytes[at % bytes.length] = byte
      const value = decodeCbor(bytes)
      const decoded = value.ok ? decodeClock(value.value) : value
      if (decoded.ok) assert.deepEqual(encodeCbor(encodeClock(decoded.value)), bytes)
    }),
  )
})

test('a merged vector clock dominates both, and order agrees with dominance', () => {
  const mirrored = { equal: 'equal', before: 'after', after: 'before', concurrent: 'concurrent' }
  fc.assert(
    fc.property(clock, clock, replica, (a, b, who) => {
      const merged = mergeClocks(a, b)
      assert.ok(dominates(merged, a) && dominates(merged, b))
      assert.equal(compareClocks(b, a), mirrored[compareClocks(a, b)])
      assert.equal(compareClocks(tickClock(a, who), a), 'after')
    }),
  )
})

test('lanes of a flag join', () => {
  checkLaws(lane, mergeLanes, (state) => state)
})
