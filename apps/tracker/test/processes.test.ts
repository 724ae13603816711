/**
 * Trackers as real processes on one PostgreSQL server: two share its database, which crashes and comes back under load.
 * Where PostgreSQL is not installed, the same two processes share a SQLite file, which does not crash.
 *
 * @timeoutSeconds 300
 */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startPostgres } from './data/_databases.ts'
import { runTracker, startTrackerProcess } from './_processes.ts'
import { call, entryOf, TestPeer, topicOf } from './_tracker.ts'

const folder = mkdtempSync(join(tmpdir(), 'hamlet-tracker-'))
const server = await startPostgres()
if (server === undefined) {
  console.log('SKIPPED trackers on a PostgreSQL server: initdb and pg_ctl not found')
}
const database = server?.createDatabase() ?? join(folder, 'shared.sqlite')
const environment = { DATABASE_URL: database, TRACKER_LOG_LEVEL: 'warn' }
// Both bring the tables of the empty database to this version at once.
const [one, two] = await Promise.all([
  startTrackerProcess(environment),
  startTrackerProcess(environment),
])
after(async () => {
  for (const each of [one, two]) await each.stop('SIGKILL')
  server?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('what one process takes, the other one gives; so do logins, and their end', async () => {
  const peer = await new TestPeer(one.url, 1).login()
  const viewer = await new TestPeer(two.url, 2).login()
  await peer.call('POST', '/api/v2/announce', { entries: [entryOf(1)] })
  const found = await viewer.call('GET', `/api/v2/lookup/${topicOf(1)}`)
  assert.equal(found.body.peers[0].peer, peer.id)
  const search = '/api/v2/search?q=x'
  assert.equal((await call(two.url, 'GET', search, { token: peer.token })).status, 200)
  const { token } = peer
  assert.equal((await peer.call('POST', '/api/v2/logout')).status, 204)
  await delay(2100)
  assert.equal((await call(two.url, 'GET', search, { token })).status, 401)
})

interface Load {
  readonly acknowledged: Set<number>
  readonly statuses: Map<number, number>
}

/** Announces one topic after the other until told to stop. */
async function announceUntil(
  peer: TestPeer,
  first: number,
  isOver: () => boolean,
  load: Load,
): Promise<void> {
  for (let number = first; !isOver(); number++) {
    const answer = await peer.call('POST', '/api/v2/announce', { entries: [entryOf(number)] })
    load.statuses.set(answer.status, (load.statuses.get(answer.status) ?? 0) + 1)
    if (answer.status === 200) load.acknowledged.add(number)
    else {
      assert.equal(answer.body.error.code, 'DATABASE_UNAVAILABLE')
      assert.ok(answer.headers.get('retry-after') !== null)
      await delay(20)
    }
  }
}

async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await delay(10)
}

test('a crash of the database under load loses nothing acknowledged: 503, and it goes on', async () => {
  if (server === undefined) return
  const load: Load = { acknowledged: new Set(), statuses: new Map() }
  let isOver = false
  const peers = await Promise.all(
    [one, two, one, two].map((each, index) => new TestPeer(each.url, 10 + index).login()),
  )
  const running = peers.map((peer, index) =>
    announceUntil(peer, 10_000 * (index + 1), () => isOver, load),
  )
  await until(() => load.acknowledged.size >= 40)
  server.stop('immediate')
  const health = await call(one.url, 'GET', '/health')
  assert.deepEqual([health.status, health.body], [503, { status: 'DOWN' }])
  await until(() => (load.statuses.get(503) ?? 0) >= 8)
  server.start()
  const before = load.acknowledged.size
  await until(() => load.acknowledged.size >= before + 40)
  isOver = true
  await Promise.all(running)
  assert.deepEqual(
    [...load.statuses.keys()].toSorted((a, b) => a - b),
    [200, 503],
  )
  const viewer = await new TestPeer(two.url, 20).login()
  for (const number of load.acknowledged) {
    const { body } = await viewer.call('GET', `/api/v2/lookup/${topicOf(number)}`)
    assert.equal(body.peers?.length, 1, `topic ${number} was acknowledged`)
  }
  assert.equal((await call(one.url, 'GET', '/health')).status, 200)
  assert.doesNotMatch(one.log() + two.log(), /INTERNAL|defect/)
})

test('a process that is told to stop ends with 0, and the other one goes on', async () => {
  assert.equal(await one.stop('SIGTERM'), 0, one.log())
  assert.equal((await call(two.url, 'GET', '/health')).status, 200)
})

test('without a database to speak to, or with words it does not know, it says so and does not start', async () => {
  const result = await runTracker([], { DATABASE_URL: 'postgres://x@127.0.0.1:1/x' })
  assert.equal(result.code, 1)
  assert.match(result.log, /^DATABASE_UNAVAILABLE: /)
  const account = await runTracker(['account', 'add', 'Anna'], { TRACKER_DATA: folder }, 'short')
  assert.deepEqual([account.code, account.out], [1, ''])
  assert.match(account.log, /^TRACKER_MISCONFIGURED: expected a password of 8 to 1024/)
})

test('on SQLite, with no configuration but a folder, it makes a file for its owner alone', async () => {
  const data = join(folder, 'data')
  const tracker = await startTrackerProcess({ TRACKER_DATA: data })
  const peer = await new TestPeer(tracker.url, 1).login()
  await peer.call('POST', '/api/v2/announce', { entries: [entryOf(1)] })
  assert.equal(await tracker.stop('SIGKILL'), null)
  assert.equal(statSync(join(data, 'tracker.sqlite')).mode & 0o777, 0o600)
  assert.equal(statSync(data).mode & 0o777, 0o700)
  const again = await startTrackerProcess({ TRACKER_DATA: data })
  const viewer = await new TestPeer(again.url, 2).login()
  const { body } = await viewer.call('GET', `/api/v2/lookup/${topicOf(1)}`)
  assert.equal(body.peers[0].peer, peer.id, 'acknowledged before the kill')
  assert.equal(await again.stop('SIGINT'), 0)
})
