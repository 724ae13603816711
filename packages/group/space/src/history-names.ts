/**
 * What the parts of a forked device's histories are called, alike on every copy of the space.
 *
 * The idea: which history a copy stores as the first log, and which as a branch, depends on what came first (`log-set.ts`), and a
 * view may hold nothing that depends on that. So a part of a history is called by where it begins: the shared beginning by the
 * device, and what follows where histories part by the id of its first entry, on each side. A history of which nothing
 * counts makes no difference, since another copy need not have it.
 *
 *     sequence     0 1 2 3 4 5          called
 *     history A    a b c d e f          a b: the device   c d e f: c
 *     history B    a b g h              a b: the device   g h: g
 */

import type { DeviceId } from '@hamlet/core'
import type { DeviceTrack } from './device-track.ts'
import { commonLength } from './log-set.ts'
import type { LogSet } from './log-set.ts'
import type { VersionVector } from './types.ts'

/** Applied entries of a part of a history, counted from the history's beginning. */
export interface HistoryPart {
  /** The device, or the first entry of the part. */
  readonly name: DeviceId
  readonly device: DeviceId
  readonly length: number
}

/** Whether something counts of what a history has from `seq` on. */
type CountsFrom = (track: DeviceTrack, seq: number) => boolean

export class HistoryNames {
  readonly #space: { readonly logs: LogSet }
  readonly #countsFrom: CountsFrom
  /** Of two logs that have parted, by their keys: it stays. */
  readonly #common = new Map<string, number>()

  /** `space`: its logs may become others. */
  constructor(space: { readonly logs: LogSet }, countsFrom: CountsFrom) {
    this.#space = space
    this.#countsFrom = countsFrom
  }

  /** The part in which an entry of a history stands. O(1) for a device of one history. */
  nameOf(track: DeviceTrack, seq: number): DeviceId {
    const parting = this.partings(track).findLast((at) => at <= seq)
    return parting === undefined ? track.device : nameAt(track, parting)
  }

  /** Where other histories that count for something part from this one, ascending. */
  partings(track: DeviceTrack): readonly number[] {
    const all = this.#space.logs.logsOf(track.device)
    if (all.length < 2) return []
    const places = new Set<number>()
    for (const other of all) {
      if (other === track) continue
      const at = this.#commonLength(track, other)
      if (at < track.stored && at < other.stored && this.#countsFrom(other, at)) places.add(at)
    }
    return [...places].sort((a, b) => a - b)
  }

  /** By name, ascending; parts that several histories share are there once. */
  parts(lengths: VersionVector): readonly HistoryPart[] {
    const parts = new Map<DeviceId, HistoryPart>()
    for (const [key, length] of lengths) {
      const track = this.#space.logs.tracks.get(key)
      if (track === undefined) continue
      const places = this.partings(track).filter((at) => at < length)
      for (const [i, at] of [0, ...places].entries()) {
        const name = i === 0 ? track.device : nameAt(track, at)
        const end = Math.min(length, places[i] ?? length)
        const known = parts.get(name)?.length ?? 0
        if (end > known) parts.set(name, { name, device: track.device, length: end })
      }
    }
    return [...parts.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** How far each log here goes at least, for lengths by name. */
  lengthsOf(named: ReadonlyMap<DeviceId, number>): VersionVector {
    const lengths = new Map<DeviceId, number>()
    for (const [key, track] of this.#space.logs.tracks) {
      const names = [track.device, ...this.partings(track).map((at) => nameAt(track, at))]
      const length = Math.max(...names.map((name) => named.get(name) ?? 0))
      if (length > 0) lengths.set(key, Math.min(length, track.applied))
    }
    return lengths
  }

  #commonLength(a: DeviceTrack, b: DeviceTrack): number {
    const pair = a.key < b.key ? `${a.key} ${b.key}` : `${b.key} ${a.key}`
    const known = this.#common.get(pair)
    if (known !== undefined) return known
    const common = commonLength(a.log, b.log)
    if (common < Math.min(a.log.length, b.log.length)) this.#common.set(pair, common)
    return common
  }
}

function nameAt(track: DeviceTrack, seq: number): DeviceId {
  return track.point(seq).id as string as DeviceId
}
