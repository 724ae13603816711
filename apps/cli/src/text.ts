/**
 * Text for a terminal: what other people wrote, made harmless; columns; times, sizes and durations in words.
 *
 * Names and messages come from other people. Printed as they are, they could move the cursor, rewrite lines already
 * shown or set the window's title (escape sequences), or show characters in another order than they are in; so control
 * and direction characters are replaced before anything reaches a terminal.
 */

import { stripVTControlCharacters, styleText } from 'node:util'

import { CliError } from './errors.ts'

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan'

const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu
const UNSAFE_IN_LINES = /(?!\n)[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\ufe0f/u
const SECONDS_BY_UNIT: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 }
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const segmenter = new Intl.Segmenter()

/** One line, safe to print. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, '\ufffd')
}

/** Several lines, each safe to print. */
export function printableLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(UNSAFE_IN_LINES, '\ufffd')
}

export function paint(text: string, style: Style, colour: boolean): string {
  return colour ? styleText(style, text, { validateStream: false }) : text
}

/** Columns aligned to their widest cell, two spaces apart; the last one is not padded. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  colour: boolean,
): string {
  const widths = headings.map((heading, i) =>
    Math.max(widthOf(heading), ...rows.map((row) => widthOf(row[i] ?? ''))),
  )
  const head = headings.map((heading) => paint(heading, 'dim', colour))
  return [head, ...rows].map((row) => `${alignRow(row, widths)}\n`).join('')
}

function alignRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, i) => cell + ' '.repeat(Math.max(0, widths[i]! - widthOf(cell))))
  return cells.join('  ').trimEnd()
}

/** Cells on a terminal: wide characters and emoji take two, colours none. */
export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of segmenter.segment(stripVTControlCharacters(text))) {
    width += WIDE.test(segment) ? 2 : 1
  }
  return width
}

/** "just now", "5 min ago", "3 h ago", "2 days ago", then the date. */
export function ago(atMs: number, nowMs: number): string {
  const passedMs = nowMs - atMs
  if (passedMs < -MINUTE_MS) return `in ${span(-passedMs)}`
  if (passedMs < MINUTE_MS) return 'just now'
  return passedMs < 7 * DAY_MS ? `${span(passedMs)} ago` : dateOf(atMs)
}

function span(ms: number): string {
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`
  if (ms < DAY_MS) return `${Math.round(ms / HOUR_MS)} h`
  const days = Math.round(ms / DAY_MS)
  return days === 1 ? '1 day' : `${days} days`
}

/** The time of a message: the hour today, with the date before. */
export function clockTime(atMs: number, nowMs: number): string {
  const date = dateOf(atMs)
  const time = new Date(atMs).toTimeString().slice(0, 5)
  return date === dateOf(nowMs) ? time : `${date} ${time}`
}

function dateOf(atMs: number): string {
  const date = new Date(atMs)
  const [month, day] = [date.getMonth() + 1, date.getDate()]
  return `${date.getFullYear()}-${twoDigits(month)}-${twoDigits(day)}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

/** MB with one decimal; what is smaller in whole kB, rounded up, or in bytes. */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000
    ? `${Math.ceil(bytes / 1000)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** Seconds of "30m", "12h", "7d" or "2w". @throws CliError `USAGE` */
export function parseDuration(text: string): number {
  const [, digits, unit] = /^([1-9]\d{0,4})([mhdw])$/.exec(text) ?? []
  if (digits === undefined || unit === undefined) {
    throw new CliError('USAGE', `expected a time such as 30m, 12h or 7d, got "${text}"`)
  }
  return Number(digits) * SECONDS_BY_UNIT[unit]!
}

/** A whole number from 1 to `max`. @throws CliError `USAGE` */
export function parseCount(text: string, max: number): number {
  const count = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= max) return count
  throw new CliError('USAGE', `expected a number from 1 to ${max}, got "${text}"`)
}

/** The number of a block, or what else `what` says, from 0 on. @throws CliError `USAGE` */
export function parseIndex(text: string, what = 'the number of a block'): number {
  const index = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(index)) return index
  throw new CliError('USAGE', `expected ${what}, got "${text}"`)
}

/** `HOST:PORT`, with an IPv6 host in brackets. @throws CliError `USAGE` */
export function parseHostPort(text: string): { readonly host: string; readonly port: number } {
  const [, host, digits] = /^(\[[0-9a-f:]+\]|[^:[\]]+):(\d{1,5})$/i.exec(text) ?? []
  const port = Number(digits)
  if (host !== undefined && port <= 65_535) return { host: host.replace(/^\[|\]$/g, ''), port }
  throw new CliError('USAGE', `expected HOST:PORT such as 127.0.0.1:7710, got "${text}"`)
}
