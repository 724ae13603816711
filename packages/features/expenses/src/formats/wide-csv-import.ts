/** Reading our own table again; what stands where, and what wins over what, is in `wide-csv.ts`. */

import { NO_SPLIT } from '../expense-body.ts'
import type { Currency, ExpenseBody, ExpenseKind, PartyAmount, Split } from '../expense-body.ts'
import { AMOUNT_MINOR_MAX, NOTE_BYTES_MAX, TITLE_BYTES_MAX, WEIGHT_MAX } from '../limits.ts'
import { parseRate } from '../money/rates.ts'
import { computeOwed } from '../money/split.ts'
import { parseLedgerId } from '../party.ts'
import type { LedgerId } from '../party.ts'
import { utf8 } from '@hamlet/core'
import { jsonToOrigin, jsonToRate } from './body-from-json.ts'
import { isBlankRow } from './csv-reader.ts'
import type { CsvCell, CsvRow } from './csv-reader.ts'
import { unguardFormula } from './csv-writer.ts'
import { cellToDecimal, decimalToMinor, detectDecimalMark, isExact } from './decimal.ts'
import { FILE_START, refuseImport } from './errors.ts'
import type { TextPosition } from './errors.ts'
import {
  ImportDraft,
  areSameAmounts,
  cutText,
  owedToSplit,
  requireDate,
  requireMinor,
  tidyAmounts,
  tidyLine,
} from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import type { DecimalMark } from '../money/decimal-literal.ts'
import { textToJson } from './json-reader.ts'
import type { JsonValue } from './json-reader.ts'
import { partiesToPlaceholders } from './placeholders.ts'
import { DELETED, ID_MARK, OWES, PAID, PEOPLE_ROW, RETIRED } from './wide-csv.ts'
import type { WIDE_COLUMNS } from './wide-csv.ts'

const KINDS: readonly ExpenseKind[] = ['expense', 'income', 'transfer']
const MILLIONTHS_MAX = 1_000_000
const NAME_BYTES_LEFT = 190

type WideColumn = (typeof WIDE_COLUMNS)[number]

/** Whether the first row is the header of such a table. */
export function isWideCsv(rows: readonly CsvRow[]): boolean {
  const texts = rows[0]?.cells.map(({ text }) => text) ?? []
  return ['Id', 'Date', 'Description'].every((name, i) => texts[i] === name) && texts.length > 3
}

/** @throws {@link ImportError} */
export function importWideCsv(rows: readonly CsvRow[], options: ImportOptions): ImportedLedger {
  return new WideReader(rows, options).ledger()
}

class WideReader {
  readonly #rows: readonly CsvRow[]
  readonly #people: CsvRow | undefined
  readonly #columns: ReadonlyMap<string, number>
  readonly #paid: readonly number[]
  readonly #owes: readonly number[]
  readonly #decimalMark: DecimalMark | undefined
  readonly #draft: ImportDraft
  readonly #categories = new Map<string, string>()
  readonly #parties: readonly LedgerId[]

  constructor([header, ...rows]: readonly CsvRow[], options: ImportOptions) {
    const titles = header?.cells.map(({ text }) => text) ?? []
    this.#columns = new Map(titles.map((title, column) => [title, column]))
    this.#paid = columnsOf(titles, PAID)
    this.#owes = columnsOf(titles, OWES)
    requireHeader(header, this.#columns, this.#paid, this.#owes)
    const said = rows.filter((row) => !isBlankRow(row))
    this.#people = said.find(({ cells }) => cells[0]!.text === PEOPLE_ROW)
    this.#rows = said.filter((row) => row !== this.#people)
    const amounts = [this.#columns.get('Cost')!, ...this.#paid, ...this.#owes]
    this.#decimalMark = detectDecimalMark(
      this.#rows.flatMap(({ cells }) => amounts.map((column) => cells[column]?.text ?? '')),
    )
    this.#draft = new ImportDraft('hamlet-csv', this.#textOf(this.#people, 'Description'), options)
    this.#parties = this.#addParties(header!)
  }

  ledger(): ImportedLedger {
    for (const row of this.#rows) this.#addExpense(row)
    const groupName = this.#textOf(this.#people, 'Description')
    const code = this.#textOf(this.#people, 'Currency')
    return this.#draft.finish({
      groupName: groupName === '' ? undefined : groupName,
      currency: code === '' ? undefined : this.#currency(this.#people!),
    })
  }

  #addParties(header: CsvRow): readonly LedgerId[] {
    const people = this.#people?.cells ?? []
    const said = this.#paid.map((column) => people[column]?.text.slice(ID_MARK.length) ?? '')
    const placeholders = partiesToPlaceholders(said)
    return this.#paid.map((column, i) => {
      const cell = header.cells[column]!
      const removed = people[this.#owes[i]!]?.text === RETIRED
      const id = placeholders[i]
      const name = cell.text.slice(PAID.length)
      if (id === undefined) return this.#draft.addParty(name, cell, removed)
      this.#draft.keepParty({ id, name: tidyLine(name, NAME_BYTES_LEFT), removed }, cell)
      return id
    })
  }

  #addExpense(row: CsvRow): void {
    const at = row.cells[0]!
    const details = this.#details(row)
    const currency = this.#currency(row, details)
    const owed = this.#amounts(row, this.#owes, currency)
    const kindCell = this.#cell(row, 'Kind')
    const kind = KINDS.find((each) => each === kindCell.text.replace(DELETED, ''))
    if (kind === undefined) {
      throw refuseImport('IMPORT_BAD_VALUE', kindCell, 'expected expense, income or transfer')
    }
    const base: Omit<ExpenseBody, 'split'> = {
      rule: 1,
      kind,
      deleted: kindCell.text.startsWith(DELETED),
      title: keepLine(this.#textOf(row, 'Description')),
      date: requireDate(this.#cell(row, 'Date').text, this.#cell(row, 'Date')),
      currency,
      amountMinor: this.#minor(this.#cell(row, 'Cost'), currency),
      paid: this.#amounts(row, this.#paid, currency),
      category: this.#category(row, details),
      tags: this.#tags(row, details),
      note: cutText(this.#textOf(row, 'Note'), NOTE_BYTES_MAX),
      rate: this.#rate(row, details),
      origin:
        details?.find('origin') === undefined ? undefined : jsonToOrigin(details.get('origin')),
    }
    const id = parseLedgerId(at.text) ?? this.#draft.expenseId(row.cells.map(({ text }) => text))
    this.#draft.keep(id, at, { ...base, split: this.#split(row, id, base, owed, details) })
  }

  #split(
    row: CsvRow,
    id: LedgerId,
    base: Omit<ExpenseBody, 'split'>,
    owed: readonly PartyAmount[],
    details: JsonValue | undefined,
  ): Split {
    const said = details?.find('split')
    const mode = this.#textOf(row, 'Split')
    if (said !== undefined || mode === 'equal') {
      const shares = owed.map(({ party }) => ({ party, weight: 1 }))
      const split = said === undefined ? { ...NO_SPLIT, shares } : this.#detailedSplit(said)
      const computed = computeOwed(id, { ...base, split })
      if (computed.ok && areSameAmounts(computed.value, owed)) return split
      this.#draft.warn('split-edited', this.#cell(row, 'Split'), 'the columns of who owes count')
      return owedToSplit(id, base, owed)
    }
    return { ...NO_SPLIT, exact: owed }
  }

  #detailedSplit(split: JsonValue): Split {
    const amounts = (list: JsonValue) =>
      this.#pairs(list, -AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX, (party, amountMinor) => {
        return { party, amountMinor }
      })
    const shares = (list: JsonValue) =>
      this.#pairs(list, 1, WEIGHT_MAX, (party, weight) => ({ party, weight }))
    const items = split.get('items').list()
    return {
      items: items.map((item) => ({
        title: item.get('title').text(),
        amountMinor: item.get('amountMinor').integer(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX),
        shares: shares(item.get('shares')),
      })),
      taxMinor: split.get('taxMinor').integer(0, AMOUNT_MINOR_MAX),
      tipMinor: split.get('tipMinor').integer(0, AMOUNT_MINOR_MAX),
      exact: amounts(split.get('exact')),
      adjustments: amounts(split.get('adjustments')),
      percents: this.#pairs(split.get('percents'), 1, MILLIONTHS_MAX, (party, millionths) => {
        return { party, millionths }
      }),
      shares: shares(split.get('shares')),
    }
  }

  /** `[[number of a person, number], ...]`, in order of ids. */
  #pairs<T extends { readonly party: LedgerId }>(
    list: JsonValue,
    min: number,
    max: number,
    make: (party: LedgerId, value: number) => T,
  ): readonly T[] {
    const pairs = list.list().map((pair) => {
      const [number, value] = pair.list()
      if (number === undefined || value === undefined) throw pair.refuse('expected two numbers')
      const party = this.#parties[number.integer(0, this.#parties.length - 1)]!
      return make(party, value.integer(min, max))
    })
    return pairs.sort((a, b) => (a.party < b.party ? -1 : 1))
  }

  #amounts(row: CsvRow, columns: readonly number[], currency: Currency): readonly PartyAmount[] {
    return tidyAmounts(
      columns.map((column, i) => {
        const cell = row.cells[column] ?? endOf(row)
        const minor = cell.text.trim() === '' ? 0 : this.#minor(cell, currency)
        return [this.#parties[i]!, BigInt(minor)] as const
      }),
    )
  }

  #minor(cell: CsvCell, currency: Currency): number {
    const amount = cellToDecimal(cell.text, cell, this.#decimalMark)
    if (!isExact(amount, currency.exponent)) {
      throw refuseImport('IMPORT_BAD_VALUE', cell, `expected ${currency.exponent} decimals at most`)
    }
    return requireMinor(decimalToMinor(amount, currency.exponent), cell)
  }

  #currency(row: CsvRow, details = this.#details(row)): Currency {
    const cell = this.#cell(row, 'Currency')
    const exponent = details?.find('exponent')
    if (exponent === undefined || !/^[A-Z]{3}$/.test(cell.text)) {
      return this.#draft.currency(cell.text, cell)
    }
    return { code: cell.text, exponent: exponent.integer(0, 4) }
  }

  /** The id in the details, while the cell has the name that it had. */
  #category(row: CsvRow, details: JsonValue | undefined): string | undefined {
    const name = this.#textOf(row, 'Category')
    const said = details?.find('category')
    const cell = this.#cell(row, 'Category')
    if (said === undefined || name === '') return this.#draft.category(name, cell)
    const id = said.get('id').text()
    const known = this.#categories.get(id) ?? name
    if (known !== name) return this.#draft.category(name, cell)
    this.#categories.set(id, name)
    const own = parseLedgerId(id)
    if (own !== undefined) {
      const emoji = said.get('emoji').text()
      this.#draft.keepCategory({ id: own, name: tidyLine(name, NAME_BYTES_LEFT), emoji }, cell)
    }
    return id
  }

  #tags(row: CsvRow, details: JsonValue | undefined): readonly string[] {
    const said = details?.find('tags')
    if (said !== undefined) return said.list().map((tag) => tag.text())
    const tags = this.#textOf(row, 'Tags').split(',')
    return [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))]
  }

  #rate(row: CsvRow, details: JsonValue | undefined): ExpenseBody['rate'] {
    const said = details?.find('rate')
    if (said !== undefined) return jsonToRate(said)
    const [cell, to] = [this.#cell(row, 'Rate'), this.#cell(row, 'Group currency')]
    if (cell.text.trim() === '') return undefined
    const rate = parseRate(cell.text)
    if (!rate.ok) throw refuseImport('IMPORT_BAD_VALUE', cell, rate.error.message)
    const asOf = requireDate(this.#cell(row, 'Date').text, this.#cell(row, 'Date'))
    return { ...rate.value, to: this.#draft.currency(to.text, to), source: 'typed', asOf }
  }

  #details(row: CsvRow): JsonValue | undefined {
    const cell = this.#cell(row, 'Details')
    if (cell.text.trim() === '') return undefined
    const details = textToJson(cell.text, cell)
    if (details.isObject) return details
    throw refuseImport('IMPORT_BAD_VALUE', cell, 'expected an object')
  }

  #textOf(row: CsvRow | undefined, column: WideColumn): string {
    return row === undefined ? '' : unguardFormula(this.#cell(row, column).text)
  }

  /** An empty one when the table has no such column, or the row ends before it. */
  #cell(row: CsvRow, column: WideColumn): CsvCell {
    const at = this.#columns.get(column)
    return (at === undefined ? undefined : row.cells[at]) ?? endOf(row)
  }
}

function columnsOf(titles: readonly string[], mark: string): readonly number[] {
  return titles.flatMap((title, column) => (title.startsWith(mark) ? [column] : []))
}

function requireHeader(
  header: CsvRow | undefined,
  columns: ReadonlyMap<string, number>,
  paid: readonly number[],
  owes: readonly number[],
): void {
  const at: TextPosition = header?.cells[0] ?? FILE_START
  for (const name of ['Id', 'Date', 'Description', 'Currency', 'Cost', 'Kind']) {
    if (!columns.has(name)) throw refuseImport('IMPORT_MISSING', at, `expected a column ${name}`)
  }
  const names = (list: readonly number[], mark: string) =>
    list.map((column) => header!.cells[column]!.text.slice(mark.length)).join('\n')
  if (paid.length > 0 && names(paid, PAID) === names(owes, OWES)) return
  throw refuseImport('IMPORT_MISSING', at, 'expected columns Paid: and Owes: of the same people')
}

function endOf({ cells, line }: CsvRow): CsvCell {
  return { line: cells.at(-1)?.line ?? line, column: cells.at(-1)?.column ?? 1, text: '' }
}

/** A title as it is, when a body can hold it. */
function keepLine(text: string): string {
  const isHeld =
    text !== '' && text.length <= TITLE_BYTES_MAX && utf8(text).length <= TITLE_BYTES_MAX
  return isHeld ? text : tidyLine(text, TITLE_BYTES_MAX)
}
