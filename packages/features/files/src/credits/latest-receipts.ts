/**
 * Of all receipts that are known, those that count: the latest of each pair of devices.
 *
 * A pure function of the set, so that everybody who has the same receipts has the same: of two with one sequence (which
 * is a fraud, see `fraud-proof.ts`) the one with less counts, then the one with the smaller id.
 */

import type { Crypto, DeviceId, PersonId } from '@hamlet/core'
import { pairKey } from './receipt-ids.ts'
import type { ReceiptId } from './receipt-ids.ts'
import { receiptId } from './receipt.ts'
import type { Receipt } from './receipt.ts'

export interface CountedReceipt {
  readonly id: ReceiptId
  readonly receipt: Receipt
}

/** All that one person received from another. */
export interface Contribution {
  /** Who received. */
  readonly payer: PersonId
  /** Who sent. */
  readonly payee: PersonId
  readonly bytes: number
  /** Of each pair of their devices. */
  readonly receipts: readonly CountedReceipt[]
}

export function latestReceipts(
  crypto: Pick<Crypto, 'hash'>,
  receipts: Iterable<Receipt>,
): readonly CountedReceipt[] {
  const latest = new Map<string, CountedReceipt>()
  for (const receipt of receipts) {
    const key = pairKey(receipt)
    const counted = { id: receiptId(crypto as Crypto, receipt), receipt }
    const before = latest.get(key)
    if (before === undefined || compareReceipts(counted, before) > 0) latest.set(key, counted)
  }
  return [...latest.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Positive when `a` counts and `b` does not. */
export function compareReceipts(a: CountedReceipt, b: CountedReceipt): number {
  if (a.receipt.seq !== b.receipt.seq) return a.receipt.seq - b.receipt.seq
  if (a.receipt.totalBytes !== b.receipt.totalBytes)
    return b.receipt.totalBytes - a.receipt.totalBytes
  if (a.id === b.id) return 0
  return a.id < b.id ? 1 : -1
}

/** By person; receipts of devices that are not certified for the persons they name, or of one person, are left out. */
export function contributions(
  counted: readonly CountedReceipt[],
  personOf: (device: DeviceId) => PersonId | undefined,
): readonly Contribution[] {
  const found = new Map<string, Contribution>()
  for (const each of counted) {
    const { payer, payee, payerPerson, payeePerson, totalBytes } = each.receipt
    const areKnown = personOf(payer) === payerPerson && personOf(payee) === payeePerson
    if (!areKnown || payerPerson === payeePerson) continue
    const key = `${payerPerson}/${payeePerson}`
    const before = found.get(key)
    found.set(key, {
      payer: payerPerson,
      payee: payeePerson,
      bytes: totalBytes + (before?.bytes ?? 0),
      receipts: [...(before?.receipts ?? []), each],
    })
  }
  return [...found.values()]
}
