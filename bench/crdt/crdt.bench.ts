/** How fast replicated maps, sets and counters are beside Yjs, Loro and Automerge: see README.md. */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { check, isQuick, median } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'
import { HAMLET, HAMLET_ENTRIES, HAMLET_SINGLES, RIVALS, openRival } from './contestants.ts'
import type { Contestant, Edit, Kind, Replica } from './contest.ts'
import type { RivalName } from './contestants.ts'
import { BATCH, COUNT, batchesOf, checkMerged, concurrentEdits, filledWith } from './edits.ts'

const ROUNDS = isQuick ? 1 : 3
/** Of edits with bytes of their own each. */
const SINGLES = isQuick ? 100 : 2000
/** Automerge takes milliseconds for each of those, and seconds for what takes others a tenth. */
const SINGLES_SLOW = 100
const ROUNDS_SLOW = Math.min(ROUNDS, 2)

type Name = 'hamlet' | RivalName
/** Microseconds of the processor, or whatever is measured, by contestant. */
type Figures = Partial<Record<Name, number>>

const contestants = new Map<Name, Contestant>([['hamlet', HAMLET]])
for (const name of Object.keys(RIVALS) as readonly RivalName[]) {
  const rival = await openRival(name)
  if (rival !== undefined) contestants.set(name, rival)
}
report(
  import.meta.dirname,
  [
    ...(await measureEdits('map')),
    ...(await measureEdits('set')),
    ...(await measureCounter()),
    ...(await measureMerge('map')),
    ...(await measureMerge('set')),
    ...measureMemory(),
  ],
  'peer',
)

/** Of the processor, all threads: other processes hardly change it. */
async function processorMsOf(work: () => unknown): Promise<number> {
  global.gc?.()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Every contestant once per round, in turns; medians without the first round if there are others. */
async function race(
  contest: (contestant: Contestant, name: Name) => Promise<number>,
): Promise<Figures> {
  const results = new Map<Name, number[]>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, contestant] of contestants) {
      if (name === 'automerge' && round >= ROUNDS_SLOW) continue
      const figure = await contest(contestant, name)
      if (round > 0 || ROUNDS === 1) results.set(name, [...(results.get(name) ?? []), figure])
    }
  }
  return Object.fromEntries([...results].map(([name, all]) => [name, median(all)]))
}

/** A row per rival; the budget is the fastest of them. */
function rowsOf(work: string, unit: string, figures: Figures, hasBudget = false): readonly Row[] {
  const { hamlet, ...rivals } = figures
  const value = hamlet!
  const others = Object.entries(rivals)
  if (others.length === 0) return [{ work, value, unit }]
  const best = Math.min(...others.map(([, figure]) => figure))
  return others.map(([name, rival]) => {
    const budget = hasBudget && rival === best ? rival : undefined
    return { work: `${work}: ${name}`, value, unit, rival, budget }
  })
}

async function measureEdits(kind: Kind): Promise<readonly Row[]> {
  const fill = filledWith(kind)
  const removals = fill.filter((_, i) => i % 2 === 0).map(({ key }) => ({ key, value: undefined }))
  const saved = new Map<Name, Uint8Array>()
  const fills: Figures = {}
  const removes: Figures = {}
  const sets = await race(async (contestant, name) => {
    const replica = await contestant.create(kind, 1)
    const ms = await processorMsOf(() => replica.edit(fill))
    saved.set(name, replica.save())
    removes[name] = (1000 * (await processorMsOf(() => replica.edit(removals)))) / removals.length
    check(replica.size() === fill.length - removals.length, `${name}: size after removals`)
    return (1000 * ms) / fill.length
  })
  const loads = await race(async (contestant, name) => {
    let replica: Replica | undefined
    const ms = await processorMsOf(async () => {
      replica = await contestant.load(kind, 2, saved.get(name)!)
      check(replica.size() === fill.length, `${name}: size after loading`)
    })
    const last = fill.at(-1)!
    check(replica!.get(last.key) === last.value, `${name}: a value after loading`)
    return ms
  })
  for (const [name, bytes] of saved) fills[name] = bytes.length / fill.length
  return [
    ...rowsOf(`${kind}: ${COUNT} sets in one transaction, each`, 'µs', sets),
    ...rowsOf(`${kind}: then half of them removed, each`, 'µs', removes),
    ...rowsOf(
      `${kind}: a transaction and its bytes per edit, each`,
      'µs',
      await measureSingles(kind),
    ),
    ...rowsOf(`${kind}: load and count ${COUNT}`, 'ms', loads),
    ...rowsOf(`${kind}: bytes per member as saved`, 'B', fills),
  ]
}

async function measureSingles(kind: Kind): Promise<Figures> {
  return race(async (contestant, name) => {
    const count = name === 'automerge' ? Math.min(SINGLES, SINGLES_SLOW) : SINGLES
    const edits = filledWith(kind).slice(0, count)
    const replica = await contestant.create(kind, 1)
    let bytes = 0
    const ms = await processorMsOf(() => {
      bytes = replica.editEach(edits)
    })
    check(bytes > 0 && replica.size() === count, `${name}: single edits`)
    return (1000 * ms) / count
  })
}

async function measureCounter(): Promise<readonly Row[]> {
  const figures = await race(async (contestant, name) => {
    const replica = await contestant.create('map', 1)
    const ms = await processorMsOf(() => replica.increment(COUNT))
    check(replica.total() === COUNT, `${name}: total`)
    return (1000 * ms) / COUNT
  })
  return rowsOf(`counter: ${COUNT} increments in one transaction, each`, 'µs', figures)
}

/** Two replicas of one state, each with 50,000 edits the other has not seen, take in each other's. */
async function measureMerge(kind: Kind): Promise<readonly Row[]> {
  const makes: Figures = {}
  const sizes: Figures = {}
  const taken = await race(async (contestant, name) => {
    const merged = await mergeOnce(contestant, kind)
    makes[name] = merged.makeMs
    sizes[name] = merged.bytes
    return merged.takeMs
  })
  const half = COUNT / 2
  return [
    ...rowsOf(`${kind}: take in ${half} concurrent edits`, 'ms', taken, true),
    ...(await measureSingleEntries(kind)),
    ...rowsOf(`${kind}: make them in transactions of ${BATCH}, with their bytes`, 'ms', makes),
    ...rowsOf(`${kind}: bytes of them`, 'B', sizes),
  ]
}

/** Beside the fastest rival taking in an update per operation. */
async function measureSingleEntries(kind: Kind): Promise<readonly Row[]> {
  const yjs = contestants.get('yjs')
  const rival = yjs === undefined ? undefined : (await mergeOnce(yjs, kind, true)).takeMs
  const batched = await mergeOnce(HAMLET_ENTRIES, kind)
  const single = await mergeOnce(HAMLET_SINGLES, kind)
  const each = `${kind}: an entry per operation`
  const unit = 'ms'
  return [
    { work: `${each}, a signature per 1,000: yjs`, value: batched.takeMs, unit, rival },
    { work: `${each}, a signature each: yjs`, value: single.takeMs, unit, rival },
  ]
}

interface Merged {
  readonly makeMs: number
  readonly takeMs: number
  readonly bytes: number
}

/** Means of both directions. */
async function mergeOnce(contestant: Contestant, kind: Kind, isSingle = false): Promise<Merged> {
  const base = await contestant.create(kind, 3)
  base.edit(filledWith(kind))
  const saved = base.save()
  const left = await contestant.load(kind, 1, saved)
  const right = await contestant.load(kind, 2, saved)
  const edits: readonly (readonly Edit[])[] = [concurrentEdits(kind, 0), concurrentEdits(kind, 1)]
  let changes: readonly (readonly Uint8Array[])[] = []
  const makeMs = await processorMsOf(async () => {
    changes = [
      await changesOf(left, edits[0]!, isSingle),
      await changesOf(right, edits[1]!, isSingle),
    ]
  })
  const takeMs = await processorMsOf(async () => {
    await left.take(changes[1]!)
    await right.take(changes[0]!)
  })
  checkMerged(kind, left, right)
  const bytes = changes.flat().reduce((sum, each) => sum + each.length, 0)
  return { makeMs: makeMs / 2, takeMs: takeMs / 2, bytes: bytes / 2 }
}

function changesOf(
  replica: Replica,
  edits: readonly Edit[],
  isSingle: boolean,
): Promise<readonly Uint8Array[]> {
  if (!isSingle) return replica.changesOf(batchesOf(edits))
  check(replica.updatesOf !== undefined, 'an update for each')
  return replica.updatesOf(edits)
}

function measureMemory(): readonly Row[] {
  const figures: Figures = {}
  for (const name of contestants.keys()) {
    const path = join(import.meta.dirname, 'memory.ts')
    const child = spawnSync(
      process.execPath,
      ['--expose-gc', path, name, ...(isQuick ? ['--quick'] : [])],
      { encoding: 'utf8' },
    )
    check(child.status === 0, `${name}: memory\n${child.stderr}`)
    figures[name] = Number(child.stdout)
  }
  return rowsOf(`map: memory of ${COUNT} loaded keys`, 'MiB', figures)
}
