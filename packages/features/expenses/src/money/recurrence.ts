/**
 * When a recurring expense is due.
 *
 * The n-th due day follows from the rule and n alone, never from the day before it: so months are clamped each from the
 * first day (31 January, 28 February, 31 March), a leap day comes back every fourth year, and every device finds the same
 * days whenever it looks. Twice a month is what Cospend's files call `s`: after the first day, the 1st and the 15th.
 *
 * A device that was away for months catches up: it asks for the days up to today, leaving out those it has. No answer has
 * more than DUE_DATES_MAX days, the oldest first; asking again when those are entered gives the next.
 */

import { assert } from '@hamlet/core'
import type { CivilDate } from '../expense-body.ts'
import { addDays, addMonths, civilDateToDays, civilDay, dayOfMonth } from './civil-date.ts'
import { DUE_DATES_MAX } from './money-limits.ts'

export type RecurrenceUnit = 'day' | 'week' | 'half-month' | 'month' | 'year'

export interface RecurrenceRule {
  /** The first due day; the day of later months is taken from it. */
  readonly start: CivilDate
  /** Every so many units, at least 1. */
  readonly every: number
  readonly unit: RecurrenceUnit
  /** The last day on which it may be due. */
  readonly until: CivilDate | undefined
  /** How often it is due at most, at least 1. */
  readonly count: number | undefined
}

export interface DueOptions {
  /** Days that are not wanted, because they are entered. @default none */
  readonly isDone?: (date: CivilDate) => boolean
  /** 1 to DUE_DATES_MAX. @default DUE_DATES_MAX */
  readonly max?: number
}

/** The due days from `from` to `to`, both included, ascending; the oldest when there are more than `max`. */
export function dueDates(
  rule: RecurrenceRule,
  from: CivilDate,
  to: CivilDate,
  { isDone = () => false, max = DUE_DATES_MAX }: DueOptions = {},
): readonly CivilDate[] {
  assert(max >= 1 && max <= DUE_DATES_MAX, `at most ${DUE_DATES_MAX} due days at once`)
  const dates: CivilDate[] = []
  for (let index = firstIndexFrom(rule, from); dates.length < max; index++) {
    const date = dueDate(rule, index)
    if (date === undefined || date > to) break
    if (!isDone(date)) dates.push(date)
  }
  return dates
}

/** The first due day on `from` or later; `undefined` when the series has ended by then. */
export function nextDueDate(rule: RecurrenceRule, from: CivilDate): CivilDate | undefined {
  return dueDate(rule, firstIndexFrom(rule, from))
}

/** The due day of a number, 0 for the first; `undefined` when there is none. */
export function dueDate(rule: RecurrenceRule, index: number): CivilDate | undefined {
  if (rule.count !== undefined && index >= rule.count) return undefined
  const date = unboundedDate(rule, index)
  return date !== undefined && (rule.until === undefined || date <= rule.until) ? date : undefined
}

/** Without regard to the end; `undefined` where the calendar ends. */
function unboundedDate(
  { start, every, unit }: RecurrenceRule,
  index: number,
): CivilDate | undefined {
  assert(Number.isSafeInteger(every) && every >= 1, 'a series goes on by at least one unit')
  const steps = index * every
  switch (unit) {
    case 'day':
      return addDays(start, steps)
    case 'week':
      return addDays(start, 7 * steps)
    case 'half-month':
      return index === 0 ? start : dateOfHalf(halfOf(start) + steps)
    case 'month':
      return addMonths(start, steps)
    case 'year':
      return addMonths(start, 12 * steps)
  }
}

/** Estimated from below by one, and then walked: a few steps. */
function firstIndexFrom(rule: RecurrenceRule, from: CivilDate): number {
  if (from <= rule.start) return 0
  const passed = unitsBetween(rule, from)
  let index = Math.max(0, Math.floor(passed / rule.every) - 1)
  for (;;) {
    const date = unboundedDate(rule, index)
    if (date === undefined || date >= from) return index
    index += 1
  }
}

function unitsBetween({ start, unit }: RecurrenceRule, from: CivilDate): number {
  const days = civilDateToDays(from) - civilDateToDays(start)
  const halves = halfOf(from) - halfOf(start)
  switch (unit) {
    case 'day':
      return days
    case 'week':
      return Math.floor(days / 7)
    case 'half-month':
      return halves
    case 'month':
      return Math.floor(halves / 2)
    case 'year':
      return Math.floor(halves / 24)
  }
}

/** Halves of months counted from the year 0; the second begins on the 15th. */
function halfOf(date: CivilDate): number {
  const { year, month, day } = civilDay(date)
  return (year * 12 + month - 1) * 2 + (day >= 15 ? 1 : 0)
}

function dateOfHalf(half: number): CivilDate | undefined {
  return dayOfMonth(Math.floor(half / 2), half % 2 === 0 ? 1 : 15)
}
