/**
 * What one tracker has been told: kept up to date with what is to be told, in bulk, and taken back when it is not true any more.
 *
 * Invariant: what is counted as told was acknowledged, and is told again before it ends there.
 */

import { isDialableUntrusted, judgeAddress } from '@hamlet/network/addresses'
import type { TrackerEntry } from './tracker-entries.ts'
import type { TrackerLine } from './tracker-line.ts'
import { TrackerReceipts } from './tracker-receipts.ts'
import {
  decodeTrackerRefusals,
  TRACKER_ADDRESS_LENGTH_MAX,
  TRACKER_ADDRESSES_MAX,
  trackerMultiaddr,
} from './tracker-wire.ts'

/** Blobs that are told, or taken back, at a time. */
export const TRACKER_BULK_MAX = 500
/** How long before a tracker forgets: it does after 30 minutes. */
export const TRACKER_RENEW_MS = 900_000

interface Told {
  readonly print: string
  readonly renewAtMs: number
}

export class TrackerStanding {
  readonly line: TrackerLine
  readonly receipts: TrackerReceipts
  readonly #told = new Map<string, Told>()
  #turn: Promise<void> = Promise.resolve()

  constructor(line: TrackerLine) {
    this.line = line
    this.receipts = new TrackerReceipts(line)
  }

  get count(): number {
    return this.#told.size
  }

  /** Rejects when the tracker failed; the rest is told the next time. */
  async tell(
    entries: ReadonlyMap<string, TrackerEntry>,
    addresses: readonly string[],
    nowMs: number,
  ): Promise<void> {
    const told = this.#turn.then(() => this.#tell(entries, addresses, nowMs))
    this.#turn = told.catch(() => undefined)
    await told
  }

  async #tell(
    entries: ReadonlyMap<string, TrackerEntry>,
    addresses: readonly string[],
    nowMs: number,
  ): Promise<void> {
    const gone = [...this.#told.keys()].filter((topic) => !entries.has(topic))
    for (const topics of inBulk(gone)) {
      await this.line.ask('/api/v2/withdraw', { topics }, () => true)
      for (const topic of topics) this.#told.delete(topic)
    }
    const own = tellable(addresses, this.line.origin)
    const due = [...entries.values()].flatMap((entry) => {
      const print = JSON.stringify([entry, own])
      const told = this.#told.get(entry.topic)
      const isFresh = told !== undefined && told.print === print && nowMs < told.renewAtMs
      return isFresh ? [] : [{ entry, print }]
    })
    for (const bulk of inBulk(due)) {
      const body = { entries: bulk.map(({ entry }) => ({ ...entry, addresses: own })) }
      const refused = await this.line.ask('/api/v2/announce', body, decodeTrackerRefusals)
      if (refused === undefined) return
      const not = new Set(refused.map(({ topic }) => topic))
      for (const { entry, print } of bulk) {
        if (not.has(entry.topic)) this.#told.delete(entry.topic)
        else this.#told.set(entry.topic, { print, renewAtMs: nowMs + TRACKER_RENEW_MS })
      }
    }
  }
}

/** A tracker in the open is told no address that only this network or machine knows. */
function tellable(addresses: readonly string[], origin: string): readonly string[] {
  const tracker = trackerMultiaddr(origin)
  const scope = tracker === undefined ? 'public' : judgeAddress(tracker)?.scope
  return addresses
    .filter((address) => address.length <= TRACKER_ADDRESS_LENGTH_MAX)
    .filter((address) => {
      const own = judgeAddress(address)?.scope
      if (isDialableUntrusted(address)) return true
      return scope === 'loopback'
        ? own === 'loopback' || own === 'private'
        : scope === 'private' && own === 'private'
    })
    .slice(0, TRACKER_ADDRESSES_MAX)
}

function* inBulk<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += TRACKER_BULK_MAX) {
    yield items.slice(at, at + TRACKER_BULK_MAX)
  }
}
