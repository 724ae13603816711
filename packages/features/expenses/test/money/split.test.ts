import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  EXPENSE_ITEMS_MAX,
  EXPENSE_PARTIES_MAX,
  ITEM_SHARES_MAX,
  NO_SPLIT,
  computeOwed,
  expenseEffect,
  splitMode,
  whoGotTheCent,
} from '@hamlet/expenses'
import type { ExpenseBody, ExpenseItem, PartyId, PartyShare, Split } from '@hamlet/expenses'
import { bodyOf, equally, idOf, partiesOf } from './_bodies.ts'

const [anna, ben, cleo, dan] = [idOf(1000), idOf(1001), idOf(1002), idOf(1003)]

function owed(body: ExpenseBody, expense = idOf(1)): Record<PartyId, number> {
  const result = computeOwed(expense, body)
  if (!result.ok) throw result.error
  return Object.fromEntries(result.value.map(({ party, amountMinor }) => [party, amountMinor]))
}

function refusal(body: ExpenseBody): string | undefined {
  const result = computeOwed(idOf(1), body)
  return result.ok ? undefined : result.error.code
}

function share(party: PartyId, weight = 1): PartyShare {
  return { party, weight }
}

function itemOf(amountMinor: number, ...parties: PartyId[]): ExpenseItem {
  return { title: 'Thing', amountMinor, shares: parties.map((party) => share(party)) }
}

/** The least processor time of some rounds. */
function leastMs(rounds: number, run: () => void): number {
  const times = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage()
    run()
    return process.cpuUsage(before).user / 1000
  })
  return Math.min(...times)
}

test('amounts that do not divide are shared out to the last unit', () => {
  const cases = [
    [3000, 7, [428, 429]],
    [100, 3, [33, 34]],
    [9500, 3, [3166, 3167]],
    [1, 3, [0, 1]],
    [1000, 3, [333, 334]],
    [3003, 7, [429]],
  ] as const
  for (const [amountMinor, count, parts] of cases) {
    const people = partiesOf(count)
    const values = Object.values(owed(bodyOf(amountMinor, equally(people))))
    assert.equal(values.length, count)
    assert.equal(
      values.reduce((sum, each) => sum + each, 0),
      amountMinor,
    )
    assert.deepEqual(
      [...new Set(values)].toSorted((a, b) => a - b),
      parts,
    )
  }
})

test('amounts of other currencies and what comes in are shared out the same way', () => {
  const thirds = equally([anna, ben, cleo])
  const dinar = bodyOf(1, thirds, { currency: { code: 'KWD', exponent: 3 } })
  assert.deepEqual(
    Object.values(owed(dinar)).toSorted((a, b) => a - b),
    [0, 0, 1],
  )
  const income = bodyOf(1000, thirds, { kind: 'income' })
  const { net } = expenseEffect(idOf(1), income)
  const parts = owed(income)
  for (const { party, minor } of net) {
    assert.equal(Number(minor), parts[party]! - (party === anna ? 1000 : 0))
  }
  assert.deepEqual(
    Object.values(parts).toSorted((a, b) => a - b),
    [333, 333, 334],
  )
})

test('shares divide by weight, and the order of the lists changes nothing', () => {
  const shares = [
    { party: anna, weight: 2 },
    { party: ben, weight: 1 },
    { party: cleo, weight: 4 },
  ]
  const expected = { [anna]: 2000, [ben]: 1000, [cleo]: 4000 }
  assert.deepEqual(owed(bodyOf(7000, { shares })), expected)
  assert.deepEqual(owed(bodyOf(7000, { shares: shares.toReversed() })), expected)
})

test('a weighted share is rounded by its own remainder, not by turns', () => {
  const shares = [
    { party: anna, weight: 1 },
    { party: ben, weight: 2 },
  ]
  for (let id = 0; id < 20; id++) {
    assert.deepEqual(owed(bodyOf(100, { shares }), idOf(id)), { [anna]: 33, [ben]: 67 })
  }
})

test('percentages take from what remains, and the shares get what they leave', () => {
  const percents = [{ party: anna, millionths: 250_000 }]
  const body = bodyOf(10_000, {
    percents,
    exact: [{ party: dan, amountMinor: 2000 }],
    ...equally([ben, cleo]),
  })
  assert.deepEqual(owed(body), { [anna]: 2000, [ben]: 3000, [cleo]: 3000, [dan]: 2000 })
})

test('an adjustment moves one party away from the equal part of the rest', () => {
  const adjustments = [
    { party: anna, amountMinor: 900 },
    { party: ben, amountMinor: -300 },
  ]
  const body = bodyOf(3600, { adjustments, ...equally([anna, ben, cleo]) })
  assert.deepEqual(owed(body), { [anna]: 1900, [ben]: 700, [cleo]: 1000 })
})

test('tax and tip follow the items, and are rounded once with them', () => {
  const items = [itemOf(1000, anna), itemOf(3000, ben, cleo), itemOf(-500, ben)]
  const body = bodyOf(3500 + 350 + 175, { items, taxMinor: 350, tipMinor: 175 })
  assert.deepEqual(owed(body), { [anna]: 1150, [ben]: 1150, [cleo]: 1725 })
})

test('a discount may be taken from an equal part of the rest', () => {
  const items = [{ title: 'Voucher', amountMinor: -500, shares: [{ party: ben, weight: 1 }] }]
  const body = bodyOf(2500, { items, ...equally([anna, ben]) })
  assert.deepEqual(owed(body), { [anna]: 1500, [ben]: 1000 })
})

test('what comes in is owed to those of the split, what goes out is owed by them', () => {
  const net = (kind: ExpenseBody['kind']) =>
    Object.fromEntries(
      expenseEffect(idOf(1), bodyOf(1000, equally([anna, ben]), { kind })).net.map((each) => [
        each.party,
        each.minor,
      ]),
    )
  assert.deepEqual(net('expense'), { [anna]: 500n, [ben]: -500n })
  assert.deepEqual(net('transfer'), { [anna]: 500n, [ben]: -500n })
  assert.deepEqual(net('income'), { [anna]: -500n, [ben]: 500n })
})

test('it is said who got the cent, and that nobody did when nothing was rounded', () => {
  const body = bodyOf(100, equally([anna, ben, cleo]))
  const [lucky, ...others] = whoGotTheCent(idOf(5), body)
  assert.deepEqual(others, [])
  assert.equal(owed(body, idOf(5))[lucky!], 34)
  assert.deepEqual(whoGotTheCent(idOf(5), bodyOf(99, equally([anna, ben, cleo]))), [])
})

test('the way a split is made is recognised', () => {
  const modes: readonly (readonly [string, Partial<Split>])[] = [
    ['equal', equally([anna, ben])],
    ['equal', { shares: [{ party: anna, weight: 3 }] }],
    [
      'shares',
      {
        shares: [
          { party: anna, weight: 3 },
          { party: ben, weight: 1 },
        ],
      },
    ],
    ['percent', { percents: [{ party: anna, millionths: 1_000_000 }] }],
    ['exact', { exact: [{ party: anna, amountMinor: 5 }] }],
    ['adjustment', { adjustments: [{ party: anna, amountMinor: 5 }], ...equally([anna, ben]) }],
    ['items', { items: [{ title: '', amountMinor: 5, shares: [{ party: anna, weight: 1 }] }] }],
    ['mixed', { exact: [{ party: anna, amountMinor: 5 }], ...equally([anna, ben]) }],
    [
      'mixed',
      { exact: [{ party: anna, amountMinor: 5 }], percents: [{ party: anna, millionths: 5 }] },
    ],
  ]
  for (const [mode, split] of modes) assert.equal(splitMode({ ...NO_SPLIT, ...split }), mode)
})

test('numbers that do not hold together are refused with the reason', () => {
  const item = { title: '', amountMinor: 100, shares: [share(anna)] }
  const exact = (amountMinor: number) => ({ exact: [{ party: anna, amountMinor }] })
  const cases: readonly (readonly [string, ExpenseBody])[] = [
    ['SPLIT_BAD_AMOUNT', bodyOf(0, equally([anna]))],
    ['SPLIT_BAD_AMOUNT', bodyOf(1.5, equally([anna]))],
    ['SPLIT_BAD_AMOUNT', bodyOf(Number.NaN, equally([anna]))],
    ['SPLIT_BAD_AMOUNT', bodyOf(1e12 + 1, equally([anna]))],
    ['SPLIT_BAD_AMOUNT', bodyOf(100, { items: [item], taxMinor: -1 })],
    ['SPLIT_BAD_AMOUNT', bodyOf(100, { ...equally([anna]), ...exact(0) })],
    ['SPLIT_BAD_AMOUNT', bodyOf(100, { items: [{ ...item, amountMinor: -1e13 }] })],
    ['SPLIT_BAD_WEIGHT', bodyOf(100, { shares: [share(anna, 0)] })],
    ['SPLIT_BAD_WEIGHT', bodyOf(100, { shares: [share(anna, 1_000_001)] })],
    ['SPLIT_BAD_WEIGHT', bodyOf(100, { percents: [{ party: anna, millionths: 1_000_001 }] })],
    ['SPLIT_BAD_WEIGHT', bodyOf(100, { items: [{ ...item, shares: [share(anna, -1)] }] })],
    ['SPLIT_PARTY_TWICE', bodyOf(100, equally([anna, anna]))],
    ['SPLIT_PARTY_TWICE', bodyOf(100, { items: [{ ...item, shares: [share(ben), share(ben)] }] })],
    [
      'SPLIT_PARTY_TWICE',
      bodyOf(100, equally([anna]), {
        paid: [50, 50].map((amountMinor) => ({ party: ben, amountMinor })),
      }),
    ],
    ['SPLIT_ITEM_OF_NOBODY', bodyOf(100, { items: [{ ...item, shares: [] }] })],
    ['SPLIT_PAID_SUM', bodyOf(100, equally([anna]), { paid: [] })],
    ['SPLIT_PAID_SUM', bodyOf(100, equally([anna]), { paid: [{ party: ben, amountMinor: 99 }] })],
    ['SPLIT_TAX_WITHOUT_ITEMS', bodyOf(100, { taxMinor: 5, ...equally([anna]) })],
    [
      'SPLIT_TAX_WITHOUT_ITEMS',
      bodyOf(100, { items: [{ ...item, amountMinor: 0 }], tipMinor: 5, ...equally([anna]) }),
    ],
    [
      'SPLIT_PERCENT_SUM',
      bodyOf(100, { percents: [anna, ben].map((party) => ({ party, millionths: 500_001 })) }),
    ],
    ['SPLIT_OVER', bodyOf(100, exact(101))],
    ['SPLIT_REST', bodyOf(100, exact(99))],
    ['SPLIT_REST', bodyOf(100, {})],
    ['SPLIT_REST', bodyOf(100, { percents: [{ party: anna, millionths: 999_999 }] })],
    [
      'SPLIT_NEGATIVE',
      bodyOf(100, { adjustments: [{ party: anna, amountMinor: -120 }], ...equally([anna, ben]) }),
    ],
    [
      'SPLIT_NEGATIVE',
      bodyOf(1e12 + 2 - 1e12, {
        items: [
          { ...item, amountMinor: 1e12 },
          { title: '', amountMinor: 1 - 1e12, shares: [share(ben)] },
        ],
        taxMinor: 1,
      }),
    ],
  ]
  for (const [code, body] of cases) assert.equal(refusal(body), code, JSON.stringify(body.split))
})

test('an expense has as many people, items and shares as the limits say, and no more', () => {
  const people = partiesOf(EXPENSE_PARTIES_MAX)
  assert.equal(refusal(bodyOf(1e6, equally(people.slice(1)))), undefined)
  assert.equal(refusal(bodyOf(1e6, equally(people))), 'SPLIT_TOO_MANY')
  const items = (count: number, shares: number) =>
    Array.from({ length: count }, () => ({
      title: '',
      amountMinor: 100,
      shares: people.slice(0, shares).map((party) => ({ party, weight: 1 })),
    }))
  assert.equal(refusal(bodyOf(20_000, { items: items(EXPENSE_ITEMS_MAX, 5) })), undefined)
  assert.equal(
    refusal(bodyOf(20_100, { items: items(EXPENSE_ITEMS_MAX + 1, 1) })),
    'SPLIT_TOO_MANY',
  )
  assert.equal(refusal(bodyOf(300, { items: items(3, ITEM_SHARES_MAX / 3 + 1) })), 'SPLIT_TOO_MANY')
})

test('the greatest split of hostile numbers takes some milliseconds', () => {
  const people = partiesOf(5)
  const items = Array.from({ length: EXPENSE_ITEMS_MAX }, (_, i) => ({
    title: '',
    amountMinor: 1e9 - i,
    shares: people.map((party, j) => ({ party, weight: 1_000_000 - 7 * i - j })),
  }))
  const itemsMinor = items.reduce((sum, each) => sum + each.amountMinor, 0)
  const body = bodyOf(itemsMinor + 7, { items, taxMinor: 7 })
  const before = process.cpuUsage()
  for (let i = 0; i < 20; i++) assert.equal(refusal(body), undefined)
  const { user } = process.cpuUsage(before)
  assert.ok(user / 20_000 < 50, `${user / 20_000} ms of processor time`)
})

test('ten thousand ordinary expenses take a tenth of a second, and one of 499 people no millisecond', () => {
  const people = partiesOf(6)
  const bodies = Array.from({ length: 10_000 }, (_, i) =>
    bodyOf(1000 + i, equally(people.slice(0, 2 + (i % 5)))),
  )
  const many = bodyOf(1_000_001, equally(partiesOf(EXPENSE_PARTIES_MAX - 1)))
  const ordinaryMs = leastMs(3, () => {
    for (const [i, body] of bodies.entries()) expenseEffect(idOf(i), body)
  })
  assert.ok(ordinaryMs < 100, `${ordinaryMs} ms of processor time`)
  const manyMs = leastMs(3, () => {
    for (let i = 0; i < 20; i++) computeOwed(idOf(i), many)
  })
  assert.ok(manyMs / 20 < 1, `${manyMs / 20} ms of processor time`)
})
