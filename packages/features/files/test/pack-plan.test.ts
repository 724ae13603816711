import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PACK_BYTES_MIN, PACKED_FILE_BYTES_MAX } from '../src/shares/limits.ts'
import { planPacks } from '../src/shares/pack-plan.ts'

function plan(...sizes: readonly number[]): readonly (readonly number[])[] {
  return planPacks(sizes.map((sizeBytes) => ({ sizeBytes })))
}

test('large files have a blob each, small ones share, empty ones have none', () => {
  assert.deepEqual(plan(), [])
  assert.deepEqual(plan(0, 0), [])
  assert.deepEqual(plan(10, PACKED_FILE_BYTES_MAX + 1, 20, 0, 30), [[0, 2, 4], [1]])
})

test('a blob of small files is closed once it has four mebibytes', () => {
  const count = PACK_BYTES_MIN / PACKED_FILE_BYTES_MAX
  const blobs = plan(...Array.from({ length: count + 1 }, () => PACKED_FILE_BYTES_MAX))
  assert.deepEqual(
    blobs.map((blob) => blob.length),
    [count, 1],
  )
})
