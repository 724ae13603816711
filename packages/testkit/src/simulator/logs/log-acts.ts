/**
 * What the programs of a world of logs do: write, clear, truncate, want, read, ask, close and open again.
 *
 * Acts fall on random peers at random times, whatever the disks and lines are doing. Every act draws from a stream of its own.
 */

import { assert, bytesToHex, decodeUtf8, errorCode, uint32ToBytes, utf8 } from '@hamlet/core'
import type { Feed, Log, SparseLog } from '@hamlet/log'
import type { ReachedStates } from '../reached.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { AuthorModel } from './author-model.ts'
import type { Liar } from './liars.ts'
import { ASK_NAME } from './log-node.ts'
import type { LogNode, OpenHolding } from './log-node.ts'
import type { LogWorldOptions } from './log-options.ts'
import type { LogState } from './log-reached.ts'
import type { Problem } from '../oracles/problem.ts'

export interface LogActsWorld {
  readonly options: LogWorldOptions
  readonly nodes: readonly LogNode[]
  readonly liars: ReadonlyMap<LogNode, Liar>
  readonly reached: ReachedStates<LogState>
  note(line: string): void
  problem(problem: Problem): void
  crashed(detail: string): void
  /** A write has begun: a good moment to die. */
  writing(node: LogNode): void
  /** The process ends and starts again. */
  restart(node: LogNode): void
  after(ms: number, run: () => void): void
}

const MANY_BLOCKS = 40
const LARGE_BYTES = 300_000
const FORKS_MAX = 8
const USER_DATA_KEYS = ['name', 'cursor'] as const

export class LogActs {
  readonly #world: LogActsWorld
  readonly acts = new Map<string, number>()
  readonly refusals = new Map<string, number>()
  acknowledged = 0

  constructor(world: LogActsWorld) {
    this.#world = world
  }

  act(random: SeededRandom): void {
    const { nodes, options } = this.#world
    assert(options.plantedBug !== 'crash', 'a planted assertion')
    const up = nodes.filter((node) => node.isReady)
    if (up.length === 0) return
    const node = random.pick(up)
    const held = node.open
    if (held.length === 0) return
    const holding = random.pick(held)
    if (random.chance(options.clearRate)) return this.#clear(random, node, holding)
    const own = node.openOf(node.number)
    if (own !== undefined && random.chance(options.truncateRate)) {
      return this.#truncate(random, node, own)
    }
    const kind = random.unit()
    if (own !== undefined && kind < 0.4) return this.#append(random, node, own)
    if (kind < 0.45 && own !== undefined) return this.#keep(random, node, own)
    if (kind < 0.5) return this.#unshare(random, node, holding)
    if (kind < 0.56) return this.#reopen(node, holding)
    if (kind < 0.6) return this.#ask(random, node, holding)
    this.#read(random, node, random.pick(held.filter(({ kind: it }) => it !== 'own')) ?? holding)
  }

  /** After the chaos every author writes once more. */
  greet(random: SeededRandom, node: LogNode): void {
    const own = node.openOf(node.number)
    if (own !== undefined) this.#append(random, node, own)
  }

  #append(random: SeededRandom, node: LogNode, own: OpenHolding): void {
    const { author } = own
    const { options, reached } = this.#world
    const isLarge = random.chance(options.largeRate)
    const isMany = !isLarge && random.chance(0.3)
    const count = isMany ? random.int(5, MANY_BLOCKS) : 1
    const bytes = (): number =>
      isLarge
        ? LARGE_BYTES
        : Math.min(20_000, Math.floor(random.exponential(options.blockBytesMean)))
    const blocks = Array.from({ length: count }, () => author.makeBlock(bytes()))
    this.#perform(node, 'append', async () => {
      await this.#written(node, async () => {
        if (own.feed === undefined) await this.#appendBlocks(author, own.log as Log, blocks)
        else await this.#appendPayloads(author, own.feed, blocks)
      })
      reached.count(
        isLarge ? 'appended a large block' : isMany ? 'appended much at once' : 'appended',
      )
      const liar = this.#world.liars.get(node)
      if (liar?.has('fork') === true) await liar.split(author)
      await liar?.append(author)
      if (liar?.has('forge') === true) await this.#forge(random, liar)
    })
  }

  async #forge(random: SeededRandom, liar: Liar): Promise<void> {
    const victims = liar.node.open.filter(({ author }) => author.isHonest)
    if (victims.length > 0) await liar.forge(random.pick(victims).author)
  }

  async #appendBlocks(author: AuthorModel, log: Log, blocks: readonly Uint8Array[]): Promise<void> {
    const { from } = await log.append(blocks)
    const shift = this.#world.options.plantedBug === 'forgetful' ? 1_000 : 0
    author.acknowledge({ from: from + shift, blocks })
    this.acknowledged++
  }

  async #appendPayloads(
    author: AuthorModel,
    feed: Feed,
    payloads: readonly Uint8Array[],
  ): Promise<void> {
    const { from } = await feed.append(payloads)
    const shift = this.#world.options.plantedBug === 'wrong-payload' ? 1 : 0
    for (const [i, payload] of payloads.entries()) {
      const index = from + i + shift
      const there = author.payloads.get(index) ?? new Set()
      author.payloads.set(index, there.add(bytesToHex(payload)))
    }
    this.#world.reached.count('appended to a feed')
    this.acknowledged++
  }

  #truncate(random: SeededRandom, node: LogNode, own: OpenHolding): void {
    const { author, log, feed } = own
    if (log.length === 0 || log.fork >= FORKS_MAX) return
    const length = random.chance(0.1) ? 0 : random.int(0, log.length - 1)
    this.#perform(node, 'truncate', async () => {
      const { fork } = await this.#written(node, () => (feed ?? (log as Log)).truncate(length))
      author.acknowledgedFork = Math.max(author.acknowledgedFork, fork)
      this.#world.reached.count('truncated')
    })
  }

  #clear(random: SeededRandom, node: LogNode, holding: OpenHolding): void {
    const { log, feed, kind, cleared } = holding
    if (log.length < 2) return
    const from = random.int(0, log.length - 2)
    const to = Math.min(log.length - 1, from + random.int(1, 30))
    for (let index = from; index < to; index++) cleared.add(index)
    this.#perform(node, 'clear', async () => {
      const isFeed = kind === 'own' && feed !== undefined
      await this.#written(node, () => (isFeed ? feed.clear(from, to) : log.clear(from, to)))
      this.#world.reached.count(kind === 'own' ? 'cleared by the author' : 'cleared in a copy')
    })
  }

  #keep(random: SeededRandom, node: LogNode, { log, author }: OpenHolding): void {
    const key = random.pick(USER_DATA_KEYS)
    const value = bytesToHex(random.bytes(random.int(1, 40)))
    const before = author.userData.get(key) ?? ['']
    author.userData.set(key, [...before, value])
    this.#perform(node, 'keep', async () => {
      const isPlanted = this.#world.options.plantedBug === 'wrong-user-data'
      const kept = isPlanted ? `${value} ` : value
      await this.#written(node, () => (log as Log).setUserData(key, utf8(kept)))
      const since = author.userData.get(key)!
      author.userData.set(key, since.slice(since.indexOf(value)))
      this.#world.reached.count('user data kept')
    })
  }

  #unshare(random: SeededRandom, node: LogNode, { author }: OpenHolding): void {
    this.#perform(node, 'unshare', async () => {
      node.unshare(author.number)
      this.#world.reached.count('log taken off the lines')
      const { life } = node
      this.#world.after(random.int(100, 5_000), () => {
        if (node.life === life) node.share(author.number)
      })
    })
  }

  #reopen(node: LogNode, { author }: OpenHolding): void {
    const { life } = node
    this.#perform(node, 'reopen', async () => {
      try {
        await node.reopen(author.number)
        this.#world.reached.count('log reopened')
      } catch (error) {
        if (node.life === life) this.#world.restart(node)
        throw error
      }
    })
  }

  /** Blocks that come along with an answer. */
  #ask(random: SeededRandom, node: LogNode, holding: OpenHolding): void {
    const { handle, log } = holding
    if (handle === undefined || log.length === 0) return
    const index = random.int(0, log.length - 1)
    this.#perform(node, 'ask', async () => {
      const answer = await handle.ask(ASK_NAME, uint32ToBytes(index))
      if (answer !== undefined) this.#world.reached.count('asked and answered')
    })
  }

  #read(random: SeededRandom, node: LogNode, holding: OpenHolding | undefined): void {
    if (holding === undefined || holding.kind !== 'sparse') return
    const kind = random.unit()
    const sparse = holding.log as SparseLog
    if (kind < 0.35) this.#want(random, node, holding, sparse)
    else if (kind < 0.45) this.#cancel(random, holding)
    else if (holding.feed !== undefined && kind < 0.7)
      this.#get(random, node, holding, holding.feed)
    else this.#load(random, node, holding, sparse)
  }

  #want(random: SeededRandom, node: LogNode, holding: OpenHolding, log: SparseLog): void {
    const { handle, wants } = holding
    if (handle === undefined) return
    const live = random.chance(0.3)
    const from = log.length === 0 ? 0 : random.int(0, log.length - 1)
    const to = log.length === 0 ? 0 : random.int(from, log.length)
    const priority = random.int(0, 2)
    const order = random.pick(['linear', 'random'] as const)
    this.#perform(node, 'want', async () => {
      wants.onFulfilled ??= () => this.#world.reached.count('want fulfilled')
      wants.add(handle, log, live ? { live, from: 0, priority } : { from, to, priority, order })
      this.#world.reached.count(live ? 'live want' : 'range wanted')
    })
  }

  #cancel(random: SeededRandom, { wants }: OpenHolding): void {
    if (wants.all.length === 0) return
    wants.cancel(random.pick(wants.all))
    this.#world.reached.count('want cancelled')
  }

  #load(random: SeededRandom, node: LogNode, holding: OpenHolding, log: SparseLog): void {
    if (log.length === 0) return
    const { author } = holding
    const index = random.int(0, log.length - 1)
    const patience = new AbortController()
    this.#world.after(random.int(50, 15_000), () => patience.abort())
    this.#perform(node, 'read', async () => {
      try {
        const block = await log.load(index, { signal: patience.signal, priority: 1 })
        if (!author.holds(log.fork, index, block) && node.isHonest) {
          const detail = `${node.name} read a block ${index} that ${author.name} did not write`
          this.#world.problem({ oracle: 'no wrong block', detail })
        }
        this.#world.reached.count('read from afar')
      } catch (error) {
        if (!patience.signal.aborted) throw error
        this.#world.reached.count('read given up')
      }
    })
  }

  #get(random: SeededRandom, node: LogNode, holding: OpenHolding, feed: Feed): void {
    if (feed.length === 0) return
    const index = random.int(0, feed.length - 1)
    this.#perform(node, 'get', async () => {
      const payload = await feed.get(index, { timeoutMs: random.int(50, 15_000) })
      this.#world.reached.count('payload read from afar')
      const { author } = holding
      if (!author.isHonest || author.wasAsked(payload)) return
      const detail = `${node.name} read ${decodeUtf8(payload)?.slice(0, 20)} at ${index} of ${author.name}`
      this.#world.problem({ oracle: 'payloads', detail })
    })
  }

  async #written<T>(node: LogNode, write: () => Promise<T>): Promise<T> {
    const { life } = node
    node.writesUnderWay++
    this.#world.writing(node)
    try {
      return await write()
    } finally {
      if (node.life === life) node.writesUnderWay--
    }
  }

  /** Runs an act, and counts what becomes of it. */
  #perform(node: LogNode, name: string, run: () => Promise<void>): void {
    this.acts.set(name, (this.acts.get(name) ?? 0) + 1)
    this.#world.note(`act ${node.name} ${name}`)
    run().catch((error: unknown) => {
      const code = errorCode(error)
      if (code === undefined || code.startsWith('ERR_') || !/^[A-Z]+_/.test(code)) {
        const stack = error instanceof Error ? error.stack : String(error)
        return this.#world.crashed(`${node.name} could not ${name}: ${stack}`)
      }
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
      this.#world.note(`refused ${node.name} ${name} ${code}`)
      if (code === 'STORE_FULL') this.#world.reached.count('write refused by a full disk')
      if (code === 'LOG_FAILED') node.needsRestart = true
    })
  }
}
