/** Bills as people read them: a row, one in full, its history. */

import { minorToText } from '@hamlet/expenses'
import type {
  Expense,
  ExpenseBody,
  ExpenseDetail,
  ExpenseVersion,
  PartyAmount,
  Split,
} from '@hamlet/http'

import { carriedWords } from '../files/carried-files.ts'
import { clockTime, plural, printable, printableLines } from '../text.ts'
import type { LedgerHere } from './here.ts'
import { minorText, moneyText } from './money.ts'

const SHOWN_ID_LENGTH = 8
const TITLE_SHOWN_MAX = 40
const CHANGED_WORDS: Readonly<Record<string, string>> = {
  amountMinor: 'amount',
  paid: 'who paid',
  split: 'who it is for',
  date: 'day',
  deleted: 'deletion',
}

export function shortId(id: string): string {
  return id.slice(0, SHOWN_ID_LENGTH)
}

export function expenseTable(here: LedgerHere, expenses: readonly Expense[]): string {
  const rows = expenses.map((expense) => expenseRow(here, expense))
  const headings = ['DAY', 'ID', 'WHAT', 'PAID BY', 'AMOUNT', 'YOUR PART', '']
  return here.session.table(headings, alignAmounts(rows, [4, 5]), '')
}

function expenseRow(here: LedgerHere, expense: Expense): readonly string[] {
  const { currency, owed, amountMinor } = expense
  const own = owed.find(({ party }) => here.isSelf(party))
  return [
    expense.date,
    shortId(expense.id),
    titleWords(expense),
    expense.paid.map(({ party }) => here.nameOf(party)).join(', '),
    moneyText(amountMinor, currency),
    own === undefined ? '' : minorText(own.amountMinor, currency.exponent),
    here.session.paint(markWords(expense), 'dim'),
  ]
}

function titleWords({ title, kind, deleted }: Expense): string {
  const line = printable(title)
  const shown = line.length > TITLE_SHOWN_MAX ? `${line.slice(0, TITLE_SHOWN_MAX)}…` : line
  const what = kind === 'expense' ? shown : `${shown} (${kind})`
  return deleted ? `${what} (deleted)` : what
}

function markWords(expense: Expense): string {
  const { payment, choices, edited, isCorrection, comments } = expense
  return [
    ...(choices > 1 ? [`${choices} versions to choose from`] : []),
    ...(payment === 'pending' ? ['waits for a word'] : []),
    ...(payment === 'disputed' ? ['disputed'] : []),
    ...(isCorrection ? ['correction'] : []),
    ...(edited ? ['edited'] : []),
    ...(comments === 0 ? [] : [plural(comments, 'comment')]),
  ].join(', ')
}

/** Numbers stand under each other: filled up from the left. */
export function alignAmounts(
  rows: readonly (readonly string[])[],
  columns: readonly number[],
): readonly (readonly string[])[] {
  const widths = columns.map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row.map((cell, i) => {
      const at = columns.indexOf(i)
      return at === -1 ? cell : cell.padStart(widths[at]!)
    }),
  )
}

/** After something was entered or changed: what it is now, and who owes what. */
export function expenseWords(here: LedgerHere, expense: Expense): string {
  const { currency, paid, owed, kind } = expense
  const payers = `${kind === 'income' ? 'received' : 'paid'} by ${listNames(here, paid)}`
  const title = here.session.paint(printable(expense.title), 'bold')
  const amount = moneyText(expense.amountMinor, currency)
  return [
    `${title}, ${amount}, ${payers}, ${expense.date} (${shortId(expense.id)})`,
    `${kind === 'transfer' ? 'To' : 'For'} ${amountWords(here, owed, currency.exponent)}.`,
    ...roundedWords(here, expense),
    ...waitingWords(here, expense),
    ...(expense.isCorrection ? ['Its day is in a closed period: it counts as a correction.'] : []),
    ...(expense.choices > 1
      ? [`There are ${expense.choices} versions of it. Choose with: hamlet expense resolve`]
      : []),
  ].join('\n')
}

function listNames(here: LedgerHere, parts: readonly PartyAmount[]): string {
  return parts.map(({ party }) => here.nameOf(party)).join(', ')
}

function amountWords(here: LedgerHere, parts: readonly PartyAmount[], exponent: number): string {
  return parts
    .map(({ party, amountMinor }) => `${here.nameOf(party)} ${minorToText(amountMinor, exponent)}`)
    .join(', ')
}

function roundedWords(here: LedgerHere, { cents }: Expense): readonly string[] {
  if (cents.length === 0) return []
  return [`Rounded up: ${cents.map((party) => here.nameOf(party)).join(', ')}.`]
}

function waitingWords(here: LedgerHere, { payment, owed }: Expense): readonly string[] {
  if (payment === 'disputed') return ['Somebody disputes it: see hamlet expense show']
  if (payment !== 'pending') return []
  const others = owed.filter(({ party }) => !here.isSelf(party))
  return [`Waits for the word of ${listNames(here, others.length === 0 ? owed : others)}.`]
}

export function detailWords(here: LedgerHere, detail: ExpenseDetail): string {
  const nowMs = here.session.io.nowMs()
  const { currency, created, updated, verdicts, attached, thread, versions } = detail
  return [
    expenseWords(here, detail),
    '',
    `Id          ${detail.id}`,
    ...bodyLines(here, detail),
    `Entered     by ${here.nameOf(created.person)}, ${clockTime(created.atMs, nowMs)}`,
    ...(detail.edited
      ? [
          `Changed     by ${here.nameOf(updated.person)}, ${clockTime(updated.atMs, nowMs)} (${plural(versions.length, 'version')})`,
        ]
      : []),
    ...(detail.deleted
      ? [`Deleted     restore with: hamlet expense restore SPACE ${shortId(detail.id)}`]
      : []),
    ...verdicts.map(
      ({ person, verdict, note, isOutdated, atMs }) =>
        `${verdict === 'confirmed' ? 'Confirmed ' : 'Disputed  '}  by ${here.nameOf(person)}, ${clockTime(atMs, nowMs)}${isOutdated ? ' (an earlier version)' : ''}${note === '' ? '' : `: ${printable(note)}`}`,
    ),
    ...attached.map(
      (file) =>
        `Receipt     ${carriedWords(file)}, by ${here.nameOf(file.person)}, ${clockTime(file.atMs, nowMs)}`,
    ),
    ...thread.map(
      ({ id, person, atMs, text }) =>
        `${shortId(id)}    ${clockTime(atMs, nowMs)} ${here.nameOf(person)}: ${printableLines(text).replaceAll('\n', '\n            ')}`,
    ),
    ...choiceLines(here, detail, currency.exponent),
  ].join('\n')
}

function choiceLines(here: LedgerHere, detail: ExpenseDetail, exponent: number): readonly string[] {
  if (detail.choices < 2) return []
  return [
    '',
    'Choose one with: hamlet expense resolve SPACE ID VERSION',
    ...detail.versions
      .filter(({ isHead }) => isHead)
      .map(
        (version) =>
          `${version.isWinner ? '*' : ' '} ${shortId(version.version)}  ${minorToText(version.amountMinor, exponent)} ${printable(version.title)}, by ${here.nameOf(version.by.person)}`,
      ),
  ]
}

function bodyLines(here: LedgerHere, body: ExpenseBody): readonly string[] {
  const { currency, paid, split, category, tags, note, rate, origin } = body
  const several = paid.length > 1
  return [
    ...(several ? [`Paid        ${amountWords(here, paid, currency.exponent)}`] : []),
    ...splitLines(here, split, currency.exponent).map((line) => `Split       ${line}`),
    ...(category === undefined ? [] : [`Category    ${printable(category)}`]),
    ...(tags.length === 0 ? [] : [`Tags        ${tags.map(printable).join(', ')}`]),
    ...(rate === undefined
      ? []
      : [
          `Rate        1 ${currency.code} = ${rate.numerator / rate.denominator} ${rate.to.code}, ${printable(rate.source)}, ${rate.asOf}`,
        ]),
    ...(note === ''
      ? []
      : [`Note        ${printableLines(note).replaceAll('\n', '\n            ')}`]),
    ...(origin === undefined
      ? []
      : [
          `From        ${origin.kind === 'series' ? 'a bill that comes again' : printable(origin.from)}`,
        ]),
  ]
}

/** How it is divided, a line for each part. */
export function splitLines(here: LedgerHere, split: Split, exponent: number): readonly string[] {
  const { items = [], exact = [], adjustments = [], percents = [], shares = [] } = split
  const isEqual = shares.every(({ weight }) => weight === shares[0]?.weight)
  return [
    ...items.map(
      (item) =>
        `${printable(item.title)} ${minorToText(item.amountMinor, exponent)}: ${weightWords(here, item.shares)}`,
    ),
    ...(split.taxMinor === undefined ? [] : [`tax ${minorToText(split.taxMinor, exponent)}`]),
    ...(split.tipMinor === undefined ? [] : [`tip ${minorToText(split.tipMinor, exponent)}`]),
    ...(exact.length === 0 ? [] : [`exactly ${amountWords(here, exact, exponent)}`]),
    ...(adjustments.length === 0 ? [] : [`adjusted ${amountWords(here, adjustments, exponent)}`]),
    ...(percents.length === 0
      ? []
      : [
          percents
            .map(({ party, millionths }) => `${here.nameOf(party)} ${millionths / 10_000} %`)
            .join(', '),
        ]),
    ...(shares.length === 0
      ? []
      : [
          isEqual
            ? `in equal parts: ${shares.map(({ party }) => here.nameOf(party)).join(', ')}`
            : `by weights: ${weightWords(here, shares)}`,
        ]),
  ]
}

function weightWords(
  here: LedgerHere,
  shares: readonly { readonly party: string; readonly weight: number }[],
): string {
  return shares
    .map(({ party, weight }) => `${here.nameOf(party)}${weight === 1 ? '' : ` × ${weight}`}`)
    .join(', ')
}

/** Every version, oldest first, with what it changed. */
export function historyWords(here: LedgerHere, { versions }: ExpenseDetail): string {
  const nowMs = here.session.io.nowMs()
  return versions
    .map((version) => {
      const { by, isWinner } = version
      const head = `${shortId(version.version)}  ${clockTime(by.atMs, nowMs)}  ${here.nameOf(by.person)}${clientWords(by)} ${whatWords(version)}`
      const line = `          ${printable(version.title)}, ${moneyText(version.amountMinor, version.currency)}, for ${amountWords(here, version.owed, version.currency.exponent)}`
      return `${isWinner ? here.session.paint(head, 'bold') : head}\n${line}`
    })
    .join('\n')
}

function clientWords({ client }: ExpenseVersion['by']): string {
  return client === undefined ? '' : ` (${printable(client)})`
}

function whatWords({ replaces, changed, deleted }: ExpenseVersion): string {
  if (replaces.length === 0) return 'entered it'
  if (changed.includes('deleted')) return deleted ? 'deleted it' : 'restored it'
  const fields = changed.map((field) => CHANGED_WORDS[field] ?? field).join(', ')
  if (replaces.length > 1) return `chose among ${replaces.length} versions`
  return fields === '' ? 'wrote it again' : `changed ${fields}`
}
