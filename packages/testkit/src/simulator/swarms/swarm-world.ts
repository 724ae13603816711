/**
 * One simulated world of swarms: two to eight peers that load and share blobs, on disks, lines and clocks that fail, with liars and
 * strangers among them and servers beside them, in one thread, from one seed.
 *
 * Two phases, as in the other worlds: chaos, then healing, within which everybody who wants a blob has it. What the oracles judge on
 * the way they judge in the turn in which it happens.
 */

import { bytesToHex, errorCode } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { SWARM_SILENT_MS_MAX } from '@hamlet/blobs'
import type { SwarmAccess, SwarmEvent, SwarmFault, SwarmNet, WebSeed } from '@hamlet/blobs'
import type { WorldSum } from '../campaign.ts'
import { NIGHT_MS } from '../device-faults.ts'
import { Faults } from '../faults.ts'
import type { StreamCounts } from '../logs/log-stream.ts'
import type { Problem } from '../oracles/problem.ts'
import { Scheduler } from '../scheduler.ts'
import { SeededRandom } from '../seeded-random.ts'
import { CALM_NETWORK, SimNetwork } from '../sim-network.ts'
import { Trace } from '../trace.ts'
import { SimAccounts } from './swarm-accounts.ts'
import { SwarmActs } from './swarm-acts.ts'
import { SimBlob } from './swarm-blob.ts'
import { GenerousAccounts, PlantedNet } from './swarm-canaries.ts'
import { LyingNet, Stranger } from './swarm-liars.ts'
import { SwarmNode } from './swarm-node.ts'
import type { SwarmNodeWorld } from './swarm-node.ts'
import type { SwarmHostile, SwarmWorldOptions } from './swarm-options.ts'
import {
  findBlocked,
  findExcess,
  findFreeRide,
  findUnevenAccounts,
  findUnfinished,
} from './swarm-oracles.ts'
import { ReachedBySwarms } from './swarm-reached.ts'
import type { SwarmState } from './swarm-reached.ts'
import { WatchedNet } from './swarm-watch.ts'
import type { WatchCounts, WatchWorld } from './swarm-watch.ts'

/** Of whom, what, and whether it may answer what nobody waits for any more. */
type Heard = Parameters<WatchWorld['onHeard']>

const HEALING_MS_MAX = 30 * 60_000
const HEALING_STEP_MS = 2_000
const QUIET_MS = 15_000
const BEGINS_AT_MS = 600
const RESTART_MS = 2_000
/** Errors with which a start or a download may fail while a disk does. */
const MAY_PASS = /^(STORE|BLOB|LOG)_/

export interface SwarmWorldReport extends WorldSum {
  readonly options: SwarmWorldOptions
}

export async function runSwarmWorld(
  options: SwarmWorldOptions,
  crypto: Crypto,
  verbose = false,
): Promise<SwarmWorldReport> {
  const world = new SwarmWorld(options, crypto, verbose)
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

class SwarmWorld implements SwarmNodeWorld {
  readonly options: SwarmWorldOptions
  readonly crypto: Crypto
  readonly random: SeededRandom
  readonly scheduler = new Scheduler()
  readonly network: SimNetwork
  readonly reached = new ReachedBySwarms()
  readonly trace: Trace
  readonly nodes: readonly SwarmNode[]
  readonly blobs: readonly SimBlob[]
  readonly streamCounts: StreamCounts = { gaps: 0, overfullBytesPeak: 0 }
  readonly watchCounts: WatchCounts = { asksPeak: 0, wonOver: 0 }
  readonly #attacks = new Map<string, number>()
  readonly #strangers: Stranger[] = []
  readonly #faults: Faults
  readonly #acts: SwarmActs
  #problem: Problem | undefined
  #healingMs = 0
  #acknowledged = 0
  #crashes = 0

  constructor(options: SwarmWorldOptions, crypto: Crypto, verbose: boolean) {
    this.options = options
    this.crypto = crypto
    this.random = new SeededRandom(options.seed)
    this.trace = new Trace(verbose)
    const note = (line: string): void => this.note(line)
    this.network = new SimNetwork(this.scheduler, this.random.fork('network'), note)
    const { scheduler, network, reached } = this
    this.blobs = options.blobs.map((each, i) => {
      const random = this.random.fork(`blob ${i}`)
      return new SimBlob(i, each, { crypto, random, scheduler })
    })
    this.nodes = Array.from({ length: options.nodes }, (_, i) => this.#createNode(i))
    const { nodes, blobs } = this
    this.#faults = new Faults({
      ...{ options, scheduler, network, nodes, note },
      reached: { count: (state) => reached.count(state) },
      random: this.random.fork('faults'),
      start: (node) => this.#start(node as SwarmNode),
      replace: () => undefined,
    })
    this.#acts = new SwarmActs({ nodes, blobs, reached, note, scheduler })
  }

  note(line: string): void {
    this.trace.add(`${this.scheduler.nowMs.toFixed(3)} ${line}`)
  }

  found(problem: Problem | undefined): void {
    if (!problem) return
    this.#problem ??= problem
    this.note(`failed ${problem.oracle} ${problem.detail}`)
  }

  crashed(detail: string): void {
    this.found({ oracle: 'no crash', detail })
  }

  /** Never rejects: what is thrown on the way is the world's problem. */
  async run(): Promise<SwarmWorldReport> {
    try {
      await this.#live()
    } catch (error) {
      this.crashed(`the world ended early: ${stackOf(error)}`)
    }
    return this.#report()
  }

  // What nodes ask of their world.

  wrapNet(node: SwarmNode, net: SwarmNet): SwarmNet {
    if (!node.isHonest) {
      const random = this.random.fork(`liar ${node.name} ${node.life}`)
      return new LyingNet(net, this.#hostileOf(node)!, random, this.#attacks, node.takenBytes)
    }
    const world = {
      onHeard: (...heard: Heard) => this.#onHeard(node, ...heard),
      found: (problem: Problem) =>
        this.found({ ...problem, detail: `${node.name}: ${problem.detail}` }),
    }
    const { plantedBug } = this.options
    const isPlanted = plantedBug !== undefined && node.number === 0
    const inner = isPlanted ? new PlantedNet(net, plantedBug) : net
    return new WatchedNet(inner, world, this.watchCounts)
  }

  isStranger(node: SwarmNode): boolean {
    return this.#hostileOf(node)?.isStranger === true
  }

  onStranger(node: SwarmNode, net: SwarmNet): void {
    const random = this.random.fork(`stranger ${node.name} ${node.life}`)
    const ids = this.blobs.map(({ id }) => id)
    const isHonest = (peer: string): boolean =>
      this.nodes.some(({ device, isHonest: is }) => is && device === peer)
    this.#strangers.push(new Stranger(net, random, { crypto: this.crypto, ids, isHonest }))
  }

  accessOf({ options }: SimBlob): SwarmAccess {
    const { isPublic } = options
    const members = new Set(
      this.nodes.filter((node) => !this.isStranger(node)).map(({ device }) => device),
    )
    return { isPublic, isAllowed: (peer) => isPublic || members.has(peer) }
  }

  sourcesOf(node: SwarmNode, blob: SimBlob): readonly (string | WebSeed)[] {
    const others = this.nodes.filter((each) => each !== node && blob.isWanted(each.number))
    const { seeds, isTold } = blob.options
    const known = isTold ? others.filter(({ number }) => number === seeds[0]) : others
    return [...known.map(({ device }) => device), ...(blob.web ? [blob.web] : [])]
  }

  onEvent(node: SwarmNode, event: SwarmEvent): void {
    if (event.type === 'banned') this.#onBanned(node, event.name, event.fault)
    if (event.type === 'changed') this.#noteWaiting(node)
    if (event.type !== 'peers' || !node.engine) return
    this.reached.count('peer told of others')
    for (const { device } of event.peers) node.engine.addSource(event.id, bytesToHex(device))
  }

  onFailed(node: SwarmNode, error: unknown): void {
    const code = errorCode(error) ?? ''
    this.note(`failed to store ${node.name} ${code}`)
    if (!MAY_PASS.test(code)) this.crashed(`${node.name} could not store: ${stackOf(error)}`)
    const { life } = node
    this.scheduler.after(0, () => {
      if (node.life === life) this.#restart(node)
    })
  }

  onDone(node: SwarmNode, blob: SimBlob): void {
    this.note(`done ${node.name} ${blob.number}`)
    if (!node.isHonest || blob.isSeed(node.number)) return
    this.#acknowledged++
    this.reached.count(
      blob.webBytes > 0 ? 'blob loaded beside a web seed' : 'blob loaded from peers',
    )
    if (blob.id.sizeBytes === 0) this.reached.count('empty blob')
    if (node.life > 1) this.reached.count('download resumed after a crash')
    if (!blob.options.isPublic) this.reached.count('private swarm')
  }

  // Judging on the way.

  #onBanned(node: SwarmNode, name: string, { code, message }: SwarmFault): void {
    const other = this.nodes.find(({ device }) => device === name)
    this.note(`banned ${node.name} ${other?.name ?? name} ${code} ${message}`)
    if (!node.isHonest) return
    const web = this.blobs.find((blob) => blob.web?.name === name)
    if (web?.options.web === 'wrong') this.reached.count('web seed named')
    else if (web) this.found({ oracle: 'blame', detail: `${node.name} named a right server` })
    if (!other) return
    if (other.isHonest) {
      this.found({ oracle: 'blame', detail: `${node.name} named ${other.name} for ${code}` })
    }
    this.reached.count(stateOfFault(code))
  }

  #noteWaiting(node: SwarmNode): void {
    const { diskFullEveryMs, appendFailEveryMs } = this.options
    if (diskFullEveryMs + appendFailEveryMs === 0) return
    const isWaiting = node.engine?.transfers().some(({ state }) => state === 'waiting')
    if (isWaiting) this.reached.count('waited for a disk')
  }

  /** A wrong chunk that was of use would have been kept: whoever sent it is named at once. */
  #onHeard(node: SwarmNode, ...[peer, message, isStray]: Heard): void {
    const { engine } = node
    if (!engine) return
    if (!message) {
      if (!engine.isBanned(peer)) {
        this.found({
          oracle: 'blame',
          detail: `${node.name} went on listening after what is no message`,
        })
      }
      return
    }
    if (message.type !== 'chunk' || isStray || engine.isBanned(peer)) return
    const { chunk, bytes } = message
    if (this.blobs.some((blob) => blob.isChunk(chunk, bytes))) return
    // It answers what was asked before a download was stopped: nobody looks at it.
    if (this.scheduler.nowMs - node.stoppedAtMs < SWARM_SILENT_MS_MAX) return
    // It may have come too late to be looked at, or while the disk takes nothing.
    const isUnused = engine.transfers().some(({ wastedBytes }) => wastedBytes > 0)
    if (!isUnused)
      this.found({ oracle: 'blame', detail: `${node.name} took a wrong chunk ${chunk}` })
  }

  // The phases.

  async #live(): Promise<void> {
    this.#scheduleChaos()
    const { chaosMs, nightAtMs } = this.options
    await this.#pass(chaosMs + (nightAtMs > 0 ? NIGHT_MS : 0))
    const fromMs = this.scheduler.nowMs
    if (!this.#problem) this.found(await this.#heal())
    this.#healingMs = this.scheduler.nowMs - fromMs
    if (this.#problem) return
    await this.#judge()
    this.reached.count('line broken by a lost piece', this.streamCounts.gaps)
    this.reached.count('source that had refused asked again', this.watchCounts.wonOver)
  }

  async #pass(untilMs: number): Promise<void> {
    await this.scheduler.run(untilMs, () => this.#problem !== undefined)
  }

  async #heal(): Promise<Problem | undefined> {
    const { scheduler, nodes, blobs } = this
    this.#endFaults()
    let endMs = scheduler.nowMs + HEALING_MS_MAX
    let pending: Problem | undefined
    while (scheduler.nowMs < endMs && !this.#problem) {
      await this.#pass(scheduler.nowMs + HEALING_STEP_MS)
      pending = findUnfinished(nodes, blobs)
      if (pending && scheduler.nowMs >= endMs && this.#passWeek()) {
        endMs = scheduler.nowMs + HEALING_MS_MAX
      }
      if (pending) continue
      await this.#pass(scheduler.nowMs + QUIET_MS)
      pending = findUnfinished(nodes, blobs)
      if (!pending) return undefined
    }
    return pending
  }

  /** Who lost more on broken lines than is forgiven waits for a week. Instead, what went to them is forgotten. */
  #passWeek(): boolean {
    const blocked = findBlocked(this.nodes)
    for (const node of blocked) {
      this.note(`a week passes for ${node.name}`)
      node.forgetDebts()
      this.#restart(node)
    }
    return blocked.length > 0
  }

  async #judge(): Promise<void> {
    for (const node of this.nodes.filter(({ isHonest }) => isHonest)) {
      for (const blob of this.blobs.filter((each) => each.isWanted(node.number))) {
        if (!(await node.holds(blob))) {
          this.found({ oracle: 'bytes', detail: `${node.name} has other bytes of ${blob.number}` })
        }
      }
    }
    const hasCrashed = this.#crashes > 0
    this.found(findUnevenAccounts(this.nodes, this.blobs, { hasCrashed, options: this.options }))
    this.found(findFreeRide(this.nodes, this.options))
    this.found(findExcess(this.network.counts, this.streamCounts, this.options))
    for (const { heard } of this.#strangers) {
      this.reached.count('stranger told nothing')
      const told = [...heard].filter((type) => !/^(hello|open|refused|goodbye)$/.test(type))
      if (told.length > 0)
        this.found({ oracle: 'secrecy', detail: `a stranger was told ${told.join()}` })
    }
  }

  #endFaults(): void {
    this.note('healing')
    this.#faults.end()
    this.#acts.end()
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
      node.engine?.setLimits({
        uploadBytesPerSecond: Number.POSITIVE_INFINITY,
        downloadBytesPerSecond: Number.POSITIVE_INFINITY,
      })
    }
    this.#acts.wantEverything()
  }

  #createNode(number: number): SwarmNode {
    const { stepBytes } = this.options
    const isHonest = number < this.options.nodes - this.options.hostiles.length
    const isGenerous = this.options.plantedBug === 'signs-for-more' && number === 0
    const Accounts = isGenerous ? GenerousAccounts : SimAccounts
    const accounts = stepBytes === 0 ? undefined : new Accounts(stepBytes, number % 2 === 1)
    const node = new SwarmNode(this, this.random.fork(`node ${number}`), {
      number,
      isHonest,
      accounts,
    })
    for (const blob of this.blobs)
      if (blob.isWanted(number)) node.wants.set(blob, { isPaused: false })
    return node
  }

  #hostileOf({ number }: SwarmNode): SwarmHostile | undefined {
    const { nodes, hostiles } = this.options
    return hostiles[number - (nodes - hostiles.length)]
  }

  #start(node: SwarmNode): void {
    this.note(`start ${node.name}`)
    const { life } = node
    if (life > 0) this.#crashes++
    node.start().then(
      () => this.note(`started ${node.name}`),
      (error: unknown) => {
        if (node.life !== life + 1) return
        const code = errorCode(error) ?? ''
        if (MAY_PASS.test(code)) this.#restart(node)
        else this.crashed(`${node.name} could not start: ${stackOf(error)}`)
      },
    )
  }

  #restart(node: SwarmNode): void {
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
    const { acts, chaosMs, omittedActs } = this.options
    for (let i = 0; i < acts; i++) {
      if (omittedActs.includes(i)) continue
      const ofAct = this.random.fork(`act ${i}`)
      scheduler.after(BEGINS_AT_MS + ofAct.int(0, chaosMs), () => this.#acts.act(ofAct))
    }
  }

  #report(): SwarmWorldReport {
    const { options, trace, scheduler, network, reached } = this
    const extra = this.options.plantedBug === 'chance' ? Math.random().toString() : ''
    return {
      ...{ options, healingMs: this.#healingMs, problem: this.#problem, lines: trace.lines },
      traceHash: trace.digest() + extra,
      ranTwice: false,
      simulatedMs: scheduler.nowMs,
      events: scheduler.eventsRun,
      acknowledged: this.#acknowledged,
      acts: Object.fromEntries(this.#acts.acts),
      refusals: {},
      ...{ network: network.counts, faults: this.#faults.counts },
      attacks: Object.fromEntries(this.#attacks),
      reached: reached.toRecord(),
    }
  }
}

function stateOfFault(code: string): SwarmState {
  if (code === 'SWARM_WRONG_CHUNK') return 'liar named for a wrong chunk'
  if (code === 'SWARM_UNASKED') return 'liar named for an answer nobody asked for'
  return code === 'SWARM_FLOOD' ? 'liar named for a flood' : 'liar named for what is no message'
}

function stackOf(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error)
}
