/**
 * Our own table: one row for each expense, who paid and who owes what in two columns for each person. A spreadsheet can
 * read and change it, and reading it again gives back every body as it was.
 *
 * What a table does not show stands in `Details`, as JSON: how it was split (people by the number of their column, from
 * 0), rates, where it came from. What the cells say wins: a split that does not come to the `Owes` columns any more is
 * replaced by what they say. The last row, `people`, has the ids of people below their names; without it, people
 * are told by names, and without an id an expense is told by its row.
 */

import { minorToText } from '../money/amount-text.ts'
import { currencyOf } from '../money/currency-table.ts'
import { convertAmount } from '../money/rates.ts'
import { splitMode } from '../money/split.ts'
import type { ExpenseBody, FrozenRate, PartyAmount, Split } from '../expense-body.ts'
import type { PartyId } from '../party.ts'
import { builtInCategory } from './categories.ts'
import { csvRowsToText, guardFormula } from './csv-writer.ts'
import { areSameAmounts } from './import-draft.ts'
import { categoryName, sortedExpenses } from './ledger-snapshot.ts'
import type { LedgerSnapshot, SnapshotExpense } from './ledger-snapshot.ts'

export const WIDE_COLUMNS = [
  'Id',
  'Date',
  'Description',
  'Category',
  'Currency',
  'Cost',
  'Group currency',
  'Group cost',
  'Rate',
  'Kind',
  'Split',
  'Note',
  'Created by',
  'Tags',
  'Details',
] as const
export const PAID = 'Paid: '
export const OWES = 'Owes: '
export const PEOPLE_ROW = 'people'
export const DELETED = 'deleted '
export const RETIRED = 'retired'
/** In front of ids of people, or a spreadsheet takes some for numbers. */
export const ID_MARK = 'id:'
const RATE_DECIMALS_MAX = 12n

export function exportWideCsv(snapshot: LedgerSnapshot): string {
  const parties = [...snapshot.parties].sort((a, b) => (a.id < b.id ? -1 : 1))
  const names = parties.map(({ name }) => name)
  const header = [
    ...WIDE_COLUMNS,
    ...names.map((name) => `${PAID}${name}`),
    ...names.map((name) => `${OWES}${name}`),
  ]
  const ids = parties.map(({ id }) => id)
  const rows = sortedExpenses(snapshot).map((expense) => expenseRow(snapshot, ids, expense))
  const people = [
    ...peopleCells(snapshot),
    ...ids.map((id) => `${ID_MARK}${id}`),
    ...parties.map(({ retired }) => (retired ? RETIRED : '')),
  ]
  return csvRowsToText([header, ...rows, people])
}

/** The group's name and currency stand where those of expenses do. */
function peopleCells({ groupName, currency }: LedgerSnapshot): readonly string[] {
  const details = currency === undefined ? '' : JSON.stringify({ exponent: currency.exponent })
  const cells = new Map<string, string>([
    ['Id', PEOPLE_ROW],
    ['Description', guardFormula(groupName)],
    ['Currency', currency?.code ?? ''],
    ['Details', details],
  ])
  return WIDE_COLUMNS.map((column) => cells.get(column) ?? '')
}

function expenseRow(
  snapshot: LedgerSnapshot,
  parties: readonly PartyId[],
  { id, body, owed, createdBy }: SnapshotExpense,
): readonly string[] {
  const { currency, rate } = body
  const text = (minor: number) => minorToText(minor, currency.exponent)
  const amountsOf = (amounts: readonly PartyAmount[]) => {
    const minors = new Map(amounts.map(({ party, amountMinor }) => [party, amountMinor]))
    return parties.map((party) => text(minors.get(party) ?? 0))
  }
  return [
    id,
    body.date,
    guardFormula(body.title),
    guardFormula(categoryName(snapshot, body.category)),
    currency.code,
    text(body.amountMinor),
    ...(rate === undefined ? ['', '', ''] : rateCells(body, rate)),
    `${body.deleted ? DELETED : ''}${body.kind}`,
    splitMode(body.split),
    guardFormula(body.note),
    guardFormula(createdBy),
    guardFormula(body.tags.join(', ')),
    detailsCell(snapshot, parties, body, owed),
    ...amountsOf(body.paid),
    ...amountsOf(owed),
  ]
}

function rateCells({ amountMinor, currency }: ExpenseBody, rate: FrozenRate): readonly string[] {
  const [numerator, denominator] = [BigInt(rate.numerator), BigInt(rate.denominator)]
  const exact = { ...rate, numerator, denominator }
  const groupMinor = convertAmount(BigInt(amountMinor), currency, exact)
  return [rate.to.code, minorToText(groupMinor, rate.to.exponent), rateText(numerator, denominator)]
}

/** As a decimal when it is one, otherwise as a fraction. */
function rateText(numerator: bigint, denominator: bigint): string {
  const scale = 10n ** RATE_DECIMALS_MAX
  if ((numerator * scale) % denominator !== 0n) return `${numerator}/${denominator}`
  return minorToText((numerator * scale) / denominator, Number(RATE_DECIMALS_MAX)).replace(
    /\.?0+$/,
    '',
  )
}

/** What the other cells leave out; empty for most expenses. */
function detailsCell(
  snapshot: LedgerSnapshot,
  parties: readonly PartyId[],
  body: ExpenseBody,
  owed: readonly PartyAmount[],
): string {
  const { currency, category, tags, rate, origin, split } = body
  const isListed = currencyOf(currency.code)?.exponent === currency.exponent
  const isPlainCategory =
    category === undefined || builtInCategory(categoryName(snapshot, category)) === category
  const details = {
    ...(isListed ? {} : { exponent: currency.exponent }),
    ...(isPlainCategory ? {} : { category: categoryDetails(snapshot, category) }),
    ...(tags.some((tag) => /^\s|,|\s$/.test(tag)) ? { tags } : {}),
    ...(rate === undefined ? {} : { rate }),
    ...(origin === undefined ? {} : { origin }),
    ...(isPlainSplit(split, owed) ? {} : { split: splitDetails(split, parties) }),
  }
  return Object.keys(details).length === 0 ? '' : JSON.stringify(details)
}

function categoryDetails({ categories }: LedgerSnapshot, id: string) {
  return { id, emoji: categories.find((each) => each.id === id)?.emoji ?? '' }
}

/** Whether mode and `Owes` columns say all of it: equal among those who owe, or exact. */
export function isPlainSplit(split: Split, owed: readonly PartyAmount[]): boolean {
  const mode = splitMode(split)
  const some = owed.filter(({ amountMinor }) => amountMinor > 0)
  if (mode === 'exact') return areSameAmounts(split.exact, some)
  return (
    mode === 'equal' &&
    split.shares.length === some.length &&
    split.shares.every(({ weight }) => weight === 1)
  )
}

function splitDetails(split: Split, parties: readonly PartyId[]) {
  const numbers = new Map(parties.map((party, number) => [party, number]))
  const number = (party: PartyId) => numbers.get(party)!
  return {
    items: split.items.map(({ title, amountMinor, shares }) => ({
      title,
      amountMinor,
      shares: shares.map(({ party, weight }) => [number(party), weight]),
    })),
    taxMinor: split.taxMinor,
    tipMinor: split.tipMinor,
    exact: split.exact.map(({ party, amountMinor }) => [number(party), amountMinor]),
    adjustments: split.adjustments.map(({ party, amountMinor }) => [number(party), amountMinor]),
    percents: split.percents.map(({ party, millionths }) => [number(party), millionths]),
    shares: split.shares.map(({ party, weight }) => [number(party), weight]),
  }
}
