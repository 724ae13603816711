/**
 * What peers say of each other, and what follows from it: for the one who said it, and for nobody else.
 *
 * The idea: a report without a proof can praise a friend or blame a rival, so it changes only the order in which its
 * reporter sees peers. What counts for everybody are receipts that both sides signed, and proofs of fraud.
 */

import { sql } from 'kysely'
import type { Random } from '@hamlet/core'
import { bytesToHex } from '@hamlet/core'

import { EXPERIENCE_MAX, FEEDBACK_PER_PEER_MAX } from '../limits.ts'
import type { Sql } from './sql.ts'

export const FEEDBACK_EVENTS = ['SUCCESS_UPLOAD', 'FAILED_UPLOAD'] as const

export interface Feedback {
  readonly reporter: string
  readonly target: string
  readonly topic: string
  readonly chunkIndex: number
  /** Others than `FEEDBACK_EVENTS` are kept and count as nothing, as with PeerNet. */
  readonly eventType: string
}

/** As PeerNet weighs them. */
const SUCCESS_WEIGHT = 0.1
const FAILURE_WEIGHT = -0.2

export class FeedbackStore {
  readonly #sql: Sql
  readonly #random: Random

  constructor(sql: Sql, random: Random) {
    this.#sql = sql
    this.#random = random
  }

  async add(feedback: Feedback, nowMs: number): Promise<void> {
    const { reporter, target, topic, chunkIndex, eventType } = feedback
    await this.#sql.write(async (db) => {
      await db
        .insertInto('feedback')
        .values({
          ...{ reporter, target, topic },
          id: bytesToHex(this.#random.bytes(16)),
          chunk_index: chunkIndex,
          event_type: eventType,
          created_at_ms: nowMs,
        })
        .execute()
      await db
        .deleteFrom('feedback')
        .where('id', 'in', (inner) =>
          inner
            .selectFrom('feedback as f')
            .select('f.id')
            .where('f.reporter', '=', reporter)
            .orderBy('f.created_at_ms', 'desc')
            .limit(1000)
            .offset(FEEDBACK_PER_PEER_MAX),
        )
        .execute()
    })
  }

  /** What the reporter's own experience adds to a peer's reputation, at most `EXPERIENCE_MAX` either way. */
  async experienceOf(
    reporter: string,
    targets: readonly string[],
  ): Promise<ReadonlyMap<string, number>> {
    if (targets.length === 0) return new Map()
    const weight = sql<number>`sum(case event_type when 'SUCCESS_UPLOAD' then ${sql.lit(SUCCESS_WEIGHT)} when 'FAILED_UPLOAD' then ${sql.lit(FAILURE_WEIGHT)} else 0 end)`
    const rows = await this.#sql.read((db) =>
      db
        .selectFrom('feedback')
        .select(['target', sql<number>`cast(${weight} as double precision)`.as('weight')])
        .where('reporter', '=', reporter)
        .where('target', 'in', targets)
        .groupBy('target')
        .execute(),
    )
    return new Map(rows.map((row) => [row.target, clamp(row.weight)]))
  }
}

function clamp(value: number): number {
  return Math.max(-EXPERIENCE_MAX, Math.min(EXPERIENCE_MAX, value))
}
