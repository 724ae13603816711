// What the dashboard reads, on SQLite and on PostgreSQL (a server where it is installed, else PGlite): every figure is
// compared with the same counted in plain JavaScript over what was filled in. Then its routes, over HTTP.

import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { PGlite } from '@electric-sql/pglite'
import { PGliteDialect } from 'kysely'
import { fillBoard, SIZES } from '../scripts/seeded-board.ts'
import { findOverview, findThroughput, HERE_MS } from '../src/dashboard/activity-queries.ts'
import { availabilityOf } from '../src/dashboard/availability.ts'
import { findPeople, findPersonFlows, findPicture } from '../src/dashboard/flow-queries.ts'
import { findFrauds } from '../src/dashboard/fraud-queries.ts'
import type { Page } from '../src/dashboard/paging.ts'
import { findHeld, findPeer, findPeers } from '../src/dashboard/peer-queries.ts'
import { findHolders, findSwarm, findSwarms } from '../src/dashboard/swarm-queries.ts'
import { openDatabase, openWith } from '../src/data/open-database.ts'
import type { Sql } from '../src/data/sql.ts'
import { startPostgres } from './data/_databases.ts'
import { call, startTestTracker, TestPeer } from './_tracker.ts'

const NOW_MS = 1_800_000_000_000
const server = await startPostgres()
const databases: Readonly<Record<string, Sql>> = {
  SQLite: await openDatabase({ url: ':memory:' }),
  PostgreSQL:
    server === undefined
      ? await openWith(new PGliteDialect({ pglite: new PGlite() }), 'postgres')
      : await openDatabase({ url: server.createDatabase() }),
}

after(async () => {
  for (const data of Object.values(databases)) await data.close()
  server?.close()
})

function sum(values: Iterable<number>): number {
  let all = 0
  for (const value of values) all += value
  return all
}

/** Every row, page by page. */
async function readAll<Row>(
  read: (after: string | undefined) => Promise<Page<Row>>,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  let next: string | null | undefined
  do {
    const page = await read(next ?? undefined)
    rows.push(...page.rows)
    next = page.next
    assert.ok(rows.length <= 5000)
  } while (next !== null)
  return rows
}

for (const [name, data] of Object.entries(databases)) {
  suite(name, async () => {
    const filled = await fillBoard(data, SIZES.small, NOW_MS)
    const { peers, pairs, swarms, holdings, activity, frauds } = filled
    const list = { limit: 7, sort: 'peers', order: 'down', search: '' } as const

    test('pages of swarms give each one once, in order, up and down', async () => {
      for (const order of ['down', 'up'] as const) {
        for (const sort of ['peers', 'seeds', 'size', 'seen'] as const) {
          const rows = await readAll((next) =>
            findSwarms(data, { ...list, sort, order, after: next }),
          )
          assert.equal(new Set(rows.map(({ handle }) => handle)).size, swarms.length)
          const values = rows.map(
            ({ peers: all, seeds, sizeBytes, seenAtMs }) =>
              ({ peers: all, seeds, size: sizeBytes, seen: seenAtMs })[sort],
          )
          const sign = order === 'down' ? -1 : 1
          assert.deepEqual(
            values,
            values.toSorted((a, b) => sign * (a - b)),
            `${sort} ${order}`,
          )
        }
      }
    })

    test('a search finds the swarms that have all words, by their beginnings, and no private one', async () => {
      const names = swarms.flatMap((swarm) => (swarm.name === null ? [] : [swarm.name.split('-')]))
      const [subject = '', kind = ''] = names[0]!
      const search = `${subject.slice(0, 3).toUpperCase()} ${kind.slice(0, -1)}`
      const found = await readAll((next) => findSwarms(data, { ...list, search, after: next }))
      const expected = swarms.filter((swarm) => swarm.name?.startsWith(`${subject}-${kind}-`))
      assert.ok(expected.length > 0)
      assert.deepEqual(
        found.map(({ handle }) => handle).toSorted(),
        expected.map(({ handle }) => handle).toSorted(),
      )
      assert.equal((await findSwarms(data, { ...list, search: '!?' })).rows.length, 0)
      assert.equal(
        (await findSwarms(data, { ...list, search: `${subject} nowhere` })).rows.length,
        0,
      )
    })

    test('a swarm has the availability that counting every chunk gives, in the list as well', async () => {
      const rows = await readAll((next) => findSwarms(data, { ...list, after: next }))
      for (const swarm of swarms) {
        const own = holdings.filter(({ topic }) => topic === swarm.topic)
        const counts = Array.from({ length: swarm.chunk_count }, (_, chunk) =>
          sum(
            own.map(({ chunks }) =>
              chunks === null ? 1 : (chunks[chunk >> 3]! >> (7 - (chunk & 7))) & 1,
            ),
          ),
        )
        const least = Math.min(...counts)
        const copies = least + counts.filter((count) => count > least).length / counts.length
        const row = rows.find(({ handle }) => handle === swarm.handle)
        assert.equal(row?.copies, Math.floor(copies * 100) / 100)
        assert.equal(row.isAtLeast, false)
        const detail = await findSwarm(data, swarm.handle)
        assert.equal(Math.min(...(detail?.columns ?? []).map((column) => column.least)), least)
        assert.equal(detail?.peersCounted, own.length)
      }
      assert.equal(await findSwarm(data, '0'.repeat(32)), undefined)
    })

    test('holders and what a peer holds are the same rows from both sides', async () => {
      const sides = new Set<string>()
      for (const { handle } of swarms) {
        const rows = await readAll((next) => findHolders(data, handle, { limit: 2, after: next }))
        for (const { peer, heldBytes } of rows) sides.add(`${handle} ${peer} ${heldBytes}`)
      }
      assert.equal(sides.size, holdings.length)
      for (const { id } of peers) {
        const rows = await readAll((next) => findHeld(data, id, { limit: 9, after: next }))
        for (const { handle, heldBytes } of rows) {
          assert.ok(sides.delete(`${handle} ${id} ${heldBytes}`))
        }
      }
      assert.equal(sides.size, 0)
    })

    test('peers come with what they gave, received and hold, by any order and by the beginning of an id', async () => {
      for (const sort of ['seen', 'gave', 'received', 'known'] as const) {
        const rows = await readAll((next) =>
          findPeers(data, { limit: 3, sort, order: 'down', search: '', after: next }),
        )
        assert.equal(new Set(rows.map(({ peer }) => peer)).size, peers.length)
      }
      for (const { id, person } of peers) {
        const row = await findPeer(data, id)
        assert.equal(
          row?.gaveBytes,
          sum(pairs.filter((p) => p.payee === id).map((p) => p.total_bytes)),
        )
        assert.equal(row.holds, holdings.filter((each) => each.peer_id === id).length)
        const search = { limit: 50, sort: 'seen', order: 'up' } as const
        const byId = await findPeers(data, { ...search, search: id.slice(0, 6) })
        assert.deepEqual(byId.rows, [row])
        const byPerson = await findPeers(data, { ...search, search: person!.slice(0, 6) })
        assert.ok(byPerson.rows.some(({ peer }) => peer === id))
      }
    })

    test('flows add up: for each person, for the picture, and to zero over all', async () => {
      const people = await readAll((next) =>
        findPeople(data, { sort: 'balance', skip: Number(next ?? 0), limit: 2, search: '' }),
      )
      assert.equal(people.length, SIZES.small.people)
      assert.equal(sum(people.map(({ gaveBytes, receivedBytes }) => gaveBytes - receivedBytes)), 0)
      const picture = await findPicture(data)
      const total = sum(pairs.map((pair) => pair.total_bytes))
      assert.equal(sum(picture.flows.map(({ bytes }) => bytes)), total)
      assert.equal(picture.others.people, 0)
      for (const { person, gaveBytes, receivedBytes } of people) {
        const flows = await findPersonFlows(data, person, 100)
        assert.equal(sum(flows!.gaveTo.map(({ bytes }) => bytes)), gaveBytes)
        assert.equal(sum(flows!.receivedFrom.map(({ bytes }) => bytes)), receivedBytes)
      }
      assert.equal(await findPersonFlows(data, '0'.repeat(64), 100), undefined)
    })

    test('throughput has every step of its span and the sums of its minutes', async () => {
      for (const span of ['hour', 'day', 'week', 'month'] as const) {
        const { atMs, stepMs, series } = await findThroughput(data, span, NOW_MS)
        assert.ok(atMs.every((at, index) => index === 0 || at === (atMs[index - 1] ?? 0) + stepMs))
        assert.ok(NOW_MS >= atMs.at(-1)! && NOW_MS < atMs.at(-1)! + stepMs)
        const within = activity.filter(
          (each) => each.name === 'receipt-bytes' && each.minute_ms >= atMs[0]!,
        )
        assert.equal(sum(series['receipt-bytes']), sum(within.map(({ value }) => value)), span)
      }
    })

    test('the overview counts what is there', async () => {
      const overview = await findOverview(data, NOW_MS)
      assert.equal(overview.peers, peers.length)
      assert.equal(overview.people, SIZES.small.people)
      assert.equal(overview.peersHere, peers.filter((p) => p.seen_at_ms >= NOW_MS - HERE_MS).length)
      assert.equal(overview.swarms, swarms.length)
      assert.equal(overview.swarmsWithout, swarms.filter((s) => s.seed_count === 0).length)
      assert.equal(overview.swarmsWithMore, swarms.filter((s) => s.seed_count > 1).length)
      assert.equal(overview.sizeBytes, sum(swarms.map((swarm) => swarm.size_bytes)))
      assert.equal(overview.passedBytes, sum(pairs.map((pair) => pair.total_bytes)))
      assert.equal(overview.receipts, pairs.length)
      assert.equal(overview.frauds, frauds.length)
    })

    test('frauds are read newest first, of one device alone too', async () => {
      const rows = await readAll((next) =>
        findFrauds(data, { limit: 2, ...(next === undefined ? {} : { after: Number(next) }) }),
      )
      assert.deepEqual(
        rows.map(({ id }) => id),
        frauds.toReversed().map(({ id }) => id),
      )
      const { accused } = frauds[0]!
      assert.deepEqual(
        rows.toReversed().map(({ facts }) => [facts?.shows, facts?.seqs, facts?.totals]),
        [
          ['number', [1, 1], rows.at(-1)?.facts?.totals],
          ['less', [1, 4], [12_000_000, 8_000_000]],
          ['past', [1, 2], [12_000_000, 950_000_000]],
          ['over-rate', [1, 1], [0, 9e12]],
        ],
      )
      const own = await findFrauds(data, { limit: 50, accused })
      assert.ok(own.rows.length > 0 && own.rows.every((row) => row.accused === accused))
    })
  })
}

test('of an empty database every list is empty and every figure 0', async () => {
  const data = await openDatabase({ url: ':memory:' })
  const overview = await findOverview(data, NOW_MS)
  assert.equal(overview.swarms + overview.peers + overview.passedBytes + overview.bytesPerSecond, 0)
  assert.deepEqual((await findPicture(data)).flows, [])
  assert.deepEqual(await findSwarms(data, { limit: 5, sort: 'size', order: 'up', search: '' }), {
    rows: [],
    next: null,
  })
  await data.close()
})

test('chunks beyond a bitfield are held by nobody, and many chunks share a column', () => {
  const { copies, columns } = availabilityOf(1600, 1, [Uint8Array.of(0b1100_0000)])
  assert.equal(copies, 1 + 2 / 1600)
  assert.equal(columns.length, 160)
  assert.deepEqual(columns[0], { least: 1, mean: 1.2 })
  assert.deepEqual(availabilityOf(0, 3, []), { copies: 3, columns: [] })
})

test('the routes are for people with an account, refuse odd questions, and tell no topic and no address', async () => {
  await using running = await startTestTracker()
  const { url, tracker } = running
  const { swarms, peers } = await fillBoard(tracker.parts.sql, SIZES.small, Date.now())
  const person = (await call(url, 'POST', '/api/v2/accounts', {
    body: { name: 'anna', password: 'correct horse battery' },
  })) as { body: { token: string } }
  const { token } = person.body
  const peer = await new TestPeer(url, 1).login()
  const board = (path: string, as: string | undefined = token) =>
    call(url, 'GET', `/api/v2/board/${path}`, as === '' ? {} : { token: as })
  const [swarm, device] = [swarms[0]!, peers[0]!]
  const paths = [
    ...['overview', 'throughput?span=month', 'swarms?sort=size&order=up', 'swarms?search=garden'],
    ...[`swarms/${swarm.handle}`, `swarms/${swarm.handle}/holders`, 'peers', 'peers?search=ab'],
    ...[`peers/${device.id}`, `peers/${device.id}/held`, 'flows', 'people?sort=balance'],
    ...[`people/${device.person}`, 'frauds'],
  ]
  for (const path of paths) {
    const answer = await board(path)
    assert.equal(answer.status, 200, `${path} ${JSON.stringify(answer.body)}`)
    const text = JSON.stringify(answer.body)
    assert.ok(!text.includes('"addresses"'), path)
    for (const { topic } of swarms) assert.ok(!text.includes(topic), path)
    assert.equal((await board(path, '')).status, 401, path)
    assert.equal((await board(path, peer.token)).status, 403, path)
  }
  const odd = ['swarms?sort=name', 'swarms?limit=101', 'swarms?limit=0', 'swarms?after=1.5~00']
  odd.push(`swarms?search=${'x'.repeat(201)}`, 'swarms/xyz', 'peers?search=xyz', 'people?after=-1')
  odd.push('throughput?span=year', 'frauds?after=0', `frauds?accused=${'g'.repeat(64)}`)
  for (const path of odd) assert.equal((await board(path)).status, 400, path)
  for (const path of [
    `swarms/${'0'.repeat(32)}`,
    `peers/${'0'.repeat(64)}`,
    `people/${'0'.repeat(64)}`,
  ]) {
    assert.equal((await board(path)).status, 404, path)
  }
  assert.deepEqual(running.errors, [])
})

test('live figures come at once, are counted once for all who look, and end with the tracker', async () => {
  const running = await startTestTracker()
  const made = await call(running.url, 'POST', '/api/v2/accounts', {
    body: { name: 'ben', password: 'correct horse battery' },
  })
  const headers = { authorization: `Bearer ${made.body.token}` }
  const open = async () => {
    const response = await fetch(`${running.url}/api/v2/board/events`, { headers })
    assert.equal(response.headers.get('content-type'), 'text/event-stream')
    return response.body!.pipeThrough(new TextDecoderStream()).getReader()
  }
  const readers = [await open(), await open()]
  const [first, second] = await Promise.all(readers.map((reader) => reader.read()))
  const event = JSON.parse(first!.value!.replace('data: ', '')) as { overview: { atMs: number } }
  assert.ok(event.overview.atMs > 0)
  assert.equal(first!.value, second!.value)
  const ends = Promise.all(
    readers.map(async (reader) => {
      while (!(await reader.read()).done);
    }),
  )
  await running[Symbol.asyncDispose]()
  await ends
})
