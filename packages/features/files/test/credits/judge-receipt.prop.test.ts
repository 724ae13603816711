/**
 * Goal: of a chain of receipts each counts exactly in its turn, whatever arrives in whatever order. Method: random chains,
 * delivered shuffled and repeated to somebody who keeps the latest, against what the chain itself says.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { judgeReceipt } from '@hamlet/files/credits'
import type { Receipt } from '@hamlet/files/credits'
import { anna, ben, CHUNK, contextOf, receiptAfter } from './_people.ts'

const LENGTH = 7
/** Receipts of a chain of so many chunks each; signing once is enough for every run. */
function chainOf(sizes: readonly number[], from?: Receipt): readonly Receipt[] {
  const chain: Receipt[] = []
  for (const chunks of sizes) chain.push(receiptAfter(anna, ben, chain.at(-1) ?? from, { chunks }))
  return chain
}

const chain = chainOf([4, 1, 16, 2, 7, 3, 64])
/** What the payer signed for somebody else from the fourth receipt on. */
const branch = chainOf([1, 1, 1, 1], chain[2])
const arrivals = fc.array(fc.nat(LENGTH - 1), { maxLength: 25 })

test('whoever judges in turn accepts the chain in order and nothing else', () => {
  fc.assert(
    fc.property(arrivals, (order) => {
      let latest: Receipt | undefined
      for (const index of order) {
        const verdict = judgeReceipt(chain[index]!, latest, contextOf())
        assert.equal(verdict.ok, index === (latest?.seq ?? 0))
        if (verdict.ok) latest = chain[index]!
        else assert.ok(['gap', 'replay', 'stale'].includes(verdict.reason), verdict.reason)
      }
      const total = chain.slice(0, latest?.seq ?? 0).at(-1)?.totalBytes
      assert.equal(latest?.totalBytes, total)
    }),
    { numRuns: 40 },
  )
})

test('whoever gathers later ends with the latest of all that arrived, in any order and however often', () => {
  fc.assert(
    fc.property(arrivals, (order) => {
      let latest: Receipt | undefined
      for (const index of order) {
        const verdict = judgeReceipt(chain[index]!, latest, contextOf({ mode: 'later' }))
        if (verdict.ok) latest = chain[index]!
      }
      const greatest = order.length === 0 ? undefined : chain[Math.max(...order)]
      assert.equal(latest, greatest)
    }),
    { numRuns: 40 },
  )
})

test('of two branches nobody who holds one accepts the other in turn', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: LENGTH - 1 }), fc.nat(3), (held, other) => {
      const verdict = judgeReceipt(branch[other]!, chain[held]!, contextOf())
      assert.equal(verdict.ok, false)
      const isFork = branch[other]!.seq === chain[held]!.seq
      if (isFork) assert.deepEqual(verdict, { ok: false, reason: 'fork' })
    }),
    { numRuns: 30 },
  )
})

test('what a receipt adds is never more than its chunks, and sums to the total', () => {
  let latest: Receipt | undefined
  let sum = 0
  for (const receipt of chain) {
    const verdict = judgeReceipt(receipt, latest, contextOf())
    assert.ok(verdict.ok)
    assert.ok(verdict.increaseBytes <= receipt.pieceCount * CHUNK)
    sum += verdict.increaseBytes
    latest = receipt
  }
  assert.equal(sum, latest!.totalBytes)
})
