/** The tables of `docs/durability.md`: how often objects were lost in simulated years, beside what the formulas say. */

import { yearlyLoss, yearlyLossOverlapping } from '@hamlet/vault'
import { SeededRandom } from '../simulator/seeded-random.ts'
import { simulateYear } from './object-year.ts'
import type { YearOptions } from './object-year.ts'

export const DEVICE_YEARLY_LOSS = 0.3
export const TABLE_SEED = 7

/** Schemes by the size of the circle, as `solvePlan` takes them where everybody is there often. */
export const CIRCLES = [
  { needed: 1, total: 2 },
  { needed: 1, total: 3 },
  { needed: 2, total: 4 },
  { needed: 3, total: 6 },
  { needed: 3, total: 8 },
  { needed: 3, total: 10 },
  { needed: 4, total: 12 },
] as const

export interface Setting {
  readonly name: string
  readonly graceDays: number
  readonly holidaysPerYear: number
  /** People beyond one for each shard. */
  readonly spare: number
  /** Of the years asked for, the part that is simulated: plans take time. */
  readonly part: number
}

export const SETTINGS: readonly Setting[] = [
  { name: 'nothing is repaired', graceDays: Infinity, holidaysPerYear: 0, spare: 0, part: 1 },
  { name: 'gone after 89 days', graceDays: 89, holidaysPerYear: 0, spare: 0, part: 1 },
  { name: 'gone after 14 days', graceDays: 14, holidaysPerYear: 0, spare: 0, part: 1 },
  { name: 'and holidays', graceDays: 14, holidaysPerYear: 2, spare: 2, part: 0.25 },
]

export interface Measured {
  readonly setting: Setting
  readonly needed: number
  readonly total: number
  readonly years: number
  readonly lost: number
  /** Of those, the ones that were called unreadable or lost on that day. */
  readonly said: number
  readonly rebuilt: number
  readonly unreadableDays: number
}

export interface Formulas {
  /** One window after the other, as in the reference. */
  readonly windows: number
  /** A window from each loss on. */
  readonly overlapping: number
}

/** Large circles lose nothing that could be counted in any number of years there is time for. */
const LARGE_CIRCLE = 8
const LARGE_PART = 0.1

/** How many years a row of the table is worth, where small circles get `years`. */
export function yearsFor({ part }: Setting, total: number, years: number): number {
  return Math.ceil(years * part * (total >= LARGE_CIRCLE ? LARGE_PART : 1))
}

/** So many years, each of an object of its own with a circle of its own. */
export function measure(
  setting: Setting,
  scheme: { readonly needed: number; readonly total: number },
  years: number,
  seed: number,
): Measured {
  const { needed, total } = scheme
  const { graceDays, holidaysPerYear, spare } = setting
  const options: YearOptions = {
    ...{ needed, total, graceDays, holidaysPerYear, people: total + spare },
    ...{ deviceYearlyLoss: DEVICE_YEARLY_LOSS, replaceDays: 7 },
  }
  const random = new SeededRandom(seed).fork(`${setting.name} ${needed} ${total}`)
  let [lost, said, rebuilt, unreadableDays] = [0, 0, 0, 0]
  for (let year = 0; year < years; year++) {
    const report = simulateYear(options, random)
    if (report.isLost) lost++
    if (report.healthWhenLost === 'unreadable-now' || report.healthWhenLost === 'lost') said++
    rebuilt += report.rebuilt
    unreadableDays += report.unreadableDays
  }
  return { setting, needed, total, years, lost, said, rebuilt, unreadableDays }
}

/** A holder is missing from the day it dies until the evening on which it counts as gone. */
export function formulasFor({ graceDays }: Setting, needed: number, total: number): Formulas {
  const live = total
  const windowDays = graceDays === Infinity ? 365 : graceDays + 1
  const window = { needed, live, windowDays, deviceYearlyLoss: DEVICE_YEARLY_LOSS }
  const windows = yearlyLoss(window)
  return { windows, overlapping: graceDays === Infinity ? windows : yearlyLossOverlapping(window) }
}

/** Wilson's interval for what was counted; `z` = 1.96 is 95 %. */
export function interval(
  count: number,
  of: number,
  z = 1.96,
): readonly [low: number, high: number] {
  const share = count / of
  const middle = share + (z * z) / (2 * of)
  const reach = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))
  const scale = 1 + (z * z) / of
  return [count === 0 ? 0 : (middle - reach) / scale, (middle + reach) / scale]
}

export function durabilityTable(rows: readonly Measured[]): string {
  const head = [
    ...['Circle', 'Scheme', 'Years', 'Lost', 'Lost a year', '95 %'],
    ...['Formula', 'Overlapping', 'Rebuilt a year', 'Days unreadable'],
  ]
  const cells = rows.map((row) => {
    const { needed, total, years, lost, setting } = row
    const [low, high] = interval(lost, years)
    const { windows, overlapping } = formulasFor(setting, needed, total)
    return [
      `${total + setting.spare} people`,
      `${needed}-of-${total}`,
      String(years),
      String(lost),
      lost === 0 ? '0' : figure(lost / years),
      lost === 0 ? `below ${figure(high)}` : `${figure(low)} to ${figure(high)}`,
      figure(windows),
      figure(overlapping),
      (row.rebuilt / years).toFixed(2),
      (row.unreadableDays / years).toFixed(3),
    ]
  })
  return markdownTable(head, cells)
}

function figure(value: number): string {
  return value >= 0.01 ? `${(value * 100).toFixed(1)} %` : value.toExponential(1)
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)))
  const line = (cells: readonly string[]): string => {
    return `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  }
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}
