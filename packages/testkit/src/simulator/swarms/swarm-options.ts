/**
 * What one seed expands to in a world of swarms: its peers, its blobs and who wants them, the faults and the liars.
 *
 * As in the other worlds most seeds switch whole classes of faults off, so that the others can be extreme.
 */

import type { FaultOptions } from '../fault-world.ts'
import { SeededRandom } from '../seeded-random.ts'
import {
  drawClockFaults,
  drawDeviceFaults,
  drawDiskFaults,
  drawLinkFaults,
  drawNetwork,
} from '../world-options.ts'

/** What a liar does to what it says, or does besides. */
export type SwarmAttack =
  | 'wrong-byte'
  | 'wrong-hash'
  | 'wrong-length'
  | 'unasked'
  | 'garbage'
  | 'replay'
  | 'false-have'
  | 'withhold'
  | 'deny'
  | 'flood'
  | 'chatter'
  | 'no-receipts'
  | 'bad-receipts'

export const SWARM_ATTACKS: readonly SwarmAttack[] = [
  'wrong-byte',
  'wrong-hash',
  'wrong-length',
  'unasked',
  'garbage',
  'replay',
  'false-have',
  'withhold',
  'deny',
  'flood',
  'chatter',
  'no-receipts',
  'bad-receipts',
]

/** A stranger knows topics and no roots; the others are members who lie. */
export interface SwarmHostile {
  readonly isStranger: boolean
  readonly attacks: readonly SwarmAttack[]
  /** Of what it says. */
  readonly rate: number
}

export interface SwarmBlobOptions {
  readonly sizeBytes: number
  /** Peers that have it from the beginning, and those that want it, by number. */
  readonly seeds: readonly number[]
  readonly leechers: readonly number[]
  readonly isPublic: boolean
  /** Those who know only the first seed hear of the others from it. */
  readonly isTold: boolean
  /** A server with it: right or wrong. */
  readonly web: 'none' | 'right' | 'wrong'
}

/** Bugs that can be planted in one honest peer: see `swarm-canaries.ts`. */
export type SwarmPlantedBug =
  | 'wrong-chunk'
  | 'answers-twice'
  | 'asks-nothing'
  | 'signs-for-more'
  | 'chance'

/** Plain data, so that a world can be kept as JSON. */
export interface SwarmWorldOptions extends FaultOptions {
  readonly seed: number
  readonly nodes: number
  readonly chaosMs: number
  readonly acts: number
  readonly omittedActs: readonly number[]
  /** The last peers, one each. */
  readonly hostiles: readonly SwarmHostile[]
  readonly blobs: readonly SwarmBlobOptions[]
  readonly slots: number
  /** 0: without accounts. */
  readonly stepBytes: number
  readonly uploadBytesPerSecond: number
  readonly downloadBytesPerSecond: number
  /** What a line carries at once; a frame is cut into pieces of it. */
  readonly pieceBytes: number
  readonly reusesMemory: boolean
  readonly plantedBug?: SwarmPlantedBug
}

const NEVER_MS = 0
const CHUNK = 262_144
const MIB = 1024 * 1024

export function drawSwarmOptions(seed: number): SwarmWorldOptions {
  const random = new SeededRandom(seed).fork('swarm options')
  const nodes = random.chance(0.2) ? random.int(6, 8) : random.int(2, 5)
  const chaosMs = random.int(5, 40) * 1_000
  const mode = 'covered'
  const hostiles = drawHostiles(random, nodes)
  return {
    ...{ seed, nodes, chaosMs, mode, hostiles },
    acts: random.int(0, 25),
    omittedActs: [],
    blobs: drawBlobs(random, nodes, nodes - hostiles.length),
    slots: random.pick([1, 2, 8, 8]),
    stepBytes: random.pick([0, MIB, MIB, 16 * MIB]),
    uploadBytesPerSecond: random.pick([0, 0, 50_000, MIB]),
    downloadBytesPerSecond: random.pick([0, 0, 0, MIB]),
    pieceBytes: random.pick([16_384, 65_536, MIB]),
    reusesMemory: random.chance(0.5),
    ...drawSwarmLinks(random),
    ...drawLinkFaults(random, chaosMs),
    ...drawDeviceFaults(random, chaosMs),
    ...drawDiskFaults(random, mode),
    ...drawClockFaults(random),
    readFailEveryMs: random.chance(0.12) ? random.int(2, 10) * 1_000 : NEVER_MS,
    appendFailEveryMs: random.chance(0.12) ? random.int(2, 10) * 1_000 : NEVER_MS,
    // What only one peer had would be nowhere then.
    ...{
      diskLossEveryMs: NEVER_MS,
      restoreEveryMs: NEVER_MS,
      kvLoss: false,
      upgradeEveryMs: NEVER_MS,
    },
  }
}

function drawHostiles(random: SeededRandom, nodes: number): SwarmHostile[] {
  if (nodes < 3 || !random.chance(0.6)) return []
  const count = nodes > 4 && random.chance(0.4) ? 2 : 1
  return Array.from({ length: count }, () => ({
    isStranger: random.chance(0.2),
    attacks: random.shuffle(SWARM_ATTACKS).slice(0, random.int(1, 3)),
    rate: random.pick([0.05, 0.3, 1]),
  }))
}

/** Some honest peer has each blob. */
function drawBlobs(random: SeededRandom, nodes: number, honest: number): SwarmBlobOptions[] {
  return Array.from({ length: random.pick([1, 1, 2, 3]) }, () => {
    const order = random.shuffle(Array.from({ length: nodes }, (_, i) => i))
    const first = random.int(0, honest - 1)
    const others = order.filter((each) => each !== first)
    const more = others.splice(0, random.chance(0.6) ? 0 : random.int(0, others.length - 1))
    const isPublic = random.chance(0.5)
    return {
      sizeBytes: drawSize(random),
      seeds: [first, ...more],
      leechers: others,
      isPublic,
      isTold: isPublic && random.chance(0.4),
      web: random.pick(['none', 'none', 'none', 'right', 'wrong'] as const),
    }
  })
}

function drawSize(random: SeededRandom): number {
  if (random.chance(0.2))
    return random.pick([0, 1, 16_383, 16_384, 16_385, 65_536, CHUNK, CHUNK + 1])
  return random.int(1, random.pick([3, 8, 8, 24])) * CHUNK - random.int(0, 20_000)
}

/** What is lost on a line breaks it, so little is. */
function drawSwarmLinks(random: SeededRandom): Pick<SwarmWorldOptions, 'network'> {
  return {
    network: {
      ...drawNetwork(random),
      delayMeanMs: random.pick([2, 20, 100, 600]),
      lossRate: random.pick([0, 0, 0, 0.0005]),
      bytesPerSecond: random.pick([0, 0, 200_000, MIB]),
      messagesMax: 0,
    },
  }
}
