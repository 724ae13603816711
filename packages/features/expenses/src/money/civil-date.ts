/**
 * Days of the calendar, without clocks and time zones: `YYYY-MM-DD` of the proleptic Gregorian calendar, from 1900-01-01
 * to 2199-12-31.
 *
 * For arithmetic a day is its number, 0 for the first of these days. The conversion counts years from March, so that the
 * leap day is a year's last, and goes by eras of 400 years, which all have 146,097 days (Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms"). As text, days compare by code units.
 */

import { assert } from '@hamlet/core'
import type { CivilDate } from '../expense-body.ts'

export interface CivilDay {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  /** 1 to 31. */
  readonly day: number
}

export const CIVIL_YEAR_MIN = 1900
export const CIVIL_YEAR_MAX = 2199

const PATTERN = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/
const ERA_DAYS = 146_097
/** 1900-01-01, counted from 0000-03-01. */
const FIRST_DAY = 693_901
/** The number of the last day, 2199-12-31. */
export const CIVIL_DAYS_MAX = 109_572

/** `undefined` unless it is a day that was or will be, within the years above. */
export function parseCivilDate(text: string): CivilDate | undefined {
  const match = PATTERN.exec(text)
  if (match === null) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (year < CIVIL_YEAR_MIN || year > CIVIL_YEAR_MAX || month < 1 || month > 12) return undefined
  return day >= 1 && day <= daysInMonth(year, month) ? text : undefined
}

/** 0 for 1900-01-01 to CIVIL_DAYS_MAX. */
export function civilDateToDays(date: CivilDate): number {
  const { year, month, day } = civilDay(date)
  const marchYear = month > 2 ? year : year - 1
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  return era * ERA_DAYS + yearOfEra * 365 + leapDays + dayOfYear - FIRST_DAY
}

/** @throws AssertionError unless `days` is an integer from 0 to CIVIL_DAYS_MAX. */
export function daysToCivilDate(days: number): CivilDate {
  assert(Number.isInteger(days) && days >= 0 && days <= CIVIL_DAYS_MAX, 'a day of the calendar')
  const count = days + FIRST_DAY
  const era = Math.floor(count / ERA_DAYS)
  const dayOfEra = count - era * ERA_DAYS
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1
  const month = ((marchMonth + 2) % 12) + 1
  return textOf({ year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day })
}

/** @throws AssertionError when it is no day of the calendar. */
export function civilDay(date: CivilDate): CivilDay {
  assert(parseCivilDate(date) !== undefined, 'a day is YYYY-MM-DD, from 1900 to 2199')
  return {
    year: Number(date.slice(0, 4)),
    month: Number(date.slice(5, 7)),
    day: Number(date.slice(8)),
  }
}

/** So many days later, or earlier; `undefined` where the calendar ends. */
export function addDays(date: CivilDate, days: number): CivilDate | undefined {
  const sum = civilDateToDays(date) + days
  return sum >= 0 && sum <= CIVIL_DAYS_MAX ? daysToCivilDate(sum) : undefined
}

/** The same day of a month so many months later, or the month's last; `undefined` where the calendar ends. */
export function addMonths(date: CivilDate, months: number): CivilDate | undefined {
  const { year, month, day } = civilDay(date)
  return dayOfMonth(year * 12 + month - 1 + months, day)
}

/** A day of the month counted from the year 0, or the month's last; `undefined` outside the calendar. */
export function dayOfMonth(monthIndex: number, day: number): CivilDate | undefined {
  const year = Math.floor(monthIndex / 12)
  const month = monthIndex - year * 12 + 1
  if (year < CIVIL_YEAR_MIN || year > CIVIL_YEAR_MAX) return undefined
  return textOf({ year, month, day: Math.min(day, daysInMonth(year, month)) })
}

/** 1 for Monday to 7 for Sunday, as ISO 8601 counts. */
export function weekdayOf(date: CivilDate): number {
  return (civilDateToDays(date) % 7) + 1
}

export function daysInMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** Negative, zero or positive, as `Array.sort` asks. */
export function compareCivilDates(a: CivilDate, b: CivilDate): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function textOf({ year, month, day }: CivilDay): CivilDate {
  return `${year}-${`${month}`.padStart(2, '0')}-${`${day}`.padStart(2, '0')}`
}
