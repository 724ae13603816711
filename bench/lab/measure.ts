/**
 * What a play comes to: plain values that a report can show, a file can keep and another process can send.
 *
 * Everything is measured at the people who are observed (all who take part; in a hostile world the honest ones).
 * Durations that did not end within the play count as endless, so that quantiles are of everything that was asked for
 * and not of what succeeded. Times that are never reached are `null`, which JSON can keep.
 */

import { deviceCount, range } from './world/script.ts'
import type { Phase, Script } from './world/script.ts'
import type { Play, SystemName } from './world/play.ts'
import type { ReadMode, ReadRecord, Recorder, WriteRecord } from './world/recorder.ts'

/** `null`: not within the play. */
export type Duration = number | null

export interface Spread {
  readonly p50: Duration
  readonly p90: Duration
  readonly p99: Duration
  readonly max: Duration
}

/** Shares are from 0 to 1. */
export interface Availability {
  readonly count: number
  readonly within1s: number
  readonly within10s: number
  readonly within1min: number
  readonly withinPlay: number
}

export interface ReadMeasures {
  readonly availability: Availability
  /** Age of the oldest message that others had written when the read began and that it did not show. */
  readonly staleMs: Spread
  /** Share of answered reads that showed everything. */
  readonly fresh: number
  /** Answered reads that lack a write which had been acknowledged before the read began. */
  readonly missedAcknowledged: number
  readonly staleCurve: Curve
}

/** Share of all values that are at most so long, at the durations of {@link CURVE_MS}. */
export type Curve = readonly number[]

export interface Bin {
  readonly fromMs: number
  readonly toMs: number
  /** Share within ten seconds; `null` when nothing was asked for. */
  readonly writes: number | null
  readonly reads: number | null
}

export interface PhaseMeasures {
  readonly label: string
  readonly writes: Availability
  readonly reads: Availability
  readonly visibleMs: Spread
}

export interface Measures {
  readonly system: SystemName
  readonly writes: Availability
  readonly acknowledgedMs: Spread
  readonly acknowledgedCurve: Curve
  /** Local reads of either system, and reads by majority. */
  readonly reads: Readonly<Partial<Record<ReadMode, ReadMeasures>>>
  /** From writing to being readable, at each of the others. */
  readonly visibleMs: Spread
  readonly visibleCurve: Curve
  /** Until more than half of the members, and all who take part, can read it. */
  readonly halfMs: Spread
  readonly everybodyMs: Spread
  readonly bins: readonly Bin[]
  readonly phases: readonly PhaseMeasures[]
  readonly convergence: readonly { readonly label: string; readonly ms: Duration }[]
  readonly traffic: readonly {
    readonly kind: string
    readonly messages: number
    readonly bytes: number
  }[]
  readonly allWrites: number
  readonly storedBytes: { readonly before: number; readonly after: number }
  readonly lost: number
  readonly missing: number
  readonly disagreement: string | null
}

const SECOND_MS = 1_000
const ACCEPTABLE_MS = 10 * SECOND_MS
const BINS = 32
/** Eight a decade, from 1 ms to a day. */
export const CURVE_MS: readonly number[] = range(0, 64).map((i) => 10 ** (i / 8))

export function measure(play: Play): Measures {
  const { script, recorder, system } = play
  const observed = observedMembers(script)
  const writes = recorder.writes.filter(({ member }) => observed.includes(member))
  const times = writes.map((write) => timesOf(write, recorder, script, observed))
  const visible = times.flatMap((each) => each.visibleMs)
  const acknowledged = writes.map((write) => waited(write.atMs, write.acknowledgedMs, script))
  const mode = system === 'hamlet' ? 'local' : 'quorum'
  return {
    system,
    writes: availabilityOf(acknowledged),
    acknowledgedMs: spreadOf(acknowledged),
    acknowledgedCurve: curveOf(acknowledged),
    reads: readsOf(play, observed),
    visibleMs: spreadOf(visible),
    visibleCurve: curveOf(visible),
    halfMs: spreadOf(times.map((each) => each.halfMs)),
    everybodyMs: spreadOf(times.map((each) => each.everybodyMs)),
    bins: binsOf(play, observed, mode),
    phases: script.phases.map((phase) => phaseOf(play, observed, phase, mode)),
    convergence: script.healings.map(({ label, atMs }) => {
      return { label, ms: convergenceOf(writes, recorder, observed, atMs) }
    }),
    traffic: [...play.traffic]
      .map(([kind, counts]) => ({ kind, ...counts }))
      .sort((a, b) => b.bytes - a.bytes || (a.kind < b.kind ? -1 : 1)),
    allWrites: recorder.writes.length,
    ...{ storedBytes: play.storedBytes, lost: play.lost, missing: play.missing },
    disagreement: play.disagreement ?? null,
  }
}

export function observedMembers(script: Script): number[] {
  return range(0, deviceCount(script)).filter((member) => member !== script.hostile)
}

interface WriteTimes {
  readonly visibleMs: readonly number[]
  readonly halfMs: number
  readonly everybodyMs: number
}

function timesOf(
  write: WriteRecord,
  recorder: Recorder,
  script: Script,
  observed: readonly number[],
): WriteTimes {
  const others = observed.filter((member) => member !== write.member)
  const visibleMs = others
    .map((member) => waited(write.atMs, recorder.seenMs(write, member), script))
    .sort((a, b) => a - b)
  // The author has it, so half of all others make a majority.
  const half = Math.floor(script.members / 2)
  return {
    visibleMs,
    halfMs: visibleMs[half - 1] ?? Infinity,
    everybodyMs: visibleMs.at(-1) ?? Infinity,
  }
}

/** Endless when it did not happen within the play. */
function waited(fromMs: number, toMs: number | undefined, { playMs }: Script): number {
  return toMs === undefined || toMs > playMs ? Infinity : toMs - fromMs
}

function readsOf(
  { recorder, script, system }: Play,
  observed: readonly number[],
): Partial<Record<ReadMode, ReadMeasures>> {
  const modes: readonly ReadMode[] = system === 'hamlet' ? ['local'] : ['local', 'quorum']
  return Object.fromEntries(
    modes.map((mode) => {
      const reads = recorder.reads.filter((read) => {
        return read.mode === mode && observed.includes(read.member)
      })
      const answered = reads.filter(({ answeredMs }) => (answeredMs ?? Infinity) <= script.playMs)
      const stale = answered.map((read) => staleness(read, recorder, observed))
      const waits = reads.map((read) => waited(read.atMs, read.answeredMs, script))
      return [
        mode,
        {
          availability: availabilityOf(waits),
          staleMs: spreadOf(stale.map(({ ageMs }) => ageMs)),
          fresh: share(stale, ({ ageMs }) => ageMs === 0),
          missedAcknowledged: stale.filter((each) => each.missesAcknowledged).length,
          staleCurve: curveOf(stale.map(({ ageMs }) => ageMs)),
        },
      ]
    }),
  )
}

function staleness(
  read: ReadRecord,
  recorder: Recorder,
  observed: readonly number[],
): { readonly ageMs: number; readonly missesAcknowledged: boolean } {
  const answeredMs = read.answeredMs!
  const unseen = recorder.writes.filter(({ member, atMs }, i) => {
    if (member === read.member || atMs >= read.atMs || !observed.includes(member)) return false
    return (recorder.seenMs(recorder.writes[i]!, read.member) ?? Infinity) > answeredMs
  })
  const oldestMs = Math.min(...unseen.map(({ atMs }) => atMs))
  return {
    ageMs: unseen.length === 0 ? 0 : answeredMs - oldestMs,
    missesAcknowledged: unseen.some(({ acknowledgedMs }) => {
      return (acknowledgedMs ?? Infinity) < read.atMs
    }),
  }
}

function binsOf({ recorder, script }: Play, observed: readonly number[], mode: ReadMode): Bin[] {
  const lengthMs = script.playMs / BINS
  return range(0, BINS).map((i) => {
    const within = { fromMs: i * lengthMs, toMs: (i + 1) * lengthMs }
    const { writes, reads } = actsIn(recorder, within, observed, mode)
    return {
      ...within,
      writes: acceptableShare(writes.map((each) => waited(each.atMs, each.acknowledgedMs, script))),
      reads: acceptableShare(reads.map((each) => waited(each.atMs, each.answeredMs, script))),
    }
  })
}

function acceptableShare(waits: readonly number[]): number | null {
  return waits.length === 0 ? null : share(waits, (ms) => ms <= ACCEPTABLE_MS)
}

function phaseOf(
  { recorder, script }: Play,
  observed: readonly number[],
  phase: Phase,
  mode: ReadMode,
): PhaseMeasures {
  const members = observed.filter((member) => phase.members?.includes(member) ?? true)
  const { writes, reads } = actsIn(recorder, phase, members, mode)
  const visible = writes.flatMap((write) => timesOf(write, recorder, script, observed).visibleMs)
  return {
    label: phase.label,
    writes: availabilityOf(writes.map((each) => waited(each.atMs, each.acknowledgedMs, script))),
    reads: availabilityOf(reads.map((each) => waited(each.atMs, each.answeredMs, script))),
    visibleMs: spreadOf(visible),
  }
}

function actsIn(
  recorder: Recorder,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  members: readonly number[],
  mode: ReadMode,
) {
  const isIn = ({ atMs, member }: { readonly atMs: number; readonly member: number }): boolean =>
    atMs >= fromMs && atMs < toMs && members.includes(member)
  return {
    writes: recorder.writes.filter(isIn),
    reads: recorder.reads.filter((read) => read.mode === mode && isIn(read)),
  }
}

/** From `atMs` until everybody has everything that was written before it. */
function convergenceOf(
  writes: readonly WriteRecord[],
  recorder: Recorder,
  observed: readonly number[],
  atMs: number,
): Duration {
  const before = writes.filter((write) => write.atMs < atMs)
  const seen = before.flatMap((write) =>
    observed
      .filter((member) => member !== write.member)
      .map((member) => recorder.seenMs(write, member) ?? Infinity),
  )
  return toDuration(Math.max(0, ...seen.map((seenMs) => seenMs - atMs)))
}

function availabilityOf(waits: readonly number[]): Availability {
  const within = (ms: number): number => share(waits, (waitMs) => waitMs <= ms)
  return {
    count: waits.length,
    within1s: within(SECOND_MS),
    within10s: within(10 * SECOND_MS),
    within1min: within(60 * SECOND_MS),
    withinPlay: share(waits, Number.isFinite),
  }
}

/** The smallest value that so great a share of all values does not exceed. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (fraction: number): Duration =>
    toDuration(sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? Infinity)
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }
}

function curveOf(values: readonly number[]): Curve {
  return CURVE_MS.map((ms) => share(values, (value) => value <= ms))
}

function share<T>(values: readonly T[], isIn: (value: T) => boolean): number {
  return values.length === 0 ? 0 : values.filter(isIn).length / values.length
}

function toDuration(ms: number): Duration {
  return Number.isFinite(ms) ? ms : null
}
