import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, hexToBytes } from '@hamlet/core'
import { decodeFutureRefusal, decodeReceipt, encodeFutureRefusal } from '@hamlet/files/credits'

const golden = readFileSync(
  join(import.meta.dirname, 'golden/future-refusal-v1.hex'),
  'utf8',
).trim()

test('a refusal is written and read as the golden file, and is no receipt to whoever expects one', () => {
  const refusal = { nowMs: 1_800_000_000_000 }
  assert.equal(bytesToHex(encodeFutureRefusal(refusal)), golden)
  assert.deepEqual(decodeFutureRefusal(hexToBytes(golden)), { ok: true, value: refusal })
  assert.equal(decodeReceipt(hexToBytes(golden)).ok, false)
})

test('what is longer, shorter or of another version is no refusal', () => {
  for (const hex of ['', '82011b000001a3185c50', `${golden}00`, '8201f6', '82020a', '83010a0a']) {
    const decoded = decodeFutureRefusal(hexToBytes(hex))
    assert.ok(!decoded.ok && decoded.error.code === 'CREDIT_MALFORMED', hex)
  }
})
