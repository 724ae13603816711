/** What faults have to do with: the world they fall on, and how often they did. */

import type { Reached } from './reached.ts'
import type { Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimNetwork } from './sim-network.ts'
import type { SimNode } from './sim-node.ts'
import type { WorldOptions } from './world-options.ts'

export interface FaultWorld {
  readonly options: WorldOptions
  readonly random: SeededRandom
  readonly scheduler: Scheduler
  readonly network: SimNetwork
  readonly nodes: readonly SimNode[]
  readonly reached: Reached
  readonly counts: FaultCounts
  note(line: string): void
  /** Starts the node's process; a failure to start is a failure of the world. */
  start(node: SimNode): void
  /** A new device of the same person. */
  replace(node: SimNode): void
}

export interface FaultCounts {
  partitions: number
  clogs: number
  crashes: number
  powerCuts: number
  pauses: number
  nights: number
  indexesLost: number
  diskFull: number
  syncsFailed: number
  disksLost: number
  disksRestored: number
  bitsFlipped: number
  readsFailed: number
  appendsFailed: number
  clockSteps: number
  upgrades: number
}
