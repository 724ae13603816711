import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CIVIL_DAYS_MAX,
  DUE_DATES_MAX,
  daysToCivilDate,
  dueDate,
  dueDates,
  nextDueDate,
} from '@hamlet/expenses'
import type { RecurrenceRule, RecurrenceUnit } from '@hamlet/expenses'

function ruleOf(start: string, unit: RecurrenceUnit, rest: Partial<RecurrenceRule> = {}) {
  const rule: RecurrenceRule = {
    start,
    unit,
    every: 1,
    until: undefined,
    count: undefined,
    ...rest,
  }
  return rule
}

function second(unit: RecurrenceUnit, every: number): string | undefined {
  return dueDate(ruleOf('2026-11-27', unit, { every }), 2)
}

test('the end of a month is found from the first day each time', () => {
  assert.deepEqual(dueDates(ruleOf('2023-01-31', 'month'), '2023-01-01', '2023-06-01'), [
    '2023-01-31',
    '2023-02-28',
    '2023-03-31',
    '2023-04-30',
    '2023-05-31',
  ])
})

test('a leap day comes back when there is one', () => {
  assert.deepEqual(dueDates(ruleOf('2024-02-29', 'year'), '2025-01-01', '2028-12-31'), [
    '2025-02-28',
    '2026-02-28',
    '2027-02-28',
    '2028-02-29',
  ])
})

test('twice a month is the first and the fifteenth, after whatever day it began', () => {
  assert.deepEqual(dueDates(ruleOf('2026-11-20', 'half-month'), '2026-11-01', '2027-01-31'), [
    '2026-11-20',
    '2026-12-01',
    '2026-12-15',
    '2027-01-01',
    '2027-01-15',
  ])
  assert.equal(dueDate(ruleOf('2026-11-03', 'half-month'), 1), '2026-11-15')
  assert.equal(dueDate(ruleOf('2026-11-15', 'half-month'), 1), '2026-12-01')
})

test('a series goes on every so many days, weeks, months or years', () => {
  assert.equal(second('day', 10), '2026-12-17')
  assert.equal(second('week', 2), '2026-12-25')
  assert.equal(second('half-month', 3), '2027-02-15')
  assert.equal(second('month', 5), '2027-09-27')
  assert.equal(second('year', 4), '2034-11-27')
})

test('a series ends on a day, after a count, or where the calendar does', () => {
  const until = ruleOf('2026-01-01', 'week', { until: '2026-01-15' })
  assert.deepEqual(dueDates(until, '2025-01-01', '2030-01-01'), [
    '2026-01-01',
    '2026-01-08',
    '2026-01-15',
  ])
  const count = ruleOf('2026-01-01', 'week', { count: 2 })
  assert.deepEqual(dueDates(count, '2025-01-01', '2030-01-01'), ['2026-01-01', '2026-01-08'])
  assert.equal(nextDueDate(count, '2026-01-09'), undefined)
  assert.equal(nextDueDate(until, '2026-01-15'), '2026-01-15')
  assert.deepEqual(dueDates(ruleOf('2199-11-30', 'month'), '1900-01-01', '2199-12-31'), [
    '2199-11-30',
    '2199-12-30',
  ])
})

test('a device that was away for years catches up bit by bit', () => {
  const rule = ruleOf('2020-01-01', 'day')
  const entered = new Set<string>()
  let asked = 0
  for (;;) {
    const due = dueDates(rule, rule.start, '2023-12-31', { isDone: (date) => entered.has(date) })
    if (due.length === 0) break
    assert.ok(due.length <= DUE_DATES_MAX)
    for (const date of due) entered.add(date)
    asked += 1
  }
  assert.equal(entered.size, 4 * 365 + 1)
  assert.equal(asked, Math.ceil(entered.size / DUE_DATES_MAX))
})

test('whatever part of a series is asked for, the days are those of the whole, ascending', () => {
  const day = fc.integer({ min: 0, max: CIVIL_DAYS_MAX }).map(daysToCivilDate)
  const rule = fc.record(
    {
      start: day,
      unit: fc.constantFrom<RecurrenceUnit>('day', 'week', 'half-month', 'month', 'year'),
      every: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 1000 })),
      until: fc.option(day, { nil: undefined }),
      count: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(rule, day, day, (rule, from, to) => {
      const dates = dueDates(rule, from, to)
      const first = dates[0]
      const whole: string[] = []
      for (let index = 0; whole.length < dates.length + 1; index++) {
        const date = dueDate(rule, index)
        if (date === undefined || date > to) break
        if (date >= from) whole.push(date)
      }
      assert.deepEqual(dates, whole.slice(0, DUE_DATES_MAX))
      assert.deepEqual(dates, [...new Set(dates)].sort())
      if (first !== undefined) assert.equal(nextDueDate(rule, from), first)
    }),
  )
})
