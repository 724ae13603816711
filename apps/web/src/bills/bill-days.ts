/** Days of bills: they are days of a calendar, without a clock or a zone. */

import { dayName } from '../format/time.ts'
import type { TimeWords } from '../format/time.ts'

const NOON_HOUR = 12

/** Today where the person is. */
export function today(nowMs: number): string {
  const now = new Date(nowMs)
  const [month, day] = [now.getMonth() + 1, now.getDate()].map((part) =>
    String(part).padStart(2, '0'),
  )
  return `${now.getFullYear()}-${month}-${day}`
}

/** A moment that is on this day wherever it is shown: noon there. */
export function dayToMs(date: string): number {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  return new Date(year, month - 1, day, NOON_HOUR).getTime()
}

/** `Today`, `Tuesday, 3 March`. */
export function billDayName(date: string, nowMs: number, words: TimeWords): string {
  return dayName(dayToMs(date), nowMs, words)
}

/** `3 Mar 2026`. */
export function shortDay(date: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(dayToMs(date))
}

/** `March 2026`. */
export function monthName(month: string, locale: string): string {
  const format = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' })
  return format.format(dayToMs(`${month}-15`))
}

export function shortMonth(month: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { month: 'short' }).format(dayToMs(`${month}-15`))
}
