/** Goal: a proof convinces anybody of what was done and of nothing else. Method: each kind, and each way not to prove it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesToHex } from '@hamlet/core'
import { encodeDeviceCertificate } from '@hamlet/identity'
import {
  conflictProof,
  decodeFraudProof,
  encodeFraudProof,
  FRAUD_PROOF_BYTES_MAX,
  openFraudProof,
  signReceipt,
} from '@hamlet/files/credits'
import type { FraudProof } from '@hamlet/files/credits'
import {
  anna,
  annasPhone,
  ben,
  cleo,
  crypto,
  factsAfter,
  fromHex,
  MIB,
  receiptAfter,
} from './_people.ts'

const first = receiptAfter(anna, ben)
const second = receiptAfter(anna, ben, first)
const fork = receiptAfter(anna, ben, undefined, { chunks: 5 })
const forkClaim = signReceipt(anna.signer, factsAfter(anna, ben, undefined, { chunks: 6 }))

function opened(proof: FraudProof, rate?: number) {
  const result = openFraudProof(crypto, encodeFraudProof(proof), rate)
  return result.ok ? result.value : result.error.code
}

function devicesOf(proof: FraudProof, rate?: number) {
  const result = opened(proof, rate)
  return typeof result === 'string' ? result : result.devices
}

test('the proof of the golden file never changes, whoever finds it first', () => {
  const golden = fromHex(
    readFileSync(new URL('./golden/fraud-conflict-v1.hex', import.meta.url), 'utf8'),
  )
  for (const proof of [conflictProof(crypto, first, fork), conflictProof(crypto, fork, first)]) {
    assert.equal(bytesToHex(encodeFraudProof(proof)), bytesToHex(golden))
  }
  assert.ok(openFraudProof(crypto, golden).ok)
})

test('two receipts of one sequence name the payer, and the payee who agreed to both', () => {
  assert.deepEqual(devicesOf(conflictProof(crypto, first, fork)), [anna.device, ben.device])
  assert.deepEqual(devicesOf(conflictProof(crypto, first, forkClaim)), [anna.device])
})

test('a total that shrinks and a chain that was left are contradictions, too', () => {
  const shrunk = receiptAfter(anna, ben, second, { totalBytes: MIB })
  assert.deepEqual(devicesOf(conflictProof(crypto, shrunk, first)), [anna.device, ben.device])
  const afterFork = receiptAfter(anna, ben, fork)
  assert.deepEqual(devicesOf(conflictProof(crypto, first, afterFork)), [anna.device, ben.device])
})

test('receipts that follow each other, or are of others, or were not signed, prove nothing', () => {
  assert.equal(devicesOf(conflictProof(crypto, first, second)), 'CREDIT_NOT_PROVEN')
  assert.equal(devicesOf(conflictProof(crypto, first, first)), 'CREDIT_NOT_PROVEN')
  const third = receiptAfter(anna, ben, second)
  assert.equal(devicesOf(conflictProof(crypto, first, third)), 'CREDIT_NOT_PROVEN')
  const others = receiptAfter(anna, cleo, undefined, { chunks: 5 })
  assert.equal(devicesOf(conflictProof(crypto, first, others)), 'CREDIT_NOT_PROVEN')
  const forged = signReceipt(cleo.signer, factsAfter(anna, ben, undefined, { chunks: 9 }))
  assert.equal(devicesOf(conflictProof(crypto, first, forged)), 'CREDIT_NOT_PROVEN')
  const inOrder = conflictProof(crypto, first, fork)
  assert.ok(inOrder.kind === 'conflict')
  const swapped: FraudProof = { ...inOrder, first: inOrder.second, second: inOrder.first }
  assert.equal(devicesOf(swapped), 'CREDIT_NOT_PROVEN')
})

test('nobody is accused of what somebody else signed in their name', () => {
  const asBen = { payerPerson: ben.person }
  const lies = [
    receiptAfter(anna, cleo, undefined, asBen),
    receiptAfter(anna, cleo, undefined, { ...asBen, chunks: 9 }),
  ]
  const proof = opened(conflictProof(crypto, lies[0]!, lies[1]!))
  assert.ok(typeof proof !== 'string')
  assert.deepEqual(proof.devices, [anna.device, cleo.device])
  assert.equal(proof.person, undefined)
})

const dealing: Extract<FraudProof, { kind: 'self-dealing' }> = {
  kind: 'self-dealing',
  receipt: receiptAfter(anna, annasPhone, undefined, { payeePerson: ben.person }),
  payerCertificate: encodeDeviceCertificate(anna.certificate),
  payeeCertificate: encodeDeviceCertificate(annasPhone.certificate),
}

test('one person on both ends is proven by the certificates, whatever the receipt says', () => {
  const proven = opened(dealing)
  assert.ok(typeof proven !== 'string')
  assert.equal(proven.person, anna.person)
  assert.ok(encodeFraudProof(dealing).length <= FRAUD_PROOF_BYTES_MAX)
  const bens = encodeDeviceCertificate(ben.certificate)
  assert.equal(opened({ ...dealing, payeeCertificate: bens }), 'CREDIT_NOT_PROVEN')
  assert.equal(opened({ ...dealing, receipt: first, payeeCertificate: bens }), 'CREDIT_NOT_PROVEN')
  assert.equal(opened({ ...dealing, payerCertificate: Uint8Array.of(1) }), 'CREDIT_NOT_PROVEN')
  const claim = signReceipt(anna.signer, factsAfter(anna, annasPhone, undefined))
  assert.equal(opened({ ...dealing, receipt: claim }), 'CREDIT_NOT_PROVEN')
})

test('more than a link carries is proven by the receipt and the one before', () => {
  const fast = receiptAfter(anna, ben, first, { chunks: 80 })
  const both = [anna.device, ben.device]
  assert.deepEqual(devicesOf({ kind: 'over-rate', before: first, receipt: fast }, MIB), both)
  assert.equal(devicesOf({ kind: 'over-rate', before: first, receipt: fast }), 'CREDIT_NOT_PROVEN')
  assert.equal(
    devicesOf({ kind: 'over-rate', before: undefined, receipt: fast }, 1),
    'CREDIT_NOT_PROVEN',
  )
  const alone = receiptAfter(anna, ben, undefined, { chunks: 80 })
  assert.deepEqual(devicesOf({ kind: 'over-rate', before: undefined, receipt: alone }, 1), both)
  const claim = signReceipt(anna.signer, factsAfter(anna, ben, first, { chunks: 80 }))
  assert.equal(
    devicesOf({ kind: 'over-rate', before: first, receipt: claim }, 1),
    'CREDIT_NOT_PROVEN',
  )
})

test('proofs of another form are refused', () => {
  const bytes = encodeFraudProof(conflictProof(crypto, first, fork))
  for (const bent of [
    bytes.subarray(1),
    Uint8Array.of(0x80),
    new Uint8Array(FRAUD_PROOF_BYTES_MAX + 1),
  ]) {
    const decoded = decodeFraudProof(bent)
    assert.equal(!decoded.ok && decoded.error.code, 'CREDIT_MALFORMED')
  }
})
