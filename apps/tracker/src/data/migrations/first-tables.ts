/** Migration 001: the tables as `schema.ts` describes them, with the indexes that look-ups, paging and expiry need. */

import { sql } from 'kysely'
import type { CreateTableBuilder, Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

import type { SqlDialect } from '../schema.ts'

type Db = Kysely<unknown>
type Table = CreateTableBuilder<string>
type ColumnType = 'text' | 'bigint' | 'integer' | 'double precision' | 'bytes' | 'ordered text'
/** A name with `?` at its end may be null. */
type Columns = Readonly<Record<string, ColumnType>>

const TABLES: Readonly<Record<string, readonly [columns: Columns, key: readonly string[]]>> = {
  accounts: [
    {
      id: 'text',
      name: 'text',
      password_hash: 'text',
      created_at_ms: 'bigint',
      'logged_in_at_ms?': 'bigint',
    },
    ['id'],
  ],
  peers: [
    {
      id: 'text',
      'account_id?': 'text',
      'person?': 'text',
      'address?': 'text',
      reputation: 'double precision',
      uploaded_bytes: 'bigint',
      downloaded_bytes: 'bigint',
      fraud_count: 'integer',
      created_at_ms: 'bigint',
      seen_at_ms: 'bigint',
    },
    ['id'],
  ],
  swarms: [
    {
      topic: 'text',
      handle: 'text',
      'name?': 'text',
      'description?': 'text',
      'link?': 'text',
      size_bytes: 'bigint',
      chunk_count: 'bigint',
      peer_count: 'integer',
      seed_count: 'integer',
      created_at_ms: 'bigint',
      seen_at_ms: 'bigint',
    },
    ['topic'],
  ],
  swarm_words: [{ word: 'ordered text', topic: 'text' }, ['word', 'topic']],
  holdings: [
    {
      topic: 'text',
      peer_id: 'text',
      held_bytes: 'bigint',
      is_complete: 'integer',
      'chunks?': 'bytes',
      addresses: 'text',
      announced_at_ms: 'bigint',
      expires_at_ms: 'bigint',
    },
    ['topic', 'peer_id'],
  ],
  chunk_hashes: [
    { topic: 'text', chunk_index: 'bigint', peer_id: 'text', chunk_hash: 'text' },
    ['topic', 'chunk_index', 'peer_id'],
  ],
  receipts: [
    {
      id: 'text',
      number: 'bigint',
      group_id: 'text',
      swarm: 'text',
      payer: 'text',
      payee: 'text',
      payer_person: 'text',
      payee_person: 'text',
      seq: 'bigint',
      total_bytes: 'bigint',
      piece_count: 'bigint',
      window_start_ms: 'bigint',
      window_end_ms: 'bigint',
      bytes: 'bytes',
      mirrored_at_ms: 'bigint',
    },
    ['id'],
  ],
  pairs: [
    {
      group_id: 'text',
      payer: 'text',
      payee: 'text',
      payer_person: 'text',
      payee_person: 'text',
      receipt_id: 'text',
      seq: 'bigint',
      total_bytes: 'bigint',
      updated_at_ms: 'bigint',
    },
    ['group_id', 'payer', 'payee'],
  ],
  frauds: [
    {
      id: 'text',
      number: 'bigint',
      kind: 'text',
      accused: 'text',
      'accused_person?': 'text',
      proof: 'bytes',
      'reporter?': 'text',
      found_at_ms: 'bigint',
    },
    ['id', 'accused'],
  ],
  feedback: [
    {
      id: 'text',
      reporter: 'text',
      target: 'text',
      topic: 'text',
      chunk_index: 'bigint',
      event_type: 'text',
      created_at_ms: 'bigint',
    },
    ['id'],
  ],
  spent_ids: [{ id: 'text', expires_at_ms: 'bigint' }, ['id']],
  signing_keys: [{ id: 'text', seed: 'bytes', created_at_ms: 'bigint' }, ['id']],
  counters: [{ name: 'text', value: 'bigint' }, ['name']],
  activity: [{ minute_ms: 'bigint', name: 'text', value: 'bigint' }, ['minute_ms', 'name']],
}

/** `!` in front: no two rows may have the same. */
const INDEXES: readonly (readonly [table: string, ...columns: string[]])[] = [
  ['!accounts', 'name'],
  ['!swarms', 'handle'],
  ['peers', 'seen_at_ms', 'id'],
  ['peers', 'reputation', 'id'],
  ['swarms', 'seen_at_ms', 'topic'],
  ['swarms', 'peer_count', 'topic'],
  ['swarms', 'name', 'topic'],
  ['swarms', 'size_bytes', 'topic'],
  ['swarm_words', 'topic'],
  ['holdings', 'peer_id'],
  ['holdings', 'expires_at_ms'],
  ['chunk_hashes', 'peer_id', 'topic'],
  ['!receipts', 'number'],
  ['receipts', 'group_id', 'payer', 'payee', 'seq'],
  ['pairs', 'payee'],
  ['pairs', 'payer'],
  ['pairs', 'total_bytes'],
  ['!frauds', 'number'],
  ['frauds', 'accused'],
  ['feedback', 'reporter', 'target'],
  ['spent_ids', 'expires_at_ms'],
]

export function createFirstTables(dialect: SqlDialect): Migration {
  const types = typesOf(dialect)
  return {
    async up(db: Db) {
      for (const [name, [columns, key]] of Object.entries(TABLES)) {
        let table: Table = db.schema.createTable(name).ifNotExists()
        for (const [column, type] of Object.entries(columns)) {
          const isNullable = column.endsWith('?')
          table = table.addColumn(column.replace('?', ''), types[type], (definition) =>
            isNullable ? definition : definition.notNull(),
          )
        }
        await table.addPrimaryKeyConstraint(`${name}_key`, [...key] as never).execute()
      }
      for (const [table, ...columns] of INDEXES) await createIndex(db, table, columns)
    },
    async down(db: Db) {
      for (const name of Object.keys(TABLES)) await db.schema.dropTable(name).ifExists().execute()
    },
  }
}

async function createIndex(db: Db, table: string, columns: readonly string[]): Promise<void> {
  const name = table.replace('!', '')
  const index = db.schema
    .createIndex(`${name}_by_${columns.join('_and_')}`)
    .ifNotExists()
    .on(name)
    .columns([...columns])
  await (table.startsWith('!') ? index.unique() : index).execute()
}

function typesOf(dialect: SqlDialect) {
  return {
    text: 'text',
    bigint: 'bigint',
    integer: 'integer',
    'double precision': 'double precision',
    bytes: dialect === 'postgres' ? sql`bytea` : sql`blob`,
    // Prefixes are found as a range, which only holds in the order of code points.
    'ordered text': dialect === 'postgres' ? sql`text collate "C"` : sql`text`,
  } as const
}
