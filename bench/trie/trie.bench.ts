/** How fast a trie is beside hyperbee 2 and hypertrie 5: see README.md. */

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { check, isQuick, median, secondsOf } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'
import { createWorkspace } from '../_support/workspace.ts'
import { openRival, openTrie } from './contestants.ts'
import type { Contestant, Entry } from './contestants.ts'

/** Many short rounds in turns, so that a busy moment of the machine meets all contestants; the first is a warm-up. */
const ROUNDS = isQuick ? 2 : 12
const SINGLES = isQuick ? 100 : 200
const PARALLEL = isQuick ? 256 : 1024
const BATCHES = isQuick ? 1 : 2
/** The large batch into an empty store, the first to warm up. */
const FILLS = isQuick ? 1 : 4
const LARGE = isQuick ? 10_000 : 100_000
const READS = isQuick ? 1000 : 4000
const CHANGED = isQuick ? 100 : 1000
const TIMES_RIVAL = 3

/** What a contest took: operations a second, and processor time of one, which other processes hardly change. */
interface Figures {
  readonly rate: number
  readonly processorUs: number
}

type Contest = (contestant: Contestant, round: number) => Promise<Figures>
type Contestants = Readonly<Record<string, Contestant | undefined>>
type Results = Readonly<Record<string, Figures>>

using workspace = createWorkspace()
report(import.meta.dirname, [...(await measureSmall()), ...(await measureLarge())], 'peer')

/** 100 bytes that differ from key to key. */
function valueOf(number: number): Uint8Array {
  const value = new Uint8Array(100).fill(number & 0xff)
  new DataView(value.buffer).setUint32(0, number)
  return value
}

/** In folders of a thousand, in no order. */
function entryOf(number: number): Entry {
  const scattered = (number * 7919) % 10_000_019
  const key = `folder-${scattered % 1000}/key-${scattered}`
  return { type: 'put', key, value: valueOf(number) }
}

function entriesOf(from: number, count: number): readonly Entry[] {
  return Array.from({ length: count }, (_, i) => entryOf(from + i))
}

async function openAll(name: string): Promise<Record<string, Contestant | undefined>> {
  return {
    trie: await openTrie(workspace.path(`${name}-trie`), { sync: false }),
    hyperbee: await openRival('hyperbee', workspace.path(`${name}-hyperbee`)),
    hypertrie: await openRival('hypertrie', workspace.path(`${name}-hypertrie`)),
  }
}

async function figuresOf(operations: number, work: () => unknown): Promise<Figures> {
  const before = process.cpuUsage()
  const seconds = await secondsOf(work)
  const { user, system } = process.cpuUsage(before)
  return { rate: operations / seconds, processorUs: (user + system) / operations }
}

/** Every contestant once per round; medians, without the first round if there are others. */
async function race(contest: Contest, contestants: Contestants, rounds = ROUNDS): Promise<Results> {
  const results = new Map<string, Figures[]>()
  for (let round = 0; round < rounds; round++) {
    for (const [name, contestant] of Object.entries(contestants)) {
      if (contestant === undefined) continue
      const figures = await contest(contestant, round)
      if (round > 0 || rounds === 1) results.set(name, [...(results.get(name) ?? []), figures])
    }
  }
  return mediansOf(results)
}

function mediansOf(results: ReadonlyMap<string, readonly Figures[]>): Results {
  const medians = [...results].map(([name, all]): [string, Figures] => {
    const rate = median(all.map((each) => each.rate))
    return [name, { rate, processorUs: median(all.map((each) => each.processorUs)) }]
  })
  return Object.fromEntries(medians)
}

/** Two rows per rival: operations a second, and processor time of one. */
function rowsOf(work: string, results: Results): readonly Row[] {
  const { rate, processorUs } = results['trie']!
  const rivals = ['hyperbee', 'hypertrie'].filter((name) => results[name] !== undefined)
  if (rivals.length === 0) return [{ work, value: rate, unit: 'per s' }]
  return rivals.flatMap((name) => {
    const rival = results[name]!
    const budget = TIMES_RIVAL * rival.rate
    return [
      { work: `${work}: ${name}`, value: rate, unit: 'per s', rival: rival.rate, budget },
      {
        work: `${work}, processor: ${name}`,
        value: processorUs,
        unit: 'µs',
        rival: rival.processorUs,
      },
    ]
  })
}

function syncedRow(work: string, results: Results): Row {
  return { work: `${work}, synced`, value: results['synced']!.rate, unit: 'per s' }
}

async function measureSmall(): Promise<readonly Row[]> {
  const all = await openAll('small')
  const synced = await openTrie(workspace.path('small-synced'), { sync: true })
  const singles = await race(oneByOne, { ...all, synced })
  const parallel = await race(inFlight, { ...all, synced })
  const thousands = await race(inBatches, { ...all, synced })
  const expected = ROUNDS * (SINGLES + PARALLEL + BATCHES * 1000)
  for (const contestant of [...Object.values(all), synced]) {
    if (contestant) check((await contestant.count()) === expected, 'entries after all puts')
    await contestant?.close()
  }
  return [
    ...rowsOf('put, one by one', singles),
    syncedRow('put, one by one', singles),
    ...rowsOf('put, 64 in flight', parallel),
    syncedRow('put, 64 in flight', parallel),
    ...rowsOf('batches of 1,000', thousands),
    syncedRow('batches of 1,000', thousands),
  ]
}

async function oneByOne(contestant: Contestant, round: number): Promise<Figures> {
  const entries = entriesOf(round * SINGLES, SINGLES)
  return figuresOf(SINGLES, async () => {
    for (const { key, value } of entries) await contestant.put(key, value)
  })
}

async function inFlight(contestant: Contestant, round: number): Promise<Figures> {
  const entries = entriesOf(1_000_000 + round * PARALLEL, PARALLEL)
  return figuresOf(PARALLEL, async () => {
    const lanes = Array.from({ length: 64 }, async (_, lane) => {
      for (let i = lane; i < PARALLEL; i += 64) {
        await contestant.put(entries[i]!.key, entries[i]!.value)
      }
    })
    await Promise.all(lanes)
  })
}

async function inBatches(contestant: Contestant, round: number): Promise<Figures> {
  const count = BATCHES * 1000
  const from = 2_000_000 + round * count
  const batches = Array.from({ length: BATCHES }, (_, i) => entriesOf(from + i * 1000, 1000))
  return figuresOf(count, async () => {
    for (const batch of batches) await contestant.batch(batch)
  })
}

/** One batch into empty stores; those of the last round go on. */
async function fillLarge(
  batch: readonly Entry[],
): Promise<{ readonly all: Record<string, Contestant | undefined>; readonly filled: Results }> {
  const fill: Contest = (contestant) => figuresOf(LARGE, () => contestant.batch(batch))
  const results = new Map<string, Figures[]>()
  for (let round = 1; ; round++) {
    const all = await openAll(round === FILLS ? 'large' : `trial-${round}`)
    const figures = Object.entries(await race(fill, all, 1))
    for (const [name, figure] of round === 1 && FILLS > 1 ? [] : figures) {
      results.set(name, [...(results.get(name) ?? []), figure])
    }
    if (round === FILLS) return { all, filled: mediansOf(results) }
    for (const contestant of Object.values(all)) await contestant?.close()
  }
}

async function measureLarge(): Promise<readonly Row[]> {
  const batch = entriesOf(0, LARGE)
  const { all, filled } = await fillLarge(batch)
  const versions = new Map<Contestant, number>()
  const changes = batch
    .filter((_, i) => isChanged(i))
    .map(({ key }): Entry => ({ type: 'put', key, value: valueOf(1) }))
  for (const [name, contestant] of Object.entries(all)) {
    if (!contestant) continue
    const { version } = contestant
    await contestant.batch(changes)
    const reopened = await contestant.reopen()
    versions.set(reopened, version)
    all[name] = reopened
  }
  const gets = await race(getOneByOne, all)
  const parallel = await race(getInFlight, all)
  const counts = await race(countAll, all, 3)
  const differences = await race((contestant) => countDifferences(contestant, versions), all, 5)
  for (const contestant of Object.values(all)) await contestant?.close()
  return [
    ...rowsOf(`one batch of ${LARGE}`, filled),
    ...rowsOf('get, one by one', gets),
    ...rowsOf('get, 64 in flight', parallel),
    ...rowsOf('iterate', counts),
    ...rowsOf(`differences, ${CHANGED} of ${LARGE}`, differences),
    ...diskRows(all),
  ]
}

/** Keys of the store in no order, and of every ten one that is not there. */
function* keysToRead(round: number): Generator<readonly [string, Uint8Array | undefined]> {
  for (let i = 0, at = round; i < READS; i++) {
    at = (at * 1_103_515_245 + 12_345) % LARGE
    if (i % 10 === 9) yield [`folder-${at % 1000}/none-${at}`, undefined]
    else yield [entryOf(at).key, valueOf(isChanged(at) ? 1 : at)]
  }
}

function isChanged(number: number): boolean {
  return number % (LARGE / CHANGED) === 7
}

async function getOneByOne(contestant: Contestant, round: number): Promise<Figures> {
  const wanted = [...keysToRead(round)]
  const found: (Uint8Array | undefined)[] = []
  const figures = await figuresOf(READS, async () => {
    for (const [key] of wanted) found.push(await contestant.get(key))
  })
  checkFound(wanted, found)
  return figures
}

async function getInFlight(contestant: Contestant, round: number): Promise<Figures> {
  const wanted = [...keysToRead(round)]
  const found: (Uint8Array | undefined)[] = Array.from(wanted, () => undefined)
  const figures = await figuresOf(READS, async () => {
    const lanes = Array.from({ length: 64 }, async (_, lane) => {
      for (let i = lane; i < READS; i += 64) found[i] = await contestant.get(wanted[i]![0])
    })
    await Promise.all(lanes)
  })
  checkFound(wanted, found)
  return figures
}

function checkFound(
  wanted: readonly (readonly [string, Uint8Array | undefined])[],
  found: readonly (Uint8Array | undefined)[],
): void {
  for (const [i, [key, value]] of wanted.entries()) {
    const isSame = value && found[i] ? Buffer.compare(value, found[i]) === 0 : !value && !found[i]
    check(isSame, `value of ${key}`)
  }
}

async function countAll(contestant: Contestant): Promise<Figures> {
  let count = 0
  const figures = await figuresOf(LARGE, async () => {
    count = await contestant.count()
  })
  check(count === LARGE, 'entries iterated')
  return figures
}

async function countDifferences(
  contestant: Contestant,
  versions: ReadonlyMap<Contestant, number>,
): Promise<Figures> {
  let found = 0
  const figures = await figuresOf(CHANGED, async () => {
    found = await contestant.differences(versions.get(contestant)!)
  })
  check(found === CHANGED, 'differences')
  return figures
}

function diskRows(all: Contestants): readonly Row[] {
  const value = bytesOf('large-trie') / LARGE
  const rivals = ['hyperbee', 'hypertrie'].filter((name) => all[name] !== undefined)
  if (rivals.length === 0) return [{ work: 'disk per key', value, unit: 'B' }]
  return rivals.map((name) => {
    const rival = bytesOf(`large-${name}`) / LARGE
    return { work: `disk per key: ${name}`, value, unit: 'B', rival }
  })
}

function bytesOf(name: string): number {
  const files = readdirSync(workspace.path(name), { recursive: true, withFileTypes: true })
  let bytes = 0
  for (const file of files) {
    // Blocks in use, since preallocated files count with what they occupy.
    if (file.isFile()) bytes += statSync(join(file.parentPath, file.name)).blocks * 512
  }
  return bytes
}
