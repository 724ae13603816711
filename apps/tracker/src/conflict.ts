/**
 * Two receipts of one pair that cannot both be true, as a proof that anybody can check: a CBOR array of version 1,
 * `conflict`, the receipt with the lower sequence (of equal ones that with the smaller id), the other one, null.
 */

import { encodeCbor } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { encodeReceipt, isSamePair, receiptId } from '@hamlet/files/credits'
import type { Receipt } from '@hamlet/files/credits'

/** The proof, or `undefined` when both can be true. Their signatures must have been verified. */
export function findConflict(crypto: Crypto, a: Receipt, b: Receipt): Uint8Array | undefined {
  if (!isSamePair(a, b)) return undefined
  const isInOrder = a.seq === b.seq ? receiptId(crypto, a) < receiptId(crypto, b) : a.seq < b.seq
  const [first, second] = isInOrder ? [a, b] : [b, a]
  if (!contradict(crypto, first, second)) return undefined
  return encodeCbor([1, 'conflict', encodeReceipt(first), encodeReceipt(second), null])
}

/** One sequence said twice; a total that does not grow; or another receipt named as the one right before. */
function contradict(crypto: Crypto, first: Receipt, second: Receipt): boolean {
  const firstId = receiptId(crypto, first)
  if (first.seq === second.seq) return firstId !== receiptId(crypto, second)
  if (second.totalBytes <= first.totalBytes) return true
  return second.seq === first.seq + 1 && second.previous !== firstId
}
