/** From what was typed about who owes what to a split, with what is missing or too much of each way in words to be. */

import type { PartyAmount, PartyShare, Split } from '@hamlet/http/api'
import { readAmount } from './amount-reading.ts'
import type { BillForm, ValueWay } from './bill-form.ts'
import { readItem } from './item-line.ts'
import type { ItemReading } from './item-line.ts'
import type { PeopleIndex } from './people-index.ts'
import type { Problem, ProblemPlace } from './problems.ts'

export interface SplitReading {
  /** Absent while something is wrong or missing. */
  readonly split: Split | undefined
  /** What the parts come to, where the way itself says so: exact parts, and items with tax and tip. */
  readonly totalMinor: number | undefined
  readonly problems: readonly Problem[]
  /** In the order of the rows. */
  readonly items: readonly ItemReading[]
}

/** A whole in millionths, as percents are kept. */
const WHOLE = 1_000_000
const WEIGHT_MAX = 1_000_000
/** Decimals of a percentage, and of a share. */
const PERCENT_DECIMALS = 4
const SHARE_DECIMALS = 4

export function readSplit(form: BillForm, people: PeopleIndex): SplitReading {
  switch (form.way) {
    case 'equal':
      return readEqual(form)
    case 'shares':
      return readShares(form)
    case 'percent':
      return readPercents(form)
    case 'exact':
      return readExact(form)
    case 'adjustment':
      return readAdjustments(form)
    case 'items':
      return readItems(form, people)
    case 'mixed':
      return reading(form.mixed ?? undefined, [])
  }
}

function reading(
  split: Split | undefined,
  problems: readonly Problem[],
  totalMinor?: number,
): SplitReading {
  const kept = problems.length > 0 ? undefined : split
  return { split: kept, totalMinor, problems, items: [] }
}

const NOBODY: Problem = { where: 'split', what: 'nobody', isMissing: true }

function readEqual({ chosen }: BillForm): SplitReading {
  if (chosen.length === 0) return reading(undefined, [NOBODY])
  return reading({ shares: chosen.map((party) => ({ party, weight: 1 })) }, [])
}

function readShares(form: BillForm): SplitReading {
  const { parts, problems } = readValues(form, 'shares', SHARE_DECIMALS, 'weightBad')
  const scaled = parts.filter(({ value }) => value > 0)
  if (problems.length === 0 && scaled.length === 0) return reading(undefined, [NOBODY])
  const divisor = scaled.reduce((common, { value }) => commonDivisor(common, value), 0) || 1
  const shares = scaled.map(({ party, value }) => ({ party, weight: value / divisor }))
  const large = shares.find(({ weight }) => weight > WEIGHT_MAX)
  if (large !== undefined) {
    return reading(undefined, [
      {
        where: 'value',
        key: large.party,
        what: 'weightBad',
        text: form.values.shares[large.party]!,
      },
    ])
  }
  return reading({ shares: wholeWeights(form, shares) }, problems)
}

/** `2 1 1` as it was typed, where it was typed in whole numbers. */
function wholeWeights(form: BillForm, shares: readonly PartyShare[]): readonly PartyShare[] {
  const typed = shares.map(({ party }) => Number(form.values.shares[party]))
  if (!typed.every((weight) => Number.isSafeInteger(weight) && weight <= WEIGHT_MAX)) return shares
  return shares.map(({ party }, place) => ({ party, weight: typed[place]! }))
}

function readPercents(form: BillForm): SplitReading {
  const { parts, problems } = readValues(form, 'percent', PERCENT_DECIMALS, 'percentBad')
  const percents = parts
    .filter(({ value }) => value > 0)
    .map(({ party, value }) => ({ party, millionths: value }))
  const sum = percents.reduce((total, { millionths }) => total + millionths, 0)
  if (problems.length > 0 || sum === WHOLE) return reading({ percents }, problems)
  const text = percentText(Math.abs(WHOLE - sum))
  const what = sum < WHOLE ? 'percentMissing' : 'percentOver'
  return reading(undefined, [{ where: 'split', what, text }])
}

export function percentText(millionths: number): string {
  return String(millionths / 10_000)
}

function readExact(form: BillForm): SplitReading {
  const { amounts, problems } = readAmounts(form, 'exact')
  const exact = amounts.filter(({ amountMinor }) => amountMinor > 0)
  const negative = amounts.find(({ amountMinor }) => amountMinor < 0)
  const all = [...problems]
  if (negative !== undefined) {
    const text = form.values.exact[negative.party] ?? ''
    all.push({ where: 'value', key: negative.party, what: 'amountNotPositive', text })
  }
  if (all.length === 0 && exact.length === 0) return reading(undefined, [NOBODY])
  const total = exact.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
  return reading({ exact }, all, all.length > 0 ? undefined : total)
}

function readAdjustments(form: BillForm): SplitReading {
  if (form.chosen.length === 0) return reading(undefined, [NOBODY])
  const { amounts, problems } = readAmounts(form, 'adjustment')
  const adjustments = amounts.filter(({ amountMinor }) => amountMinor !== 0)
  const shares = form.chosen.map((party) => ({ party, weight: 1 }))
  return reading({ adjustments, shares }, problems)
}

/** Those chosen to take part; all people while nobody is. */
export function everybodyOf({ chosen }: BillForm, people: PeopleIndex): readonly string[] {
  return chosen.length > 0 ? chosen : people.people.map(({ id }) => id)
}

function readItems(form: BillForm, people: PeopleIndex): SplitReading {
  const { exponent } = form.currency
  const all = everybodyOf(form, people)
  const readings = form.items.map(({ line }) => readItem(line, people, exponent, all))
  const problems: Problem[] = []
  for (const [place, { key, line }] of form.items.entries()) {
    const problem = line.trim() === '' ? undefined : readings[place]!.problem
    if (problem !== undefined) problems.push({ ...problem, key: String(key) })
  }
  const filled = readings.filter((_, place) => form.items[place]!.line.trim() !== '')
  if (filled.length === 0) problems.push({ where: 'split', what: 'itemsMissing', isMissing: true })
  const everybody = all.map((party) => ({ party, weight: 1 }))
  const items = filled.map(({ title, amountMinor, shares }, place) => ({
    title: title || form.title.trim() || String(place + 1),
    amountMinor: amountMinor ?? 0,
    shares: shares.length === 0 ? everybody : shares,
  }))
  const itemsMinor = items.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
  const tax = readExtra(form.tax, 'tax', itemsMinor, exponent, problems)
  const tip = readExtra(form.tip, 'tip', itemsMinor, exponent, problems)
  if (tax + tip > 0 && itemsMinor <= 0 && problems.length === 0) {
    problems.push({ where: tax > 0 ? 'tax' : 'tip', what: 'taxWithoutItems' })
  }
  const split = { items, taxMinor: tax, tipMinor: tip }
  const total = problems.length > 0 ? undefined : itemsMinor + tax + tip
  return { ...reading(split, problems, total), items: readings }
}

/** An amount, or a percentage of the items: `10%`. */
function readExtra(
  text: string,
  where: 'tax' | 'tip',
  itemsMinor: number,
  exponent: number,
  problems: Problem[],
): number {
  const percent = /^(.*)%\s*$/su.exec(text)
  const read = readAmount(percent?.[1] ?? text, percent === null ? exponent : PERCENT_DECIMALS)
  if (read.kind === 'empty') return 0
  if (read.kind === 'wrong' || read.minor < 0) {
    const what = read.kind === 'wrong' ? read.what : 'amountNotPositive'
    problems.push({ where, what, text: text.trim() })
    return 0
  }
  return percent === null ? read.minor : Math.round((itemsMinor * read.minor) / WHOLE)
}

function readAmounts(form: BillForm, way: 'exact' | 'adjustment') {
  const amounts: PartyAmount[] = []
  const problems: Problem[] = []
  for (const [party, text] of Object.entries(form.values[way])) {
    const read = readAmount(text, form.currency.exponent)
    if (read.kind === 'amount') amounts.push({ party, amountMinor: read.minor })
    if (read.kind === 'wrong') problems.push(wrongValue(party, read.what, text))
  }
  return { amounts, problems }
}

function readValues(
  form: BillForm,
  way: ValueWay,
  decimals: number,
  bad: 'weightBad' | 'percentBad',
) {
  const parts: { readonly party: string; readonly value: number }[] = []
  const problems: Problem[] = []
  for (const [party, text] of Object.entries(form.values[way])) {
    const read = readAmount(text.replace(/%\s*$/u, ''), decimals)
    if (read.kind === 'empty') continue
    if (read.kind === 'amount' && read.minor >= 0) parts.push({ party, value: read.minor })
    else problems.push(wrongValue(party, bad, text))
  }
  return { parts, problems }
}

function wrongValue(key: string, what: Problem['what'], text: string): Problem {
  const where: ProblemPlace = 'value'
  return { where, key, what, text: text.trim() }
}

function commonDivisor(a: number, b: number): number {
  let [large, small] = [a, b]
  while (small > 0) [large, small] = [small, large % small]
  return large
}
