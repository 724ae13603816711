/** The two tables of spot checks in the reference on vaults (sections 2 and 6). */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chanceToCatch, chanceToCatchDistinct, leavesToCatch } from '@hamlet/vault'
import { isPrinted, tableRows } from './_printed.ts'

const CAUGHT = `
0.01 | 0.01 | 0.05 | 0.10  | 0.18 | 0.39 | 0.63  | 0.95 | 0.990
0.05 | 0.05 | 0.23 | 0.40  | 0.64 | 0.92 | 0.994 | 1    | 1
0.5  | 0.5  | 0.97 | 0.999 | 1    | 1    | 1     | 1    | 1`

test('the chance to catch somebody is what the table of fractions and leaves says', () => {
  const leaves = [1, 5, 10, 20, 50, 100, 300, 460]
  for (const [fraction, ...cells] of tableRows(CAUGHT)) {
    for (const [index, printed] of cells.entries()) {
      const value = chanceToCatch(Number(fraction), leaves[index]!)
      assert.ok(
        isPrinted(printed, value),
        `${fraction}, ${leaves[index]}: ${printed}, got ${value}`,
      )
    }
  }
})

test('so many leaves catch somebody in 99 of 100 cases', () => {
  const expected = { 0.5: 7, 0.1: 44, 0.05: 90, 0.01: 459, 0.001: 4603 }
  for (const [fraction, leaves] of Object.entries(expected)) {
    assert.equal(leavesToCatch(Number(fraction), 0.99), leaves)
    assert.ok(chanceToCatch(Number(fraction), leaves) >= 0.99)
    assert.ok(chanceToCatch(Number(fraction), leaves - 1) < 0.99)
  }
})

test('somebody without anything is caught by the first leaf, somebody with everything never', () => {
  assert.equal(chanceToCatch(1, 1), 1)
  assert.equal(leavesToCatch(1, 0.99), 1)
  assert.equal(chanceToCatch(0, 1000), 0)
  assert.equal(chanceToCatch(1, 0), 0)
})

test('leaves that are not asked for twice catch sooner, and all of them for sure', () => {
  assert.ok(chanceToCatchDistinct(5, 100, 20) > chanceToCatch(0.05, 20))
  assert.equal(chanceToCatchDistinct(1, 100, 100), 1)
  assert.equal(chanceToCatchDistinct(1, 100, 1000), 1)
  assert.equal(chanceToCatchDistinct(0, 100, 100), 0)
  assert.ok(Math.abs(chanceToCatchDistinct(1, 4, 2) - 0.5) < 1e-15)
})
