/**
 * Goal: a receipt says one thing in one form, and nothing forged or bent opens. Method: the golden file, every bit of it
 * flipped, and each field at the edge of its range.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesToHex, decodeCbor, encodeCbor } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import {
  blindSwarm,
  decodeReceipt,
  digestPieces,
  encodeReceipt,
  openReceipt,
  RECEIPT_BYTES_MAX,
  receiptId,
  signReceipt,
  verifyPayee,
  verifyPayer,
} from '@hamlet/files/credits'
import {
  anna,
  ben,
  cleo,
  crypto,
  factsAfter,
  fromHex,
  receiptAfter,
  SECRET,
  SWARM,
  topic,
} from './_people.ts'

const golden = fromHex(readFileSync(new URL('./golden/receipt-v1.hex', import.meta.url), 'utf8'))
const first = receiptAfter(anna, ben)
const second = receiptAfter(anna, ben, first, { chunks: 8 })

function changed(index: number, value: CborValue): Uint8Array {
  const decoded = decodeCbor(golden)
  assert.ok(decoded.ok && Array.isArray(decoded.value))
  return encodeCbor(decoded.value.with(index, value))
}

test('the receipt of the golden file never changes', () => {
  assert.equal(bytesToHex(encodeReceipt(second)), bytesToHex(golden))
  const opened = openReceipt(crypto, golden)
  assert.ok(opened.ok)
  assert.deepEqual(opened.value, second)
  assert.ok(golden.length <= RECEIPT_BYTES_MAX)
})

test('a receipt with any bit flipped does not open', () => {
  for (let bit = 0; bit < golden.length * 8; bit += 29) {
    const bent = Uint8Array.from(golden)
    bent[bit >> 3]! ^= 1 << (bit & 7)
    assert.equal(openReceipt(crypto, bent).ok, false, `bit ${bit}`)
  }
})

test('a receipt that waits for the other signature decodes and does not open', () => {
  const claim = signReceipt(anna.signer, factsAfter(anna, ben, undefined))
  const decoded = decodeReceipt(encodeReceipt(claim))
  assert.ok(decoded.ok)
  assert.deepEqual(decoded.value, claim)
  const opened = openReceipt(crypto, encodeReceipt(claim))
  assert.equal(!opened.ok && opened.error.code, 'CREDIT_BAD_SIGNATURE')
})

test('fields beyond their range are refused, as are more and fewer fields', () => {
  const wrong: readonly (readonly [field: number, value: CborValue])[] = [
    [0, 2],
    [1, new Uint8Array(31)],
    [2, null],
    [7, 0],
    [7, 1],
    [8, 0],
    [8, 2 ** 48 + 1],
    [9, 0],
    [9, 4097],
    [11, null],
    [13, second.windowStartMs - 1],
    [14, new Uint8Array(63)],
    [15, new Uint8Array(65)],
  ]
  for (const [field, value] of wrong) {
    const decoded = decodeReceipt(changed(field, value))
    assert.equal(!decoded.ok && decoded.error.code, 'CREDIT_MALFORMED', `${field}`)
  }
  const value = decodeCbor(golden)
  assert.ok(value.ok && Array.isArray(value.value))
  assert.equal(decodeReceipt(encodeCbor(value.value.slice(0, 15))).ok, false)
  assert.equal(decodeReceipt(encodeCbor([...value.value, null])).ok, false)
})

test('each signature is of its own side and of nothing else', () => {
  assert.ok(verifyPayer(crypto, second) && verifyPayee(crypto, second))
  const swapped = { ...second, payerSignature: second.payeeSignature }
  assert.equal(verifyPayer(crypto, swapped), false)
  assert.equal(verifyPayee(crypto, swapped), false)
  assert.equal(verifyPayer(crypto, { ...second, payer: cleo.device }), false)
  assert.equal(verifyPayee(crypto, { ...second, payee: cleo.device }), false)
})

test('the id of a receipt is of what it says and not of who has signed by now', () => {
  const claim = signReceipt(anna.signer, factsAfter(anna, ben, first, { chunks: 8 }))
  assert.equal(receiptId(crypto, claim), receiptId(crypto, second))
  assert.notEqual(receiptId(crypto, first), receiptId(crypto, second))
})

test('a blob is named differently in each group, and chunks differently in each blob', () => {
  const other = blindSwarm(crypto, new Uint8Array(32), topic(1))
  assert.notEqual(other, SWARM)
  assert.notEqual(blindSwarm(crypto, SECRET, topic(2)), SWARM)
  const digests = [
    digestPieces(crypto, SWARM, [1, 2, 3]),
    digestPieces(crypto, SWARM, [1, 2]),
    digestPieces(crypto, other, [1, 2, 3]),
  ].map(bytesToHex)
  assert.equal(new Set(digests).size, 3)
  assert.deepEqual(digestPieces(crypto, SWARM, [3, 1, 2]), digestPieces(crypto, SWARM, [1, 2, 3]))
})
