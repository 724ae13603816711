/** Opens the tracker's database by its address and brings its tables to this version. */

import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Dialect } from 'kysely'

import { TrackerError } from '../errors.ts'
import { createMigrations } from './migrations/all-migrations.ts'
import { createPostgresDialect } from './postgres-pool.ts'
import { judge, Sql } from './sql.ts'
import { createSqliteDialect } from './sqlite-file.ts'
import type { SqlDialect, TrackerTables } from './schema.ts'

export interface DatabaseOptions {
  /** `postgres://…` or `postgresql://…`; anything else is the path of a SQLite file. */
  readonly url: string
  /** PostgreSQL only. @default DATABASE_CONNECTIONS_MAX */
  readonly connectionsMax?: number
  readonly onIdleError?: (error: Error) => void
}

/** @throws TrackerError `DATABASE_UNAVAILABLE`, `MIGRATION_FAILED` */
export async function openDatabase(options: DatabaseOptions): Promise<Sql> {
  const { url, connectionsMax } = options
  if (!/^postgres(?:ql)?:\/\//.test(url)) return openWith(createSqliteDialect(url), 'sqlite')
  const dialect = createPostgresDialect(url, {
    onIdleError: options.onIdleError ?? (() => {}),
    ...(connectionsMax === undefined ? {} : { connectionsMax }),
  })
  return openWith(dialect, 'postgres')
}

/** As {@link openDatabase}, with a dialect of Kysely's. */
export async function openWith(dialect: Dialect, name: SqlDialect): Promise<Sql> {
  const db = new Kysely<TrackerTables>({ dialect })
  try {
    await migrate(db, name)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return new Sql(db, name)
}

/** Processes that start together wait for each other on PostgreSQL; on SQLite the later one tries once more. */
async function migrate(db: Kysely<TrackerTables>, dialect: SqlDialect): Promise<void> {
  const migrations = createMigrations(dialect)
  const provider = { getMigrations: () => Promise.resolve({ ...migrations }) }
  const run = () => new Migrator({ db, provider }).migrateToLatest()
  let { error } = await run()
  if (error !== undefined && dialect === 'sqlite') error = (await run()).error
  if (error === undefined) return
  const judged = judge(error)
  if (judged instanceof TrackerError) throw judged
  throw new TrackerError('MIGRATION_FAILED', 'the tables could not be brought to this version', {
    cause: error,
  })
}
