/**
 * What goes wrong with devices: crashes, pauses, nights, disks that are full, fail, lie, get lost or come back old, and
 * clocks.
 *
 * A backup that is put back takes away what the device wrote since, so it waits until others have been asked before it
 * writes on; in worlds of `anything` it does not notice. A disk that lies is beyond what is promised: those faults come in worlds that check safety alone.
 */

import type { FaultWorld, FaultyNode } from './fault-world.ts'
import type { Rhythm } from './rhythm.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { KvFate } from './sim-kv.ts'
import { YEAR_MS } from './sim-clock.ts'

/** Of writes in worlds with crashes. */
const CRASH_IN_WRITE_RATE = 0.1
const SNAPSHOT_EVERY_MS = 4_000
/** A night: what passes while lids are closed. */
export const NIGHT_MS = 8 * 3_600_000
/** Steps of a year are rare. */
const GREAT_STEP_RATE = 0.05

export class DeviceFaults {
  readonly #world: FaultWorld
  readonly #rhythm: Rhythm
  readonly #random: SeededRandom
  readonly #keptDown = new Set<FaultyNode>()

  constructor(world: FaultWorld, rhythm: Rhythm) {
    this.#world = world
    this.#rhythm = rhythm
    this.#random = world.random
  }

  begin(): void {
    const { options, nodes } = this.#world
    const every = (meanMs: number, fault: (node: FaultyNode) => void): void =>
      this.#rhythm.every(meanMs, () => fault(this.#random.pick(nodes)))
    for (const node of nodes) this.#setClock(node)
    every(options.crashEveryMs, (node) => this.crash(node))
    every(options.pauseEveryMs, (node) => this.#pause(node))
    every(options.diskFullEveryMs, (node) => this.#fillDisk(node))
    every(options.syncFailEveryMs, (node) => this.#failSync(node))
    every(options.diskLossEveryMs, (node) => this.#loseDisk(node))
    every(options.restoreEveryMs, (node) => this.#restore(node))
    every(options.bitFlipEveryMs, (node) => this.#flipBit(node))
    every(options.clockStepEveryMs, (node) => this.#stepClock(node))
    every(options.readFailEveryMs, (node) => this.#failReads(node))
    every(options.appendFailEveryMs, (node) => this.#failAppends(node))
    every(options.upgradeEveryMs, (node) => this.#upgrade(node))
    every(SNAPSHOT_EVERY_MS, (node) => node.snapshot())
    if (options.nightAtMs > 0) this.#rhythm.later(options.nightAtMs, () => this.#night())
  }

  /** The node does not start again before the world heals. */
  keepDown(node: FaultyNode): void {
    this.#keptDown.add(node)
  }

  /** The worst moment to die: between an append and its sync, or between the sync and the answer. */
  writing(node: FaultyNode): void {
    const { crashEveryMs, syncMeanMs } = this.#world.options
    if (crashEveryMs === 0 || !this.#random.chance(CRASH_IN_WRITE_RATE)) return
    this.#rhythm.later(this.#random.exponential(syncMeanMs + 1), () => this.crash(node))
  }

  crash(node: FaultyNode): void {
    const { options, counts, reached } = this.#world
    if (!node.isUp) return
    counts.crashes++
    if (node.writesUnderWay > 0) reached.count('crash while a write was under way')
    const cutsPower = options.tornWrites && this.#random.chance(0.8)
    if (cutsPower) counts.powerCuts++
    const fate: KvFate = options.kvLoss ? this.#random.pick(['kept', 'older', 'wiped']) : 'kept'
    if (fate !== 'kept') counts.indexesLost++
    if (fate === 'wiped' && node.holdsData) reached.count('index lost and rebuilt')
    if (fate === 'older' && node.holdsData) reached.count('older index caught up')
    this.#world.note(`crash ${node.name} ${cutsPower ? 'power' : 'kill'} ${fate}`)
    node.crash(cutsPower ? this.#random : undefined, fate)
    this.#startLater(node, this.#random.int(200, 15_000))
  }

  /** The person updates: no fault, but the process ends wherever it is. */
  #upgrade(node: FaultyNode): void {
    const { counts, reached } = this.#world
    if (!node.isUp || node.isLater) return
    counts.upgrades++
    reached.count('device upgraded')
    this.#world.note(`upgrade ${node.name}`)
    node.upgrade()
    this.#startLater(node, this.#random.int(200, 5_000))
  }

  #startLater(node: FaultyNode, inMs: number): void {
    this.#rhythm.later(inMs, () => {
      if (!node.isUp && !node.isLost && !this.#keptDown.has(node)) this.#world.start(node)
    })
  }

  /** Nothing of the process runs for a while, and nobody can tell. */
  #pause(node: FaultyNode): void {
    const { counts, reached } = this.#world
    if (!node.isUp || node.gate.isPaused) return
    counts.pauses++
    reached.count('process paused')
    this.#world.note(`pause ${node.name}`)
    node.gate.pause()
    this.#rhythm.later(this.#random.int(100, 30_000), () => node.gate.resume())
  }

  /** Everybody closes the lid, or all but one; eight hours later they open it again. */
  #night(): void {
    const { nodes, network, scheduler, counts, reached } = this.#world
    const awake = this.#random.chance(0.1) ? this.#random.pick(nodes) : undefined
    const sleepers = nodes.filter((node) => node.isUp && node !== awake)
    counts.nights++
    reached.count('slept for eight hours')
    this.#world.note('night')
    this.#rhythm.rest(NIGHT_MS)
    for (const node of sleepers) node.gate.pause()
    scheduler.after(30_000, () => {
      for (const node of sleepers) network.setAsleep(node.device, true)
    })
    scheduler.after(NIGHT_MS, () => {
      this.#world.note('morning')
      for (const node of sleepers) {
        node.gate.resume()
        network.setAsleep(node.device, false)
      }
    })
  }

  #fillDisk(node: FaultyNode): void {
    this.#world.counts.diskFull++
    this.#world.note(`disk full ${node.name}`)
    node.disk.setCapacity(0)
    this.#rhythm.later(this.#random.int(500, 10_000), () => node.disk.setCapacity(Infinity))
  }

  /** The next sync of some file fails; what it was to make durable is in doubt, and the process starts again. */
  #failSync(node: FaultyNode): void {
    if (!node.isUp) return
    this.#world.note(`sync fails ${node.name}`)
    let isOver = false
    node.disk.setFaults({
      ...node.disk.faults,
      sync: (path) => {
        if (isOver) return false
        isOver = true
        node.needsRestart = true
        this.#world.counts.syncsFailed++
        this.#world.reached.count('sync failed')
        this.#world.note(`sync failed ${node.name} ${path.slice(-12)}`)
        this.#rhythm.later(this.#random.int(1_000, 8_000), () => this.crash(node))
        return true
      },
    })
  }

  /** The next read fails, or every read until a moment later; what is on the disk is untouched. */
  #failReads(node: FaultyNode): void {
    const { counts, reached } = this.#world
    const fails = this.#failing(node, 'read', () => {
      counts.readsFailed++
      reached.count('read failed')
    })
    node.disk.setFaults({ ...node.disk.faults, readError: fails })
  }

  #failAppends(node: FaultyNode): void {
    const { counts, reached } = this.#world
    const fails = this.#failing(node, 'write', () => {
      counts.appendsFailed++
      reached.count('write failed')
    })
    const append = (path: string): 'STORE_IO' | undefined => (fails(path) ? 'STORE_IO' : undefined)
    node.disk.setFaults({ ...node.disk.faults, append })
  }

  /** Whether something fails now: once, or until a moment later. */
  #failing(node: FaultyNode, what: string, count: () => void): (path: string) => boolean {
    const { scheduler } = this.#world
    const isOnce = this.#random.chance(0.7)
    const untilMs = isOnce ? Infinity : scheduler.nowMs + this.#random.int(1, 3_000)
    this.#world.note(`${what}s fail ${node.name} ${isOnce ? 'once' : 'for a while'}`)
    let hasFailed = false
    return (path) => {
      if ((isOnce && hasFailed) || scheduler.nowMs > untilMs) return false
      hasFailed = true
      count()
      this.#world.note(`${what} failed ${node.name} ${path.slice(-12)}`)
      return true
    }
  }

  /** The phone is gone. What only it had is gone too. */
  #loseDisk(node: FaultyNode): void {
    const { counts, reached, options } = this.#world
    const isFounder = node === this.#world.nodes[0]
    if (node.isLost || ((isFounder || node.isIrreplaceable) && options.mode === 'covered')) return
    counts.disksLost++
    reached.count('device lost')
    this.#world.note(`lost ${node.name}`)
    node.lose()
    if (this.#random.chance(0.7)) {
      this.#rhythm.later(this.#random.int(500, 10_000), () => this.#world.replace(node))
    }
  }

  /** A backup is put back: the device is as it was some time ago. */
  #restore(node: FaultyNode): void {
    const { counts, reached, options } = this.#world
    if (!node.isUp || !node.hasBackup || node.isLost) return
    counts.disksRestored++
    reached.count('backup put back')
    this.#world.note(`restore ${node.name}`)
    node.crash(undefined, 'kept')
    node.restore(options.mode === 'covered')
    this.#startLater(node, this.#random.int(200, 5_000))
  }

  #flipBit(node: FaultyNode): void {
    const files = [...node.disk.files()].filter(([, bytes]) => bytes.length > 0)
    if (files.length === 0) return
    const [path, bytes] = this.#random.pick(files)
    this.#world.counts.bitsFlipped++
    this.#world.reached.count('bit flipped at rest')
    this.#world.note(`bit flipped ${node.name} ${path.slice(-12)}`)
    node.disk.flipBit(path, this.#random.int(0, 8 * bytes.length - 1))
    node.isDamaged = true
    if (this.#random.chance(0.5)) this.crash(node)
  }

  #setClock(node: FaultyNode): void {
    const { clockSkewMs, clockDriftPpm, clockSwingMs } = this.#world.options
    if (clockSkewMs > 0) node.clock.skewMs = this.#random.int(-clockSkewMs, clockSkewMs)
    node.clock.driftPpm = this.#random.int(-clockDriftPpm, clockDriftPpm)
    if (clockSwingMs > 0) node.clock.swingMs = this.#random.int(0, clockSwingMs)
  }

  #stepClock(node: FaultyNode): void {
    const isGreat = this.#random.chance(GREAT_STEP_RATE)
    const stepMs = isGreat ? this.#random.pick([-YEAR_MS, YEAR_MS]) : this.#random.int(-6e5, 6e5)
    this.#world.counts.clockSteps++
    if (stepMs < 0) this.#world.reached.count('clock set back')
    if (isGreat) this.#world.reached.count('clock a year off')
    this.#world.note(`clock ${node.name} ${stepMs}`)
    node.clock.skewMs += stepMs
  }
}
