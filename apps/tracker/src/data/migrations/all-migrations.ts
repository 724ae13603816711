/**
 * Every migration by its name; they run in the order of their names, once each.
 *
 * A migration that was released is never changed: the next one follows it. The two databases differ in the names of two
 * types only, so one set serves both. Each can be run again after a crash halfway, since SQLite keeps what was done.
 */

import type { Migration } from 'kysely/migration'

import type { SqlDialect } from '../schema.ts'
import { createBoardIndexes } from './board-indexes.ts'
import { createFirstTables } from './first-tables.ts'

export function createMigrations(dialect: SqlDialect): Readonly<Record<string, Migration>> {
  return {
    '001-first-tables': createFirstTables(dialect),
    '002-board-indexes': createBoardIndexes(),
  }
}
