/** Goal: what runs for the first time is told apart from what ran before. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BlockCoverage } from '@hamlet/testkit/fuzz'

test('a block that runs for the first time is news, the second time it is not', async () => {
  const coverage = new BlockCoverage()
  coverage.start()
  const { base64ToBytes } = await import('@hamlet/core')
  coverage.discard()
  base64ToBytes('AAAA')
  assert.ok(coverage.hasNews())
  base64ToBytes('AAAA')
  assert.ok(coverage.take())
  const { blocks } = coverage
  assert.ok(blocks > 3)
  base64ToBytes('AAAB')
  assert.ok(!coverage.take())
  base64ToBytes('A')
  assert.ok(coverage.take(), 'a length that no text has takes another way')
  assert.ok(coverage.blocks > blocks)
  assert.ok(coverage.hasRun('packages/base/core/src/base64.ts', 'base64ToBytes'))
  assert.ok(!coverage.hasRun('packages/base/core/src/base64.ts', 'bytesToBase64'))
  coverage.stop()
})
