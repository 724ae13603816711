/**
 * What happened over time and what is so now: throughput in steps of a chosen span, and the figures of the overview.
 *
 * The writers count by the minute; a longer span is summed in longer steps, so that a picture has a few hundred points
 * however long it is. Steps nobody counted in are there with 0: nothing happened is also a figure.
 */

import { sql } from 'kysely'

import type { Sql } from '../data/sql.ts'
import { ACTIVITIES } from '../data/schema.ts'
import type { Activity } from '../data/schema.ts'
import { distinctPeople, sumOf } from './sums.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** A peer that announced or asked within this time counts as here. */
export const HERE_MS = 15 * MINUTE_MS
/** The rate of the overview is of so many whole minutes. */
const RATE_MINUTES = 5

/** `keptMs`: how long one sum serves everybody; that of a month is over 200,000 rows. */
export const SPANS = {
  hour: { spanMs: HOUR_MS, stepMs: MINUTE_MS, keptMs: 5000 },
  day: { spanMs: DAY_MS, stepMs: 5 * MINUTE_MS, keptMs: MINUTE_MS / 2 },
  week: { spanMs: 7 * DAY_MS, stepMs: HOUR_MS, keptMs: 2 * MINUTE_MS },
  month: { spanMs: 30 * DAY_MS, stepMs: 4 * HOUR_MS, keptMs: 5 * MINUTE_MS },
} as const
export type Span = keyof typeof SPANS

export interface Throughput {
  readonly stepMs: number
  /** Beginnings of the steps, one after the other without gaps. */
  readonly atMs: readonly number[]
  /** Of each activity, what was counted in each step. */
  readonly series: Readonly<Record<Activity, readonly number[]>>
}

export interface Overview {
  readonly atMs: number
  readonly peers: number
  readonly peersHere: number
  readonly people: number
  readonly swarms: number
  /** Swarms nobody holds the whole of, that one peer does, and that several do. */
  readonly swarmsWithout: number
  readonly swarmsWithOne: number
  readonly swarmsWithMore: number
  readonly sizeBytes: number
  /** What all receipts together say was passed on. */
  readonly passedBytes: number
  readonly receipts: number
  readonly frauds: number
  /** Of the last whole minutes. */
  readonly bytesPerSecond: number
}

export async function findThroughput(data: Sql, span: Span, nowMs: number): Promise<Throughput> {
  const { spanMs, stepMs } = SPANS[span]
  const endMs = nowMs - (nowMs % stepMs) + stepMs
  const startMs = endMs - spanMs
  // Written out, since a number that is given along may be taken for one with a fraction.
  const step = sql.raw(String(stepMs))
  const found = await data.read((db) =>
    db
      .selectFrom('activity')
      .select([
        sql<number>`minute_ms - minute_ms % ${step}`.as('at'),
        'name',
        sumOf('value').as('value'),
      ])
      .where('minute_ms', '>=', startMs)
      .where('minute_ms', '<', endMs)
      .groupBy([sql`minute_ms - minute_ms % ${step}`, 'name'])
      .execute(),
  )
  const atMs = Array.from({ length: spanMs / stepMs }, (_, index) => startMs + index * stepMs)
  const series = Object.fromEntries(ACTIVITIES.map((name) => [name, atMs.map(() => 0)]))
  for (const { at, name, value } of found) {
    const own = series[name]
    if (own !== undefined) own[(at - startMs) / stepMs] = value
  }
  return { stepMs, atMs, series: series as Record<Activity, number[]> }
}

export async function findOverview(data: Sql, nowMs: number): Promise<Overview> {
  const minuteMs = nowMs - (nowMs % MINUTE_MS)
  const rateSinceMs = minuteMs - RATE_MINUTES * MINUTE_MS
  return data.read(async (db) => {
    const peers = await db
      .selectFrom('peers')
      .select((each) => [
        each.fn.countAll<number>().as('count'),
        distinctPeople.as('people'),
        sumOf('uploaded_bytes').as('bytes'),
      ])
      .executeTakeFirstOrThrow()
    const here = await db
      .selectFrom('peers')
      .select((each) => each.fn.countAll<number>().as('count'))
      .where('seen_at_ms', '>=', nowMs - HERE_MS)
      .executeTakeFirstOrThrow()
    const swarms = await db
      .selectFrom('swarms')
      .select((each) => [
        each.fn.countAll<number>().as('count'),
        sumOf('size_bytes').as('bytes'),
        sql<number>`count(case when seed_count = 0 then 1 end)`.as('without'),
        sql<number>`count(case when seed_count = 1 then 1 end)`.as('one'),
      ])
      .executeTakeFirstOrThrow()
    const counters = await countersOf(db)
    const rate = await db
      .selectFrom('activity')
      .select(sumOf('value').as('bytes'))
      .where('minute_ms', '>=', rateSinceMs)
      .where('minute_ms', '<', minuteMs)
      .where('name', '=', 'receipt-bytes')
      .executeTakeFirstOrThrow()
    return {
      atMs: nowMs,
      peers: peers.count,
      people: peers.people,
      peersHere: here.count,
      swarms: swarms.count,
      swarmsWithout: swarms.without,
      swarmsWithOne: swarms.one,
      swarmsWithMore: swarms.count - swarms.without - swarms.one,
      sizeBytes: swarms.bytes,
      passedBytes: peers.bytes,
      ...counters,
      bytesPerSecond: rate.bytes / (RATE_MINUTES * 60),
    }
  })
}

/** Numbers are given out without gaps, so the last one is how many there are. */
async function countersOf(
  db: Parameters<Parameters<Sql['read']>[0]>[0],
): Promise<{ readonly receipts: number; readonly frauds: number }> {
  const last = async (table: 'receipts' | 'frauds') => {
    const found = await db
      .selectFrom(table)
      .select('number')
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst()
    return found?.number ?? 0
  }
  return { receipts: await last('receipts'), frauds: await last('frauds') }
}
