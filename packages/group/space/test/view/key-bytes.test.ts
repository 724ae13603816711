import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@hamlet/core'
import { KeyBytes } from '../../src/view/key-bytes.ts'

test('keys become their UTF-8, also beyond ASCII and beyond the end of a buffer', () => {
  const keyBytes = new KeyBytes()
  const keys = ['', 'a', 'w/été', 'plain', '東京', 'x'.repeat(100_000), 'y'.repeat(60_000), 'z']
  for (let i = 0; i < 3000; i++) keys.push(`key ${i} ${'-'.repeat(i % 90)}`)
  const encoded = keys.map((key, i) => keyBytes.encode(i % 5 === 0 ? 'prefix/é' : 'prefix/', key))
  for (const [i, key] of keys.entries()) {
    assert.deepEqual(encoded[i], utf8((i % 5 === 0 ? 'prefix/é' : 'prefix/') + key))
  }
})
