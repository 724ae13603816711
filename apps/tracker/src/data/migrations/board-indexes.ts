/** Migration 002: the indexes that the pages of the dashboard are read by (`src/dashboard/*-queries.ts`). */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

const INDEXES: readonly (readonly [table: string, ...columns: string[]])[] = [
  ['swarms', 'seed_count', 'topic', 'size_bytes'],
  ['peers', 'uploaded_bytes', 'id'],
  ['peers', 'downloaded_bytes', 'id'],
  ['peers', 'created_at_ms', 'id'],
  ['peers', 'person', 'uploaded_bytes', 'downloaded_bytes'],
  ['holdings', 'topic', 'held_bytes', 'peer_id'],
  ['holdings', 'peer_id', 'held_bytes'],
  ['pairs', 'payee_person', 'payer_person', 'total_bytes'],
  ['pairs', 'payer_person', 'payee_person', 'total_bytes'],
]

export function createBoardIndexes(): Migration {
  return {
    async up(db: Kysely<unknown>) {
      for (const [table, ...columns] of INDEXES) {
        await db.schema
          .createIndex(nameOf(table, columns))
          .ifNotExists()
          .on(table)
          .columns(columns)
          .execute()
      }
    },
    async down(db: Kysely<unknown>) {
      for (const [table, ...columns] of INDEXES) {
        await db.schema.dropIndex(nameOf(table, columns)).ifExists().execute()
      }
    },
  }
}

function nameOf(table: string, columns: readonly string[]): string {
  return `board_${table}_by_${columns.join('_and_')}`
}
