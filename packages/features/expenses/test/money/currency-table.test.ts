import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CURRENCIES,
  currencyOf,
  isActiveCurrency,
  isWellFormedCurrency,
  ownCurrency,
} from '@hamlet/expenses'

test('currencies without and with three or four decimals are known, all others have two', () => {
  const exponents = new Map<number, string[]>()
  for (const { code, exponent } of CURRENCIES) {
    exponents.set(exponent, [...(exponents.get(exponent) ?? []), code])
  }
  assert.equal(
    exponents.get(0)?.join(' '),
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  )
  assert.equal(exponents.get(3)?.join(' '), 'BHD IQD JOD KWD LYD OMR TND')
  assert.equal(exponents.get(4)?.join(' '), 'CLF UYW')
  assert.equal(exponents.get(2)?.length, 139)
  assert.deepEqual(
    [...exponents.keys()].toSorted((a, b) => a - b),
    [0, 2, 3, 4],
  )
})

test('no code stands twice, and each is well formed', () => {
  assert.equal(new Set(CURRENCIES.map(({ code }) => code)).size, CURRENCIES.length)
  for (const currency of CURRENCIES) {
    assert.ok(isWellFormedCurrency(currency))
    assert.deepEqual(currencyOf(currency.code), currency)
    assert.ok(isActiveCurrency(currency.code))
  }
})

test('a withdrawn currency is known for old bills and not offered for new ones', () => {
  assert.deepEqual(currencyOf('HRK'), { code: 'HRK', exponent: 2 })
  assert.deepEqual(currencyOf('BYR'), { code: 'BYR', exponent: 0 })
  assert.ok(!isActiveCurrency('HRK'))
})

test('a group makes up a code of X and two letters that no list has, with its own exponent', () => {
  assert.deepEqual(ownCurrency('XHR', 1), { code: 'XHR', exponent: 1 })
  assert.deepEqual(ownCurrency('XAU', 4), { code: 'XAU', exponent: 4 })
  for (const [code, exponent] of [
    ['XOF', 0],
    ['HRS', 1],
    ['XH1', 1],
    ['xhr', 1],
    ['XHR', 5],
    ['XHR', -1],
    ['XHR', 0.5],
    ['XHR\n', 1],
  ] as const) {
    assert.equal(ownCurrency(code, exponent), undefined, code)
  }
})

test('a code is no property of an object', () => {
  for (const code of ['constructor', '__proto__', '', 'EU', 'EURO', 'eur']) {
    assert.equal(currencyOf(code), undefined)
  }
})
