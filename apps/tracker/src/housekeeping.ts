/**
 * What the tracker does by itself: expired announcements go, ids and figures that are too old are forgotten.
 *
 * Of several processes on one database one does it at a time: it takes a lease, a row in `counters` with the time until
 * which it counts. A process that dies holds nobody up for longer than that.
 */

import { sql } from 'kysely'
import type { Cancel } from '@hamlet/core'

import { SWEEP_MS } from './limits.ts'
import type { TrackerParts } from './tracker-parts.ts'

const LEASE = 'sweep-lease'

export class Housekeeping {
  readonly #parts: TrackerParts
  #timer: Cancel = () => {}
  #running: Promise<void> = Promise.resolve()

  constructor(parts: TrackerParts) {
    this.#parts = parts
  }

  start(): void {
    this.#timer = this.#parts.clock.after(SWEEP_MS, () => {
      this.#running = this.#sweepQuietly().finally(() => {
        if (!this.#parts.signal.aborted) this.start()
      })
    })
  }

  async stop(): Promise<void> {
    this.#timer()
    await this.#running
  }

  /** Whether this process did it, and not another one. */
  async sweep(): Promise<boolean> {
    const { activity, clock, logins, signal, sql: database, swarms } = this.#parts
    const nowMs = clock.wall()
    const isOurs = await database.write(async (db) => {
      const until = nowMs + SWEEP_MS
      const taken = await db
        .insertInto('counters')
        .values({ name: LEASE, value: until })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({ value: until })
            .where(sql<boolean>`counters.value <= ${nowMs}`),
        )
        .returning('name')
        .executeTakeFirst()
      return taken !== undefined
    })
    if (!isOurs) return false
    while ((await swarms.sweep(nowMs)) && !signal.aborted);
    await logins.sweep(nowMs)
    await activity.sweep(nowMs)
    return true
  }

  /** While the database is away there is nothing to do; the next round does it. */
  async #sweepQuietly(): Promise<void> {
    try {
      await this.sweep()
    } catch (error) {
      this.#parts.logger.warn('sweeping failed', { error: String(error) })
    }
  }
}
