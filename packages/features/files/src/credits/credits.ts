/**
 * Credits: what members of a group owe each other for bytes, as a pure function of receipts and transfers.
 *
 * One byte is one credit. Each receipt is a debit of who received and a credit of who sent, each transfer moves what there
 * is, so all balances come to nothing: `sumCredits` checks it each time. How much somebody may owe grows in their first
 * month, by policy; beyond it they still get an allowance from everybody each day. Who is beyond their credit waits until
 * others are served; nobody is refused, and own devices are not counted at all.
 *
 * What was given to the group is held by an account of its own, and widens what each member may owe by an equal part.
 */

import { assert } from '@hamlet/core'
import type { Crypto, DeviceId, PersonId } from '@hamlet/core'
import { contributions, latestReceipts } from './latest-receipts.ts'
import type { Contribution } from './latest-receipts.ts'
import {
  ALLOWANCE_BYTES_MAX,
  ALLOWANCE_BYTES_PER_DAY,
  CREDIT_AGE_MS,
  CREDIT_BYTES,
  CREDIT_NEWCOMER_SHARE,
} from './limits.ts'
import type { Receipt } from './receipt.ts'
import { transferId } from './transfer.ts'
import type { Transfer } from './transfer.ts'

/** Whose balance: a person's, or what the group was given. */
export type CreditHolder = PersonId | 'group'

export interface CreditSheet {
  /** Of everybody who gave or got anything; they sum to nothing. */
  readonly balances: ReadonlyMap<CreditHolder, bigint>
  readonly contributions: readonly Contribution[]
  /** Transfers that count, with what each of them moves. */
  readonly moved: readonly { readonly transfer: Transfer; readonly amount: number }[]
}

export interface CreditRecords {
  /** Judged, in any order, as often as they come. */
  readonly receipts: Iterable<Receipt>
  readonly transfers: Iterable<Transfer>
}

export interface CreditPolicy {
  /** @default CREDIT_BYTES */
  readonly creditBytes?: number
  /** @default CREDIT_NEWCOMER_SHARE */
  readonly newcomerShare?: number
  /** @default CREDIT_AGE_MS */
  readonly ageMs?: number
  /** @default ALLOWANCE_BYTES_PER_DAY */
  readonly allowanceBytesPerDay?: number
  /** @default ALLOWANCE_BYTES_MAX */
  readonly allowanceBytesMax?: number
}

/** What is left of somebody's allowance at this device. */
export interface Allowance {
  readonly bytes: number
  readonly atMs: number
}

const DAY_MS = 24 * 3_600_000

export function sumCredits(
  crypto: Crypto,
  records: CreditRecords,
  personOf: (device: DeviceId) => PersonId | undefined,
): CreditSheet {
  const given = contributions(latestReceipts(crypto, records.receipts), personOf)
  const balances = new Map<CreditHolder, bigint>()
  const move = (from: CreditHolder, to: CreditHolder, amount: number) => {
    balances.set(from, (balances.get(from) ?? 0n) - BigInt(amount))
    balances.set(to, (balances.get(to) ?? 0n) + BigInt(amount))
  }
  for (const { payer, payee, bytes } of given) move(payer, payee, bytes)
  const moved = effectiveTransfers(crypto, records.transfers, given)
  for (const { transfer, amount } of moved)
    move(transfer.fromPerson, transfer.to ?? 'group', amount)
  assert(sumOf(balances) === 0n, 'credits sum to nothing')
  return { balances, contributions: given, moved }
}

export function sumOf(balances: ReadonlyMap<CreditHolder, bigint>): bigint {
  let sum = 0n
  for (const balance of balances.values()) sum += balance
  return sum
}

/** What somebody may owe. `groupShare`: what the group holds, by its members. */
export function creditLimit(
  since: { readonly memberSinceMs: number; readonly nowMs: number },
  policy: CreditPolicy = {},
  groupShare = 0,
): number {
  const { creditBytes = CREDIT_BYTES, newcomerShare = CREDIT_NEWCOMER_SHARE } = policy
  const { ageMs = CREDIT_AGE_MS } = policy
  const age = Math.max(0, Math.min(1, (since.nowMs - since.memberSinceMs) / ageMs))
  return creditBytes * (newcomerShare + (1 - newcomerShare) * age) + Math.max(0, groupShare)
}

/** As it is by now: it fills up over time, to its largest. */
export function refillAllowance(
  allowance: Allowance | undefined,
  nowMs: number,
  policy: CreditPolicy = {},
): Allowance {
  const { allowanceBytesMax: bytesMax = ALLOWANCE_BYTES_MAX } = policy
  const { allowanceBytesPerDay: bytesPerDay = ALLOWANCE_BYTES_PER_DAY } = policy
  if (allowance === undefined) return { bytes: bytesMax, atMs: nowMs }
  const passedMs = Math.max(0, nowMs - allowance.atMs)
  return {
    bytes: Math.min(bytesMax, allowance.bytes + (bytesPerDay * passedMs) / DAY_MS),
    atMs: nowMs,
  }
}

export function spendAllowance(allowance: Allowance, bytes: number): Allowance {
  return { ...allowance, bytes: Math.max(0, allowance.bytes - bytes) }
}

/** By what somebody is served: their credit, else their allowance, else when nobody else is waiting. */
export function judgeDebt(
  debt: { readonly balance: bigint; readonly limitBytes: number },
  allowance: Allowance,
): { readonly by: 'credit' | 'allowance' | 'spare'; readonly roomBytes: number } {
  const creditBytes = Number(debt.balance) + debt.limitBytes
  if (creditBytes > 0) return { by: 'credit', roomBytes: creditBytes }
  if (allowance.bytes >= 1) return { by: 'allowance', roomBytes: allowance.bytes }
  return { by: 'spare', roomBytes: 0 }
}

/** Each once; bounties up to what receipts of the same two people come to, oldest first. */
function effectiveTransfers(
  crypto: Crypto,
  transfers: Iterable<Transfer>,
  given: readonly Contribution[],
): CreditSheet['moved'] {
  const byId = new Map([...transfers].map((each) => [transferId(crypto, each), each]))
  const ordered = [...byId].sort(([a, one], [b, two]) => {
    return one.atMs === two.atMs ? (a < b ? -1 : 1) : one.atMs - two.atMs
  })
  const rooms = new Map(given.map(({ payer, payee, bytes }) => [`${payer}/${payee}`, bytes]))
  return ordered.flatMap(([, transfer]) => {
    if (transfer.purpose === 'gift') return [{ transfer, amount: transfer.amount }]
    const key = `${transfer.fromPerson}/${transfer.to}`
    const room = rooms.get(key) ?? 0
    const amount = Math.min(room, transfer.amount)
    rooms.set(key, room - amount)
    return amount === 0 ? [] : [{ transfer, amount }]
  })
}
