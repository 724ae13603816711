/**
 * Goal: exports of Splitwise, in every shape that real ones have been seen in, come to the balances the file itself
 * names. The sample is that of real exports (three people, two currencies, several payers); its totals are its own.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes, utf8 } from '@hamlet/core'
import { importFile, wrongTotals } from '@hamlet/expenses'
import {
  balancesOf,
  hash,
  importText,
  linesOf,
  namesOf,
  placeOf,
  refusalOf,
  utf16,
  warningsOf,
} from './_files.ts'

const SAMPLE = `Date,Description,Category,Cost,Currency,Person Alpha,Person Beta,Persön Gamma

2026-03-01,"Dinner, drinks",Dining out,100.00,EUR,66.66,-33.33,-33.33
2026-03-02,Rent March,Rent,900.00,EUR,-300.00,550.00,-250.00
2026-03-03,Villa deposit,General,600.00,EUR,200.00,0.00,-200.00
2026-03-04,Ramen,Dining out,3000.00,JPY,-1000.00,-1000.00,2000.00
2026-03-05,Persön G. paid Person A.,Payment,100.00,EUR,-100.00,0.00,100.00

2026-03-31,Total balance, , ,EUR,-133.34,516.67,-383.33
2026-03-31,Total balance, , ,JPY,-1000.00,-1000.00,2000.00
`
const BALANCES = [
  'Person Alpha EUR -133.34',
  'Person Alpha JPY -1000',
  'Person Beta EUR 516.67',
  'Person Beta JPY -1000',
  'Persön Gamma EUR -383.33',
  'Persön Gamma JPY 2000',
]
const HEADER = 'Date,Description,Category,Cost,Currency,Anna,Ben\n\n'

function comma(cells: readonly string[]): readonly string[] {
  return cells.map((cell) => (/^-?\d+\.\d+$/.test(cell) ? cell.replace('.', ',') : cell))
}

/** Cells without separators or quotes in them. */
function rewritten(change: (cells: readonly string[]) => string): string {
  const dinner = 'Dinner; drinks'
  const text = SAMPLE.replace('"Dinner, drinks"', dinner)
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : change(line.split(','))))
    .join('\n')
}

test('the balances are those of the rows named total balance, in every currency', () => {
  const ledger = importText(SAMPLE)
  assert.deepEqual(balancesOf(ledger), BALANCES)
  assert.equal(ledger.totals.length, 6)
  assert.deepEqual(wrongTotals(ledger), [])
  assert.equal(ledger.source, 'splitwise-csv')
  assert.deepEqual(ledger.warnings, [])
})

test('who paid and who owed is found again from the differences', () => {
  const lines = linesOf(importText(SAMPLE))
  assert.deepEqual(lines.slice(0, 2), [
    'expense Dinner, drinks: Person Alpha 100.00 -> Person Alpha 33.34, Person Beta 33.33, Persön Gamma 33.33',
    'expense Rent March: Person Beta 900.00 -> Person Alpha 300.00, Person Beta 350.00, Persön Gamma 250.00',
  ])
  assert.equal(
    lines[4],
    'transfer Persön G. paid Person A.: Persön Gamma 100.00 -> Person Alpha 100.00',
  )
})

test('each expense keeps its line, its day and its category, and says that it was found again', () => {
  const [dinner, rent, villa] = importText(SAMPLE).expenses
  assert.deepEqual(dinner!.body.origin, {
    kind: 'import',
    source: 'splitwise-csv',
    line: '2026-03-01,"Dinner, drinks",Dining out,100.00,EUR,66.66,-33.33,-33.33',
    reconstructed: true,
  })
  assert.equal(dinner!.line, 3)
  assert.equal(dinner!.body.category, 'dining-out')
  assert.equal(rent!.body.category, 'rent')
  assert.equal(villa!.body.category, undefined)
  assert.equal(villa!.body.date, '2026-03-03')
})

test('equal shares are shares, so that they can be changed later', () => {
  const text = `${HEADER}2026-03-01,Taxi,Taxi,20.00,EUR,10.00,-10.00\n2026-03-01,Bus,Taxi,20.00,EUR,5.00,-5.00\n`
  const [taxi, bus] = importText(text).expenses
  assert.equal(taxi!.body.split.shares.length, 2)
  assert.equal(bus!.body.split.exact.length, 2)
})

test('a difference to the totals of the file is reported, not hidden', () => {
  const ledger = importText(SAMPLE.replace('EUR,-133.34,516.67', 'EUR,-132.34,515.67'))
  const wrong = wrongTotals(ledger)
  assert.deepEqual(
    wrong.map(({ party, expectedMinor, actualMinor, line }) => [
      namesOf(ledger).get(party),
      expectedMinor,
      actualMinor,
      line,
    ]),
    [
      ['Person Alpha', -13234n, -13334n, 9],
      ['Person Beta', 51567n, 51667n, 9],
    ],
  )
})

const HEADERS: readonly (readonly [language: string, header: string, total: string])[] = [
  ['English', 'Date,Description,Category,Cost,Currency', 'Total balance'],
  ['Spanish', 'Fecha,Descripción,Categoría,Coste,Moneda', 'Saldo total'],
  ['German', 'Datum,Beschreibung,Kategorie,Kosten,Währung', 'Gesamtbilanz'],
  ['French', 'Date,Description,Catégorie,Coût,Devise', 'Solde total'],
  ['Indonesian', 'Tanggal,Keterangan,Kategori,Biaya,Mata uang', 'Total saldo'],
  ['Italian', 'Data,Descrizione,Categoria,Costo,Valuta', 'Bilancio totale'],
  ['Japanese', '日付,概要,カテゴリ,費用,通貨', '合計残高'],
  ['Dutch', 'Datum,Omschrijving,Categorie,Kosten,Valuta', 'Totaal saldo'],
  ['Polish', 'Data,Opis,Kategoria,Koszt,Waluta', 'Całkowite saldo'],
  ['Portuguese', 'Data,Descrição,Categoria,Custo,Moeda', 'Saldo total'],
  ['Swedish', 'Datum,Beskrivning,Kategori,Kostnad,Valuta', 'Totalsumma'],
  ['Thai', 'วันที่,คำอธิบาย,หมวดหมู่,ราคา,สกุลเงิน', 'ยอดคงเหลือรวม'],
  ['no language of the table', 'Päivä,Kuvaus,Luokka,Hinta,Valuutta', 'Loppusaldo'],
]
for (const [language, header, total] of HEADERS) {
  test(`a header in ${language} is understood, and gives the same ids`, () => {
    const text = SAMPLE.replace('Date,Description,Category,Cost,Currency', header)
    const ledger = importText(text.replaceAll('Total balance', total))
    assert.deepEqual(balancesOf(ledger), BALANCES)
    assert.equal(ledger.totals.length, 6)
    assert.deepEqual(
      ledger.expenses.map(({ id }) => id),
      importText(SAMPLE).expenses.map(({ id }) => id),
    )
  })
}

test('the note above exports of friends, byte order marks and lines of bare commas are passed over', () => {
  const note = `\ufeffNote: does not include group expenses\n\n${SAMPLE}`
  const commas = SAMPLE.replaceAll('\n\n', `\n${','.repeat(7)}\n`)
  assert.deepEqual(balancesOf(importText(note)), BALANCES)
  assert.deepEqual(balancesOf(importText(commas)), BALANCES)
  assert.deepEqual(balancesOf(importText(SAMPLE.replaceAll('\n', '\r\n'))), BALANCES)
})

test('UTF-16 as spreadsheets save it, with tabs, is the same file', () => {
  const tabs = rewritten((cells) => cells.join('\t'))
  for (const isLittleEndian of [true, false]) {
    const imported = importFile(utf16(tabs, isLittleEndian), { hash })
    assert.ok(imported.ok)
    assert.deepEqual(balancesOf(imported.value), BALANCES)
  }
})

test('decimal commas are read in quotes, behind semicolons and with points for thousands', () => {
  const quoted = rewritten((cells) =>
    comma(cells)
      .map((cell) => `"${cell}"`)
      .join(','),
  )
  const semicolons = rewritten((cells) =>
    comma(cells.map((cell) => cell.replace('Dinner; drinks', 'Dinner')))
      .map((cell) => cell.replace(/(\d)(\d{3},)/, '$1.$2'))
      .join(';'),
  )
  assert.ok(semicolons.includes('3.000,00'))
  assert.deepEqual(balancesOf(importText(quoted)), BALANCES)
  assert.deepEqual(balancesOf(importText(semicolons)), BALANCES)
  const short = `${HEADER}2026-03-01,Taxi,Taxi,"7,2",EUR,"3,60","-3,6"\n`
  assert.deepEqual(balancesOf(importText(short)), ['Anna EUR 3.60', 'Ben EUR -3.60'])
})

test('differences that were never rounded are rounded so that they still sum to zero', () => {
  const text = `Date,Description,Category,Cost,Currency,A,B,C
2026-03-01,Thirds,General,100,EUR,66.6667,-33.3333,-33.3334
2026-03-02,Halves,General,1847.19,EUR,923.595,-923.595,0.00
`
  const ledger = importText(text)
  assert.deepEqual(balancesOf(ledger), ['A EUR 990.27', 'B EUR -956.93', 'C EUR -33.34'])
  assert.deepEqual(warningsOf(ledger), ['rounded 2:35', 'rounded 3:39'])
})

test('people who left are the same people, marked', () => {
  const text = SAMPLE.replace('Person Beta', 'Person Beta (removed)')
  const ledger = importText(text)
  assert.deepEqual(balancesOf(ledger), BALANCES)
  assert.deepEqual(
    ledger.parties.map(({ removed }) => removed),
    [false, true, false],
  )
  assert.deepEqual(
    ledger.parties.map(({ id }) => id),
    importText(SAMPLE).parties.map(({ id }) => id),
  )
})

test('people of one name are numbered and never become one', () => {
  const text = `Date,Description,Category,Cost,Currency,Anna,Anna,Ben
2026-03-01,Taxi,Taxi,20.00,EUR,20.00,-10.00,-10.00
`
  const ledger = importText(text)
  assert.deepEqual(
    ledger.parties.map(({ name }) => name),
    ['Anna', 'Anna (2)', 'Ben'],
  )
  assert.equal(new Set(ledger.parties.map(({ id }) => id)).size, 3)
  assert.deepEqual(balancesOf(ledger), ['Anna (2) EUR -10.00', 'Anna EUR 20.00', 'Ben EUR -10.00'])
})

test('quotes, line breaks, emoji and text from right to left stand in titles and names', () => {
  const text = `Date,Description,Category,Cost,Currency,"Zoë ""Z"", jr",👩‍👩‍👧 Home,שלום
2026-03-01,"Two
lines, ""quoted""",Taxi,30.00,EUR,20.00,-10.00,-10.00
2026-03-02,"=SUM(A1:A9)",Taxi,30.00,EUR,20.00,-10.00,-10.00
2026-03-03,\u202eevil,Taxi,3.00,EUR,2.00,-1.00,-1.00
`
  const ledger = importText(text)
  assert.deepEqual(
    ledger.expenses.map(({ body }) => body.title),
    ['Two lines, "quoted"', '=SUM(A1:A9)', 'evil'],
  )
  assert.deepEqual(
    ledger.parties.map(({ name }) => name),
    ['Zoë "Z", jr', '👩‍👩‍👧 Home', 'שלום'],
  )
  assert.deepEqual(
    ledger.expenses.map(({ line }) => line),
    [2, 4, 5],
  )
})

test('a payment is told by its category and not by its text', () => {
  const text = `${HEADER}2026-03-01,Ben P. paid Anna A.,General,20.00,EUR,20.00,-20.00
2026-03-02,Settle all balances,Payment,20.00,EUR,-20.00,20.00
2026-03-03,Odd,Payment,20.00,EUR,10.00,-10.00
2026-03-04,Zahlung,Zahlung,20.00,EUR,-20.00,20.00
`
  assert.deepEqual(
    importText(text).expenses.map(({ body }) => body.kind),
    ['expense', 'transfer', 'expense', 'transfer'],
  )
})

test('rows that change nothing are kept with a warning, and rows of nothing are not', () => {
  const text = `${HEADER}2026-03-01,For myself,Taxi,20.01,EUR,0.00,0.00
2026-03-02,Nothing,Taxi,0.00,EUR,0.00,0.00
`
  const ledger = importText(text)
  assert.equal(ledger.expenses.length, 1)
  assert.equal(ledger.expenses[0]!.body.amountMinor, 2001)
  assert.deepEqual(balancesOf(ledger), [])
  assert.deepEqual(warningsOf(ledger), ['no-effect 3:28', 'empty 4:25'])
})

test('a refund is income of whoever is down', () => {
  const text = `${HEADER}2026-03-01,Deposit back,Rent,-100.00,EUR,-50.00,50.00\n`
  const ledger = importText(text)
  assert.deepEqual(linesOf(ledger), ['income Deposit back: Anna 100.00 -> Anna 50.00, Ben 50.00'])
  assert.deepEqual(balancesOf(ledger), ['Anna EUR -50.00', 'Ben EUR 50.00'])
})

test('equal rows are several expenses, with the same ids on every device', () => {
  const row = '2026-03-01,Coffee,Dining out,5.00,EUR,2.50,-2.50\n'
  const ids = importText(HEADER + row.repeat(3)).expenses.map(({ id }) => id)
  assert.equal(new Set(ids).size, 3)
  assert.deepEqual(
    importText(HEADER + row.repeat(3)).expenses.map(({ id }) => id),
    ids,
  )
  assert.deepEqual(
    importText(HEADER + row.repeat(2)).expenses.map(({ id }) => id),
    ids.slice(0, 2),
  )
})

test('a later export of a group that has grown gives old rows the ids they had', () => {
  const grown = SAMPLE.split('\n')
    .map((line, i) => (i === 0 ? `${line},Newcomer` : line === '' ? '' : `${line},0.00`))
    .join('\n')
  const [before, after] = [importText(SAMPLE), importText(grown)]
  assert.deepEqual(
    after.expenses.map(({ id }) => id),
    before.expenses.map(({ id }) => id),
  )
  assert.deepEqual(after.parties.slice(0, 3), before.parties)
})

test('the same names in another group are other people when the caller tells groups apart', () => {
  const [one, other] = [importText(SAMPLE, { group: 'a' }), importText(SAMPLE, { group: 'b' })]
  const ids = [...one.parties, ...other.parties, ...one.expenses, ...other.expenses].map(
    ({ id }) => id,
  )
  assert.equal(new Set(ids).size, ids.length)
})

test('categories of no list become categories of the group', () => {
  const text = `${HEADER}2026-03-01,Sofa,Home - Other,20.00,EUR,10.00,-10.00\n`
  const ledger = importText(text)
  assert.deepEqual(
    ledger.categories.map(({ name }) => name),
    ['Home - Other'],
  )
  assert.equal(ledger.expenses[0]!.body.category, ledger.categories[0]!.id)
})

test('what is wrong is refused with its line and column, and nothing is imported', () => {
  const row = (text: string) => placeOf(refusalOf(`${HEADER}${text}\n`))
  assert.equal(row('1.3.2026,Taxi,Taxi,20.00,EUR,10.00,-10.00'), 'IMPORT_BAD_VALUE 3:1')
  assert.equal(row('2026-02-30,Taxi,Taxi,20.00,EUR,10.00,-10.00'), 'IMPORT_BAD_VALUE 3:1')
  assert.equal(row('2026-03-01,Taxi,Taxi,abc,EUR,10.00,-10.00'), 'IMPORT_BAD_VALUE 3:22')
  assert.equal(row('2026-03-01,Taxi,Taxi,20.00,Euro,10.00,-10.00'), 'IMPORT_BAD_VALUE 3:28')
  assert.equal(row('2026-03-01,Taxi,Taxi,20.00,EUR,10.00,x'), 'IMPORT_BAD_VALUE 3:38')
  assert.equal(row('2026-03-01,Taxi,Taxi,20.00,EUR,10.00'), 'IMPORT_BAD_VALUE 3:32')
  assert.equal(row('2026-03-01,Taxi,Taxi,20.00,EUR,10.00,-9.00'), 'IMPORT_BAD_SUM 3:32')
  assert.equal(row('2026-03-01,Taxi,Taxi,5.00,EUR,10.00,-10.00'), 'IMPORT_BAD_SUM 3:22')
  assert.equal(row('2026-03-01,Taxi,Taxi,20.00,EUR,10.00,-10.00,7'), 'IMPORT_BAD_VALUE 3:45')
  const huge = '2026-03-01,Taxi,Taxi,99999999999.00,EUR,10.00,-10.00'
  assert.equal(row(huge), 'IMPORT_BAD_VALUE 3:22')
  assert.equal(placeOf(refusalOf('a,b,c\n1,2,3\n')), 'IMPORT_UNKNOWN_KIND 1:1')
  assert.equal(placeOf(refusalOf('')), 'IMPORT_UNKNOWN_KIND 1:1')
  const latin1 = concatBytes(utf8(HEADER), utf8('2026-03-01,Caf'), Uint8Array.of(0xe9))
  assert.equal(placeOf(refusalOf(latin1)), 'IMPORT_BAD_TEXT 3:1')
})
