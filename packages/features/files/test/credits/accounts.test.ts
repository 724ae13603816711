/**
 * Goal: both sides of a transfer end with the same receipts, whatever is lost between them, and sign nothing they should not.
 * Method: two accounts and the messages in between, step by step.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  blindSwarm,
  decodeClaim,
  encodeClaim,
  encodeReceipt,
  PayeeAccount,
  PayerAccount,
  stepBytes,
} from '@hamlet/files/credits'
import type { PayeeSetup, PayerSetup } from '@hamlet/files/credits'
import {
  anna,
  ben,
  cleo,
  crypto,
  GROUP,
  MIB,
  NOW_MS,
  personOf,
  receiptAfter,
  SECRET,
  SWARM,
  topic,
} from './_people.ts'

const payerSetup: PayerSetup = {
  crypto,
  signer: anna.signer,
  group: GROUP,
  payer: anna,
  payee: ben,
}
const payeeSetup: PayeeSetup = {
  ...payerSetup,
  signer: ben.signer,
  personOf: personOf([anna, ben, cleo]),
}
const film = { swarm: SWARM, sizeBytes: 100 * MIB }
const song = { swarm: blindSwarm(crypto, SECRET, topic(2)), sizeBytes: 300_000 }
const sizeOf = (swarm: string) => [film, song].find((each) => each.swarm === swarm)?.sizeBytes

function pieces(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}

function accept(payee: PayeeAccount, claim: Uint8Array | undefined, nowMs = NOW_MS) {
  return payee.accept(claim!, nowMs, sizeOf)
}

function give(payer: PayerAccount, payee: PayeeAccount, numbers: readonly number[], facts = film) {
  for (const number of numbers) payee.sent(facts, number)
  payer.received(facts, numbers, NOW_MS)
}

test('what was given is signed, agreed to, and known to both sides', () => {
  const [payer, payee] = [new PayerAccount(payerSetup), new PayeeAccount(payeeSetup)]
  give(payer, payee, pieces(0, 4))
  assert.equal(payer.unsignedBytes, MIB)
  assert.ok(payer.sign(NOW_MS))
  assert.equal(payer.unsignedBytes, 0)
  const verdict = accept(payee, payer.claim())
  assert.ok(verdict.ok && verdict.isNew)
  assert.equal(verdict.increaseBytes, MIB)
  assert.equal(payer.answered(encodeReceipt(verdict.receipt)).kind, 'settled')
  assert.deepEqual(payer.settled, payee.settled)
  assert.equal(payer.claim(), undefined)
})

test('the last chunk of a blob counts for the bytes it has, and each blob for itself', () => {
  const [payer, payee] = [new PayerAccount(payerSetup), new PayeeAccount(payeeSetup)]
  give(payer, payee, [0, 1], song)
  give(payer, payee, pieces(0, 2))
  assert.ok(payer.sign(NOW_MS) && payer.sign(NOW_MS))
  assert.equal(payer.sign(NOW_MS), false)
  const verdict = accept(payee, payer.claim())
  assert.ok(verdict.ok)
  assert.equal(verdict.increaseBytes, 300_000 + MIB / 2)
  assert.equal(verdict.receipt.seq, 2)
})

test('claims and answers that are lost cost nothing: the next claim has them all', () => {
  const [payer, payee] = [new PayerAccount(payerSetup), new PayeeAccount(payeeSetup)]
  for (let i = 0; i < 3; i++) {
    give(payer, payee, pieces(4 * i, 4))
    assert.ok(payer.sign(NOW_MS + i))
  }
  const verdict = accept(payee, payer.claim())
  assert.ok(verdict.ok)
  assert.equal(verdict.receipt.totalBytes, 3 * MIB)
  const again = accept(payee, payer.claim())
  assert.ok(again.ok && !again.isNew)
  assert.deepEqual(again.receipt, verdict.receipt)
  give(payer, payee, pieces(12, 4))
  assert.ok(payer.sign(NOW_MS + 9))
  const next = accept(payee, payer.claim())
  assert.ok(next.ok)
  assert.equal(next.increaseBytes, MIB)
  assert.equal(payer.answered(encodeReceipt(next.receipt)).kind, 'settled')
  assert.equal(payer.answered(encodeReceipt(verdict.receipt)).kind, 'known')
})

test('the step grows to sixteen times the first with what was signed, and never past a sixteenth of it', () => {
  assert.equal(stepBytes(0), MIB)
  assert.equal(stepBytes(32 * MIB - 1), MIB)
  assert.equal(stepBytes(32 * MIB), 2 * MIB)
  assert.equal(stepBytes(256 * MIB), 16 * MIB)
  assert.equal(stepBytes(2 ** 40), 16 * MIB)
  for (let settled = 0; settled < 600 * MIB; settled += 7 * MIB) {
    assert.ok(stepBytes(settled) <= Math.max(MIB, settled / 16))
  }
})

test('what never went is not agreed to, beyond what a restart may have forgotten', () => {
  const [payer, payee] = [new PayerAccount(payerSetup), new PayeeAccount(payeeSetup)]
  payer.received(film, pieces(0, 65), NOW_MS)
  payer.sign(NOW_MS + 1000)
  assert.deepEqual(accept(payee, payer.claim()), { ok: false, reason: 'not-sent' })
  const [modest, restarted] = [new PayerAccount(payerSetup), new PayeeAccount(payeeSetup)]
  modest.received(film, pieces(0, 64), NOW_MS)
  modest.sign(NOW_MS + 1000)
  assert.ok(accept(restarted, modest.claim()).ok)
  modest.received(film, pieces(64, 1), NOW_MS)
  modest.sign(NOW_MS + 1000)
  assert.deepEqual(accept(restarted, modest.claim()), { ok: false, reason: 'not-sent' })
})

test('the chunks named beside a receipt have to be those it was signed for, with their bytes', () => {
  const [payer, payee] = [new PayerAccount(payerSetup), new PayeeAccount(payeeSetup)]
  give(payer, payee, pieces(0, 4))
  payer.sign(NOW_MS)
  const claim = decodeClaim(payer.claim()!)
  assert.ok(claim.ok)
  const [{ receipt }] = claim.value.receipts as [(typeof claim.value.receipts)[0]]
  const other = encodeClaim({ receipts: [{ receipt, pieces: [0, 1, 2, 9] }], settled: undefined })
  assert.deepEqual(accept(payee, other), { ok: false, reason: 'wrong-digest' })
  const lie = receiptAfter(anna, ben, undefined, { chunks: 4, totalBytes: MIB - 1 })
  const { payeeSignature: _, ...unsigned } = lie
  const lied = encodeClaim({
    receipts: [{ receipt: unsigned, pieces: pieces(0, 4) }],
    settled: undefined,
  })
  assert.deepEqual(accept(payee, lied, NOW_MS + 9999), { ok: false, reason: 'not-sent' })
})

test('a claim with rubbish, of another pair or for somebody unknown is refused', () => {
  const payee = new PayeeAccount(payeeSetup)
  assert.deepEqual(accept(payee, Uint8Array.of(1)), { ok: false, reason: 'malformed' })
  const strange = new PayerAccount({ ...payerSetup, signer: cleo.signer, payer: cleo })
  strange.received(film, [0], NOW_MS)
  strange.sign(NOW_MS)
  assert.deepEqual(accept(payee, strange.claim()), { ok: false, reason: 'other-pair' })
  const unknown = new PayeeAccount({ ...payeeSetup, personOf: () => undefined })
  const payer = new PayerAccount(payerSetup)
  payer.received(film, [0], NOW_MS)
  payer.sign(NOW_MS)
  assert.deepEqual(accept(unknown, payer.claim()), { ok: false, reason: 'unknown-device' })
})

test('a payer that signs a sequence twice is caught with both receipts', () => {
  const payee = new PayeeAccount(payeeSetup)
  const [one, two] = [new PayerAccount(payerSetup), new PayerAccount(payerSetup)]
  give(one, payee, pieces(0, 4))
  one.sign(NOW_MS)
  assert.ok(accept(payee, one.claim()).ok)
  give(two, payee, pieces(4, 4))
  two.sign(NOW_MS)
  const verdict = accept(payee, two.claim())
  assert.ok(!verdict.ok && verdict.reason === 'fork')
  assert.deepEqual(
    verdict.fork?.map(({ seq }) => seq),
    [1, 1],
  )
  assert.deepEqual(two.answered(encodeReceipt(payee.settled!)).kind, 'forked')
  assert.equal(two.halted, 'forked')
  two.received(film, [50], NOW_MS)
  assert.equal(two.sign(NOW_MS), false)
  assert.equal(two.claim(), undefined)
})

test('a payer whose disk was put back takes over its own newer receipt when it is shown, and goes on', () => {
  const [payer, payee] = [new PayerAccount(payerSetup), new PayeeAccount(payeeSetup)]
  give(payer, payee, pieces(0, 4))
  payer.sign(NOW_MS)
  const backup = payer.encode()
  const first = accept(payee, payer.claim())
  assert.ok(first.ok)
  payer.answered(encodeReceipt(first.receipt))
  give(payer, payee, pieces(4, 4))
  payer.sign(NOW_MS)
  assert.ok(accept(payee, payer.claim()).ok)
  const restored = PayerAccount.restore(payerSetup, backup)
  assert.ok(restored.ok)
  assert.equal(restored.value.answered(encodeReceipt(payee.settled!)).kind, 'adopted')
  give(restored.value, payee, pieces(8, 4))
  assert.ok(restored.value.sign(NOW_MS))
  const next = accept(payee, restored.value.claim())
  assert.ok(next.ok)
  assert.equal(next.receipt.seq, 3)
})

test('a payer that lost its account signs nothing until it is shown what it signed', () => {
  const payee = new PayeeAccount(payeeSetup)
  const payer = new PayerAccount(payerSetup)
  give(payer, payee, pieces(0, 4))
  payer.sign(NOW_MS)
  assert.ok(accept(payee, payer.claim()).ok)
  const lost = new PayerAccount(payerSetup, { isLost: true })
  lost.received(film, [9], NOW_MS)
  assert.equal(lost.sign(NOW_MS), false)
  const forged = receiptAfter(cleo, ben)
  assert.equal(lost.answered(encodeReceipt(forged)).kind, 'refused')
  assert.equal(lost.answered(encodeReceipt(payee.settled!)).kind, 'adopted')
  assert.ok(lost.sign(NOW_MS))
  assert.equal(lost.latest?.seq, 2)
})

test('a payee whose disk was put back goes on from the receipt it signed itself', () => {
  const [payer, payee] = [new PayerAccount(payerSetup), new PayeeAccount(payeeSetup)]
  give(payer, payee, pieces(0, 4))
  payer.sign(NOW_MS)
  const first = accept(payee, payer.claim())
  assert.ok(first.ok)
  payer.answered(encodeReceipt(first.receipt))
  const empty = new PayeeAccount(payeeSetup)
  give(payer, empty, pieces(4, 4))
  payer.sign(NOW_MS)
  const verdict = accept(empty, payer.claim())
  assert.ok(verdict.ok)
  assert.equal(verdict.receipt.totalBytes, 2 * MIB)
  assert.equal(verdict.increaseBytes, MIB)
})

test('of a blob that was had twice nothing more is claimed for a week', () => {
  const payer = new PayerAccount(payerSetup)
  const week = 7 * 24 * 3_600_000
  for (const time of [1, 2, 3]) {
    payer.received(song, [0, 1], NOW_MS + time)
    assert.equal(payer.sign(NOW_MS + time), time < 3)
  }
  payer.received(song, [0, 1], NOW_MS + 2 * week)
  assert.ok(payer.sign(NOW_MS + 2 * week))
})

test('a clock that goes back gives windows in order, and one that is ahead waits', () => {
  const [payer, payee] = [new PayerAccount(payerSetup), new PayeeAccount(payeeSetup)]
  give(payer, payee, [0])
  payer.sign(NOW_MS)
  give(payer, payee, [1])
  assert.ok(payer.sign(NOW_MS - 60_000))
  assert.equal(payer.latest?.windowEndMs, NOW_MS)
  assert.ok(accept(payee, payer.claim()).ok)
  give(payer, payee, [2])
  payer.sign(NOW_MS + 600_000)
  assert.deepEqual(accept(payee, payer.claim()), { ok: false, reason: 'window-in-future' })
  assert.ok(accept(payee, payer.claim(), NOW_MS + 400_000).ok)
})
