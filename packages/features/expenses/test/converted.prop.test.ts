/**
 * Goal: balances and statistics in one currency are as good as those in many. Method: random ledgers in four currencies,
 * some expenses with a rate frozen in them, compared with what is owed unconverted and with sums made anew.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CausalWorld } from '@hamlet/testkit/causal-world'
import fc from 'fast-check'
import { RATE_AGE_DAYS_MAX, addDays, convertAmount, currencyOf } from '../src/index.ts'
import type { Currency, ExpenseBody, FrozenRate, PartyId } from '../src/index.ts'
import { EUR, bill, ledgerId, openLedger, person, put } from './_ledger-world.ts'
import type { LedgerReplica } from './_ledger-world.ts'

const ANN = person('Ann')
const BEN = person('Ben')
const CAT = ledgerId('Cat')
const PARTIES: readonly PartyId[] = [ANN, BEN, CAT]
const DAY = '2026-03-01'
const USD = currencyOf('USD')!
const JPY = currencyOf('JPY')!
const KWD = currencyOf('KWD')!

function rateTo(to: Currency, numerator: number, denominator = 1, asOf = DAY): FrozenRate {
  return { to, numerator, denominator, source: 'typed', asOf }
}

const anyTerm = fc.integer({ min: 1, max: 500 })
const anyRate = fc.option(
  fc
    .tuple(fc.constantFrom(EUR, USD, JPY), anyTerm, anyTerm, fc.nat({ max: 9 }))
    .map(([to, numerator, denominator, age]) =>
      rateTo(to, numerator, denominator, addDays(DAY, -age)),
    ),
  { nil: undefined },
)

const anyBill = fc
  .record(
    {
      amountMinor: fc.integer({ min: 1, max: 100_000 }),
      payer: fc.constantFrom(...PARTIES),
      among: fc.subarray([...PARTIES], { minLength: 1 }),
      currency: fc.constantFrom(EUR, USD, JPY, KWD),
      kind: fc.constantFrom('expense' as const, 'income' as const, 'transfer' as const),
      category: fc.constantFrom(undefined, 'rent', 'groceries'),
      rate: anyRate,
    },
    { noNullPrototype: true },
  )
  .map(({ amountMinor, payer, among, ...more }) => bill({ amountMinor, payer, among }, more))
const anyBills = fc.array(anyBill, { minLength: 1, maxLength: 15 })

async function ledgerOf(bodies: readonly ExpenseBody[]): Promise<LedgerReplica> {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  bodies.forEach((body, i) => {
    world.wallMs += 1000
    put(ann, 'expense', ledgerId(`bill ${i}`), body)
  })
  put(ann, 'link', CAT, { to: BEN })
  const couple = { name: 'Pair', members: [ANN, BEN].sort(), retired: false }
  put(ann, 'couple', ledgerId('pair'), couple)
  return await openLedger(world.entries)
}

function sum(lines: readonly { readonly minor: bigint }[]): bigint {
  return lines.reduce((total, { minor }) => total + minor, 0n)
}

test('balances in one currency sum to zero, couples counted as one or not', async () => {
  await fc.assert(
    fc.asyncProperty(anyBills, fc.constantFrom(EUR, USD, JPY, KWD), async (bodies, to) => {
      const { ledger } = await ledgerOf(bodies)
      const alone = await ledger.convertedBalances(to)
      assert.equal(sum(alone.balances), 0n)
      const coupled = await ledger.convertedBalances(to, { byCouple: true })
      assert.deepEqual(coupled.balances, [])
      assert.equal(coupled.withoutRate, alone.withoutRate)
    }),
    { numRuns: 60 },
  )
})

test('where everything is in one currency, converting to it changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(anyBills, async (bodies) => {
      const { ledger } = await ledgerOf(bodies.map((body) => ({ ...body, currency: EUR })))
      const { balances, withoutRate } = await ledger.convertedBalances(EUR)
      assert.equal(withoutRate, 0)
      const unconverted = await ledger.balances()
      assert.deepEqual(
        balances,
        unconverted.map(({ party, minor }) => ({ party, minor })),
      )
      assert.deepEqual(await ledger.statistics({ currency: EUR }), await ledger.statistics())
    }),
    { numRuns: 60 },
  )
})

test('statistics in one currency come to one sum by category, month, payer and share', async () => {
  await fc.assert(
    fc.asyncProperty(anyBills, fc.constantFrom(EUR, USD, JPY), async (bodies, to) => {
      const { ledger } = await ledgerOf(bodies)
      const found = await ledger.statistics({ currency: to })
      const lines = [found.byCategory, found.byMonth, found.paidBy, found.shareOf]
      for (const table of lines) {
        assert.ok(table.every(({ currency }) => currency === to || currency.code === to.code))
        assert.equal(sum(table), sum(found.byMonth))
      }
      const spent = bodies.filter(({ kind }) => kind !== 'transfer')
      const counted = found.byMonth.reduce((total, { count }) => total + count, 0)
      assert.equal(counted + found.withoutRate, spent.length)
    }),
    { numRuns: 60 },
  )
})

test('an expense comes to its own rate, and another of its day to the one the ledger knows', async () => {
  const dinner = bill({ amountMinor: 1000, payer: ANN, among: [ANN, BEN] })
  const taxi = { ...dinner, currency: USD }
  const { ledger } = await ledgerOf([
    { ...taxi, rate: rateTo(EUR, 9, 10) },
    { ...taxi, date: addDays(DAY, RATE_AGE_DAYS_MAX)!, rate: rateTo(JPY, 150) },
    { ...taxi, date: addDays(DAY, 40)! },
    dinner,
  ])
  const { balances, withoutRate } = await ledger.convertedBalances(EUR)
  assert.equal(withoutRate, 1)
  assert.deepEqual(new Map(balances.map(({ party, minor }) => [party, minor])).get(ANN), 1400n)
  assert.deepEqual(await ledger.knownRate(USD, EUR, DAY), rateTo(EUR, 9, 10))
  assert.deepEqual(await ledger.knownRate(EUR, USD, DAY), rateTo(USD, 10, 9))
  assert.equal(await ledger.knownRate(USD, EUR, addDays(DAY, -1)!), undefined)
  assert.equal(await ledger.knownRate(EUR, EUR, DAY), undefined)
})

test('of rates for one pair and day the one entered last counts, and none of a deleted expense', async () => {
  const taxi = bill({ amountMinor: 1000, payer: ANN, among: [BEN] }, { currency: USD })
  const first = { ...taxi, rate: rateTo(EUR, 9, 10) }
  const second = { ...taxi, rate: rateTo(EUR, 8, 10) }
  const known = async (bodies: readonly ExpenseBody[]) => {
    const rate = await (await ledgerOf(bodies)).ledger.knownRate(USD, EUR, DAY)
    return rate && rate.numerator / rate.denominator
  }
  assert.equal(await known([first, second]), 0.8)
  assert.equal(await known([second, first]), 0.9)
  assert.equal(await known([first, { ...second, deleted: true }]), 0.9)
  assert.equal(await known([{ ...first, deleted: true }]), undefined)
})

test('a rate from a currency into itself is not followed', async () => {
  const odd = bill({ amountMinor: 1000, payer: ANN, among: [BEN] }, { rate: rateTo(EUR, 5) })
  const { ledger } = await ledgerOf([odd])
  const { balances } = await ledger.convertedBalances(EUR)
  assert.deepEqual(new Map(balances.map(({ party, minor }) => [party, minor])).get(ANN), 1000n)
})

test('a budget counts its own currency, and everything in the one that was asked for', async () => {
  const world = new CausalWorld()
  const ann = world.device('a', 'Ann', 'owner')
  const milk = bill({ amountMinor: 300, payer: ANN, among: [ANN] }, { category: 'groceries' })
  put(ann, 'expense', ledgerId('milk'), milk)
  const abroad = { ...milk, currency: USD, rate: rateTo(EUR, 9, 10) }
  put(ann, 'expense', ledgerId('abroad'), abroad)
  for (const [name, category] of [['food', 'groceries'], ['all']] as const) {
    const budget = { category, currency: EUR, amountMinor: 200, retired: false }
    put(ann, 'budget', ledgerId(name), budget)
  }
  const { ledger } = await openLedger(world.entries)
  const spent = async (currency?: Currency) => {
    const { budgets } = await ledger.statistics({ ...(currency && { currency }) })
    return budgets.map(({ spentMinor }) => spentMinor)
  }
  assert.deepEqual(await spent(), [300n, 300n])
  assert.deepEqual(await spent(JPY), [300n, 300n])
  const converted = convertAmount(300n, USD, {
    ...rateTo(EUR, 9, 10),
    numerator: 9n,
    denominator: 10n,
  })
  assert.deepEqual(await spent(EUR), [300n + converted, 300n + converted])
})

test('a code means what the group counts in, else what the table says, else what expenses have', async () => {
  const own = { code: 'XHR', exponent: 1 }
  const { ledger } = await ledgerOf([
    bill({ amountMinor: 10, payer: ANN, among: [BEN] }, { currency: own }),
  ])
  assert.deepEqual(await ledger.currency('XHR'), own)
  assert.deepEqual(await ledger.currency('JPY'), JPY)
  assert.equal(await ledger.currency('XQQ'), undefined)
})
