/**
 * Accounts of one peer that only count: a receipt is the total it signs for, unsigned. What real ones are is the affair of the
 * features; swarms need to know no more than this. They outlive a crash, as a ledger on a disk does.
 */

import type { BlobId, CountedBlob, SwarmAccounts } from '@hamlet/blobs'

const RECEIPT_BYTES = 8

export class SimAccounts implements SwarmAccounts {
  readonly #stepBytes: number
  readonly #knowsMore: boolean
  /** What we signed for, by who gave it, and what of it the other has signed as well. */
  readonly paid = new Map<string, { totalBytes: number; settledBytes: number }>()
  /** What others signed for. */
  readonly earned = new Map<string, number>()

  constructor(stepBytes: number, knowsMore = false) {
    this.#stepBytes = stepBytes
    this.#knowsMore = knowsMore
  }

  /** Every peer knows a blob by two names, half of them by a third one, and they put them in another order. */
  terms(_peer: string, { root }: BlobId): readonly Uint8Array[] {
    const names = [0, 1].map((mark) => root.map((byte) => byte ^ mark))
    return this.#knowsMore ? [root.map((byte) => byte ^ 2), ...names.toReversed()] : names
  }

  stepBytes(): number {
    return this.#stepBytes
  }

  rank(): number {
    return 0
  }

  received(peer: string, _id: unknown, bytes: number): Uint8Array {
    const pair = this.paid.get(peer) ?? { totalBytes: 0, settledBytes: 0 }
    this.paid.set(peer, pair)
    pair.totalBytes += bytes
    return receiptOf(pair.totalBytes)
  }

  accept(
    peer: string,
    { terms }: CountedBlob,
    receipt: Uint8Array,
  ): ReturnType<SwarmAccounts['accept']> {
    if (terms === undefined) return { ok: false, reason: 'nothing was agreed' }
    const total = totalOf(receipt)
    if (total === undefined) return { ok: false, reason: 'no receipt' }
    const before = this.earned.get(peer) ?? 0
    this.earned.set(peer, Math.max(before, total))
    return { ok: true, countersigned: receipt, bytes: Math.max(0, total - before) }
  }

  countersigned(peer: string, _id: unknown, receipt: Uint8Array): void {
    const pair = this.paid.get(peer)
    if (pair) pair.settledBytes = Math.max(pair.settledBytes, totalOf(receipt) ?? 0)
  }

  unsettled(peer: string): Uint8Array | undefined {
    const pair = this.paid.get(peer)
    if (!pair || pair.settledBytes === pair.totalBytes) return undefined
    return receiptOf(pair.totalBytes)
  }
}

function receiptOf(totalBytes: number): Uint8Array {
  const receipt = new Uint8Array(RECEIPT_BYTES)
  new DataView(receipt.buffer).setFloat64(0, totalBytes)
  return receipt
}

function totalOf(receipt: Uint8Array): number | undefined {
  if (receipt.length !== RECEIPT_BYTES) return undefined
  const total = new DataView(receipt.buffer, receipt.byteOffset).getFloat64(0)
  return Number.isSafeInteger(total) && total > 0 ? total : undefined
}
