/** Goal: balances are what receipts and transfers say, in any order, and sum to nothing. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex } from '@hamlet/core'
import {
  acceptTransfer,
  creditLimit,
  decodeTransfer,
  encodeTransfer,
  judgeDebt,
  judgeTransfer,
  offerTransfer,
  openTransfer,
  refillAllowance,
  spendAllowance,
  sumCredits,
  sumOf,
} from '@hamlet/files/credits'
import type { Transfer, TransferFacts } from '@hamlet/files/credits'
import {
  anna,
  annasPhone,
  ben,
  cleo,
  contextOf,
  crypto,
  fromHex,
  GROUP,
  MIB,
  NOW_MS,
  personOf,
  receiptAfter,
  SWARM,
} from './_people.ts'
import type { TestDevice } from './_people.ts'

const DAY_MS = 24 * 3_600_000
const devices = personOf([anna, annasPhone, ben, cleo])

function transfer(
  from: TestDevice,
  to: TestDevice,
  amount: number,
  change: Partial<TransferFacts> & { readonly by?: TestDevice } = {},
): Transfer {
  const { by = to, ...rest } = change
  const offer = offerTransfer(from.signer, {
    group: GROUP,
    from: from.device,
    fromPerson: from.person,
    to: to.person,
    amount,
    purpose: 'gift',
    swarm: undefined,
    note: '',
    atMs: NOW_MS,
    nonce: new Uint8Array(16).fill(amount % 251),
    ...rest,
  })
  return acceptTransfer(by.signer, offer, by)
}

const gift = transfer(anna, ben, 5, { note: 'for the film' })

test('the transfer of the golden file never changes, and opens with both signatures only', () => {
  const golden = fromHex(readFileSync(new URL('./golden/transfer-v1.hex', import.meta.url), 'utf8'))
  assert.equal(bytesToHex(encodeTransfer(gift)), bytesToHex(golden))
  const opened = openTransfer(crypto, golden)
  assert.ok(opened.ok)
  assert.deepEqual(opened.value, gift)
  const { acceptance: _, acceptedBy: __, acceptedByPerson: ___, ...offer } = gift
  const waiting = decodeTransfer(encodeTransfer(offer))
  assert.ok(waiting.ok)
  assert.deepEqual(waiting.value, offer)
  const half = openTransfer(crypto, encodeTransfer(offer))
  assert.equal(!half.ok && half.error.code, 'CREDIT_BAD_SIGNATURE')
})

function reason(each: Transfer, change = {}) {
  return judgeTransfer(each, contextOf(change))
}

test('a transfer counts for those it is between, and each refusal has its reason', () => {
  assert.equal(reason(gift), undefined)
  assert.equal(reason(transfer(anna, annasPhone, 1)), 'self-gift')
  assert.equal(reason(transfer(anna, ben, 1, { to: undefined, by: annasPhone })), 'self-gift')
  assert.equal(reason(transfer(anna, ben, 1, { by: cleo })), 'wrong-acceptor')
  assert.equal(reason(transfer(anna, ben, 1, { to: undefined, by: cleo })), undefined)
  assert.equal(reason(transfer(anna, ben, 1, { purpose: 'bounty' })), 'purpose')
  assert.equal(reason(transfer(anna, ben, 1, { purpose: 'bounty', swarm: SWARM })), undefined)
  assert.equal(reason(transfer(anna, ben, 1, { fromPerson: cleo.person })), 'unknown-device')
  assert.equal(reason(gift, { isMemberAt: () => false }), 'not-member')
  assert.equal(reason(gift, { nowMs: NOW_MS - 300_001 }), 'in-future')
  assert.equal(reason({ ...gift, amount: 6 }), 'bad-signature')
})

test('receipts and gifts move credit and make none', () => {
  const first = receiptAfter(anna, ben, undefined, { chunks: 8 })
  const receipts = [first, receiptAfter(anna, ben, first), receiptAfter(cleo, annasPhone)]
  const toGroup = transfer(ben, cleo, 100, { to: undefined })
  const sheet = sumCredits(crypto, { receipts, transfers: [gift, gift, toGroup] }, devices)
  assert.equal(sheet.balances.get(anna.person), BigInt(-3 * MIB + MIB - 5))
  assert.equal(sheet.balances.get(ben.person), BigInt(3 * MIB + 5 - 100))
  assert.equal(sheet.balances.get('group'), 100n)
  assert.equal(sumOf(sheet.balances), 0n)
  assert.equal(sheet.contributions.length, 2)
})

function bounty(amount: number): Transfer {
  return transfer(anna, ben, amount, { purpose: 'bounty', swarm: SWARM })
}

test('a bounty counts up to what was received from the same person', () => {
  const receipts = [receiptAfter(anna, ben)]
  const sheet = sumCredits(crypto, { receipts, transfers: [bounty(MIB - 1), bounty(MIB)] }, devices)
  assert.equal(sheet.balances.get(ben.person), BigInt(2 * MIB))
  const none = sumCredits(crypto, { receipts: [], transfers: [bounty(MIB)] }, devices)
  assert.equal(none.balances.size, 0)
})

test('what counts is the same in any order and however often it comes', () => {
  const chain = [receiptAfter(anna, ben)]
  for (let i = 0; i < 4; i++) chain.push(receiptAfter(anna, ben, chain.at(-1), { chunks: 3 }))
  const fork = receiptAfter(anna, ben, chain[3], { chunks: 60 })
  const all = [...chain, fork, receiptAfter(ben, cleo), receiptAfter(cleo, anna)]
  const transfers = [gift, transfer(ben, cleo, 77)]
  const expected = sumCredits(crypto, { receipts: all, transfers }, devices)
  assert.equal(expected.balances.get(ben.person), BigInt(chain.at(-1)!.totalBytes - MIB + 5 - 77))
  const orders = fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })
  fc.assert(
    fc.property(orders, (receipts) => {
      const sheet = sumCredits(crypto, { receipts, transfers: [...transfers].reverse() }, devices)
      assert.deepEqual(sheet.balances, expected.balances)
    }),
    { numRuns: 30 },
  )
})

test('devices count for the person they are certified for, or for nobody', () => {
  const lie = receiptAfter(anna, ben, undefined, { payerPerson: cleo.person })
  const own = receiptAfter(anna, annasPhone)
  const sheet = sumCredits(crypto, { receipts: [lie, own], transfers: [] }, devices)
  assert.equal(sheet.balances.size, 0)
})

test('what somebody may owe grows in their first month, and with what the group was given', () => {
  const policy = { creditBytes: 800, newcomerShare: 0.25, ageMs: 10 * DAY_MS }
  const at = (days: number) => ({ memberSinceMs: NOW_MS, nowMs: NOW_MS + days * DAY_MS })
  assert.equal(creditLimit(at(0), policy), 200)
  assert.equal(creditLimit(at(5), policy), 500)
  assert.equal(creditLimit(at(99), policy), 800)
  assert.equal(creditLimit(at(-3), policy), 200)
  assert.equal(creditLimit(at(0), policy, 50), 250)
})

test('beyond their credit people get an allowance that comes back, and then what is spare', () => {
  const policy = { allowanceBytesMax: 100, allowanceBytesPerDay: 50 }
  const full = refillAllowance(undefined, NOW_MS, policy)
  assert.deepEqual(judgeDebt({ balance: -10n, limitBytes: 30 }, full), {
    by: 'credit',
    roomBytes: 20,
  })
  const broke = { balance: -30n, limitBytes: 30 }
  assert.deepEqual(judgeDebt(broke, full), { by: 'allowance', roomBytes: 100 })
  const spent = spendAllowance(full, 120)
  assert.equal(judgeDebt(broke, spent).by, 'spare')
  const later = refillAllowance(spent, NOW_MS + DAY_MS, policy)
  assert.deepEqual(judgeDebt(broke, later), { by: 'allowance', roomBytes: 50 })
  assert.equal(refillAllowance(later, NOW_MS + 99 * DAY_MS, policy).bytes, 100)
  assert.equal(refillAllowance(later, NOW_MS, policy).bytes, 50)
})
