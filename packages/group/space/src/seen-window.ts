/**
 * Whether an entry had seen somebody's log beyond some length: the question by which cuts are judged.
 *
 * The causal past of an entry is the whole web behind it, too large to walk for every question. But times increase along
 * causality (rule 3 of `docs/formats/entry.md`), so what knows of an entry is dated after it: only entries between the
 * time of the first one beyond the length and that of the asking entry matter. For an honest removal these are the few
 * that were written while it was on its way.
 */

import type { DeviceId } from '@hamlet/core'
import { compareHybridTimes } from '@hamlet/crdt'
import type { HybridTime } from '@hamlet/crdt'
import type { DeviceTrack } from './device-track.ts'
import type { EncodedEntry } from './entry.ts'

type Tracks = ReadonlyMap<DeviceId, DeviceTrack>

/**
 * Whether the past of `entry` holds entry `length` or a later one of `device`. All of that past is checked here. Reads
 * O(log n) entries of each log and those within the window.
 */
export function hasSeenBeyond(
  tracks: Tracks,
  entry: EncodedEntry,
  device: DeviceId,
  length: number,
): boolean {
  if (device === entry.device) return entry.seq > length
  const track = tracks.get(device)
  // What is not checked here is in nobody's past that is.
  if (track === undefined || length >= track.checked) return false
  const since = track.point(length).time
  if (compareHybridTimes(since, entry.time) >= 0) return false
  return reaches(tracks, entry, { device, length, since })
}

interface Target {
  readonly device: DeviceId
  readonly length: number
  readonly since: HybridTime
}

/** Walks the window by time, which extends causality, marking the first entry of each log that knows the target. */
function reaches(tracks: Tracks, entry: EncodedEntry, target: Target): boolean {
  const knowsFrom = new Map<DeviceId, number>([[target.device, target.length]])
  const knows = ({ device, seq, deps }: Pick<EncodedEntry, 'device' | 'seq' | 'deps'>): boolean =>
    seq >= (knowsFrom.get(device) ?? Infinity) ||
    deps.some((dep) => dep.seq >= (knowsFrom.get(dep.device) ?? Infinity))
  for (const next of windowOf(tracks, target, entry)) {
    if (!knowsFrom.has(next.device) && knows(next)) knowsFrom.set(next.device, next.seq)
  }
  return knows(entry)
}

/** Checked entries of other logs dated after the target and before the entry, by time. */
function* windowOf(tracks: Tracks, target: Target, entry: EncodedEntry): Generator<EncodedEntry> {
  const heads: { next: EncodedEntry; readonly rest: Iterator<EncodedEntry, void> }[] = []
  for (const track of tracks.values()) {
    if (track.device === target.device) continue
    const end = track.device === entry.device ? entry.seq : track.checked
    const rest = track.entries(firstAfter(track, target.since, end), end)
    const first = rest.next()
    if (first.done !== true) heads.push({ next: first.value, rest })
  }
  for (;;) {
    const earliest = heads.reduce<(typeof heads)[number] | undefined>((best, head) => {
      return best === undefined || isEarlier(head.next, best.next) ? head : best
    }, undefined)
    if (earliest === undefined || compareHybridTimes(earliest.next.time, entry.time) >= 0) return
    yield earliest.next
    const following = earliest.rest.next()
    if (following.done === true) heads.splice(heads.indexOf(earliest), 1)
    else earliest.next = following.value
  }
}

function isEarlier(a: EncodedEntry, b: EncodedEntry): boolean {
  const order = compareHybridTimes(a.time, b.time)
  return order < 0 || (order === 0 && a.id < b.id)
}

/** The first entry before `end` dated after a time, by binary search. */
function firstAfter(track: DeviceTrack, since: HybridTime, end: number): number {
  let low = 0
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareHybridTimes(track.point(middle).time, since) > 0) high = middle
    else low = middle + 1
  }
  return low
}
