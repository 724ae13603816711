/**
 * One suite for the data layer, on SQLite, on PGlite and on a PostgreSQL server where one is installed.
 *
 * PGlite takes seconds to start and the server too, so each is started once for all tests.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { PGlite } from '@electric-sql/pglite'
import { PGliteDialect, sql } from 'kysely'
import { openDatabase, openWith } from '../../src/data/open-database.ts'
import type { Sql } from '../../src/data/sql.ts'
import { startPostgres } from './_databases.ts'

const folder = mkdtempSync(join(tmpdir(), 'hamlet-tracker-'))
const server = await startPostgres()
if (server === undefined) {
  console.log('SKIPPED tracker data layer on a PostgreSQL server: initdb and pg_ctl not found')
}
const databases: Readonly<Record<string, Sql>> = {
  SQLite: await openDatabase({ url: join(folder, 'tracker.sqlite') }),
  PGlite: await openWith(new PGliteDialect({ pglite: new PGlite() }), 'postgres'),
  ...(server === undefined
    ? {}
    : { PostgreSQL: await openDatabase({ url: server.createDatabase() }) }),
}

after(async () => {
  for (const database of Object.values(databases)) await database.close()
  server?.close()
  rmSync(folder, { recursive: true })
})

const TEN_TEBIBYTES = 10 * 2 ** 40

for (const [name, database] of Object.entries(databases)) {
  suite(name, () => {
    test('large integers, bytes, text and nothing come back as they were stored', async () => {
      const bytes = new Uint8Array([0, 1, 255])
      const row = { id: 'é', number: TEN_TEBIBYTES, kind: 'k', accused: 'a', proof: bytes }
      const rest = { accused_person: null, reporter: null, found_at_ms: 1_800_000_000_000 }
      await database.write((db) =>
        db
          .insertInto('frauds')
          .values({ ...row, ...rest })
          .execute(),
      )
      const [found] = await database.read((db) => db.selectFrom('frauds').selectAll().execute())
      assert.deepEqual({ ...found, proof: new Uint8Array(found!.proof) }, { ...row, ...rest })
    })

    test('a transaction that throws leaves nothing', async () => {
      const attempt = database.write(async (db) => {
        await db.insertInto('counters').values({ name: 'gone', value: 1 }).execute()
        throw new RangeError('stop')
      })
      await assert.rejects(attempt, RangeError)
      const rows = await database.read((db) => db.selectFrom('counters').selectAll().execute())
      assert.equal(
        rows.some((row) => row.name === 'gone'),
        false,
      )
    })

    test('sums are numbers', async () => {
      const sum = await database.read((db) =>
        db
          .selectFrom('frauds')
          .select(sql<number>`cast(sum(number) as bigint)`.as('value'))
          .executeTakeFirstOrThrow(),
      )
      assert.equal(sum.value, TEN_TEBIBYTES)
    })
  })
}
