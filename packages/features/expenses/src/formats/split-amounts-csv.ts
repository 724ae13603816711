/**
 * The table with the columns `Who paid,Amount,Currency,For whom,Split amounts,…,Type` that exports of Settle Up and Splid
 * have been seen with. People and amounts are lists joined by semicolons that run in parallel, so nothing is lost.
 */

import { addBill, alike, partsToCbor, sumOfParts } from './bill.ts'
import type { PartyPart } from './bill.ts'
import type { CsvCell, CsvRow } from './csv-reader.ts'
import { cellToDecimal, detectDecimalMark } from './decimal.ts'
import type { Decimal } from './decimal.ts'
import { refuseImport } from './errors.ts'
import { ImportDraft, requireDate } from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import { NamedTable, hasColumns } from './named-table.ts'

const COLUMNS = ['Who paid', 'Amount', 'Currency', 'For whom', 'Split amounts']
const DATE = 'Date & time'

export function isSplitAmountsCsv([header]: readonly CsvRow[]): boolean {
  return hasColumns(header, COLUMNS)
}

/** @throws {@link ImportError} */
export function importSplitAmounts(
  [header, ...rows]: readonly CsvRow[],
  options: ImportOptions,
): ImportedLedger {
  const draft = new ImportDraft('split-amounts-csv', '', options)
  const table = new NamedTable(header!, rows, [])
  table.require([DATE])
  const amountsOf = (row: CsvRow) => {
    return toList(`${table.text(row, 'Amount')};${table.text(row, 'Split amounts')}`)
  }
  const mark = detectDecimalMark(table.rows.flatMap(amountsOf))
  for (const row of table.rows) {
    const parts = (names: string, amounts: string) =>
      toParts(draft, table.cell(row, names), table.cell(row, amounts), (text, cell) =>
        cellToDecimal(text, cell, mark),
      )
    const paid = parts('Who paid', 'Amount')
    const hasAmounts = table.text(row, 'Split amounts').trim() !== ''
    const owed = hasAmounts
      ? parts('For whom', 'Split amounts')
      : alike(namesToParties(draft, table.cell(row, 'For whom')))
    addRow(draft, table, row, { paid, owed, owedBy: hasAmounts ? 'amounts' : 'weights' })
  }
  return draft.finish({})
}

function addRow(
  draft: ImportDraft,
  table: NamedTable,
  row: CsvRow,
  parts: {
    readonly paid: readonly PartyPart[]
    readonly owed: readonly PartyPart[]
    readonly owedBy: 'weights' | 'amounts'
  },
): void {
  const currencyCell = table.cell(row, 'Currency')
  const categoryCell = table.cell(row, 'Category')
  const dateCell = table.cell(row, DATE)
  const currency = draft.currency(currencyCell.text, currencyCell)
  const title = table.text(row, 'Purpose')
  addBill(draft, {
    at: row.cells[0]!,
    row: [dateCell.text, title, currency.code, partsToCbor(parts.paid), partsToCbor(parts.owed)],
    title,
    date: requireDate(dateCell.text, dateCell),
    currency,
    amount: sumOfParts(parts.paid),
    isTransfer: table.text(row, 'Type').trim().toLowerCase() === 'transfer',
    category: draft.category(categoryCell.text, categoryCell),
    source: row.source,
    ...parts,
  })
}

function toParts(
  draft: ImportDraft,
  names: CsvCell,
  amounts: CsvCell,
  read: (text: string, cell: CsvCell) => Decimal,
): readonly PartyPart[] {
  const parties = namesToParties(draft, names)
  const decimals = toList(amounts.text).map((text) => read(text, amounts))
  if (parties.length !== decimals.length) {
    const message = `expected ${parties.length} amounts, one for each person`
    throw refuseImport('IMPORT_BAD_VALUE', amounts, message)
  }
  return parties.map((party, i) => ({ party, part: decimals[i]! }))
}

function namesToParties(draft: ImportDraft, cell: CsvCell) {
  return toList(cell.text).map((name) => draft.partyNamed(name, cell))
}

function toList(text: string): readonly string[] {
  return text
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each !== '')
}
