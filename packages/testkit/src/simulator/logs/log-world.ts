/**
 * One simulated world of logs: two to five peers with a log each and copies of the others', on disks, lines and clocks that fail,
 * with liars among them, in one thread, from one seed.
 *
 * Two phases, as in worlds of spaces: chaos, then healing, within which everything has to arrive. What the oracles judge on
 * the way they judge in the turn in which it happens.
 */

import { errorCode } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { Log } from '@hamlet/log'
import type { BlockEvent, LogRangeError } from '@hamlet/log'
import { plantInNet } from '../canaries.ts'
import { NIGHT_MS } from '../device-faults.ts'
import { Faults } from '../faults.ts'
import { Scheduler } from '../scheduler.ts'
import { SeededRandom } from '../seeded-random.ts'
import type { NodeNet, SimNet } from '../sim-net.ts'
import { CALM_NETWORK, SimNetwork } from '../sim-network.ts'
import type { WorldSum } from '../campaign.ts'
import type { Problem } from '../oracles/problem.ts'
import { Trace } from '../trace.ts'
import { AuthorModel } from './author-model.ts'
import { HonestLine } from './line-watch.ts'
import type { LineCounts, LineWatch } from './line-watch.ts'
import { Liar } from './liars.ts'
import { LogActs } from './log-acts.ts'
import { cryptoOf, plantInLine } from './log-canaries.ts'
import { LogNode } from './log-node.ts'
import type { OpenHolding } from './log-node.ts'
import type { LogWorldOptions } from './log-options.ts'
import { ReachedByLogs } from './log-reached.ts'
import type { LogState } from './log-reached.ts'
import type { StreamCounts } from './log-stream.ts'
import { LogVerdict } from './log-verdict.ts'
import { findFalseAccusation, findFalseForkReport } from './oracles/conduct.ts'
import { findBadHead, findWrongBlock } from './oracles/holdings.ts'
import type { SeenHead } from './oracles/holdings.ts'

/** Virtual time within which everything arrives. */
const HEALING_MS_MAX = 10 * 60_000
const HEALING_STEP_MS = 2_000
const QUIET_MS = 15_000
const BEGINS_AT_MS = 600
const NOTHING = [0, 0] as const
/** How long a liar is refused. */
const BAN_MS = 10_000
const RESTART_MS = 2_000
/** Errors with which a start may fail while a disk does. */
const MAY_PASS = /STORE_FULL|STORE_SYNC_FAILED|STORE_IO/

export interface LogWorldReport extends WorldSum {
  readonly options: LogWorldOptions
}

export async function runLogWorld(
  options: LogWorldOptions,
  crypto: Crypto,
  verbose = false,
): Promise<LogWorldReport> {
  const world = new LogWorld(options, crypto, verbose)
  const onRejection = (error: unknown): void => {
    world.crashed(`a promise nobody waits for failed: ${stackOf(error)}`)
  }
  process.on('unhandledRejection', onRejection)
  try {
    return await world.run()
  } finally {
    process.off('unhandledRejection', onRejection)
  }
}

class LogWorld {
  readonly options: LogWorldOptions
  readonly crypto: Crypto
  readonly random: SeededRandom
  readonly scheduler = new Scheduler()
  readonly network: SimNetwork
  readonly reached = new ReachedByLogs()
  readonly trace: Trace
  readonly nodes: readonly LogNode[]
  readonly authors: readonly AuthorModel[]
  readonly liars = new Map<LogNode, Liar>()
  readonly streamCounts: StreamCounts = { gaps: 0, overfullBytesPeak: 0 }
  readonly lineCounts: LineCounts = { wantsPeak: 0, asksPeak: 0 }
  readonly #attacks = new Map<string, number>()
  /** Logs of which an honest peer was told that its author signed two histories. */
  readonly #forked = new Set<string>()
  /** The newest head of each copy in this life of its peer. */
  readonly #heads = new Map<OpenHolding, SeenHead>()
  readonly #faults: Faults
  readonly #acts: LogActs
  readonly #verdict: LogVerdict
  #problem: Problem | undefined
  /** Honest peers who hold two histories of a liar's log cut each other off. */
  #arePartedByFork = false
  #healingMs = 0

  constructor(options: LogWorldOptions, crypto: Crypto, verbose: boolean) {
    this.options = options
    this.crypto = crypto
    this.random = new SeededRandom(options.seed)
    this.trace = new Trace(verbose)
    const note = (line: string): void => this.note(line)
    this.network = new SimNetwork(this.scheduler, this.random.fork('network'), note)
    this.nodes = Array.from({ length: options.nodes }, (_, i) => this.#createNode(i))
    this.authors = this.#createAuthors()
    this.#createLiars()
    const { nodes, liars, reached, scheduler, network } = this
    this.#faults = new Faults({
      ...{ options, scheduler, network, nodes, note },
      reached: { count: (state) => reached.count(state) },
      random: this.random.fork('faults'),
      start: (node) => this.#start(node as LogNode),
      replace: () => undefined,
    })
    this.#acts = new LogActs({
      ...{ options, nodes, liars, reached, note },
      problem: (problem) => this.found(problem),
      crashed: (detail) => this.crashed(detail),
      writing: (node) => this.#faults.devices.writing(node),
      restart: (node) => this.#restart(node),
      after: (ms, run) => void scheduler.after(ms, run),
    })
    this.#verdict = new LogVerdict({
      ...{ options, crypto, nodes, network, authors: this.authors },
      ...{ streamCounts: this.streamCounts, lineCounts: this.lineCounts },
      isForkReported: (author) => this.#forked.has(author.id),
      arePartedByFork: () => this.#arePartedByFork,
    })
  }

  note(line: string): void {
    this.trace.add(`${this.scheduler.nowMs.toFixed(3)} ${line}`)
  }

  found(problem: Problem | undefined): void {
    if (problem === undefined) return
    this.#problem ??= problem
    this.note(`failed ${problem.oracle} ${problem.detail}`)
  }

  crashed(detail: string): void {
    this.found({ oracle: 'no crash', detail })
  }

  /** Never rejects: what is thrown on the way is the world's problem. */
  async run(): Promise<LogWorldReport> {
    try {
      await this.#live()
    } catch (error) {
      this.crashed(`the world ended early: ${stackOf(error)}`)
    }
    return this.#report()
  }

  async #live(): Promise<void> {
    this.#scheduleChaos()
    await this.#pass(this.#chaosEndMs)
    const fromMs = this.scheduler.nowMs
    const sentBefore = this.network.counts.sent
    if (this.#problem === undefined) this.found(await this.#heal())
    this.#healingMs = this.scheduler.nowMs - fromMs
    if (this.#problem !== undefined) return
    this.found(await this.#awaited(this.#verdict.judge()))
    const sent = this.network.counts.sent - sentBefore
    this.found(this.#verdict.findHealingExcess(sent, this.#healingMs))
    this.reached.count('line broken by a lost piece', this.streamCounts.gaps)
  }

  get #chaosEndMs(): number {
    const { chaosMs, nightAtMs } = this.options
    return chaosMs + (nightAtMs > 0 ? NIGHT_MS : 0)
  }

  async #pass(untilMs: number): Promise<void> {
    await this.scheduler.run(untilMs, () => this.#problem !== undefined)
  }

  /** Disks may take their time, so virtual time has to go on. */
  async #awaited<T>(promise: Promise<T>): Promise<T | undefined> {
    let isDone = false
    const done = promise.finally(() => {
      isDone = true
    })
    const endMs = this.scheduler.nowMs + HEALING_MS_MAX
    await this.scheduler.run(endMs, () => isDone || this.#problem !== undefined)
    return isDone ? await done : undefined
  }

  /** What still had not arrived in the end. */
  async #heal(): Promise<Problem | undefined> {
    const { scheduler } = this
    this.#endFaults()
    const endMs = scheduler.nowMs + HEALING_MS_MAX
    let hasGreeted = false
    let pending: Problem | undefined
    while (scheduler.nowMs < endMs && this.#problem === undefined) {
      await this.#pass(scheduler.nowMs + HEALING_STEP_MS)
      pending = this.#verdict.findUnsettled()
      if (pending !== undefined) continue
      if (!hasGreeted) this.#greet()
      hasGreeted = true
      await this.#pass(scheduler.nowMs + QUIET_MS)
      pending = this.#verdict.findUnsettled()
      if (pending === undefined) return undefined
    }
    return pending
  }

  #greet(): void {
    for (const node of this.nodes.filter(({ isReady }) => isReady)) {
      this.#acts.greet(this.random.fork(`greeting ${node.name}`), node)
    }
  }

  /** Lines that are up stay up: whatever was on them has to be made good by what runs over them. */
  #endFaults(): void {
    this.note('healing')
    this.#faults.end()
    this.network.faults = CALM_NETWORK
    this.network.unclogAll()
    this.network.setCuts([])
    for (const node of this.nodes) {
      node.disk.setCapacity(Number.POSITIVE_INFINITY)
      node.disk.setFaults({})
      node.clock.setRight(0)
      node.gate.resume()
      if (node.needsRestart) node.crash(undefined)
      if (!node.isUp) this.#start(node)
      node.probe()
    }
  }

  #createNode(number: number): LogNode {
    const { options, scheduler, network, crypto, streamCounts } = this
    const random = this.random.fork(`node ${number}`)
    const signer = crypto.signer(random.bytes(32))
    const isHonest = number < options.nodes - options.hostiles.length
    return new LogNode(
      {
        ...{ options, scheduler, network, crypto, streamCounts },
        wrapNet: (node, net) => this.#wrapNet(node, net),
        watchLine: (node, peer) => this.#watchLine(node, peer),
        onOpened: (node, holding) => this.#onOpened(node, holding),
        onEvent: (node, holding, event) => this.#onEvent(node, holding, event),
        onRefused: (node, peer, error) => this.#onRefused(node, peer, error),
        onForked: (node, log, error) => this.#onForked(node, log, error),
        onFailed: (node, error) => this.#onFailed(node, error),
      },
      random,
      { number, signer, isHonest, crypto: cryptoOf(options.plantedBug, number, crypto) },
    )
  }

  #createAuthors(): AuthorModel[] {
    const random = this.random.fork('holdings')
    const { completeRate, sparseRate, feedRate } = this.options
    const namespace = random.bytes(32)
    const authors = this.nodes.map(({ number, name, isHonest, signer: { publicKey } }) => {
      const isFeed = isHonest && random.chance(feedRate)
      return new AuthorModel(this.crypto, {
        ...{ number, name, isHonest, publicKey, namespace, isFeed },
      })
    })
    for (const node of this.nodes) {
      for (const author of authors) {
        if (author.number === node.number) node.hold(author, 'own')
        else if (random.chance(completeRate)) node.hold(author, 'complete')
        else if (random.chance(sparseRate)) node.hold(author, 'sparse')
      }
    }
    return authors
  }

  #createLiars(): void {
    const { options, nodes, crypto } = this
    const first = options.nodes - options.hostiles.length
    for (const [i, hostile] of options.hostiles.entries()) {
      const node = nodes[first + i]!
      const random = this.random.fork(`liar ${node.name}`)
      const isHonest = (peer: string): boolean =>
        nodes.some((each) => each.device === peer && each.isHonest)
      const world = { crypto, isHonest, note: (line: string) => this.note(line) }
      this.liars.set(node, new Liar(world, random, node, hostile, this.#attacks))
    }
  }

  #wrapNet(node: LogNode, net: SimNet): NodeNet {
    const { plantedBug } = this.options
    const isOfNet = plantedBug === 'hoarder' || plantedBug === 'chance'
    return node.number === 0 && isOfNet ? plantInNet(plantedBug, net, '') : net
  }

  #watchLine(node: LogNode, peer: string): LineWatch {
    const liar = this.liars.get(node)
    if (liar !== undefined) return liar.watchLine(peer)
    const watch = new HonestLine(this.lineCounts, (frame) =>
      this.found({
        oracle: 'conduct',
        detail: `${node.name} went on listening after ${frame.length} bytes that are no message`,
      }),
    )
    if (node.number !== 0) return watch
    return plantInLine(this.options.plantedBug, watch, peer === this.nodes[1]?.device)
  }

  #onOpened(node: LogNode, holding: OpenHolding): void {
    const { author, log, kind } = holding
    this.#heads.set(holding, { fork: 0, length: 0, blocks: 0 })
    this.#reading(node, () => {
      if (kind === 'own') this.found(author.onOpened(log as Log))
      if (kind !== 'own' && node.isHonest) this.#look(node, holding, [0, log.length])
    })
    if (!node.isHonest) return
    if ('openReport' in log && log.openReport.discarded !== undefined)
      this.reached.count('torn tail repaired')
  }

  #onEvent(node: LogNode, holding: OpenHolding, event: BlockEvent): void {
    const { author, log, kind } = holding
    this.note(`${event.type} ${node.name} ${author.name} ${log.fork} ${log.length}`)
    try {
      this.#reading(node, () => {
        if (kind === 'own') this.found(author.onEvent(log as Log, event))
        const range = event.type === 'stored' ? ([event.from, event.to] as const) : NOTHING
        if (node.isHonest) this.#look(node, holding, range)
      })
      if (!node.isHonest) return
      if (event.type === 'truncated' && kind !== 'own') {
        this.reached.count(`truncation adopted by a ${kind} copy`)
      }
      if (event.type !== 'stored' || kind === 'own') return
      this.reached.count(kind === 'complete' ? 'complete copy filled' : 'sparse copy fetched')
    } catch (error) {
      // What it finished while it was closed is seen when it is opened again.
      if (errorCode(error) === 'LOG_CLOSED') return
      this.crashed(`what ${node.name} was told could not be judged: ${stackOf(error)}`)
    }
  }

  /** What the world itself reads of a disk never fails. */
  #reading({ disk }: LogNode, read: () => void): void {
    const { faults } = disk
    disk.setFaults({})
    try {
      read()
    } finally {
      disk.setFaults(faults)
    }
  }

  #look(node: LogNode, holding: OpenHolding, range: readonly [from: number, to: number]): void {
    const { author, log, kind } = holding
    const before = this.#heads.get(holding)!
    const isPlanted = this.options.plantedBug === 'wrong-block' && kind !== 'own'
    const model = isPlanted ? shifted(author) : author
    this.found(findWrongBlock(model, log, range, node.name))
    this.found(findBadHead(this.crypto, author, log, before, node.name))
    const blocks = log instanceof Log ? log.length : 0
    this.#heads.set(holding, { fork: log.fork, length: log.head?.length ?? 0, blocks })
  }

  #onRefused(node: LogNode, peer: string, error: LogRangeError): void {
    const other = this.nodes.find(({ device }) => device === peer)!
    this.note(`refused ${node.name} ${other.name} ${error.code} ${error.message}`)
    if (!node.isHonest) return
    this.found(findFalseAccusation(node.name, other, error, this.#attacks.has('fork')))
    if (other.isHonest && error.code === 'LOG_CONFLICT') this.#arePartedByFork = true
    if (other.isHonest) return
    this.reached.count(stateOfRefusal(error))
    // A moment later: the line is being closed at this moment.
    this.scheduler.after(0, () => node.ban(peer, BAN_MS))
  }

  #onForked(node: LogNode, log: string, error: LogRangeError): void {
    if (!node.isHonest) return
    const author = this.authors.find(({ id }) => id === log)!
    this.note(`forked ${node.name} ${author.name}`)
    this.found(findFalseForkReport(this.crypto, author, error, node.name))
    this.reached.count('fork proven')
    if (this.options.plantedBug !== 'silent-fork') this.#forked.add(author.id)
  }

  /** A log that refuses to be written to is opened again, as all of them are by a process that starts again. */
  #onFailed(node: LogNode, error: unknown): void {
    const code = errorCode(error)
    this.note(`failed to store ${node.name} ${code}`)
    if (code === undefined || !/^(LOG|STORE)_/.test(code)) {
      this.crashed(`${node.name} could not store what came: ${stackOf(error)}`)
    }
    if (code !== 'LOG_FAILED') return
    const { life } = node
    this.scheduler.after(0, () => {
      if (node.life === life) this.#restart(node)
    })
  }

  #start(node: LogNode): void {
    this.note(`start ${node.name}`)
    const { life } = node
    node.start().then(
      () => this.note(`started ${node.name}`),
      (error: unknown) => {
        if (node.life !== life + 1) return
        const code = String((error as { code?: string }).code)
        if (!MAY_PASS.test(code)) {
          return this.crashed(`${node.name} could not start: ${stackOf(error)}`)
        }
        this.#restart(node)
      },
    )
  }

  #restart(node: LogNode): void {
    if (!node.isUp) return
    node.crash(undefined)
    this.scheduler.after(RESTART_MS, () => {
      if (!node.isUp) this.#start(node)
    })
  }

  #scheduleChaos(): void {
    const { scheduler } = this
    const random = this.random.fork('schedule')
    for (const node of this.nodes) scheduler.after(random.int(0, 300), () => this.#start(node))
    scheduler.after(BEGINS_AT_MS, () => this.#faults.begin())
    const { acts, actSpanMs, chaosMs, omittedActs, nightAtMs } = this.options
    const omitted = new Set(omittedActs)
    for (let i = 0; i < acts; i++) {
      const ofAct = this.random.fork(`act ${i}`)
      const atMs = BEGINS_AT_MS + ofAct.int(0, actSpanMs - BEGINS_AT_MS)
      if (omitted.has(i) || atMs > chaosMs) continue
      const sleptMs = nightAtMs > 0 && atMs > nightAtMs ? NIGHT_MS : 0
      scheduler.after(atMs + sleptMs, () => this.#acts.act(ofAct))
    }
  }

  #report(): LogWorldReport {
    const { options, trace, scheduler, network, reached } = this
    return {
      ...{ options, healingMs: this.#healingMs, problem: this.#problem, lines: trace.lines },
      traceHash: trace.digest(),
      ranTwice: false,
      simulatedMs: scheduler.nowMs,
      events: scheduler.eventsRun,
      acknowledged: this.#acts.acknowledged,
      acts: Object.fromEntries(this.#acts.acts),
      refusals: Object.fromEntries(this.#acts.refusals),
      ...{ network: network.counts, faults: this.#faults.counts },
      attacks: Object.fromEntries(this.#attacks),
      reached: reached.toRecord(),
    }
  }
}

/** A planted bug: what stands at an index is looked for beside it. */
function shifted(author: AuthorModel): Pick<AuthorModel, 'name' | 'holds'> {
  return { name: author.name, holds: (fork, index, block) => author.holds(fork, index + 1, block) }
}

function stateOfRefusal({ code }: LogRangeError): LogState {
  if (code === 'LOG_CONFLICT' || code === 'LOG_FORKED')
    return 'liar named for a wrong block or hash'
  if (code === 'LOG_SIGNATURE') return 'liar named for a signature'
  if (code === 'LOG_MALFORMED') return 'liar named for what is no message'
  return 'liar named for what it asked or withheld'
}

function stackOf(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error)
}
