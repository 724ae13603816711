/**
 * From flags to who a bill is for.
 *
 *     --for Ann,Ben                       in equal parts
 *     --split equal                       the same, of everybody unless --for says whom
 *     --split shares:Ann=2,Ben=1          by weights
 *     --split percent:Ann=25,Ben=75       of what exact parts and adjustments leave
 *     --split exact:Ann=12.50,Ben=3+4
 *     --split adjust:Ann=5,Ben=-2         and the rest in equal parts
 *     --item "Pizza=12.00:Ann,Ben=2"      an item of a bill, and whose it is
 *
 * Several can be given at once. What is left over goes to those of --for, in equal parts.
 */

import type { Currency, ExpenseItem, PartyShare, Split } from '@hamlet/http'

import { CliError } from '../errors.ts'
import { printable } from '../text.ts'
import type { LedgerHere } from './here.ts'
import { parseMoney } from './money.ts'

export interface SplitFlags {
  readonly for?: string
  readonly split?: readonly string[]
  readonly item?: readonly string[]
  readonly tax?: string
  readonly tip?: string
}

type Parts = { -readonly [Part in keyof Split]: Split[Part] }

const PERCENT = /^(\d{1,3})(?:[.,](\d{1,4}))?\s*%?$/
const PERCENT_DECIMALS = 4
const WEIGHT = /^[1-9]\d{0,6}$/
/** A title, an amount in digits, and people. */
const ITEM = /^(.*?)=([^=:A-Za-z]*\d[^=:A-Za-z]*)(?::(.*))?$/

/** `undefined` when no flag says anything. @throws CliError `USAGE`, `NOTHING_MATCHES`, `AMBIGUOUS` */
export function readSplit(
  here: LedgerHere,
  flags: SplitFlags,
  currency: Currency,
): Split | undefined {
  const { split: texts = [], item: items = [] } = flags
  const hasItems = items.length > 0 || flags.tax !== undefined || flags.tip !== undefined
  if (flags.for === undefined && texts.length === 0 && !hasItems) return undefined
  const people = flags.for === undefined ? undefined : here.group(flags.for)
  const parts: Parts = {}
  for (const text of texts) addPart(here, parts, text, currency, people)
  if (hasItems) addItems(here, parts, flags, currency)
  if (flags.for !== undefined) parts.shares ??= alike(people!)
  return parts
}

/** Everybody in equal parts, or as the group divides by default. */
export async function defaultSplit(here: LedgerHere): Promise<Split> {
  const { defaultSplit: own } = await here.settings()
  return { shares: own.length > 0 ? own : alike(here.everybody()) }
}

export function alike(parties: readonly string[]): readonly PartyShare[] {
  return [...new Set(parties)].map((party) => ({ party, weight: 1 }))
}

function addPart(
  here: LedgerHere,
  parts: Parts,
  text: string,
  currency: Currency,
  people: readonly string[] | undefined,
): void {
  const [, kind, list] = /^([a-z]+)(?::(.*))?$/s.exec(text) ?? []
  switch (kind) {
    case 'equal':
      parts.shares = alike(list === undefined ? (people ?? here.everybody()) : here.group(list))
      return
    case 'shares':
      parts.shares = named(here, list, parseWeight, 'weight')
      return
    case 'percent':
      parts.percents = named(here, list, parsePercent, 'millionths')
      return
    case 'exact':
      parts.exact = named(here, list, (value) => parseMoney(value, currency), 'amountMinor')
      return
    case 'adjust':
      parts.adjustments = named(here, list, (value) => parseMoney(value, currency), 'amountMinor')
      parts.shares ??= alike(people ?? here.everybody())
      return
    default:
      throw new CliError(
        'USAGE',
        `expected --split equal, shares:…, percent:…, exact:… or adjust:…, got "${printable(text)}"`,
      )
  }
}

function addItems(
  here: LedgerHere,
  parts: Parts,
  { item = [], tax, tip }: SplitFlags,
  currency: Currency,
): void {
  parts.items = item.map((text) => readItem(here, text, currency))
  if (tax !== undefined) parts.taxMinor = parseMoney(tax, currency)
  if (tip !== undefined) parts.tipMinor = parseMoney(tip, currency)
}

function readItem(here: LedgerHere, text: string, currency: Currency): ExpenseItem {
  const [, title, amount, list] = ITEM.exec(text) ?? []
  if (title === undefined || amount === undefined) {
    throw new CliError('USAGE', `expected --item "Pizza=12.00:Ann,Ben", got "${printable(text)}"`)
  }
  return {
    title: title.trim(),
    amountMinor: parseMoney(amount, currency),
    shares: list === undefined ? alike(here.everybody()) : readShares(here, list),
  }
}

/** `Ann,Ben=2`: a weight of one unless another is given. @throws CliError `USAGE`, `NOTHING_MATCHES`, `AMBIGUOUS` */
export function readShares(here: LedgerHere, list: string): readonly PartyShare[] {
  return list.split(',').map((each) => {
    const [, name = '', weight] = /^([^=]*)(?:=(.*))?$/.exec(each) ?? []
    return {
      party: here.party(name).id,
      weight: weight === undefined ? 1 : parseWeight(weight.trim()),
    }
  })
}

/** `Ann=2,Ben=1`. */
function named<Field extends string>(
  here: LedgerHere,
  list: string | undefined,
  parse: (text: string) => number,
  field: Field,
): readonly ({ readonly party: string } & { readonly [Key in Field]: number })[] {
  return (list ?? '').split(',').map((each) => {
    const at = each.lastIndexOf('=')
    if (at <= 0) {
      throw new CliError('USAGE', `expected PERSON=NUMBER with commas, got "${printable(each)}"`)
    }
    const value = parse(each.slice(at + 1).trim())
    return { party: here.party(each.slice(0, at)).id, [field]: value } as never
  })
}

function parseWeight(text: string): number {
  if (WEIGHT.test(text)) return Number(text)
  throw new CliError('USAGE', `expected a weight such as 2, got "${printable(text)}"`)
}

/** Millionths of "25", "33.3333" or "12,5". */
export function parsePercent(text: string): number {
  const [, whole, decimals = ''] = PERCENT.exec(text) ?? []
  const millionths = Number(`${whole}${decimals.padEnd(PERCENT_DECIMALS, '0')}`)
  if (millionths >= 1 && millionths <= 1_000_000) return millionths
  throw new CliError(
    'USAGE',
    `expected a percentage such as 25 or 33.3333, got "${printable(text)}"`,
  )
}
