import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@hamlet/core'
import { kvConformance } from '../../src/conformance/kv.ts'
import { SimKv } from '../../src/simulator/sim-kv.ts'

kvConformance(
  (title, body) => test(`simulated ${title}`, body),
  { create: async () => new SimKv(), destroy: (kv) => kv.close() },
  { persistent: false, closes: false },
)

test('a crash keeps the content, goes back to the last snapshot, or empties the store', async () => {
  const kv = new SimKv()
  await kv.put(utf8('a'), utf8('old'))
  kv.snapshot()
  await kv.put(utf8('a'), utf8('new'))
  kv.crash('kept')
  assert.deepEqual(await kv.get(utf8('a')), utf8('new'))
  await kv.put(utf8('a'), utf8('newest'))
  kv.crash('older')
  assert.deepEqual(await kv.get(utf8('a')), utf8('new'))
  kv.crash('wiped')
  assert.equal(await kv.get(utf8('a')), undefined)
})
