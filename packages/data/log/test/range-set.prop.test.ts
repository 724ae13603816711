import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RangeSet } from '../src/range-set.ts'

test('it holds what a set of numbers holds, in as few stretches as possible', () => {
  const step = fc.record({ adds: fc.boolean(), from: fc.nat(40), count: fc.nat(12) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const set = new RangeSet()
      const model = new Set<number>()
      for (const { adds, from, count } of steps) {
        if (adds) set.add(from, from + count)
        else set.remove(from, from + count)
        for (let i = from; i < from + count; i++) {
          if (adds) model.add(i)
          else model.delete(i)
        }
        const members = [...model].sort((a, b) => a - b)
        const listed = set.ranges.flatMap(([a, b]) =>
          Array.from({ length: b - a }, (_, i) => a + i),
        )
        assert.deepEqual(listed, members)
        const touching = set.ranges.some(([start], i) => i > 0 && set.ranges[i - 1]![1] >= start)
        assert.equal(touching, false)
        for (let i = 0; i < 55; i++) {
          assert.equal(set.has(i), model.has(i))
          const next = members.find((member) => member >= i)
          assert.equal(set.next(i), next)
        }
      }
    }),
  )
})
