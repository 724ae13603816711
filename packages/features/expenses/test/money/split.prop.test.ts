/**
 * Goal: rule 1 of expense bodies keeps its invariants for every body, in both arithmetics. Method: random bodies that
 * come to their amount, in all ways of splitting at once, against sums, bounds and a plain computation in fractions.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { apportion, computeOwed, expenseEffect, rotationOf, whoGotTheCent } from '@hamlet/expenses'
import { checkSplit } from '../../src/money/split-check.ts'
import { splitToPartsExact, splitToPartsSmall } from '../../src/money/split-parts.ts'
import { SplitError } from '../../src/money/errors.ts'
import type { ExpenseBody, PartyAmount, PartyId } from '@hamlet/expenses'
import { anyBody, anyExpenseId, bodyOf, equally, idOf, partiesOf } from './_bodies.ts'

const sumOf = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0)
const bigSumOf = (values: readonly number[]) => BigInt(sumOf(values))

function amountIn(list: readonly PartyAmount[], party: PartyId): number {
  return list.find((each) => each.party === party)?.amountMinor ?? 0
}

test('what is owed sums to the amount, and nobody owes less than nothing', () => {
  fc.assert(
    fc.property(anyExpenseId, anyBody, (id, body) => {
      const owed = computeOwed(id, body)
      if (!owed.ok) return assert.ok(['SPLIT_NEGATIVE', 'SPLIT_OVER'].includes(owed.error.code))
      const minors = owed.value.map((each) => each.amountMinor)
      assert.equal(sumOf(minors), body.amountMinor)
      assert.ok(minors.every((minor) => Number.isSafeInteger(minor) && minor >= 0))
      const parties = owed.value.map((each) => each.party)
      assert.deepEqual(parties, [...new Set(parties)].sort())
      assert.ok(whoGotTheCent(id, body).length < Math.max(1, parties.length))
    }),
  )
})

test('the effect of an expense sums to zero, per party paid minus owed', () => {
  fc.assert(
    fc.property(anyExpenseId, anyBody, (id, body) => {
      const owed = computeOwed(id, body)
      fc.pre(owed.ok)
      const { net } = expenseEffect(id, body)
      assert.equal(
        net.reduce((sum, each) => sum + each.minor, 0n),
        0n,
      )
      for (const { party, minor } of net) {
        const up: number = amountIn(body.paid, party) - amountIn(owed.value, party)
        assert.equal(minor, BigInt(body.kind === 'income' ? -up : up))
      }
    }),
  )
})

test('everybody owes their exact fraction, up to less than one unit', () => {
  fc.assert(
    fc.property(anyExpenseId, anyBody, (id, body) => {
      const owed = computeOwed(id, body)
      fc.pre(owed.ok)
      const [exact, denominator] = plainFractions(body)
      for (const { party, amountMinor } of owed.value) {
        const difference = BigInt(amountMinor) * denominator - (exact.get(party) ?? 0n)
        assert.ok(difference < denominator && difference > -denominator)
        if (exact.get(party)! % denominator === 0n) assert.equal(difference, 0n)
      }
    }),
  )
})

test('small numbers and big ones give the same parts', () => {
  fc.assert(
    fc.property(anyBody, (body) => {
      const split = { ...body.split, items: [], taxMinor: 0, tipMinor: 0 }
      const amountMinor = 1 + (body.amountMinor % 9_000)
      const sums = checkSplit(bodyOf(amountMinor, { ...split, exact: [], adjustments: [] }))
      assert.ok(!(sums instanceof SplitError))
      const small = splitToPartsSmall(split, sums)
      const exact = splitToPartsExact(split, sums)
      assert.deepEqual(small.floors, exact.floors)
      assert.deepEqual(small.remainders.map(BigInt), exact.remainders)
      assert.deepEqual(small.parties, exact.parties)
    }),
  )
})

test('the order of the lists in a body changes nothing', () => {
  fc.assert(
    fc.property(anyExpenseId, anyBody, (id, body) => {
      const { split } = body
      const turned = {
        ...split,
        items: split.items
          .map((item) => ({ ...item, shares: item.shares.toReversed() }))
          .toReversed(),
        exact: split.exact.toReversed(),
        adjustments: split.adjustments.toReversed(),
        percents: split.percents.toReversed(),
        shares: split.shares.toReversed(),
      }
      const owed = computeOwed(id, body)
      fc.pre(owed.ok)
      assert.deepEqual(
        computeOwed(id, { ...body, paid: body.paid.toReversed(), split: turned }),
        owed,
      )
    }),
  )
})

test('over a thousand expenses everybody gets the odd cent as often as the others', () => {
  for (const [amountMinor, count] of [
    [3000, 7],
    [100, 3],
    [9500, 3],
    [1, 3],
    [999, 5],
  ] as const) {
    const people = partiesOf(count)
    const body = bodyOf(amountMinor, equally(people))
    const times = new Map<PartyId, number>(people.map((party) => [party, 0]))
    for (let id = 0; id < 1000; id++) {
      for (const party of whoGotTheCent(idOf(id), body)) times.set(party, times.get(party)! + 1)
    }
    const expected = (1000 * (amountMinor % count)) / count
    for (const time of times.values())
      assert.ok(Math.abs(time - expected) < 60, `${time} of ${expected}`)
  }
})

test('who does not share in the tie takes nothing from the fairness of it', () => {
  const people = [...partiesOf(5)].sort()
  const split = {
    exact: people.slice(2).map((party) => ({ party, amountMinor: 100 })),
    ...equally(people.slice(0, 2)),
  }
  const times = [0, 0]
  for (let id = 0; id < 1000; id++) {
    const [party] = whoGotTheCent(idOf(id), bodyOf(301, split))
    times[people.indexOf(party!)]! += 1
  }
  assert.equal(sumOf(times), 1000)
  for (const time of times) assert.ok(Math.abs(time - 500) < 60, `${time}`)
})

test('dividing keeps the sum for negative wholes too, each part within a unit of its exact value', () => {
  const anyWeights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 30n }), {
    minLength: 1,
    maxLength: 12,
  })
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      anyWeights,
      anyExpenseId,
      (total, weights, id) => {
        const all = weights.reduce((sum, weight) => sum + weight, 0n)
        fc.pre(all > 0n)
        const parts = apportion(total, weights, rotationOf(id))
        assert.equal(
          parts.reduce((sum, part) => sum + part, 0n),
          total,
        )
        for (const [i, part] of parts.entries()) {
          const off = part * all - total * weights[i]!
          assert.ok(off < all && off > -all)
        }
      },
    ),
  )
  assert.deepEqual(apportion(-1000n, [1n, 1n, 1n], 1), [-334n, -333n, -333n])
})

/** Written out from the header of split-parts.ts, with one denominator for everything and no shortcut. */
function plainFractions({
  amountMinor,
  split,
}: ExpenseBody): readonly [Map<PartyId, bigint>, bigint] {
  const itemsMinor = bigSumOf(split.items.map((item) => item.amountMinor))
  const extra = BigInt(split.taxMinor + split.tipMinor)
  const weightsOf = (shares: ExpenseBody['split']['shares']) =>
    bigSumOf(shares.map((share) => share.weight))
  const weights = weightsOf(split.shares)
  const percent = bigSumOf(split.percents.map((each) => each.millionths))
  const whole = extra === 0n ? 1n : itemsMinor
  const denominator = split.items.reduce(
    (product, item) => product * weightsOf(item.shares),
    whole * 1_000_000n * (weights || 1n),
  )
  const exact = new Map<PartyId, bigint>()
  const add = (party: PartyId, numerator: bigint, over: bigint) => {
    assert.equal((numerator * denominator) % over, 0n)
    exact.set(party, (exact.get(party) ?? 0n) + (numerator * denominator) / over)
  }
  for (const item of split.items) {
    for (const { party, weight } of item.shares) {
      add(
        party,
        BigInt(item.amountMinor) * BigInt(weight) * (whole + extra),
        weightsOf(item.shares) * whole,
      )
    }
  }
  for (const each of [...split.exact, ...split.adjustments])
    add(each.party, BigInt(each.amountMinor), 1n)
  const parts = bigSumOf([...split.exact, ...split.adjustments].map((each) => each.amountMinor))
  const rest = BigInt(amountMinor) - itemsMinor - extra - parts
  for (const { party, millionths } of split.percents)
    add(party, rest * BigInt(millionths), 1_000_000n)
  for (const { party, weight } of split.shares) {
    add(party, rest * (1_000_000n - percent) * BigInt(weight), 1_000_000n * weights)
  }
  return [exact, denominator]
}
