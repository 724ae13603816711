/**
 * What happens by the minute, for the dashboard.
 *
 * The idea: a process counts in memory and adds its sums to the table every few seconds, so counting costs no write per
 * request, and several processes add up. A crash loses what was counted last: these are figures to look at, no accounts.
 */

import { sql } from 'kysely'
import type { Cancel, Clock, Logger } from '@hamlet/core'

import { ACTIVITY_FLUSH_MS, ACTIVITY_MS_MAX } from '../limits.ts'
import type { Activity } from './schema.ts'
import type { Sql } from './sql.ts'

const MINUTE_MS = 60_000

export class ActivityBook {
  readonly #sql: Sql
  readonly #clock: Clock
  readonly #logger: Logger
  /** By minute and name. */
  #counted = new Map<string, { minute_ms: number; name: Activity; value: number }>()
  #timer: Cancel = () => {}

  constructor(sql: Sql, clock: Clock, logger: Logger) {
    this.#sql = sql
    this.#clock = clock
    this.#logger = logger
  }

  start(): void {
    this.#timer = this.#clock.after(ACTIVITY_FLUSH_MS, () => {
      void this.flush().then(() => this.start())
    })
  }

  /** Writes down what is left. */
  async stop(): Promise<void> {
    this.#timer()
    await this.flush()
  }

  add(name: Activity, value: number): void {
    const minute_ms = Math.floor(this.#clock.wall() / MINUTE_MS) * MINUTE_MS
    const key = `${minute_ms} ${name}`
    const counted = this.#counted.get(key)
    if (counted === undefined) this.#counted.set(key, { minute_ms, name, value })
    else counted.value += value
  }

  /** Never rejects: while the database is away the counts go on. */
  async flush(): Promise<void> {
    if (this.#counted.size === 0) return
    const rows = [...this.#counted.values()]
    this.#counted = new Map()
    try {
      await this.#sql.write((db) =>
        db
          .insertInto('activity')
          .values(rows)
          .onConflict((conflict) =>
            conflict
              .columns(['minute_ms', 'name'])
              .doUpdateSet({ value: sql`activity.value + excluded.value` }),
          )
          .execute(),
      )
    } catch (error) {
      this.#logger.warn('activity was not written down', { error: String(error) })
    }
  }

  async sweep(nowMs: number): Promise<void> {
    await this.#sql.write((db) =>
      db
        .deleteFrom('activity')
        .where('minute_ms', '<', nowMs - ACTIVITY_MS_MAX)
        .execute(),
    )
  }
}
