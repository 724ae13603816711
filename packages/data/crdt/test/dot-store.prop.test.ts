/** Goal: stores join even where replicas lie. Method: random stores in which one dot may have several contents. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, encodeCbor } from '@hamlet/core'
import fc from 'fast-check'
import { OrSet, logDot } from '../src/index.ts'

const replica = fc.constantFrom('a', 'b')
/** Stored rows as a liar may make them: any known numbers, any items among them, one element on many dots. */
const row = fc
  .array(fc.constantFrom('unknown', 'ended', 'x', 'y', 'z'), { minLength: 1, maxLength: 6 })
  .filter((marks) => marks.some((mark) => mark !== 'unknown'))
  .map((marks) => {
    const ranges: number[] = []
    let runs = 0
    let isKnown = false
    for (const mark of marks) {
      if ((mark !== 'unknown') !== isKnown) {
        ranges.push(runs)
        runs = 0
        isKnown = !isKnown
      }
      runs++
    }
    if (isKnown) ranges.push(runs)
    const items: (string | number)[] = []
    let next = 0
    marks.forEach((mark, seq) => {
      if (mark.length > 1) return
      items.push(seq - next, mark)
      next = seq + 1
    })
    return [ranges, items] as const
  })
const store = fc.dictionary(replica, row, { noNullPrototype: true }).map((rows) => {
  const stored = Object.entries(rows)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, [ranges, items]]) => [name, ranges, items])
  const decoded = OrSet.decode(encodeCbor(['or-set/1', stored]))
  assert.ok(decoded.ok, 'rows of the documented form are taken')
  return decoded.value
})

function joined(...sets: readonly OrSet[]): OrSet {
  const all = new OrSet()
  for (const set of sets) all.merge(set)
  return all
}

const hex = (set: OrSet): string => bytesToHex(set.encode())

test('joins obey the laws also where one dot has several contents', () => {
  fc.assert(
    fc.property(store, store, store, (a, b, c) => {
      assert.equal(hex(joined(a, b)), hex(joined(b, a)))
      assert.equal(hex(joined(joined(a, b), c)), hex(joined(a, joined(b, c))))
      assert.equal(hex(joined(a, a)), hex(a))
      assert.equal(a.isWithin(b), hex(joined(a, b)) === hex(b))
      const both = joined(a, b)
      assert.ok(a.isWithin(both) && b.isWithin(both))
      assert.deepEqual(
        [...both.values()].filter((element) => !both.has(element)),
        [],
      )
      assert.equal([...both.values()].length, both.size)
    }),
    { numRuns: 1000 },
  )
})

test('a set that lost a hundred thousand elements is as small as one that never had them', () => {
  const set = new OrSet()
  for (let i = 0; i < 100_000; i++) {
    set.add(`element ${i}`, logDot('phone', i))
    set.remove(`element ${i}`)
  }
  assert.equal(set.size, 0)
  assert.ok(set.encode().length < 40, `${set.encode().length} bytes`)
})

test('the delta of a removal takes no longer to join for all that the set holds', () => {
  const set = new OrSet()
  for (let i = 0; i < 200_000; i++) set.add(`element ${i}`, logDot('phone', i))
  const other = joined(set)
  const deltas = Array.from({ length: 2000 }, (_, i) => other.remove(`element ${i * 100}`))
  const before = process.cpuUsage()
  for (const delta of deltas) set.merge(delta)
  const { user } = process.cpuUsage(before)
  assert.equal(set.size, 198_000)
  // A pass over the whole set for each would take 2,000 times some milliseconds.
  assert.ok(user < 1_000_000, `${user} µs of the processor`)
})

test('a dot below one its replica has used is a mistake of the caller', () => {
  const set = new OrSet()
  set.add('milk', { replica: 'phone', seq: 5 })
  assert.throws(() => set.add('tea', { replica: 'phone', seq: 5 }), /a sequence of 6 or more/)
})

test('what came first in the middle of a history takes one pass to join with the rest', () => {
  const early = new OrSet()
  const late = new OrSet()
  for (let i = 0; i < 60_000; i++) early.add(`element ${i}`, logDot('phone', i))
  late.merge(early)
  const delta = new OrSet()
  for (let i = 60_000; i < 120_000; i++) late.add(`element ${i}`, logDot('phone', i), delta)
  const before = process.cpuUsage()
  delta.merge(early)
  const { user } = process.cpuUsage(before)
  assert.equal(hex(delta), hex(late))
  // Moving 60,000 numbers for each of 60,000 would take some seconds.
  assert.ok(user < 1_000_000, `${user} µs of the processor`)
})
