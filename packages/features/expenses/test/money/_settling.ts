/** Debts and plans for the tests of settling. */

import fc from 'fast-check'
import { debtsToBalances } from '@hamlet/expenses'
import type { Debt, PartyId, SettlementPlan, Standing, Transfer } from '@hamlet/expenses'
import { EUR, partiesOf } from './_bodies.ts'

export const people = [...partiesOf(26)].sort()

/** Of the people in order of ids, so that a test can say who is who. */
export function standingsOf(...minors: readonly number[]): readonly Standing[] {
  return minors.map((minor, i) => ({ party: people[i]!, minor: BigInt(minor) }))
}

/** `[from, to, minor]` by places among the people. */
export function debtsOf(...debts: readonly (readonly [number, number, number])[]): readonly Debt[] {
  return debts.map(([from, to, minor]) => ({
    from: people[from]!,
    to: people[to]!,
    currency: EUR,
    minor: BigInt(minor),
  }))
}

/** The first two people are a couple, and count as the first. */
export function coupleOf(party: PartyId): PartyId {
  return party === people[1] ? people[0]! : party
}

export function placesOf(
  transfers: readonly Transfer[],
): readonly (readonly [number, number, number])[] {
  return transfers.map(({ from, to, minor }) => [
    people.indexOf(from),
    people.indexOf(to),
    Number(minor),
  ])
}

/** Where everybody stands after transfers; those who are even left out. */
export function afterwards(
  standings: readonly Standing[],
  transfers: readonly Transfer[],
): ReadonlyMap<PartyId, bigint> {
  const sums = new Map(standings.map(({ party, minor }) => [party, minor]))
  for (const { from, to, minor } of transfers) {
    sums.set(from, (sums.get(from) ?? 0n) + minor)
    sums.set(to, (sums.get(to) ?? 0n) - minor)
  }
  return new Map([...sums].filter(([, minor]) => minor !== 0n))
}

/** Balances of the debts after payments and transfers. */
export function openAfter(debts: readonly Debt[], ...paid: readonly (readonly Transfer[])[]) {
  return afterwards(debtsToBalances(debts), paid.flat())
}

export function leftOf(plan: SettlementPlan): ReadonlyMap<PartyId, bigint> {
  return new Map(plan.left.map(({ party, minor }) => [party, minor]))
}

export function balancesAfter(debts: readonly Debt[], payments: readonly Transfer[]) {
  const standings = debtsToBalances(debts)
  return [...afterwards(standings, payments)].map(([party, minor]) => ({ party, minor }))
}

/** Balances that sum to zero, in multiples of five as people round, or of anything. */
export function anyStandings(countMax: number): fc.Arbitrary<readonly Standing[]> {
  const minor = fc.oneof(
    fc.integer({ min: -6, max: 6 }).map((n) => n * 5),
    fc.integer({ min: -999, max: 999 }),
  )
  return fc.array(minor, { minLength: 1, maxLength: countMax - 1 }).map((minors) => {
    const last = -minors.reduce((sum, each) => sum + each, 0)
    return standingsOf(...minors, last)
  })
}

export function anyDebts(countMax: number, peopleCount: number): fc.Arbitrary<readonly Debt[]> {
  const place = fc.nat({ max: peopleCount - 1 })
  const minor = fc.oneof(
    fc.integer({ min: 1, max: 10 }).map((n) => n * 5),
    fc.integer({ min: 1, max: 999 }),
  )
  return fc
    .array(fc.tuple(place, place, minor), { maxLength: countMax })
    .map((debts) => debtsOf(...debts.filter(([from, to]) => from !== to)))
}

/** The fewest transfers, by trying for each person in turn everybody who could even them out. */
export function fewestTransfers(standings: readonly Standing[]): number {
  const minors = standings.map(({ minor }) => Number(minor)).filter((minor) => minor !== 0)
  return search(minors, 0, Infinity)
}

function search(minors: number[], start: number, limit: number): number {
  let at = start
  while (at < minors.length && minors[at] === 0) at += 1
  if (at >= minors.length) return 0
  if (limit <= 0) return Infinity
  let best = limit
  for (let other = at + 1; other < minors.length; other++) {
    if (minors[at]! * minors[other]! >= 0) continue
    minors[other]! += minors[at]!
    best = Math.min(best, 1 + search(minors, at + 1, best - 1))
    minors[other]! -= minors[at]!
    if (minors[other] === -minors[at]!) break
  }
  return best
}
