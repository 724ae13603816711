/**
 * Spliit CSV, of which its JSON is the better export: a person's cell is their part, positive for whoever paid. When
 * whoever paid has no part nobody is positive. Then it is the only one without a part, or it is not in the file, and
 * whoever imports has to say it (`payers`, by line).
 */

import type { LedgerId } from '../party.ts'
import { addBill, alike, decimalToCode } from './bill.ts'
import type { CsvRow } from './csv-reader.ts'
import { unguardFormula } from './csv-writer.ts'
import { refuseImport } from './errors.ts'
import { ImportDraft, requireDate } from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import { NamedTable, hasColumns } from './named-table.ts'

const COLUMNS = ['Date', 'Description', 'Currency', 'Cost', 'Is Reimbursement', 'Split mode']
const LAST_FIXED = 'Split mode'
const EVENLY = 'Evenly'

export function isSpliitCsv([header]: readonly CsvRow[]): boolean {
  return hasColumns(header, COLUMNS)
}

/** @throws {@link ImportError} */
export function importSpliitCsv(
  [header, ...rows]: readonly CsvRow[],
  options: ImportOptions,
): ImportedLedger {
  const draft = new ImportDraft('spliit-csv', '', options)
  const titles = header!.cells.map(({ text }) => text.trim())
  const first = titles.indexOf(LAST_FIXED) + 1
  const table = new NamedTable(header!, rows, ['Cost', ...titles.slice(first)])
  const parties = header!.cells
    .slice(first)
    .map((cell) => draft.addParty(unguardFormula(cell.text), cell))
  for (const row of table.rows) addRow(draft, table, row, parties, first)
  return draft.finish({})
}

function addRow(
  draft: ImportDraft,
  table: NamedTable,
  row: CsvRow,
  parties: readonly LedgerId[],
  first: number,
): void {
  const currencyCell = table.cell(row, 'Currency')
  const categoryCell = table.cell(row, 'Category')
  const dateCell = table.cell(row, 'Date')
  const currency = draft.currency(currencyCell.text, currencyCell)
  const amount = table.decimal(row, 'Cost')
  if (amount.digits < 0n) {
    const message = 'who got an income is not in this kind of file; export JSON'
    throw refuseImport('IMPORT_BAD_VALUE', table.cell(row, 'Cost'), message)
  }
  const parts = parties.map((_, i) => table.decimalOrZero(row, first + i))
  const owers = parties.filter((_, i) => parts[i]!.digits !== 0n)
  const payer = findPayer(
    draft,
    row,
    parties,
    parts.map(({ digits }) => digits),
  )
  const title = unguardFormula(table.text(row, 'Description'))
  const date = requireDate(dateCell.text, dateCell)
  const isEven = table.text(row, 'Split mode') === EVENLY
  const said = parts.flatMap(({ digits, decimals }, i) => {
    return digits === 0n ? [] : [`${parties[i]} ${digits}e-${decimals}`]
  })
  addBill(draft, {
    at: row.cells[0]!,
    row: [date, title, decimalToCode(amount), currency.code, payer, ...said],
    title,
    date,
    currency,
    amount,
    isTransfer: table.text(row, 'Is Reimbursement') === 'Yes',
    paid: [{ party: payer, part: amount }],
    owed: isEven ? alike(owers) : parties.map((party, i) => ({ party, part: parts[i]! })),
    owedBy: 'weights',
    category: draft.category(unguardFormula(categoryCell.text), categoryCell),
    source: row.source,
  })
}

function findPayer(
  draft: ImportDraft,
  row: CsvRow,
  parties: readonly LedgerId[],
  digits: readonly bigint[],
): LedgerId {
  const positive = parties.filter((_, i) => digits[i]! > 0n)
  if (positive.length === 1) return positive[0]!
  const name = draft.options.payers?.get(row.line)
  const said = draft.parties.find((party) => party.name === name)
  if (said !== undefined) return said.id
  const without = parties.filter((_, i) => digits[i] === 0n)
  if (positive.length === 0 && without.length === 1) return without[0]!
  const message = 'who paid is not in the file; say who did, or export JSON'
  throw refuseImport('IMPORT_MISSING', row.cells[0]!, message, 'payer')
}
