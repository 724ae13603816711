/**
 * Who has a slot: the choker's choice, made known to the peers.
 *
 * A slot that is free is given at once; who has one keeps it until the next round, every ten seconds.
 */

import type { Clock } from '@hamlet/core'
import { CHUNK_BYTES } from '../limits.ts'
import { Choker } from './choker.ts'
import type { Candidate } from './choker.ts'
import type { ReceiptBook } from './receipt-book.ts'
import type { PeerLine } from './swarm-state.ts'
import type { Uploads } from './uploads.ts'

const ROUND_MS = 10_000
const SLOTS = 8
/** Who takes and does not sign for so long loses its slot. */
const UNPAID_MS = 10_000

export interface SlotsOwner {
  readonly clock: Clock
  readonly book: ReceiptBook
  lines(): Iterable<PeerLine>
}

export class Slots {
  readonly #owner: SlotsOwner
  readonly #uploads: Uploads
  readonly #choker = new Choker()
  #count: number
  #nextRoundMs = 0

  constructor(owner: SlotsOwner, uploads: Uploads, count = SLOTS) {
    this.#owner = owner
    this.#uploads = uploads
    this.#count = count
  }

  setCount(count: number): void {
    this.#count = count
    this.#nextRoundMs = 0
  }

  /** A new round, when it is time. */
  tick(): void {
    const nowMs = this.#owner.clock.monotonic()
    if (nowMs < this.#nextRoundMs) return
    this.#nextRoundMs = nowMs + ROUND_MS
    this.#choose()
  }

  /** Somebody wants something: gives out what is free. */
  fill(): void {
    let served = 0
    for (const line of this.#owner.lines()) if (!line.isChoking && line.isInterested) served++
    if (served < this.#count) this.#choose()
  }

  #choose(): void {
    const nowMs = this.#owner.clock.monotonic()
    const lines = [...this.#owner.lines()].filter(({ isReady }) => isReady)
    const candidates = lines
      .filter((line) => line.isInterested && !this.#isUnpaid(line, nowMs))
      .map((line) => this.#candidateOf(line, nowMs))
    const chosen = this.#choker.choose(candidates, this.#count, nowMs)
    for (const line of lines) if (line.isChoking === chosen.has(line.peer)) this.#change(line)
  }

  #change(line: PeerLine): void {
    line.isChoking = !line.isChoking
    line.offences = 0
    line.stepBytes = line.isChoking ? 0 : this.#owner.book.stepBytes(line.peer)
    // The choke comes first: what follows are the answers to what was asked before.
    line.send({ type: 'choke', isChoked: line.isChoking, stepBytes: line.stepBytes })
    if (line.isChoking) this.#uploads.choke(line)
  }

  /** Whether it took what may go unsigned, and has not signed for so long; by now that may be forgiven. */
  #isUnpaid(line: PeerLine, nowMs: number): boolean {
    const { book } = this.#owner
    const waitMs = book.waitMs(line.peer, book.stepBytes(line.peer), CHUNK_BYTES)
    if (waitMs === 0) line.unpaidSinceMs = undefined
    const { unpaidSinceMs } = line
    return unpaidSinceMs !== undefined && nowMs - unpaidSinceMs > UNPAID_MS
  }

  #candidateOf(line: PeerLine, nowMs: number): Candidate {
    const needsIt = [...line.channels.values()].some(({ swarm }) => swarm.loading?.isAsking)
    const { book } = this.#owner
    return {
      peer: line.peer,
      rate: (needsIt ? line.down : line.up).bytesPerSecond(nowMs),
      rank: book.rank(line.peer),
      sinceMs: line.sinceMs,
      isSpare: book.isSpare(line.peer),
    }
  }
}
