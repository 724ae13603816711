/**
 * Which contents of files and which snapshots are let go: the rules of restic and Kopia, for each file by itself.
 *
 * Newest first, a content is kept if it is among the last N, or the newest of an hour, a day, a week, a month or a year
 * of which fewer than so many have one yet. What a file is now is always kept. A deleted file keeps all it had for a grace period
 * and then nothing; an upload that never came to its end is let go after the same time. What a snapshot that is kept shows is kept with it.
 *
 * Hours to years are those of UTC, so that all devices of a person come to one result; weeks begin on Monday.
 *
 * Invariants:
 * 1. Nothing of a live file's heads, and nothing that a kept snapshot shows, is ever let go.
 * 2. Asked again at the same time, after what it said was done, it lets nothing more go.
 * 3. A policy that keeps at least as much in every respect lets no more go.
 */

import type { SnapshotId, VersionId } from './catalog-ids.ts'
import type { Catalog } from './catalog.ts'
import { VERSIONS_PER_OPERATION_MAX } from './limits.ts'
import type { CatalogOperation } from './operation.ts'
import type { RetainedFile, RetentionState } from './retained.ts'

export interface RetentionRules {
  readonly last: number
  readonly hourly: number
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
  readonly yearly: number
}

export interface RetentionPolicy {
  readonly versions: RetentionRules
  readonly snapshots: RetentionRules
  /** After a file was deleted, or an upload begun, until its bytes may go. */
  readonly graceMs: number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** What Kopia keeps by default, and at least the last ten of each file. */
export const DEFAULT_RETENTION: RetentionPolicy = {
  versions: { last: 10, hourly: 48, daily: 7, weekly: 4, monthly: 24, yearly: 3 },
  snapshots: { last: 10, hourly: 48, daily: 7, weekly: 4, monthly: 24, yearly: 3 },
  graceMs: 30 * DAY_MS,
}

/** What to write so that no more is kept than the policy says: snapshots to forget, then contents to purge. */
export function planRetention(
  { files, snapshots }: RetentionState,
  policy: RetentionPolicy,
  nowMs: number,
): readonly CatalogOperation[] {
  const kept = keptByRules(snapshots, policy.snapshots)
  const shown = new Set<VersionId>()
  for (const { versions } of kept) for (const version of versions) shown.add(version)
  const forgotten = snapshots.filter((each) => !kept.has(each))
  return [
    ...forgotten.map(({ snapshot }) => ({ kind: 'forget-snapshot', snapshot }) as const),
    ...files.flatMap((file) => purgesOf(file, shown, policy, nowMs)),
  ]
}

/** What {@link planRetention} judges. Costs a fold of all entries for each snapshot. */
export function retentionState(catalog: Catalog): RetentionState {
  const snapshots = catalog.snapshots().map(({ snapshot, atMs }) => {
    return { snapshot, atMs, versions: new Set(versionsAt(catalog, snapshot)) }
  })
  return { files: [...catalog.retainedFiles()], snapshots }
}

function* versionsAt(catalog: Catalog, snapshot: SnapshotId): Generator<VersionId> {
  for (const { node } of catalog.walk('', { at: { snapshot } })) {
    const heads = catalog.at({ snapshot }).versions(node)
    for (const { version, isHead } of heads) if (isHead) yield version
  }
}

function purgesOf(
  { node, deletedAtMs, versions, unfinished }: RetainedFile,
  shown: ReadonlySet<VersionId>,
  policy: RetentionPolicy,
  nowMs: number,
): readonly CatalogOperation[] {
  const isOver = (sinceMs: number): boolean => nowMs - sinceMs > policy.graceMs
  const kept = deletedAtMs === undefined ? keptByRules(versions, policy.versions) : new Set()
  const isDue = deletedAtMs === undefined || isOver(deletedAtMs)
  const gone = versions.filter((each) => {
    const isNow = deletedAtMs === undefined && each.isHead
    return isDue && !isNow && !kept.has(each) && !shown.has(each.version)
  })
  const stale = unfinished.filter(({ atMs }) => isOver(atMs))
  return inRuns([...gone, ...stale].map(({ version }) => version)).map((run) => {
    return { kind: 'purge', node, versions: run }
  })
}

function inRuns(versions: readonly VersionId[]): readonly (readonly VersionId[])[] {
  const runs: VersionId[][] = []
  for (let from = 0; from < versions.length; from += VERSIONS_PER_OPERATION_MAX) {
    runs.push(versions.slice(from, from + VERSIONS_PER_OPERATION_MAX))
  }
  return runs
}

type Span = Exclude<keyof RetentionRules, 'last'>

const NUMBER_BY_SPAN: Readonly<Record<Span, (atMs: number) => number>> = {
  hourly: (atMs) => Math.floor(atMs / HOUR_MS),
  daily: dayOf,
  // The first of January 1970 was a Thursday.
  weekly: (atMs) => Math.floor((dayOf(atMs) + 3) / 7),
  monthly: monthOf,
  yearly: (atMs) => Math.floor(monthOf(atMs) / 12),
}

const SPANS = Object.keys(NUMBER_BY_SPAN) as readonly Span[]

/** Those of `items` that the rules keep, whatever order they are in. */
export function keptByRules<T extends { readonly atMs: number }>(
  items: readonly T[],
  rules: RetentionRules,
): ReadonlySet<T> {
  const newestFirst = items.toSorted((a, b) => b.atMs - a.atMs)
  const kept = new Set(newestFirst.slice(0, rules.last))
  for (const span of SPANS) {
    const seen = new Set<number>()
    for (const item of newestFirst) {
      const number = NUMBER_BY_SPAN[span](item.atMs)
      if (seen.has(number)) continue
      if (seen.size >= rules[span]) break
      seen.add(number)
      kept.add(item)
    }
  }
  return kept
}

function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS)
}

/**
 * Months since the year 0, from the civil calendar: years begin in March here, so that the leap day is the last.
 * Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
 */
export function monthOf(atMs: number): number {
  const days = dayOf(atMs) + 719_468
  const era = Math.floor(days / 146_097)
  const dayOfEra = days - era * 146_097
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524)
  const yearOfEra = Math.floor((dayOfEra - leaps - Math.floor(dayOfEra / 146_096)) / 365)
  const yearDays = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  const monthFromMarch = Math.floor((5 * (dayOfEra - yearDays) + 2) / 153)
  return (era * 400 + yearOfEra) * 12 + monthFromMarch + 2
}
