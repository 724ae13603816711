/**
 * One simulated world: several devices running the real log, space, sync and chat code, in one thread, from one seed.
 *
 * Two phases. *Chaos*: people act while links, disks, clocks and processes fail. *Healing*: every fault ends, every
 * device is up, and within a bound of virtual time all honest members must hold the same, show the same and have lost
 * nothing that was acknowledged. A hostile device goes on being hostile throughout.
 *
 * The result names the first thing that is wrong, and the hash of everything that happened.
 */

import type { Crypto } from '@hamlet/core'
import type { Identity } from '@hamlet/identity'
import { plantInNet } from './canaries.ts'
import { PLAINTEXT_MARK } from './chat-acts.ts'
import { NIGHT_MS } from './device-faults.ts'
import { findHealingExcess } from './oracles/bounds.ts'
import type { Problem } from './oracles/problem.ts'
import { Faults } from './faults.ts'
import type { FaultCounts } from './fault-world.ts'
import { ForkResets } from './fork-resets.ts'
import { Hostiles } from './hostiles.ts'
import { HEALING_MS_MAX, Liveness } from './liveness.ts'
import type { People } from './people.ts'
import { Reached } from './reached.ts'
import { Scheduler } from './scheduler.ts'
import { SeededRandom } from './seeded-random.ts'
import { SimLogger } from './sim-logger.ts'
import type { NodeNet, SimNet } from './sim-net.ts'
import { SimNetwork } from './sim-network.ts'
import type { NetworkCounts } from './sim-network.ts'
import { SimNode } from './sim-node.ts'
import { Trace } from './trace.ts'
import { Verdict } from './verdict.ts'
import { Workload } from './workload.ts'
import type { PlantedBug, WorldOptions } from './world-options.ts'

const SAMPLE_MS = 1_000
/** How often somebody may reset a forked device, and how long into the healing: less than agreement has to last. */
const FORK_RESETS_LOOK_MS = 1_500
const FORK_RESETS_AFTER_MS = 10_000
/** By then the space is there, and everybody in it who gets in at once. */
const FOUNDED_MS = 1_000
const SETTLED_MS = 2_500

export interface WorldReport {
  readonly options: WorldOptions
  readonly problem: Problem | undefined
  readonly traceHash: string
  /** Whether it was run again, with the same trace. */
  readonly ranTwice: boolean
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
  readonly attacks: Readonly<Record<string, number>>
  readonly reached: Readonly<Record<string, number>>
}

/** What worlds of one process share. */
export interface SharedMeans {
  readonly crypto: Crypto
  readonly people: People
}

export async function runWorld(
  options: WorldOptions,
  means: SharedMeans,
  verbose = false,
): Promise<WorldReport> {
  const world = new World(options, means, verbose)
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
  readonly nodes: SimNode[]
  readonly #people: People
  readonly #faults: Faults
  readonly #workload: Workload
  readonly #hostiles: Hostiles
  readonly #verdict: Verdict
  #problem: Problem | undefined
  #quarantineSeen = false
  #healingMs = 0

  constructor(options: WorldOptions, { crypto, people }: SharedMeans, verbose: boolean) {
    this.options = options
    this.crypto = crypto
    this.random = new SeededRandom(options.seed)
    this.trace = new Trace(verbose)
    this.network = new SimNetwork(this.scheduler, this.random.fork('network'), (line) =>
      this.note(line),
    )
    const identities = people.draw(this.random.fork('identities'), options.nodes)
    this.#people = people
    this.nodes = identities.map((identity, i) => this.#createNode(i, identity))
    this.#hostiles = this.#createHostiles()
    for (let i = 0; i < options.furtherDevices; i++) this.#addFurther(this.nodes[i]!)
    const shared = { options, scheduler: this.scheduler, network: this.network }
    const { nodes, reached } = this
    this.#faults = new Faults({
      ...shared,
      ...{ nodes, reached, random: this.random.fork('faults') },
      note: (line) => this.note(line),
      start: (node: SimNode) => this.#start(node),
      replace: (node: SimNode) => this.#start(this.#addFurther(node, true)),
    })
    this.#workload = new Workload({
      ...{ nodes, reached },
      autoInviteRate: options.autoInviteRate,
      inviteUses: options.inviteUses,
      memberActRate: options.memberActRate,
      startsSettled: options.startsSettled,
      raisesRules: options.raisesRules,
      disappearing: options.disappearing,
      ledger: options.ledgerRate > 0 ? { crypto, ...options } : undefined,
      plantedBug: options.plantedBug,
      isHonest: (node) => this.#isHonest(node),
      isGivenLinks: (node) => this.#hostiles.optionsOf(node)?.rank !== 'stranger',
      isWelcome: (node) => (this.#hostiles.optionsOf(node)?.rank ?? 'member') === 'member',
      note: (line) => this.note(line),
      fail: (problem) => this.fail(problem),
      broken: (problem) => this.#breaks(problem),
      writing: (node) => this.#faults.devices.writing(node),
      sleep: (ms) => this.scheduler.sleep(ms),
      silence: (node, isSilent) => this.#silence(node, isSilent),
    })
    this.#verdict = new Verdict({
      ...{ options, crypto, nodes, reached, network: this.network },
      random: this.random.fork('verdict'),
      acknowledged: this.#workload.acknowledged,
      isHonest: (node) => this.#isHonest(node),
      note: (line) => this.note(line),
      awaited: (promise) => this.#awaited(promise),
    })
    this.network.onSent = (bytes) => this.#look(bytes)
    if (options.topology === 'relay') {
      this.network.setHub(this.nodes[0]!.device)
      this.reached.count('met through a relay only')
    }
  }

  note(line: string): void {
    this.trace.add(`${this.scheduler.nowMs.toFixed(3)} ${line}`)
  }

  fail(detail: string): void {
    this.#problem ??= { oracle: 'no crash', detail }
    this.note(`failed ${detail}`)
  }

  #breaks(problem: Problem): void {
    this.#problem ??= problem
    this.note(`broken ${problem.oracle}: ${problem.detail}`)
  }

  /** Nothing that anybody wrote can be read on the wire. */
  #look(bytes: Uint8Array): void {
    if (this.#problem !== undefined) return
    if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(PLAINTEXT_MARK)) return
    const detail = `a message of ${bytes.length} bytes shows what somebody wrote`
    this.#problem = { oracle: 'nothing readable', detail }
  }

  /** Never rejects: what is thrown on the way is the world's problem. */
  async run(): Promise<WorldReport> {
    try {
      await this.#live()
    } catch (error) {
      this.fail(`the world ended early: ${stackOf(error)}`)
    }
    return this.#report()
  }

  async #live(): Promise<void> {
    this.#scheduleChaos()
    const hasFailed = (): boolean => this.#problem !== undefined
    await this.scheduler.run(this.#chaosEndMs, hasFailed)
    const healingFromMs = this.scheduler.nowMs
    const sentBefore = this.network.counts.sent
    if (!hasFailed()) {
      const liveness = this.#createLiveness(hasFailed)
      const pending = await liveness.heal()
      this.#problem ??= pending
      this.#healingMs = this.scheduler.nowMs - healingFromMs - liveness.sleptMs
    }
    if (!hasFailed()) {
      const sent = this.network.counts.sent - sentBefore
      this.#problem =
        (await this.#verdict.judge()) ?? findHealingExcess(sent, this.nodes.length, this.#healingMs)
    }
  }

  #createLiveness(hasFailed: () => boolean): Liveness {
    const { options, scheduler, network, nodes, reached } = this
    return new Liveness({
      ...{ options, scheduler, network, nodes, reached, hasFailed },
      random: this.random.fork('liveness'),
      faults: this.#faults,
      invitations: this.#workload.invitations,
      greet: (node) => this.#workload.greet(this.random.fork(`greeting ${node.name}`), node),
      endRogues: () => this.#hostiles.end(),
      verdict: this.#verdict,
      isHonest: (node) => this.#isHonest(node),
      note: (line) => this.note(line),
      start: (node) => this.#start(node),
    })
  }

  get #beginsAtMs(): number {
    return this.options.startsSettled ? SETTLED_MS : FOUNDED_MS
  }

  /** The night prolongs the chaos. */
  get #chaosEndMs(): number {
    const { chaosMs, nightAtMs } = this.options
    return chaosMs + (nightAtMs > 0 ? NIGHT_MS : 0)
  }

  /** Another device of the same person, which knows nothing yet. */
  #addFurther(node: SimNode, isReplacement = false): SimNode {
    const count = this.nodes.filter(({ person }) => person === node.person).length
    const identity = this.#people.furtherDevice(node.identity, count)
    const further = this.#createNode(this.nodes.length, identity, { isReplacement })
    this.nodes.push(further)
    return further
  }

  #createNode(
    index: number,
    identity: Identity,
    further?: { readonly isReplacement: boolean },
    network: Pick<SimNetwork, 'attach' | 'detach'> = this.network,
  ): SimNode {
    const { options, scheduler, crypto, reached } = this
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
        ...{ name: `n${index}`, identity },
        isFurther: further !== undefined,
        isReplacement: further?.isReplacement ?? false,
        syncMeanMs: options.syncMeanMs,
        isLater: this.random.fork(`version ${index}`).chance(options.laterRate),
        skipsLearning: options.plantedBug === 'unlearnt',
        skipsSync: isBuggy && options.plantedBug === 'no-fsync',
        ledger:
          options.ledgerRate > 0 ? { crypto, plantedBug: this.#plantedInLedger(index) } : undefined,
      },
    )
  }

  /** Of one device, or of all. */
  #plantedInLedger(index: number): PlantedBug | undefined {
    const { plantedBug } = this.options
    return index === 0 || plantedBug === 'heeds-anyone' ? plantedBug : undefined
  }

  #createHostiles(): Hostiles {
    const { options, crypto, scheduler, reached, nodes } = this
    const first = options.nodes - options.hostiles.length
    return new Hostiles({
      ...{ crypto, scheduler, reached, nodes, chaosMs: options.chaosMs },
      random: this.random.fork('hostiles'),
      hostiles: new Map(options.hostiles.map((hostile, i) => [first + i, hostile])),
      note: (line) => this.note(line),
      startTwin: (node) => this.#startTwin(node),
      harmOf: (harming, node, slot) => this.#workload.harmOf(harming, node, slot),
      restart: (node) => this.#restart(node),
    })
  }

  #restart(node: SimNode): void {
    if (!node.isUp) return
    node.crash(undefined, 'kept')
    this.#start(node)
  }

  /** It shares the network of the first process, which its face divides. */
  #startTwin(node: SimNode): void {
    let last = this.network.netOf(node.device)!
    const attach = (): SimNet => {
      last = this.network.netOf(node.device) ?? last
      return last
    }
    const shared = { attach, detach: () => undefined }
    const further = { isReplacement: false }
    const twin = this.#createNode(this.nodes.length, node.identity, further, shared)
    this.#hostiles.noteTwin(node, twin)
    twin.copyFrom(node)
    this.nodes.push(twin)
    this.#start(twin)
  }

  #log(node: SimNode, level: string, line: string): void {
    this.note(`${level} ${node.name} ${line}`)
    if (line.startsWith('a peer speaks a later version')) {
      this.reached.count('message of a later version ignored')
    }
    if (!line.startsWith('a peer broke the sync protocol')) return
    const isOfHostile = this.nodes.some(
      (each) => !this.#isHonest(each) && line.includes(each.device),
    )
    if (isOfHostile && this.#isHonest(node)) this.reached.count('hostile peer banned')
  }

  #wrapNet(node: SimNode, net: SimNet): NodeNet {
    const hostile = this.#hostiles.optionsOf(node)
    if (hostile !== undefined) return this.#hostiles.wrapNet(node, hostile, net)
    if (node !== this.nodes[0]) return net
    return plantInNet(this.options.plantedBug, net, this.nodes[1]!.device)
  }

  #isHonest(node: SimNode): boolean {
    return this.options.plantedBug === 'twin' || this.#hostiles.optionsOf(node) === undefined
  }

  #start(node: SimNode): void {
    this.note(`start ${node.name}`)
    const { life } = node
    node.start().then(
      () => this.note(`started ${node.name}`),
      (error: unknown) => {
        if (node.life !== life + 1) return
        const code = String((error as { code?: string }).code)
        if (node.isDamaged && /_DAMAGED|_NOT_FOUND|STORE_|LOG_/.test(code))
          return this.#halt(node, code)
        const mayPass = /STORE_FULL|STORE_SYNC_FAILED|STORE_IO|SPACE_DISK/.test(code)
        if (!mayPass) return this.fail(`${node.name} could not start: ${stackOf(error)}`)
        node.crash(undefined, 'kept')
        this.scheduler.after(2_000, () => {
          if (!node.isUp) this.#start(node)
        })
      },
    )
  }

  /** Damage was noticed, and the device says so instead of going on: nothing more can be asked of it. */
  #halt(node: SimNode, code: string): void {
    this.note(`halted ${node.name} ${code}`)
    this.reached.count('damaged device halted')
    node.lose()
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
    this.#scheduleActs()
    scheduler.after(this.#beginsAtMs, () => this.#faults.begin())
    scheduler.after(this.#beginsAtMs, () => this.#hostiles.begin())
    scheduler.after(SAMPLE_MS, () => this.#sample())
    if (options.feudAtMs > 0) {
      scheduler.after(this.#beginsAtMs + options.feudAtMs, () =>
        this.#workload.feud(this.random.fork('feud')),
      )
    }
    if (options.resetsForks) this.#scheduleForkResets()
    if (options.inviterLeaves) scheduler.after(options.chaosMs / 3, () => this.#inviterLeaves())
  }

  #scheduleForkResets(): void {
    const resets = new ForkResets(
      {
        ...{ nodes: this.nodes, reached: this.reached },
        isHonest: (node) => this.#isHonest(node),
        perform: (node, name, run) => this.#workload.perform(node, name, run),
        endTwin: (device) => this.#hostiles.endTwin(device),
        sleep: (ms) => this.scheduler.sleep(ms),
        silence: (node, isSilent) => this.#silence(node, isSilent),
      },
      this.random.fork('fork resets'),
      this.options.resetsApart,
    )
    const look = (): void => {
      if (this.scheduler.nowMs > this.#chaosEndMs + FORK_RESETS_AFTER_MS) return
      resets.look()
      this.scheduler.after(FORK_RESETS_LOOK_MS, look)
    }
    this.scheduler.after(this.#beginsAtMs, look)
  }

  /** Every act draws from a stream of its own, so that leaving one out changes no other. */
  #scheduleActs(): void {
    const { acts, actSpanMs, chaosMs, nightAtMs, omittedActs } = this.options
    const omitted = new Set(omittedActs)
    for (let i = 0; i < acts; i++) {
      const random = this.random.fork(`act ${i}`)
      const atMs = this.#beginsAtMs + random.int(0, actSpanMs - this.#beginsAtMs)
      if (omitted.has(i) || atMs > chaosMs) continue
      const sleptMs = nightAtMs > 0 && atMs > nightAtMs ? NIGHT_MS : 0
      this.scheduler.after(atMs + sleptMs, () => this.#workload.act(random))
    }
  }

  #found(founder: SimNode, slot: number): void {
    if (founder.isReady) this.#workload.found(this.random.fork(`founding ${slot}`), founder, slot)
    else this.scheduler.after(500, () => this.#found(founder, slot))
  }

  /** Whoever founded the space goes away for the rest of the chaos; the links they gave out stay. */
  #inviterLeaves(): void {
    this.note('the inviter leaves')
    this.nodes[0]!.crash(undefined, 'kept')
    this.#faults.devices.keepDown(this.nodes[0]!)
  }

  #sample(): void {
    if (this.scheduler.nowMs >= this.#chaosEndMs) return
    for (const node of this.nodes) {
      for (const slot of node.slots) {
        const space = node.isMember(slot) ? node.space(slot)?.space : undefined
        if (space === undefined || this.#quarantineSeen) continue
        if (space.pendingCounts().held === 0) continue
        this.#quarantineSeen = true
        this.reached.count('entry held back for its clock')
      }
    }
    this.scheduler.after(this.#isNight ? NIGHT_MS : SAMPLE_MS, () => this.#sample())
  }

  /** Not while the world heals. */
  #silence({ device }: SimNode, isSilent: boolean): void {
    if (isSilent && this.scheduler.nowMs >= this.#chaosEndMs) return
    for (const { device: other } of this.nodes) {
      for (const [from, to] of [[device, other] as const, [other, device] as const]) {
        if (isSilent) this.network.clog(from, to)
        else this.network.unclog(from, to)
      }
    }
  }

  get #isNight(): boolean {
    const { nightAtMs } = this.options
    const sinceMs = this.scheduler.nowMs - nightAtMs - this.#beginsAtMs
    return nightAtMs > 0 && sinceMs >= 0 && sinceMs < NIGHT_MS
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

  #report(): WorldReport {
    const healingMs = this.#healingMs
    const { options, trace, scheduler, network, reached } = this
    return {
      ...{ options, healingMs, problem: this.#problem, lines: trace.lines },
      traceHash: trace.digest(),
      ranTwice: false,
      simulatedMs: scheduler.nowMs,
      events: scheduler.eventsRun,
      acknowledged: this.#workload.acknowledged.length,
      acts: Object.fromEntries(this.#workload.acts),
      refusals: Object.fromEntries(this.#workload.refusals),
      ...{ network: network.counts, faults: this.#faults.counts },
      attacks: Object.fromEntries(this.#hostiles.counts),
      reached: reached.toRecord(),
    }
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error)
}
