/**
 * The downloader's side of receipts with one device: what came, what was signed for it, what was answered.
 *
 * The idea: what comes and verifies is noted (`received`); `sign` turns it into the next receipt; `claim` is the message
 * with all receipts that wait for an answer; `answered` takes the other side's signature. A state machine without clock,
 * disk or network: the caller says what time it is and stores `encode()`.
 *
 * Durability: after `sign` the state must be durable before any claim is sent. Then a crash at any point leaves either a
 * state without the new receipt, which nobody has seen, or one with it. After everything else the state may be stored
 * whenever it suits; what is lost then is what the other side gave, at most a step.
 *
 * A state that is lost or was put back to an earlier time would sign a sequence twice. So the other side shows its latest
 * receipt first thing (`answered` adopts one that is newer than our own), and an account whose stored state cannot be read
 * starts with `isLost`, and signs nothing until it was shown one.
 *
 * Invariants:
 * 1. Sequences are signed once each, in order, each naming the one before by hash.
 * 2. No receipt covers a chunk that was not received, or covers one twice.
 * 3. Nothing is signed that the other side would refuse: beyond the rate, or more of a blob than there is.
 */

import { decodeFields, encodeCbor, err, hexToBytes } from '@hamlet/core'
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
import { encodeClaim, readClaimed, readCountersigned, readPieces } from './claim.ts'
import type { ClaimedReceipt } from './claim.ts'
import { CreditError } from './errors.ts'
import { increaseOf, rateBound } from './judge-receipt.ts'
import {
  ACCOUNT_BYTES_MAX,
  RECEIPT_WINDOW_MS_MAX,
  REDOWNLOAD_SHARE,
  SETTLED_MS_MAX,
  SETTLED_SWARMS_MAX,
  SIGNED_PIECES_MAX,
  UNANSWERED_MAX,
  UNANSWERED_PIECES_MAX,
  UNSIGNED_PIECES_MAX,
} from './limits.ts'
import { digestPieces, readDigest } from './receipt-ids.ts'
import type { SwarmId } from './receipt-ids.ts'
import {
  decodeReceipt,
  encodeReceipt,
  isCountersigned,
  isSamePair,
  receiptId,
  signReceipt,
  verifyReceipt,
} from './receipt.ts'
import type { Receipt, ReceiptFacts, SignedReceipt } from './receipt.ts'
import { SettledSwarms } from './settled-swarms.ts'
import { piecesBytes, stepBytes } from './step.ts'

export interface Party {
  readonly device: DeviceId
  readonly person: PersonId
}

export interface PayerSetup {
  readonly crypto: Crypto
  /** Of `payer.device`. */
  readonly signer: Signer
  readonly group: SpaceId | undefined
  readonly payer: Party
  readonly payee: Party
}

/** A blob as receipts know it. */
export interface SwarmFacts {
  readonly swarm: SwarmId
  readonly sizeBytes: number
}

export type AnswerVerdict =
  /** It answers a claim. */
  | { readonly kind: 'settled'; readonly receipt: Receipt }
  /** Ours, newer than what is remembered here: taken over. */
  | { readonly kind: 'adopted'; readonly receipt: Receipt }
  /** Known already, or older. */
  | { readonly kind: 'known' }
  /** Another receipt of a sequence that was signed here: both are ours, and nothing more is signed. */
  | { readonly kind: 'forked'; readonly ours: SignedReceipt; readonly theirs: Receipt }
  | { readonly kind: 'refused' }

interface Pending {
  readonly sizeBytes: number
  readonly sinceMs: number
  readonly pieces: readonly number[]
}

const VERSION = 1
const DAY_MS = 24 * 3_600_000

export class PayerAccount {
  readonly #setup: PayerSetup
  #settled: Receipt | undefined
  #unanswered: readonly ClaimedReceipt[] = []
  readonly #pending = new Map<SwarmId, Pending>()
  readonly #swarms = new SettledSwarms(SETTLED_MS_MAX + DAY_MS)
  #halted: 'lost' | 'forked' | undefined

  constructor(setup: PayerSetup, state?: { readonly isLost: boolean }) {
    this.#setup = setup
    if (state?.isLost === true) this.#halted = 'lost'
  }

  static restore(setup: PayerSetup, bytes: Uint8Array): Result<PayerAccount, CreditError> {
    const account = new PayerAccount(setup)
    const read = (fields: FieldReader) => account.#read(fields)
    const decoded = decodeFields(bytes, 'payer account', read, { bytesMax: ACCOUNT_BYTES_MAX })
    if (decoded.ok) return { ok: true, value: account }
    const { message } = decoded.error
    return err(new CreditError('CREDIT_MALFORMED', message, { cause: decoded.error }))
  }

  /** The last receipt that both signed. */
  get settled(): Receipt | undefined {
    return this.#settled
  }

  /** The last receipt that was signed here. */
  get latest(): SignedReceipt | undefined {
    return this.#unanswered.at(-1)?.receipt ?? this.#settled
  }

  get unsignedBytes(): number {
    let sum = 0
    for (const { sizeBytes, pieces } of this.#pending.values())
      sum += piecesBytes(sizeBytes, pieces)
    return sum
  }

  /** Why nothing is signed any more, if so. */
  get halted(): 'lost' | 'forked' | undefined {
    return this.#halted
  }

  get stepBytes(): number {
    return stepBytes(this.#settled?.totalBytes ?? 0)
  }

  /** These chunks came and verified. What the blob cannot have any more is not counted. */
  received({ swarm, sizeBytes }: SwarmFacts, pieces: readonly number[], nowMs: number): void {
    const before = this.#pending.get(swarm)
    const known = before?.pieces ?? []
    const allowed = sizeBytes * (1 + REDOWNLOAD_SHARE) - this.#swarms.bytes(swarm, nowMs)
    if (piecesBytes(sizeBytes, [...known, ...pieces]) > allowed) return
    if (this.#pendingCount() + pieces.length > UNSIGNED_PIECES_MAX) return
    if (before === undefined && this.#pending.size >= SETTLED_SWARMS_MAX) return
    this.#pending.set(swarm, {
      sizeBytes,
      sinceMs: before?.sinceMs ?? nowMs,
      pieces: [...known, ...pieces].sort((a, b) => a - b),
    })
  }

  /**
   * Signs the next receipt over what came of a blob, or over the blob with the most. `false`: nothing to sign, or nothing
   * that can be signed by now. The state must be durable before a claim is sent.
   */
  sign(nowMs: number, swarm: SwarmId | undefined = this.#largestPending()): boolean {
    const pending = swarm === undefined ? undefined : this.#pending.get(swarm)
    if (swarm === undefined || pending === undefined || this.#halted !== undefined) return false
    const room = Math.min(SIGNED_PIECES_MAX, UNANSWERED_PIECES_MAX - this.#unansweredPieces())
    const pieces = pending.pieces.slice(0, room)
    if (pieces.length === 0 || this.#unanswered.length >= UNANSWERED_MAX) return false
    const facts = this.#factsOf(swarm, pending, pieces, nowMs)
    if (increaseOf(facts, this.latest) > rateBound(facts, this.latest)) return false
    const receipt = signReceipt(this.#setup.signer, facts)
    this.#unanswered = [...this.#unanswered, { receipt, pieces }]
    this.#swarms.add(swarm, piecesBytes(pending.sizeBytes, pieces), nowMs)
    this.#keepPending(swarm, pending, pieces.length)
    return true
  }

  /** Everything signed that was not answered; `undefined` when there is nothing. */
  claim(): Uint8Array | undefined {
    if (this.#unanswered.length === 0 || this.#halted !== undefined) return undefined
    return encodeClaim({ receipts: this.#unanswered, settled: this.#settled })
  }

  /** What the other side sent back, or showed at the beginning. */
  answered(bytes: Uint8Array): AnswerVerdict {
    const { crypto, group, payer, payee } = this.#setup
    const decoded = decodeReceipt(bytes)
    if (!decoded.ok || !isCountersigned(decoded.value)) return { kind: 'refused' }
    const receipt = decoded.value
    const isOurs = isSamePair(receipt, { group, payer: payer.device, payee: payee.device })
    if (!isOurs || !verifyReceipt(crypto, receipt)) return { kind: 'refused' }
    if (receipt.seq > (this.latest?.seq ?? 0)) return this.#adopt(receipt)
    const ours = this.#signed(receipt.seq)
    if (ours === undefined) return { kind: 'known' }
    if (receiptId(crypto, ours) !== receiptId(crypto, receipt)) {
      this.#halted = 'forked'
      return { kind: 'forked', ours, theirs: receipt }
    }
    if (receipt.seq === this.#settled?.seq) return { kind: 'known' }
    this.#settled = receipt
    this.#unanswered = this.#unanswered.filter((each) => each.receipt.seq > receipt.seq)
    return { kind: 'settled', receipt }
  }

  encode(): Uint8Array {
    const pending = [...this.#pending].map(([swarm, { sizeBytes, sinceMs, pieces }]) => [
      hexToBytes(swarm),
      sizeBytes,
      sinceMs,
      pieces,
    ])
    return encodeCbor([
      VERSION,
      this.#settled === undefined ? null : encodeReceipt(this.#settled),
      this.#unanswered.map(({ receipt, pieces }) => [encodeReceipt(receipt), pieces]),
      pending,
      this.#swarms.toCbor(),
      this.#halted ?? null,
    ] satisfies CborValue)
  }

  #factsOf(
    swarm: SwarmId,
    pending: Pending,
    pieces: readonly number[],
    nowMs: number,
  ): ReceiptFacts {
    const { crypto, group, payer, payee } = this.#setup
    const { latest } = this
    // A clock that went back still gives windows in order.
    const earliestMs = latest?.windowEndMs ?? 0
    const windowEndMs = Math.max(nowMs, earliestMs)
    const sinceMs = Math.min(pending.sinceMs, windowEndMs)
    return {
      group,
      swarm,
      payer: payer.device,
      payerPerson: payer.person,
      payee: payee.device,
      payeePerson: payee.person,
      seq: (latest?.seq ?? 0) + 1,
      totalBytes: (latest?.totalBytes ?? 0) + piecesBytes(pending.sizeBytes, pieces),
      pieceCount: pieces.length,
      piecesDigest: digestPieces(crypto, swarm, pieces),
      previous: latest === undefined ? undefined : receiptId(crypto, latest),
      windowStartMs: Math.max(earliestMs, sinceMs, windowEndMs - RECEIPT_WINDOW_MS_MAX),
      windowEndMs,
    }
  }

  #adopt(receipt: Receipt): AnswerVerdict {
    this.#settled = receipt
    this.#unanswered = []
    if (this.#halted === 'lost') this.#halted = undefined
    return { kind: 'adopted', receipt }
  }

  #signed(seq: number): SignedReceipt | undefined {
    if (this.#settled?.seq === seq) return this.#settled
    return this.#unanswered.find(({ receipt }) => receipt.seq === seq)?.receipt
  }

  #keepPending(swarm: SwarmId, pending: Pending, signedCount: number): void {
    const pieces = pending.pieces.slice(signedCount)
    if (pieces.length === 0) this.#pending.delete(swarm)
    else this.#pending.set(swarm, { ...pending, pieces })
  }

  #largestPending(): SwarmId | undefined {
    let largest: SwarmId | undefined
    let most = 0
    for (const [swarm, { sizeBytes, pieces }] of this.#pending) {
      const bytes = piecesBytes(sizeBytes, pieces)
      if (bytes > most) [largest, most] = [swarm, bytes]
    }
    return largest
  }

  #pendingCount(): number {
    let count = 0
    for (const { pieces } of this.#pending.values()) count += pieces.length
    return count
  }

  #unansweredPieces(): number {
    return this.#unanswered.reduce((sum, { pieces }) => sum + pieces.length, 0)
  }

  #read(fields: FieldReader): void {
    fields.literal(VERSION)
    this.#settled = fields.optional(() => readCountersigned(fields))
    this.#unanswered = fields.list(UNANSWERED_MAX, (item) => item.tuple(readClaimed))
    const pending = fields.list(SETTLED_SWARMS_MAX, (item) => item.tuple(readPending))
    for (const { swarm, ...rest } of pending) this.#pending.set(swarm, rest)
    this.#swarms.read(fields)
    this.#halted = fields.optional(() => fields.oneOf(['lost', 'forked'] as const))
    const { crypto, group, payer, payee } = this.#setup
    const ours = { group, payer: payer.device, payee: payee.device }
    let before: SignedReceipt | undefined = this.#settled
    for (const { receipt } of this.#unanswered) {
      const isNext = receipt.seq === (before?.seq ?? 0) + 1
      const isLinked = before === undefined || receipt.previous === receiptId(crypto, before)
      if (!isNext || !isLinked) throw fields.refuse('receipts that do not follow each other')
      before = receipt
    }
    if (before !== undefined && !isSamePair(before, ours)) throw fields.refuse('of another pair')
  }
}

function readPending(fields: FieldReader): Pending & { readonly swarm: SwarmId } {
  return {
    swarm: readDigest<SwarmId>(fields),
    sizeBytes: fields.uint(),
    sinceMs: fields.uint(),
    pieces: readPieces(fields, UNSIGNED_PIECES_MAX),
  }
}
