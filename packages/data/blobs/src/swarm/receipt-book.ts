/**
 * How much went to a peer unsigned, and how much came from one that is not signed for yet. What a receipt is, the accounts know.
 *
 * The giver tells with each unchoke how much may go unsigned (a step), and stops there. The taker signs when half a step is
 * full, so that bytes and receipts are under way at once, and whenever nothing more is to come for now.
 *
 * Who loses a line with bytes on their way owes what never came. So a step is forgiven over `SWARM_FORGIVE_MS`, but no
 * more than `FORGIVEN_STEPS_MAX` between two receipts: whoever never signs gets that much and one step more, then nothing for an hour.
 *
 * Invariants: 1. Of one peer at most a step is sent that was neither signed nor forgiven, or one chunk, where a step is less.
 * 2. Memory: a few numbers for each of the last `SWARM_DEBTORS_MAX` peers.
 */

import type { Clock } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import {
  SWARM_DEBTORS_MAX,
  SWARM_FORGIVE_MS,
  SWARM_STEP_BYTES_MAX,
  SWARM_STEP_BYTES_MIN,
} from './swarm-limits.ts'
import type { Promised, SwarmAccounts } from './swarm-types.ts'

export const FORGIVEN_STEPS_MAX = 4
const DEBT_MS_MAX = 60 * 60_000

interface Debt {
  unsignedBytes: number
  /** Since the last receipt. */
  forgivenBytes: number
  atMs: number
  changedMs: number
}

interface Owed {
  readonly id: BlobId
  bytes: number
  chunks: number[]
}

export interface SentChunk {
  readonly id: BlobId
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
  /** By peer, then by topic. */
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
    const excess = debt.unsignedBytes + Math.min(bytes, stepBytes) - stepBytes
    if (excess <= 0) return 0
    if (debt.forgivenBytes >= FORGIVEN_STEPS_MAX * stepBytes) return Number.POSITIVE_INFINITY
    return Math.ceil((excess * SWARM_FORGIVE_MS) / stepBytes)
  }

  sent(peer: string, stepBytes: number, { id, chunk, bytes }: SentChunk): void {
    this.#accounts?.sent?.(peer, id, chunk)
    if (stepBytes === 0) return
    const nowMs = this.#clock.monotonic()
    const debt = this.#debts.get(peer) ?? { ...NO_DEBT, atMs: nowMs, changedMs: nowMs }
    this.#forgive(debt, stepBytes)
    debt.unsignedBytes += bytes
    debt.changedMs = nowMs
    this.#debts.delete(peer)
    this.#debts.set(peer, debt)
    if (this.#debts.size > SWARM_DEBTORS_MAX) this.#debts.delete(this.#debts.keys().next().value!)
  }

  /** A receipt of the peer: `answer` is told what to send back, or why it is not taken. */
  accept(
    peer: string,
    id: BlobId,
    receipt: Uint8Array,
    answer: (judged: { readonly countersigned: Uint8Array } | { readonly reason: string }) => void,
  ): void {
    if (!this.#accounts) return answer({ reason: 'no accounts are kept here' })
    this.#whenReady(this.#accounts.accept(peer, id, receipt), (judged) => {
      if (!judged.ok) return answer({ reason: judged.reason })
      const debt = this.#debts.get(peer)
      if (debt && judged.bytes > 0) {
        debt.unsignedBytes = Math.max(0, debt.unsignedBytes - judged.bytes)
        debt.forgivenBytes = 0
      }
      answer({ countersigned: judged.countersigned })
    })
  }

  countersigned(peer: string, id: BlobId, receipt: Uint8Array): void {
    this.#accounts?.countersigned(peer, id, receipt)
  }

  unsettled(peer: string, id: BlobId, send: (receipt: Uint8Array) => void): void {
    this.#whenReady(this.#accounts?.unsettled?.(peer, id), (receipt) => {
      if (receipt) send(receipt)
    })
  }

  latest(peer: string): readonly Uint8Array[] {
    return this.#accounts?.latest?.(peer) ?? []
  }

  /** A verified chunk came from the peer. */
  received(peer: string, topic: string, id: BlobId, chunk: number, bytes: number): void {
    if (!this.#accounts) return
    const ofPeer = this.#owed.get(peer) ?? new Map<string, Owed>()
    this.#owed.set(peer, ofPeer)
    const owed = ofPeer.get(topic) ?? { id, bytes: 0, chunks: [] }
    ofPeer.set(topic, owed)
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
    return bytes >= Math.min(own, toldBytes || own) / 2
  }

  /** Signs for everything that came from the peer; `send` is told each receipt when it may go. */
  settle(peer: string, send: (due: DueReceipt) => void): void {
    const ofPeer = this.#owed.get(peer)
    this.#owed.delete(peer)
    for (const { id, bytes, chunks } of ofPeer?.values() ?? []) {
      this.#whenReady(this.#accounts?.received(peer, id, bytes, chunks), (receipt) => {
        if (receipt) send({ id, receipt })
      })
    }
  }

  /** At once, unless it has to be waited for. */
  #whenReady<T>(value: Promised<T>, use: (value: T) => void): void {
    if (value instanceof Promise) value.then(use).catch(this.#failed)
    else use(value)
  }

  #forgive(debt: Debt, stepBytes: number): void {
    const nowMs = this.#clock.monotonic()
    if (nowMs - debt.changedMs > DEBT_MS_MAX) {
      debt.unsignedBytes = 0
      debt.forgivenBytes = 0
    }
    const left = FORGIVEN_STEPS_MAX * stepBytes - debt.forgivenBytes
    const byTime = (stepBytes * (nowMs - debt.atMs)) / SWARM_FORGIVE_MS
    const forgiven = Math.max(0, Math.min(debt.unsignedBytes, left, byTime))
    debt.unsignedBytes -= forgiven
    debt.forgivenBytes += forgiven
    debt.atMs = nowMs
  }
}

const NO_DEBT = { unsignedBytes: 0, forgivenBytes: 0 }
