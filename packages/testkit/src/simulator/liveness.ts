/**
 * The second phase of a world: faults end, and within a bound of virtual time a core of devices must agree.
 *
 * Outsiders stay dead or cut off, so the core has to do without them. Whoever hostile is in it goes on being hostile.
 * In a world of `anything` nobody has to agree: it only runs on for a while, for the safety oracles to look at.
 */

import { EPHEMERAL_LOOK_MS_MAX } from '@hamlet/space'
import type { Ephemeral } from '@hamlet/space'
import type { Faults } from './faults.ts'
import type { Taken } from './oracles/disappearing.ts'
import type { Problem } from './oracles/problem.ts'
import type { Reached } from './reached.ts'
import type { Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'
import { CALM_NETWORK } from './sim-network.ts'
import type { SimNetwork } from './sim-network.ts'
import { secretsForTicket } from './sim-node.ts'
import type { SimNode } from './sim-node.ts'
import type { Invitations } from './invitations.ts'
import type { Verdict } from './verdict.ts'
import type { WorldOptions } from './world-options.ts'

/** Virtual time within which a healed world agrees. */
export const HEALING_MS_MAX = 10 * 60_000
const HEALING_STEP_MS = 2_000
/** Agreement has to last. */
const QUIET_MS = 15_000
/** Everybody has heard of one greeting before the next. */
const GREETING_STEP_MS = 500
/** After a backup was put back, with everybody who is left in reach. */
const DOUBT_MS_MAX = 30_000
/** Whoever is asleep for so long has lost their connections. */
const ASLEEP_AFTER_MS = 30_000
/** What a device does about it, and what it writes to its disk. */
const DISAPPEARED_AFTER_MS = 30_000
/** Together with the time to agree before it, a little less than an hour: who asked too often wakes up too early to be heard. */
const PUT_OFF_MS = 48 * 60_000
/** How long a world of `anything` runs on. */
const AFTERMATH_MS = 30_000

export interface LivenessWorld {
  readonly options: WorldOptions
  readonly random: SeededRandom
  readonly scheduler: Scheduler
  readonly network: SimNetwork
  readonly nodes: readonly SimNode[]
  readonly reached: Reached
  readonly faults: Faults
  readonly invitations: Invitations
  readonly verdict: Verdict
  isHonest(node: SimNode): boolean
  hasFailed(): boolean
  note(line: string): void
  start(node: SimNode): void
  /** Its person writes a message wherever they may. */
  greet(node: SimNode): void
  /** Hostile devices write no more of what nobody honest writes. */
  endRogues(): void
}

export class Liveness {
  readonly #world: LivenessWorld
  readonly #random: SeededRandom
  #hasGreeted = false
  #hasUpgraded = false
  /** How long everybody slept meanwhile: that is no part of agreeing. */
  sleptMs = 0

  constructor(world: LivenessWorld) {
    this.#world = world
    this.#random = world.random
  }

  /** What the core still did not agree on in the end. */
  async heal(): Promise<Problem | undefined> {
    const { options } = this.#world
    this.#endFaults()
    if (options.mode === 'anything') {
      await this.#pass(AFTERMATH_MS)
      return undefined
    }
    const pending = await this.#agreeOrWait()
    if (pending !== undefined || options.disappearing === null) return pending
    return this.#disappear(options.disappearing)
  }

  /** Who has asked too often is let in an hour later. */
  async #agreeOrWait(): Promise<Problem | undefined> {
    const pending = await this.#agree()
    const core = this.#world.verdict.core()
    if (pending === undefined || !core.some(({ isPutOff }) => isPutOff)) return pending
    await this.#sleep(PUT_OFF_MS)
    return this.#agree()
  }

  /** What is left to agree on in the end. */
  async #agree(): Promise<Problem | undefined> {
    const { scheduler, verdict, reached } = this.#world
    const endMs = scheduler.nowMs + HEALING_MS_MAX
    let pending: Problem | undefined
    while (scheduler.nowMs < endMs && !this.#world.hasFailed()) {
      this.#upgradeWhoMust()
      this.#openDoors()
      this.#setClocksRight()
      await this.#pass(HEALING_STEP_MS)
      pending = verdict.findUnsettled()
      if (pending !== undefined) continue
      this.#greet()
      await this.#pass(QUIET_MS)
      pending = verdict.findUnsettled()
      if (pending !== undefined || this.#upgradeWhoMust() || this.#upgradesOne()) continue
      if (verdict.outsiders.size > 0) reached.count('agreed without outsiders')
      return undefined
    }
    return pending
  }

  /** Nobody writes until all there is has to have disappeared; then all write and agree again. */
  async #disappear({ rotateMs, keepMs }: Ephemeral): Promise<Problem | undefined> {
    const { verdict, options } = this.#world
    const core = verdict.core().filter((node) => node.isUp)
    // While spaces were being opened nobody could say how late it was.
    this.#setClocksRight()
    const before = core.map(taken)
    await this.#sleep(EPHEMERAL_LOOK_MS_MAX + rotateMs + keepMs)
    // Awake, so that each has a prekey that is older than what was sealed to those before it.
    await this.#pass(keepMs + DISAPPEARED_AFTER_MS)
    if (this.#world.hasFailed()) return undefined
    const keepsFiles = options.plantedBug === 'keeps-files'
    const remains = await verdict.findRemains(keepsFiles ? before : core.map(taken))
    if (remains !== undefined) return remains
    this.#hasGreeted = false
    this.#greet()
    await this.#pass(QUIET_MS)
    this.#hasGreeted = false
    return this.#agree()
  }

  /** Once the logs agree, and nobody is left out of an epoch, every writer says something, and all agree again. */
  #greet(): void {
    if (this.#hasGreeted) return
    this.#hasGreeted = true
    const { verdict } = this.#world
    for (const [i, node] of verdict.core().entries()) {
      this.#world.scheduler.after(i * GREETING_STEP_MS, () => this.#world.greet(node))
    }
  }

  /** Whether a device is upgraded now that it has everything: it must come to show what it could not. */
  #upgradesOne(): boolean {
    const { options, verdict, reached } = this.#world
    if (this.#hasUpgraded || options.upgradeEveryMs === 0) return false
    this.#hasUpgraded = true
    const earlier = verdict.core().filter((node) => node.isReady && !node.isLater)
    if (earlier.length === 0) return false
    reached.count('device upgraded')
    this.#upgrade(this.#random.pick(earlier))
    return true
  }

  /** Whoever cannot write any more where the owner has raised the rules; they greet once more, now that they can. */
  #upgradeWhoMust(): boolean {
    let hasUpgraded = false
    for (const node of this.#world.verdict.core()) {
      const spaces = node.isReady ? node.slots.flatMap((slot) => node.space(slot)?.space ?? []) : []
      if (!spaces.some((space) => space.needsNewerVersion)) continue
      this.#world.reached.count('upgraded for newer rules')
      this.#upgrade(node)
      hasUpgraded = true
    }
    if (hasUpgraded) this.#hasGreeted = false
    return hasUpgraded
  }

  #upgrade(node: SimNode): void {
    this.#world.note(`upgrade ${node.name}`)
    node.upgrade()
    this.#world.start(node)
  }

  #endFaults(): void {
    const { options, faults, network, nodes, verdict, scheduler } = this.#world
    this.#world.note('healing')
    faults.end()
    this.#world.endRogues()
    network.faults = CALM_NETWORK
    network.unclogAll()
    // Whoever was in the middle may be out by now.
    if (options.memberActRate > 0) network.setHub(undefined)
    this.#chooseCore()
    network.setCuts(this.#cutsAroundCore())
    for (const { disk } of nodes) {
      disk.setCapacity(Number.POSITIVE_INFINITY)
      disk.setFaults({})
    }
    this.#setClocksRight()
    for (const node of nodes) {
      node.gate.resume()
      if (node.needsRestart) node.crash(undefined, 'kept')
      if (!node.isUp && !node.isLost && !verdict.deadOutsiders.has(node)) this.#world.start(node)
      scheduler.after(DOUBT_MS_MAX, () => node.endDoubts())
    }
    network.reconnectAll()
  }

  #chooseCore(): void {
    const { options, nodes, verdict } = this.#world
    const hub = options.topology === 'relay' ? nodes[0] : undefined
    const eligible = nodes.filter((node) => node !== hub)
    const outsiders = this.#random.shuffle(eligible).slice(0, options.outsiders)
    for (const node of outsiders) {
      verdict.outsiders.add(node)
      const isDead = this.#random.chance(0.5)
      this.#world.note(`outsider ${node.name} ${isDead ? 'dead' : 'cut off'}`)
      if (!isDead) continue
      verdict.deadOutsiders.add(node)
      node.crash(undefined, 'kept')
    }
  }

  #cutsAroundCore(): (readonly [from: string, to: string])[] {
    const { nodes, verdict } = this.#world
    const [inside, outside] = [false, true].map((isOut) =>
      nodes.filter((node) => verdict.outsiders.has(node) === isOut),
    )
    return inside!.flatMap((a) =>
      outside!.flatMap((b) => [[a.device, b.device] as const, [b.device, a.device] as const]),
    )
  }

  /** Everybody's clock agrees on the latest time any of them ever had: what was dated ahead becomes due. */
  #setClocksRight(): void {
    const { nodes, scheduler } = this.#world
    const skews = nodes.map(({ clock }) => clock.wall() - scheduler.nowMs)
    const latest = Math.max(...skews, this.#latestEntryMs() - scheduler.nowMs)
    for (const { clock } of nodes) clock.setRight(latest)
  }

  #latestEntryMs(): number {
    let latestMs = 0
    for (const node of this.#world.nodes) {
      if (node.isDamaged) continue
      for (const slot of node.slots) {
        const space = node.space(slot)?.space
        for (const [log, applied] of space?.appliedLengths() ?? []) {
          // Of every history, and what is not applied yet.
          for (const { time } of space!.entries(log, applied - 1)) {
            latestMs = Math.max(latestMs, time.milliseconds)
          }
        }
        for (const [device, length] of space?.lengths() ?? []) {
          const entry = space!.entryAt(device, length - 1)
          latestMs = Math.max(latestMs, entry?.time.milliseconds ?? 0)
        }
      }
    }
    return latestMs
  }

  /** Members let in who waits; who was turned away or has no link yet gets a fresh one. */
  #openDoors(): void {
    const { options, invitations, verdict } = this.#world
    const core = verdict.core()
    for (let slot = 0; slot < options.spaces; slot++) {
      const owner = core.find((node) => node.space(slot)?.space.ownRole === 'owner')
      if (owner === undefined) continue
      for (const node of core) invitations.settleRequests(this.#random, node, slot, 1)
      invitations.ensureOpenLink(this.#random, owner, slot)
      for (const node of core) invitations.joinAtLast(node, owner, slot)
    }
    this.#fetchArrivals()
  }

  /** Devices that others have added, and that were not there when it happened. */
  #fetchArrivals(): void {
    for (const slot of Array.from({ length: this.#world.options.spaces }, (_, i) => i)) {
      for (const node of this.#world.verdict.core()) {
        if (!node.isReady || node.isTaken(slot)) continue
        const host = this.#world.verdict
          .core()
          .find((each) => each.space(slot)?.space.deviceOwner(node.device) !== undefined)
        const space = host?.space(slot)?.space
        if (space !== undefined) void node.arrive(slot, space.id, secretsForTicket(space))
      }
    }
  }

  /** Everybody closes the lid. */
  async #sleep(ms: number): Promise<void> {
    const { network } = this.#world
    const sleepers = this.#world.nodes.filter((node) => node.isUp)
    for (const node of sleepers) node.gate.pause()
    await this.#pass(ASLEEP_AFTER_MS)
    for (const { device } of sleepers) network.setAsleep(device, true)
    await this.#pass(ms)
    this.sleptMs += ASLEEP_AFTER_MS + ms
    for (const node of sleepers) {
      node.gate.resume()
      network.setAsleep(node.device, false)
    }
  }

  async #pass(ms: number): Promise<void> {
    const { scheduler } = this.#world
    await scheduler.run(scheduler.nowMs + ms, () => this.#world.hasFailed())
  }
}

/** A device as a thief finds it now. */
function taken(node: SimNode): Taken {
  return { node, files: node.disk.files() }
}
