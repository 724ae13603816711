/**
 * Goal: what is exported and read again keeps every balance in every currency, and our own files keep everything. Method:
 * random ledgers, with members and placeholders, every way of splitting, and texts that tables trip over.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  exportCospend,
  exportIHateMoney,
  exportSnapshotJson,
  exportSpliit,
  exportSplitwise,
  exportWideCsv,
  wrongTotals,
} from '@hamlet/expenses'
import type { ImportedLedger, LedgerSnapshot, PartyId } from '@hamlet/expenses'
import { importedBalances } from '../../src/formats/import-draft.ts'
import { snapshotBalances } from '../../src/formats/ledger-snapshot.ts'
import { importText, namesOf } from './_files.ts'
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

for (const [app, exporter] of [
  ['Spliit', exportSpliit],
  ['IHateMoney', exportIHateMoney],
  ['Cospend', exportCospend],
] as const) {
  test(`what goes out for ${app}, a file for each currency, keeps every balance`, () => {
    fc.assert(
      fc.property(anySnapshot({ onlyListed: true }), (random) => {
        const snapshot = withDistinctNames(random)
        for (const { currency, balances } of snapshotBalances(snapshot)) {
          const ledger = importText(exporter(snapshot, currency))
          assert.deepEqual(balancesByName(ledger), balancesOfNames(snapshot, balances))
        }
      }),
      { numRuns: 50 },
    )
  })
}

function withDistinctNames(snapshot: LedgerSnapshot): LedgerSnapshot {
  const parties = snapshot.parties.map((party, i) => ({ ...party, name: `=${i}, "é` }))
  return { ...snapshot, parties }
}

/** A comma in a name is a space for those who join names by commas. */
function balancesByName(ledger: ImportedLedger): readonly string[] {
  const names = namesOf(ledger)
  return [...importedBalances(ledger.expenses)]
    .filter(([, minor]) => minor !== 0n)
    .map(([key, minor]) => `${names.get(key.split(' ')[0] as PartyId)![1]} ${minor}`)
    .sort()
}

function balancesOfNames(
  { parties }: LedgerSnapshot,
  balances: ReadonlyMap<PartyId, bigint>,
): readonly string[] {
  return [...balances]
    .filter(([, minor]) => minor !== 0n)
    .map(([party, minor]) => `${parties.findIndex(({ id }) => id === party)} ${minor}`)
    .sort()
}
