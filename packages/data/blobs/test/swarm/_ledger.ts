/**
 * Accounts that only count: a receipt is a running number and a total, unsigned. What real ones are is the affair of
 * the features; the engine needs to know no more than this.
 */

import type { BlobId, SwarmAccounts } from '@hamlet/blobs'

interface Pair {
  totalBytes: number
  settledBytes: number
  last: Uint8Array | undefined
}

export class CountingAccounts implements SwarmAccounts {
  /** What each peer gave us and we signed for. */
  readonly paid = new Map<string, Pair>()
  /** What each peer signed for. */
  readonly earned = new Map<string, number>()
  readonly step: number
  isSigning = true

  constructor(step = 1024 * 1024) {
    this.step = step
  }

  stepBytes(): number {
    return this.step
  }

  rank(): number {
    return 0
  }

  received(peer: string, _id: BlobId, bytes: number): Uint8Array | undefined {
    const pair = this.paid.get(peer) ?? { totalBytes: 0, settledBytes: 0, last: undefined }
    this.paid.set(peer, pair)
    pair.totalBytes += bytes
    if (!this.isSigning) return undefined
    const receipt = new Uint8Array(8)
    new DataView(receipt.buffer).setFloat64(0, pair.totalBytes)
    pair.last = receipt
    return receipt
  }

  accept(peer: string, _id: BlobId, receipt: Uint8Array): ReturnType<SwarmAccounts['accept']> {
    const total = totalOf(receipt)
    const before = this.earned.get(peer) ?? 0
    if (total === undefined) return { ok: false, reason: 'no receipt' }
    this.earned.set(peer, Math.max(total, before))
    return { ok: true, countersigned: receipt, bytes: Math.max(0, total - before) }
  }

  countersigned(peer: string, _id: BlobId, receipt: Uint8Array): void {
    const pair = this.paid.get(peer)
    if (!pair) return
    pair.settledBytes = Math.max(pair.settledBytes, totalOf(receipt) ?? 0)
    if (pair.settledBytes === pair.totalBytes) pair.last = undefined
  }

  unsettled(peer: string): Uint8Array | undefined {
    return this.paid.get(peer)?.last
  }
}

function totalOf(receipt: Uint8Array): number | undefined {
  if (receipt.length !== 8) return undefined
  return new DataView(receipt.buffer, receipt.byteOffset).getFloat64(0)
}
