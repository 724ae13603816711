/**
 * Goal: a space knows the same of credits in whatever order its entries came. Method: entries of receipts, forks, transfers,
 * proofs and words of admins, folded in random orders, against the first.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { CborValue, PersonId } from '@hamlet/core'
import type { ContentEntry } from '@hamlet/space'
import { MemoryViewSource, openViewRunner } from '@hamlet/space/view'
import type { ViewDefinition, ViewReader } from '@hamlet/space/view'
import { createMemoryKv } from '@hamlet/store'
import { CausalWorld } from '@hamlet/testkit/causal-world'
import {
  acceptTransfer,
  conflictProof,
  CREDIT_TYPES,
  CreditBook,
  creditDraft,
  creditReads,
  decodeCredit,
  dueReceipts,
  encodeFraudProof,
  foldCredit,
  offerTransfer,
  openFraudProof,
} from '@hamlet/files/credits'
import type { CreditChange, CreditContent, Receipt } from '@hamlet/files/credits'
import { anna, ben, cleo, crypto, GROUP, MIB, NOW_MS, personOf, receiptAfter } from './_people.ts'

const definition: ViewDefinition<CreditChange> = {
  name: 'credits',
  version: 1,
  types: CREDIT_TYPES,
  reads: creditReads,
  fold: (entry, state) => foldCredit(crypto, GROUP, entry, state),
}

function fold(entries: readonly ContentEntry[]): ReadonlyMap<string, CborValue> {
  const kept = new Map<string, CborValue>()
  for (const entry of entries) foldInto(entry, kept)
  return kept
}

function foldInto(entry: ContentEntry, kept: Map<string, CborValue>): void {
  foldCredit(crypto, GROUP, entry, {
    get: (key) => kept.get(key),
    put: (key, value) => void kept.set(key, value),
    emit: () => undefined,
  })
}

async function viewOf(entries: readonly ContentEntry[]): Promise<ViewReader> {
  const source = new MemoryViewSource()
  source.add(...entries)
  const runner = await openViewRunner({ source, kv: createMemoryKv(), views: [definition] })
  await runner.caughtUp()
  return runner.view(definition)
}

const first = receiptAfter(anna, ben)
const second = receiptAfter(anna, ben, first)
const forks = [3, 5, 7].map((chunks) => receiptAfter(anna, ben, first, { chunks }))
const third = receiptAfter(anna, ben, second)
const back = receiptAfter(ben, anna, undefined, { chunks: 2 })
const served = receiptAfter(cleo, anna)
const gift = acceptTransfer(
  cleo.signer,
  offerTransfer(ben.signer, {
    group: GROUP,
    from: ben.device,
    fromPerson: ben.person,
    to: cleo.person,
    amount: 1000,
    purpose: 'gift',
    swarm: undefined,
    note: '',
    atMs: NOW_MS,
    nonce: new Uint8Array(16),
  }),
  cleo,
)
const conflict = conflictProof(crypto, first, receiptAfter(anna, ben, undefined, { chunks: 9 }))
const proven = openFraudProof(crypto, encodeFraudProof(conflict))
assert.ok(proven.ok)
const proofId = proven.value.id

function written(contents: readonly CreditContent[], role: 'writer' | 'admin' = 'writer') {
  const world = new CausalWorld()
  world.wallMs = NOW_MS + 3_600_000
  const device = world.device('tablet', 'Dora', role)
  return contents.map((content) => device.writeDraft(creditDraft(content)))
}

const receiptOf = (receipt: Receipt): CreditContent => ({ kind: 'receipt', receipt })
const members = { personOf: personOf([anna, ben, cleo]) }

test('what is written decodes to what it was', () => {
  const contents: readonly CreditContent[] = [
    receiptOf(first),
    { kind: 'transfer', transfer: gift },
    { kind: 'proof', proof: conflict, bytes: encodeFraudProof(conflict) },
    { kind: 'cleared', proof: proofId, note: 'a disk was put back' },
  ]
  for (const content of contents) {
    const { type, value } = creditDraft(content)
    assert.deepEqual(decodeCredit(type, value), content)
    assert.ok(CREDIT_TYPES.has(type))
  }
  assert.equal(decodeCredit('chat.message', []), undefined)
  assert.equal(decodeCredit('files.receipt', [new Uint8Array(3)]), undefined)
  assert.equal(decodeCredit('files.fraud', ['guess', new Uint8Array(3)]), undefined)
})

test('in any order the same receipts, conflicts and proofs are known', () => {
  const entries = [
    ...written([
      ...[first, second, third, back, served, ...forks].map(receiptOf),
      receiptOf(first),
    ]),
    ...written([
      { kind: 'transfer', transfer: gift },
      { kind: 'proof', proof: conflict, bytes: encodeFraudProof(conflict) },
    ]),
    ...written(
      [
        { kind: 'cleared', proof: proofId, note: 'a' },
        { kind: 'cleared', proof: proofId, note: 'b' },
      ],
      'admin',
    ),
  ]
  const expected = fold(entries)
  const orders = fc.shuffledSubarray(entries, { minLength: entries.length })
  fc.assert(
    fc.property(orders, (order) => {
      assert.deepEqual(fold(order), expected)
    }),
    { numRuns: 25 },
  )
})

test('balances, standing and who was caught are read from the view, and an admin may clear', async () => {
  const entries = written([
    ...[first, second, back, served].map(receiptOf),
    { kind: 'transfer', transfer: gift },
  ])
  const options = { crypto, members, nowMs: NOW_MS + 3_600_000 }
  const book = await CreditBook.load(await viewOf(entries), options)
  assert.equal(book.balance(ben.person), BigInt(2 * MIB - MIB / 2 - 1000))
  assert.deepEqual(book.frauds, [])
  const standings = book.standings(anna.person, [], NOW_MS)
  const standing = standings.of(ben.person)
  assert.equal(standing.contribution.bytes, 2 * MIB)
  assert.equal(standing.contribution.why[0]?.edge.contribution.receipts[0]?.receipt.seq, 2)
  assert.equal(standing.tenure.counterpartyCount, 1)
  assert.equal(book.standings(cleo.person, [], NOW_MS).of(ben.person).contribution.bytes, MIB)
  const caught = [...entries, ...written([receiptOf(forks[0]!)])]
  const after = await CreditBook.load(await viewOf(caught), options)
  assert.deepEqual(
    after.frauds.map(({ people }) => people),
    [[anna.person, ben.person]],
  )
  assert.equal(after.standings(cleo.person, [], NOW_MS).of(ben.person).contribution.bytes, 0)
  assert.equal(after.standings(cleo.person, [], NOW_MS).of(anna.person).contribution.bytes, MIB)
  const [fraud] = after.frauds
  const word: CreditContent = { kind: 'cleared', proof: fraud!.id, note: 'a disk was put back' }
  const byWriter = await CreditBook.load(await viewOf([...caught, ...written([word])]), options)
  assert.deepEqual(byWriter.frauds[0]?.cleared, [])
  const byAdmin = await CreditBook.load(
    await viewOf([...caught, ...written([word], 'admin')]),
    options,
  )
  assert.equal(byAdmin.frauds[0]?.cleared[0]?.note, 'a disk was put back')
  assert.equal(byAdmin.standings(cleo.person, [], NOW_MS).of(ben.person).contribution.bytes, MIB)
})

test('receipts of another group, of unknown devices, forged or dated ahead count for nothing', async () => {
  const elsewhere = receiptAfter(anna, ben, undefined, { group: undefined })
  const future = receiptAfter(anna, ben, undefined, { windowEndMs: NOW_MS + 3_600_000 + 300_001 })
  const forged: Receipt = { ...first, totalBytes: 2 }
  const view = await viewOf(written([elsewhere, future, forged].map(receiptOf)))
  const options = { crypto, members, nowMs: NOW_MS + 3_600_000 }
  assert.deepEqual((await CreditBook.load(view, options)).receipts, [])
  const strangers = { personOf: (): PersonId | undefined => undefined }
  const known = await viewOf(written([receiptOf(first)]))
  const book = await CreditBook.load(known, { ...options, members: strangers })
  assert.deepEqual(book.receipts, [])
})

test('of a pair at most one receipt is written for its window, and the last once nothing more comes', () => {
  const idleMs = 60_000
  const due = (latest: Receipt, published: readonly Receipt[], nowMs: number) =>
    dueReceipts([latest], published, { nowMs, idleMs }).length
  assert.equal(due(first, [], first.windowEndMs + idleMs - 1), 0)
  assert.equal(due(first, [], first.windowEndMs + idleMs), 1)
  assert.equal(due(first, [first], first.windowEndMs + 9 * idleMs), 0)
  assert.equal(due(second, [first], second.windowEndMs + idleMs), 0)
  assert.equal(due(second, [first], first.windowEndMs + 24 * 3_600_000), 1)
})
