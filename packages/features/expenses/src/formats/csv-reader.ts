/**
 * Tables as RFC 4180 has them, strictly, with the place of every cell, so that whatever is wrong in one can be named.
 *
 * Lines end with CR LF or LF, cells stand between separators or in quotes, a quote within is doubled, and a quoted cell
 * may hold line breaks. A quote in the middle of a cell, text behind a closing one, a quote that is never closed and a
 * CR alone are refused: a reader that goes on over them puts amounts into the wrong column.
 *
 * Rows may differ in length; what a kind of file makes of that is its own matter.
 */

import { refuseImport } from './errors.ts'
import type { TextPosition } from './errors.ts'
import {
  CSV_CELLS_MAX,
  CSV_CELL_LENGTH_MAX,
  CSV_COLUMNS_MAX,
  CSV_ROWS_MAX,
} from './format-limits.ts'

export type CsvSeparator = ',' | ';' | '\t'

export interface CsvCell extends TextPosition {
  readonly text: string
}

export interface CsvRow {
  readonly line: number
  readonly cells: readonly CsvCell[]
  /** As it stands in the file, without the line break at its end. */
  readonly source: string
}

const SEPARATORS: readonly CsvSeparator[] = [',', ';', '\t']
/** A line with fewer is a title above the table. */
const SEPARATORS_OF_HEADER_MIN = 2

/** @throws {@link ImportError} `IMPORT_BAD_CSV`, `IMPORT_TOO_LARGE`. */
export function textToCsvRows(
  text: string,
  separator: CsvSeparator = detectSeparator(text),
): readonly CsvRow[] {
  return new CsvScanner(text, separator).rows()
}

/** Whether a row is an empty line, or one of separators and spaces. */
export function isBlankRow({ cells }: CsvRow): boolean {
  return cells.every(({ text }) => text.trim() === '')
}

/** The separator of the first line that looks like a header; a comma when none does. */
export function detectSeparator(text: string): CsvSeparator {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(start, end).replaceAll(/"[^"]*"?/g, '')
    const counts = SEPARATORS.map((separator) => line.split(separator).length - 1)
    const most = Math.max(...counts)
    if (most >= SEPARATORS_OF_HEADER_MIN) return SEPARATORS[counts.indexOf(most)]!
    start = end + 1
  }
  return ','
}

class CsvScanner {
  readonly #text: string
  readonly #separator: CsvSeparator
  readonly #rows: CsvRow[] = []
  #at = 0
  #line = 1
  /** Where the line begins. */
  #lineAt = 0
  #cellCount = 0

  constructor(text: string, separator: CsvSeparator) {
    this.#text = text
    this.#separator = separator
  }

  rows(): readonly CsvRow[] {
    while (this.#at < this.#text.length) {
      this.#rows.push(this.#row())
      this.#requireAtMost('rows', this.#rows.length, CSV_ROWS_MAX)
    }
    return this.#rows
  }

  #row(): CsvRow {
    const [start, line] = [this.#at, this.#line]
    const cells: CsvCell[] = []
    do {
      cells.push(this.#cell())
      this.#requireAtMost('columns', cells.length, CSV_COLUMNS_MAX)
    } while (this.#takeSeparator())
    this.#cellCount += cells.length
    this.#requireAtMost('cells', this.#cellCount, CSV_CELLS_MAX)
    const source = this.#text.slice(start, this.#at)
    this.#takeLineEnd()
    return { line, cells, source }
  }

  #cell(): CsvCell {
    const position = this.#position()
    const text = this.#text[this.#at] === '"' ? this.#quoted() : this.#plain()
    if (text.length <= CSV_CELL_LENGTH_MAX) return { text, ...position }
    const message = `expected at most ${CSV_CELL_LENGTH_MAX} characters, got ${text.length}`
    throw refuseImport('IMPORT_TOO_LARGE', position, message)
  }

  #plain(): string {
    const start = this.#at
    while (this.#at < this.#text.length && !this.#isEndOfCell()) {
      if (this.#text[this.#at] === '"') throw this.#refuse('a quote in a cell without quotes')
      this.#at++
    }
    return this.#text.slice(start, this.#at)
  }

  #quoted(): string {
    const opened = this.#position()
    let text = ''
    for (this.#at++; ; this.#at++) {
      const close = this.#text.indexOf('"', this.#at)
      if (close < 0) throw refuseImport('IMPORT_BAD_CSV', opened, 'a quote that is never closed')
      const piece = this.#text.slice(this.#at, close)
      this.#countLines(piece)
      text += piece
      this.#at = close + 1
      if (this.#text[this.#at] !== '"') break
      text += '"'
    }
    if (this.#at === this.#text.length || this.#isEndOfCell()) return text
    throw this.#refuse('expected the end of the cell behind its closing quote')
  }

  #countLines(piece: string): void {
    for (let at = piece.indexOf('\n'); at >= 0; at = piece.indexOf('\n', at + 1)) {
      this.#line++
      this.#lineAt = this.#at + at + 1
    }
  }

  #isEndOfCell(): boolean {
    const next = this.#text[this.#at]
    if (next === '\r' && this.#text[this.#at + 1] !== '\n') {
      throw this.#refuse('a carriage return without a line feed')
    }
    return next === this.#separator || next === '\n' || next === '\r'
  }

  #takeSeparator(): boolean {
    if (this.#text[this.#at] !== this.#separator) return false
    this.#at++
    return true
  }

  #takeLineEnd(): void {
    if (this.#text[this.#at] === '\r') this.#at++
    if (this.#text[this.#at] === '\n') this.#at++
    this.#line++
    this.#lineAt = this.#at
  }

  #position(): TextPosition {
    return { line: this.#line, column: this.#at - this.#lineAt + 1 }
  }

  #refuse(message: string): Error {
    return refuseImport('IMPORT_BAD_CSV', this.#position(), message)
  }

  #requireAtMost(what: string, count: number, most: number): void {
    if (count <= most) return
    throw refuseImport('IMPORT_TOO_LARGE', this.#position(), `expected at most ${most} ${what}`)
  }
}
