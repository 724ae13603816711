/** Rows of a table by the names of its columns. */

import { isBlankRow } from './csv-reader.ts'
import type { CsvCell, CsvRow } from './csv-reader.ts'
import { cellToDecimal, detectDecimalMark } from './decimal.ts'
import type { Decimal } from './decimal.ts'
import { refuseImport } from './errors.ts'
import type { DecimalMark } from '../money/decimal-literal.ts'

export class NamedTable {
  readonly header: CsvRow
  /** Without blank ones. */
  readonly rows: readonly CsvRow[]
  readonly #columns: ReadonlyMap<string, number>
  readonly #decimalMark: DecimalMark | undefined

  /** `numeric`: the columns by which the decimal mark of the file is told. */
  constructor(header: CsvRow, rows: readonly CsvRow[], numeric: readonly string[]) {
    this.header = header
    this.rows = rows.filter((row) => !isBlankRow(row))
    this.#columns = new Map(header.cells.map(({ text }, column) => [text.trim(), column]))
    const places = numeric.map((name) => this.#columns.get(name)).filter((at) => at !== undefined)
    this.#decimalMark = detectDecimalMark(
      this.rows.flatMap(({ cells }) => places.map((column) => cells[column]?.text ?? '')),
    )
  }

  require(names: readonly string[]): void {
    const missing = names.find((name) => !this.#columns.has(name))
    if (missing === undefined) return
    throw refuseImport('IMPORT_MISSING', this.header.cells[0]!, `expected a column ${missing}`)
  }

  /** Empty, at the end of the row, when the table has no such column or the row ends before it. */
  cell({ cells, line }: CsvRow, name: string | number): CsvCell {
    const column = typeof name === 'number' ? name : this.#columns.get(name)
    const cell = column === undefined ? undefined : cells[column]
    if (cell !== undefined) return cell
    const last = cells.at(-1)
    return { line: last?.line ?? line, column: last?.column ?? 1, text: '' }
  }

  text(row: CsvRow, name: string): string {
    return this.cell(row, name).text
  }

  decimal(row: CsvRow, name: string | number): Decimal {
    const cell = this.cell(row, name)
    return cellToDecimal(cell.text, cell, this.#decimalMark)
  }

  /** The same, nothing for an empty cell. */
  decimalOrZero(row: CsvRow, name: string | number): Decimal {
    if (this.cell(row, name).text.trim() === '') return { digits: 0n, decimals: 0 }
    return this.decimal(row, name)
  }

  /** Columns whose titles begin like this, with the rest of the title. */
  columnsAfter(mark: string): readonly { readonly column: number; readonly cell: CsvCell }[] {
    return this.header.cells.flatMap((cell, column) => {
      if (!cell.text.startsWith(mark)) return []
      return [{ column, cell: { ...cell, text: cell.text.slice(mark.length) } }]
    })
  }
}

/** Whether a row is a header with all of these columns. */
export function hasColumns(row: CsvRow | undefined, names: readonly string[]): boolean {
  const titles = new Set(row?.cells.map(({ text }) => text.trim()) ?? [])
  return names.every((name) => titles.has(name))
}
