/**
 * What the two sides of a transfer send each other about receipts.
 *
 * A **claim** carries every receipt that the downloader signed and got no answer to, with the chunks of each, so a lost
 * message costs nothing: the next one has it all. It also shows the last receipt that both signed, for an uploader whose
 * disk was put back to an earlier time. An **answer** is the newest of the claimed receipts with the second signature;
 * totals being cumulative, it stands for all before it.
 *
 * Format of a claim, a CBOR array of three, at most 40,000 bytes:
 *
 *     FIELD  CONTENT
 *     0      version, 1
 *     1      1 to 64 arrays of two in ascending order of sequences: a receipt without the payee's signature, as bytes;
 *            its 1 to 4,096 chunk numbers in ascending order, each as often as it was received
 *     2      the last receipt that both signed, as bytes, or null
 *
 * An answer is a receipt with both signatures.
 */

import { CborError, decodeFields, encodeCbor, err } from '@hamlet/core'
import type { FieldReader, Result } from '@hamlet/core'
import { CreditError } from './errors.ts'
import { CLAIM_BYTES_MAX, RECEIPT_BYTES_MAX, RECEIPT_PIECES_MAX, UNANSWERED_MAX } from './limits.ts'
import { decodeReceipt, encodeReceipt, isCountersigned } from './receipt.ts'
import type { Receipt, SignedReceipt } from './receipt.ts'

export interface ClaimedReceipt {
  readonly receipt: SignedReceipt
  /** In ascending order. */
  readonly pieces: readonly number[]
}

export interface Claim {
  /** In ascending order of sequences, at least one. */
  readonly receipts: readonly ClaimedReceipt[]
  /** What both signed before these. */
  readonly settled: Receipt | undefined
}

const VERSION = 1
/** A blob of 2^40 bytes has no more. */
const PIECE_NUMBER_MAX = 2 ** 22

export function encodeClaim({ receipts, settled }: Claim): Uint8Array {
  const items = receipts.map(({ receipt, pieces }) => [encodeReceipt(receipt), pieces])
  return encodeCbor([VERSION, items, settled === undefined ? null : encodeReceipt(settled)])
}

export function decodeClaim(bytes: Uint8Array): Result<Claim, CreditError> {
  const decoded = decodeFields(bytes, 'claim', readClaim, { bytesMax: CLAIM_BYTES_MAX })
  if (decoded.ok) return decoded
  const { message } = decoded.error
  return err(new CreditError('CREDIT_MALFORMED', message, { cause: decoded.error }))
}

function readClaim(fields: FieldReader): Claim {
  fields.literal(VERSION)
  const receipts = fields.list(UNANSWERED_MAX, (item) => item.tuple(readClaimed), 1)
  for (let i = 1; i < receipts.length; i++) {
    if (receipts[i - 1]!.receipt.seq >= receipts[i]!.receipt.seq) {
      throw fields.refuse('receipts out of order')
    }
  }
  return { receipts, settled: fields.optional(() => readCountersigned(fields)) }
}

export function readClaimed(fields: FieldReader): ClaimedReceipt {
  const receipt = readInner(fields)
  if (isCountersigned(receipt)) throw fields.refuse('a claim is not countersigned')
  return { receipt, pieces: readPieces(fields, RECEIPT_PIECES_MAX) }
}

/** In ascending order, each as often as it came. */
export function readPieces(fields: FieldReader, countMax: number): readonly number[] {
  const pieces = fields.list(countMax, (item) => item.uint(PIECE_NUMBER_MAX), 1)
  for (let i = 1; i < pieces.length; i++) {
    if (pieces[i - 1]! > pieces[i]!) throw fields.refuse('chunks out of order')
  }
  return pieces
}

export function readCountersigned(fields: FieldReader): Receipt {
  const receipt = readInner(fields)
  if (isCountersigned(receipt)) return receipt
  throw fields.refuse('expected a receipt with both signatures')
}

function readInner(fields: FieldReader): SignedReceipt | Receipt {
  const decoded = decodeReceipt(fields.bytesUpTo(RECEIPT_BYTES_MAX))
  if (decoded.ok) return decoded.value
  throw new CborError('CBOR_FIELD', decoded.error.message, { cause: decoded.error })
}
