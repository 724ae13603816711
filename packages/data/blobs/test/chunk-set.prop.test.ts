/** The set of chunks against a plain set of numbers, by generated sequences of operations. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChunkSet } from '@hamlet/blobs'
import fc from 'fast-check'

const COUNT_MAX = 70

const step = fc.record({
  kind: fc.constantFrom('add', 'delete', 'run'),
  at: fc.nat(COUNT_MAX),
  count: fc.nat(COUNT_MAX),
})

test('a chunk set does what a set of numbers does', () => {
  const steps = fc.array(step, { maxLength: 30 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: COUNT_MAX }), steps, (chunkCount, all) => {
      const set = new ChunkSet(chunkCount)
      const model = new Set<number>()
      for (const { kind, at, count } of all) {
        const chunk = at % chunkCount
        const length = count % (chunkCount - chunk + 1)
        if (kind === 'add') assert.equal(set.add(chunk), !model.has(chunk) && !!model.add(chunk))
        else if (kind === 'delete') assert.equal(set.delete(chunk), model.delete(chunk))
        else {
          set.addRun(chunk, length)
          for (let i = 0; i < length; i++) model.add(chunk + i)
        }
      }
      checkSame(set, model)
      checkSame(set.clone(), model)
      checkSame(ChunkSet.fromBits(chunkCount, set.toBits())!, model)
    }),
  )
})

function checkSame(set: ChunkSet, model: ReadonlySet<number>): void {
  assert.equal(set.size, model.size)
  assert.equal(set.isFull, model.size === set.chunkCount)
  assert.deepEqual(
    [...set],
    [...model].sort((a, b) => a - b),
  )
  const fromRuns = [...set.runs()].flatMap(({ first, count }) =>
    Array.from({ length: count }, (_, i) => first + i),
  )
  assert.deepEqual(fromRuns, [...set])
  for (let chunk = 0; chunk < set.chunkCount; chunk++) {
    assert.equal(set.has(chunk), model.has(chunk))
    const absent = Array.from({ length: set.chunkCount - chunk }, (_, i) => chunk + i)
    assert.equal(
      set.next(chunk, false),
      absent.find((each) => !model.has(each)),
    )
  }
}

test('a bitfield of another length, or with bits beyond the last chunk, is none', () => {
  assert.equal(ChunkSet.fromBits(9, new Uint8Array(1)), undefined)
  assert.equal(ChunkSet.fromBits(9, new Uint8Array(3)), undefined)
  assert.equal(ChunkSet.fromBits(9, new Uint8Array([0, 0x40])), undefined)
  assert.deepEqual([...ChunkSet.fromBits(9, new Uint8Array([1, 0x80]))!], [7, 8])
  assert.equal(ChunkSet.full(4_194_304).size, 4_194_304)
  assert.equal(ChunkSet.full(0).isFull, true)
})
