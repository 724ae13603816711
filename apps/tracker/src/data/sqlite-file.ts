/**
 * Kysely's SQLite dialect over Node's own `node:sqlite`.
 *
 * Kysely asks for a small part of better-sqlite3's interface; this gives it that. Statements are kept prepared, since a
 * tracker runs few of them very often.
 *
 * Invariants:
 * 1. What is committed is durable: write-ahead log with `synchronous = full`.
 * 2. Transactions take the write lock when they begin, so two processes on one file wait for each other instead of
 *    failing halfway (SQLite cannot wait when a reader wants to become a writer).
 */

import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { SqliteDialect } from 'kysely'
import type { SqliteDatabase, SqliteStatement } from 'kysely'

import { BUSY_MS_MAX, STATEMENTS_PREPARED_MAX } from '../limits.ts'

/** A file that only its owner can read, made with its folder when it is not there; `:memory:` for one that is never written. */
export function createSqliteDialect(path: string): SqliteDialect {
  return new SqliteDialect({ database: () => Promise.resolve(new SqliteFile(path)) })
}

class SqliteFile implements SqliteDatabase {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(path: string) {
    if (path !== ':memory:') {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      closeSync(openSync(path, 'a', 0o600))
      chmodSync(path, 0o600)
    }
    this.#database = new DatabaseSync(path, { timeout: BUSY_MS_MAX })
    this.#database.exec('pragma journal_mode = wal')
    this.#database.exec('pragma synchronous = full')
    this.#database.exec('pragma cache_size = -32768')
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  prepare(sql: string): SqliteStatement {
    const kept = this.#statements.get(sql)
    if (kept !== undefined) return kept
    const text = sql === 'begin' ? 'begin immediate' : sql
    const statement = wrap(this.#database.prepare(text))
    // Statements of bulk inserts differ by their number of rows: the oldest makes room.
    if (this.#statements.size === STATEMENTS_PREPARED_MAX) {
      for (const [oldest] of this.#statements) {
        this.#statements.delete(oldest)
        break
      }
    }
    this.#statements.set(sql, statement)
    return statement
  }
}

function wrap(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  }
}
