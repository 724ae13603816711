/** What a form begins with: nothing, a bill to change, one to copy, a template, or what another screen filled in. */

import { currencyOf, minorToText, NO_SPLIT, splitMode } from '@hamlet/expenses'
import type { DecimalMark, Split as LedgerSplit } from '@hamlet/expenses'
import type { Currency, ExpenseInput, LedgerParty, PartyAmount, Split } from '@hamlet/http/api'
import type { BillContext } from '../bill-context.ts'
import { NEVER, NO_VALUES } from './bill-form.ts'
import type { BillForm, SplitWay } from './bill-form.ts'
import { itemToLine } from './item-line.ts'
import { PeopleIndex } from './people-index.ts'
import { percentText } from './split-reading.ts'

export interface FormContext {
  readonly ledger: BillContext
  readonly people: PeopleIndex
  /** `YYYY-MM-DD` where the person is. */
  readonly today: string
  /** Of amounts that are written into fields. */
  readonly decimalMark: DecimalMark
  /** Of a ledger that has none yet. */
  readonly fallbackCurrency: Currency
}

/** Who can be named: members and people without the app, and those whom the bill names already. */
export function peopleOf(
  parties: readonly LedgerParty[],
  self: string,
  named: ReadonlySet<string>,
): PeopleIndex {
  const shown = parties.filter(
    (party) =>
      named.has(party.id) ||
      (party.isPlaceholder ? !party.retired && party.is === party.id : party.member === true),
  )
  const me = shown.filter(({ id }) => id === self)
  const others = shown.filter(({ id }) => id !== self)
  return new PeopleIndex([...me, ...others], self)
}

/** Everybody a body or a form's beginning names. */
export function namedIn(input: ExpenseInput): ReadonlySet<string> {
  const { items, exact, adjustments, percents, shares } = fullSplit(input.split)
  const parts = [...(input.paid ?? []), ...exact, ...adjustments, ...percents, ...shares]
  return new Set([...parts, ...items.flatMap((item) => item.shares)].map(({ party }) => party))
}

/** Everybody a form names by id, rather than by what is typed. */
export function namedInForm({ named, chosen, values, mixed }: BillForm): ReadonlySet<string> {
  const typed = Object.values(values).flatMap((texts) => Object.keys(texts))
  return new Set([...named, ...chosen, ...typed, ...namedIn({ split: mixed ?? {} })])
}

/** I paid, for everybody, today. */
export function blankForm({ ledger, people, today, fallbackCurrency }: FormContext): BillForm {
  const weights = ledger.settings.defaultSplit.filter(({ party }) => people.has(party))
  const isEqual = weights.every(({ weight }) => weight === weights[0]!.weight)
  const chosen = weights.length > 0 ? weights.map(({ party }) => party) : active(ledger, people)
  const shares = Object.fromEntries(weights.map(({ party, weight }) => [party, String(weight)]))
  return {
    named: [],
    kind: 'expense',
    title: '',
    amount: '',
    currency: ledger.settings.currency ?? fallbackCurrency,
    payers: '',
    way: isEqual ? 'equal' : 'shares',
    chosen,
    values: isEqual ? NO_VALUES : { ...NO_VALUES, shares },
    items: [{ key: 1, line: '' }],
    tax: '',
    tip: '',
    mixed: null,
    date: today,
    category: '',
    tags: '',
    note: '',
    rate: '',
    knownRate: null,
    repeat: NEVER,
  }
}

/** A whole bill, to be changed. */
export function filledForm(input: ExpenseInput, context: FormContext): BillForm {
  const blank = blankForm(context)
  const currency = input.currency ?? blank.currency
  const split: Partial<BillForm> =
    input.split === undefined ? {} : splitToForm(input.split, currency, context)
  const way = split.way ?? blank.way
  // Parts that say what they come to keep saying it while they are changed.
  const isSummed = way === 'items' || way === 'exact'
  const amountMinor = input.amountMinor ?? sum(input.paid)
  const hasAmount = amountMinor !== undefined && !isSummed
  return {
    ...blank,
    ...split,
    named: [...namedIn(input)],
    kind: input.kind ?? blank.kind,
    title: input.title ?? '',
    currency,
    amount: hasAmount ? minorToText(amountMinor, currency.exponent, context.decimalMark) : '',
    payers: payersToLine(input.paid ?? [], currency, context),
    date: input.date ?? blank.date,
    category: input.category ?? '',
    tags: (input.tags ?? []).join(', '),
    note: input.note ?? '',
    knownRate: input.rate ?? null,
  }
}

/** The same again, today. */
export function copiedForm(input: ExpenseInput, context: FormContext): BillForm {
  return { ...filledForm(input, context), date: context.today }
}

/** The currency most bills of a place are in, for a ledger that has none. */
export function localCurrency(locale: string): Currency {
  const region = /[-_]([A-Z]{2})\b/u.exec(locale)?.[1] ?? ''
  return currencyOf(CODES_BY_REGION.get(region) ?? 'EUR') ?? { code: 'EUR', exponent: 2 }
}

const CODES_BY_REGION: ReadonlyMap<string, string> = new Map(
  (
    'AE:AED AR:ARS AU:AUD BR:BRL CA:CAD CH:CHF CL:CLP CN:CNY CO:COP CZ:CZK DK:DKK EG:EGP GB:GBP HK:HKD ' +
    'HU:HUF ID:IDR IL:ILS IN:INR IS:ISK JP:JPY KE:KES KR:KRW LI:CHF MA:MAD MX:MXN MY:MYR NG:NGN NO:NOK ' +
    'NZ:NZD PE:PEN PH:PHP PK:PKR PL:PLN RO:RON RS:RSD RU:RUB SA:SAR SE:SEK SG:SGD TH:THB TN:TND TR:TRY ' +
    'TW:TWD UA:UAH US:USD UY:UYU VN:VND ZA:ZAR'
  )
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
)

export function decimalMarkOf(locale: string): DecimalMark {
  const parts = new Intl.NumberFormat(locale).formatToParts(1.5)
  return parts.find(({ type }) => type === 'decimal')?.value === ',' ? ',' : '.'
}

/** Everybody but those who are in it only because the bill names them. */
function active(ledger: BillContext, people: PeopleIndex): readonly string[] {
  const shown = peopleOf(ledger.parties, ledger.self, new Set())
  return people.people.map(({ id }) => id).filter((id) => shown.has(id))
}

function fullSplit(split: Split | undefined): Required<Split> {
  return { ...(NO_SPLIT as unknown as Required<Split>), ...split }
}

function splitToForm(
  partial: Split,
  currency: Currency,
  { people, decimalMark }: FormContext,
): Partial<BillForm> & { readonly way: SplitWay } {
  const split = fullSplit(partial)
  const text = (minor: number) => minorToText(minor, currency.exponent, decimalMark)
  const texts = (parts: readonly PartyAmount[]) =>
    Object.fromEntries(parts.map(({ party, amountMinor }) => [party, text(amountMinor)]))
  const way = splitMode(split as unknown as LedgerSplit)
  const chosen = split.shares.map(({ party }) => party)
  const weights = split.shares.map(({ party, weight }) => [party, String(weight)])
  const percents = split.percents.map((each) => [each.party, percentText(each.millionths)])
  const items = split.items.map((item, place) => ({
    key: place + 1,
    line: itemToLine(item, text(item.amountMinor), people),
  }))
  return {
    way,
    ...(chosen.length === 0 ? {} : { chosen }),
    values: {
      shares: Object.fromEntries(weights) as Record<string, string>,
      percent: Object.fromEntries(percents) as Record<string, string>,
      exact: texts(split.exact),
      adjustment: texts(split.adjustments),
    },
    ...(items.length === 0 ? {} : { items }),
    tax: split.taxMinor === 0 ? '' : text(split.taxMinor),
    tip: split.tipMinor === 0 ? '' : text(split.tipMinor),
    mixed: way === 'mixed' ? partial : null,
  }
}

/** Empty when it is me alone. */
function payersToLine(
  paid: readonly PartyAmount[],
  { exponent }: Currency,
  { people, decimalMark }: FormContext,
): string {
  if (paid.length === 1) {
    const { party } = paid[0]!
    return party === people.self ? '' : people.tokenOf(party)
  }
  return paid
    .map(({ party, amountMinor }) => {
      return `${people.tokenOf(party)} ${minorToText(amountMinor, exponent, decimalMark)}`
    })
    .join(' ')
}

function sum(parts: readonly PartyAmount[] | undefined): number | undefined {
  return parts?.reduce((total, { amountMinor }) => total + amountMinor, 0)
}
