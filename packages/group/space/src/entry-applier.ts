/**
 * From stored to checked to applied: entries count once everything they depend on is here, in causal order.
 *
 * `settle` walks each log from where it stopped, as far as dependencies allow, puts control operations into the
 * graph, and then gives out what is due. An entry that breaks a rule about its own past ends its log for
 * everybody; an entry whose dependencies are missing waits, durable in its log, and costs no memory. What is missing may be
 * another history of a device than the one that is here (`missingBranches`).
 *
 * Invariants:
 * 1. What counts depends on the set of stored entries only: order of arrival, batches and restarts do not show.
 * 2. Entries are released in an order that extends causality. Times increase along causality (rule 3 of
 *    `docs/formats/entry.md`), so entries held back together come out sorted by time.
 * 3. Control operations take effect when checked, whatever their time: a removal must not be delayed.
 * 4. A read that fails ends a call, and the next one gives what that one would have given.
 */

import { CLOCK_AHEAD_MS_MAX } from '@hamlet/core'
import type { Clock, DeviceId, EntryId } from '@hamlet/core'
import { compareHybridTimes } from '@hamlet/crdt'
import type { ControlGraph } from './control-graph.ts'
import type { ControlNode } from './control-node.ts'
import { decodeOperation } from './control-operation.ts'
import type { ControlPast } from './control-past.ts'
import type { DeviceTrack } from './device-track.ts'
import type { EncodedEntry } from './entry.ts'
import type { LogSet } from './log-set.ts'
import { hasSeenBeyond } from './seen-window.ts'
import { logOf } from './types.ts'
import type { Dependency } from './types.ts'

export interface SettledEntries {
  /** Those that were checked, in causal order. */
  readonly entries: EncodedEntry[]
  /** The control operations among them. */
  readonly nodes: ControlNode[]
  /** Those that are applied from now on, in causal order. */
  readonly released: EncodedEntry[]
}

/** Listed at once, of histories that entries here build on and that are not here. */
const MISSING_BRANCHES_MAX = 64

export class EntryApplier {
  readonly #graph: ControlGraph
  readonly #logs: LogSet
  readonly #clock: Clock
  readonly #own: DeviceId
  /** By the device they wait for: logs whose next entry depends on one that is not checked. */
  readonly #waiting = new Map<DeviceId, Set<DeviceId>>()
  /** Logs with checked entries that are not applied. */
  readonly #held = new Set<DeviceId>()
  /** Not handed over yet: what was done before a read failed is not lost. */
  #settled: SettledEntries = { entries: [], nodes: [], released: [] }

  constructor(graph: ControlGraph, logs: LogSet, clock: Clock, own: DeviceId) {
    this.#graph = graph
    this.#logs = logs
    this.#clock = clock
    this.#own = own
  }

  /** Logs that cannot go on because an entry it depends on is missing. */
  get blockedDevices(): ReadonlySet<DeviceId> {
    return new Set([...this.#waiting.values()].flatMap((devices) => [...devices]))
  }

  /** Logs whose next entry depends on one of this device that is missing. */
  waitersFor(device: DeviceId): readonly DeviceId[] {
    return [...(this.#waiting.get(device) ?? [])]
  }

  get heldDevices(): ReadonlySet<DeviceId> {
    return this.#held
  }

  /**
   * After these devices' logs grew: checks what has become checkable, and releases what may be applied now.
   * `isAdmitted`: whether this device may apply anything yet, asked after checking.
   */
  settle(devices: Iterable<DeviceId>, isAdmitted: () => boolean): SettledEntries {
    this.#check(devices)
    this.#release(isAdmitted())
    const settled = this.#settled
    this.#settled = { entries: [], nodes: [], released: [] }
    return settled
  }

  #check(devices: Iterable<DeviceId>): void {
    const queue = [...devices].sort()
    for (let device = queue.shift(); device !== undefined; device = queue.shift()) {
      const track = this.#logs.tracks.get(device)
      if (track === undefined || !this.#checkTrack(track)) continue
      const waiting = this.#waiting.get(track.device)
      this.#waiting.delete(track.device)
      if (waiting !== undefined) queue.push(...[...waiting].sort())
    }
  }

  /** After a restart: tracks that stopped before the end, or hold entries back. */
  resume(isAdmitted: () => boolean): SettledEntries {
    for (const track of this.#logs.tracks.values()) {
      if (track.applied < track.checked) this.#held.add(track.key)
    }
    return this.settle(this.#logs.tracks.keys(), isAdmitted)
  }

  /** The entries that may be applied now, in causal order; their tracks move on. */
  #release(isAdmitted: boolean): void {
    const { entries } = this.#settled
    if (!isAdmitted || this.#held.size > 0) {
      for (const entry of entries) this.#held.add(logOf(entry))
      if (isAdmitted) this.#releaseHeld()
      return
    }
    for (const entry of entries) {
      const log = logOf(entry)
      const track = this.#logs.tracks.get(log)!
      if (this.#held.has(log) || this.#isAhead(entry)) this.#held.add(log)
      else this.#apply(track, entry)
    }
  }

  /** Milliseconds until the next held entry is due; `undefined` when none is held for its time. */
  dueInMs(): number | undefined {
    const nowMs = this.#clock.wall()
    let dueInMs: number | undefined
    for (const device of this.#held) {
      const track = this.#logs.tracks.get(device)!
      const { time } = track.point(track.applied)
      const waitMs = Math.max(0, time.milliseconds - CLOCK_AHEAD_MS_MAX - nowMs)
      dueInMs = Math.min(waitMs, dueInMs ?? Infinity)
    }
    return dueInMs
  }

  /** Histories that entries here build on and that are not here: those of devices of which another one is. */
  missingBranches(isForked: (device: DeviceId) => boolean): Dependency[] {
    const missing = new Map<EntryId, Dependency>()
    for (const log of this.blockedDevices) {
      const track = this.#logs.tracks.get(log)
      if (track === undefined || track.checked >= track.stored) continue
      for (const dep of track.entry(track.checked).deps) {
        const { stored } = this.#logs.tracks.get(dep.device) ?? { stored: 0 }
        if (this.#logs.find(dep) !== undefined) continue
        if (stored > dep.seq || isForked(dep.device)) missing.set(dep.id, dep)
        if (missing.size >= MISSING_BRANCHES_MAX) return [...missing.values()]
      }
    }
    return [...missing.values()]
  }

  #checkTrack(track: DeviceTrack): boolean {
    const before = track.checked
    if (track.parent !== undefined && track.parent.checked < track.base) {
      this.#wait(track.key, track.device)
      return false
    }
    while (track.checked < track.stored && track.rejection === undefined) {
      const entry = track.entry(track.checked)
      const seen: DeviceTrack[] = []
      const missing = entry.deps.find((dep) => !this.#see(dep, seen))
      if (missing !== undefined) {
        this.#wait(track.key, missing.device)
        break
      }
      const past = this.#pastBefore(track, entry, seen)
      const reason = this.#judge(track, entry, past, seen)
      if (reason === undefined) this.#accept(track, entry, past)
      else track.rejection = { device: track.device, seq: entry.seq, reason }
    }
    return track.checked > before
  }

  #see(dep: Dependency, seen: DeviceTrack[]): boolean {
    const track = this.#logs.resolve(dep)
    if (track !== undefined) seen.push(track)
    return track !== undefined
  }

  #wait(log: DeviceId, missing: DeviceId): void {
    const waiting = this.#waiting.get(missing)
    if (waiting === undefined) this.#waiting.set(missing, new Set([log]))
    else waiting.add(log)
  }

  /** `seen`: the logs of what the entry depends on. */
  #judge(
    track: DeviceTrack,
    entry: EncodedEntry,
    past: ControlPast,
    seen: readonly DeviceTrack[],
  ): 'dependency' | 'time' | undefined {
    if (entry.seq > 0 && compareHybridTimes(entry.time, track.lastTime) <= 0) return 'time'
    for (const [i, dep] of entry.deps.entries()) {
      if (this.#isOfSecondHistory(track, entry.seq, dep, past)) return 'dependency'
      if (compareHybridTimes(entry.time, seen[i]!.point(dep.seq).time) <= 0) return 'time'
    }
    return undefined
  }

  /**
   * Whether the log has built on another history of the device before. Whoever is honest knows by then that there are two
   * and builds on neither, until the device was reset; so a log lets in one history, and their number is bounded.
   */
  #isOfSecondHistory(track: DeviceTrack, seq: number, dep: Dependency, past: ControlPast): boolean {
    if (this.#logs.branchesOf(dep.device).length === 0) return false
    for (let before = seq - 1; before >= 0; before--) {
      const earlier = track.entry(before).deps.find(({ device }) => device === dep.device)
      if (earlier === undefined) continue
      return !this.#logs.areOfOneHistory(earlier, dep) && !this.#graph.hasReset(past, dep.device)
    }
    return false
  }

  #accept(track: DeviceTrack, entry: EncodedEntry, before: ControlPast): void {
    const isControl = entry.epoch === undefined
    track.advance(entry, isControl ? this.#addOperation(track, entry, before) : before)
    this.#settled.entries.push(entry)
  }

  #pastBefore(track: DeviceTrack, entry: EncodedEntry, seen: readonly DeviceTrack[]): ControlPast {
    const { pasts } = this.#graph
    let past = track.lastPast ?? pasts.empty
    for (const [i, dep] of entry.deps.entries()) past = pasts.join(past, seen[i]!.pastAt(dep.seq)!)
    return past
  }

  /** A control entry that does not decode counts for nobody, as if it were not there. */
  #addOperation(track: DeviceTrack, entry: EncodedEntry, past: ControlPast): ControlPast {
    const decoded = decodeOperation(entry.payload)
    if (!decoded.ok) return past
    const { id, device, seq, time } = entry
    const operation = decoded.value
    const timeMs = time.milliseconds
    const seen = (other: DeviceId, length: number): boolean =>
      hasSeenBeyond(this.#logs, entry, other, length)
    const record = { id, device, log: entry.log, seq, timeMs, operation, past, hasSeenBeyond: seen }
    this.#settled.nodes.push(this.#graph.add(record))
    return this.#graph.pasts.advance(past, track.deviceIndex)
  }

  #apply(track: DeviceTrack, entry: EncodedEntry): void {
    track.applied = entry.seq + 1
    track.dropDecoded(entry.seq)
    this.#settled.released.push(entry)
  }

  /** Own entries are never held: a person must see what they just wrote. Nor is what they build on, all of it older. */
  #isAhead({ device, time }: EncodedEntry): boolean {
    if (device === this.#own) return false
    if (time.milliseconds <= this.#clock.wall() + CLOCK_AHEAD_MS_MAX) return false
    return this.#logs
      .logsOf(this.#own)
      .every(({ lastTime }) => time.milliseconds > lastTime.milliseconds)
  }

  /** Merges the held logs by time. */
  #releaseHeld(): void {
    const next = new Map<DeviceId, HeldLog>()
    for (const device of [...this.#held].sort()) {
      const track = this.#logs.tracks.get(device)!
      this.#offer(device, track.entries(track.applied, track.checked), next)
    }
    for (let first = earliest(next); first !== undefined; first = earliest(next)) {
      const log = logOf(first.entry)
      next.delete(log)
      this.#apply(this.#logs.tracks.get(log)!, first.entry)
      this.#offer(log, first.rest, next)
    }
  }

  #offer(device: DeviceId, rest: HeldLog['rest'], next: Map<DeviceId, HeldLog>): void {
    const read = rest.next()
    if (read.done === true) this.#held.delete(device)
    else if (!this.#isAhead(read.value)) next.set(device, { entry: read.value, rest })
  }
}

/** A log that is being released: its next entry, and those behind it. */
interface HeldLog {
  readonly entry: EncodedEntry
  readonly rest: Iterator<EncodedEntry, void, undefined>
}

function earliest(next: ReadonlyMap<DeviceId, HeldLog>): HeldLog | undefined {
  let first: HeldLog | undefined
  for (const held of next.values()) if (first === undefined || isBefore(held, first)) first = held
  return first
}

function isBefore({ entry: a }: HeldLog, { entry: b }: HeldLog): boolean {
  const order = compareHybridTimes(a.time, b.time)
  return order < 0 || (order === 0 && a.id < b.id)
}
