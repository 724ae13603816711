/**
 * What one seed expands to: the size of the world, its workload and its faults.
 *
 * Swarm testing (Groce et al., 2012): most seeds switch whole classes of faults off, so that the others can be
 * extreme. Everything is drawn here, before the world begins, and printed with a failing seed.
 */

import type { SeededRandom } from './seeded-random.ts'
import type { NetworkFaults } from './sim-network.ts'

export interface WorldOptions {
  readonly seed: number
  readonly nodes: number
  /** Virtual time of the phase with faults. */
  readonly chaosMs: number
  /** Acts of people during that time. */
  readonly acts: number
  readonly network: NetworkFaults
  readonly partitions: 'none' | 'symmetric' | 'asymmetric'
  readonly partitionEveryMs: number
  readonly crashEveryMs: number
  /** Crashes leave torn, unsynced bytes behind; otherwise the cache survives. */
  readonly tornWrites: boolean
  readonly resetEveryMs: number
  /** Nodes whose wall clock is wrong, and by how much at most. */
  readonly clockSkewMs: number
  readonly clockStepEveryMs: number
  readonly syncMeanMs: number
  readonly autoInvites: boolean
}

const NEVER_MS = Number.POSITIVE_INFINITY

export function drawOptions(seed: number, random: SeededRandom): WorldOptions {
  const nodes = random.chance(0.1) ? random.int(7, 12) : random.int(2, 6)
  return {
    seed,
    nodes,
    chaosMs: random.int(20, 120) * 1_000,
    acts: random.int(10, 60),
    network: drawNetwork(random),
    partitions: random.pick(['none', 'none', 'symmetric', 'asymmetric']),
    partitionEveryMs: random.int(5, 40) * 1_000,
    crashEveryMs: random.chance(0.5) ? random.int(5, 60) * 1_000 : NEVER_MS,
    tornWrites: random.chance(0.7),
    resetEveryMs: random.chance(0.4) ? random.int(1, 20) * 1_000 : NEVER_MS,
    clockSkewMs: random.pick([0, 0, 2_000, 240_000, 31_536_000_000]),
    clockStepEveryMs: random.chance(0.2) ? random.int(5, 60) * 1_000 : NEVER_MS,
    syncMeanMs: random.pick([0, 2, 20, 200]),
    autoInvites: random.chance(0.3),
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
