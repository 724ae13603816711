/**
 * What the view runner needs of a space: which entries count, in causal order, and word when that changes.
 *
 * An entry *counts* for views when it is applied, not void, due (not in quarantine) and readable by this device.
 * `lengths` says how far each device's log is applied, counted or not; `hidden` says which of those do not count.
 * The runner remembers both, so it notices after any restart that the set below its checkpoint is another one.
 *
 * Invariants an implementation keeps:
 * 1. `entries` gives counted content entries in an order that extends causality; within one device, by sequence.
 * 2. The set counted within a vector is a function of that vector and `hidden` of it: equal digests, equal sets.
 * 3. A listener is called synchronously when the set changes, before anything else can observe the change:
 *    `grown` when only entries beyond the earlier `lengths` were added, `rewritten` for everything else (a cut voided
 *    entries, a secret made locked ones readable, quarantined ones became due).
 */

import type { Cancel } from '@hamlet/core'
import type { ContentEntry, VersionVector } from '../types.ts'

export type ViewSourceChange = 'grown' | 'rewritten'

export interface ViewSource {
  /** Applied entries per device; downward closed under causality. A snapshot: later growth does not change it. */
  lengths(): VersionVector
  /** A digest, at most 200 bytes, of the entries within the vector that do not count now; the same text for none. */
  hidden(within: VersionVector): string
  /** The entries that count within `upTo` and not within `after`, in batches of any size. */
  entries(after: VersionVector, upTo: VersionVector): AsyncIterable<readonly ContentEntry[]>
  subscribe(listener: (change: ViewSourceChange) => void): Cancel
}
