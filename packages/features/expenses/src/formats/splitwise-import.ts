/**
 * Splitwise CSV: `Date,Description,Category,Cost,Currency` and one column for each person, with what they paid less what
 * they owe. Who paid how much is not in the file, and is found again from the differences.
 *
 * With the cost `C` and the differences `n`: whoever is down owes that, `-n`. What they do not owe of `C` is shared
 * evenly, by largest remainder, among those who are up; each of these paid that share and `n`. With one of them up that
 * is what was entered, up to those who paid exactly what they owe; with several it is a guess that moves no balance.
 *
 * The header is found by its words in any language of theirs, or by what stands below it. Rows named `Total balance`
 * (category and cost empty) are a checksum for each currency and become `totals`. A row of the category Payment that moves
 * its cost from one to another is a transfer; the text "A paid B" alone is not.
 */

import type { CborValue } from '@hamlet/core'
import type { Currency, ExpenseBody, PartyAmount } from '../expense-body.ts'
import { apportion, rotationOf } from '../money/apportion.ts'
import type { DecimalMark } from '../money/decimal-literal.ts'
import type { LedgerId } from '../party.ts'
import { isBlankRow } from './csv-reader.ts'
import type { CsvCell, CsvRow } from './csv-reader.ts'
import { cellToDecimal, decimalToMinor, decimalsToMinors, detectDecimalMark } from './decimal.ts'
import { FILE_START, refuseImport } from './errors.ts'
import { ImportDraft, owedToSplit, requireDate, requireMinor, tidyAmounts } from './import-draft.ts'
import type { ExpectedTotal } from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import { SPLITWISE_WORDS, normalizeWord } from './splitwise-words.ts'

const FIXED = 5
const [CATEGORY, COST, CURRENCY] = [2, 3, 4] as const
/** Of the five words of a header, so many are known in a language we know. */
const WORDS_MIN = 3

interface Sheet {
  readonly draft: ImportDraft
  readonly parties: readonly LedgerId[]
  readonly decimalMark: DecimalMark | undefined
}

/** Where the header stands among the rows; -1 when this is no such file. */
export function findSplitwiseHeader(rows: readonly CsvRow[]): number {
  const known = rows.findIndex(({ cells }) => isKnownHeader(cells))
  return known >= 0 ? known : rows.findIndex((row, index) => looksLikeHeader(rows, row, index))
}

/** @throws {@link ImportError} */
export function importSplitwise(rows: readonly CsvRow[], options: ImportOptions): ImportedLedger {
  const headerAt = findSplitwiseHeader(rows)
  const header = rows[headerAt]
  if (header === undefined) {
    throw refuseImport('IMPORT_MISSING', FILE_START, 'expected the columns of a Splitwise export')
  }
  const draft = new ImportDraft('splitwise-csv', '', options)
  const below = rows.slice(headerAt + 1).filter((row) => !isBlankRow(row))
  const numeric = below.flatMap(({ cells }) => cells.filter((_, column) => column >= COST))
  const sheet: Sheet = {
    draft,
    parties: header.cells.slice(FIXED, widthOf(header)).map((cell) => addPerson(draft, cell)),
    decimalMark: detectDecimalMark(numeric.map(({ text }) => text)),
  }
  const expected: ExpectedTotal[] = []
  for (const row of below) {
    requireWidth(row, header)
    if (isTotal(row)) expected.push(...readTotals(sheet, row))
    else addRow(sheet, row)
  }
  return draft.finish({ expected })
}

function isKnownHeader(cells: readonly CsvCell[]): boolean {
  if (cells.length <= FIXED) return false
  const { columns } = SPLITWISE_WORDS
  const known = columns.filter((words, column) => words.has(normalizeWord(cells[column]!.text)))
  return known.length >= WORDS_MIN
}

/** Five texts and names above a row of a day, two texts, a number, three letters and numbers. */
function looksLikeHeader(rows: readonly CsvRow[], { cells }: CsvRow, index: number): boolean {
  if (cells.length <= FIXED || cells.some(({ text }) => text.trim() === '')) return false
  const next = rows.slice(index + 1, index + 4).find((row) => !isBlankRow(row))
  if (next === undefined || next.cells.length !== cells.length) return false
  const [day, , , cost, currency, ...nets] = next.cells.map(({ text }) => text.trim())
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(day!) &&
    /^[A-Z]{3}$/.test(currency!) &&
    [cost!, ...nets].every((text) => /^-?[\d.,]+$/.test(text))
  )
}

function addPerson(draft: ImportDraft, cell: CsvCell): LedgerId {
  const name = cell.text.trim()
  const ending = SPLITWISE_WORDS.removed.find((each) => name.toLowerCase().endsWith(each))
  const bare = ending === undefined ? name : name.slice(0, -ending.length).trim()
  if (bare === '') throw refuseImport('IMPORT_BAD_VALUE', cell, 'expected the name of a person')
  return draft.addParty(bare, cell, ending !== undefined)
}

/** Without empty columns at the end, which spreadsheets leave. */
function widthOf({ cells }: CsvRow): number {
  return cells.findLastIndex(({ text }) => text.trim() !== '') + 1
}

function requireWidth({ cells, line }: CsvRow, header: CsvRow): void {
  const width = widthOf(header)
  const further = cells.slice(width)
  if (cells.length >= width && further.every(({ text }) => text.trim() === '')) return
  const at = further[0] ?? cells.at(-1) ?? { line, column: 1 }
  const message = `expected ${width} cells as in the header, got ${cells.length}`
  throw refuseImport('IMPORT_BAD_VALUE', at, message)
}

function isTotal({ cells }: CsvRow): boolean {
  return cells[CATEGORY]!.text.trim() === '' && cells[COST]!.text.trim() === ''
}

function readTotals({ draft, parties, decimalMark }: Sheet, row: CsvRow): ExpectedTotal[] {
  const cell = row.cells[CURRENCY]!
  const currency = draft.currency(cell.text, cell)
  return parties.map((party, index) => {
    const total = readNumber(row.cells[FIXED + index]!, decimalMark)
    return {
      party,
      currency,
      expectedMinor: decimalToMinor(total, currency.exponent),
      line: row.line,
    }
  })
}

function addRow(sheet: Sheet, row: CsvRow): void {
  const { draft } = sheet
  const [dateCell, titleCell, categoryCell, costCell, currencyCell] = row.cells as readonly [
    CsvCell,
    CsvCell,
    CsvCell,
    CsvCell,
    CsvCell,
  ]
  const currency = draft.currency(currencyCell.text, currencyCell)
  const costMinor = readCost(sheet, costCell, currency)
  const nets = readNets(sheet, row, currency)
  const title = titleCell.text
  const date = requireDate(dateCell.text, dateCell)
  const id = draft.expenseId([date, title, `${costMinor}`, currency.code, netsToCbor(sheet, nets)])
  if (costMinor === 0n && nets.every((net) => net === 0n)) {
    draft.warn('empty', costCell, 'an expense of nothing')
    return
  }
  // A refund is an expense the other way round.
  const isIncome = costMinor < 0n
  const amountMinor = isIncome ? -costMinor : costMinor
  const ups = isIncome ? nets.map((net) => -net) : nets
  const { paid, owed } = reconstruct(sheet, costCell, id, amountMinor, ups)
  const isPayment = isOnePayment(categoryCell, amountMinor, nets)
  const kind = isIncome ? 'income' : isPayment ? 'transfer' : 'expense'
  const base = {
    kind,
    title,
    date,
    currency,
    paid,
    amountMinor: requireMinor(amountMinor, costCell),
  } as const
  draft.add(id, dateCell, {
    ...base,
    split: owedToSplit(id, withDefaults(base), owed),
    category: draft.category(isPayment ? '' : categoryCell.text, categoryCell),
    source: row.source,
    reconstructed: true,
  })
}

function withDefaults(
  base: Pick<ExpenseBody, 'kind' | 'title' | 'date' | 'currency' | 'paid' | 'amountMinor'>,
): Omit<ExpenseBody, 'split'> {
  const rest = { deleted: false, category: undefined, tags: [], note: '', rate: undefined }
  return { rule: 1, ...rest, ...base, origin: undefined }
}

function readCost({ draft, decimalMark }: Sheet, cell: CsvCell, currency: Currency): bigint {
  const cost = cellToDecimal(cell.text, cell, decimalMark)
  const minor = decimalToMinor(cost, currency.exponent)
  if (cost.decimals > currency.exponent) draft.warn('rounded', cell, `to ${currency.code}`)
  return minor
}

/** What everybody is up, in whole units that sum to zero. */
function readNets(sheet: Sheet, row: CsvRow, currency: Currency): readonly bigint[] {
  const cells = sheet.parties.map((_, index) => row.cells[FIXED + index]!)
  const decimals = cells.map((cell) => readNumber(cell, sheet.decimalMark))
  const nets = decimalsToMinors(decimals, currency.exponent, 0n, 0)
  const first = cells[0]!
  if (nets === undefined) {
    throw refuseImport('IMPORT_BAD_SUM', first, 'expected differences that sum to zero')
  }
  if (decimals.some((each) => each.decimals > currency.exponent)) {
    sheet.draft.warn('rounded', first, `to ${currency.code}`)
  }
  return nets
}

function readNumber(cell: CsvCell, decimalMark: DecimalMark | undefined) {
  if (cell.text.trim() === '') return { digits: 0n, decimals: 0 }
  return cellToDecimal(cell.text, cell, decimalMark)
}

function reconstruct(
  { draft, parties }: Sheet,
  at: CsvCell,
  id: LedgerId,
  amountMinor: bigint,
  nets: readonly bigint[],
): { readonly paid: readonly PartyAmount[]; readonly owed: readonly PartyAmount[] } {
  const isEven = nets.every((net) => net === 0n)
  if (isEven) draft.warn('no-effect', at, 'nobody is up or down, and who paid is not in the file')
  const isUp = nets.map((net) => isEven || net > 0n)
  const restMinor = nets.reduce((rest, net) => (net < 0n ? rest + net : rest), amountMinor)
  if (restMinor < 0n) {
    throw refuseImport('IMPORT_BAD_SUM', at, 'some owe more than the cost')
  }
  const weights = isUp.map((up) => (up ? 1n : 0n))
  const shares = apportion(restMinor, weights, rotationOf(id))
  const owed = parties.map((party, i) => [party, isUp[i]! ? shares[i]! : -nets[i]!] as const)
  const paid = parties.map((party, i) => [party, isUp[i]! ? nets[i]! + shares[i]! : 0n] as const)
  return { paid: tidyAmounts(paid), owed: tidyAmounts(owed) }
}

function isOnePayment(cell: CsvCell, amountMinor: bigint, nets: readonly bigint[]): boolean {
  const moved = nets.filter((net) => net !== 0n)
  return (
    SPLITWISE_WORDS.payment.has(normalizeWord(cell.text)) &&
    moved.length === 2 &&
    moved.includes(amountMinor)
  )
}

/** Without the columns of those whom the row does not touch, so that people who join change no id. */
function netsToCbor({ parties }: Sheet, nets: readonly bigint[]): CborValue {
  const moved = parties.flatMap((party, i) => (nets[i] === 0n ? [] : [`${party} ${nets[i]}`]))
  return moved.sort()
}
