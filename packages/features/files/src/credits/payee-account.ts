/**
 * The uploader's side of receipts with one device: what went, what the other signed for it, what was agreed to.
 *
 * `sent` notes what went; `accept` judges a claim and countersigns the newest receipt of it, which stands for all before.
 *
 * Durability: after an `accept` that says `isNew` the state must be durable before the answer is sent, else a crash could
 * make this side sign another receipt of that sequence. What went is not stored: after a restart claims of up to one
 * largest step are believed without it.
 *
 * Invariants:
 * 1. Of each sequence at most one receipt is countersigned.
 * 2. Nothing is countersigned that was not sent, but for that step.
 * 3. The same claim twice gives the same answer.
 */

import { decodeFields, encodeCbor, err } from '@hamlet/core'
import type { CborValue, FieldReader, Result } from '@hamlet/core'
import { decodeClaim, readCountersigned } from './claim.ts'
import type { ClaimedReceipt } from './claim.ts'
import { CreditError } from './errors.ts'
import { increaseOf, judgeReceipt } from './judge-receipt.ts'
import type { JudgeContext, ReceiptRefusal } from './judge-receipt.ts'
import { ACCOUNT_BYTES_MAX, STEP_BYTES_MAX, UNSIGNED_PIECES_MAX } from './limits.ts'
import type { PayerSetup, SwarmFacts } from './payer-account.ts'
import type { SwarmId } from './receipt-ids.ts'
import {
  countersignReceipt,
  encodeReceipt,
  isSamePair,
  receiptId,
  verifyPayer,
  verifyReceipt,
} from './receipt.ts'
import type { Receipt, SignedReceipt } from './receipt.ts'
import { SettledSwarms } from './settled-swarms.ts'
import { pieceBytes, stepBytes } from './step.ts'

/** `signer`: of `payee.device`. */
export type PayeeSetup = PayerSetup & Pick<JudgeContext, 'personOf' | 'isMemberAt'>

export type ClaimRefusal =
  | ReceiptRefusal
  /** Not the bytes of a claim. */
  | 'malformed'
  /** Chunks that were never sent, or other bytes than they have. */
  | 'not-sent'

export type ClaimVerdict =
  | {
      readonly ok: true
      readonly receipt: Receipt
      /** What it adds to the last answer. */
      readonly increaseBytes: number
      /** The state has to be durable before the receipt is sent. */
      readonly isNew: boolean
    }
  | {
      readonly ok: false
      readonly reason: ClaimRefusal
      /** Two receipts of one sequence, both signed by the payer. */
      readonly fork?: readonly [SignedReceipt, SignedReceipt]
    }

const VERSION = 1

export class PayeeAccount {
  readonly #setup: PayeeSetup
  #settled: Receipt | undefined
  readonly #swarms = new SettledSwarms()
  /** By blob, chunk number to how often it went unsigned. */
  readonly #sent = new Map<SwarmId, Map<number, number>>()
  #sentCount = 0
  /** Claimed without being known to have gone, since this account was opened. */
  #believedBytes = 0

  constructor(setup: PayeeSetup) {
    this.#setup = setup
  }

  static restore(setup: PayeeSetup, bytes: Uint8Array): Result<PayeeAccount, CreditError> {
    const account = new PayeeAccount(setup)
    const read = (fields: FieldReader) => account.#read(fields)
    const decoded = decodeFields(bytes, 'payee account', read, { bytesMax: ACCOUNT_BYTES_MAX })
    if (decoded.ok) return { ok: true, value: account }
    const { message } = decoded.error
    return err(new CreditError('CREDIT_MALFORMED', message, { cause: decoded.error }))
  }

  /** The last receipt that both signed. */
  get settled(): Receipt | undefined {
    return this.#settled
  }

  get stepBytes(): number {
    return stepBytes(this.#settled?.totalBytes ?? 0)
  }

  sent({ swarm }: SwarmFacts, piece: number): void {
    if (this.#sentCount >= UNSIGNED_PIECES_MAX) this.#forgetOldest()
    const pieces = this.#sent.get(swarm) ?? new Map<number, number>()
    pieces.set(piece, (pieces.get(piece) ?? 0) + 1)
    this.#sent.set(swarm, pieces)
    this.#sentCount++
  }

  /** `sizeOf`: of a blob that is known here. */
  accept(
    bytes: Uint8Array,
    nowMs: number,
    sizeOf: (swarm: SwarmId) => number | undefined,
  ): ClaimVerdict {
    const decoded = decodeClaim(bytes)
    if (!decoded.ok) return { ok: false, reason: 'malformed' }
    const { receipts, settled } = decoded.value
    if (settled !== undefined) this.#adopt(settled)
    const refused = this.#judgeKnown(receipts)
    if (refused !== undefined) return refused
    const fresh = receipts.filter(({ receipt }) => receipt.seq > (this.#settled?.seq ?? 0))
    if (fresh.length === 0) return this.#again()
    const reason = this.#judge(fresh, nowMs, sizeOf)
    return reason === undefined ? this.#countersign(fresh, nowMs) : { ok: false, reason }
  }

  encode(): Uint8Array {
    return encodeCbor([
      VERSION,
      this.#settled === undefined ? null : encodeReceipt(this.#settled),
      this.#swarms.toCbor(),
    ] satisfies CborValue)
  }

  /** What we signed once counts, though our disk has forgotten it. */
  #adopt(receipt: Receipt): void {
    const { crypto, group, payer, payee } = this.#setup
    if (receipt.seq <= (this.#settled?.seq ?? 0)) return
    if (!isSamePair(receipt, { group, payer: payer.device, payee: payee.device })) return
    if (verifyReceipt(crypto, receipt)) this.#settled = receipt
  }

  /** Of the sequence that was agreed on there is one receipt. */
  #judgeKnown(receipts: readonly ClaimedReceipt[]): ClaimVerdict | undefined {
    const { crypto } = this.#setup
    const settled = this.#settled
    const same = receipts.find(({ receipt }) => receipt.seq === settled?.seq)?.receipt
    if (settled === undefined || same === undefined) return undefined
    if (receiptId(crypto, same) === receiptId(crypto, settled)) return undefined
    if (!isSamePair(same, settled)) return { ok: false, reason: 'other-pair' }
    if (!verifyPayer(crypto, same)) return { ok: false, reason: 'bad-payer-signature' }
    return { ok: false, reason: 'fork', fork: [settled, same] }
  }

  #again(): ClaimVerdict {
    if (this.#settled === undefined) return { ok: false, reason: 'gap' }
    return { ok: true, receipt: this.#settled, increaseBytes: 0, isNew: false }
  }

  #judge(
    claimed: readonly ClaimedReceipt[],
    nowMs: number,
    sizeOf: (swarm: SwarmId) => number | undefined,
  ): ClaimRefusal | undefined {
    const { crypto, group, payer, payee, personOf, isMemberAt } = this.#setup
    const pair = { group, payer: payer.device, payee: payee.device }
    const added = new Map<SwarmId, number>()
    let before: SignedReceipt | undefined = this.#settled
    let believedBytes = this.#believedBytes
    for (const { receipt, pieces } of claimed) {
      if (!isSamePair(receipt, pair)) return 'other-pair'
      const { swarm } = receipt
      const sizeBytes = sizeOf(swarm)
      const settledBytes = this.#swarms.bytes(swarm, nowMs) + (added.get(swarm) ?? 0)
      const known = sizeBytes === undefined ? {} : { swarm: { sizeBytes, settledBytes } }
      const basics = { crypto, mode: 'next', isFinal: false, nowMs, pieces, personOf } as const
      const membership = isMemberAt === undefined ? {} : { isMemberAt }
      const verdict = judgeReceipt(receipt, before, { ...basics, ...membership, ...known })
      if (!verdict.ok) return verdict.reason
      const bytes = sumPieces(pieces, sizeBytes)
      if (bytes !== undefined && bytes !== verdict.increaseBytes) return 'not-sent'
      believedBytes += this.#unknownBytes(receipt, pieces, verdict.increaseBytes)
      added.set(swarm, (added.get(swarm) ?? 0) + verdict.increaseBytes)
      before = receipt
    }
    if (believedBytes > STEP_BYTES_MAX) return 'not-sent'
    this.#believedBytes = believedBytes
    return undefined
  }

  /** Of the claimed chunks those that are not known to have been sent, at the receipt's bytes a chunk. */
  #unknownBytes({ swarm }: SignedReceipt, pieces: readonly number[], bytes: number): number {
    const sent = this.#sent.get(swarm)
    const used = new Map<number, number>()
    let unknown = 0
    for (const piece of pieces) {
      const count = (used.get(piece) ?? 0) + 1
      used.set(piece, count)
      if (count > (sent?.get(piece) ?? 0)) unknown++
    }
    return (bytes * unknown) / pieces.length
  }

  #countersign(claimed: readonly ClaimedReceipt[], nowMs: number): ClaimVerdict {
    const { signer } = this.#setup
    let before: SignedReceipt | undefined = this.#settled
    const increaseBytes = increaseOf(claimed.at(-1)!.receipt, before)
    for (const { receipt, pieces } of claimed) {
      this.#swarms.add(receipt.swarm, increaseOf(receipt, before), nowMs)
      this.#forgetSent(receipt.swarm, pieces)
      before = receipt
    }
    const receipt = countersignReceipt(signer, claimed.at(-1)!.receipt)
    this.#settled = receipt
    return { ok: true, receipt, increaseBytes, isNew: true }
  }

  #forgetSent(swarm: SwarmId, pieces: readonly number[]): void {
    const sent = this.#sent.get(swarm)
    if (sent === undefined) return
    for (const piece of pieces) {
      const count = sent.get(piece) ?? 0
      if (count > 0) this.#sentCount--
      if (count > 1) sent.set(piece, count - 1)
      else sent.delete(piece)
    }
    if (sent.size === 0) this.#sent.delete(swarm)
  }

  #forgetOldest(): void {
    const [swarm, pieces] = this.#sent.entries().next().value!
    this.#forgetSent(swarm, [pieces.keys().next().value!])
  }

  #read(fields: FieldReader): void {
    fields.literal(VERSION)
    this.#settled = fields.optional(() => readCountersigned(fields))
    this.#swarms.read(fields)
    const { group, payer, payee } = this.#setup
    const ours = { group, payer: payer.device, payee: payee.device }
    if (this.#settled !== undefined && !isSamePair(this.#settled, ours)) {
      throw fields.refuse('of another pair')
    }
  }
}

function sumPieces(pieces: readonly number[], sizeBytes: number | undefined): number | undefined {
  if (sizeBytes === undefined) return undefined
  return pieces.reduce((sum, piece) => sum + pieceBytes(sizeBytes, piece), 0)
}
