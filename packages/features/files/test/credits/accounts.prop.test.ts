/**
 * Goal: whatever is lost, and whoever crashes when, nobody ever shows two receipts of one sequence, and both agree once
 * messages come through. Method: random runs of two accounts over a line that loses messages, each side with a disk that
 * holds what was made durable and a crash that forgets the rest.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  decodeClaim,
  decodeReceipt,
  encodeReceipt,
  PayeeAccount,
  PayerAccount,
  receiptId,
} from '@hamlet/files/credits'
import type { PayeeSetup, PayerSetup } from '@hamlet/files/credits'
import { anna, ben, crypto, GROUP, MIB, NOW_MS, personOf, SWARM } from './_people.ts'

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
  personOf: personOf([anna, ben]),
}
const film = { swarm: SWARM, sizeBytes: 400 * MIB }

type Step =
  | { readonly kind: 'give'; readonly count: number }
  | { readonly kind: 'sign' | 'crash payer' | 'crash payee' | 'open line' }
  | { readonly kind: 'claim'; readonly arrives: boolean; readonly answerArrives: boolean }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('give' as const), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constantFrom('sign', 'crash payer', 'crash payee', 'open line') }),
    fc.record({
      kind: fc.constant('claim' as const),
      arrives: fc.boolean(),
      answerArrives: fc.boolean(),
    }),
  ),
  { maxLength: 30 },
) as fc.Arbitrary<readonly Step[]>

class Line {
  payer = new PayerAccount(payerSetup)
  payee = new PayeeAccount(payeeSetup)
  nowMs = NOW_MS
  #payerDisk = this.payer.encode()
  #payeeDisk = this.payee.encode()
  #next = 0
  /** Every receipt that ever left a device, by sequence. */
  readonly #shown = new Map<number, string>()

  run(step: Step): void {
    this.nowMs += 1000
    if (step.kind === 'give') return this.#give(step.count)
    if (step.kind === 'crash payer') return this.#crashPayer()
    if (step.kind === 'crash payee') return this.#crashPayee()
    if (step.kind === 'open line') return this.#openLine()
    if (step.kind === 'claim') return this.claim(step.arrives, step.answerArrives)
    // Signing without making it durable: a crash forgets it, and nothing has left.
    this.payer.sign(this.nowMs)
  }

  claim(arrives: boolean, answerArrives: boolean): void {
    this.payer.sign(this.nowMs)
    const claim = this.payer.claim()
    if (claim === undefined) return
    this.#payerDisk = this.payer.encode()
    const decoded = decodeClaim(claim)
    assert.ok(decoded.ok)
    for (const { receipt } of decoded.value.receipts) this.#show(receipt)
    if (!arrives) return
    const verdict = this.payee.accept(claim, this.nowMs, () => film.sizeBytes)
    assert.ok(verdict.ok, verdict.ok ? '' : verdict.reason)
    if (verdict.isNew) this.#payeeDisk = this.payee.encode()
    this.#show(verdict.receipt)
    if (answerArrives) this.payer.answered(encodeReceipt(verdict.receipt))
  }

  #give(count: number): void {
    const pieces = Array.from({ length: count }, () => this.#next++)
    for (const piece of pieces) this.payee.sent(film, piece)
    this.payer.received(film, pieces, this.nowMs)
  }

  #crashPayer(): void {
    const restored = PayerAccount.restore(payerSetup, this.#payerDisk)
    assert.ok(restored.ok)
    this.payer = restored.value
  }

  #crashPayee(): void {
    const restored = PayeeAccount.restore(payeeSetup, this.#payeeDisk)
    assert.ok(restored.ok)
    this.payee = restored.value
  }

  #openLine(): void {
    const { settled } = this.payee
    if (settled !== undefined) this.payer.answered(encodeReceipt(settled))
  }

  #show(receipt: Parameters<typeof receiptId>[1]): void {
    const id = receiptId(crypto, receipt)
    assert.equal(this.#shown.get(receipt.seq) ?? id, id, `sequence ${receipt.seq} shown twice`)
    this.#shown.set(receipt.seq, id)
  }
}

test('no crash and no loss makes anybody show two receipts of one sequence, and both agree in the end', () => {
  fc.assert(
    fc.property(steps, (run) => {
      const line = new Line()
      for (const step of run) line.run(step)
      line.claim(true, true)
      assert.deepEqual(line.payer.latest, line.payee.settled)
      assert.equal(line.payer.claim(), undefined)
    }),
    { numRuns: 60 },
  )
})

test('what was stored is restored: an account goes on as if nothing had been', () => {
  fc.assert(
    fc.property(steps, (run) => {
      const line = new Line()
      for (const step of run) line.run(step)
      const payer = PayerAccount.restore(payerSetup, line.payer.encode())
      const payee = PayeeAccount.restore(payeeSetup, line.payee.encode())
      assert.ok(payer.ok && payee.ok)
      assert.deepEqual(payer.value.encode(), line.payer.encode())
      assert.deepEqual(payee.value.encode(), line.payee.encode())
      assert.deepEqual(payer.value.claim(), line.payer.claim())
    }),
    { numRuns: 30 },
  )
})

test('the account of another pair is not taken for this one', () => {
  const line = new Line()
  line.run({ kind: 'give', count: 4 })
  line.claim(true, true)
  const { group: _, ...rest } = payerSetup
  assert.equal(PayerAccount.restore({ ...rest, group: undefined }, line.payer.encode()).ok, false)
  assert.equal(decodeReceipt(encodeReceipt(line.payee.settled!)).ok, true)
})
