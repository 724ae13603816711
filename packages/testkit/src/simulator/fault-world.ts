/** What faults have to do with: the world they fall on, and how often they did. */

import type { MemoryDisk } from '@hamlet/store'
import type { Gate } from './gate.ts'
import type { Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimClock } from './sim-clock.ts'
import type { KvFate } from './sim-kv.ts'
import type { SimNetwork } from './sim-network.ts'
import type { WorldOptions } from './world-options.ts'

/** A device that faults fall on, whatever it is there for. */
export interface FaultyNode {
  readonly name: string
  readonly device: string
  readonly clock: SimClock
  readonly gate: Gate
  readonly disk: MemoryDisk
  readonly isUp: boolean
  /** It runs the later of two versions. */
  readonly isLater: boolean
  /** It does not exist any more. */
  readonly isLost: boolean
  /** Its disk holds something that an index may be made of. */
  readonly holdsData: boolean
  /** Nobody else can do what it does: its disk is not lost. */
  readonly isIrreplaceable: boolean
  readonly hasBackup: boolean
  readonly writesUnderWay: number
  needsRestart: boolean
  isDamaged: boolean
  crash(random: SeededRandom | undefined, fate: KvFate): void
  lose(): void
  snapshot(): void
  restore(isNoticed: boolean): void
  /** Ends the process; the next one is of the later version. */
  upgrade(): void
}

/** The options that say how often faults come. */
export type FaultOptions = Pick<
  WorldOptions,
  | 'mode'
  | 'network'
  | 'partitions'
  | 'oneWayRate'
  | 'partitionEveryMs'
  | 'partitionMsMax'
  | 'clogEveryMs'
  | 'resetEveryMs'
  | 'crashEveryMs'
  | 'tornWrites'
  | 'kvLoss'
  | 'pauseEveryMs'
  | 'nightAtMs'
  | 'syncMeanMs'
  | 'diskFullEveryMs'
  | 'syncFailEveryMs'
  | 'diskLossEveryMs'
  | 'restoreEveryMs'
  | 'bitFlipEveryMs'
  | 'readFailEveryMs'
  | 'appendFailEveryMs'
  | 'clockSkewMs'
  | 'clockDriftPpm'
  | 'clockSwingMs'
  | 'clockStepEveryMs'
  | 'upgradeEveryMs'
>

/** What faults lead to. */
export type FaultState =
  | 'one-way partition'
  | 'one device cut off'
  | 'partition healed'
  | 'connection reset with messages on their way'
  | 'links clogged and unclogged'
  | 'crash while a write was under way'
  | 'index lost and rebuilt'
  | 'older index caught up'
  | 'process paused'
  | 'slept for eight hours'
  | 'sync failed'
  | 'read failed'
  | 'write failed'
  | 'device lost'
  | 'backup put back'
  | 'bit flipped at rest'
  | 'clock set back'
  | 'clock a year off'
  | 'device upgraded'

export interface FaultWorld {
  readonly options: FaultOptions
  readonly random: SeededRandom
  readonly scheduler: Scheduler
  readonly network: SimNetwork
  readonly nodes: readonly FaultyNode[]
  readonly reached: { count(state: FaultState): void }
  readonly counts: FaultCounts
  note(line: string): void
  /** Starts the node's process; a failure to start is a failure of the world. */
  start(node: FaultyNode): void
  /** A new device of the same person. */
  replace(node: FaultyNode): void
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
