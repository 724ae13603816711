/**
 * How much went to a peer unsigned, and how much came from one that is not signed for yet. What a receipt is, the accounts know.
 *
 * The giver tells with each unchoke how much may go unsigned (a step), and stops there. The taker signs when half a step is
 * full, so that bytes and receipts are under way at once, and whenever nothing more comes for now.
 *
 * Who loses a line with bytes on their way owes what never came. So to somebody who has not signed yet one chunk goes, then as much
 * as was signed, up to a step; the taker signs at that pace. And a step is forgiven over `SWARM_FORGIVE_MS`, but no more in all
 * than `SWARM_FORGIVEN_BYTES` and a part of what was signed: whoever never signs gets a mebibyte, then nothing for a week, and
 * whoever signs for less than came gets a fifth for nothing at most.
 *
 * Invariants: 1. To one peer at most a step is sent that was neither signed nor forgiven, or one chunk, where a step is less.
 * 2. Memory: a few numbers for each of the last `SWARM_DEBTORS_MAX` peers. They can be kept over a restart (`debts`).
 */

import { bytesToHex } from '@hamlet/core'
import type { Clock } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import { CHUNK_BYTES } from '../limits.ts'
import {
  SWARM_DEBT_MS_MAX,
  SWARM_DEBTORS_MAX,
  SWARM_FORGIVE_MS,
  SWARM_FORGIVEN_BYTES,
  SWARM_FORGIVEN_PART,
  SWARM_STEP_BYTES_MAX,
  SWARM_STEP_BYTES_MIN,
} from './swarm-limits.ts'
import type { CountedBlob, Promised, SwarmAccounts, SwarmDebt } from './swarm-types.ts'

interface Debt {
  unsignedBytes: number
  forgivenBytes: number
  signedBytes: number
  atMs: number
  changedMs: number
}

interface Owed {
  readonly blob: CountedBlob
  bytes: number
  chunks: number[]
}

export interface SentChunk {
  readonly blob: CountedBlob
  readonly chunk: number
  readonly bytes: number
}

export interface DueReceipt {
  readonly id: BlobId
  readonly receipt: Uint8Array
}

export class ReceiptBook {
  readonly #accounts: SwarmAccounts | undefined
  readonly #clock: Clock
  readonly #failed: (error: unknown) => void
  readonly #debts = new Map<string, Debt>()
  /** What was signed for by now, in this life. */
  readonly #settledBytes = new Map<string, number>()
  /** By peer, then by topic and name. */
  readonly #owed = new Map<string, Map<string, Owed>>()

  /** `failed`: told what kept a receipt from becoming durable; it is not sent then. */
  constructor(
    accounts: SwarmAccounts | undefined,
    clock: Clock,
    failed: (error: unknown) => void = () => undefined,
  ) {
    this.#accounts = accounts
    this.#clock = clock
    this.#failed = failed
  }

  rank(peer: string): number {
    return Math.max(0, Math.min(1, this.#accounts?.rank(peer) ?? 0))
  }

  /** Whether it gets only what nobody else wants. */
  isSpare(peer: string): boolean {
    return this.#accounts?.isSpare?.(peer) ?? false
  }

  /** Names under which what goes of the blob may be counted. */
  termsOf(peer: string, id: BlobId): readonly Uint8Array[] {
    return this.#accounts?.terms?.(peer, id) ?? []
  }

  /** Whether what goes of the blob has to be signed for. */
  isCounted(peer: string, blob: CountedBlob): boolean {
    return this.#accounts !== undefined && this.#accounts.isFree?.(peer, blob) !== true
  }

  /** What may go to the peer unsigned; 0: anything. */
  stepBytes(peer: string): number {
    const step = this.#accounts?.stepBytes(peer) ?? Number.POSITIVE_INFINITY
    if (step === Number.POSITIVE_INFINITY) return 0
    return Math.max(SWARM_STEP_BYTES_MIN, Math.min(step, SWARM_STEP_BYTES_MAX))
  }

  /** Until so many more bytes may go to the peer, by time alone. */
  waitMs(peer: string, stepBytes: number, bytes: number): number {
    const debt = stepBytes === 0 ? undefined : this.#debts.get(peer)
    if (!debt) return 0
    this.#forgive(debt, stepBytes)
    const limit = Math.min(stepBytes, Math.max(CHUNK_BYTES, debt.signedBytes))
    const excess = debt.unsignedBytes + Math.min(bytes, limit) - limit
    if (excess <= 0) return 0
    if (debt.forgivenBytes >= forgivable(debt)) return Number.POSITIVE_INFINITY
    return Math.ceil((excess * SWARM_FORGIVE_MS) / stepBytes)
  }

  sent(peer: string, stepBytes: number, { blob, chunk, bytes }: SentChunk): void {
    this.#accounts?.sent?.(peer, blob, chunk)
    if (stepBytes === 0) return
    const nowMs = this.#clock.monotonic()
    const debt = this.#debts.get(peer) ?? { ...NO_DEBT, atMs: nowMs, changedMs: nowMs }
    this.#forgive(debt, stepBytes)
    debt.unsignedBytes += bytes
    debt.changedMs = nowMs
    this.#keep(peer, debt)
  }

  /** What is worth keeping over a restart. */
  debts(): readonly SwarmDebt[] {
    const nowMs = this.#clock.monotonic()
    return [...this.#debts].map(
      ([peer, { unsignedBytes, forgivenBytes, signedBytes, changedMs }]) => {
        return { peer, unsignedBytes, forgivenBytes, signedBytes, ageMs: nowMs - changedMs }
      },
    )
  }

  /** As they were kept; of a peer that is known here already, nothing. */
  restore(debts: Iterable<SwarmDebt>): void {
    const nowMs = this.#clock.monotonic()
    for (const { peer, ageMs, ...rest } of debts) {
      const changedMs = nowMs - Math.max(0, ageMs)
      if (!this.#debts.has(peer)) this.#keep(peer, { ...rest, atMs: nowMs, changedMs })
    }
  }

  /** A receipt of the peer: `answer` is told what to send back, or why it is not taken. */
  accept(
    peer: string,
    blob: CountedBlob,
    receipt: Uint8Array,
    answer: (
      judged:
        | { readonly countersigned: Uint8Array }
        | { readonly reason: string; readonly answer?: Uint8Array },
    ) => void,
  ): void {
    if (!this.#accounts) return answer({ reason: 'no accounts are kept here' })
    this.#whenReady(this.#accounts.accept(peer, blob, receipt), (judged) => {
      if (!judged.ok) return answer(judged)
      const debt = this.#debts.get(peer)
      if (debt && judged.bytes > 0) {
        debt.unsignedBytes = Math.max(0, debt.unsignedBytes - judged.bytes)
        debt.signedBytes += judged.bytes
      }
      answer({ countersigned: judged.countersigned })
    })
  }

  countersigned(peer: string, blob: CountedBlob, receipt: Uint8Array): void {
    this.#accounts?.countersigned(peer, blob, receipt)
  }

  unsettled(peer: string, blob: CountedBlob, send: (receipt: Uint8Array) => void): void {
    this.#whenReady(this.#accounts?.unsettled?.(peer, blob), (receipt) => {
      if (receipt) send(receipt)
    })
  }

  latest(peer: string): readonly Uint8Array[] {
    return this.#accounts?.latest?.(peer) ?? []
  }

  /** A verified chunk came from the peer. */
  received(peer: string, topic: string, { blob, chunk, bytes }: SentChunk): void {
    if (!this.#accounts) return
    const ofPeer = this.#owed.get(peer) ?? new Map<string, Owed>()
    this.#owed.set(peer, ofPeer)
    const key = blob.terms === undefined ? topic : `${topic}/${bytesToHex(blob.terms)}`
    const owed = ofPeer.get(key) ?? { blob, bytes: 0, chunks: [] }
    ofPeer.set(key, owed)
    owed.bytes += bytes
    owed.chunks.push(chunk)
  }

  /** Whether it is time to sign, where the peer told how much it gives unsigned (0: anything). */
  isDue(peer: string, toldBytes: number): boolean {
    const ofPeer = this.#owed.get(peer)
    if (!ofPeer || !this.#accounts) return false
    let bytes = 0
    for (const owed of ofPeer.values()) bytes += owed.bytes
    const own = this.stepBytes(peer) || SWARM_STEP_BYTES_MAX
    const settled = this.#settledBytes.get(peer) ?? 0
    return bytes > 0 && bytes >= Math.min(settled, Math.min(own, toldBytes || own) / 2)
  }

  /** Signs for everything that came from the peer; `send` is told each receipt when it may go. */
  settle(peer: string, send: (due: DueReceipt) => void): void {
    const ofPeer = this.#owed.get(peer)
    this.#owed.delete(peer)
    this.#noteSettled(peer, ofPeer)
    for (const { blob, bytes, chunks } of ofPeer?.values() ?? []) {
      this.#whenReady(this.#accounts?.received(peer, blob, bytes, chunks), (receipt) => {
        if (receipt) send({ id: blob.id, receipt })
      })
    }
  }

  #noteSettled(peer: string, owed: ReadonlyMap<string, Owed> | undefined): void {
    let sum = this.#settledBytes.get(peer) ?? 0
    for (const { bytes } of owed?.values() ?? []) sum += bytes
    this.#settledBytes.delete(peer)
    if (sum === 0) return
    this.#settledBytes.set(peer, sum)
    if (this.#settledBytes.size <= SWARM_DEBTORS_MAX) return
    this.#settledBytes.delete(this.#settledBytes.keys().next().value!)
  }

  /** At once, unless it has to be waited for. */
  #whenReady<T>(value: Promised<T>, use: (value: T) => void): void {
    if (value instanceof Promise) value.then(use).catch(this.#failed)
    else use(value)
  }

  #keep(peer: string, debt: Debt): void {
    this.#debts.delete(peer)
    this.#debts.set(peer, debt)
    if (this.#debts.size > SWARM_DEBTORS_MAX) this.#debts.delete(this.#debts.keys().next().value!)
  }

  #forgive(debt: Debt, stepBytes: number): void {
    const nowMs = this.#clock.monotonic()
    if (nowMs - debt.changedMs > SWARM_DEBT_MS_MAX) {
      debt.unsignedBytes = 0
      debt.forgivenBytes = 0
      debt.signedBytes = 0
    }
    const left = forgivable(debt) - debt.forgivenBytes
    const byTime = (stepBytes * (nowMs - debt.atMs)) / SWARM_FORGIVE_MS
    const forgiven = Math.max(0, Math.min(debt.unsignedBytes, left, byTime))
    debt.unsignedBytes -= forgiven
    debt.forgivenBytes += forgiven
    debt.atMs = nowMs
  }
}

const NO_DEBT = { unsignedBytes: 0, forgivenBytes: 0, signedBytes: 0 }

/** In all, since it was last begun anew. */
function forgivable({ signedBytes }: Debt): number {
  return SWARM_FORGIVEN_BYTES + signedBytes / SWARM_FORGIVEN_PART
}
