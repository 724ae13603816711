/** Runs of chunks: the worked example of `docs/formats/tracker.md`, and one form for each set. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64ToBytes, bytesToBase64 } from '@hamlet/core'
import { decodeChunkRuns, encodeChunkRuns } from '../src/data/chunk-runs.ts'
import { handleOf } from '../src/data/swarm-store.ts'
import { CHUNK_RUNS_MAX } from '../src/limits.ts'

const CHUNKS = 100

test('the worked examples never change', () => {
  const runs = [
    { first: 2, count: 2 },
    { first: 7, count: 1 },
  ]
  assert.equal(bytesToBase64(encodeChunkRuns(runs)), 'AgIDAQ==')
  assert.deepEqual(decodeChunkRuns(base64ToBytes('AgIDAQ==')!, CHUNKS), runs)
  assert.equal(handleOf('0'.repeat(64)), 'bb6c486cec9186113a48d147fdbe7542')
})

test('only the one form of a set inside the swarm is read', () => {
  const refused: readonly number[][] = [
    [1],
    [0, 0],
    [1, 1, 0, 1],
    [0x80, 0, 1],
    [99, 2],
    [0, 101],
    [0xff, 0xff, 0xff, 0xff, 0x1f, 1],
    [0x80, 0x80, 0x80, 0x80, 0x80, 1, 1],
  ]
  for (const bytes of refused) {
    assert.equal(decodeChunkRuns(Uint8Array.from(bytes), CHUNKS), undefined, bytes.join())
  }
  assert.deepEqual(decodeChunkRuns(Uint8Array.of(0, 100), CHUNKS), [{ first: 0, count: 100 }])
})

test('more runs than may be told are refused', () => {
  const runs = Array.from({ length: CHUNK_RUNS_MAX + 1 }, (_, index) => ({
    first: 2 * index,
    count: 1,
  }))
  assert.equal(decodeChunkRuns(encodeChunkRuns(runs), 10_000), undefined)
  assert.equal(decodeChunkRuns(encodeChunkRuns(runs.slice(1)), 10_000)!.length, CHUNK_RUNS_MAX)
})
