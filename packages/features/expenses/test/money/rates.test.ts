import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  RATE_AGE_DAYS_MAX,
  RATE_TERM_MAX,
  RateTable,
  addDays,
  computeOwed,
  convertAmount,
  convertEffect,
  effectIn,
  expenseEffect,
  freezeRate,
  parseRate,
  rateFor,
} from '@hamlet/expenses'
import type { Currency, DatedRate, FrozenRate, Rate } from '@hamlet/expenses'
import { EUR, anyBody, anyExpenseId, bodyOf, equally, idOf, partiesOf } from './_bodies.ts'

const USD: Currency = { code: 'USD', exponent: 2 }
const JPY: Currency = { code: 'JPY', exponent: 0 }
const KWD: Currency = { code: 'KWD', exponent: 3 }
const DAY = '2026-03-01'

function rateOf(to: Currency, numerator: number, denominator: number, asOf = DAY): FrozenRate {
  return { to, numerator, denominator, source: 'typed', asOf }
}

function dated(from: Currency, rate: FrozenRate): DatedRate {
  return { ...rate, from, source: 'table' }
}

function bigRate({ to, numerator, denominator, source, asOf }: FrozenRate): Rate {
  return { to, numerator: BigInt(numerator), denominator: BigInt(denominator), source, asOf }
}

/** `numerator/denominator` in lowest terms, or the code of the refusal. */
function found(table: readonly DatedRate[], from: Currency, to: Currency, on = DAY): string {
  const rate = new RateTable(table).find(from, to, on)
  const frozen = rate.ok ? freezeRate(rate.value) : rate
  return frozen.ok ? `${frozen.value.numerator}/${frozen.value.denominator}` : frozen.error.code
}

function read(text: string, decimalMark?: '.' | ','): string {
  const rate = parseRate(text, { decimalMark })
  return rate.ok ? `${rate.value.numerator}/${rate.value.denominator}` : rate.error.code
}

test('amounts are converted between currencies of different decimals', () => {
  assert.equal(convertAmount(1000n, EUR, bigRate(rateOf(JPY, 16_250, 100))), 1625n)
  assert.equal(convertAmount(1000n, JPY, bigRate(rateOf(KWD, 2, 1000))), 2000n)
  assert.equal(convertAmount(-5n, EUR, bigRate(rateOf(USD, 11, 10))), -6n)
  assert.equal(convertAmount(5n, EUR, bigRate(rateOf(USD, 1, 10))), 1n)
})

test('a converted effect sums to zero, each party within a unit of the exact value and none on the other side', () => {
  const anyTerm = fc.oneof(
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 1, max: RATE_TERM_MAX }),
  )
  const anyCurrency = fc.constantFrom(EUR, USD, JPY, KWD)
  fc.assert(
    fc.property(
      anyExpenseId,
      anyBody,
      anyCurrency,
      anyTerm,
      anyTerm,
      (id, body, to, numerator, denominator) => {
        fc.pre(computeOwed(id, body).ok)
        const effect = expenseEffect(id, body)
        const { net, currency } = convertEffect(
          id,
          effect,
          bigRate(rateOf(to, numerator, denominator)),
        )
        assert.equal(currency, to)
        assert.equal(
          net.reduce((sum, { minor }) => sum + minor, 0n),
          0n,
        )
        const over = BigInt(denominator) * 100n
        for (const [i, { party, minor }] of net.entries()) {
          const exact = effect.net[i]!.minor * BigInt(numerator) * 10n ** BigInt(to.exponent)
          const off = minor * over - exact
          assert.equal(party, effect.net[i]!.party)
          assert.ok(off < over && off > -over)
          assert.ok(minor === 0n || minor > 0n === exact > 0n)
        }
      },
    ),
  )
})

test('a rate frozen in the expense counts, whatever the table says', () => {
  const [anna, ben] = partiesOf(2)
  const table = [dated(EUR, rateOf(USD, 2, 1))]
  const body = bodyOf(1000, equally([anna!, ben!]), { rate: rateOf(USD, 3, 2) })
  const minors = (to: Currency, rows = table) => {
    const effect = effectIn(to, idOf(1), body, new RateTable(rows))
    return effect.ok
      ? effect.value.net.map(({ minor }) => Number(minor)).toSorted((a, b) => a - b)
      : effect.error.code
  }
  assert.deepEqual(minors(USD), [-750, 750])
  assert.deepEqual(minors(EUR), [-500, 500])
  assert.equal(minors(JPY), 'RATE_MISSING')
  assert.deepEqual(minors(JPY, [dated(EUR, rateOf(JPY, 160, 1))]), [-800, 800])
})

test('without a frozen rate the newest of the table by the day of the expense counts', () => {
  const table = [
    dated(EUR, rateOf(USD, 10, 9, '2026-02-27')),
    dated(EUR, rateOf(USD, 11, 10, '2026-02-28')),
    dated(EUR, rateOf(USD, 12, 11, '2026-03-02')),
  ]
  assert.equal(found(table, EUR, USD), '11/10')
  assert.equal(found(table, EUR, USD, '2026-03-02'), '12/11')
  assert.equal(found(table, EUR, USD, '2026-02-26'), 'RATE_MISSING')
  const last = addDays('2026-03-02', RATE_AGE_DAYS_MAX)!
  assert.equal(found(table, EUR, USD, last), '12/11')
  assert.equal(found(table, EUR, USD, addDays(last, 1)), 'RATE_MISSING')
})

test('a rate is turned round, and found through a third currency of the same source and day', () => {
  const table = [dated(EUR, rateOf(USD, 11, 10)), dated(EUR, rateOf(JPY, 160, 1))]
  assert.equal(found(table, USD, EUR), '10/11')
  assert.equal(found(table, USD, JPY), '1600/11')
  assert.equal(found(table, EUR, EUR), '1/1')
  const mixed = [table[0]!, { ...table[1]!, source: 'another' }]
  assert.equal(found(mixed, USD, JPY), 'RATE_MISSING')
  const apart = [table[0]!, { ...table[1]!, asOf: '2026-02-28' }]
  assert.equal(found(apart, USD, JPY), 'RATE_MISSING')
  assert.equal(found([], USD, JPY), 'RATE_MISSING')
})

test('a missing rate says between which currencies and for which day', () => {
  const rate = rateFor(USD, bodyOf(100, {}), new RateTable([]))
  assert.ok(!rate.ok)
  assert.deepEqual(rate.error.fields, { from: 'EUR', to: 'USD', on: DAY })
})

test('one code with other decimals is another currency', () => {
  const own = { code: 'XHR', exponent: 1 }
  const table = [dated(own, rateOf(EUR, 25, 1))]
  assert.equal(found(table, own, EUR), '25/1')
  assert.equal(found(table, { ...own, exponent: 2 }, EUR), 'RATE_MISSING')
})

test('a rate is read as it is typed, and kept in lowest terms', () => {
  assert.equal(read('1.0825'), '433/400')
  assert.equal(read(' 0,92 '), '23/25')
  assert.equal(read('25.300', ','), '25300/1')
  assert.equal(read('25.300', '.'), '253/10')
  assert.equal(read('25.300'), 'AMOUNT_AMBIGUOUS')
  assert.equal(read('0'), 'RATE_OUT_OF_RANGE')
  assert.equal(read('0.0000000000001'), 'RATE_OUT_OF_RANGE')
  assert.equal(read('1e3'), 'AMOUNT_UNEXPECTED')
  assert.equal(read('-1'), 'AMOUNT_UNEXPECTED')
  assert.equal(read(''), 'AMOUNT_UNEXPECTED')
  assert.equal(read('1'.repeat(300)), 'AMOUNT_TOO_LONG')
})
