/**
 * Kysely's PostgreSQL dialect over a pool of `pg`.
 *
 * Invariants:
 * 1. 64-bit integers come as numbers, not as text: every one the tracker stores is a safe integer.
 * 2. A connection that breaks while no statement runs is replaced, and is not an error of the process.
 */

import pg from 'pg'
import { PostgresDialect } from 'kysely'

import {
  DATABASE_CONNECT_MS_MAX,
  DATABASE_CONNECTIONS_MAX,
  DATABASE_STATEMENT_MS_MAX,
} from '../limits.ts'

const INT8_OID = 20

export interface PostgresOptions {
  /** @default DATABASE_CONNECTIONS_MAX */
  readonly connectionsMax?: number
  /** Called with what broke an idle connection. */
  readonly onIdleError: (error: Error) => void
}

/** `url`: `postgres://user:password@host:port/database`, with libpq's parameters such as `?sslmode=verify-full`. */
export function createPostgresDialect(url: string, options: PostgresOptions): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'hamlet-tracker',
    max: options.connectionsMax ?? DATABASE_CONNECTIONS_MAX,
    connectionTimeoutMillis: DATABASE_CONNECT_MS_MAX,
    idleTimeoutMillis: 30_000,
    statement_timeout: DATABASE_STATEMENT_MS_MAX,
    idle_in_transaction_session_timeout: DATABASE_STATEMENT_MS_MAX,
    keepAlive: true,
    types: { getTypeParser },
  })
  pool.on('error', options.onIdleError)
  // One that breaks between two statements of a transaction has no listener else, and would end the process.
  pool.on('connect', (client) => client.on('error', options.onIdleError))
  return new PostgresDialect({ pool })
}

/** Typed by what `pg` calls it with; its own types list every id as an enumeration. */
const getTypeParser = ((oid: number, format?: string): unknown => {
  if (oid === INT8_OID && format !== 'binary') return Number
  return (pg.types.getTypeParser as (oid: number, format?: string) => unknown)(oid, format)
}) as typeof pg.types.getTypeParser
