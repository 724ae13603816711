/** Ways out of parts that do not come to their whole: somebody takes the last cent, or the rest is spread. */

import { minorToText } from '@hamlet/expenses'
import { readAmount } from './amount-reading.ts'
import type { BillForm } from './bill-form.ts'
import type { BillReading } from './bill-reading.ts'
import { divideEvenly } from './payers-line.ts'
import type { PeopleIndex } from './people-index.ts'

/** A percentage has at most so many decimals. */
const PERCENT_DECIMALS = 4

/** The exact part of somebody who carries so much more, or less; `undefined` when nothing would be left of it. */
export function shiftedPart(form: BillForm, party: string, minor: number): string | undefined {
  const { exponent } = form.currency
  const read = readAmount(form.values.exact[party] ?? '', exponent)
  if (read.kind === 'wrong') return undefined
  const shifted = (read.kind === 'amount' ? read.minor : 0) + minor
  return shifted < 0 ? undefined : minorToText(shifted, exponent)
}

/** What is nobody's yet, spread evenly among those without a part; among all when everybody has one. */
export function evenRest(
  form: BillForm,
  way: 'exact' | 'percent',
  reading: BillReading,
  people: PeopleIndex,
): Record<string, string> {
  const decimals = way === 'exact' ? form.currency.exponent : PERCENT_DECIMALS
  const problem = reading.problems.find(({ where }) => where === 'split')
  const missing =
    way === 'exact'
      ? (problem?.minor ?? 0)
      : Math.round(Number(problem?.text ?? 0) * 10 ** PERCENT_DECIMALS)
  const minors = people.people.map(({ id }) => {
    const read = readAmount((form.values[way][id] ?? '').replace(/%\s*$/u, ''), decimals)
    return { id, minor: read.kind === 'amount' ? read.minor : 0 }
  })
  const without = minors.filter(({ minor }) => minor === 0)
  const takers = without.length === 0 ? minors : without
  const rests = divideEvenly(missing, takers.length)
  return Object.fromEntries(
    takers.map(({ id, minor }, place) => [id, decimalText(minor + rests[place]!, decimals, way)]),
  )
}

/** Percentages are written without zeros at the end. */
function decimalText(minor: number, decimals: number, way: 'exact' | 'percent'): string {
  return way === 'exact' ? minorToText(minor, decimals) : String(minor / 10 ** decimals)
}
