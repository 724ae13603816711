/**
 * What the dashboard costs on a full tracker: `node apps/tracker/scripts/measure-board.ts [DATABASE_URL]` fills an empty
 * database (an SQLite file of its own without an address) with 10,000 peers and 100,000 files and prints, for each query,
 * the processor time of this process and the time until the answer was there. With SQLite the first is the whole cost;
 * with PostgreSQL the server's comes on top.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openDatabase } from '../src/data/open-database.ts'
import type { Sql } from '../src/data/sql.ts'
import { findOverview, findThroughput } from '../src/dashboard/activity-queries.ts'
import { findPeople, findPersonFlows, findPicture } from '../src/dashboard/flow-queries.ts'
import { findHeld, findPeers } from '../src/dashboard/peer-queries.ts'
import { findHolders, findSwarm, findSwarms } from '../src/dashboard/swarm-queries.ts'
import { fillBoard, SIZES } from './seeded-board.ts'

const RUNS = 20
const nowMs = Date.now()

async function main(address: string | undefined): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hamlet-board-'))
  const data = await openDatabase({ url: address ?? join(folder, 'tracker.sqlite') })
  const started = process.cpuUsage()
  const { peers, swarms, holdings, pairs } = await fillBoard(data, SIZES.large, nowMs)
  const counts = `${peers.length} peers, ${swarms.length} swarms, ${holdings.length} holdings, ${pairs.length} pairs`
  console.log(`${counts}; filled in ${cpuMs(started).toFixed(0)} ms of processor time\n`)
  for (const [name, query] of await queriesOf(data)) await measure(name, query)
  await data.close()
  rmSync(folder, { recursive: true, force: true })
}

async function queriesOf(
  data: Sql,
): Promise<readonly (readonly [string, () => Promise<unknown>])[]> {
  const page = { limit: 50 }
  const list = { ...page, sort: 'peers', order: 'down', search: '' } as const
  const first = await findSwarms(data, list)
  let deep = first
  for (let pages = 0; pages < 40; pages++) {
    deep = await findSwarms(data, { ...list, after: deep.next ?? '' })
  }
  const [busiest] = first.rows
  const { rows: people } = await findPeople(data, { sort: 'gave', skip: 0, limit: 1, search: '' })
  const peers = { ...page, sort: 'seen', order: 'down', search: '' } as const
  const { rows: peerRows } = await findPeers(data, peers)
  const handle = busiest?.handle ?? ''
  return [
    ['overview', () => findOverview(data, nowMs)],
    ['swarms, first page', () => findSwarms(data, list)],
    ['swarms, page 41', () => findSwarms(data, { ...list, after: deep.next ?? '' })],
    ['swarms, smallest first', () => findSwarms(data, { ...list, sort: 'size', order: 'up' })],
    ['swarms, by two words', () => findSwarms(data, { ...list, search: 'garden vid' })],
    ['swarms, by a rare word', () => findSwarms(data, { ...list, search: '54321' })],
    ['one swarm with its pieces', () => findSwarm(data, handle)],
    ['its holders', () => findHolders(data, handle, page)],
    ['peers, last seen', () => findPeers(data, peers)],
    ['peers, who gave most', () => findPeers(data, { ...peers, sort: 'gave' })],
    ['peers, by three digits', () => findPeers(data, { ...peers, search: 'abc' })],
    ['what a peer holds', () => findHeld(data, peerRows[0]?.peer ?? '', page)],
    ['throughput of a day', () => findThroughput(data, 'day', nowMs)],
    ['throughput of a month', () => findThroughput(data, 'month', nowMs)],
    ['picture of flows', () => findPicture(data)],
    ['people, first page', () => findPeople(data, { ...list, sort: 'gave', skip: 0 })],
    ['people, page 41', () => findPeople(data, { ...list, sort: 'balance', skip: 2000 })],
    ['flows of one person', () => findPersonFlows(data, people[0]?.person ?? '', 50)],
  ]
}

async function measure(name: string, query: () => Promise<unknown>): Promise<void> {
  await query()
  const cpu: number[] = []
  const wall: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const usage = process.cpuUsage()
    const started = performance.now()
    await query()
    wall.push(performance.now() - started)
    cpu.push(cpuMs(usage))
  }
  console.log(`${name.padEnd(28)} ${median(cpu).padStart(7)} ms cpu ${median(wall).padStart(7)} ms`)
}

function median(values: readonly number[]): string {
  return (values.toSorted((a, b) => a - b)[RUNS / 2] ?? 0).toFixed(1)
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

await main(process.argv[2])
