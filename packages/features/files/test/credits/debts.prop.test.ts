/**
 * Goal: nobody gets further than their credit and an allowance a day, and no balance is too large to be judged. Method: people of any age
 * in the group ask one device for chunks at any times, as a peer would judge them.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { creditLimit, judgeDebt, refillAllowance, spendAllowance } from '@hamlet/files/credits'
import type { Allowance } from '@hamlet/files/credits'
import {
  ALLOWANCE_BYTES_MAX,
  ALLOWANCE_BYTES_PER_DAY,
  CREDIT_AGE_MS,
  CREDIT_BYTES,
  RECEIPT_TOTAL_BYTES_MAX,
} from '../../src/credits/limits.ts'
import { MIB, NOW_MS } from './_people.ts'

const GIB = 1024 * MIB
const DAY_MS = 24 * 3_600_000
const NEWCOMER_BYTES = 8 * GIB

function limitAt(ageMs: number): number {
  return creditLimit({ memberSinceMs: NOW_MS, nowMs: NOW_MS + ageMs })
}

const asks = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 * DAY_MS })),
    bytes: fc.integer({ min: 1, max: MIB / 4 }),
    count: fc.integer({ min: 1, max: 4_000 }),
  }),
  { maxLength: 12 },
)

test('a newcomer who owes 8 GiB gets an allowance a day and no more, however they ask', () => {
  fc.assert(
    fc.property(asks, fc.integer({ min: 0, max: GIB / 2 }), (all, nearBytes) => {
      // Not a day older meanwhile: what the credit grows by is another property.
      const limitBytes = creditLimit({ memberSinceMs: NOW_MS, nowMs: NOW_MS })
      assert.equal(limitBytes, NEWCOMER_BYTES)
      let [owed, beyond, nowMs] = [BigInt(NEWCOMER_BYTES - nearBytes), 0, NOW_MS]
      let allowance: Allowance | undefined
      let emptied = 0
      for (const { afterMs, bytes, count } of all) {
        nowMs += afterMs
        for (let chunk = 0; chunk < count; chunk++) {
          const refilled: Allowance = refillAllowance(allowance, nowMs)
          const { by } = judgeDebt({ balance: -owed, limitBytes }, refilled)
          assert.equal(by === 'credit', owed < NEWCOMER_BYTES)
          allowance = by === 'allowance' ? spendAllowance(refilled, bytes) : refilled
          if (by === 'spare') break
          owed += BigInt(bytes)
          if (by !== 'allowance') continue
          beyond += bytes
          if (allowance.bytes === 0) emptied += bytes
        }
      }
      // The chunk that empties an allowance is given whole.
      const days = (nowMs - NOW_MS) / DAY_MS
      const most = ALLOWANCE_BYTES_MAX + days * ALLOWANCE_BYTES_PER_DAY + emptied
      assert.ok(beyond <= most, `${beyond} of ${most}`)
    }),
  )
})

test('what somebody may owe grows from 8 GiB to 64 GiB in their first month, and never shrinks after', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -DAY_MS, max: 3 * CREDIT_AGE_MS }),
      fc.integer({ min: 0, max: CREDIT_AGE_MS }),
      (ageMs, laterMs) => {
        const [now, later] = [limitAt(ageMs), limitAt(ageMs + laterMs)]
        assert.ok(now >= NEWCOMER_BYTES && now <= later && later <= CREDIT_BYTES)
      },
    ),
  )
})

test('any balance that receipts can come to is judged by its sign against the limit', () => {
  const most = BigInt(RECEIPT_TOTAL_BYTES_MAX) * 1_000n
  fc.assert(
    fc.property(fc.bigInt({ min: -most, max: most }), (balance) => {
      const empty = { bytes: 0, atMs: NOW_MS }
      const judged = judgeDebt({ balance, limitBytes: NEWCOMER_BYTES }, empty)
      const hasCredit = balance + BigInt(NEWCOMER_BYTES) > 0n
      // Beyond 2^53 a single byte is not told from the next.
      if (balance > -BigInt(2 ** 52)) assert.equal(judged.by, hasCredit ? 'credit' : 'spare')
      else assert.equal(judged.by, 'spare')
    }),
  )
})
