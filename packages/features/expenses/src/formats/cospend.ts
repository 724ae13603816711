/**
 * Cospend CSV: sections with a header each, told by their columns: members, bills, categories, ways to pay, currencies. A
 * bill is divided by the personal weights of its owers. Going out, a bill whose parts differ becomes one for each who
 * owes, as Cospend itself stores them.
 */

import type { Currency } from '../expense-body.ts'
import { minorToText } from '../money/amount-text.ts'
import { CIVIL_DAYS_MAX, civilDateToDays, daysToCivilDate } from '../money/civil-date.ts'
import { currencyKey } from '../money/debts.ts'
import type { PartyId } from '../party.ts'
import { addBill, decimalToCode } from './bill.ts'
import { isBlankRow } from './csv-reader.ts'
import type { CsvRow } from './csv-reader.ts'
import { csvRowsToText, guardFormula, unguardFormula } from './csv-writer.ts'
import { ImportDraft, requireDate } from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import { categoryName, liveExpenses } from './ledger-snapshot.ts'
import type { LedgerSnapshot } from './ledger-snapshot.ts'
import { NamedTable, hasColumns } from './named-table.ts'
import { equalBills } from './payer-parts.ts'
import { uniqueNames } from './unique-names.ts'
import { PersonalWeights, splitNames } from './personal-weights.ts'

const BILLS = ['what', 'amount', 'payer_name', 'payer_weight', 'owers']
const MEMBERS = ['name', 'weight']
const CATEGORIES = ['categoryname', 'categoryid']
const WAYS_TO_PAY = ['paymentmodename', 'paymentmodeid']
const CURRENCIES = ['currencyname', 'exchange_rate']
const SECTIONS = [BILLS, MEMBERS, CATEGORIES, WAYS_TO_PAY, CURRENCIES]
const REIMBURSEMENT = '-11'
/** What older versions call rows that only say who is there. */
const DECLARATION = 'deleteMeIfYouWant'
const DAY_S = 86_400
const EPOCH_DAYS = civilDateToDays('1970-01-01')

export function isCospendCsv(rows: readonly CsvRow[]): boolean {
  if (hasColumns(rows[0], MEMBERS) && !hasColumns(rows[0], ['what'])) {
    return rows.some((row) => hasColumns(row, BILLS))
  }
  return hasColumns(rows[0], BILLS) && hasColumns(rows[0], ['payer_active'])
}

/** @throws {@link ImportError} */
export function importCospend(rows: readonly CsvRow[], options: ImportOptions): ImportedLedger {
  const draft = new ImportDraft('cospend-csv', '', options)
  const sections = toSections(rows)
  const find = (columns: readonly string[]) =>
    sections.find(({ header }) => hasColumns(header, columns))
  const bills = find(BILLS)!
  const reader = new CospendReader(draft, find(CATEGORIES), find(CURRENCIES))
  const members = find(MEMBERS)
  if (members !== undefined) reader.learnMembers(members)
  return draft.finish({ currency: reader.addBills(bills) })
}

function toSections(rows: readonly CsvRow[]): readonly NamedTable[] {
  const sections: { readonly header: CsvRow; readonly rows: CsvRow[] }[] = []
  for (const row of rows) {
    if (isBlankRow(row)) continue
    if (SECTIONS.some((columns) => hasColumns(row, columns)))
      sections.push({ header: row, rows: [] })
    else sections.at(-1)!.rows.push(row)
  }
  const numeric = ['amount', 'weight', 'payer_weight', 'exchange_rate']
  return sections.map((section) => new NamedTable(section.header, section.rows, numeric))
}

class CospendReader {
  readonly #draft: ImportDraft
  readonly #weights: PersonalWeights
  readonly #categories: ReadonlyMap<string, string>
  readonly #currency: Currency | undefined
  #names: ReadonlySet<string> = new Set()

  constructor(
    draft: ImportDraft,
    categories: NamedTable | undefined,
    currencies: NamedTable | undefined,
  ) {
    this.#draft = draft
    this.#weights = new PersonalWeights(draft)
    this.#categories = new Map(
      categories?.rows.map((row) => [
        categories.text(row, 'categoryid'),
        unguardFormula(categories.text(row, 'categoryname')),
      ]),
    )
    this.#currency = currencies === undefined ? undefined : mainCurrency(draft, currencies)
  }

  learnMembers(members: NamedTable): void {
    for (const row of members.rows) {
      const name = unguardFormula(members.text(row, 'name'))
      this.#weights.learn(name, members.decimal(row, 'weight'))
      this.#weights.partyOf(name, members.cell(row, 'name'))
    }
  }

  addBills(bills: NamedTable): Currency {
    const currency = this.#currency ?? this.#draft.requireCurrency(bills.header.cells[0]!)
    for (const row of bills.rows) {
      const name = unguardFormula(bills.text(row, 'payer_name'))
      this.#weights.learn(name, bills.decimal(row, 'payer_weight'))
    }
    this.#names = this.#weights.names
    for (const row of bills.rows) this.#addBill(bills, row, currency)
    return currency
  }

  #addBill(bills: NamedTable, row: CsvRow, currency: Currency): void {
    const at = row.cells[0]!
    const what = unguardFormula(bills.text(row, 'what'))
    const payer = this.#weights.partyOf(unguardFormula(bills.text(row, 'payer_name')), at)
    const owersCell = bills.cell(row, 'owers')
    const owers = splitNames(owersCell.text, this.#names).map(unguardFormula)
    const owed = this.#weights.partsOf(owers, owersCell)
    if (what === DECLARATION) return
    const amount = bills.decimal(row, 'amount')
    const date = dateOf(bills, row)
    const category = bills.text(row, 'categoryid')
    const repeat = bills.text(row, 'repeat')
    if (repeat !== '' && repeat !== 'n') this.#draft.warn('not-kept', at, 'that it comes again')
    addBill(this.#draft, {
      at,
      row: [
        ...[date, what, decimalToCode(amount), currency.code, payer],
        ...owed.map(({ party }) => party),
      ],
      title: what,
      date,
      currency,
      amount,
      isTransfer: category === REIMBURSEMENT,
      paid: [{ party: payer, part: amount }],
      owed,
      owedBy: 'weights',
      category: this.#draft.category(this.#categories.get(category) ?? '', at),
      note: unescapeUrl(bills.text(row, 'comment')),
      deleted: bills.text(row, 'deleted') === '1',
      source: row.source,
    })
  }
}

/** The one the rates are in; what is called by a sign needs to be said by whoever imports. */
function mainCurrency(draft: ImportDraft, currencies: NamedTable): Currency | undefined {
  const main = currencies.rows.find((row) => {
    const { digits, decimals } = currencies.decimal(row, 'exchange_rate')
    return digits === 10n ** BigInt(decimals)
  })
  const name = main === undefined ? '' : currencies.text(main, 'currencyname').trim()
  return /^[A-Za-z]{3}$/.test(name) ? draft.currency(name, main!.cells[0]!) : undefined
}

/** The moment wins over the day, as in Cospend. */
function dateOf(bills: NamedTable, row: CsvRow): string {
  const seconds = bills.text(row, 'timestamp').trim()
  if (/^\d{1,12}$/.test(seconds)) {
    const days = EPOCH_DAYS + Math.floor(Number(seconds) / DAY_S)
    if (days <= CIVIL_DAYS_MAX) return daysToCivilDate(days)
  }
  const cell = bills.cell(row, 'date')
  return requireDate(cell.text, cell)
}

/** As it is when it is not escaped. */
function unescapeUrl(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

const BILL_COLUMNS = [
  ...['what', 'amount', 'date', 'timestamp', 'payer_name', 'payer_weight', 'payer_active'],
  ...['owers', 'repeat', 'repeatfreq', 'repeatallactive', 'repeatuntil', 'categoryid'],
  ...['paymentmode', 'paymentmodeid', 'comment', 'deleted'],
]

/** Of expenses in this currency. People are known by their names, which get no comma and are numbered where two are alike. */
export function exportCospend(snapshot: LedgerSnapshot, currency: Currency): string {
  const names = uniqueNames(snapshot, ',')
  const nameOf = (party: PartyId) => guardFormula(names.get(party) ?? party)
  const expenses = liveExpenses(snapshot).filter(
    ({ body }) => currencyKey(body.currency) === currencyKey(currency),
  )
  const categories = [...new Set(expenses.flatMap(({ body }) => body.category ?? []))]
  const bills = expenses.flatMap(({ body, owed }) => {
    const categoryId = body.category === undefined ? '' : `${categories.indexOf(body.category) + 1}`
    const sign = body.kind === 'income' ? -1 : 1
    const seconds = (civilDateToDays(body.date) - EPOCH_DAYS) * DAY_S + DAY_S / 2
    return equalBills(body.paid, owed).map((bill) => [
      guardFormula(body.title),
      minorToText(sign * bill.amountMinor, currency.exponent),
      ...[body.date, seconds < 0 ? '' : `${seconds}`, nameOf(bill.payer), '1', '1'],
      bill.owed.map(({ party }) => nameOf(party)).join(','),
      ...['n', '1', '0', '', body.kind === 'transfer' ? REIMBURSEMENT : categoryId, 'n', ''],
      ...[encodeURIComponent(body.note).replaceAll('%20', '+'), '0'],
    ])
  })
  return csvRowsToText(
    [
      [...MEMBERS, 'active', 'color'],
      ...snapshot.parties.map(({ id, retired }) => [nameOf(id), '1', retired ? '0' : '1', '']),
      [''],
      BILL_COLUMNS,
      ...bills,
      [''],
      [...CATEGORIES, 'icon', 'color'],
      ...categories.map((id, i) => [guardFormula(categoryName(snapshot, id)), `${i + 1}`, '', '']),
      [''],
      CURRENCIES,
      [currency.code, '1'],
    ],
    '\n',
  )
}
