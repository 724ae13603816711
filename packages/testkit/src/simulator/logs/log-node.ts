/**
 * One simulated peer that shares logs: disk, clock and network are the world's, everything else is `LogExchange`, `Log`,
 * `SparseLog` and `Feed` as a program would use them.
 *
 * It survives crashes: what its disk holds is all that a new life starts from, beside the wants of the program that runs it,
 * which are asked for again.
 */

import { bytesToHex, scopedDisk } from '@hamlet/core'
import type { Crypto, Disk, Random, Signer } from '@hamlet/core'
import { exchangeOver, Feed, Log, LogExchange, SparseLog } from '@hamlet/log'
import type { BlockEvent, FrameExchange, LogRangeError, SharedHandle } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import type { MemoryDisk } from '@hamlet/store'
import { withoutSync } from '../canaries.ts'
import type { FaultyNode } from '../fault-world.ts'
import { Gate } from '../gate.ts'
import type { Scheduler } from '../scheduler.ts'
import type { SeededRandom } from '../seeded-random.ts'
import { SimClock } from '../sim-clock.ts'
import type { NodeNet, SimNet } from '../sim-net.ts'
import type { SimNetwork } from '../sim-network.ts'
import type { AuthorModel } from './author-model.ts'
import type { LogWorldOptions } from './log-options.ts'
import { LINE_PROTOCOL, SimStream } from './log-stream.ts'
import type { StreamCounts } from './log-stream.ts'
import { LogWants } from './log-wants.ts'
import type { LineWatch } from './line-watch.ts'

export type HoldingKind = 'own' | 'complete' | 'sparse'

/** A log that a peer has on its disk. */
export interface Holding {
  readonly author: AuthorModel
  readonly kind: HoldingKind
  readonly directory: string
  /** What the program wants of it, if it is sparse. */
  readonly wants: LogWants
  /** Blocks that were cleared here at any time. */
  readonly cleared: Set<number>
}

/** One that is open. */
export interface OpenHolding extends Holding {
  readonly log: Log | SparseLog
  readonly feed: Feed | undefined
  handle: SharedHandle | undefined
}

export interface LogNodeWorld {
  readonly options: LogWorldOptions
  readonly scheduler: Scheduler
  readonly network: SimNetwork
  readonly crypto: Crypto
  readonly streamCounts: StreamCounts
  wrapNet(node: LogNode, net: SimNet): NodeNet
  /** Of a new line: what stands between it and the exchange. */
  watchLine(node: LogNode, peer: string): LineWatch
  /** The log was opened; so it is before anybody hears of it. */
  onOpened(node: LogNode, holding: OpenHolding): void
  onEvent(node: LogNode, holding: OpenHolding, event: BlockEvent): void
  onRefused(node: LogNode, peer: string, error: LogRangeError): void
  onForked(node: LogNode, log: string, error: LogRangeError): void
  /** A log could not store what came. */
  onFailed(node: LogNode, error: unknown): void
}

interface Life {
  readonly number: number
  readonly net: NodeNet
  readonly exchange: LogExchange
  readonly random: Random
  readonly streams: Map<string, SimStream>
  readonly held: Map<number, OpenHolding>
  isReady: boolean
}

const FOREVER = new Promise<never>(() => undefined)
const FEED_SECRET = new Uint8Array(32).fill(7)
/** Under which peers ask each other for the blocks around one. */
export const ASK_NAME = 'around'
const AROUND_BLOCKS = 3

export class LogNode implements FaultyNode {
  readonly number: number
  readonly name: string
  readonly device: string
  readonly signer: Signer
  readonly isHonest: boolean
  readonly clock: SimClock
  readonly gate: Gate
  readonly disk: MemoryDisk
  readonly holdings = new Map<number, Holding>()
  readonly isLost = false
  readonly isIrreplaceable = true
  readonly hasBackup = false
  readonly isLater = false
  readonly #usedDisk: Disk
  readonly #world: LogNodeWorld
  readonly #crypto: Crypto
  readonly #random: SeededRandom
  #life: Life | undefined
  #lives = 0
  #streams = 0
  writesUnderWay = 0
  needsRestart = false
  isDamaged = false

  constructor(
    world: LogNodeWorld,
    random: SeededRandom,
    options: {
      readonly number: number
      readonly signer: Signer
      readonly isHonest: boolean
      /** With a bug planted, another than the world's. */
      readonly crypto: Crypto
    },
  ) {
    this.#world = world
    this.#random = random
    this.#crypto = options.crypto
    this.number = options.number
    this.name = `n${options.number}`
    this.signer = options.signer
    this.device = bytesToHex(options.signer.publicKey)
    this.isHonest = options.isHonest
    this.gate = new Gate(world.scheduler)
    this.clock = new SimClock(world.scheduler, this.gate)
    this.disk = createMemoryDisk({ syncDelay: () => this.#syncDelay() })
    const skipsSync = world.options.plantedBug === 'no-fsync' && options.number === 0
    this.#usedDisk = skipsSync ? withoutSync(this.disk) : this.disk
  }

  get isUp(): boolean {
    return this.#life !== undefined
  }

  /** Every log is open: the program can use them. */
  get isReady(): boolean {
    return this.#life?.isReady === true && !this.gate.isPaused
  }

  get holdsData(): boolean {
    return true
  }

  get life(): number {
    return this.#lives
  }

  get open(): readonly OpenHolding[] {
    return [...(this.#life?.held.values() ?? [])]
  }

  get exchange(): LogExchange | undefined {
    return this.#life?.exchange
  }

  openOf(author: number): OpenHolding | undefined {
    return this.#life?.held.get(author)
  }

  hold(author: AuthorModel, kind: HoldingKind): void {
    const directory = `${kind}-${author.number}`
    const wants = new LogWants()
    this.holdings.set(author.number, { author, kind, directory, wants, cleared: new Set() })
  }

  async start(): Promise<void> {
    const number = ++this.#lives
    const { network, options } = this.#world
    const net = this.#world.wrapNet(this, network.attach(this.device, this.gate))
    const random = this.#random.fork(`life ${number}`)
    const { clock } = this
    const exchange = new LogExchange({
      ...{ crypto: this.#crypto, clock, random },
      download: { window: options.window, wantBytes: options.wantBytes },
      onRefused: (peer, error) => this.#world.onRefused(this, peer, error),
      onForked: (log, error) => this.#world.onForked(this, log, error),
      onFailed: (_log, error) => this.#world.onFailed(this, error),
    })
    const streams = new Map<string, SimStream>()
    const life = { number, net, exchange, random, streams, held: new Map(), isReady: false }
    this.#life = life
    net.subscribe({
      peerUp: (peer) => this.#connect(life, peer),
      peerDown: (peer) => this.#disconnect(life, peer),
      drain: (peer) => streams.get(peer)?.drained(),
      message: (peer, protocol, bytes) => {
        if (protocol === LINE_PROTOCOL) streams.get(peer)?.receive(bytes)
      },
    })
    for (const holding of this.holdings.values()) await this.#open(life, holding)
    life.isReady = true
  }

  /** Ends the process. `random`: also cuts the power. */
  crash(random: SeededRandom | undefined): void {
    if (this.#life === undefined) return
    for (const { wants } of this.#life.held.values()) wants.forget()
    this.#life = undefined
    this.#world.network.detach(this.device)
    this.clock.stop()
    this.gate.clear()
    this.needsRestart = false
    this.disk.setFaults({})
    if (random !== undefined) this.disk.crash(random)
    this.writesUnderWay = 0
  }

  lose(): void {}

  snapshot(): void {}

  restore(): void {}

  upgrade(): void {}

  /** Cuts a line off and refuses the peer for a while. */
  ban(peer: string, ms: number): void {
    this.#life?.net.disconnect(peer, 'lied', ms)
  }

  /** Whatever was lost on a line is noticed, as it is where what is not confirmed is sent again. */
  probe(): void {
    for (const stream of this.#life?.streams.values() ?? []) stream.probe()
  }

  /** Takes a log off every line; it stays open. */
  unshare(author: number): void {
    const holding = this.openOf(author)
    holding?.wants.forget()
    holding?.handle?.remove()
    if (holding !== undefined) holding.handle = undefined
  }

  share(author: number): void {
    const life = this.#life
    const holding = life?.held.get(author)
    if (life === undefined || holding === undefined || holding.handle !== undefined) return
    const { log } = holding
    holding.handle = life.exchange.add(log)
    holding.handle.onAsk(ASK_NAME, (bytes) => answerAround(log, bytes))
    if (log instanceof SparseLog) holding.wants.ask(holding.handle, log)
  }

  /** Closes a log and opens it again. */
  async reopen(author: number): Promise<void> {
    const life = this.#life
    const holding = life?.held.get(author)
    if (life === undefined || holding === undefined) return
    this.unshare(author)
    life.held.delete(author)
    holding.feed?.close()
    await holding.log.close()
    await this.#open(life, this.holdings.get(author)!)
  }

  async #open(life: Life, holding: Holding): Promise<void> {
    const log = await this.#openLog(holding)
    if (this.#life !== life) return
    const feed = holding.author.isFeed ? this.#feedOver(holding, log) : undefined
    const open: OpenHolding = { ...holding, log, feed, handle: undefined }
    this.#world.onOpened(this, open)
    log.watch((event) => this.#world.onEvent(this, open, event))
    life.held.set(holding.author.number, open)
    this.share(holding.author.number)
  }

  #openLog({ author, kind, directory }: Holding): Promise<Log | SparseLog> {
    const { options } = this.#world
    const { publicKey, namespace } = author
    const common = { crypto: this.#crypto, disk: scopedDisk(this.#usedDisk, 'logs') }
    const which = { ...common, directory, publicKey, namespace }
    const { blockFileBytes, segmentBytes, markBlocks } = options
    if (kind === 'sparse') return SparseLog.open({ ...which, blockFileBytes })
    const sizes = { segmentBytes, markBlocks }
    if (kind === 'complete') return Log.open({ ...which, ...sizes })
    return Log.open({ ...which, ...sizes, signer: this.signer })
  }

  #feedOver({ author, kind }: Holding, log: Log | SparseLog): Feed {
    const { clock } = this
    const over = { crypto: this.#crypto, clock, id: author.id, source: log, secret: FEED_SECRET }
    return Feed.over(kind === 'own' ? { ...over, writer: log as Log } : over)
  }

  #connect(life: Life, peer: string): void {
    const { options, streamCounts } = this.#world
    const { pieceBytes } = options
    const { net, streams, exchange } = life
    streams.get(peer)?.end()
    const stream = new SimStream({
      ...{ net, peer, pieceBytes, number: this.#streams++ },
      clock: this.clock,
      counts: streamCounts,
    })
    streams.set(peer, stream)
    const watch = this.#world.watchLine(this, peer)
    const connect: FrameExchange['connect'] = (line) => {
      const watched = watch.outgoing(line)
      return watch.incoming((watch.exchange ?? exchange).connect(watched))
    }
    void exchangeOver({ connect }, stream, peer, { isSocket: options.reusesMemory })
  }

  #disconnect({ streams }: Life, peer: string): void {
    streams.get(peer)?.end()
    streams.delete(peer)
  }

  /** A life that has ended never hears of the sync it waits for. */
  async #syncDelay(): Promise<void> {
    const life = this.#lives
    const { options, scheduler } = this.#world
    if (options.syncMeanMs > 0) {
      await scheduler.sleep(Math.min(this.#random.exponential(options.syncMeanMs), 5_000))
    }
    await this.gate.pass()
    if (this.#life === undefined || this.#lives !== life) await FOREVER
  }
}

/** The blocks around one, as far as they are here. */
function answerAround(
  log: Log | SparseLog,
  bytes: Uint8Array,
): { readonly bytes: Uint8Array; readonly blocks: readonly number[] } | undefined {
  if (bytes.length !== 4) return undefined
  const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const blocks = Array.from({ length: AROUND_BLOCKS }, (_, i) => index + i).filter(
    (each) => each < log.length && log.has(each),
  )
  return { bytes, blocks }
}
