/** Keys that sign tokens and ids that work once, shared by all processes of the tracker. */

import { SIGNING_KEY_MS } from '../limits.ts'
import type { SigningKeyTable } from './schema.ts'
import type { Sql } from './sql.ts'

export class LoginStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /**
   * The two newest keys, the newest first, after `candidate` was added unless a key of its id is there. Ids follow from
   * the day, so of processes that turn the day together one adds its key and all use it.
   */
  rotate(candidate: SigningKeyTable): Promise<readonly SigningKeyTable[]> {
    return this.#sql.write(async (db) => {
      await db
        .insertInto('signing_keys')
        .values(candidate)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute()
      await db
        .deleteFrom('signing_keys')
        .where('created_at_ms', '<', candidate.created_at_ms - 2 * SIGNING_KEY_MS)
        .execute()
      return db
        .selectFrom('signing_keys')
        .selectAll()
        .orderBy('created_at_ms', 'desc')
        .limit(2)
        .execute()
    })
  }

  newestKeys(): Promise<readonly SigningKeyTable[]> {
    return this.#sql.read((db) =>
      db.selectFrom('signing_keys').selectAll().orderBy('created_at_ms', 'desc').limit(2).execute(),
    )
  }

  /** Whether the id was not spent before; it is now. */
  spend(id: string, expiresAtMs: number): Promise<boolean> {
    return this.#sql.write(async (db) => {
      const made = await db
        .insertInto('spent_ids')
        .values({ id, expires_at_ms: expiresAtMs })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning('id')
        .executeTakeFirst()
      return made !== undefined
    })
  }

  async isSpent(id: string): Promise<boolean> {
    const row = await this.#sql.read((db) =>
      db.selectFrom('spent_ids').select('id').where('id', '=', id).executeTakeFirst(),
    )
    return row !== undefined
  }

  /** Forgets ids that would be refused for their age anyway. */
  async sweep(nowMs: number): Promise<void> {
    await this.#sql.write((db) =>
      db.deleteFrom('spent_ids').where('expires_at_ms', '<=', nowMs).execute(),
    )
  }
}
