/**
 * Goal: rule 1 never changes, since old bills are computed by it for good. The golden file was written once;
 * docs/formats/split.md explains the rule.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { computeOwed, dueDate, expenseEffect, whoGotTheCent } from '@hamlet/expenses'
import type {
  ExpenseBody,
  LedgerId,
  PartyAmount,
  PartyId,
  RecurrenceRule,
  Split,
} from '@hamlet/expenses'
import { bodyOf } from './_bodies.ts'

interface SplitCase {
  readonly about: string
  readonly expense: LedgerId
  readonly kind: ExpenseBody['kind']
  readonly amountMinor: number
  readonly paid: readonly PartyAmount[]
  readonly split: Partial<Split>
  readonly owed: readonly PartyAmount[]
  readonly cents: readonly PartyId[]
  readonly net: Readonly<Record<PartyId, number>>
}

interface Golden {
  readonly splits: readonly SplitCase[]
  readonly refused: readonly (Pick<SplitCase, 'about' | 'amountMinor' | 'split'> & {
    readonly code: string
  })[]
  readonly series: readonly { readonly rule: RecurrenceRule; readonly dates: readonly string[] }[]
}

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, 'golden/split-v1.json'), 'utf8'),
) as Golden

test('what was owed once is owed for good', () => {
  assert.ok(golden.splits.length >= 15)
  for (const each of golden.splits) {
    const body = bodyOf(each.amountMinor, each.split, { kind: each.kind, paid: each.paid })
    assert.deepEqual(computeOwed(each.expense, body), { ok: true, value: each.owed }, each.about)
    assert.deepEqual(whoGotTheCent(each.expense, body), each.cents, each.about)
    const net = expenseEffect(each.expense, body).net.map(({ party, minor }) => [
      party,
      Number(minor),
    ])
    assert.deepEqual(Object.fromEntries(net), each.net, each.about)
  }
})

test('what was no version of an expense once is none for good', () => {
  for (const { about, amountMinor, split, code } of golden.refused) {
    const result = computeOwed(golden.splits[0]!.expense, bodyOf(amountMinor, split))
    assert.equal(result.ok ? 'accepted' : result.error.code, code, about)
  }
})

test('the days a series was due are those it is due', () => {
  for (const { rule, dates } of golden.series) {
    assert.deepEqual(
      dates.map((_, index) => dueDate(rule, index)),
      dates,
    )
  }
})
