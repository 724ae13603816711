/** What a version of a bill says otherwise than the one it replaced, in words: one line for each field. */

import type { ExpenseBody, ExpenseDetail, ExpenseVersion, PartyAmount } from '@hamlet/http/api'
import type { Texts } from '../i18n/en.ts'
import { shortDay } from './bill-days.ts'
import { moneyText } from './money-text.ts'
import type { PartyNames } from './party-names.ts'

export interface FieldChange {
  readonly field: string
  readonly label: string
  readonly before: string
  readonly after: string
}

export interface VersionWords {
  readonly locale: string
  readonly texts: Texts
  readonly names: PartyNames
  readonly categoryName: (category: string) => string
}

type Version = ExpenseBody & { readonly owed: readonly PartyAmount[] }

/** The version it replaced; of several the one it names first that is here. */
export function baseOf(detail: ExpenseDetail, version: ExpenseVersion): ExpenseVersion | undefined {
  const known = new Map(detail.versions.map((each) => [each.version, each]))
  return version.replaces.map((replaced) => known.get(replaced)).find((each) => each !== undefined)
}

export function changesOf(
  before: Version,
  after: Version,
  fields: readonly string[],
  words: VersionWords,
): readonly FieldChange[] {
  return fields
    .filter((field) => field !== 'deleted')
    .map((field) => ({
      field,
      label: words.texts.bill.fields[field] ?? field,
      before: fieldText(before, field, words),
      after: fieldText(after, field, words),
    }))
}

/** The fields in which two versions differ as a person sees them, for a choice between the two. */
export function differingFields(a: Version, b: Version, words: VersionWords): readonly string[] {
  return SHOWN_FIELDS.filter((field) => fieldText(a, field, words) !== fieldText(b, field, words))
}

export const SHOWN_FIELDS: readonly string[] = [
  'kind',
  'deleted',
  'title',
  'date',
  'amountMinor',
  'paid',
  'split',
  'category',
  'tags',
  'note',
  'rate',
]

export function fieldText(version: Version, field: string, words: VersionWords): string {
  const { bill } = words.texts
  const text = rawText(version, field, words)
  return text === '' ? bill.nothing : text
}

function rawText(version: Version, field: string, words: VersionWords): string {
  const { bill } = words.texts
  switch (field) {
    case 'kind':
      return bill.kinds[version.kind]
    case 'deleted':
      return version.deleted ? bill.yes : bill.no
    case 'title':
      return version.title
    case 'date':
      return shortDay(version.date, words.locale)
    case 'currency':
      return version.currency.code
    case 'amountMinor':
      return moneyText(version.amountMinor, version.currency, words.locale)
    case 'paid':
      return partsText(version.paid, version, words)
    case 'split':
      return partsText(version.owed, version, words)
    case 'category':
      return version.category === undefined ? '' : words.categoryName(version.category)
    case 'tags':
      return version.tags.join(', ')
    case 'note':
      return version.note
    case 'rate':
      return rateText(version, words)
    default:
      return ''
  }
}

function partsText(
  parts: readonly PartyAmount[],
  { currency }: Version,
  { names, locale }: VersionWords,
): string {
  return parts
    .map(({ party, amountMinor }) => {
      return `${names.nameOf(party)} ${moneyText(amountMinor, currency, locale)}`
    })
    .join(', ')
}

export function rateText(version: ExpenseBody, { locale, texts }: VersionWords): string {
  const { rate, currency } = version
  if (rate === undefined) return ''
  const one = moneyText(10n ** BigInt(currency.exponent), { ...currency }, locale)
  const value = new Intl.NumberFormat(locale, { maximumSignificantDigits: 8 })
  // Terms are below what a number holds exactly; the quotient is for reading only.
  return texts.bill.rateIs(
    one,
    `${value.format(rate.numerator / rate.denominator)} ${rate.to.code}`,
  )
}
