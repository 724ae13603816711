/** Goal: the plans of each mode, and what payments, couples, coins and great numbers make of them, case by case. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DETOURS_MAX, SETTLE_CURRENCIES_MAX, applyPayments, settle } from '@hamlet/expenses'
import type { SettlementMode, Transfer } from '@hamlet/expenses'
import { idOf } from './_bodies.ts'
import { coupleOf, debtsOf, leftOf, people, placesOf } from './_settling.ts'

const MODES: readonly SettlementMode[] = ['minimal', 'pairwise', 'existing']
const step5 = () => 5

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

test('a plan that payments have made longer than need be does not claim to be the best', () => {
  const debts = debtsOf([0, 2, 10], [1, 3, 10])
  const plan = settle({ mode: 'minimal', debts, payments: debtsOf([0, 3, 4]) })
  assert.deepEqual([plan.transfers.length, plan.exact], [3, false])
  const after = [...debts, ...debtsOf([3, 0, 4])]
  const fresh = settle({ mode: 'minimal', debts: after })
  assert.deepEqual([fresh.transfers.length, fresh.exact], [2, true])
})
test('along existing debts what cannot be worked in remains a refund', () => {
  const debts = debtsOf([0, 1, 10], [2, 3, 10])
  const payments = debtsOf([0, 3, 10])
  assert.deepEqual(placesOf(settle({ mode: 'existing', debts, payments }).transfers), [
    [0, 1, 10],
    [2, 3, 10],
    [3, 0, 10],
  ])
})
