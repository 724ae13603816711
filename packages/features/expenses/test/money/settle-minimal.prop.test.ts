/**
 * Goal: the plan has the fewest transfers there can be. Method: against a search that knows nothing of groups, for up to
 * ten people, and against the laws every plan has to keep beyond that.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SETTLE_EXACT_MAX, settleMinimal } from '@hamlet/expenses'
import type { MinimalPlan, Standing } from '@hamlet/expenses'
import {
  afterwards,
  anyStandings,
  fewestTransfers,
  people,
  placesOf,
  standingsOf,
} from './_settling.ts'

function requirePlan(standings: readonly Standing[]): MinimalPlan {
  const plan = settleMinimal(standings)
  const open = standings.filter(({ minor }) => minor !== 0n)
  assert.deepEqual(afterwards(standings, plan.transfers), new Map())
  assert.ok(plan.transfers.every(({ from, to, minor }) => from !== to && minor > 0n))
  assert.ok(plan.transfers.length <= Math.max(0, open.length - 1))
  return plan
}

test('two people get even with one transfer, three with two', () => {
  assert.deepEqual(placesOf(settleMinimal(standingsOf(-10, 10)).transfers), [[0, 1, 10]])
  assert.deepEqual(placesOf(settleMinimal(standingsOf(-10, -5, 15)).transfers), [
    [0, 2, 10],
    [1, 2, 5],
  ])
  assert.deepEqual(settleMinimal([]), { transfers: [], exact: true })
  assert.deepEqual(settleMinimal(standingsOf(0, 0)), { transfers: [], exact: true })
})

test('groups that are even within themselves are found where the largest paying the largest misses them', () => {
  const plan = requirePlan(standingsOf(-6, -5, -4, 7, 8, 3, -3))
  assert.equal(plan.transfers.length, fewestTransfers(standingsOf(-6, -5, -4, 7, 8, 3, -3)))
  assert.equal(requirePlan(standingsOf(9, -5, -4, 10, -7, -3)).transfers.length, 4)
})

test('no plan has fewer transfers, up to ten people', () => {
  fc.assert(
    fc.property(anyStandings(10), (standings) => {
      const plan = requirePlan(standings)
      assert.ok(plan.exact)
      assert.equal(plan.transfers.length, fewestTransfers(standings))
    }),
    { numRuns: 300 },
  )
})

test('a plan evens everybody out with fewer transfers than people, however many they are', () => {
  fc.assert(
    fc.property(anyStandings(26), (standings) => {
      const plan = requirePlan(standings)
      const open = standings.filter(({ minor }) => minor !== 0n).length
      if (open <= SETTLE_EXACT_MAX) assert.ok(plan.exact)
    }),
    { numRuns: 60 },
  )
})

test('the plan does not depend on the order of the balances', () => {
  fc.assert(
    fc.property(anyStandings(9), (standings) => {
      assert.deepEqual(settleMinimal(standings.toReversed()), settleMinimal(standings))
    }),
  )
})

test('opposite balances are taken out first, so that more people than that are settled exactly', () => {
  const pairs = Array.from({ length: 12 }, (_, i) => [100 + i, -100 - i]).flat()
  const plan = requirePlan(standingsOf(...pairs, 3, -3))
  assert.ok(plan.exact)
  assert.equal(plan.transfers.length, 13)
})

test('above sixteen people the plan says that it may not be the shortest', () => {
  const minors = Array.from({ length: SETTLE_EXACT_MAX + 4 }, (_, i) => 2 ** i)
  const standings = standingsOf(...minors, -minors.reduce((sum, each) => sum + each, 0))
  const plan = requirePlan(standings)
  assert.ok(!plan.exact)
  assert.equal(plan.transfers.length, minors.length)
})

test('balances beyond the safe integers are settled to the unit', () => {
  const huge = 10n ** 18n
  const standings = [huge + 1n, -huge, 7n, -8n, huge, -huge].map((minor, i) => ({
    party: people[i]!,
    minor,
  }))
  assert.equal(requirePlan(standings).transfers.length, 4)
})

test('balances that do not sum to zero are a mistake of the caller', () => {
  assert.throws(() => settleMinimal(standingsOf(5, -4)), { name: 'AssertionError' })
})

test('sixteen people whose balances have no groups take some tens of milliseconds at most', () => {
  const minors = Array.from({ length: 15 }, (_, i) => 3 ** i)
  const standings = standingsOf(...minors, -minors.reduce((sum, each) => sum + each, 0))
  const before = process.cpuUsage()
  for (let i = 0; i < 5; i++) assert.equal(requirePlan(standings).transfers.length, 15)
  const { user } = process.cpuUsage(before)
  assert.ok(user / 5000 < 50, `${user / 5000} ms of processor time`)
})
