/**
 * SplitPro CSV: what one person sees of the expenses between them and one other, who is the only one named. Of an amount the
 * file says what the other owes of it (or you do); the rest is put down to whoever paid, though a third may owe part
 * of it. So what the two owe each other is right, and every expense is marked as found again.
 */

import type { LedgerId } from '../party.ts'
import { addBill, decimalToCode } from './bill.ts'
import type { PartyPart } from './bill.ts'
import type { CsvRow } from './csv-reader.ts'
import type { Decimal } from './decimal.ts'
import { refuseImport } from './errors.ts'
import { ImportDraft, requireDate } from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import { NamedTable, hasColumns } from './named-table.ts'

const PARTS = ['You Lent', 'You Owe', 'Settlement'] as const
const COLUMNS = ['Paid By', 'Name', 'Amount', 'Split Type', 'Expense Date', 'Currency', ...PARTS]
const OWN_NAME = 'You'
const SETTLEMENT = 'SETTLEMENT'

export function isSplitProCsv([header]: readonly CsvRow[]): boolean {
  return hasColumns(header, COLUMNS)
}

/** @throws {@link ImportError} */
export function importSplitPro(
  [header, ...rows]: readonly CsvRow[],
  options: ImportOptions,
): ImportedLedger {
  const table = new NamedTable(header!, rows, ['Amount', ...PARTS])
  const other = findOther(table)
  const draft = new ImportDraft('splitpro-csv', other, options)
  const [you, they] = [OWN_NAME, other].map((name) => draft.addParty(name, header!.cells[0]!))
  for (const row of table.rows) addRow(draft, table, row, { you: you!, they: they! })
  return draft.finish({})
}

/** The one name beside the own; empty when the other never paid, for then it stands nowhere. */
function findOther(table: NamedTable): string {
  let other = ''
  for (const row of table.rows) {
    const name = table.text(row, 'Paid By').trim()
    if (name === OWN_NAME || name === other) continue
    if (other !== '') {
      const message = `expected ${OWN_NAME} or ${other}: files of two people are imported one by one`
      throw refuseImport('IMPORT_BAD_VALUE', table.cell(row, 'Paid By'), message)
    }
    other = name
  }
  return other
}

function addRow(
  draft: ImportDraft,
  table: NamedTable,
  row: CsvRow,
  { you, they }: { readonly you: LedgerId; readonly they: LedgerId },
): void {
  const [dateCell, currencyCell, categoryCell] = [
    table.cell(row, 'Expense Date'),
    table.cell(row, 'Currency'),
    table.cell(row, 'Category'),
  ]
  const ownRow = table.text(row, 'Paid By').trim() === OWN_NAME
  const [payer, debtor] = ownRow ? [you, they] : [they, you]
  const isTransfer = table.text(row, 'Split Type').trim() === SETTLEMENT
  const amount = table.decimal(row, 'Amount')
  const part = table.decimalOrZero(row, isTransfer ? 'Settlement' : ownRow ? 'You Lent' : 'You Owe')
  const currency = draft.currency(currencyCell.text, currencyCell)
  const title = table.text(row, 'Name')
  addBill(draft, {
    at: row.cells[0]!,
    row: [
      dateCell.text,
      title,
      decimalToCode(amount),
      currency.code,
      payer,
      `${debtor} ${decimalToCode(part)}`,
    ],
    title,
    date: requireDate(dateCell.text, dateCell),
    currency,
    amount,
    isTransfer,
    paid: [{ party: payer, part: amount }],
    owed: partsOf(amount, part, payer, debtor),
    owedBy: 'amounts',
    reconstructed: !isTransfer,
    category: draft.category(categoryCell.text, categoryCell),
    source: row.source,
  })
}

/** What the one owes, and the rest, which is on whoever paid. */
function partsOf(
  amount: Decimal,
  part: Decimal,
  payer: LedgerId,
  debtor: LedgerId,
): readonly PartyPart[] {
  const decimals = Math.max(amount.decimals, part.decimals)
  const [whole, taken] = [amount, part].map(({ digits, decimals: own }) => {
    return (digits < 0n ? -digits : digits) * 10n ** BigInt(decimals - own)
  }) as [bigint, bigint]
  const rest = { digits: whole - taken, decimals }
  return [
    { party: debtor, part },
    { party: payer, part: rest },
  ]
}
