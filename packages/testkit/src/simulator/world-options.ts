/**
 * What one seed expands to: the size of the world, its workload and its faults.
 *
 * Swarm testing (Groce et al., 2012): most seeds switch whole classes of faults off, so that the others can be
 * extreme. Everything is drawn here, before the world begins, and printed with a failing seed.
 */

import { SeededRandom } from './seeded-random.ts'
import type { NetworkFaults } from './sim-network.ts'

/** What the last node of the world may be. */
export type Hostility = 'none' | 'stranger' | 'link-holder' | 'member'

/**
 * Bugs that can be planted to see whether the oracles find them. `no-fsync`: one device acknowledges writes that are
 * not durable. `deaf`: one device takes nothing of any length from one other.
 */
export type PlantedBug = 'no-fsync' | 'deaf'

export interface WorldOptions {
  readonly seed: number
  readonly nodes: number
  readonly spaces: number
  /** Virtual time of the phase with faults. */
  readonly chaosMs: number
  /** Acts of people during that time. */
  readonly acts: number
  readonly autoInviteRate: number
  /** How often an invitation may be used: one of these. With a choice, some are revoked too. */
  readonly inviteUses: readonly number[]
  readonly network: NetworkFaults
  readonly partitions: 'none' | 'symmetric' | 'asymmetric'
  readonly partitionEveryMs: number
  readonly resetEveryMs: number
  readonly crashEveryMs: number
  /** Crashes are power cuts: unsynced bytes are torn. Otherwise only the process dies. */
  readonly tornWrites: boolean
  /** A crash may lose derived indexes. */
  readonly kvLoss: boolean
  readonly syncMeanMs: number
  readonly diskFullEveryMs: number
  /** Wall clocks are wrong by up to this much, either way. */
  readonly clockSkewMs: number
  readonly clockDriftPpm: number
  readonly clockStepEveryMs: number
  /** Nodes that start only in the middle of the chaos. */
  readonly lateNodes: number
  /** Whoever founded the space goes away while others join. */
  readonly inviterLeaves: boolean
  readonly hostility: Hostility
  readonly plantedBug?: PlantedBug
}

const NEVER_MS = Number.POSITIVE_INFINITY
const MINUTE_MS = 60_000
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS

/** `smallWorlds`: two to five nodes and a short time, for the smoke set of `npm test`. */
export function drawOptions(seed: number, smallWorlds = false): WorldOptions {
  const random = new SeededRandom(seed).fork('options')
  const nodes = random.chance(0.1) ? random.int(7, 12) : random.int(2, 6)
  const chaosMs = random.int(20, 120) * 1_000
  const acts = random.int(20, 100)
  const spaces = random.chance(0.2) ? 2 : 1
  return {
    seed,
    nodes: smallWorlds ? Math.min(nodes, 5) : nodes,
    spaces,
    chaosMs: smallWorlds ? Math.min(chaosMs, 40_000) : chaosMs,
    acts: smallWorlds ? Math.min(acts, 40) : acts,
    autoInviteRate: random.pick([0, 0.3, 1]),
    inviteUses: spaces === 1 && random.chance(0.5) ? [1, 1, 3, 1_000] : [1_000],
    network: drawNetwork(random),
    ...drawLinkFaults(random),
    ...drawDeviceFaults(random),
    ...drawClockFaults(random),
    lateNodes: random.chance(0.3) ? 1 : 0,
    inviterLeaves: random.chance(0.3),
    hostility:
      nodes < 3
        ? 'none'
        : random.pick(['none', 'none', 'none', 'stranger', 'link-holder', 'member']),
  }
}

function drawNetwork(random: SeededRandom): NetworkFaults {
  return {
    delayMeanMs: random.pick([5, 20, 100, 1_000]),
    lossRate: random.pick([0, 0, 0.01, 0.1, 0.3]),
    duplicateRate: random.pick([0, 0, 0.05, 0.3]),
    reorderRate: random.pick([0, 0, 0.05, 0.3]),
    congestionRate: random.pick([0, 0, 0.1, 0.5]),
  }
}

function drawLinkFaults(random: SeededRandom) {
  return {
    partitions: random.pick(['none', 'none', 'symmetric', 'asymmetric'] as const),
    partitionEveryMs: random.int(5, 40) * 1_000,
    resetEveryMs: random.chance(0.4) ? random.int(1, 20) * 1_000 : NEVER_MS,
  }
}

function drawDeviceFaults(random: SeededRandom) {
  return {
    crashEveryMs: random.chance(0.5) ? random.int(5, 60) * 1_000 : NEVER_MS,
    tornWrites: random.chance(0.7),
    kvLoss: random.chance(0.5),
    syncMeanMs: random.pick([0, 2, 20, 200]),
    diskFullEveryMs: random.chance(0.15) ? random.int(10, 40) * 1_000 : NEVER_MS,
  }
}

function drawClockFaults(random: SeededRandom) {
  return {
    clockSkewMs: random.pick([0, 0, 2_000, 4 * MINUTE_MS, 30 * MINUTE_MS, YEAR_MS]),
    clockDriftPpm: random.pick([0, 0, 100, 5_000]),
    clockStepEveryMs: random.chance(0.2) ? random.int(5, 60) * 1_000 : NEVER_MS,
  }
}
