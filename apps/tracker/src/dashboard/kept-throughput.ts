/** Throughput as it was summed last, for as long as a newer sum would look the same: one sum serves all who look. */

import type { Clock } from '@hamlet/core'

import type { Sql } from '../data/sql.ts'
import { findThroughput, SPANS } from './activity-queries.ts'
import type { Span, Throughput } from './activity-queries.ts'

export class KeptThroughput {
  readonly #sql: Sql
  readonly #clock: Clock
  readonly #kept = new Map<
    Span,
    { readonly sum: Promise<Throughput>; readonly summedAtMs: number }
  >()

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql
    this.#clock = clock
  }

  /** @throws TrackerError `DATABASE_UNAVAILABLE` */
  async find(span: Span): Promise<Throughput> {
    const nowMs = this.#clock.monotonic()
    const kept = this.#kept.get(span)
    if (kept !== undefined && nowMs - kept.summedAtMs < SPANS[span].keptMs) return kept.sum
    const sum = findThroughput(this.#sql, span, this.#clock.wall())
    this.#kept.set(span, { sum, summedAtMs: nowMs })
    // One that failed is not kept.
    sum.catch(() => this.#kept.delete(span))
    return sum
  }
}
