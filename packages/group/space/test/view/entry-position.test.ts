import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToId } from '@hamlet/core'
import type { EntryId } from '@hamlet/core'
import { HYBRID_COUNTER_MAX } from '@hamlet/crdt'
import { comparePositions, keyId, keyPosition, positionText, timeText } from '@hamlet/space/view'
import type { EntryPosition } from '@hamlet/space/view'
import fc from 'fast-check'

const anyPosition: fc.Arbitrary<EntryPosition> = fc
  .tuple(
    fc.oneof(fc.nat({ max: 3 }), fc.integer({ min: 0, max: 2 ** 48 - 1 })),
    fc.oneof(fc.nat({ max: 3 }), fc.integer({ min: 0, max: HYBRID_COUNTER_MAX })),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
  )
  .map(([milliseconds, counter, id]) => ({
    time: { milliseconds, counter },
    id: bytesToId<EntryId>(id),
  }))

test('a position is read from the end of a key as it was written there', () => {
  fc.assert(
    fc.property(anyPosition, fc.string(), (position, before) => {
      const key = `${before}/${positionText(position)}`
      assert.deepEqual(keyPosition(key), position)
      assert.equal(keyId(key), position.id)
    }),
  )
})

test('texts of positions are ordered as the positions are: by time, then id', () => {
  fc.assert(
    fc.property(anyPosition, anyPosition, (a, b) => {
      const [x, y] = [positionText(a), positionText(b)]
      assert.equal(Math.sign(comparePositions(a, b)), x < y ? -1 : x > y ? 1 : 0)
      assert.equal(comparePositions(a, a), 0)
    }),
  )
})

test('the text of a time lies before every position of it, and after every earlier one', () => {
  fc.assert(
    fc.property(anyPosition, anyPosition, (a, b) => {
      const [first, second] = comparePositions(a, b) <= 0 ? [a, b] : [b, a]
      assert.ok(timeText(second.time) < positionText(second))
      const isEarlier = timeText(first.time) < timeText(second.time)
      assert.equal(positionText(first) < timeText(second.time), isEarlier)
    }),
  )
})
