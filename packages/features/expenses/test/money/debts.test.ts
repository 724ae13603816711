import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  computeOwed,
  debtsToBalances,
  expenseDebts,
  expenseEffect,
  groupBalances,
  netDebts,
  transferPayments,
} from '@hamlet/expenses'
import { EUR, anyBody, anyExpenseId, bodyOf, equally, idOf } from './_bodies.ts'
import { anyDebts, coupleOf, debtsOf, people, placesOf } from './_settling.ts'

test('everybody who is down owes everybody who is up in proportion', () => {
  const paid = [
    { party: people[0]!, amountMinor: 6000 },
    { party: people[1]!, amountMinor: 3000 },
  ]
  const body = bodyOf(9000, equally(people.slice(2, 5)), { paid })
  assert.deepEqual(placesOf(expenseDebts(idOf(1), body)), [
    [2, 0, 2000],
    [2, 1, 1000],
    [3, 0, 2000],
    [3, 1, 1000],
    [4, 0, 2000],
    [4, 1, 1000],
  ])
})

test('the debts of an expense come to what everybody is up and down, to the unit', () => {
  fc.assert(
    fc.property(anyExpenseId, anyBody, (id, body) => {
      fc.pre(computeOwed(id, body).ok)
      const debts = expenseDebts(id, body)
      assert.ok(debts.every(({ minor }) => minor > 0n))
      const { net } = expenseEffect(id, body)
      assert.deepEqual(
        debtsToBalances(debts).map(({ party, minor }) => ({ party, minor })),
        net.filter(({ minor }) => minor !== 0n),
      )
    }),
  )
})

test('an expense of very many payers makes fewer debts than it has people, to the unit', () => {
  const parties = Array.from({ length: 499 }, (_, i) => idOf(i))
  const paid = parties.slice(0, 200).map((party, i) => ({ party, amountMinor: 1000 + i }))
  const amountMinor = paid.reduce((sum, each) => sum + each.amountMinor, 0)
  const body = bodyOf(amountMinor, equally(parties.slice(200)), { paid })
  const debts = expenseDebts(idOf(1), body)
  assert.ok(debts.length < parties.length)
  assert.deepEqual(
    debtsToBalances(debts).map(({ party, minor }) => ({ party, minor })),
    expenseEffect(idOf(1), body).net,
  )
})

test('a transfer is a payment from the one to the other, and a debt the other way round', () => {
  const paid = [{ party: people[0]!, amountMinor: 500 }]
  const body = bodyOf(500, equally([people[1]!]), { kind: 'transfer', paid })
  assert.deepEqual(placesOf(transferPayments(idOf(1), body)), [[0, 1, 500]])
  assert.deepEqual(placesOf(expenseDebts(idOf(1), body)), [[1, 0, 500]])
})

test('debts of a pair are set off, in each currency by itself', () => {
  const usd = { code: 'USD', exponent: 2 }
  const debts = [
    ...debtsOf([0, 1, 30], [1, 0, 50], [0, 2, 5], [2, 0, 5]),
    ...debtsOf([0, 1, 7]).map((debt) => ({ ...debt, currency: usd })),
  ]
  const netted = netDebts(debts)
  assert.deepEqual(placesOf(netted), [
    [1, 0, 20],
    [0, 1, 7],
  ])
  assert.deepEqual(
    netted.map(({ currency }) => currency.code),
    ['EUR', 'USD'],
  )
})

test('who counts as one owes each other nothing, and the others together', () => {
  assert.deepEqual(placesOf(netDebts(debtsOf([0, 1, 30], [2, 1, 10], [2, 0, 5]), coupleOf)), [
    [2, 0, 15],
  ])
  const balances = [10, -4, -6].map((minor, i) => ({
    party: people[i]!,
    currency: EUR,
    minor: BigInt(minor),
  }))
  assert.deepEqual(
    groupBalances(balances, coupleOf).map(({ minor }) => minor),
    [6n, -6n],
  )
})

test('setting off changes no balance, and leaves each pair one direction', () => {
  fc.assert(
    fc.property(anyDebts(40, 6), (debts) => {
      const netted = netDebts(debts)
      assert.deepEqual(debtsToBalances(netted), debtsToBalances(debts))
      const pairs = netted.map(({ from, to }) => [from, to].sort().join(' '))
      assert.equal(new Set(pairs).size, pairs.length)
    }),
  )
})
