/**
 * Goal: along existing debts, no plan moves less money. Method: against all whole plans of small groups, one by one, and
 * against the laws for larger ones.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SETTLE_FLOW_DEBTS_MAX, netDebts, settleExisting } from '@hamlet/expenses'
import type { Debt, PartyId, Transfer } from '@hamlet/expenses'
import { anyDebts, balancesAfter, debtsOf, people, placesOf } from './_settling.ts'
import { EUR, idOf } from './_bodies.ts'

const amountOf = (transfers: readonly Transfer[]) =>
  transfers.reduce((sum, { minor }) => sum + minor, 0n)

const plan = (...debts: readonly (readonly [number, number, number])[]) =>
  placesOf(settleExisting(netDebts(debtsOf(...debts))).transfers)

test('what goes round in a circle vanishes', () => {
  assert.deepEqual(plan([0, 1, 10], [1, 2, 10], [2, 0, 10]), [])
  assert.deepEqual(plan([0, 1, 10], [1, 2, 7], [2, 0, 4]), [
    [0, 1, 6],
    [1, 2, 3],
  ])
})

test('what goes through the middle goes straight only where a debt leads straight', () => {
  assert.deepEqual(plan([0, 1, 10], [1, 2, 10]), [
    [0, 1, 10],
    [1, 2, 10],
  ])
  assert.deepEqual(plan([0, 1, 10], [1, 2, 10], [0, 2, 1]), [[0, 2, 11]])
})

test('nobody passes on more than they would by the debts as they are', () => {
  const diamond = [
    [0, 1, 10],
    [0, 2, 10],
    [1, 3, 10],
    [2, 3, 10],
  ] as const
  assert.deepEqual(plan(...diamond), diamond)
})

test('a plan along debts evens out the same, between the same pairs, and burdens nobody more', () => {
  fc.assert(
    fc.property(anyDebts(40, 8), (debts) => {
      const netted = netDebts(debts)
      const { transfers, exact } = settleExisting(netted)
      assert.ok(exact)
      assert.deepEqual(balancesAfter(netted, transfers), [])
      const pairs = new Set(netted.map(({ from, to }) => `${from} ${to}`))
      assert.ok(transfers.every(({ from, to, minor }) => pairs.has(`${from} ${to}`) && minor > 0n))
      for (const party of people.slice(0, 8)) {
        for (const side of ['from', 'to'] as const) {
          const sum = (list: readonly Transfer[]) =>
            amountOf(list.filter((each) => each[side] === party))
          assert.ok(sum(transfers) <= sum(netted))
        }
      }
    }),
  )
})

test('no plan along the debts of four people moves less money', () => {
  const place = fc.nat({ max: 3 })
  const debt = fc.tuple(place, place, fc.integer({ min: 1, max: 3 }))
  fc.assert(
    fc.property(fc.array(debt, { maxLength: 7 }), (debts) => {
      const netted = netDebts(debtsOf(...debts.filter(([from, to]) => from !== to)))
      assert.equal(amountOf(settleExisting(netted).transfers), BigInt(leastMoved(netted)))
    }),
    { numRuns: 200 },
  )
})

test('very many debts are left as they are, which is said', () => {
  const parties: readonly PartyId[] = Array.from({ length: 64 }, (_, i) => idOf(i)).sort()
  const debts = parties.flatMap((from, i) =>
    parties.slice(i + 1).map((to): Debt => ({ from, to, currency: EUR, minor: 5n })),
  )
  assert.ok(debts.length > SETTLE_FLOW_DEBTS_MAX)
  assert.deepEqual(settleExisting(debts), { transfers: debts, exact: false })
  const fewer = settleExisting(debts.slice(0, SETTLE_FLOW_DEBTS_MAX))
  assert.ok(fewer.exact && fewer.transfers.length < SETTLE_FLOW_DEBTS_MAX)
})

function add(map: Map<PartyId, number>, party: PartyId, minor: number): void {
  map.set(party, (map.get(party) ?? 0) + minor)
}

/** Tries every whole amount on every pair. */
function leastMoved(debts: readonly Debt[]): number {
  const room = { from: new Map<PartyId, number>(), to: new Map<PartyId, number>() }
  const open = new Map<PartyId, number>()
  for (const { from, to, minor } of debts) {
    add(room.from, from, Number(minor))
    add(room.to, to, Number(minor))
    add(open, from, -Number(minor))
    add(open, to, Number(minor))
  }
  const search = (index: number, moved: number): number => {
    const debt = debts[index]
    if (debt === undefined)
      return [...open.values()].every((minor) => minor === 0) ? moved : Infinity
    const most = Math.min(room.from.get(debt.from)!, room.to.get(debt.to)!)
    let least = Infinity
    for (let minor = 0; minor <= most; minor++) {
      const move = (sign: number) => {
        add(room.from, debt.from, -sign * minor)
        add(room.to, debt.to, -sign * minor)
        add(open, debt.from, sign * minor)
        add(open, debt.to, -sign * minor)
      }
      move(1)
      least = Math.min(least, search(index + 1, moved + minor))
      move(-1)
    }
    return least
  }
  return search(0, 0)
}
