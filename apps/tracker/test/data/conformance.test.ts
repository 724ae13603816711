/**
 * One suite for the data layer, on SQLite, on PGlite and on a PostgreSQL server where one is installed.
 *
 * PGlite takes seconds to start and the server too, so each is started once for all tests.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { PGlite } from '@electric-sql/pglite'
import { PGliteDialect, sql } from 'kysely'
import { createNodeRandom } from '@hamlet/identity/node'
import { AccountStore } from '../../src/data/account-store.ts'
import { encodeChunkRuns } from '../../src/data/chunk-runs.ts'
import { FeedbackStore } from '../../src/data/feedback-store.ts'
import { LoginStore } from '../../src/data/login-store.ts'
import { openDatabase, openWith } from '../../src/data/open-database.ts'
import { PeerNetStore } from '../../src/data/peernet-store.ts'
import { ReceiptStore } from '../../src/data/receipt-store.ts'
import type { NewReceipt } from '../../src/data/receipt-store.ts'
import type { Sql } from '../../src/data/sql.ts'
import { handleOf, SwarmStore } from '../../src/data/swarm-store.ts'
import { entryOf, topicOf } from '../_tracker.ts'
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

const random = createNodeRandom()
const NOW_MS = 1_800_000_000_000
const LATER_MS = NOW_MS + 1000

function holdingOf(number: number, more: object = {}) {
  return { ...entryOf(number), chunkCount: 4, isComplete: true, ...more }
}

function receiptOf(seq: number, totalBytes: number): NewReceipt {
  return {
    ...{ id: `r${seq}`, seq, total_bytes: totalBytes, piece_count: 1, group_id: 'public' },
    ...{ swarm: 's', payer: 'payer', payee: 'payee', payer_person: 'P', payee_person: 'Q' },
    ...{ window_start_ms: 1, window_end_ms: 2, bytes: Uint8Array.of(seq), mirrored_at_ms: NOW_MS },
  }
}

/** What `schema.ts` declares, by table: whether a column may be null. */
function declaredTables(): ReadonlyMap<string, ReadonlyMap<string, boolean>> {
  const source = readFileSync(join(import.meta.dirname, '../../src/data/schema.ts'), 'utf8')
  const fieldsOf = (name: string) => {
    const body = new RegExp(`interface ${name} \\{([^}]*)\\}`).exec(source)![1]!
    return [...body.matchAll(/readonly (\w+): (.+)/g)].map(([, field, type]) => {
      return [field!, type!] as const
    })
  }
  const columnsOf = (name: string) =>
    new Map(fieldsOf(name).map(([column, type]) => [column, type.endsWith('| null')]))
  const tables = fieldsOf('TrackerTables').map(([table, type]) => [table, columnsOf(type)] as const)
  assert.ok(tables.length >= 14)
  return new Map(tables)
}

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

    test('the schema has the columns that the migrations make, and they may be null where it says so', async () => {
      const tables = await database.read((db) => db.introspection.getTables())
      for (const [table, columns] of declaredTables()) {
        const made = tables.find((each) => each.name === table)?.columns ?? []
        const found = made.map(({ name: column, isNullable }) => [column, isNullable] as const)
        assert.deepEqual(new Map(found), columns, table)
      }
    })

    test('announcements come back best peer first, and counts follow each of them', async () => {
      const [accounts, swarms] = [new AccountStore(database), new SwarmStore(database)]
      for (const peer of ['a', 'b', 'c']) await accounts.seePeer(peer, NOW_MS)
      await database.write((db) =>
        db.updateTable('peers').set({ reputation: 0.9 }).where('id', '=', 'b').execute(),
      )
      const partial = {
        ...{ heldBytes: 1, isComplete: false },
        chunks: encodeChunkRuns([{ first: 1, count: 2 }]),
      }
      await swarms.announce('a', [holdingOf(1), holdingOf(2)], NOW_MS, LATER_MS)
      await swarms.announce('b', [holdingOf(1, partial)], NOW_MS, LATER_MS)
      await swarms.announce('c', [holdingOf(1)], NOW_MS + 1, LATER_MS)
      const found = await swarms.lookup(topicOf(1), NOW_MS, 'none')
      assert.deepEqual(
        found!.peers.map(({ peer }) => peer),
        ['b', 'c', 'a'],
      )
      assert.deepEqual(new Uint8Array(found!.peers[0]!.chunks!), partial.chunks)
      assert.deepEqual([found!.swarm.peer_count, found!.swarm.seed_count], [3, 2])
      assert.equal(found!.swarm.handle, handleOf(topicOf(1)))
      assert.equal((await swarms.lookup(topicOf(1), NOW_MS, 'b'))!.peers.length, 2, 'not itself')
      assert.equal(await swarms.countOthers('a', [topicOf(1)]), 1)
      await swarms.announce('b', [holdingOf(1)], NOW_MS, LATER_MS)
      assert.equal((await swarms.lookup(topicOf(1), NOW_MS))!.swarm.seed_count, 3)
      assert.equal(await swarms.withdraw('b', [topicOf(1), topicOf(9)]), 1)
      assert.equal((await swarms.lookup(topicOf(1), NOW_MS))!.swarm.seed_count, 2)
      assert.equal(await swarms.lookup(topicOf(9), NOW_MS), undefined)
    })

    test('what has expired is not found, and is swept away with its counts', async () => {
      const swarms = new SwarmStore(database)
      assert.deepEqual((await swarms.lookup(topicOf(1), LATER_MS))!.peers, [])
      await swarms.announce('a', [holdingOf(2)], NOW_MS, LATER_MS + 5000)
      assert.equal(await swarms.sweep(LATER_MS), false)
      assert.equal((await swarms.lookup(topicOf(1), NOW_MS))!.swarm.peer_count, 0)
      assert.equal((await swarms.lookup(topicOf(2), NOW_MS))!.swarm.peer_count, 1)
      await swarms.sweep(LATER_MS + 8 * 86_400_000)
      assert.equal(await swarms.lookup(topicOf(1), NOW_MS), undefined, 'forgotten')
    })

    test('the search finds public names by beginnings of their words, in any script', async () => {
      const swarms = new SwarmStore(database)
      const named = (number: number, name: string, more: object = {}) =>
        holdingOf(number, { name, ...more })
      await swarms.announce(
        'a',
        [
          named(11, 'Müller family — Summer 2026.zip'),
          named(12, 'Summer hits', { description: 'old music' }),
          named(13, '夏の写真'),
          holdingOf(14),
        ],
        NOW_MS,
        LATER_MS,
      )
      const find = async (query: string) => (await swarms.search(query, 10)).map(({ name }) => name)
      assert.deepEqual(await find('SUMM mull'), ['Müller family — Summer 2026.zip'])
      assert.deepEqual(await find('musi'), ['Summer hits'])
      assert.deepEqual(await find('夏'), ['夏の写真'])
      assert.equal((await find('summer')).length, 2)
      for (const none of ['ummer', '%', "' or 1=1 --", '  ']) assert.deepEqual(await find(none), [])
      await swarms.announce('b', [named(11, 'another name')], NOW_MS, LATER_MS)
      assert.deepEqual(await find('another'), [], 'the first name stays')
    })

    test('an account name is given once, and an id is spent once', async () => {
      const [accounts, logins] = [new AccountStore(database), new LoginStore(database)]
      const account = { name: 'Anna', password_hash: 'x', created_at_ms: 1, logged_in_at_ms: null }
      const made = await Promise.all(
        ['1', '2', '3'].map((id) => accounts.create({ ...account, id }, { isPeer: false })),
      )
      assert.equal(made.filter(Boolean).length, 1)
      const spent = await Promise.all([1, 2, 3].map(() => logins.spend('jti', NOW_MS)))
      assert.equal(spent.filter(Boolean).length, 1)
      assert.equal(await logins.isSpent('jti'), true)
      await logins.sweep(NOW_MS)
      assert.equal(await logins.isSpent('jti'), false)
      const seed = random.bytes(32)
      const [key] = await logins.rotate({ id: 'k1', seed, created_at_ms: NOW_MS })
      const [same] = await logins.rotate({
        id: 'k1',
        seed: random.bytes(32),
        created_at_ms: NOW_MS,
      })
      assert.deepEqual(new Uint8Array(same!.seed), new Uint8Array(key!.seed), 'the first one stays')
    })

    test('receipts of a pair add up to its latest total, and pages leave none out', async () => {
      const receipts = new ReceiptStore(database)
      await Promise.all(
        [1, 2, 3].map((seq) =>
          receipts.write(async (writer) => {
            await writer.add(receiptOf(seq, seq * TEN_TEBIBYTES))
            for (const peer of ['payer', 'payee']) await writer.refresh(peer, NOW_MS)
          }),
        ),
      )
      const page = await receipts.page('public', 0, 2)
      assert.equal(page.length, 2)
      const rest = await receipts.page('public', page[1]!.number, 2)
      assert.equal(rest.length, 1)
      assert.ok(page[0]!.number < page[1]!.number && page[1]!.number < rest[0]!.number)
      const [payer, payee] = await Promise.all(
        ['payer', 'payee'].map((id) => new AccountStore(database).findPeer(id)),
      )
      assert.equal(payee!.person, 'Q')
      assert.equal(payee!.uploaded_bytes, payer!.downloaded_bytes)
      assert.ok(payee!.reputation > 0.5 && payer!.reputation === 0.5)
      assert.deepEqual(await receipts.known(['r1', 'r9']), new Set(['r1']))
    })

    test('feedback counts for its reporter, and PeerNet chunks for everybody', async () => {
      const [feedback, peerNet] = [new FeedbackStore(database, random), new PeerNetStore(database)]
      const report = { reporter: 'a', target: 'b', topic: topicOf(1), chunkIndex: 0 }
      await feedback.add({ ...report, eventType: 'FAILED_UPLOAD' }, NOW_MS)
      await feedback.add({ ...report, eventType: 'SUCCESS_UPLOAD' }, NOW_MS)
      await feedback.add({ ...report, eventType: 'OTHER' }, NOW_MS)
      const experience = await feedback.experienceOf('a', ['b', 'c'])
      assert.deepEqual([...experience.keys()], ['b'])
      assert.ok(Math.abs(experience.get('b')! + 0.1) < 1e-9)
      assert.equal((await feedback.experienceOf('c', ['b'])).size, 0)
      const chunk = { fileHash: 'f', fileName: 'n', totalChunks: 2, chunkHash: 'h' }
      await peerNet.announce('a', { ...chunk, chunkIndex: 0 }, NOW_MS)
      const swarms = new SwarmStore(database)
      assert.equal((await swarms.lookup('f', NOW_MS))!.swarm.seed_count, 0)
      await peerNet.announce('a', { ...chunk, chunkIndex: 1 }, NOW_MS)
      assert.equal((await swarms.lookup('f', NOW_MS))!.swarm.seed_count, 1)
      assert.deepEqual(
        (await peerNet.sources('f', NOW_MS)).map(({ chunkIndex, peer }) => [chunkIndex, peer]),
        [
          [0, 'a'],
          [1, 'a'],
        ],
      )
      const stranger = peerNet.announce('nobody', { ...chunk, chunkIndex: 0 }, NOW_MS)
      await assert.rejects(stranger, { code: 'CALLER_REFUSED' })
      assert.equal((await swarms.lookup('f', NOW_MS))!.swarm.peer_count, 1, 'all of it undone')
    })
  })
}
