/** Goal: ranges are sets of numbers. Method: the same additions and unions on plain sets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFields } from '@hamlet/core'
import fc from 'fast-check'
import { CausalContext, encodeRanges, readRanges } from '../src/causal-context.ts'

const NUMBERS = Array.from({ length: 40 }, (_, i) => i)
const additions = fc.array(fc.tuple(fc.nat({ max: 30 }), fc.integer({ min: 1, max: 6 })), {
  maxLength: 12,
})

function contextOf(pairs: readonly (readonly [number, number])[]): CausalContext {
  const context = new CausalContext()
  for (const [from, length] of pairs) context.add('r', from, from + length)
  return context
}

function setOf(pairs: readonly (readonly [number, number])[]): Set<number> {
  return new Set(pairs.flatMap(([from, length]) => NUMBERS.slice(from, from + length)))
}

function isSubset(inner: ReadonlySet<number>, outer: ReadonlySet<number>): boolean {
  return [...inner].every((number) => outer.has(number))
}

function checkEqual(context: CausalContext, expected: ReadonlySet<number>): void {
  assert.deepEqual(
    NUMBERS.filter((number) => context.has('r', number)),
    [...expected].sort((a, b) => a - b),
  )
  const ranges = context.rangesOf('r')
  ranges.forEach((edge, i) => assert.ok(i === 0 || edge > ranges[i - 1]!, 'ranges ascend'))
  assert.equal(context.next('r'), Math.max(-1, ...expected) + 1)
}

test('ranges hold what was added, merged and kept apart', () => {
  fc.assert(
    fc.property(additions, additions, (left, right) => {
      const [a, b] = [contextOf(left), contextOf(right)]
      checkEqual(a, setOf(left))
      assert.equal(a.isWithin(b), isSubset(setOf(left), setOf(right)))
      assert.equal(a.merge(b), !isSubset(setOf(right), setOf(left)))
      checkEqual(a, new Set([...setOf(left), ...setOf(right)]))
    }),
  )
})

test('an addition says whether anything was new', () => {
  fc.assert(
    fc.property(additions, fc.nat({ max: 30 }), (pairs, from) => {
      const isNew = !setOf(pairs).has(from)
      assert.equal(contextOf(pairs).add('r', from, from + 1), isNew)
    }),
  )
})

test('stored ranges come back, and only in one form', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3 }), { maxLength: 8 }), (steps) => {
      const read = readFields([steps], 'ranges', readRanges)
      const isWhole = steps.length > 0 && steps.length % 2 === 0
      assert.equal(read.ok, isWhole && steps.every((step, i) => step > 0 || i === 0))
      if (read.ok) assert.deepEqual(encodeRanges(read.value), steps)
    }),
  )
})
