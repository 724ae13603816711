import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CIVIL_DAYS_MAX,
  addDays,
  addMonths,
  civilDateToDays,
  compareCivilDates,
  daysInMonth,
  daysToCivilDate,
  parseCivilDate,
  weekdayOf,
} from '@hamlet/expenses'

test('every day of three hundred years is the one the platform has, in both directions', () => {
  const first = Date.UTC(1900, 0, 1)
  for (let days = 0; days <= CIVIL_DAYS_MAX; days++) {
    const text = new Date(first + days * 86_400_000).toISOString().slice(0, 10)
    if (daysToCivilDate(days) !== text || civilDateToDays(text) !== days) assert.fail(text)
  }
  assert.equal(daysToCivilDate(CIVIL_DAYS_MAX), '2199-12-31')
})

test('only days that exist are read', () => {
  for (const text of ['2024-02-29', '2000-02-29', '1900-01-01', '2199-12-31']) {
    assert.equal(parseCivilDate(text), text)
  }
  for (const text of [
    '',
    '2023-02-29',
    '1900-02-29',
    '2100-02-29',
    '2024-00-10',
    '2024-13-01',
    '2024-04-31',
    '2024-01-00',
    '1899-12-31',
    '2200-01-01',
    '2024-1-1',
    '2024-01-01\n',
    ' 2024-01-01',
    '٢٠٢٤-01-01',
  ]) {
    assert.equal(parseCivilDate(text), undefined, text)
  }
})

test('days and months are added up to where the calendar ends', () => {
  assert.equal(addDays('2024-02-28', 2), '2024-03-01')
  assert.equal(addDays('2024-03-01', -1), '2024-02-29')
  assert.equal(addDays('2199-12-31', 1), undefined)
  assert.equal(addDays('1900-01-01', -1), undefined)
  assert.equal(addMonths('2024-01-31', 1), '2024-02-29')
  assert.equal(addMonths('2024-01-31', 2), '2024-03-31')
  assert.equal(addMonths('2024-01-31', -11), '2023-02-28')
  assert.equal(addMonths('2024-12-15', 1), '2025-01-15')
  assert.equal(addMonths('2199-12-01', 1), undefined)
  assert.equal(daysInMonth(2100, 2), 28)
})

test('weekdays are those of ISO 8601', () => {
  assert.equal(weekdayOf('1900-01-01'), 1)
  assert.equal(weekdayOf('2026-11-27'), 5)
  assert.equal(weekdayOf('2000-02-27'), 7)
})

test('days compare as their text', () => {
  const days = ['2024-10-01', '1999-12-31', '2024-09-30']
  assert.deepEqual(days.toSorted(compareCivilDates), ['1999-12-31', '2024-09-30', '2024-10-01'])
})
