/**
 * The figures against the tables that were computed before by other means (sections 4.1 to 4.3 of the reference on vaults), to
 * their printed precision, and against counting all outcomes one by one. Four cells of theirs are one unit off in the last
 * digit and stand here as 50 digits of precision give them: 3-of-6 at 0.7, not readable, and lost without repair (0.07047: they were
 * rounded twice, to 7.1); 2-of-4 in 30 days (1.1475e-3, likewise, to 1.2); 3-of-10 in 7 days (1.081e-14: 1 - (1 - L)^52 has no
 * more digits there, and gave 1.2).
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  availability,
  chanceBelow,
  lossInDays,
  unavailability,
  windowLoss,
  yearlyLoss,
  yearlyLossOfDomains,
  yearlyLossOverlapping,
} from '@hamlet/vault'
import type { FailureDomain } from '@hamlet/vault'
import { isPrinted, schemeOf, tableRows } from './_printed.ts'

const READABLE = `
1-of-2  | 0.750 | 0.910 | 0.960  | 0.9900 | 0.9975
1-of-3  | 0.875 | 0.973 | 0.992  | 0.9990 | 0.9999
2-of-3  | 0.500 | 0.784 | 0.896  | 0.9720 | 0.9928
2-of-4  | 0.688 | 0.916 | 0.973  | 0.9963 | 0.9995
2-of-5  | 0.813 | 0.969 | 0.993  | 0.9995 | 1.0000
3-of-6  | 0.656 | 0.930 | 0.983  | 0.9987 | 0.9999
4-of-6  | 0.344 | 0.744 | 0.901  | 0.9842 | 0.9978
4-of-8  | 0.637 | 0.942 | 0.990  | 0.9996 | 1.0000
3-of-10 | 0.945 | 0.998 | 0.9999 | 1.0    | 1.0
4-of-12 | 0.927 | 0.998 | 0.9999 | 1.0    | 1.0`

const UNREADABLE = `
1-of-1  | 0.70 | 0.50   | 0.30   | 0.10   | 0.05    | 0.01
1-of-3  | 0.34 | 0.13   | 2.7e-2 | 1e-3   | 1.3e-4  | 1e-6
2-of-4  | 0.65 | 0.31   | 8.4e-2 | 3.7e-3 | 4.8e-4  | 4.0e-6
4-of-6  | 0.93 | 0.66   | 0.26   | 1.6e-2 | 2.2e-3  | 2.0e-5
3-of-6  | 0.74 | 0.34   | 7.0e-2 | 1.3e-3 | 8.6e-5  | 1.5e-7
3-of-8  | 0.55 | 0.14   | 1.1e-2 | 2.3e-5 | 4.0e-7  | 2.8e-11
3-of-10 | 0.38 | 5.5e-2 | 1.6e-3 | 3.7e-7 | 1.6e-9  | <1e-14
4-of-12 | 0.49 | 7.3e-2 | 1.7e-3 | 1.7e-7 | 3.7e-10 | <1e-15
29-of-80 | 0.86`

const LOST = `
1-of-3  | 3.4e-7  | 1.7e-5  | 2.9e-4  | 2.4e-3 | 2.7 %
2-of-4  | 1.4e-6  | 6.6e-5  | 1.1e-3  | 9.0e-3 | 8.4 %
4-of-6  | 6.8e-6  | 3.3e-4  | 5.5e-3  | 3.9e-2 | 26 %
3-of-6  | 5.0e-9  | 1.7e-6  | 1.2e-4  | 2.7e-3 | 7.0 %
4-of-8  | 1.8e-11 | 4.2e-8  | 1.3e-5  | 7.7e-4 | 5.8 %
3-of-8  | <1e-13  | 1.4e-10 | 1.9e-7  | 3.5e-5 | 1.1 %
3-of-10 | <1e-15  | 1.1e-14 | 2.5e-10 | 3.9e-7 | 0.16 %
4-of-12 | <1e-15  | <1e-15  | 3.5e-11 | 1.5e-7 | 0.17 %`

const LAZY = `
3-of-10 | 7 | 4.9e-6
4-of-12 | 8 | 1.3e-5
3-of-8  | 6 | 1.2e-4
3-of-6  | 5 | 2.8e-3
2-of-4  | 3 | 2.9e-2`

function same(count: number, value: number): readonly number[] {
  return Array.from({ length: count }, () => value)
}

function checkTable(
  table: string,
  columns: readonly number[],
  figure: (needed: number, total: number, column: number) => number,
): void {
  for (const [name, ...cells] of tableRows(table)) {
    const { needed, total } = schemeOf(name!)
    for (const [index, printed] of cells.entries()) {
      const value = figure(needed, total, columns[index]!)
      assert.ok(isPrinted(printed, value), `${name} at ${columns[index]}: ${printed}, got ${value}`)
    }
  }
}

test('the chance to read now is what the table of schemes and uptimes says', () => {
  checkTable(READABLE, [0.5, 0.7, 0.8, 0.9, 0.95], (needed, total, uptime) => {
    return availability(needed, same(total, uptime))
  })
})

test('the chance not to read now is what the table says, however small', () => {
  checkTable(UNREADABLE, [0.3, 0.5, 0.7, 0.9, 0.95, 0.99], (needed, total, uptime) => {
    return unavailability(needed, same(total, uptime))
  })
})

test('the loss of a year is what the table of schemes and windows says', () => {
  checkTable(LOST, [1, 7, 30, 90, 365], (needed, live, windowDays) => {
    return yearlyLoss({ needed, live, deviceYearlyLoss: 0.3, windowDays })
  })
})

test('the loss of a year with lazy repair, always from where repair begins, is what the list says', () => {
  for (const [name, live, printed] of tableRows(LAZY)) {
    const { needed } = schemeOf(name!)
    const loss = yearlyLoss({ needed, live: Number(live), deviceYearlyLoss: 0.3, windowDays: 30 })
    assert.ok(isPrinted(printed!, loss), `${name} at ${live}: ${printed}, got ${loss}`)
  }
})

test('tiny chances keep their digits, where one minus the other would be nothing', () => {
  assert.equal(1 - availability(1, same(12, 0.99)), 0)
  const expected = 1e-24
  const unavailable = unavailability(1, same(12, 0.99))
  assert.ok(Math.abs(unavailable / expected - 1) < 1e-12, String(unavailable))
})

/** By going through every outcome: which domains fail, and which of their members. */
function countedBelow(needed: number, domains: readonly FailureDomain[]): number {
  const [first, ...rest] = domains
  if (first === undefined) return needed > 0 ? 1 : 0
  let sum = first.failure * countedBelow(needed, rest)
  for (let outcome = 0; outcome < 2 ** first.members.length; outcome++) {
    let chance = 1 - first.failure
    let there = 0
    for (const [index, member] of first.members.entries()) {
      const isThere = ((outcome >> index) & 1) === 1
      chance *= isThere ? 1 - member : member
      if (isThere) there++
    }
    sum += chance * countedBelow(needed - there, rest)
  }
  return sum
}

test('holders of different uptimes, some of them under one roof, are counted as all outcomes one by one', () => {
  const domains: readonly FailureDomain[] = [
    { failure: 0.05, members: [0.1, 0.4] },
    { failure: 0, members: [0.35] },
    { failure: 0.2, members: [0.02, 0.5, 0.9] },
  ]
  for (let needed = 0; needed <= 7; needed++) {
    const counted = countedBelow(needed, domains)
    assert.ok(Math.abs(chanceBelow(needed, domains) - counted) < 1e-14, `${needed} needed`)
  }
})

test('three copies under one roof are hardly safer than the roof', () => {
  const yearly = { failure: 0.01, members: same(3, 0.3) }
  const together = yearlyLossOfDomains(1, [yearly], 30)
  const apart = yearlyLossOfDomains(
    1,
    same(3, 0.3).map((member) => ({ failure: 0.01, members: [member] })),
    30,
  )
  assert.ok(together > 0.01 && together < 0.011, String(together))
  assert.ok(apart < 4e-4, String(apart))
})

test('a year in one window is the loss of the year itself, and parts of it make up the whole', () => {
  const scheme = { needed: 2, live: 4, deviceYearlyLoss: 0.3 }
  const whole = windowLoss({ ...scheme, windowDays: 365 })
  assert.ok(Math.abs(yearlyLoss({ ...scheme, windowDays: 365 }) - whole) < 1e-15)
  const half = 1 - lossInDays(0.3, 182.5)
  assert.ok(Math.abs(half * half - 0.7) < 1e-12)
})

test('windows that begin with each loss cost about as many times more as losses it takes', () => {
  for (const [needed, live] of [
    [1, 3],
    [2, 4],
    [3, 8],
  ] as const) {
    const window = { needed, live, deviceYearlyLoss: 0.3, windowDays: 1 }
    const ratio = yearlyLossOverlapping(window) / yearlyLoss(window)
    const losses = live - needed + 1
    assert.ok(Math.abs(ratio / losses - 1) < 0.02, `${needed}-of-${live}: ${ratio}`)
  }
})

test('what has fewer holders than it needs is lost', () => {
  const window = { needed: 3, live: 2, deviceYearlyLoss: 0.3, windowDays: 30 }
  assert.equal(yearlyLoss(window), 1)
  assert.equal(yearlyLossOverlapping(window), 1)
  assert.equal(unavailability(1, []), 1)
  assert.equal(availability(0, []), 1)
})
