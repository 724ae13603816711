/**
 * What coding a stripe and making lost shards again costs, beside the packages of npm and beside ISA-L.
 *
 * All contestants take turns on all shapes, round after round; figures are bytes of data per second of processor time (see README.md).
 */

import { equalBytes } from '@hamlet/core'
import { check, isQuick, quantile } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'
import { lostOf } from './contest.ts'
import type { Coder, Contestant, Shape } from './contest.ts'
import { hamletArrays, hamletStripe } from './hamlet.ts'
import { openIsal } from './native.ts'
import { openRivals } from './rivals.ts'

const KIB = 1024
const CODES = [
  { needed: 4, spare: 2, shardKib: isQuick ? [4] : [4, 64, 256, 1024] },
  { needed: 10, spare: 4, shardKib: isQuick ? [4] : [4, 64, 256, 1024] },
  { needed: 16, spare: 4, shardKib: isQuick ? [] : [64] },
]
const ROUNDS = isQuick ? 2 : 21
/** Of processor time per turn. */
const TURN_MS = isQuick ? 1 : 5
/** Which of the figures counts: what other machines on the same processor take is not what coding costs. */
const UNDISTURBED = 0.75
/** Design §13: of ISA-L, and for shards how long. */
const OF_LIMIT = 0.45
const BUDGET_FROM_BYTES = 64 * KIB
const WORKS = ['encode', 'reconstruct'] as const
type Work = (typeof WORKS)[number]

const stripe = hamletStripe('relaxed')
const others = [hamletArrays, hamletStripe('strict')]
const isal = await openIsal()
const rivals = await openRivals()
const all = [stripe, ...others, ...(isal === undefined ? [] : [isal]), ...rivals]

/** One contestant on one shape, and its figures in megabytes of data per second of processor time. */
interface Entrant {
  readonly contestant: Contestant
  readonly coder: Coder
  readonly times: Readonly<Record<Work, number>>
  readonly figures: Readonly<Record<Work, number[]>>
}

interface Heat {
  readonly shape: Shape
  readonly data: readonly Uint8Array[]
  readonly entrants: readonly Entrant[]
}

const heats: Heat[] = []
for (const { needed, spare, shardKib } of CODES) {
  for (const each of shardKib) {
    heats.push(await openHeat({ needed, spare, shardBytes: each * KIB }))
  }
}
for (let round = 0; round < ROUNDS; round++) {
  for (const heat of heats) {
    for (const work of WORKS)
      for (const entrant of heat.entrants) await takeTurn(heat, entrant, work)
  }
}
for (const heat of heats) await verifyHeat(heat)
report(import.meta.dirname, heats.flatMap(rowsOf), 'rival')

async function openHeat(shape: Shape): Promise<Heat> {
  const data = someShards(shape)
  const entrants: Entrant[] = []
  for (const contestant of all) {
    const coder = contestant.prepare(shape, data)
    const encode = await timesFor(coder, 'encode')
    const times = { encode, reconstruct: await timesFor(coder, 'reconstruct') }
    entrants.push({ contestant, coder, times, figures: { encode: [], reconstruct: [] } })
  }
  return { shape, data, entrants }
}

async function takeTurn({ shape }: Heat, entrant: Entrant, work: Work): Promise<void> {
  const times = entrant.times[work]
  const seconds = await processorSecondsOf(() => entrant.coder[work](times))
  entrant.figures[work].push((times * shape.needed * shape.shardBytes) / seconds / 1e6)
}

async function verifyHeat({ shape, data, entrants }: Heat): Promise<void> {
  for (const { coder } of entrants) {
    await coder.encode(1)
    coder.lose()
    await coder.reconstruct(1)
    const made = coder.shards()
    for (const index of lostOf(shape)) check(equalBytes(made[index]!, data[index]!), 'a lost shard')
  }
  const [first, ...same] = entrants
    .filter(({ contestant }) => !rivals.includes(contestant))
    .map(({ coder }) => coder.shards().slice(shape.needed))
  for (const parity of same) {
    check(
      parity.every((shard, row) => equalBytes(shard, first![row]!)),
      'parity',
    )
  }
}

function rowsOf({ shape, entrants }: Heat): readonly Row[] {
  const { needed, spare, shardBytes } = shape
  return WORKS.flatMap((work) => {
    const figureOf = (contestant: Contestant): number => {
      const entrant = entrants.find((each) => each.contestant === contestant)!
      return quantile(entrant.figures[work], UNDISTURBED)
    }
    const hasBudget = shardBytes >= BUDGET_FROM_BYTES
    return rowsFor(`${needed}+${spare}, ${shardBytes / KIB} KiB, ${work}`, figureOf, hasBudget)
  })
}

function rowsFor(
  work: string,
  figureOf: (contestant: Contestant) => number,
  hasBudget: boolean,
): readonly Row[] {
  const value = figureOf(stripe)
  const floor = isal === undefined ? undefined : figureOf(isal)
  const beside = rivals.map((rival) => ({ name: rival.name, rival: figureOf(rival) }))
  const best = Math.max(0, ...beside.map(({ rival }) => rival))
  const budget = hasBudget && floor !== undefined ? Math.max(best, OF_LIMIT * floor) : undefined
  return [
    { work, value, unit: 'MB/s', floor, budget },
    ...others.map((each) => ({
      ...{ work: `${work}: ${each.name}`, value: figureOf(each), unit: 'MB/s', floor },
    })),
    ...beside.map(({ name, rival }) => ({ work: `${work}: ${name}`, value, unit: 'MB/s', rival })),
  ]
}

/** How often, to fill a turn; warm afterwards. */
async function timesFor(coder: Coder, work: Work): Promise<number> {
  for (let times = 1; ; times *= 2) {
    const seconds = await processorSecondsOf(() => coder[work](times))
    if (seconds * 1000 >= TURN_MS) return times
  }
}

async function processorSecondsOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

function someShards({ needed, shardBytes }: Shape): readonly Uint8Array[] {
  return Array.from({ length: needed }, (_, index) =>
    Uint8Array.from({ length: shardBytes }, (_each, at) => (at * 31 + index * 7 + (at >> 8)) & 255),
  )
}
