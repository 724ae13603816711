/** Our own files: what they look like, that JSON fits its schema, and what is refused in them. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  exportSettlement,
  exportSnapshotJson,
  exportSplitwise,
  exportWideCsv,
} from '@hamlet/expenses'
import { textToCsvRows } from '../../src/formats/csv-reader.ts'
import { importText, linesOf, placeOf, refusalOf, warningsOf } from './_files.ts'
import { findProblem } from './_json-schema.ts'
import type { Schema } from './_json-schema.ts'
import { ANNA, SNAPSHOT, toPlaceholder } from './_snapshots.ts'

const SCHEMA = JSON.parse(
  readFileSync(
    new URL('../../../../../docs/formats/ledger-snapshot.schema.json', import.meta.url),
    'utf8',
  ),
) as Schema

const json = exportSnapshotJson(SNAPSHOT)
const wide = exportWideCsv(SNAPSHOT)

function jsonWith(change: (file: Record<string, unknown[]>) => unknown): string {
  const file = JSON.parse(json) as Record<string, unknown[]>
  change(file)
  return JSON.stringify(file, undefined, 1)
}

test('the JSON snapshot fits its schema, and what lacks a field or has one too many does not', () => {
  assert.equal(findProblem(JSON.parse(json), SCHEMA), undefined)
  const without = jsonWith((file) => delete (file['expenses']![0] as { owed?: unknown }).owed)
  assert.equal(findProblem(JSON.parse(without), SCHEMA), 'expenses: lacks owed')
  const further = { ...(JSON.parse(json) as object), more: 1 }
  assert.equal(findProblem(further, SCHEMA), 'has more')
})

test('the JSON snapshot says its format and its version first', () => {
  assert.match(json, /^\{\n "format": "hamlet-ledger",\n "version": 1,\n/)
})

test('a snapshot of a later version is refused as such', () => {
  assert.equal(
    placeOf(refusalOf(json.replace('"version": 1', '"version": 2'))),
    'IMPORT_NEWER 3:13',
  )
})

test('a snapshot with something wrong in it is refused with line and column', () => {
  const refused = (from: string | RegExp, to: string) => placeOf(refusalOf(json.replace(from, to)))
  assert.match(refused('"kind": "transfer"', '"kind": "gift"'), /^IMPORT_BAD_VALUE \d+:12$/)
  assert.match(refused('"kind": "transfer"', '"kinds": "transfer"'), /^IMPORT_MISSING \d+:3$/)
  assert.match(refused('"amountMinor": 10000', '"amountMinor": 10001'), /^IMPORT_BAD_SUM \d+:3$/)
  assert.match(refused('"amountMinor": 10000', '"amountMinor": 1e4.5'), /^IMPORT_BAD_JSON/)
  assert.match(refused(/"amountMinor": 3333/, '"amountMinor": 3332'), /^IMPORT_BAD_SUM/)
  assert.match(refused(`"party": "${ANNA}"`, '"party": "0"'), /^IMPORT_UNKNOWN_PARTY/)
  assert.match(refused('"deleted": false', '"deleted": 0'), /^IMPORT_BAD_VALUE/)
  assert.match(refused('"group"', '"version": 1, "group"'), /^IMPORT_BAD_JSON 4:2$/)
  assert.equal(placeOf(refusalOf(json.slice(0, 40))), 'IMPORT_BAD_JSON 3:11')
  assert.equal(placeOf(refusalOf('{"a": [1,\n 2,]}')), 'IMPORT_BAD_JSON 2:4')
  assert.equal(placeOf(refusalOf('{"a": "\\x"}')), 'IMPORT_BAD_JSON 1:8')
  assert.match(placeOf(refusalOf('['.repeat(40))), /^IMPORT_TOO_LARGE/)
  assert.equal(placeOf(refusalOf('{}')), 'IMPORT_UNKNOWN_KIND 1:1')
})

test('somebody who is a member and whose placeholder is there, too, stay two', () => {
  const text = jsonWith((file) => {
    file['parties']!.push({ id: toPlaceholder(ANNA), name: 'Anna of the file', retired: false })
  })
  const ids = importText(text).parties.map(({ id }) => id)
  assert.equal(new Set(ids).size, 4)
  assert.equal(ids.at(-1), toPlaceholder(ANNA))
})

test('the wide table shows what people read, and no formula', () => {
  const rows = textToCsvRows(wide).map(({ cells }) => cells.map(({ text }) => text))
  const [header, income, dinner, transfer, people] = rows
  assert.deepEqual(header!.slice(0, 13), [
    ...[
      'Id',
      'Date',
      'Description',
      'Category',
      'Currency',
      'Cost',
      'Group currency',
      'Group cost',
    ],
    ...['Rate', 'Kind', 'Split', 'Note', 'Created by'],
  ])
  assert.deepEqual(income!.slice(1, 14), [
    ...['2026-02-02', 'Deposit back', 'Sofas', 'USD', '50.01', 'EUR', '16.67', '1/3', 'income'],
    ...['shares', '', 'Ben', ''],
  ])
  assert.deepEqual(dinner!.slice(1, 6), ['2026-03-01', "'=SUM(A1)", 'Dining out', 'EUR', '100.00'])
  assert.deepEqual(dinner!.slice(9, 14), [
    ...['expense', 'equal', 'two\nlines', 'Anna', 'Lisbon, with, comma'],
  ])
  assert.equal(transfer![9], 'deleted transfer')
  assert.equal(people![0], 'people')
  for (const cell of rows.flat()) assert.doesNotMatch(cell, /^[=+\-@\t\r]/)
})

test('what somebody changed in the table counts, and is said', () => {
  const [header, ...rows] = textToCsvRows(wide).map(({ cells }) => cells.map(({ text }) => text))
  const owes = header!.findIndex((title) => title.startsWith('Owes: '))
  const dinner = rows[1]!
  const changed = [...dinner.slice(0, owes), '60.00', '40.00', '0.00']
  const text = [header!, changed, rows.at(-1)!]
    .map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))
    .join('\n')
  const ledger = importText(text)
  assert.equal(linesOf(ledger)[0]!.match(/60\.00|40\.00/g)?.length, 2)
  assert.deepEqual(
    warningsOf(ledger).map((each) => each.split(' ')[0]),
    ['split-edited'],
  )
})

test('a table of ours that somebody made by hand needs neither ids nor details', () => {
  const ledger =
    importText(`Id,Date,Description,Currency,Cost,Kind,Paid: Anna,Paid: Ben,Owes: Anna,Owes: Ben
,2026-03-01,Taxi,EUR,"1.234,50",expense,"1.234,50",,"600,25","634,25"
,2026-03-02,Back,EUR,5,transfer,,5,5,
`)
  assert.deepEqual(linesOf(ledger), [
    'expense Taxi: Anna 1234.50 -> Anna 600.25, Ben 634.25',
    'transfer Back: Ben 5.00 -> Anna 5.00',
  ])
})

test('a wide table with something wrong in it is refused with line and column', () => {
  const header = 'Id,Date,Description,Currency,Cost,Kind,Details,Paid: A,Owes: A\n'
  const refused = (row: string) => placeOf(refusalOf(header + row))
  assert.equal(refused(',2026-03-01,T,EUR,5.00,gift,,5,5'), 'IMPORT_BAD_VALUE 2:24')
  assert.equal(refused(',2026-03-01,T,EUR,5.001,expense,,5,5'), 'IMPORT_BAD_VALUE 2:19')
  assert.equal(refused(',2026-03-01,T,EUR,5.00,expense,,4,5'), 'IMPORT_BAD_SUM 2:1')
  assert.equal(refused(',2026-03-01,T,EUR,5.00,expense,,5,4'), 'IMPORT_BAD_SUM 2:1')
  assert.equal(refused(',2026-03-01,T,EUR,5.00,expense,[],5,5'), 'IMPORT_BAD_VALUE 2:32')
  assert.equal(refused(',2026-03-01,T,EUR,5.00,expense,{,5,5'), 'IMPORT_BAD_JSON 2:32')
  assert.equal(refused(',,,,,x'), 'IMPORT_BAD_VALUE 2:4')
  const names = 'Id,Date,Description,Currency,Cost,Kind,Paid: A,Owes: B\n'
  assert.equal(placeOf(refusalOf(names)), 'IMPORT_MISSING 1:1')
})

test('the Splitwise export is what Splitwise itself writes', () => {
  assert.equal(
    exportSplitwise(SNAPSHOT),
    `Date,Description,Category,Cost,Currency,Anna,"Ben ""B"", jr",'@cleo

2026-02-02,Deposit back,Sofas,-50.01,USD,0.00,-37.51,37.51
2026-03-01,'=SUM(A1),Dining out,100.00,EUR,66.67,-33.33,-33.34

2026-03-31,Total balance, , ,EUR,66.67,-33.33,-33.34
2026-03-31,Total balance, , ,USD,0.00,-37.51,37.51
`,
  )
})

test('the plan to get even is a table of who pays whom', () => {
  assert.equal(
    exportSettlement(SNAPSHOT),
    'From,To,Amount,Currency\r\n"Ben ""B"", jr",Anna,33.33,EUR\r\n',
  )
})
