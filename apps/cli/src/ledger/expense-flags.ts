/** From flags to what is entered: `hamlet expense add`, `edit` and `recurring add` take the same. */

import { BUILT_IN_CATEGORIES, parseCivilDate, parseRate } from '@hamlet/expenses'
import type { Command } from 'commander'
import { Option } from 'commander'
import type {
  Currency,
  Expense,
  ExpenseInput,
  ExpenseKind,
  FrozenRate,
  LedgerTemplate,
  PartyAmount,
  Split,
} from '@hamlet/http'

import { collect } from '../command.ts'
import { CliError } from '../errors.ts'
import { only } from '../find.ts'
import { printable } from '../text.ts'
import type { LedgerHere } from './here.ts'
import { parseCurrency, parseMoney } from './money.ts'
import { defaultSplit, readSplit } from './split-flags.ts'
import type { SplitFlags } from './split-flags.ts'

export interface ExpenseFlags extends SplitFlags {
  readonly currency?: string
  readonly paid?: readonly string[]
  readonly date?: string
  readonly category?: string
  readonly tag?: readonly string[]
  readonly note?: string
  readonly kind?: ExpenseKind
  readonly rate?: string
}

export type ChangeFlags = ExpenseFlags & { readonly title?: string; readonly amount?: string }
type Changeable = Pick<Expense, 'currency' | 'amountMinor' | 'paid' | 'date'>

const NO_CATEGORY = 'none'

export function addExpenseFlags(command: Command): Command {
  return command
    .option('--currency <code>', "such as EUR (default: the ledger's)")
    .option('--paid <who>', 'PERSON, or PERSON=AMOUNT several times (default: you)', collect, [])
    .option('--for <people>', 'in equal parts for these (default: everybody)')
    .option(
      '--split <how>',
      'equal, shares:Ann=2,Ben=1, percent:…, exact:… or adjust:…; several times',
      collect,
      [],
    )
    .option('--item <item>', 'an item such as "Pizza=12.00:Ann,Ben"; several times', collect, [])
    .option('--tax <amount>', 'on the items')
    .option('--tip <amount>', 'on the items')
    .option('--date <day>', 'YYYY-MM-DD, today or yesterday (default: today)')
    .option('--category <name>', 'such as groceries, or one of your own; "none" for none')
    .option('--tag <tag>', 'several times', collect, [])
    .option('--note <text>', 'a note')
    .addOption(new Option('--kind <kind>', 'what it is').choices(['expense', 'income', 'transfer']))
    .option('--rate <rate>', 'EUR=0.92: one unit of its currency is that much of another')
}

/** What changes one that is there. */
export function addChangeFlags(command: Command): Command {
  return addExpenseFlags(command)
    .option('--title <title>', 'another title')
    .option('--amount <amount>', 'another amount')
}

/** A whole new one. @throws CliError `USAGE`, `NOTHING_MATCHES`, `AMBIGUOUS` */
export async function readNewExpense(
  here: LedgerHere,
  { title, amount }: { readonly title: string; readonly amount: string | undefined },
  flags: ExpenseFlags,
): Promise<ExpenseInput> {
  const currency = await here.currency(flags.currency)
  const split = readSplit(here, flags, currency)
  const given = amount === undefined ? undefined : parseMoney(amount, currency)
  const paid = readPaid(here, flags.paid ?? [], currency, given ?? itemSum(split))
  return {
    title,
    currency,
    paid,
    split: split ?? (await defaultSplit(here)),
    ...(given === undefined ? {} : { amountMinor: given }),
    ...(await readRest(here, flags, flags.date)),
  }
}

/** What was filled in beforehand, with what flags say instead. @throws CliError `USAGE`, `NOTHING_MATCHES`, `AMBIGUOUS` */
export async function fillTemplate(
  here: LedgerHere,
  { expense }: LedgerTemplate,
  { title, amount }: { readonly title: string; readonly amount: string | undefined },
  flags: ExpenseFlags,
): Promise<ExpenseInput> {
  const date = parseDay(flags.date ?? 'today', here.session.io.nowMs())
  const said = amount === undefined ? flags : { ...flags, amount }
  return { ...expense, ...(await changesOf(here, { ...expense, date }, said)), title, date }
}

/** What is to change. @throws CliError `USAGE`, `NOTHING_MATCHES`, `AMBIGUOUS` */
export async function readExpenseChange(
  here: LedgerHere,
  expense: Changeable,
  flags: ChangeFlags,
): Promise<ExpenseInput> {
  const change = await changesOf(here, expense, flags)
  if (Object.keys(change).length > 0) return change
  throw new CliError('USAGE', 'expected something to change, such as --amount or --title')
}

/** As far as flags say anything. @throws CliError `USAGE`, `NOTHING_MATCHES`, `AMBIGUOUS` */
export async function changesOf(
  here: LedgerHere,
  expense: Changeable,
  flags: ChangeFlags,
): Promise<ExpenseInput> {
  const { currency: own } = await here.settings()
  const isOther = flags.currency !== undefined
  const currency = isOther
    ? parseCurrency(flags.currency, [own, expense.currency])
    : expense.currency
  const split = readSplit(here, flags, currency)
  const given = flags.amount === undefined ? itemSum(split) : parseMoney(flags.amount, currency)
  const payers = flags.paid ?? []
  return {
    ...(flags.title === undefined ? {} : { title: flags.title }),
    ...(isOther ? { currency } : {}),
    ...(given === undefined ? {} : { amountMinor: given }),
    ...(payers.length > 0
      ? { paid: readPaid(here, payers, currency, given ?? expense.amountMinor) }
      : paidAnew(expense, given)),
    ...(split === undefined ? {} : { split }),
    ...(await readRest(here, flags, flags.date ?? expense.date, flags.date !== undefined)),
  }
}

/** Another amount is paid by whoever paid alone; several have to be said. */
function paidAnew(
  { paid }: Changeable,
  amountMinor: number | undefined,
): Pick<ExpenseInput, 'paid'> {
  if (amountMinor === undefined) return {}
  const [payer] = paid
  if (paid.length === 1 && payer !== undefined) return { paid: [{ ...payer, amountMinor }] }
  throw new CliError('USAGE', 'several people paid this: say --paid PERSON=AMOUNT for each')
}

async function readRest(
  here: LedgerHere,
  flags: ExpenseFlags,
  dayText: string | undefined,
  isDated = true,
): Promise<ExpenseInput> {
  const { category, tag = [], note, kind, rate } = flags
  const date = parseDay(dayText ?? 'today', here.session.io.nowMs())
  return {
    ...(isDated ? { date } : {}),
    ...(category === undefined ? {} : { category: await readCategory(here, category) }),
    ...(tag.length === 0 ? {} : { tags: tag }),
    ...(note === undefined ? {} : { note }),
    ...(kind === undefined ? {} : { kind }),
    ...(rate === undefined ? {} : { rate: readRate(rate, date, await here.settings()) }),
  }
}

/** One of them pays everything, or each what is said. */
function readPaid(
  here: LedgerHere,
  texts: readonly string[],
  currency: Currency,
  amountMinor: number | undefined,
): readonly PartyAmount[] {
  if (texts.length <= 1 && texts[0]?.includes('=') !== true) {
    if (amountMinor === undefined) throw new CliError('USAGE', 'expected an amount')
    return [{ party: texts[0] === undefined ? here.self : here.party(texts[0]).id, amountMinor }]
  }
  return texts.map((text) => {
    const at = text.lastIndexOf('=')
    if (at <= 0) {
      const message = `expected --paid PERSON=AMOUNT where several pay, got "${printable(text)}"`
      throw new CliError('USAGE', message)
    }
    const paid = parseMoney(text.slice(at + 1), currency)
    return { party: here.party(text.slice(0, at)).id, amountMinor: paid }
  })
}

/** What a bill of items comes to, when nothing else is in it. */
function itemSum(split: Split | undefined): number | undefined {
  if (split?.items === undefined || split.items.length === 0) return undefined
  const items = split.items.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
  return items + (split.taxMinor ?? 0) + (split.tipMinor ?? 0)
}

/** A built-in one's name, the id of an own one, or `null` for none. @throws CliError `NOTHING_MATCHES`, `AMBIGUOUS` */
export async function readCategory(here: LedgerHere, text: string): Promise<string | null> {
  if (text === NO_CATEGORY) return null
  const wanted = text.trim().toLowerCase()
  const id = wanted.replaceAll(/[^a-z]+/g, '-')
  if (BUILT_IN_CATEGORIES.includes(id)) return id
  const { categories } = await here.client.ledgerExtras(here.space)
  const own = categories.filter(({ name }) => name.toLowerCase() === wanted)
  return only('category', text, own, ({ name }) => name).id
}

function readRate(
  text: string,
  asOf: string,
  { currency: own }: { readonly currency?: Currency },
): FrozenRate {
  const [, code, value] = /^([^=]+)=(.+)$/.exec(text) ?? []
  const rate = value === undefined ? undefined : parseRate(value)
  if (code === undefined || rate?.ok !== true) {
    throw new CliError('USAGE', `expected a rate such as EUR=0.92, got "${printable(text)}"`)
  }
  return { to: parseCurrency(code, [own]), ...rate.value, source: 'typed', asOf }
}

/** `today`, `yesterday` or a day. @throws CliError `USAGE` */
export function parseDay(text: string, nowMs: number): string {
  if (text === 'today') return dayOf(nowMs)
  if (text === 'yesterday') return dayOf(nowMs, -1)
  const day = parseCivilDate(text)
  if (day !== undefined) return day
  throw new CliError('USAGE', `expected a day as YYYY-MM-DD, got "${printable(text)}"`)
}

/** Where this person is; days are counted in the calendar, since some have 23 hours and some 25. */
function dayOf(ms: number, addedDays = 0): string {
  const date = new Date(ms)
  date.setDate(date.getDate() + addedDays)
  const [month, day] = [date.getMonth() + 1, date.getDate()]
  return `${date.getFullYear()}-${`${month}`.padStart(2, '0')}-${`${day}`.padStart(2, '0')}`
}
