/** Bills that come again: entered by whichever device notices, once for each day they are due. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { both, EUR, household, id } from './_household.ts'
import type { Household } from './_household.ts'
import { codeOf, pass } from './_world.ts'
import type { Person } from './_world.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The clocks stand at 2027-01-15. */
async function rent({ anna, ben, space }: Household, start: string): Promise<string> {
  const series = await anna.api.addSeries(space, {
    expense: {
      title: 'Rent',
      currency: EUR,
      paid: [{ party: anna.identity.person, amountMinor: 90_000 }],
      split: { shares: both(anna, ben).map((party) => ({ party, weight: 1 })) },
    },
    rule: { unit: 'month', every: 1, start },
  })
  return series.id
}

async function days({ api }: Person, space: string): Promise<readonly string[]> {
  return (await api.expenses(space)).expenses.map(({ date }) => date).toSorted()
}

test('a bill is entered when the day comes, by a device of somebody else too', async () => {
  const home = await household()
  const { anna, ben, space } = home
  const series = await rent(home, '2027-01-31')
  const [before] = await anna.api.ledgerSeries(space)
  assert.deepEqual([before?.id, before?.due, before?.next], [series, [], '2027-01-31'])
  await pass([anna, ben], 20_000)
  assert.deepEqual(await days(anna, space), [])

  await anna.close()
  ben.clock.pass(16 * DAY_MS)
  await pass([ben], 20_000)
  assert.deepEqual(await days(ben, space), ['2027-01-31'])
  const [bill] = (await ben.api.expenses(space)).expenses
  assert.deepEqual(bill?.origin, { kind: 'series', from: series })
  assert.equal(bill?.created.person, ben.identity.person)
  assert.equal((await ben.api.ledgerSeries(space))[0]?.next, '2027-02-28')
})

test('after three months apart two devices have entered one bill for each day', async () => {
  const home = await household()
  const { anna, ben, space } = home
  await rent(home, '2027-02-01')
  await pass([anna, ben], 20_000)
  for (const person of [anna, ben]) {
    await person.close()
    person.clock.pass(90 * DAY_MS)
  }
  await anna.open()
  await pass([anna], 20_000)
  const due = ['2027-02-01', '2027-03-01', '2027-04-01']
  assert.deepEqual(await days(anna, space), due)
  await anna.close()
  await ben.open()
  await pass([ben], 20_000)
  assert.deepEqual(await days(ben, space), due)
  await anna.open()
  await pass([anna, ben], 30_000)
  for (const person of [anna, ben]) {
    assert.deepEqual(await days(person, space), due)
    const { expenses } = await person.api.expenses(space)
    assert.deepEqual(
      expenses.map(({ choices, edited }) => [choices, edited]),
      due.map(() => [1, false]),
    )
  }
  assert.deepEqual(await anna.api.balances(space), await ben.api.balances(space))
})

test('a device enters no more than a hundred bills in one look, and the rest an hour later or when it is asked', async () => {
  const { anna, ben, space } = await household()
  await anna.api.addSeries(space, {
    expense: {
      title: 'Coffee',
      currency: EUR,
      paid: [{ party: anna.identity.person, amountMinor: 100 }],
      split: { shares: [{ party: ben.identity.person, weight: 1 }] },
    },
    rule: { unit: 'day', every: 1, start: '2026-06-01', until: '2026-12-31' },
  })
  await ben.close()
  await pass([anna], 20_000)
  assert.equal((await anna.api.expenses(space)).total, 100)
  anna.clock.pass(HOUR_MS)
  await pass([anna], 5_000)
  assert.equal((await anna.api.expenses(space)).total, 200)
  assert.equal((await anna.api.enterDue(space)).length, 14)
  assert.equal((await anna.api.expenses(space)).total, 214)
  assert.deepEqual(await anna.api.enterDue(space), [])
})

test('who may only read enters nothing, and a series that is stopped is not due', async () => {
  const home = await household('reader')
  const { anna, ben, space } = home
  const series = await rent(home, '2027-01-20')
  await pass([anna, ben], 20_000)
  await anna.close()
  ben.clock.pass(10 * DAY_MS)
  await pass([ben], 20_000)
  assert.deepEqual(await days(ben, space), [])
  assert.deepEqual((await ben.api.ledgerSeries(space))[0]?.due, ['2027-01-20'])
  assert.equal(await codeOf(ben.api.enterDue(space)), 'SPACE_READ_ONLY')

  await anna.open()
  const stopped = await anna.api.changeSeries(space, series, { stopped: true })
  assert.deepEqual([stopped.stopped, stopped.due, stopped.next], [true, [], undefined])
  anna.clock.pass(10 * DAY_MS)
  await pass([anna, ben], 20_000)
  assert.deepEqual(await days(anna, space), [])
})

test('a changed series changes what is entered from then on', async () => {
  const home = await household()
  const { anna, ben, space } = home
  const series = await rent(home, '2027-01-15')
  await pass([anna, ben], 20_000)
  await ben.api.changeSeries(space, series, {
    expense: { paid: [{ party: ben.identity.person, amountMinor: 95_000 }] },
  })
  await pass([anna, ben], 20_000)
  for (const { clock } of [anna, ben]) clock.pass(31 * DAY_MS)
  await pass([anna, ben], 20_000)
  const { expenses } = await anna.api.expenses(space)
  assert.deepEqual(
    expenses.map(({ date, amountMinor, title }) => [date, amountMinor, title]),
    [
      ['2027-02-15', 95_000, 'Rent'],
      ['2027-01-15', 90_000, 'Rent'],
    ],
  )
})

test('a series that makes no sense is refused', async () => {
  const home = await household()
  const { anna, space } = home
  const series = await rent(home, '2027-02-01')
  const refused = (input: Parameters<typeof anna.api.changeSeries>[2]) =>
    codeOf(anna.api.changeSeries(space, series, input))
  const rule = { unit: 'month', every: 1, start: '2027-02-01' } as const
  assert.equal(await refused({ rule: { ...rule, start: '2027-02-30' } }), 'LEDGER_BAD_RECORD')
  assert.equal(await refused({ rule: { ...rule, every: 0 } }), 'LEDGER_BAD_RECORD')
  assert.equal(await refused({ expense: { amountMinor: 5 } }), 'LEDGER_BAD_RECORD')
  assert.equal(await codeOf(anna.api.addSeries(space, { rule })), 'LEDGER_BAD_RECORD')
  assert.equal(await codeOf(anna.api.changeSeries(space, id(1), {})), 'LEDGER_UNKNOWN')
})
