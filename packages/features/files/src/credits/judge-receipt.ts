/**
 * Whether a receipt counts after the one before it: every rule, as one pure function with a reason for each refusal.
 *
 * The two sides of a transfer judge each receipt in its turn (`mode: 'next'`): nothing may be missing between. Whoever
 * gathers receipts later sees the latest of each day (`'later'`), so numbers may be left out; what can still be checked
 * is. Nothing here reads a clock: `nowMs` is this device's at a transfer, and the carrying entry's time in a space, where
 * everybody has to judge alike.
 */

import { CLOCK_AHEAD_MS_MAX, equalBytes } from '@hamlet/core'
import type { Crypto, DeviceId, PersonId } from '@hamlet/core'
import {
  PIECE_BYTES_MAX,
  RATE_BYTES_PER_SECOND_MAX,
  RECEIPT_WINDOW_MS_MAX,
  REDOWNLOAD_SHARE,
  STEP_BYTES_MAX,
} from './limits.ts'
import { digestPieces } from './receipt-ids.ts'
import { isCountersigned, isSamePair, receiptId, verifyPayee, verifyPayer } from './receipt.ts'
import type { Receipt, ReceiptFacts, SignedReceipt } from './receipt.ts'

export type ReceiptRefusal =
  /** One device on both ends. */
  | 'self-payment'
  /** Two devices of one person. */
  | 'same-person'
  /** A device that is not certified for the person named with it. */
  | 'unknown-device'
  /** Somebody who was no member at the end of the window. */
  | 'not-member'
  /** The receipt before it is of another pair or group. */
  | 'other-pair'
  /** The very receipt that is known already. */
  | 'replay'
  /** Another receipt with a sequence that is taken: somebody signed two. */
  | 'fork'
  /** A sequence below the latest known. */
  | 'stale'
  /** A receipt between is missing. */
  | 'gap'
  /** It names another receipt as the one before. */
  | 'broken-chain'
  /** Cumulative totals have to grow. */
  | 'total-not-growing'
  /** More than the link could carry in that time. */
  | 'over-rate'
  /** More than the blob has, some of it twice included. */
  | 'over-size'
  /** More or fewer bytes than so many chunks can have. */
  | 'piece-count'
  /** Other chunks than those that are known. */
  | 'wrong-digest'
  | 'window-too-long'
  | 'window-in-future'
  /** It begins before the window of the receipt before has ended. */
  | 'window-overlap'
  | 'bad-payer-signature'
  | 'bad-payee-signature'
  | 'not-countersigned'

export interface JudgeContext {
  readonly crypto: Crypto
  readonly mode: 'next' | 'later'
  /** `true`: the payee's signature has to be there. */
  readonly isFinal: boolean
  readonly nowMs: number
  /** Whom a device is certified for; `undefined` when nothing is known of it. */
  personOf(device: DeviceId): PersonId | undefined
  /** Whether somebody was a member then. @default nobody is asked, in public */
  isMemberAt?(person: PersonId, atMs: number): boolean
  /** What is known of the blob. */
  readonly swarm?: {
    readonly sizeBytes: number
    /** What earlier receipts of this pair add up to for it. */
    readonly settledBytes: number
  }
  /** The chunks, for whoever knows them. */
  readonly pieces?: readonly number[]
  /** @default RATE_BYTES_PER_SECOND_MAX */
  readonly rateBytesPerSecondMax?: number
}

export type ReceiptVerdict =
  | { readonly ok: true; readonly increaseBytes: number }
  | { readonly ok: false; readonly reason: ReceiptRefusal }

type Judged = SignedReceipt | Receipt

/** `previous`: the latest receipt of the pair that counts; it has been judged. */
export function judgeReceipt(
  receipt: Judged,
  previous: Judged | undefined,
  context: JudgeContext,
): ReceiptVerdict {
  const reason =
    judgeParties(receipt, context) ??
    judgeOrder(receipt, previous, context) ??
    judgeWindow(receipt, previous, context) ??
    judgeAmount(receipt, previous, context) ??
    judgePieces(receipt, previous, context) ??
    judgeSignatures(receipt, context)
  if (reason !== undefined) return { ok: false, reason }
  return { ok: true, increaseBytes: increaseOf(receipt, previous) }
}

export function increaseOf(receipt: ReceiptFacts, previous: ReceiptFacts | undefined): number {
  return receipt.totalBytes - (previous?.totalBytes ?? 0)
}

/** What a pair can have transferred at most between two receipts, or from a receipt's own start. */
export function rateBound(
  receipt: ReceiptFacts,
  previous: ReceiptFacts | undefined,
  rateBytesPerSecondMax: number = RATE_BYTES_PER_SECOND_MAX,
): number {
  // Before the window opened a step may have come already, while the claim for another blob was on its way.
  const startMs = previous?.windowEndMs ?? receipt.windowStartMs
  const seconds = (receipt.windowEndMs - startMs) / 1000
  return rateBytesPerSecondMax * seconds + STEP_BYTES_MAX
}

function judgeParties(receipt: Judged, context: JudgeContext): ReceiptRefusal | undefined {
  const { payer, payee, payerPerson, payeePerson, windowEndMs } = receipt
  if (payer === payee) return 'self-payment'
  if (payerPerson === payeePerson) return 'same-person'
  if (context.personOf(payer) !== payerPerson) return 'unknown-device'
  if (context.personOf(payee) !== payeePerson) return 'unknown-device'
  if (context.isMemberAt === undefined) return undefined
  const areMembers = [payerPerson, payeePerson].every((person) => {
    return context.isMemberAt!(person, windowEndMs)
  })
  return areMembers ? undefined : 'not-member'
}

function judgeOrder(
  receipt: Judged,
  previous: Judged | undefined,
  { crypto, mode }: JudgeContext,
): ReceiptRefusal | undefined {
  if (previous === undefined) return mode === 'next' && receipt.seq !== 1 ? 'gap' : undefined
  if (!isSamePair(receipt, previous)) return 'other-pair'
  const previousId = receiptId(crypto, previous)
  if (receipt.seq === previous.seq) {
    return receiptId(crypto, receipt) === previousId ? 'replay' : 'fork'
  }
  if (receipt.seq < previous.seq) return 'stale'
  const isNext = receipt.seq === previous.seq + 1
  if (isNext && receipt.previous !== previousId) return 'broken-chain'
  if (!isNext && mode === 'next') return 'gap'
  return undefined
}

function judgeWindow(
  receipt: Judged,
  previous: Judged | undefined,
  { nowMs }: JudgeContext,
): ReceiptRefusal | undefined {
  const { windowStartMs, windowEndMs } = receipt
  if (windowEndMs - windowStartMs > RECEIPT_WINDOW_MS_MAX) return 'window-too-long'
  if (windowEndMs > nowMs + CLOCK_AHEAD_MS_MAX) return 'window-in-future'
  if (previous !== undefined && windowStartMs < previous.windowEndMs) return 'window-overlap'
  return undefined
}

function judgeAmount(
  receipt: Judged,
  previous: Judged | undefined,
  { rateBytesPerSecondMax, swarm, mode }: JudgeContext,
): ReceiptRefusal | undefined {
  const increase = increaseOf(receipt, previous)
  if (increase <= 0) return 'total-not-growing'
  const isMeasured = previous !== undefined || receipt.seq === 1
  if (isMeasured && increase > rateBound(receipt, previous, rateBytesPerSecondMax)) {
    return 'over-rate'
  }
  if (swarm === undefined || mode !== 'next') return undefined
  const allowed = swarm.sizeBytes * (1 + REDOWNLOAD_SHARE) + PIECE_BYTES_MAX
  return swarm.settledBytes + increase > allowed ? 'over-size' : undefined
}

function judgePieces(
  receipt: Judged,
  previous: Judged | undefined,
  { crypto, pieces, mode }: JudgeContext,
): ReceiptRefusal | undefined {
  const { pieceCount, piecesDigest, swarm } = receipt
  const increase = increaseOf(receipt, previous)
  const isConsecutive = mode === 'next' || receipt.seq === (previous?.seq ?? 0) + 1
  const fits = increase >= pieceCount && increase <= pieceCount * PIECE_BYTES_MAX
  if (isConsecutive && !fits) return 'piece-count'
  if (pieces === undefined) return undefined
  if (pieces.length !== pieceCount) return 'piece-count'
  const isSame = equalBytes(digestPieces(crypto, swarm, pieces), piecesDigest)
  return isSame ? undefined : 'wrong-digest'
}

function judgeSignatures(
  receipt: Judged,
  { crypto, isFinal }: JudgeContext,
): ReceiptRefusal | undefined {
  if (!verifyPayer(crypto, receipt)) return 'bad-payer-signature'
  if (!isCountersigned(receipt)) return isFinal ? 'not-countersigned' : undefined
  return verifyPayee(crypto, receipt) ? undefined : 'bad-payee-signature'
}
