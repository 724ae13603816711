import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ImportError } from '@hamlet/expenses'
import { detectSeparator, textToCsvRows } from '../../src/formats/csv-reader.ts'
import { csvRowsToText, guardFormula, unguardFormula } from '../../src/formats/csv-writer.ts'
import {
  CSV_CELL_LENGTH_MAX,
  CSV_COLUMNS_MAX,
  CSV_ROWS_MAX,
} from '../../src/formats/format-limits.ts'
import { placeOf } from './_files.ts'

function cellsOf(text: string): readonly (readonly string[])[] {
  return textToCsvRows(text).map(({ cells }) => cells.map((cell) => cell.text))
}

function refused(text: string): string {
  try {
    textToCsvRows(text)
  } catch (error) {
    assert.ok(error instanceof ImportError)
    return placeOf(error)
  }
  return assert.fail('it was taken')
}

test('cells stand between separators or in quotes, with commas, quotes and line breaks within', () => {
  assert.deepEqual(cellsOf('a,b,c\r\n"d, e","f ""g""","h\ni"\n'), [
    ['a', 'b', 'c'],
    ['d, e', 'f "g"', 'h\ni'],
  ])
  assert.deepEqual(cellsOf('a,,\n\n"",""'), [['a', '', ''], [''], ['', '']])
  assert.deepEqual(cellsOf(''), [])
})

test('each cell and each row know where they stand', () => {
  const rows = textToCsvRows('a,b\n"x\ny\r\nz",c\nd')
  assert.deepEqual(
    rows.map(({ line, source }) => [line, source]),
    [
      [1, 'a,b'],
      [2, '"x\ny\r\nz",c'],
      [5, 'd'],
    ],
  )
  const { line, column } = rows[1]!.cells[1]!
  assert.deepEqual([line, column], [4, 4])
})

test('what RFC 4180 does not allow is refused with line and column', () => {
  assert.equal(refused('a,b\nc,d"e\n'), 'IMPORT_BAD_CSV 2:4')
  assert.equal(refused('a,b\nc,"d"e\n'), 'IMPORT_BAD_CSV 2:6')
  assert.equal(refused('a,b\nc,"d\n\n'), 'IMPORT_BAD_CSV 2:3')
  assert.equal(refused('a,b\rc,d'), 'IMPORT_BAD_CSV 1:4')
  assert.equal(refused('a,"b\nc" ,d'), 'IMPORT_BAD_CSV 2:3')
})

test('the separator is found in the first line that is a header', () => {
  assert.equal(detectSeparator('Date,Title,"a;b;c;d"\n'), ',')
  assert.equal(detectSeparator('Our trip\n\nDate;Title;Cost\n1;2,5;3,5'), ';')
  assert.equal(detectSeparator('Date\tTitle\tCost'), '\t')
  assert.equal(detectSeparator('nothing'), ',')
  assert.deepEqual(cellsOf('a;b;c\n1,5;2;3'), [
    ['a', 'b', 'c'],
    ['1,5', '2', '3'],
  ])
})

test('rows, columns and cells beyond their limits are refused', () => {
  const text = `a,b,c\nd,${'x'.repeat(CSV_CELL_LENGTH_MAX + 1)}`
  assert.equal(refused(text), 'IMPORT_TOO_LARGE 2:3')
  assert.match(refused(','.repeat(CSV_COLUMNS_MAX)), /^IMPORT_TOO_LARGE 1:/)
  assert.match(refused('\n'.repeat(CSV_ROWS_MAX + 1)), /^IMPORT_TOO_LARGE/)
  assert.equal(cellsOf(','.repeat(CSV_COLUMNS_MAX - 1))[0]!.length, CSV_COLUMNS_MAX)
})

const anyText = fc.string({
  unit: fc.constantFrom(
    'a',
    ' ',
    ',',
    ';',
    '"',
    '\t',
    '\n',
    "'",
    '=',
    '+',
    '-',
    '@',
    'é😀',
    '\r\n',
  ),
})

test('every table is read as it was written', () => {
  const anyTable = fc.array(fc.array(anyText, { minLength: 3, maxLength: 3 }), { minLength: 1 })
  fc.assert(
    fc.property(anyTable, (rows) => {
      const text = csvRowsToText(rows)
      const read = textToCsvRows(text, ',')
      assert.deepEqual(
        read.map(({ cells }) => cells.map((cell) => cell.text)),
        rows,
      )
    }),
  )
})

test('no guarded text begins like a formula, and taking the guard off gives the text back', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const guarded = guardFormula(text)
      assert.doesNotMatch(guarded, /^[=+\-@\t\r]/)
      assert.equal(unguardFormula(guarded), text)
    }),
  )
  assert.equal(guardFormula('=HYPERLINK("http://x")'), '\'=HYPERLINK("http://x")')
  assert.equal(guardFormula("'=1"), "''=1")
  assert.equal(guardFormula('Dinner'), 'Dinner')
})
