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
import type { LogSet } from './log-set.ts'
import { logOf } from './types.ts'
import type { Dependency } from './types.ts'

/**
 * Whether the past of `entry` holds entry `length` or a later one of `device`, in any of its histories. All of that past is
 * checked here. Reads O(log n) entries of each log and those within the window.
 */
export function hasSeenBeyond(
  logs: LogSet,
  entry: EncodedEntry,
  device: DeviceId,
  length: number,
): boolean {
  if (device === entry.device) return entry.seq > length
  // What is not checked here is in nobody's past that is.
  const beyond = logs.logsOf(device).filter((track) => length < track.checked)
  const [since] = beyond.map((track) => track.point(length).time).sort(compareHybridTimes)
  if (since === undefined || compareHybridTimes(since, entry.time) >= 0) return false
  return reaches(logs, entry, { device, length, since })
}

interface Target {
  readonly device: DeviceId
  readonly length: number
  readonly since: HybridTime
}

/** Walks the window by time, which extends causality, marking the first entry of each log that knows the target. */
function reaches(logs: LogSet, entry: EncodedEntry, target: Target): boolean {
  const knowsFrom = new Map<DeviceId, number>()
  const knows = (log: DeviceId, seq: number): boolean => {
    const track = logs.tracks.get(log)
    if (seq >= (knowsFrom.get(log) ?? Infinity)) return true
    return track?.parent !== undefined && knows(track.parent.key, Math.min(seq, track.base - 1))
  }
  const sees = (dep: Dependency): boolean => {
    if (dep.device === target.device) return dep.seq >= target.length
    const isPlain = logs.branchesOf(dep.device).length === 0
    const log = isPlain ? dep.device : logs.resolve(dep)?.key
    return log !== undefined && knows(log, dep.seq)
  }
  for (const next of windowOf(logs, target, entry)) {
    const log = logOf(next)
    if (!knowsFrom.has(log) && next.deps.some(sees)) knowsFrom.set(log, next.seq)
  }
  return entry.deps.some(sees) || knows(logOf(entry), entry.seq)
}

/** Checked entries of other logs dated after the target and before the entry, by time. */
function* windowOf(logs: LogSet, target: Target, entry: EncodedEntry): Generator<EncodedEntry> {
  const heads: { next: EncodedEntry; readonly rest: Iterator<EncodedEntry, void> }[] = []
  for (const track of logs.tracks.values()) {
    if (track.device === target.device) continue
    const end = track.device === entry.device ? Math.min(entry.seq, track.checked) : track.checked
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

/** The first of the log's own entries before `end` that is dated after a time, by binary search. */
function firstAfter(track: DeviceTrack, since: HybridTime, end: number): number {
  let low = Math.min(track.base, end)
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareHybridTimes(track.point(middle).time, since) > 0) high = middle
    else low = middle + 1
  }
  return low
}
