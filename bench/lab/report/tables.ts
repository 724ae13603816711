/** The tables of a world, for every kind of report. */

import type { Measures, ReadMeasures } from '../measure.ts'
import type { LabPlay, LabWorld } from '../results.ts'
import type { StudyStep } from '../world/study.ts'
import { formatBytes, formatCount, formatDuration, formatShare } from './format.ts'
import { bytesByPurpose, totalTraffic } from './traffic.ts'

export interface Table {
  readonly title: string
  /** What the columns mean, in a sentence. */
  readonly note: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const REMOVAL_TITLE = 'An admin who removes people, and what becomes of it (Hamlet)'
const OWNERSHIP_TITLE = 'A space handed over, and a lost owner replaced (Hamlet)'

export function tablesOf(world: LabWorld): Table[] {
  const tables = [writesTable(world), readsTable(world), visibilityTable(world)]
  if (world.facts.phases.length > 0) tables.push(phasesTable(world))
  tables.push(trafficTable(world))
  const { removal, ownership } = world
  if (removal !== undefined) tables.push(dayTable(REMOVAL_TITLE, removal))
  if (ownership !== undefined) tables.push(dayTable(OWNERSHIP_TITLE, ownership))
  return tables
}

function writesTable({ plays }: LabWorld): Table {
  return {
    title: 'Writes',
    note: 'Share acknowledged in time, and the time until the acknowledgement.',
    head: ['System', 'Writes', '≤ 1 s', '≤ 10 s', '≤ 1 min', 'in the play', 'p50', 'p99'],
    rows: plays.map(({ label, measures: { writes, acknowledgedMs } }) => [
      label,
      String(writes.count),
      ...[writes.within1s, writes.within10s, writes.within1min, writes.withinPlay].map(formatShare),
      formatDuration(acknowledgedMs.p50),
      formatDuration(acknowledgedMs.p99),
    ]),
  }
}

function readsTable({ plays }: LabWorld): Table {
  return {
    title: 'Reads',
    note:
      'Share answered in time; of the answers, those that show everything others had written; the age of the oldest ' +
      'message an answer lacks; answers that lack a write acknowledged before they were asked for (on Hamlet an ' +
      'acknowledgement promises that the write is kept, not that everybody sees it).',
    head: ['System', 'Reads', '≤ 1 s', '≤ 10 s', '≤ 1 min', 'complete', 'p50', 'p99', 'missed'],
    rows: plays.flatMap(({ label, measures }) =>
      readKinds(measures).map(([kind, reads]) => readsRow(`${label}${kind}`, reads)),
    ),
  }
}

function readsRow(label: string, reads: ReadMeasures): string[] {
  const { availability, fresh, staleMs, missedAcknowledged } = reads
  const { count, within1s, within10s, within1min, withinPlay } = availability
  return [
    label,
    String(count),
    ...[within1s, within10s, within1min].map(formatShare),
    withinPlay === 0 ? '–' : formatShare(fresh),
    withinPlay === 0 ? '–' : formatDuration(staleMs.p50),
    withinPlay === 0 ? '–' : formatDuration(staleMs.p99),
    String(missedAcknowledged),
  ]
}

/** Every kind of read with what to add to the system's label. */
export function readKinds({ system, reads }: Measures): [string, ReadMeasures][] {
  const kinds: [string, ReadMeasures | undefined][] =
    system === 'hamlet'
      ? [['', reads.local]]
      : [
          [', majority', reads.quorum],
          [', local', reads.local],
        ]
  return kinds.filter((kind): kind is [string, ReadMeasures] => kind[1] !== undefined)
}

function visibilityTable({ plays, facts }: LabWorld): Table {
  return {
    title: 'Reaching the others',
    note:
      'From writing until it can be read at each of the others, at more than half of the members, and at everybody who ' +
      'takes part; the time until all agree after they can meet again; acknowledged writes that were lost.',
    head: [
      ...['System', 'others p50', 'p90', 'p99', 'majority p50', 'everybody p50', 'everybody p99'],
      ...facts.healings.map(({ label }) => `after "${label}"`),
      'lost',
    ],
    rows: plays.map(({ label, measures }) => {
      const { visibleMs, halfMs, everybodyMs, convergence, lost } = measures
      const spreads = [visibleMs.p50, visibleMs.p90, visibleMs.p99, halfMs.p50]
      const ends = [everybodyMs.p50, everybodyMs.p99, ...convergence.map(({ ms }) => ms)]
      return [label, ...[...spreads, ...ends].map(formatDuration), String(lost)]
    }),
  }
}

function dayTable(title: string, steps: readonly StudyStep[]): Table {
  return {
    title,
    note: 'Step by step; the baseline has no members of whom this could be told.',
    head: ['Step', 'Result'],
    rows: steps.map(({ what, ms, count, code }) => {
      return [what, code ?? (ms === undefined ? String(count) : formatDuration(ms))]
    }),
  }
}

function phasesTable({ plays, facts }: LabWorld): Table {
  return {
    title: 'Phase by phase',
    note: 'Share of writes acknowledged and of reads answered within 10 s; from writing to being readable.',
    head: ['Phase', 'System', 'Writes', 'Reads', 'others p50', 'others p99'],
    rows: facts.phases.flatMap((phase, i) =>
      plays.map(({ label, measures }) => {
        const { writes, reads, visibleMs } = measures.phases[i]!
        return [
          phase.label,
          label,
          writes.count === 0 ? '–' : formatShare(writes.within10s),
          reads.count === 0 ? '–' : formatShare(reads.within10s),
          writes.count === 0 ? '–' : formatDuration(visibleMs.p50),
          writes.count === 0 ? '–' : formatDuration(visibleMs.p99),
        ]
      }),
    ),
  }
}

function trafficTable({ plays }: LabWorld): Table {
  const purposes = [
    ...new Set(plays.flatMap(({ measures }) => [...bytesByPurpose(measures).keys()])),
  ]
  return {
    title: 'Traffic',
    note: 'All messages of all devices during the play, divided by the writes; and one device’s disk.',
    head: ['System', 'messages / write', 'bytes / write', ...purposes, 'disk'],
    rows: plays.map(({ label, measures }: LabPlay) => {
      const { messages, bytes } = totalTraffic(measures)
      const byPurpose = bytesByPurpose(measures)
      return [
        label,
        formatCount(messages / measures.allWrites),
        formatBytes(bytes / measures.allWrites),
        ...purposes.map((purpose) =>
          formatBytes((byPurpose.get(purpose) ?? 0) / measures.allWrites),
        ),
        `${formatBytes(measures.storedBytes.before)} → ${formatBytes(measures.storedBytes.after)}`,
      ]
    }),
  }
}
