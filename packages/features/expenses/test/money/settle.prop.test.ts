/**
 * Goal: plans stay while people pay, in every mode, and leave nobody anything. Method: random debts, plans followed step by
 * step, whole and in parts, and payments nobody planned.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { netDebts, settle } from '@hamlet/expenses'
import type { Debt, SettlementMode } from '@hamlet/expenses'
import { anyDebts, leftOf, openAfter } from './_settling.ts'

const anyMode = fc.constantFrom<SettlementMode>('minimal', 'pairwise', 'existing')
const step5 = () => 5

test('following a plan step by step never changes the remaining steps', () => {
  fc.assert(
    fc.property(anyMode, anyDebts(30, 8), fc.infiniteStream(fc.nat()), (mode, debts, choices) => {
      const plan = settle({ mode, debts })
      const remaining = [...plan.transfers]
      const payments: Debt[] = []
      while (remaining.length > 0) {
        const [step] = remaining.splice(choices.next().value! % remaining.length, 1)
        payments.push(step!)
        const next = settle({ mode, debts, payments })
        assert.deepEqual(next.transfers, remaining)
        assert.ok(next.exact)
      }
    }),
  )
})

test('paying part of a step shortens that step and no other', () => {
  fc.assert(
    fc.property(anyMode, anyDebts(30, 8), fc.nat(), fc.nat(), (mode, debts, which, part) => {
      const { transfers } = settle({ mode, debts })
      fc.pre(transfers.length > 0)
      const step = transfers[which % transfers.length]!
      const minor = 1n + (BigInt(part) % step.minor)
      const next = settle({ mode, debts, payments: [{ ...step, minor }] })
      const expected = transfers
        .map((each) => (each === step ? { ...each, minor: each.minor - minor } : each))
        .filter((each) => each.minor > 0n)
      assert.deepEqual(next.transfers, expected)
    }),
  )
})

test('whatever is paid, the steps and the balances agree, and few steps change', () => {
  fc.assert(
    fc.property(anyMode, anyDebts(30, 8), anyDebts(5, 8), (mode, debts, payments) => {
      const plan = settle({ mode, debts, payments })
      assert.deepEqual(openAfter(debts, payments, plan.transfers), new Map())
      assert.deepEqual(plan.left, [])
    }),
  )
})

test('one payment makes a plan longer by a step at most, and shortens no step of others', () => {
  fc.assert(
    fc.property(anyMode, anyDebts(30, 8), anyDebts(5, 8), (mode, debts, [payment]) => {
      fc.pre(payment !== undefined)
      const before = settle({ mode, debts }).transfers
      const after = settle({ mode, debts, payments: [payment] }).transfers
      assert.ok(after.length <= before.length + 1)
      for (const { from, to, minor } of before) {
        if (from === payment.from || to === payment.to) continue
        if (from === payment.to && to === payment.from) continue
        const same = after.find((each) => each.from === from && each.to === to)
        assert.ok(same !== undefined && same.minor >= minor)
      }
    }),
  )
})

test('along existing debts a payment past the plan makes no strangers pay each other', () => {
  fc.assert(
    fc.property(anyDebts(20, 6), anyDebts(4, 6), (debts, payments) => {
      const known = new Set(netDebts(debts).map(({ from, to }) => `${from} ${to}`))
      for (const { from, to } of payments) known.add(`${to} ${from}`)
      const { transfers } = settle({ mode: 'existing', debts, payments })
      assert.ok(transfers.every(({ from, to }) => known.has(`${from} ${to}`)))
    }),
  )
})

test('with coins, too, a plan stays while it is followed, and what is left sums to zero', () => {
  fc.assert(
    fc.property(anyMode, anyDebts(30, 8), (mode, debts) => {
      const payments: Debt[] = []
      const remaining = [...settle({ mode, debts, cashStepOf: step5 }).transfers]
      for (;;) {
        const plan = settle({ mode, debts, payments, cashStepOf: step5 })
        assert.deepEqual(plan.transfers, remaining)
        assert.ok(plan.transfers.every(({ minor }) => minor % 5n === 0n))
        assert.deepEqual(leftOf(plan), openAfter(debts, payments, plan.transfers))
        assert.equal(
          plan.left.reduce((sum, { minor }) => sum + minor, 0n),
          0n,
        )
        if (remaining.length === 0) break
        payments.push(remaining.shift()!)
      }
    }),
  )
})
