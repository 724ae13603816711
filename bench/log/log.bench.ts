/** How fast a log is beside hypercore 11 and beside the bare work: see README.md. */

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '@hamlet/log'
import { decodeLogRange, encodeLogRange } from '@hamlet/log'
import { check, isQuick, median, secondsOf } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'
import { createWorkspace } from '../_support/workspace.ts'
import { openFloor, openLog, openRival, openUnsyncedLog } from './contestants.ts'
import type { Contestant, Rival } from './contestants.ts'

const ROUNDS = isQuick ? 1 : 5
const SINGLES = isQuick ? 300 : 1000
const BATCH = 1000
const LANES = 64
const BATCHES = isQuick ? 20 : 100
const LARGE_BLOCKS = isQuick ? 256 : 1024
const LARGE = isQuick ? 100_000 : 1_000_000
const READS = isQuick ? 5_000 : 50_000
const COPIED = isQuick ? 20_000 : 100_000

type Contest = (contestant: Contestant) => Promise<number>

const single = batchOf(0, SINGLES).map((block) => [block])
const crowd = batchOf(0, 5 * SINGLES).map((block) => [block])
/** As few writes as appends with 64 in flight can do with. */
const inLanes = Array.from({ length: Math.ceil(crowd.length / LANES) }, (_, i) => {
  return crowd.slice(i * LANES, (i + 1) * LANES).flat()
})
const batches = Array.from({ length: BATCHES }, (_, i) => batchOf(i * BATCH, BATCH))
const large = Array.from({ length: LARGE_BLOCKS / 16 }, (_, i) => batchOf(i * 16, 16, 65_536))

using workspace = createWorkspace()
const rows: Row[] = [...(await measureAppends()), ...(await measureLarge())]
report(import.meta.dirname, rows, 'hypercore')

/** 100 bytes that differ from block to block. */
function blockOf(index: number, bytes = 100): Uint8Array {
  const block = new Uint8Array(bytes).fill(index & 0xff)
  new DataView(block.buffer).setUint32(0, index)
  return block
}

function batchOf(from: number, count: number, bytes = 100): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) => blockOf(from + i, bytes))
}

/** Blocks a second, each call awaited before the next. */
function awaited(calls: readonly (readonly Uint8Array[])[]): Contest {
  const blocks = calls.reduce((sum, call) => sum + call.length, 0)
  return async (contestant) => {
    const seconds = await secondsOf(async () => {
      for (const call of calls) await contestant.append(call)
    })
    return blocks / seconds
  }
}

async function inFlight(contestant: Contestant): Promise<number> {
  const seconds = await secondsOf(async () => {
    const lanes = Array.from({ length: LANES }, async (_, lane) => {
      for (let i = lane; i < crowd.length; i += LANES) await contestant.append(crowd[i]!)
    })
    await Promise.all(lanes)
  })
  return crowd.length / seconds
}

async function megabytes(contestant: Contestant): Promise<number> {
  return ((await awaited(large)(contestant)) * 65_536) / 1e6
}

async function measureAppends(): Promise<readonly Row[]> {
  const open = {
    synced: await openLog(workspace.path('synced')),
    unsynced: await openUnsyncedLog(workspace.path('unsynced')),
    floor: openFloor(workspace.path('floor'), { sync: true }),
    unsyncedFloor: openFloor(workspace.path('unsynced-floor'), { sync: false }),
    rival: await openRival(workspace.path('rival')),
  }
  const { synced, unsynced, floor, unsyncedFloor, rival } = open
  const one = await race(awaited(single), { synced, unsynced, floor, unsyncedFloor, rival })
  const many = await race(awaited(batches), { synced, unsynced, floor, unsyncedFloor, rival })
  const parallel = await race(inFlight, { synced, rival })
  const groups = await race(awaited(inLanes), { floor })
  const big = await race(megabytes, { synced, unsynced, floor, unsyncedFloor, rival })
  for (const contestant of Object.values(open)) await contestant?.close()
  return [
    ...pairOf('append 100 B, one by one', 'per s', one, 4),
    ...pairOf('append 100 B, batches of 1,000', 'per s', many, 3),
    ...pairOf('append 64 KiB, 16 per batch', 'MB/s', big),
    {
      work: 'append 100 B, 64 in flight',
      value: parallel['synced']!,
      unit: 'per s',
      rival: parallel['rival'],
      floor: groups['floor'],
    },
  ]
}

/** With syncs, where only the floor is comparable, and without, as the rival does it. */
function pairOf(
  work: string,
  unit: string,
  rates: Readonly<Record<string, number | undefined>>,
  timesRival?: number,
): readonly Row[] {
  const { synced, unsynced, floor, unsyncedFloor, rival } = rates
  const budget = rival === undefined || timesRival === undefined ? undefined : timesRival * rival
  return [
    { work: `${work}, synced`, value: synced!, unit, rival, floor },
    { work: `${work}, not synced`, value: unsynced!, unit, rival, floor: unsyncedFloor, budget },
  ]
}

/** Every contestant once per round, so that a busy moment of the machine meets all of them; medians without the first, warming round. */
async function race(
  contest: Contest,
  contestants: Readonly<Record<string, Contestant | undefined>>,
): Promise<Record<string, number>> {
  const rates = new Map<string, number[]>()
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, contestant] of Object.entries(contestants)) {
      if (contestant === undefined) continue
      const rate = await contest(contestant)
      if (round > 0) rates.set(name, [...(rates.get(name) ?? []), rate])
    }
  }
  return Object.fromEntries([...rates].map(([name, values]) => [name, median(values)]))
}

async function measureLarge(): Promise<readonly Row[]> {
  const [ours, theirs] = [
    await openLog(workspace.path('large')),
    await openRival(workspace.path('large-rival')),
  ]
  for (let from = 0; from < LARGE; from += BATCH) await ours.append(batchOf(from, BATCH))
  for (let from = 0; from < LARGE; from += BATCH) await theirs?.append(batchOf(from, BATCH))
  await ours.close()
  await theirs?.close()
  let log: Log | undefined
  const opening = await secondsOf(async () => {
    log = await openLog(workspace.path('large'))
  })
  const rival = await measureRival(theirs)
  return [
    {
      work: 'disk per block',
      value: bytesPerBlock('large'),
      unit: 'B',
      rival: rival && bytesPerBlock('large-rival'),
    },
    { work: 'open a log of 1M', value: opening * 1000, unit: 'ms', rival: rival?.openMs },
    {
      work: 'random get',
      value: await randomReads(log!),
      unit: 'per s',
      rival: rival?.gets,
      budget: rival && 3 * rival.gets,
    },
    { work: 'sequential read', value: await sequentialReads(log!), unit: 'per s' },
    { work: 'inclusion proof', value: await proofs(log!), unit: 'per s' },
    {
      work: 'replicate 100 B, one process',
      value: await replicate(log!),
      unit: 'per s',
      rival: rival?.copied,
      budget: rival && 15 * rival.copied,
    },
  ]
}

function bytesPerBlock(name: string): number {
  const entries = readdirSync(workspace.path(name), { recursive: true, withFileTypes: true })
  let bytes = 0
  for (const entry of entries) {
    // Blocks in use, since preallocated files count with what they occupy.
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).blocks * 512
  }
  return bytes / LARGE
}

async function randomReads(log: Log): Promise<number> {
  check(log.length === LARGE, 'length after open')
  let sum = 0
  const seconds = await secondsOf(() => {
    for (const at of randomIndexes(READS)) sum += log.get(at).length
  })
  check(sum === READS * 100, 'random reads')
  return READS / seconds
}

async function sequentialReads(log: Log): Promise<number> {
  let sum = 0
  const seconds = await secondsOf(() => {
    for (const block of log.blocks()) sum += block.length
  })
  check(sum === LARGE * 100, 'sequential read')
  return LARGE / seconds
}

async function proofs(log: Log): Promise<number> {
  const seconds = await secondsOf(() => {
    for (const at of randomIndexes(1000)) log.inclusionProof(at)
  })
  return 1000 / seconds
}

/** Read, encode, decode, verify, write; durable at the end. */
async function replicate(source: Log): Promise<number> {
  const copy = await openLog(workspace.path('copy'), false)
  const seconds = await secondsOf(async () => {
    while (copy.length < COPIED) {
      const blocksMax = Math.min(2000, COPIED - copy.length)
      const range = source.rangeFrom(copy.length, { bytesMax: 1_000_000, blocksMax })!
      const decoded = decodeLogRange(encodeLogRange(range))
      check(decoded.ok && (await copy.accept(decoded.value, { sync: false })).ok, 'accept')
    }
    await copy.sync()
  })
  check(Buffer.compare(copy.root(COPIED), source.root(COPIED)) === 0, 'root of the copy')
  await copy.close()
  await source.close()
  return COPIED / seconds
}

async function measureRival(core: Rival | undefined) {
  if (core === undefined) return undefined
  let again: Rival | undefined
  const opening = await secondsOf(async () => {
    again = await core.reopen()
  })
  let sum = 0
  const reads = READS / 5
  const seconds = await secondsOf(async () => {
    for (const at of randomIndexes(reads)) sum += (await again!.get(at)).length
  })
  check(sum === reads * 100, 'random reads of the rival')
  const copying = await again!.replicateTo(workspace.path('rival-copy'), COPIED)
  await again!.close()
  return { openMs: opening * 1000, gets: reads / seconds, copied: COPIED / copying }
}

function* randomIndexes(count: number): Generator<number> {
  for (let i = 0, at = 0; i < count; i++) {
    at = (at * 1_103_515_245 + 12_345) % LARGE
    yield at
  }
}
