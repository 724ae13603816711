/** Accounts with a password, and peers: who has logged in and what is known of them. */

import { REPUTATION_UNKNOWN } from '../reputation.ts'
import type { AccountTable, PeerTable } from './schema.ts'
import type { Sql } from './sql.ts'

/** A peer of which nothing is known but its id. */
export const NEW_PEER = {
  account_id: null,
  person: null,
  address: null,
  reputation: REPUTATION_UNKNOWN,
  uploaded_bytes: 0,
  downloaded_bytes: 0,
  fraud_count: 0,
}

export class AccountStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  find(name: string): Promise<AccountTable | undefined> {
    return this.#sql.read((db) =>
      db.selectFrom('accounts').selectAll().where('name', '=', name).executeTakeFirst(),
    )
  }

  /** Whether the name was free. With `peer`, the account is a peer as well, with its name for an address. */
  create(account: AccountTable, options: { readonly isPeer: boolean }): Promise<boolean> {
    return this.#sql.write(async (db) => {
      const made = await db
        .insertInto('accounts')
        .values(account)
        .onConflict((conflict) => conflict.column('name').doNothing())
        .returning('id')
        .executeTakeFirst()
      if (made === undefined) return false
      const { id, name, created_at_ms } = account
      if (options.isPeer) {
        const peer = { ...NEW_PEER, id, account_id: id, address: name }
        await db
          .insertInto('peers')
          .values({ ...peer, created_at_ms, seen_at_ms: created_at_ms })
          .execute()
      }
      return true
    })
  }

  /** Notes a login, and the hash when it was made anew. */
  async noteLogin(id: string, nowMs: number, passwordHash?: string): Promise<void> {
    const hash = passwordHash === undefined ? {} : { password_hash: passwordHash }
    await this.#sql.write(async (db) => {
      await db
        .updateTable('accounts')
        .set({ logged_in_at_ms: nowMs, ...hash })
        .where('id', '=', id)
        .execute()
      await db.updateTable('peers').set({ seen_at_ms: nowMs }).where('id', '=', id).execute()
    })
  }

  /** Whether the account exists. */
  setPassword(name: string, passwordHash: string): Promise<boolean> {
    return this.#sql.write(async (db) => {
      const result = await db
        .updateTable('accounts')
        .set({ password_hash: passwordHash })
        .where('name', '=', name)
        .executeTakeFirst()
      return result.numUpdatedRows > 0n
    })
  }

  /** A peer that logged in with its key. */
  async seePeer(id: string, nowMs: number): Promise<void> {
    await this.#sql.write((db) =>
      db
        .insertInto('peers')
        .values({ ...NEW_PEER, id, created_at_ms: nowMs, seen_at_ms: nowMs })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at_ms: nowMs }))
        .execute(),
    )
  }

  findPeer(id: string): Promise<PeerTable | undefined> {
    return this.#sql.read((db) =>
      db.selectFrom('peers').selectAll().where('id', '=', id).executeTakeFirst(),
    )
  }
}
