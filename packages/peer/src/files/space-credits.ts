/**
 * Receipts of one space as this device keeps them: written into it when they are due, proofs of fraud at once; and what is thought
 * of its people, found anew after something changed.
 *
 * Receipts that are not in the space yet count here all the same, so what this device sees is right to the last byte.
 *
 * Invariants:
 * 1. Only receipts by which this device is owed are written, of each pair the latest, once it was still for `RECEIPT_IDLE_MS`, and
 *    again when a day has passed.
 * 2. What could not be written is tried again; nothing of it is lost, as the accounts keep it.
 */

import { errorCode } from '@hamlet/core'
import type { Cancel, PersonId } from '@hamlet/core'
import {
  conflictProof,
  creditDraft,
  creditLimit,
  dueReceipts,
  encodeFraudProof,
  openFraudProof,
  rankOf,
} from '@hamlet/files/credits'
import type {
  CreditBook,
  FraudProof,
  Outcome,
  Receipt,
  SignedReceipt,
  Standings,
} from '@hamlet/files/credits'
import type { ContentDraft } from '@hamlet/space'
import type { PeerPorts } from '../peer-ports.ts'
import type { OpenSpace } from '../space-registry.ts'

/** After this without another one a receipt is written. */
export const RECEIPT_IDLE_MS = 10_000
/** Between two looks at what is to be written, while something is. */
export const RECEIPT_LOOK_MS = 60_000
/** From a change to what is thought of people. */
const LOOK_SOON_MS = 2_000
/** Proofs that wait to be written. */
const PROOFS_MAX = 100
const SILENT_ROLES: ReadonlySet<string | undefined> = new Set([undefined, 'relay'])

export interface SpaceCreditsParts {
  readonly ports: PeerPorts
  readonly open: OpenSpace
  /** Of this group, in both directions, as this device's accounts have them. */
  readonly receipts: () => readonly Receipt[]
  readonly outcomes: () => readonly Outcome[]
}

/** What one person is worth here, and what they may owe. */
export interface PersonCredit {
  readonly rank: number
  readonly balance: bigint
  readonly limitBytes: number
}

export class SpaceCredits {
  readonly #parts: SpaceCreditsParts
  readonly #proofs = new Map<string, FraudProof>()
  readonly #credits = new Map<PersonId, PersonCredit>()
  #book: CreditBook | undefined
  #standings: Standings | undefined
  #timer: Cancel | undefined
  #dueMs = Number.POSITIVE_INFINITY
  #working: Promise<void> = Promise.resolve()
  #closed = false

  constructor(parts: SpaceCreditsParts) {
    this.#parts = parts
  }

  /** With what this device knows beside the space. */
  async book(): Promise<CreditBook> {
    const { open, ports, receipts } = this.#parts
    return await open.runtime.credits(ports.clock.wall(), receipts())
  }

  /** `undefined`: nobody of the space, or nothing is known yet. */
  of(person: PersonId): PersonCredit | undefined {
    const known = this.#credits.get(person)
    if (known !== undefined || this.#book === undefined) return known
    const { space } = this.#parts.open.runtime
    const member = space.controlState().members.get(person)
    if (member === undefined) return undefined
    const nowMs = this.#parts.ports.clock.wall()
    const credit = {
      rank: rankOf(this.#standings!.of(person)),
      balance: this.#book.balance(person),
      limitBytes: creditLimit({ memberSinceMs: member.joinedAtMs, nowMs }),
    }
    this.#credits.set(person, credit)
    return credit
  }

  /** Receipts or proofs came, here or in the space. */
  changed(): void {
    this.#plan(LOOK_SOON_MS)
  }

  /** Two receipts of one sequence, which their payer signed both. */
  forked([first, second]: readonly [SignedReceipt, SignedReceipt]): void {
    const { crypto } = this.#parts.ports
    const proof = conflictProof(crypto, first, second)
    const opened = openFraudProof(crypto, encodeFraudProof(proof))
    if (!opened.ok || this.#proofs.size >= PROOFS_MAX) return
    this.#proofs.set(opened.value.id, proof)
    this.changed()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.()
    await this.#working
  }

  #plan(delayMs: number): void {
    const { clock } = this.#parts.ports
    const atMs = clock.monotonic() + delayMs
    if (this.#closed || atMs >= this.#dueMs) return
    this.#timer?.()
    this.#dueMs = atMs
    this.#timer = clock.after(delayMs, () => {
      this.#dueMs = Number.POSITIVE_INFINITY
      this.#working = this.#working.then(() => this.#look())
    })
  }

  async #look(): Promise<void> {
    if (this.#closed) return
    const { ports, open, outcomes } = this.#parts
    try {
      const nowMs = ports.clock.wall()
      const book = await this.book()
      this.#book = book
      this.#standings = book.standings(open.runtime.space.identity.person, outcomes(), nowMs)
      this.#credits.clear()
      await this.#write(book, nowMs)
    } catch (error) {
      ports.logger.info('receipts were not written', { code: errorCode(error) })
      this.#plan(RECEIPT_LOOK_MS)
    }
  }

  async #write(book: CreditBook, nowMs: number): Promise<void> {
    const { open, receipts } = this.#parts
    const { space } = open.runtime
    if (SILENT_ROLES.has(space.ownRole) || this.#closed) return
    const owed = receipts().filter(({ payee }) => payee === space.identity.device)
    const due = dueReceipts(owed, book.receipts, { nowMs, idleMs: RECEIPT_IDLE_MS })
    for (const { id } of book.frauds) this.#proofs.delete(id)
    const drafts: ContentDraft[] = [
      ...due.map((receipt) => creditDraft({ kind: 'receipt', receipt })),
      ...[...this.#proofs.values()].map((proof) =>
        creditDraft({ kind: 'proof', proof, bytes: encodeFraudProof(proof) }),
      ),
    ]
    if (drafts.length > 0) await open.runtime.write(...drafts)
    this.#proofs.clear()
    const written = new Set([...book.receipts, ...due].map(keyOf))
    const waiting = owed.filter((receipt) => !written.has(keyOf(receipt)))
    if (waiting.length === 0) return
    const isFresh = waiting.some(({ windowEndMs }) => nowMs - windowEndMs < RECEIPT_IDLE_MS)
    this.#plan(isFresh ? RECEIPT_IDLE_MS : RECEIPT_LOOK_MS)
  }
}

function keyOf({ payer, payee, seq }: Receipt): string {
  return `${payer}/${payee}/${seq}`
}
