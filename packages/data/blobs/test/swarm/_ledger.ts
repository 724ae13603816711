/**
 * Accounts that only count: a receipt is a running number and a total, unsigned. What real ones are is the affair of
 * the features; the engine needs to know no more than this.
 */

import type { CountedBlob, SwarmAccounts } from '@hamlet/blobs'

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

  received(peer: string, _blob: CountedBlob, bytes: number): Uint8Array | undefined {
    const pair = this.paid.get(peer) ?? { totalBytes: 0, settledBytes: 0, last: undefined }
    this.paid.set(peer, pair)
    pair.totalBytes += bytes
    if (!this.isSigning) return undefined
    const receipt = new Uint8Array(8)
    new DataView(receipt.buffer).setFloat64(0, pair.totalBytes)
    pair.last = receipt
    return receipt
  }

  accept(
    peer: string,
    _blob: CountedBlob,
    receipt: Uint8Array,
  ): ReturnType<SwarmAccounts['accept']> {
    const total = totalOf(receipt)
    const before = this.earned.get(peer) ?? 0
    if (total === undefined) return { ok: false, reason: 'no receipt' }
    this.earned.set(peer, Math.max(total, before))
    return { ok: true, countersigned: receipt, bytes: Math.max(0, total - before) }
  }

  countersigned(peer: string, _blob: CountedBlob, receipt: Uint8Array): void {
    const pair = this.paid.get(peer)
    if (!pair) return
    pair.settledBytes = Math.max(pair.settledBytes, totalOf(receipt) ?? 0)
    if (pair.settledBytes === pair.totalBytes) pair.last = undefined
  }

  unsettled(peer: string): Uint8Array | undefined {
    return this.paid.get(peer)?.last
  }
}

/** The same on a disk that takes its time: what is to be sent is promised, and shown again when a line opens. */
export class SlowAccounts implements SwarmAccounts {
  readonly counting = new CountingAccounts()
  /** Chunks by peer that were handed to a line. */
  readonly sentCounts = new Map<string, number>()
  isFailing = false

  stepBytes(): number {
    return this.counting.stepBytes()
  }

  rank(): number {
    return 0
  }

  sent(peer: string): void {
    this.sentCounts.set(peer, 1 + (this.sentCounts.get(peer) ?? 0))
  }

  received(peer: string, blob: CountedBlob, bytes: number): Promise<Uint8Array | undefined> {
    return this.#durable(this.counting.received(peer, blob, bytes))
  }

  accept(
    peer: string,
    blob: CountedBlob,
    receipt: Uint8Array,
  ): ReturnType<SwarmAccounts['accept']> {
    const judged = this.counting.accept(peer, blob, receipt)
    return this.#durable(judged).then(() => judged)
  }

  countersigned(peer: string, blob: CountedBlob, receipt: Uint8Array): void {
    this.counting.countersigned(peer, blob, receipt)
  }

  unsettled(peer: string): Promise<Uint8Array | undefined> {
    return this.#durable(this.counting.unsettled(peer))
  }

  async #durable<T>(value: T): Promise<T> {
    for (let i = 0; i < 5; i++) await Promise.resolve()
    if (this.isFailing) throw new Error('disk full')
    return value
  }
}

function totalOf(receipt: Uint8Array): number | undefined {
  if (receipt.length !== 8) return undefined
  return new DataView(receipt.buffer, receipt.byteOffset).getFloat64(0)
}
