/**
 * What the people of a space ask about credits: balances, what they may owe, how somebody stands and why, who was caught.
 *
 * A reading of the view's keys (`credit-fold.ts`) at one moment, with the members as they are then: devices count for the
 * persons they belong to, and for nobody else. Proven cheats are left out of flows until an admin clears the proof.
 */

import type { CborValue, Crypto, DeviceId, PersonId } from '@hamlet/core'
import type { ViewReader } from '@hamlet/space/view'
import { contributionGraph } from './contribution-graph.ts'
import {
  CLEARED_PREFIX,
  CONFLICT_PREFIX,
  FRAUD_PREFIX,
  LATEST_PREFIX,
  TRANSFER_PREFIX,
} from './credit-fold.ts'
import { sumCredits } from './credits.ts'
import type { CreditSheet } from './credits.ts'
import { openFraudProof } from './fraud-proof.ts'
import type { ProvenFraud } from './fraud-proof.ts'
import { judgeReceipt } from './judge-receipt.ts'
import type { Outcome } from './outcomes.ts'
import type { ProofId } from './receipt-ids.ts'
import { decodeReceipt, isCountersigned } from './receipt.ts'
import type { Receipt } from './receipt.ts'
import { Standings } from './standing.ts'
import { decodeTransfer, isAccepted, judgeTransfer } from './transfer.ts'
import type { Transfer } from './transfer.ts'

export interface CreditMembers {
  /** Whose a device is or was; `undefined`: nobody's of this space. */
  personOf(device: DeviceId): PersonId | undefined
  isMemberAt?(person: PersonId, atMs: number): boolean
}

export interface Fraud extends ProvenFraud {
  /** Whose devices they are, in this space. */
  readonly people: readonly PersonId[]
  /** What admins said in explanation; empty: it counts. */
  readonly cleared: readonly { readonly person: PersonId; readonly note: string }[]
}

export interface CreditBookOptions {
  readonly crypto: Crypto
  readonly members: CreditMembers
  readonly nowMs: number
  /** Receipts of this group that are not in the space yet. */
  readonly more?: readonly Receipt[]
}

export class CreditBook {
  readonly #members: CreditMembers
  /** As the space has them. */
  readonly receipts: readonly Receipt[]
  readonly transfers: readonly Transfer[]
  readonly frauds: readonly Fraud[]
  /** Of these, and of what else is known here. */
  readonly sheet: CreditSheet

  private constructor(crypto: Crypto, members: CreditMembers, stored: StoredCredits) {
    this.#members = members
    this.receipts = stored.receipts
    this.transfers = stored.transfers
    this.frauds = stored.frauds.map((each) => ({ ...each, people: this.#peopleOf(each) }))
    const { transfers } = stored
    const receipts = [...stored.receipts, ...stored.more]
    this.sheet = sumCredits(crypto, { receipts, transfers }, (device) => members.personOf(device))
  }

  static async load(
    view: Pick<ViewReader, 'range'>,
    options: CreditBookOptions,
  ): Promise<CreditBook> {
    const { crypto, members, nowMs } = options
    const context = { crypto, nowMs, mode: 'later', isFinal: true, ...bound(members) } as const
    const receipts = (await valuesOf(view, LATEST_PREFIX)).flatMap(readReceiptValue)
    const transfers = (await valuesOf(view, TRANSFER_PREFIX)).flatMap(readTransferValue)
    const cleared = await readCleared(view)
    const proofs = [
      ...(await valuesOf(view, CONFLICT_PREFIX)),
      ...(await valuesOf(view, FRAUD_PREFIX)),
    ]
    const frauds = new Map<ProofId, Omit<Fraud, 'people'>>()
    for (const bytes of proofs) {
      const opened = bytes instanceof Uint8Array ? openFraudProof(crypto, bytes) : undefined
      if (opened?.ok !== true) continue
      const { id } = opened.value
      frauds.set(id, { ...opened.value, cleared: cleared.get(id) ?? [] })
    }
    const counts = (receipt: Receipt) => judgeReceipt(receipt, undefined, context).ok
    return new CreditBook(crypto, members, {
      receipts: receipts.filter(counts),
      more: (options.more ?? []).filter(counts),
      transfers: transfers.filter((transfer) => judgeTransfer(transfer, context) === undefined),
      frauds: [...frauds.values()],
    })
  }

  balance(person: PersonId): bigint {
    return this.sheet.balances.get(person) ?? 0n
  }

  /** As one member sees the others. `outcomes`: what this device saw itself. */
  standings(viewer: PersonId, outcomes: readonly Outcome[], nowMs: number): Standings {
    const proofs = new Map<PersonId, ProofId[]>()
    for (const { id, people, cleared } of this.frauds) {
      if (cleared.length > 0) continue
      for (const person of people) proofs.set(person, [...(proofs.get(person) ?? []), id])
    }
    const { contributions } = this.sheet
    const graph = contributionGraph(viewer, contributions, new Set(proofs.keys()))
    return new Standings({ graph, contributions, outcomes, proofs, nowMs })
  }

  #peopleOf({ devices, person }: Pick<ProvenFraud, 'devices' | 'person'>): readonly PersonId[] {
    const people = devices.flatMap((device) => this.#members.personOf(device) ?? [])
    return [...new Set(person === undefined ? people : [...people, person])]
  }
}

interface StoredCredits {
  readonly receipts: readonly Receipt[]
  readonly more: readonly Receipt[]
  readonly transfers: readonly Transfer[]
  readonly frauds: readonly Omit<Fraud, 'people'>[]
}

function bound(members: CreditMembers): CreditMembers {
  const personOf = (device: DeviceId) => members.personOf(device)
  if (members.isMemberAt === undefined) return { personOf }
  return { personOf, isMemberAt: (person, atMs) => members.isMemberAt!(person, atMs) }
}

async function valuesOf(
  view: Pick<ViewReader, 'range'>,
  prefix: string,
): Promise<readonly CborValue[]> {
  const values: CborValue[] = []
  for await (const [, value] of view.range(prefix)) values.push(value)
  return values
}

function readReceiptValue(value: CborValue): readonly Receipt[] {
  const decoded = value instanceof Uint8Array ? decodeReceipt(value) : undefined
  return decoded?.ok === true && isCountersigned(decoded.value) ? [decoded.value] : []
}

function readTransferValue(value: CborValue): readonly Transfer[] {
  const decoded = value instanceof Uint8Array ? decodeTransfer(value) : undefined
  return decoded?.ok === true && isAccepted(decoded.value) ? [decoded.value] : []
}

async function readCleared(
  view: Pick<ViewReader, 'range'>,
): Promise<ReadonlyMap<ProofId, Fraud['cleared']>> {
  const cleared = new Map<ProofId, Fraud['cleared']>()
  for await (const [key, note] of view.range(CLEARED_PREFIX)) {
    const [proof = '', person = ''] = key.slice(CLEARED_PREFIX.length).split('/')
    const id = proof as string as ProofId
    if (typeof note !== 'string') continue
    cleared.set(id, [...(cleared.get(id) ?? []), { person: person as PersonId, note }])
  }
  return cleared
}
