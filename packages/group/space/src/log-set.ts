/**
 * The logs of a space: one for each device, and for a device that signed several histories one for each of them.
 *
 * The history of a device that was seen first is its *first* log, under the device's id. Others are *branches*, under the
 * id of the entry with which they part from the log they share their beginning with; that name is this copy's own, since
 * others may have seen another history first. An entry of the beginning belongs to the log where it was first (`ownerOf`), so
 * nothing is in the set twice.
 */

import { equalBytes } from '@hamlet/core'
import type { DeviceId } from '@hamlet/core'
import type { Log } from '@hamlet/log'
import type { DeviceTrack } from './device-track.ts'
import type { Dependency } from './types.ts'

export class LogSet {
  /** By key: the device of a first log, the key of a branch. */
  readonly tracks = new Map<DeviceId, DeviceTrack>()
  readonly #branches = new Map<DeviceId, DeviceTrack[]>()

  add(track: DeviceTrack): void {
    this.tracks.set(track.key, track)
    if (track.parent === undefined) return
    const known = this.#branches.get(track.device) ?? []
    this.#branches.set(track.device, [...known.filter(({ key }) => key !== track.key), track])
  }

  /** In the order in which they came. */
  branchesOf(device: DeviceId): readonly DeviceTrack[] {
    return this.#branches.get(device) ?? []
  }

  /** The first log of a device and its branches. */
  logsOf(device: DeviceId): readonly DeviceTrack[] {
    const first = this.tracks.get(device)
    return first === undefined ? [] : [first, ...this.branchesOf(device)]
  }

  /** A history that an entry is in, when it is stored here. */
  historyWith({ device, seq, id }: Dependency): DeviceTrack | undefined {
    return this.logsOf(device).find((track) => seq < track.stored && track.point(seq).id === id)
  }

  /** The log that an entry belongs to, when it is stored here. */
  find(entry: Dependency): DeviceTrack | undefined {
    return this.historyWith(entry)?.ownerOf(entry.seq)
  }

  /** The log of an entry somebody has seen, when it and all before it are checked here. */
  resolve(dep: Dependency): DeviceTrack | undefined {
    const { device, seq, id } = dep
    const first = this.tracks.get(device)
    if (first === undefined) return undefined
    if (seq < first.checked && first.point(seq).id === id) return first
    if (!this.#branches.has(device)) return undefined
    const found = this.find(dep)
    return found !== undefined && seq < found.checked ? found : undefined
  }

  /** Whether two entries of a device, both stored here, are one before the other in one of its histories. */
  areOfOneHistory(a: Dependency, b: Dependency): boolean {
    const [early, late] = a.seq <= b.seq ? [a, b] : [b, a]
    return this.logsOf(a.device).some((track) => {
      return (
        late.seq < track.stored &&
        track.point(late.seq).id === late.id &&
        track.point(early.seq).id === early.id
      )
    })
  }
}

/** How many entries two histories of a device share, by binary search: whoever shares one shares all before it. */
export function commonLength(a: Log, b: Log): number {
  let low = 0
  let high = Math.min(a.length, b.length)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (equalBytes(a.leafHash(middle), b.leafHash(middle))) low = middle + 1
    else high = middle
  }
  return low
}
