/** Goal: each rule of a receipt refuses what it is for, with its own reason. Method: one change to a good receipt each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  countersignReceipt,
  judgeReceipt,
  RATE_BYTES_PER_SECOND_MAX,
  signReceipt,
  STEP_BYTES_MAX,
} from '@hamlet/files/credits'
import type { JudgeContext, ReceiptFacts, SignedReceipt } from '@hamlet/files/credits'
import {
  anna,
  annasPhone,
  ben,
  CHUNK,
  cleo,
  contextOf,
  crypto,
  factsAfter,
  MIB,
  NOW_MS,
  receiptAfter,
} from './_people.ts'

const first = receiptAfter(anna, ben)
const second = receiptAfter(anna, ben, first)
const third = receiptAfter(anna, ben, second)

function reasonOf(
  receipt: SignedReceipt,
  previous: SignedReceipt | null = first,
  context: Partial<JudgeContext> = {},
): string {
  const verdict = judgeReceipt(receipt, previous ?? undefined, contextOf(context))
  return verdict.ok ? 'ok' : verdict.reason
}

function changed(change: Partial<ReceiptFacts>): SignedReceipt {
  return receiptAfter(anna, ben, first, change)
}

test('a receipt after the one before it counts for what it adds', () => {
  assert.deepEqual(judgeReceipt(first, undefined, contextOf()), { ok: true, increaseBytes: MIB })
  assert.deepEqual(judgeReceipt(second, first, contextOf()), { ok: true, increaseBytes: MIB })
})

test('nobody pays themselves, by one device or by two', () => {
  assert.equal(reasonOf(receiptAfter(anna, anna), null), 'self-payment')
  assert.equal(reasonOf(receiptAfter(anna, annasPhone), null), 'same-person')
})

test('a device speaks only for the person it is certified for', () => {
  const lie = { payeePerson: cleo.person }
  assert.equal(reasonOf(changed(lie)), 'unknown-device')
  assert.equal(reasonOf(second, first, { personOf: () => undefined }), 'unknown-device')
  assert.equal(reasonOf(changed({ payerPerson: cleo.person })), 'unknown-device')
})

test('both have to be members at that time', () => {
  const isMemberAt = { isMemberAt: (person: string) => person !== ben.person }
  assert.equal(reasonOf(second, first, isMemberAt), 'not-member')
  assert.equal(reasonOf(second, first, { isMemberAt: () => true }), 'ok')
})

test('replays, forks, old receipts, gaps and broken chains each have their name', () => {
  assert.equal(reasonOf(second, second), 'replay')
  assert.equal(reasonOf(receiptAfter(anna, ben, first, { chunks: 5 }), second), 'fork')
  assert.equal(reasonOf(first, second), 'stale')
  assert.equal(reasonOf(third, first), 'gap')
  assert.equal(reasonOf(second, null), 'gap')
  const other = receiptAfter(anna, ben, undefined, { chunks: 3 })
  assert.equal(reasonOf(receiptAfter(anna, ben, other, { chunks: 9 })), 'broken-chain')
  assert.equal(reasonOf(receiptAfter(ben, anna), first), 'other-pair')
  assert.equal(reasonOf(changed({ group: undefined })), 'other-pair')
})

test('whoever gathers receipts later may miss some between, and sees the same contradictions', () => {
  const later: Partial<JudgeContext> = { mode: 'later' }
  assert.equal(reasonOf(third, first, later), 'ok')
  assert.equal(reasonOf(third, null, later), 'ok')
  const shrunk = receiptAfter(anna, ben, second, { totalBytes: MIB })
  assert.equal(reasonOf(shrunk, first, later), 'total-not-growing')
  const other = receiptAfter(anna, ben, undefined, { chunks: 3 })
  assert.equal(reasonOf(receiptAfter(anna, ben, other), first, later), 'broken-chain')
})

test('totals grow, by no more than the link could carry and the blob has', () => {
  assert.equal(reasonOf(changed({ totalBytes: first.totalBytes })), 'total-not-growing')
  const bound = RATE_BYTES_PER_SECOND_MAX + STEP_BYTES_MAX
  const much = { pieceCount: 4096, windowEndMs: first.windowEndMs + 1000 }
  const tooMuch = changed({ ...much, totalBytes: first.totalBytes + bound + 1 })
  assert.equal(reasonOf(tooMuch), 'over-rate')
  const slow = { rateBytesPerSecondMax: 1000 }
  assert.equal(
    reasonOf(changed({ totalBytes: first.totalBytes + 20 * MIB }), first, slow),
    'over-rate',
  )
  const swarm = { sizeBytes: 4 * MIB, settledBytes: 4 * MIB }
  assert.equal(reasonOf(second, first, { swarm }), 'ok')
  const all = { sizeBytes: 4 * MIB, settledBytes: 8 * MIB }
  assert.equal(reasonOf(second, first, { swarm: all }), 'over-size')
})

test('chunks have to be able to hold the bytes, and to be those that are known', () => {
  assert.equal(reasonOf(changed({ totalBytes: first.totalBytes + 4 * CHUNK + 1 })), 'piece-count')
  assert.equal(reasonOf(changed({ totalBytes: first.totalBytes + 3 })), 'piece-count')
  assert.equal(reasonOf(second, first, { pieces: [100, 101, 102, 103] }), 'ok')
  assert.equal(reasonOf(second, first, { pieces: [100, 101, 102] }), 'piece-count')
  assert.equal(reasonOf(second, first, { pieces: [100, 101, 102, 104] }), 'wrong-digest')
})

test('windows are at most a day, not in the future and do not overlap', () => {
  const day = 24 * 3_600_000
  const nowMs = NOW_MS + 3 * day
  const long = { windowEndMs: first.windowEndMs + day + 1 }
  assert.equal(reasonOf(changed(long), first, { nowMs }), 'window-too-long')
  assert.equal(reasonOf(second, first, { nowMs: second.windowEndMs - 300_001 }), 'window-in-future')
  assert.equal(reasonOf(second, first, { nowMs: second.windowEndMs - 300_000 }), 'ok')
  assert.equal(reasonOf(changed({ windowStartMs: first.windowEndMs - 1 })), 'window-overlap')
})

test('signatures are the sides’ own, and the second is asked for where it counts', () => {
  const claim = signReceipt(anna.signer, factsAfter(anna, ben, first))
  assert.equal(reasonOf(claim), 'not-countersigned')
  assert.equal(reasonOf(claim, first, { isFinal: false }), 'ok')
  const forged = signReceipt(cleo.signer, factsAfter(anna, ben, first))
  assert.equal(reasonOf(forged), 'bad-payer-signature')
  assert.equal(reasonOf(countersignReceipt(cleo.signer, claim)), 'bad-payee-signature')
  assert.equal(reasonOf({ ...second, totalBytes: second.totalBytes - 1 }), 'bad-payer-signature')
  assert.equal(judgeReceipt(second, first, contextOf({ crypto })).ok, true)
})
