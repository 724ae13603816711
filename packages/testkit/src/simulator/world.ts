/**
 * One simulated world: several devices running the real log, space, sync and chat code, in one thread, from one seed.
 *
 * Two phases. *Chaos*: people act while links, disks, clocks and processes fail. *Healing*: every fault ends, every
 * device is up, and within a bound of virtual time all honest members must hold the same, show the same and have lost
 * nothing that was acknowledged. A hostile device goes on being hostile throughout.
 *
 * The result names the first thing that is wrong, and the hash of everything that happened.
 */

import { bytesToHex } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { findLostWrite } from './oracles/acknowledged.ts'
import { deafTo } from './deaf-net.ts'
import { checkAuthorship } from './oracles/authorship.ts'
import { findExcess, findHealingExcess } from './oracles/bounds.ts'
import { findUnsettled, findViewDivergence } from './oracles/convergence.ts'
import { findBanBetween, findDishonesty } from './oracles/honesty.ts'
import type { Judgement, Problem } from './oracles/problem.ts'
import { Faults } from './faults.ts'
import type { FaultCounts } from './faults.ts'
import { forgeLogs } from './forged-log.ts'
import { drawHostilePlan, HostileNet } from './hostile-net.ts'
import { Reached } from './reached.ts'
import { Scheduler } from './scheduler.ts'
import { SeededRandom } from './seeded-random.ts'
import { SimLogger } from './sim-logger.ts'
import type { NodeNet, SimNet } from './sim-net.ts'
import { CALM_NETWORK, SimNetwork } from './sim-network.ts'
import type { NetworkCounts } from './sim-network.ts'
import { SimNode } from './sim-node.ts'
import { Trace } from './trace.ts'
import { Workload } from './workload.ts'
import type { WorldOptions } from './world-options.ts'

/** Virtual time within which a healed world agrees. */
export const HEALING_MS_MAX = 10 * 60_000
const HEALING_STEP_MS = 2_000
/** Agreement has to last. */
const QUIET_MS = 15_000
const SAMPLE_MS = 1_000

export interface WorldReport {
  readonly options: WorldOptions
  readonly problem: Problem | undefined
  readonly traceHash: string
  /** With `verbose`: what happened, line by line. */
  readonly lines: readonly string[]
  readonly simulatedMs: number
  readonly events: number
  readonly healingMs: number
  readonly acknowledged: number
  readonly acts: Readonly<Record<string, number>>
  readonly refusals: Readonly<Record<string, number>>
  readonly network: NetworkCounts
  readonly faults: FaultCounts
  readonly reached: Readonly<Record<string, number>>
}

export async function runWorld(
  options: WorldOptions,
  crypto: Crypto,
  verbose = false,
): Promise<WorldReport> {
  const world = new World(options, crypto, verbose)
  const onRejection = (error: unknown): void => {
    world.fail(`a promise nobody waits for failed: ${stackOf(error)}`)
  }
  process.on('unhandledRejection', onRejection)
  try {
    return await world.run()
  } finally {
    process.off('unhandledRejection', onRejection)
  }
}

class World {
  readonly options: WorldOptions
  readonly crypto: Crypto
  readonly random: SeededRandom
  readonly scheduler = new Scheduler()
  readonly network: SimNetwork
  readonly reached = new Reached()
  readonly trace: Trace
  readonly nodes: readonly SimNode[]
  readonly #faults: Faults
  readonly #workload: Workload
  readonly #hostile: SimNode | undefined
  #problem: Problem | undefined
  #quarantineSeen = false

  constructor(options: WorldOptions, crypto: Crypto, verbose: boolean) {
    this.options = options
    this.crypto = crypto
    this.random = new SeededRandom(options.seed)
    this.trace = new Trace(verbose)
    this.network = new SimNetwork(this.scheduler, this.random.fork('network'), (line) =>
      this.note(line),
    )
    this.nodes = Array.from({ length: options.nodes }, (_, i) => this.#createNode(i))
    this.#hostile = options.hostility === 'none' ? undefined : this.nodes.at(-1)
    const shared = { options, scheduler: this.scheduler, network: this.network }
    const { nodes, reached } = this
    this.#faults = new Faults({
      ...shared,
      ...{ nodes, reached, random: this.random.fork('faults') },
      note: (line) => this.note(line),
      start: (node) => this.#start(node),
    })
    this.#workload = new Workload({
      ...{ nodes, reached, random: this.random.fork('people') },
      autoInviteRate: options.autoInviteRate,
      inviteUses: options.inviteUses,
      isHonest: (node) => this.#isHonest(node),
      isGivenLinks: (node) => this.#isHonest(node) || options.hostility !== 'stranger',
      isWelcome: (node) => this.#isHonest(node) || options.hostility === 'member',
      note: (line) => this.note(line),
      fail: (problem) => this.fail(problem),
      writing: (node) => this.#faults.writing(node),
    })
  }

  note(line: string): void {
    this.trace.add(`${this.scheduler.nowMs.toFixed(3)} ${line}`)
  }

  fail(detail: string): void {
    this.#problem ??= { oracle: 'no crash', detail }
    this.note(`failed ${detail}`)
  }

  async run(): Promise<WorldReport> {
    this.#scheduleChaos()
    await this.scheduler.run(this.options.chaosMs, () => this.#problem !== undefined)
    const healingFromMs = this.scheduler.nowMs
    const sentBefore = this.network.counts.sent
    if (this.#problem === undefined) await this.#heal()
    const healingMs = this.scheduler.nowMs - healingFromMs
    if (this.#problem === undefined) {
      const sent = this.network.counts.sent - sentBefore
      this.#problem = (await this.#judge()) ?? findHealingExcess(sent, this.nodes.length, healingMs)
    }
    return this.#report(healingMs)
  }

  #createNode(index: number): SimNode {
    const { options, scheduler, network, crypto, reached } = this
    const isBuggy = options.plantedBug !== undefined && index === 0
    return new SimNode(
      {
        ...{ scheduler, network, crypto, reached },
        loggerFor: (node) => new SimLogger((level, line) => this.#log(node, level, line)),
        wrapNet: (node, net) => this.#wrapNet(node, net),
        note: (line) => this.note(line),
      },
      this.random.fork(`node ${index}`),
      {
        name: `n${index}`,
        syncMeanMs: options.syncMeanMs,
        skipsSync: isBuggy && options.plantedBug === 'no-fsync',
      },
    )
  }

  #log(node: SimNode, level: string, line: string): void {
    this.note(`${level} ${node.name} ${line}`)
    if (node === this.#hostile || this.#hostile === undefined) return
    if (line.startsWith('a peer broke the sync protocol') && line.includes(this.#hostile.device)) {
      this.reached.count('hostile peer banned')
    }
  }

  #wrapNet(node: SimNode, net: SimNet): NodeNet {
    if (node !== this.#hostile) return this.#isDeaf(node) ? deafTo(net, this.nodes[1]!.device) : net
    const random = this.random.fork(`hostile ${node.life}`)
    const hostile = new HostileNet(net, random, drawHostilePlan(random), () => {
      this.reached.count('hostile bytes sent')
    })
    const spaces = this.nodes.flatMap(({ slots }, i) =>
      slots.flatMap((slot) => this.nodes[i]!.space(slot)?.space.id ?? []),
    )
    void forgeLogs(this.crypto, random, [...new Set(spaces)]).then((forgeries) => {
      hostile.forgeries = forgeries
    })
    return hostile
  }

  #isDeaf(node: SimNode): boolean {
    return this.options.plantedBug === 'deaf' && node === this.nodes[0]
  }

  #isHonest(node: SimNode): boolean {
    return node !== this.#hostile
  }

  #start(node: SimNode): void {
    this.note(`start ${node.name}`)
    const { life } = node
    node.start().then(
      () => this.note(`started ${node.name}`),
      (error: unknown) => {
        const isDiskFull = /STORE_FULL|SPACE_DISK/.test(String((error as { code?: string }).code))
        if (!isDiskFull) return this.fail(`${node.name} could not start: ${stackOf(error)}`)
        if (node.life !== life + 1) return
        node.crash(undefined, 'kept')
        this.scheduler.after(2_000, () => {
          if (!node.isUp) this.#start(node)
        })
      },
    )
  }

  #scheduleChaos(): void {
    const { options, scheduler } = this
    const random = this.random.fork('schedule')
    for (const [i, node] of this.nodes.entries()) {
      const isLate = i > 0 && i <= options.lateNodes
      const atMs = isLate ? options.chaosMs / 2 : random.int(0, 300)
      if (isLate) scheduler.after(atMs, () => this.reached.count('node started late'))
      scheduler.after(atMs, () => this.#start(node))
    }
    for (let slot = 0; slot < options.spaces; slot++) {
      const founder = this.nodes[slot === 0 || this.nodes.length < 3 ? 0 : 1]!
      scheduler.after(500 + slot, () => this.#found(founder, slot))
    }
    if (options.spaces > 1) this.reached.count('several spaces')
    for (let i = 0; i < options.acts; i++) {
      scheduler.after(random.int(1_000, options.chaosMs), () => this.#workload.act())
    }
    scheduler.after(1_000, () => this.#faults.begin())
    scheduler.after(SAMPLE_MS, () => this.#sample())
    if (options.inviterLeaves) scheduler.after(options.chaosMs / 3, () => this.#inviterLeaves())
  }

  #found(founder: SimNode, slot: number): void {
    if (founder.isReady) this.#workload.found(founder, slot)
    else this.scheduler.after(500, () => this.#found(founder, slot))
  }

  /** Whoever founded the space goes away for the rest of the chaos; the links they gave out stay. */
  #inviterLeaves(): void {
    this.note('the inviter leaves')
    this.nodes[0]!.crash(undefined, 'kept')
    this.#faults.keepDown(this.nodes[0]!)
  }

  #sample(): void {
    if (this.scheduler.nowMs >= this.options.chaosMs) return
    for (const node of this.nodes) {
      for (const slot of node.slots) {
        const space = node.isMember(slot) ? node.space(slot)?.space : undefined
        if (space === undefined || this.#quarantineSeen) continue
        if (space.pendingCounts().held === 0) continue
        this.#quarantineSeen = true
        this.reached.count('entry held back for its clock')
      }
    }
    this.scheduler.after(SAMPLE_MS, () => this.#sample())
  }

  async #heal(): Promise<void> {
    this.note('healing')
    this.#faults.end()
    this.network.faults = CALM_NETWORK
    this.network.setCuts([])
    this.#setClocksRight()
    for (const node of this.nodes) {
      node.disk.setCapacity(Number.POSITIVE_INFINITY)
      if (!node.isUp) this.#start(node)
    }
    this.network.reconnectAll()
    const endMs = this.scheduler.nowMs + HEALING_MS_MAX
    let pending: Problem | undefined
    while (this.scheduler.nowMs < endMs && this.#problem === undefined) {
      this.#openDoors()
      this.#setClocksRight()
      await this.#pass(HEALING_STEP_MS)
      pending = this.#findUnsettled()
      if (pending !== undefined) continue
      await this.#pass(QUIET_MS)
      pending = this.#findUnsettled()
      if (pending === undefined) return
    }
    this.#problem ??= pending
  }

  /** Everybody's clock agrees on the latest time any of them ever had: what was dated ahead becomes due. */
  #setClocksRight(): void {
    const skews = this.nodes.map(({ clock }) => clock.wall() - this.scheduler.nowMs)
    const latest = Math.max(...skews, this.#latestEntryMs() - this.scheduler.nowMs)
    for (const { clock } of this.nodes) clock.setRight(latest)
  }

  #latestEntryMs(): number {
    let latestMs = 0
    for (const node of this.nodes) {
      for (const slot of node.slots) {
        const space = node.space(slot)?.space
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
    for (let slot = 0; slot < this.options.spaces; slot++) {
      const founder = this.nodes.find((node) => node.space(slot)?.space.ownRole === 'owner')
      if (founder === undefined) continue
      for (const node of this.nodes) this.#workload.settleRequests(node, slot, 1)
      this.#workload.ensureOpenLink(founder, slot)
      for (const node of this.nodes) {
        if (this.#isHonest(node)) this.#workload.joinAtLast(node, founder, slot)
      }
    }
  }

  async #pass(ms: number): Promise<void> {
    await this.scheduler.run(this.scheduler.nowMs + ms, () => this.#problem !== undefined)
  }

  #judgements(): Judgement[] {
    return Array.from({ length: this.options.spaces }, (_, slot) => {
      const isFounded = this.nodes.some((node) => node.slots.includes(slot))
      const honest = isFounded ? this.nodes.filter((node) => this.#isHonest(node)) : []
      const replicas = honest.flatMap((node) => {
        const copy = node.space(slot)
        return copy === undefined ? [] : [{ name: node.name, device: node.device, copy }]
      })
      return { crypto: this.crypto, slot, replicas }
    })
  }

  #findUnsettled(): Problem | undefined {
    const honest = this.nodes.filter((node) => this.#isHonest(node))
    for (const judgement of this.#judgements()) {
      const isFounded = judgement.replicas.some(({ copy }) => copy.space.ownRole === 'owner')
      if (isFounded && judgement.replicas.length < honest.length) {
        const detail = `space ${judgement.slot}: not everybody is here`
        return { oracle: 'convergence', detail }
      }
      const problem = isFounded ? findUnsettled(judgement) : undefined
      if (problem !== undefined) return problem
    }
    return undefined
  }

  async #judge(): Promise<Problem | undefined> {
    for (const judgement of this.#judgements()) {
      if (!judgement.replicas.some(({ copy }) => copy.space.ownRole === 'owner')) continue
      const authorship = checkAuthorship(judgement)
      if (authorship.concurrent > 0) this.reached.count('writes by several devices at once')
      const honestWrites = this.#workload.acknowledged.filter(
        ({ device }) => device !== this.#hostile?.device,
      )
      const problem =
        findDishonesty(judgement) ??
        findLostWrite(judgement, honestWrites) ??
        authorship.problem ??
        (await this.#awaited(findViewDivergence(judgement)))
      if (problem !== undefined) return problem
      for (const { copy } of judgement.replicas) {
        this.note(`frontier ${bytesToHex(copy.space.frontierHash())}`)
      }
    }
    for (const node of this.nodes) node.noteBans()
    return (
      findBanBetween(this.nodes.filter((node) => this.#isHonest(node))) ??
      findExcess(this.network.counts)
    )
  }

  /** Views may wait for the disk, so virtual time has to go on. */
  async #awaited<T>(promise: Promise<T>): Promise<T> {
    let isDone = false
    const done = promise.finally(() => {
      isDone = true
    })
    const endMs = this.scheduler.nowMs + HEALING_MS_MAX
    while (!isDone && this.scheduler.nowMs < endMs) {
      await this.scheduler.run(this.scheduler.nowMs + 100, () => isDone)
    }
    if (!isDone) throw new Error('a view never caught up')
    return done
  }

  #report(healingMs: number): WorldReport {
    const { options, trace, scheduler, network, reached } = this
    return {
      ...{ options, healingMs, problem: this.#problem, lines: trace.lines },
      traceHash: trace.digest(),
      simulatedMs: scheduler.nowMs,
      events: scheduler.eventsRun,
      acknowledged: this.#workload.acknowledged.length,
      acts: Object.fromEntries(this.#workload.acts),
      refusals: Object.fromEntries(this.#workload.refusals),
      ...{ network: network.counts, faults: this.#faults.counts },
      reached: reached.toRecord(),
    }
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error)
}
