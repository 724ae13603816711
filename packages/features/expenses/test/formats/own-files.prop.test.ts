/**
 * Goal: what is exported and read again keeps every balance in every currency, and our own files keep everything. Method:
 * random ledgers, with members and placeholders, every way of splitting, and texts that tables trip over.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exportSnapshotJson, exportSplitwise, exportWideCsv, wrongTotals } from '@hamlet/expenses'
import type { LedgerSnapshot } from '@hamlet/expenses'
import { importText } from './_files.ts'
import { anySnapshot, balancesByPlace, toPlaceholder, withParties } from './_snapshots.ts'

for (const [kind, exporter] of [
  ['JSON', exportSnapshotJson],
  ['wide CSV', exportWideCsv],
] as const) {
  test(`${kind} gives back every expense, its id and every field of it`, () => {
    fc.assert(fc.property(anySnapshot(), (snapshot) => assertKept(snapshot, exporter(snapshot))))
  })
}

function assertKept(snapshot: LedgerSnapshot, text: string): void {
  const ledger = importText(text)
  const bodies = new Map(ledger.expenses.map(({ id, body }) => [id, body]))
  assert.equal(bodies.size, snapshot.expenses.length)
  for (const { id, body } of snapshot.expenses) {
    assert.deepEqual(bodies.get(id), withParties(body, toPlaceholder))
  }
  assert.equal(ledger.groupName, snapshot.groupName)
  assert.deepEqual(ledger.currency, snapshot.currency)
  assert.deepEqual(
    new Map(ledger.parties.map(({ id, name, removed }) => [id, [name, removed]])),
    new Map(snapshot.parties.map(({ id, name, retired }) => [toPlaceholder(id), [name, retired]])),
  )
  assert.deepEqual(ledger.warnings, [])
}

test('Splitwise CSV keeps every balance, and its totals say so', () => {
  fc.assert(
    fc.property(anySnapshot({ onlyListed: true }), (snapshot) => {
      const ledger = importText(exportSplitwise(snapshot))
      const before = balancesByPlace(snapshot, snapshot.parties)
      assert.deepEqual(balancesByPlace(ledger, ledger.parties), before)
      assert.deepEqual(wrongTotals(ledger), [])
    }),
  )
})
