/**
 * Access to the tables: reads, and writes as transactions.
 *
 * The idea: what a database says when it is away, restarts or had to choose between two transactions is known, and
 * different for each; here it becomes one of two things. A transaction that lost against another one is tried again. A
 * database that is away is `DATABASE_UNAVAILABLE`, which becomes a 503: nothing was acknowledged, ask again.
 *
 * Invariants:
 * 1. `write` resolves after the commit, never before, so what was acknowledged survives a crash of the database.
 * 2. All writes can be repeated: a commit whose answer was lost is sent again by the client and changes nothing more.
 */

import { errorCode } from '@hamlet/core'
import type { Transaction } from 'kysely'

import { TrackerError } from '../errors.ts'
import { TRANSACTION_TRIES_MAX } from '../limits.ts'
import type { SqlDialect, TrackerDatabase, TrackerTables } from './schema.ts'

export type TrackerTransaction = Transaction<TrackerTables>

export class Sql {
  readonly dialect: SqlDialect
  /** For reads that are built elsewhere; go through {@link read}, which knows what errors mean. */
  readonly #db: TrackerDatabase

  constructor(db: TrackerDatabase, dialect: SqlDialect) {
    this.#db = db
    this.dialect = dialect
  }

  /** @throws TrackerError `DATABASE_UNAVAILABLE` */
  async read<T>(query: (db: TrackerDatabase) => Promise<T>): Promise<T> {
    try {
      return await query(this.#db)
    } catch (error) {
      throw judge(error)
    }
  }

  /** Runs `work` in a transaction, again when another one was in its way. @throws TrackerError `DATABASE_UNAVAILABLE` */
  async write<T>(work: (transaction: TrackerTransaction) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#db.transaction().execute(work)
      } catch (error) {
        if (!isContention(error) || tries === TRANSACTION_TRIES_MAX) throw judge(error)
      }
    }
  }

  async close(): Promise<void> {
    await this.#db.destroy()
  }
}

/** Serialisation failure and deadlock of PostgreSQL. */
const CONTENTION: ReadonlySet<string> = new Set(['40001', '40P01'])

function isContention(error: unknown): boolean {
  return CONTENTION.has(errorCode(error) ?? '')
}

/**
 * Classes of PostgreSQL's states: 08 connection, 53 resources, 57 the operator stopped it, 58 system, 40 gave up; and
 * 25006, a server that only reads (a standby).
 */
const UNAVAILABLE_STATE = /^(?:08|53|57|58|40)[0-9A-Z]{3}$|^25006$/
const SOCKET_ERROR =
  /^E(?:CONNREFUSED|CONNRESET|PIPE|HOSTUNREACH|NETUNREACH|TIMEDOUT|NOTFOUND|AI_AGAIN|NOENT)$/
/** What `pg` says in words alone when a connection broke or could not be had. */
const BROKEN =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|timeout expired|Query read timeout/i
/** SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN. */
const SQLITE_UNAVAILABLE: ReadonlySet<number> = new Set([5, 6, 10, 13, 14])

export function judge(error: unknown): unknown {
  return isUnavailable(error)
    ? new TrackerError('DATABASE_UNAVAILABLE', 'the database does not answer; ask again', {
        cause: error,
      })
    : error
}

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = errorCode(error) ?? ''
  if (UNAVAILABLE_STATE.test(code) || SOCKET_ERROR.test(code) || BROKEN.test(error.message)) {
    return true
  }
  // A name that resolves to several addresses fails with all of their errors.
  if (error instanceof AggregateError) return error.errors.some(isUnavailable)
  const { errcode } = error as { errcode?: unknown }
  return typeof errcode === 'number' && SQLITE_UNAVAILABLE.has(errcode & 0xff)
}
