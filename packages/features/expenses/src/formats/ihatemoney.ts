/**
 * IHateMoney: bills as JSON or CSV, with the same fields. A bill is divided by the personal weights of its owers, and a
 * file has only those of people who ever paid; whoever imports may say the others. Going out, a bill whose parts differ
 * becomes one for each who owes.
 */

import type { Currency } from '../expense-body.ts'
import { minorToText } from '../money/amount-text.ts'
import { currencyKey } from '../money/debts.ts'
import { addBill, decimalToCode } from './bill.ts'
import type { CsvRow } from './csv-reader.ts'
import { unguardFormula } from './csv-writer.ts'
import type { Decimal } from './decimal.ts'
import type { TextPosition } from './errors.ts'
import { ImportDraft, requireDate } from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import type { JsonValue } from './json-reader.ts'
import { liveExpenses } from './ledger-snapshot.ts'
import type { LedgerSnapshot } from './ledger-snapshot.ts'
import { NamedTable, hasColumns } from './named-table.ts'
import { equalBills } from './payer-parts.ts'
import { uniqueNames } from './unique-names.ts'
import { PersonalWeights, splitNames } from './personal-weights.ts'

const COLUMNS = ['what', 'amount', 'date', 'payer_name', 'payer_weight', 'owers']
/** Three of the letter X, the code of ISO 4217 for no currency. */
const NO_CURRENCY = 'X'.repeat(3)
const REIMBURSEMENT = 'Reimbursement'

interface SaidBill {
  readonly at: TextPosition
  readonly what: string
  readonly type: string
  readonly amount: Decimal
  readonly currency: string
  readonly date: string
  readonly payer: string
  readonly weight: Decimal
  readonly owers: readonly string[]
  readonly source: string
}

export function isIHateMoneyJson(file: JsonValue): boolean {
  if (file.isObject || !file.source.startsWith('[')) return false
  const first = file.list()[0]
  return first !== undefined && ['what', 'payer_name', 'owers'].every((name) => first.has(name))
}

/** Not one of Cospend, whose bills have these columns, too, and many more. */
export function isIHateMoneyCsv(rows: readonly CsvRow[]): boolean {
  return hasColumns(rows[0], COLUMNS) && !hasColumns(rows[0], ['payer_active'])
}

/** @throws {@link ImportError} */
export function importIHateMoneyJson(file: JsonValue, options: ImportOptions): ImportedLedger {
  const bills = file.list().map((bill) => ({
    at: bill.at,
    what: bill.get('what').text(),
    type: bill.find('bill_type')?.text() ?? '',
    amount: bill.get('amount').decimal(),
    currency: bill.find('currency')?.text() ?? NO_CURRENCY,
    date: bill.get('date').text(),
    payer: bill.get('payer_name').text(),
    weight: bill.get('payer_weight').decimal(),
    owers: bill
      .get('owers')
      .list()
      .map((ower) => ower.text()),
    source: bill.source,
  }))
  return addBills(new ImportDraft('ihatemoney-json', '', options), bills)
}

/** @throws {@link ImportError} */
export function importIHateMoneyCsv(
  [header, ...rows]: readonly CsvRow[],
  options: ImportOptions,
): ImportedLedger {
  const table = new NamedTable(header!, rows, ['amount', 'payer_weight'])
  const payers = new Set(table.rows.map((row) => unguardFormula(table.text(row, 'payer_name'))))
  const bills = table.rows.map((row) => ({
    at: row.cells[0]!,
    what: unguardFormula(table.text(row, 'what')),
    type: table.text(row, 'bill_type'),
    amount: table.decimal(row, 'amount'),
    currency: table.text(row, 'currency') || NO_CURRENCY,
    date: table.text(row, 'date'),
    payer: unguardFormula(table.text(row, 'payer_name')),
    weight: table.decimal(row, 'payer_weight'),
    owers: splitNames(unguardFormula(table.text(row, 'owers')), payers),
    source: row.source,
  }))
  return addBills(new ImportDraft('ihatemoney-csv', '', options), bills)
}

function addBills(draft: ImportDraft, bills: readonly SaidBill[]): ImportedLedger {
  const weights = new PersonalWeights(draft)
  for (const { payer, weight } of bills) weights.learn(payer, weight)
  for (const bill of bills) {
    const { at, what, amount } = bill
    const currency =
      bill.currency === NO_CURRENCY ? draft.requireCurrency(at) : draft.currency(bill.currency, at)
    const date = requireDate(bill.date, at)
    const payer = weights.partyOf(bill.payer, at)
    const owed = weights.partsOf(bill.owers, at)
    addBill(draft, {
      at,
      row: [
        ...[date, what, decimalToCode(amount), currency.code, bill.type, payer],
        ...owed.map(({ party }) => party),
      ],
      title: what,
      date,
      currency,
      amount,
      isTransfer: bill.type === REIMBURSEMENT,
      paid: [{ party: payer, part: amount }],
      owed,
      owedBy: 'weights',
      source: bill.source,
    })
  }
  return draft.finish({ currency: draft.options.currency })
}

/** Of expenses in this currency: a project of theirs has one. */
export function exportIHateMoney(snapshot: LedgerSnapshot, currency: Currency): string {
  const names = uniqueNames(snapshot, ',')
  const bills = liveExpenses(snapshot)
    .filter(({ body }) => currencyKey(body.currency) === currencyKey(currency))
    .flatMap(({ body, owed }) =>
      equalBills(body.paid, owed).map((bill) => ({
        what: body.title,
        bill_type: body.kind === 'transfer' ? REIMBURSEMENT : 'Expense',
        amount: Number(
          minorToText(
            body.kind === 'income' ? -bill.amountMinor : bill.amountMinor,
            currency.exponent,
          ),
        ),
        currency: currency.code,
        date: body.date,
        payer_name: names.get(bill.payer) ?? bill.payer,
        payer_weight: 1,
        owers: bill.owed.map(({ party }) => names.get(party) ?? party),
      })),
    )
  return `${JSON.stringify(bills, undefined, 1)}\n`
}
