/**
 * What goes wrong in a world, and when: partitions, resets, crashes, full disks, clocks that jump.
 *
 * Every class has a rhythm of its own from the options; those that never come cost nothing. Nothing here begins after
 * `end`, so that the world can heal.
 */

import type { Reached } from './reached.ts'
import type { Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { KvFate } from './sim-kv.ts'
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
  note(line: string): void
  /** Starts the node's process; a failure to start is a failure of the world. */
  start(node: SimNode): void
}

export interface FaultCounts {
  partitions: number
  crashes: number
  powerCuts: number
  indexesLost: number
  diskFull: number
  clockSteps: number
}

/** Of writes in worlds with crashes. */
const CRASH_IN_WRITE_RATE = 0.1
const SNAPSHOT_EVERY_MS = 4_000

export class Faults {
  readonly #world: FaultWorld
  readonly #random: SeededRandom
  #isOver = false
  readonly #keptDown = new Set<SimNode>()
  readonly counts: FaultCounts = {
    partitions: 0,
    crashes: 0,
    powerCuts: 0,
    indexesLost: 0,
    diskFull: 0,
    clockSteps: 0,
  }

  constructor(world: FaultWorld) {
    this.#world = world
    this.#random = world.random
  }

  begin(): void {
    const { options, network, nodes } = this.#world
    network.faults = options.network
    for (const node of nodes) this.#setClock(node)
    if (options.partitions !== 'none') this.#every(options.partitionEveryMs, () => this.#cut())
    this.#every(options.resetEveryMs, () => this.#reset())
    this.#every(options.crashEveryMs, () => this.crash(this.#random.pick(nodes)))
    this.#every(options.diskFullEveryMs, () => this.#fillDisk(this.#random.pick(nodes)))
    this.#every(options.clockStepEveryMs, () => this.#stepClock(this.#random.pick(nodes)))
    this.#every(SNAPSHOT_EVERY_MS, () => this.#random.pick(nodes).snapshotIndexes())
  }

  /** No fault begins after this; those under way are undone by the world. */
  end(): void {
    this.#isOver = true
  }

  /** The node does not start again before the world heals. */
  keepDown(node: SimNode): void {
    this.#keptDown.add(node)
  }

  /** The worst moment to die: between an append and its sync, or between the sync and the answer. */
  writing(node: SimNode): void {
    const { crashEveryMs, syncMeanMs } = this.#world.options
    if (crashEveryMs === Number.POSITIVE_INFINITY || !this.#random.chance(CRASH_IN_WRITE_RATE))
      return
    this.#later(this.#random.exponential(syncMeanMs + 1), () => this.crash(node))
  }

  crash(node: SimNode): void {
    const { options, reached } = this.#world
    if (!node.isUp) return
    this.counts.crashes++
    if (node.writesUnderWay > 0) reached.count('crash while a write was under way')
    const cutsPower = options.tornWrites && this.#random.chance(0.8)
    if (cutsPower) this.counts.powerCuts++
    const fate: KvFate = options.kvLoss ? this.#random.pick(['kept', 'older', 'wiped']) : 'kept'
    if (fate !== 'kept') this.counts.indexesLost++
    if (fate === 'wiped' && node.slots.length > 0) reached.count('index lost and rebuilt')
    if (fate === 'older' && node.slots.length > 0) reached.count('older index caught up')
    this.#world.note(`crash ${node.name} ${cutsPower ? 'power' : 'kill'} ${fate}`)
    node.crash(cutsPower ? this.#random : undefined, fate)
    this.#later(this.#random.int(200, 15_000), () => {
      if (!node.isUp && !this.#keptDown.has(node)) this.#world.start(node)
    })
  }

  #every(meanMs: number, fault: () => void): void {
    if (meanMs === Number.POSITIVE_INFINITY) return
    this.#later(Math.max(100, this.#random.exponential(meanMs)), () => {
      fault()
      this.#every(meanMs, fault)
    })
  }

  #later(delayMs: number, action: () => void): void {
    this.#world.scheduler.after(delayMs, () => {
      if (!this.#isOver) action()
    })
  }

  #setClock(node: SimNode): void {
    const { clockSkewMs, clockDriftPpm } = this.#world.options
    if (clockSkewMs > 0) node.clock.skewMs = this.#random.int(-clockSkewMs, clockSkewMs)
    node.clock.driftPpm = this.#random.int(-clockDriftPpm, clockDriftPpm)
  }

  #stepClock(node: SimNode): void {
    const stepMs = this.#random.int(-600_000, 600_000)
    this.counts.clockSteps++
    if (stepMs < 0) this.#world.reached.count('clock set back')
    this.#world.note(`clock ${node.name} ${stepMs}`)
    node.clock.skewMs += stepMs
  }

  #cut(): void {
    const { nodes, options, network, reached } = this.#world
    const shuffled = this.#random.shuffle(nodes)
    const left = shuffled.slice(0, this.#random.int(1, Math.max(1, nodes.length - 1)))
    const right = shuffled.filter((node) => !left.includes(node))
    if (right.length === 0) return
    const isOneWay = options.partitions === 'asymmetric' && this.#random.chance(0.7)
    if (isOneWay) reached.count('one-way partition')
    this.counts.partitions++
    const cuts = left.flatMap((a) => right.map((b) => [a.device, b.device] as const))
    const back = cuts.map(([a, b]) => [b, a] as const)
    this.#world.note(
      `partition ${left.map(({ name }) => name).join()}${isOneWay ? ' one way' : ''}`,
    )
    network.setCuts(isOneWay ? cuts : [...cuts, ...back])
    this.#later(this.#random.int(1_000, 30_000), () => {
      this.#world.note('partition heals')
      reached.count('partition healed')
      network.setCuts([])
    })
  }

  #reset(): void {
    const { nodes, network, reached } = this.#world
    if (nodes.length < 2) return
    const [a, b] = this.#random.shuffle(nodes)
    if (network.inFlightBytes(a!.device, b!.device) > 0) {
      reached.count('connection reset with messages on their way')
    }
    network.reset(a!.device, b!.device)
  }

  #fillDisk(node: SimNode): void {
    this.counts.diskFull++
    this.#world.note(`disk full ${node.name}`)
    node.disk.setCapacity(0)
    this.#later(this.#random.int(500, 10_000), () => node.disk.setCapacity(Infinity))
  }
}
