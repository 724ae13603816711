/** What a tracker answers per second, and what it takes: see README.md. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@hamlet/tracker'
import { fillBoard, SIZES } from '../../apps/tracker/scripts/seeded-board.ts'
import { startTrackerProcess } from '../../apps/tracker/test/_processes.ts'
import type { TrackerProcess } from '../../apps/tracker/test/_processes.ts'
import { startPostgres } from '../../apps/tracker/test/data/_databases.ts'
import { check, isQuick, secondsOf } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'
import { BenchPeer } from './bench-peer.ts'

const SIZE = isQuick ? SIZES.middle : SIZES.large
const CLIENTS = 8
/** Below what one identity may do at once. */
const REQUESTS = isQuick ? 10 : 400
const BULKS = isQuick ? 1 : 8
const BULK = 500
const MIB = 2 ** 20

const folder = mkdtempSync(join(tmpdir(), 'hamlet-bench-tracker-'))
const server = await startPostgres()
try {
  const rows = await measure('SQLite', join(folder, 'tracker.sqlite'))
  if (server !== undefined) rows.push(...(await measure('PostgreSQL', server.createDatabase())))
  report(import.meta.dirname, rows)
} finally {
  server?.close()
  rmSync(folder, { recursive: true })
}

async function measure(name: string, database: string): Promise<Row[]> {
  const sql = await openDatabase({ url: database })
  const { swarms } = await fillBoard(sql, SIZE, Date.now())
  await sql.close()
  const environment = { DATABASE_URL: database, TRACKER_TRUST_PROXY: 'yes' }
  await (await startTrackerProcess(environment)).stop()
  let tracker: TrackerProcess | undefined
  const startSeconds = await secondsOf(async () => {
    tracker = await startTrackerProcess(environment)
    check((await fetch(`${tracker.url}/health`)).status === 200, 'health')
  })
  const { url } = tracker!
  const startBytes = (await figuresOf(url)).residentBytes
  const topics = swarms.map(({ topic }) => topic)
  const peers = Array.from({ length: CLIENTS }, (_, index) => new BenchPeer(url, index + 1))
  for (const peer of peers) await peer.login()
  const rate = (
    work: string,
    each: number,
    act: (peer: BenchPeer, turn: number) => Promise<void>,
  ) => rateOf({ name, work, url, peers, turns: each === BULK ? BULKS : REQUESTS, each }, act)
  const rows = [
    ...(await rate('look-ups', 1, async (peer, turn) => {
      const topic = topics[(turn * 7919 + peer.number * 104_729) % topics.length]!
      type Lookup = { readonly swarm: { readonly topic: string } }
      const { swarm } = await peer.call<Lookup>('GET', `/api/v2/lookup/${topic}`)
      check(swarm.topic === topic, 'a look-up')
    })),
    ...(await rate('announcements in bulk', BULK, (peer, turn) =>
      peer.announce(topics, turn * BULK, BULK),
    )),
    ...(await rate('announcements one by one', 1, (peer, turn) => peer.announce(topics, turn, 1))),
    ...(await rate('searches', 1, async (peer) => {
      const path = '/api/v2/search?q=holiday%20vid&limit=20'
      const { swarms: found } = await peer.call<{ swarms: object[] }>('GET', path)
      check(found.length > 0, 'a search')
    })),
  ]
  const endBytes = (await figuresOf(url)).residentBytes
  await tracker!.stop()
  return [
    { work: `${name}: start`, value: startSeconds * 1000, unit: 'ms' },
    { work: `${name}: memory at the start`, value: startBytes / MIB, unit: 'MiB' },
    ...rows,
    { work: `${name}: memory after all of it`, value: endBytes / MIB, unit: 'MiB' },
  ]
}

interface Rate {
  readonly name: string
  readonly work: string
  readonly url: string
  readonly peers: readonly BenchPeer[]
  readonly turns: number
  readonly each: number
}

async function rateOf(
  { name, work, url, peers, turns, each }: Rate,
  act: (peer: BenchPeer, turn: number) => Promise<void>,
): Promise<readonly Row[]> {
  const before = await figuresOf(url)
  const seconds = await secondsOf(() =>
    Promise.all(
      peers.map(async (peer) => {
        for (let turn = 0; turn < turns; turn++) await act(peer, turn)
      }),
    ),
  )
  const after = await figuresOf(url)
  const count = peers.length * turns * each
  const processorSeconds = after.processorSeconds - before.processorSeconds
  return [
    { work: `${name}: ${work}`, value: count / seconds, unit: '/s' },
    { work: `${name}: ${work}, processor`, value: (processorSeconds / count) * 1e6, unit: 'µs' },
  ]
}

async function figuresOf(url: string) {
  const text = await (await fetch(`${url}/metrics`)).text()
  const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return {
    residentBytes: figure('process_resident_memory_bytes'),
    processorSeconds: figure('process_cpu_seconds_total'),
  }
}
