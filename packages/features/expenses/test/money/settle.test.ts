/**
 * Goal: plans stay while people pay, in every mode, and leave nobody anything. Method: plans followed step by step, whole
 * and in parts; payments nobody planned; couples; coins.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  DETOURS_MAX,
  SETTLE_CURRENCIES_MAX,
  applyPayments,
  debtsToBalances,
  netDebts,
  settle,
} from '@hamlet/expenses'
import type { Debt, PartyId, SettlementMode, SettlementPlan, Transfer } from '@hamlet/expenses'
import { idOf } from './_bodies.ts'
import { afterwards, anyDebts, coupleOf, debtsOf, people, placesOf } from './_settling.ts'

const MODES: readonly SettlementMode[] = ['minimal', 'pairwise', 'existing']
const anyMode = fc.constantFrom(...MODES)
const step5 = () => 5

/** Balances of the debts after payments and transfers. */
function openAfter(debts: readonly Debt[], ...paid: readonly (readonly Transfer[])[]) {
  return afterwards(debtsToBalances(debts), paid.flat())
}

function leftOf(plan: SettlementPlan): ReadonlyMap<PartyId, bigint> {
  return new Map(plan.left.map(({ party, minor }) => [party, minor]))
}

test('each mode has a plan of its own for the same debts', () => {
  const debts = debtsOf([0, 1, 10], [1, 2, 10], [3, 0, 10], [3, 2, 1])
  const plans = MODES.map((mode) => placesOf(settle({ mode, debts }).transfers))
  assert.deepEqual(plans, [
    [[3, 2, 11]],
    [
      [0, 1, 10],
      [1, 2, 10],
      [3, 0, 10],
      [3, 2, 1],
    ],
    [[3, 2, 11]],
  ])
})

test('a plan evens out every currency by itself', () => {
  const yen = debtsOf([1, 0, 700]).map((debt) => ({
    ...debt,
    currency: { code: 'JPY', exponent: 0 },
  }))
  const plan = settle({ mode: 'minimal', debts: [...yen, ...debtsOf([0, 1, 30])] })
  assert.deepEqual(placesOf(plan.transfers), [
    [0, 1, 30],
    [1, 0, 700],
  ])
  assert.deepEqual(
    plan.transfers.map(({ currency }) => currency.code),
    ['EUR', 'JPY'],
  )
})

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

test('a payment past the plan brings together who is left over', () => {
  const plan = debtsOf([0, 1, 10], [2, 3, 10])
  assert.deepEqual(placesOf(applyPayments(plan, debtsOf([0, 3, 10]))), [[2, 1, 10]])
  assert.deepEqual(placesOf(applyPayments(plan, debtsOf([0, 3, 4]))), [
    [0, 1, 6],
    [2, 3, 6],
    [2, 1, 4],
  ])
})

test('who pays too much is paid by the others, and who gets what was not theirs pays it on', () => {
  const plan = debtsOf([0, 1, 10], [2, 1, 10])
  assert.deepEqual(placesOf(applyPayments(plan, debtsOf([0, 1, 15]))), [
    [2, 1, 5],
    [2, 0, 5],
  ])
  assert.deepEqual(placesOf(applyPayments(plan, debtsOf([0, 4, 10]))), [
    [2, 1, 10],
    [4, 1, 10],
  ])
  assert.deepEqual(placesOf(applyPayments([], debtsOf([0, 1, 5]))), [[1, 0, 5]])
})

test('along existing debts a payment past the plan makes no strangers pay each other', () => {
  const debts = debtsOf([0, 1, 10], [2, 3, 10])
  const payments = debtsOf([0, 3, 10])
  assert.deepEqual(placesOf(settle({ mode: 'existing', debts, payments }).transfers), [
    [0, 1, 10],
    [2, 3, 10],
    [3, 0, 10],
  ])
  fc.assert(
    fc.property(anyDebts(20, 6), anyDebts(4, 6), (debts, payments) => {
      const known = new Set(netDebts(debts).map(({ from, to }) => `${from} ${to}`))
      for (const { from, to } of payments) known.add(`${to} ${from}`)
      const { transfers } = settle({ mode: 'existing', debts, payments })
      assert.ok(transfers.every(({ from, to }) => known.has(`${from} ${to}`)))
    }),
  )
})

test('very many payments past a plan are all counted, the later ones as refunds', () => {
  const debts = debtsOf([0, 1, 1000], [2, 3, 1000])
  const payments = Array.from({ length: DETOURS_MAX + 5 }, () => debtsOf([0, 3, 1])[0]!)
  const plan = settle({ mode: 'minimal', debts: debtsOf([0, 1, 5000], [2, 3, 5000]), payments })
  assert.deepEqual(placesOf(plan.transfers), [
    [0, 1, 4000],
    [2, 3, 4000],
    [2, 1, 1000],
    [3, 0, 5],
  ])
  assert.deepEqual(settle({ mode: 'minimal', debts, payments }).left, [])
})

test('in very many currencies each is settled, exactly where few people are not even', () => {
  const debts = Array.from({ length: SETTLE_CURRENCIES_MAX + 1 }, (_, i) => {
    const currency = {
      code: `X${String.fromCodePoint(65 + (i % 26), 65 + Math.floor(i / 26))}`,
      exponent: 2,
    }
    const few = debtsOf([0, 1, 5], [1, 2, 3 + i])
    const many = debtsOf(...Array.from({ length: 14 }, (_, j) => [0, 1 + j, 3 ** j] as const))
    return (i === 7 ? many : few).map((debt) => ({ ...debt, currency }))
  })
  const few = settle({ mode: 'minimal', debts: debts.filter((_, i) => i !== 7).flat() })
  assert.ok(few.exact)
  const all = settle({ mode: 'minimal', debts: debts.flat() })
  assert.ok(!all.exact)
  assert.deepEqual(all.left, [])
})

test('a payment past a plan of very many steps is worked in', () => {
  const plan = Array.from({ length: 500 }, (_, i): readonly Transfer[] => [
    { from: people[0]!, to: idOf(2 * i), minor: 5n },
    { from: idOf(2 * i + 1), to: people[1]!, minor: 5n },
  ]).flat()
  const before = process.cpuUsage()
  const steps = applyPayments(plan, debtsOf([0, 1, 2500]))
  const { user } = process.cpuUsage(before)
  assert.equal(steps.length, 500)
  assert.ok(user / 1000 < 3000, `${user / 1000} ms of processor time`)
})

test('a couple pays and is paid as one', () => {
  const debts = debtsOf([2, 0, 10], [1, 2, 4], [0, 1, 99])
  const plan = settle({
    mode: 'minimal',
    debts,
    unitOf: coupleOf,
    payments: debtsOf([2, 1, 1], [0, 1, 50]),
  })
  assert.deepEqual(placesOf(plan.transfers), [[2, 0, 5]])
})

test('with coins each suggestion is a multiple of the smallest, and what that leaves is said', () => {
  const debts = debtsOf([0, 2, 1233], [1, 2, 1232])
  const plan = settle({ mode: 'minimal', debts, cashStepOf: step5 })
  assert.deepEqual(placesOf(plan.transfers), [
    [0, 2, 1235],
    [1, 2, 1230],
  ])
  assert.deepEqual(
    leftOf(plan),
    new Map([
      [people[0], 2n],
      [people[1], -2n],
    ]),
  )
  assert.deepEqual(
    settle({ mode: 'minimal', debts: debtsOf([0, 1, 2]), cashStepOf: step5 }).transfers,
    [],
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

test('a plan that payments have made longer than need be does not claim to be the best', () => {
  const debts = debtsOf([0, 2, 10], [1, 3, 10])
  const plan = settle({ mode: 'minimal', debts, payments: debtsOf([0, 3, 4]) })
  assert.deepEqual([plan.transfers.length, plan.exact], [3, false])
  const after = [...debts, ...debtsOf([3, 0, 4])]
  const fresh = settle({ mode: 'minimal', debts: after })
  assert.deepEqual([fresh.transfers.length, fresh.exact], [2, true])
})
