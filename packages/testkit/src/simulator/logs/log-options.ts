/**
 * What one seed expands to in a world of logs: its peers, what they share, the faults and the liars.
 *
 * As in worlds of spaces most seeds switch whole classes of faults off, so that the others can be extreme.
 */

import { SeededRandom } from '../seeded-random.ts'
import type { FaultOptions } from '../fault-world.ts'
import {
  drawClockFaults,
  drawDeviceFaults,
  drawDiskFaults,
  drawLinkFaults,
  drawNetwork,
} from '../world-options.ts'

/** What a liar does to what it sends, to the logs it shares, or to its own log. */
export type LogAttack =
  | 'damage'
  | 'garbage'
  | 'replay'
  | 'wrong-block'
  | 'wrong-hash'
  | 'wrong-length'
  | 'false-have'
  | 'withhold'
  | 'deny'
  | 'bad-truncation'
  | 'flood'
  | 'forge'
  | 'fork'

export const LOG_ATTACKS: readonly LogAttack[] = [
  'damage',
  'garbage',
  'replay',
  'wrong-block',
  'wrong-hash',
  'wrong-length',
  'false-have',
  'withhold',
  'deny',
  'bad-truncation',
  'flood',
  'forge',
  'fork',
]

export interface LogHostile {
  readonly attacks: readonly LogAttack[]
  /** Of what it sends. */
  readonly rate: number
}

/** Bugs that can be planted to see whether the oracles find them: see `log-canaries.ts`. */
export type LogPlantedBug =
  | 'no-fsync'
  | 'credulous'
  | 'wrong-block'
  | 'deaf-to-truncations'
  | 'deaf-to-blocks'
  | 'accuser'
  | 'tolerant'
  | 'forgetful'
  | 'wrong-payload'
  | 'wrong-user-data'
  | 'silent-fork'
  | 'hoarder'
  | 'asks-for-more'
  | 'chance'
  | 'crash'

/** Plain data, so that a world can be kept as JSON. */
export interface LogWorldOptions extends FaultOptions {
  readonly seed: number
  readonly nodes: number
  readonly chaosMs: number
  readonly acts: number
  readonly actSpanMs: number
  readonly omittedActs: readonly number[]
  /** The last peers, one each. */
  readonly hostiles: readonly LogHostile[]
  /** Of others' logs, those of which a peer keeps a complete copy, and those of which it keeps a sparse one. */
  readonly completeRate: number
  readonly sparseRate: number
  /** Of logs, those that carry a feed. */
  readonly feedRate: number
  readonly blockBytesMean: number
  /** Of appends, those of one block of some hundred kilobytes. */
  readonly largeRate: number
  /** Small files and wants, so that few blocks make many of them. */
  readonly segmentBytes: number
  readonly blockFileBytes: number
  readonly markBlocks: number
  readonly window: number
  readonly wantBytes: number
  /** What a line carries at once; a frame is cut into pieces of it, and a reset may fall between two. */
  readonly pieceBytes: number
  /** Answers are read into the same memory each time, as over sockets. */
  readonly reusesMemory: boolean
  /** Of acts, those that clear and those that truncate. */
  readonly clearRate: number
  readonly truncateRate: number
  readonly plantedBug?: LogPlantedBug
}

/** What worlds kept from before these options came do not have. */
export const LOG_OPTIONS_ADDED_LATER = {} as const

const NEVER_MS = 0

export function drawLogOptions(seed: number): LogWorldOptions {
  const random = new SeededRandom(seed).fork('log options')
  const nodes = random.chance(0.25) ? 5 : random.int(2, 4)
  const chaosMs = random.int(6, 25) * 1_000
  const mode = 'covered'
  return {
    ...{
      seed,
      nodes,
      chaosMs,
      acts: random.int(15, 60),
      actSpanMs: chaosMs,
      omittedActs: [],
      mode,
    },
    hostiles: drawLogHostiles(random, nodes),
    completeRate: random.pick([0.2, 0.5, 0.8]),
    sparseRate: random.pick([0.3, 0.8, 1]),
    feedRate: random.pick([0, 0.3, 1]),
    ...drawLogSizes(random),
    clearRate: random.pick([0, 0.05, 0.2]),
    truncateRate: random.pick([0, 0.04, 0.15]),
    ...drawLineFaults(random),
    ...drawLinkFaults(random, chaosMs),
    ...drawDeviceFaults(random, chaosMs),
    ...drawDiskFaults(random, mode),
    ...drawClockFaults(random),
    readFailEveryMs: random.chance(0.12) ? random.int(2, 10) * 1_000 : NEVER_MS,
    appendFailEveryMs: random.chance(0.12) ? random.int(2, 10) * 1_000 : NEVER_MS,
    // An author's log is nowhere else as it is here, and there is no index to lose.
    ...{ diskLossEveryMs: NEVER_MS, restoreEveryMs: NEVER_MS, kvLoss: false },
    upgradeEveryMs: NEVER_MS,
    reusesMemory: random.chance(0.5),
  }
}

function drawLogHostiles(random: SeededRandom, nodes: number): LogHostile[] {
  if (!random.chance(0.6)) return []
  const count = nodes > 3 && random.chance(0.4) ? 2 : 1
  return Array.from({ length: count }, () => ({
    attacks: random.shuffle(LOG_ATTACKS).slice(0, random.int(1, 4)),
    rate: random.pick([0.05, 0.3, 1]),
  }))
}

function drawLogSizes(random: SeededRandom) {
  return {
    blockBytesMean: random.pick([20, 20, 300, 3_000]),
    largeRate: random.pick([0, 0, 0.05]),
    segmentBytes: random.pick([600, 4_000, 1_000_000]),
    blockFileBytes: random.pick([600, 4_000, 1_000_000]),
    markBlocks: random.pick([4, 16, 1_000]),
    window: random.pick([1, 2, 16]),
    wantBytes: random.pick([500, 5_000, 262_144]),
    pieceBytes: random.pick([200, 1_400, 16_384, 65_536]),
  }
}

/** What is lost on a line breaks it, so little is. */
function drawLineFaults(random: SeededRandom): Pick<LogWorldOptions, 'network'> {
  const network = drawNetwork(random)
  return {
    network: {
      ...network,
      delayMeanMs: random.pick([2, 20, 100, 600]),
      lossRate: random.pick([0, 0, 0.001, 0.01]),
      bytesPerSecond: random.pick([0, 0, 20_000, 200_000]),
      messagesMax: 0,
    },
  }
}
