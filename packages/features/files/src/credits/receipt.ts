/**
 * Receipts: what one device received from another and verified, said by both.
 *
 * The downloader (payer) signs how much it ever received from the uploader (payee) in this group, and the uploader
 * countersigns. So the same object is a debit of one and a credit of the other, and sums over all people come to nothing.
 * Totals are cumulative: the latest receipt of a pair replaces all before it, and losing one loses nothing. Each names the
 * one before it by hash, so that whoever shows different totals to different people has signed a contradiction.
 *
 * Format, a CBOR array of sixteen, at most 512 bytes (worked example in `docs/formats/receipt.md`, frozen since v1):
 *
 *     FIELD  CONTENT
 *     0      version, 1
 *     1      group: space, 32 bytes, or null in public
 *     2      swarm: blinded name of the blob, 32 bytes
 *     3      payer: device that received, 32 bytes
 *     4      person the payer is certified for, 32 bytes
 *     5      payee: device that sent, 32 bytes
 *     6      person the payee is certified for, 32 bytes
 *     7      sequence in this ordered pair and group, from 1
 *     8      total bytes of the pair so far, 1 to 2^48
 *     9      pieces: chunks this receipt adds, 1 to 4,096
 *     10     digest of their numbers, 32 bytes
 *     11     id of the receipt before, 32 bytes, or null for the first
 *     12     start of the time it speaks of, milliseconds since the Unix epoch
 *     13     end of it, not before its start
 *     14     payer's signature over fields 0 to 13 as an array, domain `receipt`, 64 bytes
 *     15     payee's signature over fields 0 to 14 as an array, domain `receipt-countersigned`, 64 bytes; null until then
 *
 * Invariants:
 * 1. The id is the SHA-256 of fields 0 to 13 as an array: whoever signs twice has still said one thing.
 * 2. What decodes encodes to the same bytes.
 * 3. Persons are what the signers say; whoever counts a receipt looks the devices up.
 */

import { decodeFields, encodeCbor, err, hexToBytes, idToBytes } from '@hamlet/core'
import type {
  CborValue,
  Crypto,
  DeviceId,
  FieldReader,
  PersonId,
  Result,
  Signer,
  SpaceId,
} from '@hamlet/core'
import { SIGNATURE_BYTES, signDomain, verifyDomain } from '@hamlet/identity'
import { CreditError } from './errors.ts'
import { RECEIPT_BYTES_MAX, RECEIPT_PIECES_MAX, RECEIPT_TOTAL_BYTES_MAX } from './limits.ts'
import { bytesToDigest, DIGEST_BYTES, groupToCbor, readDigest } from './receipt-ids.ts'
import type { Pair, ReceiptId, SwarmId } from './receipt-ids.ts'

export interface ReceiptFacts extends Pair {
  readonly swarm: SwarmId
  readonly payerPerson: PersonId
  readonly payeePerson: PersonId
  /** From 1, without gaps. */
  readonly seq: number
  /** All that the payer ever received from the payee in this group. */
  readonly totalBytes: number
  readonly pieceCount: number
  /** See `digestPieces`, 32 bytes. */
  readonly piecesDigest: Uint8Array
  readonly previous: ReceiptId | undefined
  readonly windowStartMs: number
  readonly windowEndMs: number
}

/** What the payer signed: a claim until the payee agrees. */
export interface SignedReceipt extends ReceiptFacts {
  readonly payerSignature: Uint8Array
}

export interface Receipt extends SignedReceipt {
  readonly payeeSignature: Uint8Array
}

const VERSION = 1

export function signReceipt(payer: Signer, facts: ReceiptFacts): SignedReceipt {
  const signed = encodeCbor(factFields(facts))
  return { ...facts, payerSignature: signDomain(payer, 'receipt', signed) }
}

/** `receipt` must have been judged: the payee's word makes it count. */
export function countersignReceipt(payee: Signer, receipt: SignedReceipt): Receipt {
  const signed = encodeCbor(signedFields(receipt))
  return { ...receipt, payeeSignature: signDomain(payee, 'receipt-countersigned', signed) }
}

export function receiptId(crypto: Crypto, receipt: ReceiptFacts): ReceiptId {
  return bytesToDigest(crypto.hash(encodeCbor(factFields(receipt))))
}

export function verifyPayer(crypto: Crypto, receipt: SignedReceipt): boolean {
  const { payer, payerSignature } = receipt
  const signed = encodeCbor(factFields(receipt))
  return verifyDomain(crypto, idToBytes(payer), 'receipt', signed, payerSignature)
}

export function verifyPayee(crypto: Crypto, receipt: Receipt): boolean {
  const { payee, payeeSignature } = receipt
  const signed = encodeCbor(signedFields(receipt))
  return verifyDomain(crypto, idToBytes(payee), 'receipt-countersigned', signed, payeeSignature)
}

export function encodeReceipt(receipt: SignedReceipt | Receipt): Uint8Array {
  return encodeCbor(receiptFields(receipt))
}

/** As fields of another format. */
export function receiptFields(receipt: SignedReceipt | Receipt): readonly CborValue[] {
  return [...signedFields(receipt), isCountersigned(receipt) ? receipt.payeeSignature : null]
}

/** Decodes and checks the form, not the signatures: for receipts that were opened before they were stored. */
export function decodeReceipt(bytes: Uint8Array): Result<SignedReceipt | Receipt, CreditError> {
  const decoded = decodeFields(bytes, 'receipt', readReceipt, { bytesMax: RECEIPT_BYTES_MAX })
  if (decoded.ok) return decoded
  const { message } = decoded.error
  return err(new CreditError('CREDIT_MALFORMED', message, { cause: decoded.error }))
}

/** Decodes and verifies both signatures; one that waits for the payee's is refused. */
export function openReceipt(crypto: Crypto, bytes: Uint8Array): Result<Receipt, CreditError> {
  const decoded = decodeReceipt(bytes)
  if (!decoded.ok) return decoded
  const receipt = decoded.value
  if (isCountersigned(receipt) && verifyReceipt(crypto, receipt)) {
    return { ok: true, value: receipt }
  }
  return err(new CreditError('CREDIT_BAD_SIGNATURE', 'receipt: expected two valid signatures'))
}

export function verifyReceipt(crypto: Crypto, receipt: Receipt): boolean {
  return verifyPayer(crypto, receipt) && verifyPayee(crypto, receipt)
}

export function isCountersigned(receipt: SignedReceipt | Receipt): receipt is Receipt {
  return 'payeeSignature' in receipt
}

export function isSamePair(a: Pair, b: Pair): boolean {
  return a.group === b.group && a.payer === b.payer && a.payee === b.payee
}

export function readReceipt(fields: FieldReader): SignedReceipt | Receipt {
  fields.literal(VERSION)
  const parties = readParties(fields)
  const seq = fields.int(1, Number.MAX_SAFE_INTEGER)
  const signed: SignedReceipt = {
    ...parties,
    seq,
    totalBytes: fields.int(1, RECEIPT_TOTAL_BYTES_MAX),
    pieceCount: fields.int(1, RECEIPT_PIECES_MAX),
    piecesDigest: fields.bytes(DIGEST_BYTES),
    previous: fields.optional(() => readDigest<ReceiptId>(fields)),
    windowStartMs: fields.uint(),
    windowEndMs: fields.uint(),
    payerSignature: fields.bytes(SIGNATURE_BYTES),
  }
  if ((seq === 1) !== (signed.previous === undefined)) {
    throw fields.refuse('only the first receipt of a pair names none before it')
  }
  if (signed.windowEndMs < signed.windowStartMs) throw fields.refuse('ends before it starts')
  const payeeSignature = fields.optional(() => fields.bytes(SIGNATURE_BYTES))
  return payeeSignature === undefined ? signed : { ...signed, payeeSignature }
}

function readParties(
  fields: FieldReader,
): Pick<ReceiptFacts, 'group' | 'swarm' | 'payer' | 'payerPerson' | 'payee' | 'payeePerson'> {
  return {
    group: fields.optional(() => fields.id<SpaceId>()),
    swarm: readDigest<SwarmId>(fields),
    payer: fields.id<DeviceId>(),
    payerPerson: fields.id<PersonId>(),
    payee: fields.id<DeviceId>(),
    payeePerson: fields.id<PersonId>(),
  }
}

function signedFields(receipt: SignedReceipt): readonly CborValue[] {
  return [...factFields(receipt), receipt.payerSignature]
}

function factFields(facts: ReceiptFacts): readonly CborValue[] {
  return [
    VERSION,
    groupToCbor(facts.group),
    hexToBytes(facts.swarm),
    idToBytes(facts.payer),
    idToBytes(facts.payerPerson),
    idToBytes(facts.payee),
    idToBytes(facts.payeePerson),
    facts.seq,
    facts.totalBytes,
    facts.pieceCount,
    facts.piecesDigest,
    facts.previous === undefined ? null : hexToBytes(facts.previous),
    facts.windowStartMs,
    facts.windowEndMs,
  ]
}
