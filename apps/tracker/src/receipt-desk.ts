/**
 * Receipts as peers hand them in: verified, judged by the rules of `@hamlet/files`, mirrored.
 *
 * The tracker knows no groups and no certificates, so it can judge less than members do: signatures, chains, windows and
 * rates; a device's person is the one it named first. What it counts orders look-ups and fills the dashboard. Two receipts
 * of one pair that cannot both be true are a contradiction that both have signed: it keeps them as a proof.
 *
 * Signatures are verified before the transaction, in small steps, so that other requests are answered in between.
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import { base64ToBytes } from '@hamlet/core'
import type { Clock, Crypto } from '@hamlet/core'
import {
  conflictProof,
  decodeReceipt,
  encodeFraudProof,
  judgeReceipt,
  openFraudProof,
  openReceipt,
  receiptId,
} from '@hamlet/files/credits'
import type { FraudProof, ProvenFraud, Receipt, ReceiptRefusal } from '@hamlet/files/credits'

import type { ActivityBook } from './data/activity-store.ts'
import type { PairKey, ReceiptStore, ReceiptWriter } from './data/receipt-store.ts'

/** Refusals of the tracker's own, beside those of the rules. */
export type MirrorRefusal =
  | ReceiptRefusal
  | 'malformed'
  /** The caller is neither payer nor payee. */
  | 'not-party'
  /** The caller has as many pairs here as it may. */
  | 'pairs-full'

export interface MirrorResult {
  readonly accepted: number
  /** Here already. */
  readonly known: number
  readonly refused: readonly { readonly index: number; readonly reason: MirrorRefusal }[]
}

export interface FraudResult {
  readonly accepted: number
  /** Here already, or against somebody of whom enough are. */
  readonly known: number
  readonly refused: readonly { readonly index: number; readonly code: string }[]
}

export interface ReceiptDeskParts {
  readonly receipts: ReceiptStore
  readonly activity: ActivityBook
  readonly clock: Clock
  readonly crypto: Crypto
}

interface Opened {
  readonly index: number
  readonly receipt: Receipt
  readonly id: string
  readonly bytes: Uint8Array
}

/** Each takes two signatures, about half a millisecond. */
const VERIFIED_PER_TURN = 10

export class ReceiptDesk {
  readonly #parts: ReceiptDeskParts
  /** Signatures were verified before; judging need not do it again. */
  readonly #verified: Crypto

  constructor(parts: ReceiptDeskParts) {
    this.#parts = parts
    this.#verified = Object.assign(Object.create(parts.crypto) as Crypto, { verify: () => true })
  }

  /** `encoded`: base64 of receipts with both signatures, in any order. Durable when resolved. */
  async mirror(caller: string, encoded: readonly string[]): Promise<MirrorResult> {
    const { receipts, activity, clock } = this.#parts
    const refused: { index: number; reason: MirrorRefusal }[] = []
    const opened = await this.#openAll(caller, encoded, refused)
    const known = await receipts.known(opened.map(({ id }) => id))
    const fresh = opened.filter(({ id }) => !known.has(id))
    if (fresh.length === 0) return { accepted: 0, known: known.size, refused }
    const nowMs = clock.wall()
    const outcome = await receipts.write((writer) =>
      this.#addAll(writer, caller, fresh.toSorted(bySequence), nowMs),
    )
    activity.add('receipts', outcome.accepted)
    activity.add('receipt-bytes', outcome.bytes)
    return {
      accepted: outcome.accepted,
      known: known.size,
      refused: [...refused, ...outcome.refused].toSorted((a, b) => a.index - b.index),
    }
  }

  /** `encoded`: base64 of proofs, which are checked in full. Durable when resolved. */
  async addFrauds(reporter: string, encoded: readonly string[]): Promise<FraudResult> {
    const { crypto, clock, receipts } = this.#parts
    const refused: { index: number; code: string }[] = []
    const proven: { readonly value: ProvenFraud; readonly bytes: Uint8Array }[] = []
    for (const [index, text] of encoded.entries()) {
      await nextTurn()
      const bytes = base64ToBytes(text) ?? new Uint8Array()
      const opened = openFraudProof(crypto, bytes)
      if (opened.ok) proven.push({ value: opened.value, bytes })
      else refused.push({ index, code: opened.error.code })
    }
    if (proven.length === 0) return { accepted: 0, known: 0, refused }
    const nowMs = clock.wall()
    const accepted = await receipts.write(async (writer) => {
      let count = 0
      for (const { value, bytes } of proven) {
        if (await addProof(writer, value, bytes, { reporter, nowMs })) count += 1
      }
      return count
    })
    return { accepted, known: proven.length - accepted, refused }
  }

  async #openAll(
    caller: string,
    encoded: readonly string[],
    refused: { index: number; reason: MirrorRefusal }[],
  ): Promise<readonly Opened[]> {
    const opened = new Map<string, Opened>()
    for (const [index, text] of encoded.entries()) {
      if (index % VERIFIED_PER_TURN === VERIFIED_PER_TURN - 1) await nextTurn()
      const bytes = base64ToBytes(text) ?? new Uint8Array()
      const decoded = decodeReceipt(bytes)
      if (!decoded.ok) {
        refused.push({ index, reason: 'malformed' })
      } else if (decoded.value.payer !== caller && decoded.value.payee !== caller) {
        refused.push({ index, reason: 'not-party' })
      } else {
        const verified = openReceipt(this.#parts.crypto, bytes)
        if (!verified.ok) refused.push({ index, reason: 'not-countersigned' })
        else {
          const id = receiptId(this.#parts.crypto, verified.value)
          opened.set(id, { index, receipt: verified.value, id, bytes })
        }
      }
    }
    return [...opened.values()]
  }

  async #addAll(
    writer: ReceiptWriter,
    caller: string,
    fresh: readonly Opened[],
    nowMs: number,
  ): Promise<{
    readonly accepted: number
    readonly bytes: number
    readonly refused: readonly { index: number; reason: MirrorRefusal }[]
  }> {
    const refused: { index: number; reason: MirrorRefusal }[] = []
    const touched = new Set<string>()
    let accepted = 0
    let bytes = 0
    for (const each of fresh) {
      const verdict = await this.#judge(writer, caller, each, nowMs)
      if (typeof verdict === 'string') {
        refused.push({ index: each.index, reason: verdict })
        continue
      }
      await writer.add(toRow(each, nowMs))
      accepted += 1
      bytes += verdict.increaseBytes
      touched.add(each.receipt.payer).add(each.receipt.payee)
    }
    for (const peer of touched) await writer.refresh(peer, nowMs)
    return { accepted, bytes, refused }
  }

  async #judge(
    writer: ReceiptWriter,
    caller: string,
    each: Opened,
    nowMs: number,
  ): Promise<MirrorRefusal | { readonly increaseBytes: number }> {
    const { receipt } = each
    const pair = pairOf(receipt)
    const latest = await writer.latest(pair)
    const previous = latest === undefined ? undefined : decoded(latest)
    if (previous === undefined && !(await writer.hasRoom(caller))) return 'pairs-full'
    const persons = new Map([
      [receipt.payer, (await writer.personOf(receipt.payer)) ?? receipt.payerPerson],
      [receipt.payee, (await writer.personOf(receipt.payee)) ?? receipt.payeePerson],
    ])
    const verdict = judgeReceipt(receipt, previous, {
      crypto: this.#verified,
      mode: 'later',
      isFinal: true,
      nowMs,
      personOf: (device) => persons.get(device) as Receipt['payerPerson'] | undefined,
    })
    if (verdict.ok) return { increaseBytes: verdict.increaseBytes }
    const isProven = await this.#noteContradiction(writer, receipt, previous, nowMs)
    return isProven && verdict.reason !== 'replay' ? 'fork' : verdict.reason
  }

  /** Whether the pair has signed something else before that cannot be true as well; both are on record then. */
  async #noteContradiction(
    writer: ReceiptWriter,
    receipt: Receipt,
    latest: Receipt | undefined,
    nowMs: number,
  ): Promise<boolean> {
    const { crypto } = this.#parts
    const stored = await writer.atSequence(pairOf(receipt), receipt.seq)
    const candidates = [stored === undefined ? undefined : decoded(stored), latest]
    for (const known of candidates) {
      if (known === undefined) continue
      const proof = encodeFraudProof(conflictProof(crypto, known, receipt))
      const proven = openFraudProof(this.#verified, proof)
      if (!proven.ok) continue
      await addProof(writer, proven.value, proof, { reporter: null, nowMs })
      return true
    }
    return false
  }
}

/** What the tables call a proof, which is what the dashboard has words for. */
const KIND_NAMES = {
  conflict: 'equivocation',
  'self-dealing': 'self-dealing',
  'over-rate': 'over-rate',
} as const satisfies Readonly<Record<FraudProof['kind'], string>>

/** Whether it was new for one of those it proves; they are judged anew. */
async function addProof(
  writer: ReceiptWriter,
  { id, devices, person, proof }: ProvenFraud,
  bytes: Uint8Array,
  { reporter, nowMs }: { readonly reporter: string | null; readonly nowMs: number },
): Promise<boolean> {
  let isNew = false
  for (const accused of devices) {
    const accused_person = person ?? (await writer.personOf(accused)) ?? null
    const row = { id, accused, accused_person, kind: KIND_NAMES[proof.kind], proof: bytes }
    if (!(await writer.addFraud({ ...row, reporter, found_at_ms: nowMs }))) continue
    isNew = true
    await writer.refresh(accused, nowMs)
  }
  return isNew
}

function decoded(bytes: Uint8Array): Receipt | undefined {
  const result = decodeReceipt(new Uint8Array(bytes))
  return result.ok ? (result.value as Receipt) : undefined
}

function pairOf({ group, payer, payee }: Receipt): PairKey {
  return { group_id: group ?? 'public', payer, payee }
}

function bySequence(a: Opened, b: Opened): number {
  return a.receipt.seq - b.receipt.seq
}

function toRow({ receipt, id, bytes }: Opened, nowMs: number) {
  return {
    ...pairOf(receipt),
    ...{ id, bytes, swarm: receipt.swarm },
    payer_person: receipt.payerPerson,
    payee_person: receipt.payeePerson,
    seq: receipt.seq,
    total_bytes: receipt.totalBytes,
    piece_count: receipt.pieceCount,
    window_start_ms: receipt.windowStartMs,
    window_end_ms: receipt.windowEndMs,
    mirrored_at_ms: nowMs,
  }
}
