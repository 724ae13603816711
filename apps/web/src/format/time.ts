/** Times in words: relative on the screen, exact on hover. All are given the present time, so they can be tested. */

import type { Texts } from '../i18n/en.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const NOW_MS = 45_000

export interface TimeWords {
  readonly locale: string
  readonly texts: Texts
}

/** `in 3 days`, `5 minutes ago`, and beyond a week the date. */
export function relativeTime(atMs: number, nowMs: number, words: TimeWords): string {
  const deltaMs = atMs - nowMs
  const sizeMs = Math.abs(deltaMs)
  if (sizeMs < NOW_MS) return words.texts.common.now
  const format = new Intl.RelativeTimeFormat(words.locale, { numeric: 'auto' })
  if (sizeMs < HOUR_MS) return format.format(Math.round(deltaMs / MINUTE_MS), 'minute')
  if (sizeMs < DAY_MS) return format.format(Math.round(deltaMs / HOUR_MS), 'hour')
  if (sizeMs < 8 * DAY_MS) return format.format(Math.round(deltaMs / DAY_MS), 'day')
  return shortDate(atMs, nowMs, words.locale)
}

export function exactTime(atMs: number, locale: string): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' })
  return format.format(atMs)
}

/** A day and a time ahead, for what ends then. */
export function dateAndTime(atMs: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(atMs)
}

export function clockTime(atMs: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(atMs)
}

/** For lists: the clock today, the weekday this week, else the date. */
export function listTime(atMs: number, nowMs: number, words: TimeWords): string {
  if (isSameDay(atMs, nowMs)) return clockTime(atMs, words.locale)
  if (isSameDay(atMs, nowMs - DAY_MS)) return words.texts.common.yesterday
  if (Math.abs(nowMs - atMs) < 6 * DAY_MS) {
    return new Intl.DateTimeFormat(words.locale, { weekday: 'short' }).format(atMs)
  }
  return shortDate(atMs, nowMs, words.locale)
}

export function dayName(atMs: number, nowMs: number, words: TimeWords): string {
  if (isSameDay(atMs, nowMs)) return words.texts.common.today
  if (isSameDay(atMs, nowMs - DAY_MS)) return words.texts.common.yesterday
  const year = sameYear(atMs, nowMs) ? {} : ({ year: 'numeric' } as const)
  const format = { weekday: 'long', day: 'numeric', month: 'long', ...year } as const
  return new Intl.DateTimeFormat(words.locale, format).format(atMs)
}

export function isSameDay(aMs: number, bMs: number): boolean {
  return new Date(aMs).toDateString() === new Date(bMs).toDateString()
}

function shortDate(atMs: number, nowMs: number, locale: string): string {
  const year = sameYear(atMs, nowMs) ? {} : ({ year: 'numeric' } as const)
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', ...year }).format(atMs)
}

function sameYear(aMs: number, bMs: number): boolean {
  return new Date(aMs).getFullYear() === new Date(bMs).getFullYear()
}
