/** Sesterce CSV: `Date,Title,Paid by A,…,Paid for A,…,Currency,Category`; who paid and who owes what, all of it amounts. */

import type { LedgerId } from '../party.ts'
import { addBill, partsToCbor, sumOfParts } from './bill.ts'
import type { PartyPart } from './bill.ts'
import type { CsvRow } from './csv-reader.ts'
import { refuseImport } from './errors.ts'
import { ImportDraft, requireDate } from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import { NamedTable, hasColumns } from './named-table.ts'

const PAID = 'Paid by '
const OWED = 'Paid for '

export function isSesterceCsv([header]: readonly CsvRow[]): boolean {
  const has = (mark: string) => header?.cells.some(({ text }) => text.startsWith(mark)) === true
  return hasColumns(header, ['Date', 'Title', 'Currency']) && has(PAID) && has(OWED)
}

/** @throws {@link ImportError} */
export function importSesterce(
  [header, ...rows]: readonly CsvRow[],
  options: ImportOptions,
): ImportedLedger {
  const draft = new ImportDraft('sesterce-csv', '', options)
  const titles = header!.cells.map(({ text }) => text.trim())
  const numeric = titles.filter((title) => title.startsWith(PAID) || title.startsWith(OWED))
  const table = new NamedTable(header!, rows, numeric)
  const [paidColumns, owedColumns] = [table.columnsAfter(PAID), table.columnsAfter(OWED)]
  const names = paidColumns.map(({ cell }) => cell.text)
  if (names.join('\n') !== owedColumns.map(({ cell }) => cell.text).join('\n')) {
    const message = 'expected columns Paid by and Paid for of the same people'
    throw refuseImport('IMPORT_MISSING', header!.cells[0]!, message)
  }
  const parties = paidColumns.map(({ cell }) => draft.addParty(cell.text, cell))
  for (const row of table.rows) {
    const parts = (columns: typeof paidColumns): readonly PartyPart[] =>
      columns.map(({ column }, i) => {
        return { party: parties[i] as LedgerId, part: table.decimalOrZero(row, column) }
      })
    addRow(draft, table, row, parts(paidColumns), parts(owedColumns))
  }
  return draft.finish({})
}

function addRow(
  draft: ImportDraft,
  table: NamedTable,
  row: CsvRow,
  paid: readonly PartyPart[],
  owed: readonly PartyPart[],
): void {
  const cell = table.cell(row, 'Currency')
  const category = table.cell(row, 'Category')
  const dateCell = table.cell(row, 'Date')
  const currency = draft.currency(cell.text, cell)
  const date = requireDate(dateCell.text, dateCell)
  const title = table.text(row, 'Title')
  addBill(draft, {
    at: row.cells[0]!,
    row: [date, title, currency.code, partsToCbor(paid), partsToCbor(owed)],
    title,
    date,
    currency,
    amount: sumOfParts(paid),
    isTransfer: false,
    paid,
    owed,
    owedBy: 'amounts',
    category: draft.category(category.text, category),
    source: row.source,
  })
}
