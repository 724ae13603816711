/**
 * Fraud proofs: things nobody honest can have signed, as objects that anybody can check.
 *
 *     KIND          PARTS                                          WHAT IT PROVES
 *     conflict      receipt, receipt                               two histories of one pair of devices were signed
 *     self-dealing  receipt, payer's and payee's certificates      one person is on both ends
 *     over-rate     receipt before or null, receipt                more than any link carries was signed for
 *
 * A **conflict** is two receipts of one pair and group of which one sequence is said twice; or the later total is not above
 * the earlier; or the later names another receipt as the one right before it. The payer signed both, so the payer is named;
 * the payee too where both bear its signature. Receipts name persons, which nobody but a certificate proves, so devices are
 * named and whoever counts looks up whose they are.
 *
 * An invalid chunk is no such proof here: the swarm protocol sends chunks over authenticated lines and signs none of them, so a
 * receiver knows who sent a wrong one and can show it to nobody. It would take a signature over topic, chunk number and hash in
 * every answer. The sender is banned where it happened, and an outcome is noted (`outcomes.ts`); nobody else hears of it.
 *
 * Format, a CBOR array of five, at most 2,048 bytes: version 1; kind; receipt or null; receipt; null, or for self-dealing an
 * array of the two certificates. All parts are byte strings in their own formats. Of a conflict the receipt with the lower
 * sequence stands first, then the one with the smaller id, so that one contradiction has one form.
 */

import { decodeFields, encodeCbor, err } from '@hamlet/core'
import type { Crypto, DeviceId, FieldReader, PersonId, Result } from '@hamlet/core'
import { DEVICE_CERTIFICATE_BYTES_MAX, openDeviceCertificate } from '@hamlet/identity'
import { CreditError } from './errors.ts'
import { increaseOf, rateBound } from './judge-receipt.ts'
import { FRAUD_PROOF_BYTES_MAX, RECEIPT_BYTES_MAX } from './limits.ts'
import { bytesToDigest } from './receipt-ids.ts'
import type { ProofId } from './receipt-ids.ts'
import {
  decodeReceipt,
  encodeReceipt,
  isCountersigned,
  isSamePair,
  receiptId,
  verifyPayee,
  verifyPayer,
} from './receipt.ts'
import type { Receipt, SignedReceipt } from './receipt.ts'

type AnyReceipt = SignedReceipt | Receipt

export type FraudProof =
  | { readonly kind: 'conflict'; readonly first: AnyReceipt; readonly second: AnyReceipt }
  | {
      readonly kind: 'self-dealing'
      readonly receipt: AnyReceipt
      /** As `encodeDeviceCertificate` gives them. */
      readonly payerCertificate: Uint8Array
      readonly payeeCertificate: Uint8Array
    }
  | {
      readonly kind: 'over-rate'
      readonly before: AnyReceipt | undefined
      readonly receipt: AnyReceipt
    }

export interface ProvenFraud {
  readonly id: ProofId
  readonly proof: FraudProof
  /** Devices that cannot have been honest. */
  readonly devices: readonly DeviceId[]
  /** Where a certificate in the proof says so. */
  readonly person: PersonId | undefined
}

const VERSION = 1
const KINDS = ['conflict', 'self-dealing', 'over-rate'] as const

/** In its one form; whether it proves anything, `openFraudProof` says. */
export function conflictProof(crypto: Crypto, a: AnyReceipt, b: AnyReceipt): FraudProof {
  const isInOrder = a.seq === b.seq ? receiptId(crypto, a) <= receiptId(crypto, b) : a.seq < b.seq
  return { kind: 'conflict', first: isInOrder ? a : b, second: isInOrder ? b : a }
}

export function encodeFraudProof(proof: FraudProof): Uint8Array {
  if (proof.kind === 'conflict') {
    const parts = [encodeReceipt(proof.first), encodeReceipt(proof.second)]
    return encodeCbor([VERSION, proof.kind, ...parts, null])
  }
  const receipt = encodeReceipt(proof.receipt)
  if (proof.kind === 'over-rate') {
    const before = proof.before === undefined ? null : encodeReceipt(proof.before)
    return encodeCbor([VERSION, proof.kind, before, receipt, null])
  }
  const certificates = [proof.payerCertificate, proof.payeeCertificate]
  return encodeCbor([VERSION, proof.kind, null, receipt, certificates])
}

/** Decodes and checks the form, not what it proves. */
export function decodeFraudProof(bytes: Uint8Array): Result<FraudProof, CreditError> {
  const decoded = decodeFields(bytes, 'fraud proof', readProof, { bytesMax: FRAUD_PROOF_BYTES_MAX })
  if (decoded.ok) return decoded
  const { message } = decoded.error
  return err(new CreditError('CREDIT_MALFORMED', message, { cause: decoded.error }))
}

/**
 * Decodes and checks every signature and what follows. `rateBytesPerSecondMax`: of the group's policy, the same for all who
 * judge.
 */
export function openFraudProof(
  crypto: Crypto,
  bytes: Uint8Array,
  rateBytesPerSecondMax?: number,
): Result<ProvenFraud, CreditError> {
  const decoded = decodeFraudProof(bytes)
  if (!decoded.ok) return decoded
  const proof = decoded.value
  const proven = prove(crypto, proof, rateBytesPerSecondMax)
  if (typeof proven === 'string') {
    return err(new CreditError('CREDIT_NOT_PROVEN', `fraud proof: ${proven}`))
  }
  return { ok: true, value: { id: bytesToDigest(crypto.hash(bytes)), proof, ...proven } }
}

type Proven = Pick<ProvenFraud, 'devices' | 'person'>

function prove(crypto: Crypto, proof: FraudProof, rate?: number): Proven | string {
  if (proof.kind === 'conflict') return proveConflict(crypto, proof.first, proof.second)
  if (proof.kind === 'over-rate') return proveRate(crypto, proof.before, proof.receipt, rate)
  return proveSelfDealing(crypto, proof)
}

function proveConflict(crypto: Crypto, first: AnyReceipt, second: AnyReceipt): Proven | string {
  if (!isSamePair(first, second)) return 'two pairs of devices'
  if (!areInOrder(crypto, first, second)) return 'the receipts stand in another order'
  if (!contradicts(crypto, first, second)) return 'the receipts follow each other'
  if (!verifyPayer(crypto, first) || !verifyPayer(crypto, second)) return 'a bad signature'
  const areBothAgreed = [first, second].every((receipt) => {
    return isCountersigned(receipt) && verifyPayee(crypto, receipt)
  })
  const { payer, payee } = first
  return { devices: areBothAgreed ? [payer, payee] : [payer], person: undefined }
}

/** Of two receipts of one pair, the first of the lower sequence. */
export function contradicts(crypto: Crypto, first: AnyReceipt, second: AnyReceipt): boolean {
  const firstId = receiptId(crypto, first)
  if (first.seq === second.seq) return firstId !== receiptId(crypto, second)
  if (second.totalBytes <= first.totalBytes) return true
  return second.seq === first.seq + 1 && second.previous !== firstId
}

function areInOrder(crypto: Crypto, first: AnyReceipt, second: AnyReceipt): boolean {
  if (first.seq !== second.seq) return first.seq < second.seq
  return receiptId(crypto, first) < receiptId(crypto, second)
}

function proveRate(
  crypto: Crypto,
  before: AnyReceipt | undefined,
  receipt: AnyReceipt,
  rate?: number,
): Proven | string {
  if (before === undefined && receipt.seq !== 1) return 'the receipt before is missing'
  if (before !== undefined) {
    if (!isSamePair(before, receipt) || before.seq >= receipt.seq) return 'two pairs of devices'
    if (!isSigned(crypto, before)) return 'a bad signature'
  }
  if (increaseOf(receipt, before) <= rateBound(receipt, before, rate)) return 'a link carries that'
  return isSigned(crypto, receipt)
    ? { devices: [receipt.payer, receipt.payee], person: undefined }
    : 'a bad signature'
}

/** By both: one alone could claim what it wants. */
function isSigned(crypto: Crypto, receipt: AnyReceipt): boolean {
  return isCountersigned(receipt) && verifyPayer(crypto, receipt) && verifyPayee(crypto, receipt)
}

function proveSelfDealing(
  crypto: Crypto,
  proof: Extract<FraudProof, { kind: 'self-dealing' }>,
): Proven | string {
  const { receipt, payerCertificate, payeeCertificate } = proof
  const payer = openDeviceCertificate(crypto, payerCertificate)
  const payee = openDeviceCertificate(crypto, payeeCertificate)
  if (!payer.ok || !payee.ok) return 'a certificate that is not valid'
  const areTheirs = payer.value.device === receipt.payer && payee.value.device === receipt.payee
  if (!areTheirs) return 'certificates of other devices'
  if (payer.value.person !== payee.value.person) return 'two persons'
  if (!isSigned(crypto, receipt)) return 'a bad signature'
  return { devices: [receipt.payer, receipt.payee], person: payer.value.person }
}

function readProof(fields: FieldReader): FraudProof {
  fields.literal(VERSION)
  const kind = fields.oneOf(KINDS)
  const before = fields.optional(() => readPart(fields))
  const receipt = readPart(fields)
  const certificates = fields.optional(() => fields.tuple(readCertificates))
  if ((kind === 'self-dealing') !== (certificates !== undefined)) {
    throw fields.refuse('certificates belong to self-dealing')
  }
  if (certificates !== undefined) {
    if (before !== undefined) throw fields.refuse('self-dealing is in one receipt')
    return { kind: 'self-dealing', receipt, ...certificates }
  }
  if (kind === 'over-rate') return { kind, before, receipt }
  if (before === undefined) throw fields.refuse('a conflict is between two receipts')
  return { kind: 'conflict', first: before, second: receipt }
}

function readPart(fields: FieldReader): AnyReceipt {
  const decoded = decodeReceipt(fields.bytesUpTo(RECEIPT_BYTES_MAX))
  if (decoded.ok) return decoded.value
  throw fields.refuse(decoded.error.message)
}

function readCertificates(
  fields: FieldReader,
): Pick<Extract<FraudProof, { kind: 'self-dealing' }>, 'payerCertificate' | 'payeeCertificate'> {
  return {
    payerCertificate: fields.bytesUpTo(DEVICE_CERTIFICATE_BYTES_MAX, 1),
    payeeCertificate: fields.bytesUpTo(DEVICE_CERTIFICATE_BYTES_MAX, 1),
  }
}
