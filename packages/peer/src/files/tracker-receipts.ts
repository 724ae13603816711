/**
 * Receipts of public swarms, mirrored to one tracker: of each pair of devices the latest, once.
 *
 * The tracker judges them itself, orders by them whom it names, and shows who gives whom. It may leave some out; nobody depends on it.
 *
 * Invariant: receipts of spaces, and of private links, are no business of a tracker.
 */

import { bytesToBase64 } from '@hamlet/core'
import { encodeReceipt, pairKey } from '@hamlet/files/credits'
import type { Receipt } from '@hamlet/files/credits'
import type { TrackerLine } from './tracker-line.ts'

/** Receipts that are handed in at a time. */
export const TRACKER_RECEIPTS_MAX = 200

export class TrackerReceipts {
  readonly #line: Pick<TrackerLine, 'ask'>
  /** Sequences that were handed in, by pair. */
  readonly #told = new Map<string, number>()

  constructor(line: Pick<TrackerLine, 'ask'>) {
    this.#line = line
  }

  /** Rejects when the tracker failed; the rest is told the next time. */
  async tell(receipts: readonly Receipt[]): Promise<void> {
    const due = receipts.filter((receipt) => {
      return receipt.group === undefined && receipt.seq > (this.#told.get(pairKey(receipt)) ?? 0)
    })
    for (let at = 0; at < due.length; at += TRACKER_RECEIPTS_MAX) {
      const bulk = due.slice(at, at + TRACKER_RECEIPTS_MAX)
      const body = { receipts: bulk.map((receipt) => bytesToBase64(encodeReceipt(receipt))) }
      // What it refuses it would refuse again.
      await this.#line.ask('/api/v2/receipts', body, () => true)
      for (const receipt of bulk) this.#told.set(pairKey(receipt), receipt.seq)
    }
  }
}
