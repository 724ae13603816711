/**
 * What a space carries of credits: entry types with their strict decoders. `docs/formats/receipt.md` has the same table.
 *
 *     TYPE             VALUE (CBOR array)                             LEAST ROLE
 *     files.receipt    [receipt with both signatures, as bytes]       reader
 *     files.transfer   [transfer with both signatures, as bytes]      reader
 *     files.fraud      ["proof", fraud proof as bytes]                reader
 *                      ["cleared", id of a proof 32 B, note ≤ 1,000 B]  admin
 *
 * The objects prove themselves, so anybody may carry any of them; of receipts the payee does, the latest of a pair and at
 * most one in its window (`dueReceipts`), for the total of a later one includes all before.
 */

import { hexToBytes, readFields } from '@hamlet/core'
import type { CborError, CborValue, FieldReader, Result } from '@hamlet/core'
import type { ContentDraft, Role } from '@hamlet/space'
import { decodeFraudProof, encodeFraudProof } from './fraud-proof.ts'
import type { FraudProof } from './fraud-proof.ts'
import {
  FRAUD_NOTE_BYTES_MAX,
  FRAUD_PROOF_BYTES_MAX,
  RECEIPT_BYTES_MAX,
  RECEIPT_WINDOW_MS_MAX,
  TRANSFER_BYTES_MAX,
} from './limits.ts'
import { pairKey, readDigest } from './receipt-ids.ts'
import type { ProofId } from './receipt-ids.ts'
import { decodeReceipt, encodeReceipt, isCountersigned } from './receipt.ts'
import type { Receipt } from './receipt.ts'
import { decodeTransfer, encodeTransfer, isAccepted } from './transfer.ts'
import type { Transfer } from './transfer.ts'

export type CreditContent =
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'transfer'; readonly transfer: Transfer }
  | { readonly kind: 'proof'; readonly proof: FraudProof; readonly bytes: Uint8Array }
  | { readonly kind: 'cleared'; readonly proof: ProofId; readonly note: string }

export const CREDIT_TYPES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['files.receipt', 'reader'],
  ['files.transfer', 'reader'],
  ['files.fraud', 'reader'],
])

const WORDS = ['proof', 'cleared'] as const

/** What the value says, or `undefined` for another type and for anything malformed. Signatures are not checked here. */
export function decodeCredit(type: string, value: CborValue): CreditContent | undefined {
  const read = READERS.get(type)
  if (read === undefined) return undefined
  const decoded: Result<CreditContent, CborError> = readFields(value, type, read)
  return decoded.ok ? decoded.value : undefined
}

/** The entry to write; the inverse of `decodeCredit`. */
export function creditDraft(content: CreditContent): ContentDraft {
  switch (content.kind) {
    case 'receipt':
      return { type: 'files.receipt', value: [encodeReceipt(content.receipt)] }
    case 'transfer':
      return { type: 'files.transfer', value: [encodeTransfer(content.transfer)] }
    case 'proof':
      return { type: 'files.fraud', value: ['proof', encodeFraudProof(content.proof)] }
    case 'cleared':
      return { type: 'files.fraud', value: ['cleared', hexToBytes(content.proof), content.note] }
  }
}

/**
 * Receipts that are to be written into the space by now: of each pair the latest, if it is newer than what the space has, and
 * either a day has passed since that one's window or nothing more has come for `idleMs`.
 */
export function dueReceipts(
  latest: Iterable<Receipt>,
  published: Iterable<Receipt>,
  { nowMs, idleMs }: { readonly nowMs: number; readonly idleMs: number },
): readonly Receipt[] {
  const known = new Map<string, Receipt>()
  for (const receipt of published) {
    const before = known.get(pairKey(receipt))
    if (before === undefined || before.seq < receipt.seq) known.set(pairKey(receipt), receipt)
  }
  return [...latest].filter((receipt) => {
    const before = known.get(pairKey(receipt))
    if (before === undefined) return nowMs - receipt.windowEndMs >= idleMs
    if (receipt.seq <= before.seq) return false
    const isNewWindow = receipt.windowEndMs - before.windowEndMs >= RECEIPT_WINDOW_MS_MAX
    const dayPassed = nowMs - before.windowEndMs >= RECEIPT_WINDOW_MS_MAX
    return isNewWindow || (dayPassed && nowMs - receipt.windowEndMs >= idleMs)
  })
}

const READERS: ReadonlyMap<string, (fields: FieldReader) => CreditContent> = new Map([
  ['files.receipt', readReceiptEntry],
  ['files.transfer', readTransferEntry],
  ['files.fraud', readFraudEntry],
])

function readReceiptEntry(fields: FieldReader): CreditContent {
  const decoded = decodeReceipt(fields.bytesUpTo(RECEIPT_BYTES_MAX))
  if (decoded.ok && isCountersigned(decoded.value)) {
    return { kind: 'receipt', receipt: decoded.value }
  }
  throw fields.refuse('expected a receipt with both signatures')
}

function readTransferEntry(fields: FieldReader): CreditContent {
  const decoded = decodeTransfer(fields.bytesUpTo(TRANSFER_BYTES_MAX))
  if (decoded.ok && isAccepted(decoded.value)) return { kind: 'transfer', transfer: decoded.value }
  throw fields.refuse('expected a transfer with both signatures')
}

function readFraudEntry(fields: FieldReader): CreditContent {
  if (fields.oneOf(WORDS) === 'cleared') {
    const proof = readDigest<ProofId>(fields)
    return { kind: 'cleared', proof, note: fields.text(FRAUD_NOTE_BYTES_MAX) }
  }
  const bytes = fields.bytesUpTo(FRAUD_PROOF_BYTES_MAX)
  const decoded = decodeFraudProof(bytes)
  if (decoded.ok) return { kind: 'proof', proof: decoded.value, bytes }
  throw fields.refuse(decoded.error.message)
}
