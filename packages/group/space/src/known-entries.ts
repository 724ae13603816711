/**
 * What is asked of the same few entries again and again, read from the logs once: how much of a forked device's log is
 * exchanged is asked with every message, and must not depend on whether the disk answers just then.
 *
 * Invariant: what an entry says never changes, so nothing here becomes old; it goes with the log it was read from.
 */

import type { EntryId } from '@hamlet/core'
import type { DeviceTrack } from './device-track.ts'
import type { Dependency } from './types.ts'

export class KnownEntries {
  readonly #ids = new WeakMap<DeviceTrack, Map<number, EntryId>>()
  readonly #deps = new WeakMap<DeviceTrack, Map<number, readonly Dependency[]>>()

  /** @throws StoreError when it has to be read and cannot */
  idAt(track: DeviceTrack, seq: number): EntryId {
    return lookUp(this.#ids, track, seq, () => track.point(seq).id)
  }

  /** @throws StoreError when it has to be read and cannot */
  depsAt(track: DeviceTrack, seq: number): readonly Dependency[] {
    return lookUp(this.#deps, track, seq, () => track.entry(seq).deps)
  }
}

function lookUp<T>(
  known: WeakMap<DeviceTrack, Map<number, T>>,
  track: DeviceTrack,
  seq: number,
  read: () => T,
): T {
  let ofTrack = known.get(track)
  if (ofTrack === undefined) known.set(track, (ofTrack = new Map<number, T>()))
  let value = ofTrack.get(seq)
  if (value === undefined) ofTrack.set(seq, (value = read()))
  return value
}
