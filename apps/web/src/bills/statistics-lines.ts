/** What was spent, made ready to be drawn: each currency for itself, the largest first, months in their order. Pure. */

import type { Currency, StatisticsLine } from '@hamlet/http/api'
import { currencyKey, partOf, sizeOf } from './money-text.ts'

export interface Bar {
  readonly key: string
  readonly minor: string
  readonly count: number
  /** Of the largest, 0 to 1. */
  readonly part: number
}

export interface BarGroup {
  readonly currency: Currency
  readonly total: bigint
  readonly bars: readonly Bar[]
}

export function barGroups(
  lines: readonly StatisticsLine[],
  order: 'size' | 'key',
): readonly BarGroup[] {
  const groups = Map.groupBy(lines, ({ currency }) => currencyKey(currency))
  return [...groups.values()].map((group) => {
    const largest = group.reduce((most, { minor }) => maxSize(most, minor), 0n)
    const bars = group.map(({ key, minor, count }) => ({
      key,
      minor,
      count,
      part: BigInt(minor) < 0n ? 0 : partOf(minor, largest),
    }))
    const sorted = order === 'key' ? bars.toSorted(byKey) : bars.toSorted(bySize)
    const total = group.reduce((sum, { minor }) => sum + BigInt(minor), 0n)
    return { currency: group[0]!.currency, total, bars: sorted }
  })
}

/** Months without a bill stand between the others, so that a gap looks like one. */
export function fillMonths(bars: readonly Bar[]): readonly Bar[] {
  const [first, last] = [bars[0]?.key, bars.at(-1)?.key]
  if (first === undefined || last === undefined) return []
  const byMonth = new Map(bars.map((bar) => [bar.key, bar]))
  const filled: Bar[] = []
  for (let month = first; month <= last; month = nextMonth(month)) {
    filled.push(byMonth.get(month) ?? { key: month, minor: '0', count: 0, part: 0 })
  }
  return filled
}

function nextMonth(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7)
}

function maxSize(most: bigint, minor: string): bigint {
  const size = BigInt(minor) > 0n ? sizeOf(minor) : 0n
  return size > most ? size : most
}

function bySize(a: Bar, b: Bar): number {
  const [first, second] = [BigInt(a.minor), BigInt(b.minor)]
  return first > second ? -1 : first < second ? 1 : byKey(a, b)
}

function byKey(a: Bar, b: Bar): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}
