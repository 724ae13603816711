/** Goal: an exported file is believed for what was signed, and for nothing that was changed in it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@hamlet/core'
import { exportReceipts, sumOf, verifyReceiptExport } from '@hamlet/files/credits'
import { anna, ben, cleo, crypto, MIB, receiptAfter } from './_people.ts'

const receipts = [receiptAfter(anna, ben), receiptAfter(ben, cleo, undefined, { chunks: 2 })]
const text = exportReceipts(crypto, receipts, [anna.certificate, ben.certificate])

function verify(file: string) {
  return verifyReceiptExport(crypto, utf8(file))
}

test('a file of receipts verifies, with sums of those whose devices are certified in it', () => {
  const verified = verify(text)
  assert.ok(verified.ok)
  assert.equal(verified.value.receipts.length, 2)
  assert.deepEqual(verified.value.uncertified, [receipts[1]])
  assert.equal(verified.value.sheet.balances.get(ben.person), BigInt(MIB))
  assert.equal(sumOf(verified.value.sheet.balances), 0n)
  const reversed = exportReceipts(crypto, receipts.toReversed(), [
    ben.certificate,
    anna.certificate,
  ])
  assert.equal(reversed, text)
})

test('whatever is changed in the file is refused', () => {
  const changes: readonly (readonly [from: string | RegExp, to: string])[] = [
    [/"totalBytes": \d+/, '"totalBytes": 9'],
    [/"seq": 1/, '"seq": 2'],
    [anna.person, cleo.person],
    [/"bytes": "k/, '"bytes": "l'],
    ['hamlet-receipts', 'hamlet-bills'],
    ['"version": 1', '"version": 2'],
    ['"seq": 1', '"seq": 1, "more": 1'],
    [/"certificates": \[\s+"[^"]{9}/, '"certificates": ["AAAAAAAAA'],
  ]
  for (const [from, to] of changes) {
    const changed = text.replace(from, to)
    assert.notEqual(changed, text)
    const verified = verify(changed)
    assert.equal(verified.ok, false, String(from))
  }
  for (const rubbish of ['', 'null', '[]', '{"format":"hamlet-receipts","version":1}']) {
    const verified = verify(rubbish)
    assert.equal(!verified.ok && verified.error.code, 'CREDIT_MALFORMED')
  }
})
