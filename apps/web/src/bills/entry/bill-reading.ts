/**
 * What a form comes to: the expense to be saved, who owes what of it and who got the cent, and what is missing or too
 * much. A pure function of the form, the people and the id the expense will have, so the preview is what will be saved.
 */

import { computeOwed, parseCivilDate, parseRate, whoGotTheCent } from '@hamlet/expenses'
import {
  NO_SPLIT,
  NOTE_BYTES_MAX,
  TAGS_MAX,
  TAG_BYTES_MAX,
  TITLE_BYTES_MAX,
} from '@hamlet/expenses'
import type { ExpenseBody, LedgerId, SplitError } from '@hamlet/expenses'
import type {
  Currency,
  ExpenseInput,
  FrozenRate,
  LedgerRecurrence,
  PartyAmount,
  Split,
} from '@hamlet/http/api'
import { amountProblem, readAmount } from './amount-reading.ts'
import type { BillForm } from './bill-form.ts'
import { readPayers } from './payers-line.ts'
import type { PayersReading } from './payers-line.ts'
import type { PeopleIndex } from './people-index.ts'
import type { Problem } from './problems.ts'
import { readSplit } from './split-reading.ts'
import type { SplitReading } from './split-reading.ts'

export interface ReadingContext {
  readonly people: PeopleIndex
  /** Of the expense: decides who gets the cent. */
  readonly id: string
  /** What the ledger shows totals in. */
  readonly ledgerCurrency: Currency | undefined
}

export interface BillReading {
  /** Absent while something is wrong or missing. */
  readonly input: ExpenseInput | undefined
  /** Typed, or what parts or payers come to. */
  readonly amountMinor: number | undefined
  readonly isAmountTyped: boolean
  readonly payers: PayersReading
  readonly split: SplitReading
  /** In the order of ids; empty while it cannot be computed. */
  readonly owed: readonly PartyAmount[]
  /** Who of them was rounded up. */
  readonly cents: readonly string[]
  readonly rule: LedgerRecurrence | undefined
  readonly problems: readonly Problem[]
}

const EVERY_MAX = 1000

export function readBill(form: BillForm, context: ReadingContext): BillReading {
  const { people } = context
  const problems: Problem[] = []
  const typed = readAmount(form.amount, form.currency.exponent)
  const split = readSplit(form, people)
  const amountMinor = typed.kind === 'empty' ? untyped(form, split, people) : minorOf(typed)
  const payers = readPayers(form.payers, people, {
    exponent: form.currency.exponent,
    amountMinor: amountMinor !== undefined && amountMinor > 0 ? amountMinor : undefined,
  })
  addIf(problems, titleProblem(form))
  addIf(problems, amountProblem('amount', typed, form.amount))
  const isLeftToParts = typed.kind === 'empty' && split.problems.length > 0
  if (typed.kind !== 'wrong' && !isLeftToParts) addIf(problems, rangeProblem(amountMinor))
  addIf(problems, payers.problem)
  problems.push(...split.problems)
  addIf(problems, sumProblem(split, amountMinor))
  problems.push(...restProblems(form, payers, split))
  const rate = readRate(form, context.ledgerCurrency, problems)
  const rule = readRepeat(form, problems)
  const money = moneyOf(form, amountMinor, payers, split)
  const division = money === undefined ? undefined : divide(form, context.id, money)
  if (division?.problem !== undefined && problems.length === 0) problems.push(division.problem)
  return {
    input: problems.length > 0 || money === undefined ? undefined : inputOf(form, money, rate),
    amountMinor,
    isAmountTyped: typed.kind !== 'empty',
    payers,
    split,
    owed: division?.owed ?? [],
    cents: division?.cents ?? [],
    rule,
    problems,
  }
}

interface Money {
  readonly amountMinor: number
  readonly paid: readonly PartyAmount[]
  readonly split: Split
}

/** Without a typed amount: what the parts come to, or what the payers say they paid. */
function untyped(form: BillForm, split: SplitReading, people: PeopleIndex): number | undefined {
  if (split.totalMinor !== undefined) return split.totalMinor
  const options = { exponent: form.currency.exponent, amountMinor: undefined }
  return readPayers(form.payers, people, options).totalMinor
}

function minorOf(reading: ReturnType<typeof readAmount>): number | undefined {
  return reading.kind === 'amount' ? reading.minor : undefined
}

function addIf(problems: Problem[], problem: Problem | undefined): void {
  if (problem !== undefined) problems.push(problem)
}

function titleProblem({ title }: BillForm): Problem | undefined {
  if (title.trim() === '') return { where: 'title', what: 'titleMissing', isMissing: true }
  if (byteLength(title.trim()) <= TITLE_BYTES_MAX) return undefined
  return { where: 'title', what: 'titleLong' }
}

function rangeProblem(amountMinor: number | undefined): Problem | undefined {
  if (amountMinor === undefined) return { where: 'amount', what: 'amountMissing', isMissing: true }
  return amountMinor > 0 ? undefined : { where: 'amount', what: 'amountNotPositive' }
}

/** Parts that say themselves what they come to, and do not come to the amount. */
function sumProblem(
  { totalMinor }: SplitReading,
  amountMinor: number | undefined,
): Problem | undefined {
  if (totalMinor === undefined || amountMinor === undefined || amountMinor <= 0) return undefined
  const minor = amountMinor - totalMinor
  if (minor === 0) return undefined
  return { where: 'split', what: minor > 0 ? 'splitMissing' : 'splitOver', minor: Math.abs(minor) }
}

function restProblems(
  form: BillForm,
  payers: PayersReading,
  split: SplitReading,
): readonly Problem[] {
  const problems: Problem[] = []
  if (parseCivilDate(form.date) === undefined) problems.push({ where: 'date', what: 'dateBad' })
  const tags = readTags(form.tags)
  if (tags.length > TAGS_MAX || tags.some((tag) => byteLength(tag) > TAG_BYTES_MAX)) {
    problems.push({ where: 'tags', what: 'tagsMany' })
  }
  if (byteLength(form.note) > NOTE_BYTES_MAX) problems.push({ where: 'note', what: 'noteLong' })
  const to = split.split?.shares
  const [payer] = payers.parts
  if (form.kind === 'transfer' && to?.length === 1 && payers.parts.length === 1) {
    const text = to[0]!.party
    if (payer?.party === text) problems.push({ where: 'split', what: 'sameParty' })
  }
  return problems
}

export function readTags(text: string): readonly string[] {
  const tags = text.split(/[,\s]+/u).map((tag) => tag.replace(/^#+/u, ''))
  return [...new Set(tags.filter((tag) => tag !== ''))]
}

function readRate(
  form: BillForm,
  ledgerCurrency: Currency | undefined,
  problems: Problem[],
): FrozenRate | null {
  if (ledgerCurrency === undefined || ledgerCurrency.code === form.currency.code) return null
  if (form.rate.trim() === '') return form.knownRate
  const read = parseRate(form.rate)
  if (read.ok) return { to: ledgerCurrency, ...read.value, source: 'typed', asOf: form.date }
  problems.push({ where: 'rate', what: 'rateBad', text: form.rate.trim() })
  return null
}

function readRepeat({ repeat, date }: BillForm, problems: Problem[]): LedgerRecurrence | undefined {
  if (repeat.unit === 'never') return undefined
  const every = Number(repeat.every.trim() || '1')
  if (!Number.isInteger(every) || every < 1 || every > EVERY_MAX) {
    problems.push({ where: 'repeat', what: 'everyBad', text: repeat.every.trim() })
    return undefined
  }
  const rule = { unit: repeat.unit, every, start: date }
  if (repeat.until === '') return rule
  if (parseCivilDate(repeat.until) === undefined || repeat.until < date) {
    problems.push({ where: 'repeat', what: 'untilBad' })
    return undefined
  }
  return { ...rule, until: repeat.until }
}

function moneyOf(
  form: BillForm,
  amountMinor: number | undefined,
  payers: PayersReading,
  { split }: SplitReading,
): Money | undefined {
  if (amountMinor === undefined || amountMinor <= 0 || split === undefined) return undefined
  const paid = payers.parts.map(({ party, amountMinor: minor }) => ({
    party,
    amountMinor: minor ?? 0,
  }))
  const isPaid = payers.problem === undefined && payers.totalMinor === amountMinor
  // Who owes what does not wait for who paid: until that is known, nobody in particular stands in.
  return { amountMinor, paid: isPaid ? paid : [{ party: '', amountMinor }], split }
}

function inputOf(form: BillForm, money: Money, rate: FrozenRate | null): ExpenseInput {
  return {
    kind: form.kind,
    title: form.title.trim(),
    date: form.date,
    currency: form.currency,
    ...money,
    category: form.category === '' ? null : form.category,
    tags: readTags(form.tags),
    note: form.note.trim(),
    rate,
  }
}

interface Division {
  readonly owed: readonly PartyAmount[]
  readonly cents: readonly string[]
  readonly problem: Problem | undefined
}

function divide(form: BillForm, id: string, { split, ...money }: Money): Division {
  // Ids are text here and branded there; whoever is named comes from the ledger.
  const body = {
    rule: 1,
    kind: form.kind,
    deleted: false,
    title: form.title,
    date: form.date,
    currency: form.currency,
    ...money,
    split: { ...NO_SPLIT, ...split },
    category: undefined,
    tags: [],
    note: '',
    rate: undefined,
    origin: undefined,
  } as unknown as ExpenseBody
  const owed = computeOwed(id as LedgerId, body)
  if (!owed.ok) return { owed: [], cents: [], problem: refusal(owed.error) }
  return { owed: owed.value, cents: whoGotTheCent(id as LedgerId, body), problem: undefined }
}

function refusal({ code, fields }: SplitError): Problem {
  const rest = Number((fields as { restMinor?: unknown }).restMinor ?? 0)
  switch (code) {
    case 'SPLIT_OVER':
      return { where: 'split', what: 'splitOver', minor: -rest }
    case 'SPLIT_REST':
      return { where: 'split', what: 'splitMissing', minor: rest }
    case 'SPLIT_NEGATIVE':
      return { where: 'split', what: 'negative', text: String(fields['party'] ?? '') }
    case 'SPLIT_TOO_MANY':
      return { where: 'split', what: 'tooMany' }
    case 'SPLIT_TAX_WITHOUT_ITEMS':
      return { where: 'split', what: 'taxWithoutItems' }
    case 'SPLIT_PERCENT_SUM':
      return { where: 'split', what: 'percentOver', text: '' }
    case 'SPLIT_BAD_WEIGHT':
      return { where: 'split', what: 'weightBad', text: '' }
    case 'SPLIT_PARTY_TWICE':
    case 'SPLIT_ITEM_OF_NOBODY':
      return { where: 'split', what: 'nobody' }
    case 'SPLIT_PAID_SUM':
      return { where: 'payers', what: 'paidMissing', minor: 0 }
    case 'SPLIT_BAD_AMOUNT':
      return { where: 'amount', what: 'amountLarge' }
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}
