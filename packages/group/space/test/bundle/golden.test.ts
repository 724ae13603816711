/** A bundle as version 1 writes it, and what it says: neither must ever change. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bytesToHex, hexToBytes } from '@hamlet/core'
import { decodeBundle, encodeBundle, openBundle } from '@hamlet/space'
import { crypto } from '../_world.ts'

const FILE = fileURLToPath(new URL('../golden/bundle-v1.json', import.meta.url))

test('the golden bundle is opened and says what it said, and is written as it was', () => {
  const { bundle: hex, ...said } = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, string>
  const bytes = hexToBytes(hex!)
  const opened = openBundle(crypto, bytes)
  assert.ok(opened.ok)
  assert.deepEqual(JSON.parse(JSON.stringify(opened.value)), said)
  const decoded = decodeBundle(bytes)
  assert.ok(decoded.ok)
  assert.equal(bytesToHex(encodeBundle(decoded.value)), hex)
})
