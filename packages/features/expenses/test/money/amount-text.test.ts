import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AMOUNT_DEPTH_MAX,
  AMOUNT_MINOR_MAX,
  AMOUNT_TEXT_LENGTH_MAX,
  evaluateAmount,
  minorToText,
  parseAmount,
} from '@hamlet/expenses'
import type { AmountOptions } from '@hamlet/expenses'

function minorOf(text: string, exponent = 2, options: AmountOptions = {}): number | string {
  const result = parseAmount(text, exponent, options)
  return result.ok ? result.value : `${result.error.code} ${result.error.fields['column']}`
}

function valueOf(text: string, exponent = 2, options: AmountOptions = {}): number | string {
  const result = evaluateAmount(text, exponent, options)
  return result.ok ? result.value : `${result.error.code} ${result.error.fields['column']}`
}

test('decimals are read exactly where floating point is a cent short', () => {
  for (const [text, minor] of [
    ['19.99', 1999],
    ['0.29', 29],
    ['1.15', 115],
    ['8.7', 870],
    ['8,70', 870],
    ['.5', 50],
    ['5.', 500],
    ['0', 0],
    ['007', 700],
  ] as const) {
    assert.equal(minorOf(text), minor, text)
  }
})

test('thousands are read in the ways of many countries', () => {
  for (const text of [
    '1234567.5',
    '1,234,567.50',
    '1.234.567,5',
    '1 234 567,50',
    '1\u00a0234\u00a0567,5',
    '1\u202f234\u2009567.50',
    "1'234'567.5",
    '1’234’567,5',
    '12,34,567.5',
    ' +1234567,5 ',
  ]) {
    assert.equal(minorOf(text), 123456750, text)
  }
  assert.equal(minorOf('-1.234,56'), -123456)
  assert.equal(minorOf('\u22121.234,56'), -123456)
  assert.equal(minorOf('1,234,567'), 123456700)
})

test('one mark with three digits behind it is not guessed at', () => {
  assert.equal(minorOf('1.234'), 'AMOUNT_AMBIGUOUS 2')
  assert.equal(minorOf('12,345'), 'AMOUNT_AMBIGUOUS 3')
  assert.equal(minorOf('1.234', 3), 1234)
  assert.equal(minorOf('1,234', 0), 1234)
  assert.equal(minorOf('1.234', 2, { decimalMark: ',' }), 123400)
  assert.equal(minorOf('1.500', 2, { decimalMark: '.' }), 150)
  assert.equal(minorOf('1.234', 3, { decimalMark: ',' }), 1234000)
})

test('more decimals than the currency has are an error with its column, zeros are not', () => {
  assert.equal(minorOf('0.123'), 'AMOUNT_TOO_PRECISE 5')
  assert.equal(minorOf(' 1234.5678'), 'AMOUNT_TOO_PRECISE 9')
  assert.equal(minorOf('1 234.567'), 'AMOUNT_TOO_PRECISE 9')
  assert.equal(minorOf('12.5', 0), 'AMOUNT_TOO_PRECISE 4')
  assert.equal(minorOf('3000.00', 0), 3000)
  assert.equal(minorOf('12.50000'), 1250)
  assert.equal(minorOf('0.001', 3), 1)
})

test('what is no amount is refused with its column', () => {
  for (const [text, refusal] of [
    ['', 'AMOUNT_EMPTY 1'],
    ['  ', 'AMOUNT_EMPTY 1'],
    ['-', 'AMOUNT_EMPTY 1'],
    ['abc', 'AMOUNT_UNEXPECTED 1'],
    ['.', 'AMOUNT_UNEXPECTED 1'],
    ['12a', 'AMOUNT_UNEXPECTED 3'],
    ['1e5', 'AMOUNT_UNEXPECTED 2'],
    ['--1', 'AMOUNT_UNEXPECTED 2'],
    ['١٢', 'AMOUNT_UNEXPECTED 1'],
    ['1,2,3', 'AMOUNT_BAD_GROUPING 2'],
    ['12 50', 'AMOUNT_BAD_GROUPING 3'],
    ['1.234,567.8', 'AMOUNT_BAD_GROUPING 6'],
    ['1,234 567.5', 'AMOUNT_BAD_GROUPING 6'],
    ['0,123,456', 'AMOUNT_BAD_GROUPING 2'],
    ['1..5', 'AMOUNT_BAD_GROUPING 2'],
    ['10000000000.01', 'AMOUNT_TOO_LARGE 1'],
    ['9'.repeat(AMOUNT_TEXT_LENGTH_MAX), 'AMOUNT_TOO_LARGE 1'],
    ['0'.repeat(AMOUNT_TEXT_LENGTH_MAX + 1), `AMOUNT_TOO_LONG ${AMOUNT_TEXT_LENGTH_MAX + 1}`],
  ] as const) {
    assert.equal(minorOf(text), refusal, text)
  }
  assert.equal(minorOf('10000000000'), AMOUNT_MINOR_MAX)
})

test('minor units are written with all their decimals', () => {
  assert.equal(minorToText(1250, 2), '12.50')
  assert.equal(minorToText(-5, 2), '-0.05')
  assert.equal(minorToText(-5, 2, ','), '-0,05')
  assert.equal(minorToText(7, 0), '7')
  assert.equal(minorToText(1n, 3), '0.001')
  assert.equal(minorToText(10n ** 20n, 4), '10000000000000000.0000')
  assert.equal(minorToText(0, 2), '0.00')
})

test('the amount field calculates', () => {
  for (const [text, value] of [
    ['12.50+3*2', 1850],
    ['(89,90 - 10) / 3', 2663],
    ['10/3*3', 1000],
    ['2*-3', -600],
    ['2--3', 500],
    ['-(1+2)', -300],
    ['1 234,50 + 1', 123550],
    ['7 ÷ 2 × 3 − 0.5', 1000],
    ['100*1.1750', 11750],
    ['0.005*1', 1],
    ['-0.005*1', -1],
    ['0.00499*1', 0],
    ['((((1))))', 100],
    ['12.5', 1250],
  ] as const) {
    assert.equal(valueOf(text), value, text)
  }
  assert.equal(valueOf('1.234+2.500', 3), 3734)
  assert.equal(valueOf('1,234', 0), 1234)
})

test('a calculation that is none is refused with its column', () => {
  for (const [text, refusal] of [
    ['1+', 'AMOUNT_UNEXPECTED 3'],
    ['(1', 'AMOUNT_UNEXPECTED 3'],
    ['1)', 'AMOUNT_UNEXPECTED 2'],
    ['1+2)', 'AMOUNT_UNEXPECTED 4'],
    ['*1', 'AMOUNT_UNEXPECTED 1'],
    ['1 */ 2', 'AMOUNT_UNEXPECTED 4'],
    ['2(3)', 'AMOUNT_UNEXPECTED 2'],
    ['10/(3-3)', 'AMOUNT_DIVIDED_BY_ZERO 4'],
    ['100*1.175', 'AMOUNT_AMBIGUOUS 6'],
    ['1+1,2,3', 'AMOUNT_BAD_GROUPING 4'],
    ['99999999999+1', 'AMOUNT_TOO_LARGE 1'],
    [`${'('.repeat(AMOUNT_DEPTH_MAX + 1)}1`, `AMOUNT_TOO_DEEP ${AMOUNT_DEPTH_MAX + 1}`],
    [`1+${' '.repeat(AMOUNT_TEXT_LENGTH_MAX)}1`, `AMOUNT_TOO_LONG ${AMOUNT_TEXT_LENGTH_MAX + 1}`],
    ['()', 'AMOUNT_UNEXPECTED 2'],
  ] as const) {
    assert.equal(valueOf(text), refusal, text)
  }
  for (const text of [' '.repeat(1e6), `1${' '.repeat(1e6)}+`, '+'.repeat(1e6), '1'.repeat(1e6)]) {
    assert.equal(valueOf(text), `AMOUNT_TOO_LONG ${AMOUNT_TEXT_LENGTH_MAX + 1}`)
  }
  const deepest = `${'('.repeat(AMOUNT_DEPTH_MAX)}1${')'.repeat(AMOUNT_DEPTH_MAX)}`
  assert.equal(valueOf(deepest), 100)
  assert.equal(valueOf(`${'-'.repeat(150)}1`), 100)
})
