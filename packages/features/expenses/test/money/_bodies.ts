/** Bodies of expenses and ids for the tests of money. */

import fc from 'fast-check'
import { NO_SPLIT } from '@hamlet/expenses'
import type { Currency, ExpenseBody, LedgerId, PartyId, Split } from '@hamlet/expenses'

export const EUR: Currency = { code: 'EUR', exponent: 2 }

/** The party or expense whose id is `number` in 16 bytes, scattered so that neighbours do not look alike. */
export function idOf(number: number): LedgerId {
  const scattered = (BigInt(number + 1) * 0x9e3779b97f4a7c15f39cc0605cedc835n) % (1n << 128n)
  return scattered.toString(16).padStart(32, '0') as LedgerId
}

export function partiesOf(count: number): readonly PartyId[] {
  return Array.from({ length: count }, (_, i) => idOf(i + 1000))
}

export function bodyOf(
  amountMinor: number,
  split: Partial<Split>,
  rest: Partial<ExpenseBody> = {},
) {
  const body: ExpenseBody = {
    rule: 1,
    kind: 'expense',
    deleted: false,
    title: 'Dinner',
    date: '2026-03-01',
    currency: EUR,
    amountMinor,
    paid: [{ party: idOf(1000), amountMinor }],
    split: { ...NO_SPLIT, ...split },
    category: undefined,
    tags: [],
    note: '',
    rate: undefined,
    origin: undefined,
    ...rest,
  }
  return body
}

export function equally(parties: readonly PartyId[]): Partial<Split> {
  return { shares: parties.map((party) => ({ party, weight: 1 })) }
}

export const anyExpenseId = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex') as LedgerId)

const people = partiesOf(6)
const anyWeight = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 1_000_000 }))
const anyMinor = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 10 ** 10 }))
const someParties = (minLength = 0) => fc.subarray([...people], { minLength })

const anyShares = (minLength = 0) =>
  fc
    .tuple(someParties(minLength), fc.array(anyWeight, { minLength: 6, maxLength: 6 }))
    .map(([parties, weights]) => parties.map((party, i) => ({ party, weight: weights[i]! })))

const amountsOf = (minor: fc.Arbitrary<number>) =>
  fc
    .tuple(someParties(), fc.array(minor, { minLength: 6, maxLength: 6 }))
    .map(([parties, minors]) => parties.map((party, i) => ({ party, amountMinor: minors[i]! })))

const anyPercents = fc
  .tuple(
    someParties(),
    fc.array(fc.integer({ min: 1, max: 160_000 }), { minLength: 6, maxLength: 6 }),
  )
  .map(([parties, parts]) => parties.map((party, i) => ({ party, millionths: parts[i]! })))

const anyItem = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: anyMinor },
      { weight: 1, arbitrary: fc.integer({ min: -500, max: 0 }) },
    ),
    anyShares(1),
  )
  .map(([amountMinor, shares]) => ({ title: 'Thing', amountMinor, shares }))

function sum(list: readonly { readonly amountMinor: number }[]): number {
  return list.reduce((total, each) => total + each.amountMinor, 0)
}

/** Bodies whose numbers come to their amount; now and then somebody would owe less than nothing. */
export const anyBody: fc.Arbitrary<ExpenseBody> = fc
  .record(
    {
      items: fc.oneof(fc.constant([]), fc.array(anyItem, { maxLength: 5 })),
      extra: fc.oneof(fc.constant([0, 0]), fc.tuple(fc.nat({ max: 900 }), fc.nat({ max: 900 }))),
      exact: fc.oneof(fc.constant([]), amountsOf(anyMinor)),
      adjustments: fc.oneof(fc.constant([]), amountsOf(fc.integer({ min: -300, max: 900 }))),
      percents: fc.oneof(fc.constant([]), anyPercents),
      shares: anyShares(1),
      restMinor: fc.oneof(fc.constant(0), anyMinor),
      kind: fc.constantFrom('expense' as const, 'income' as const, 'transfer' as const),
      payer: fc.constantFrom(...people),
      other: fc.constantFrom(...people),
      otherMinor: fc.nat({ max: 5000 }),
    },
    { noNullPrototype: true },
  )
  .map(({ extra, restMinor, kind, payer, other, otherMinor, ...lists }) => {
    const itemsMinor = sum(lists.items)
    const [taxMinor = 0, tipMinor = 0] = itemsMinor > 0 ? extra : [0, 0]
    const parts = itemsMinor + taxMinor + tipMinor + sum(lists.exact) + sum(lists.adjustments)
    const amountMinor = Math.max(1, parts + restMinor)
    const second = other === payer ? 0 : Math.min(otherMinor, amountMinor - 1)
    const paid = [{ party: payer, amountMinor: amountMinor - second }]
    if (second > 0) paid.push({ party: other, amountMinor: second })
    return bodyOf(amountMinor, { ...lists, taxMinor, tipMinor }, { kind, paid })
  })
