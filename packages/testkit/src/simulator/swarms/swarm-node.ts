/**
 * One simulated peer of swarms: disk, clock and network are the world's, everything else is `BlobStore`, `SwarmStreams` and `SwarmEngine`
 * as a program would use them.
 *
 * It survives crashes: what its disk holds is all that a new life starts from, beside what the program that runs it wants, and its accounts.
 */

import { bytesToHex, equalBytes, errorCode, silentLogger, silentMetrics } from '@hamlet/core'
import type { Crypto, Disk } from '@hamlet/core'
import { BlobStore, SwarmEngine, SwarmStreams } from '@hamlet/blobs'
import type {
  SwarmAccess,
  SwarmDebt,
  SwarmDownload,
  SwarmEvent,
  SwarmNet,
  WebSeed,
} from '@hamlet/blobs'
import { createMemoryDisk } from '@hamlet/store'
import type { MemoryDisk } from '@hamlet/store'
import type { FaultyNode } from '../fault-world.ts'
import { Gate } from '../gate.ts'
import { LINE_PROTOCOL, SimStream } from '../logs/log-stream.ts'
import type { StreamCounts } from '../logs/log-stream.ts'
import type { Scheduler } from '../scheduler.ts'
import type { SeededRandom } from '../seeded-random.ts'
import { SimClock } from '../sim-clock.ts'
import type { SimNet } from '../sim-net.ts'
import type { SimNetwork } from '../sim-network.ts'
import type { SimAccounts } from './swarm-accounts.ts'
import type { SimBlob } from './swarm-blob.ts'
import type { SwarmWorldOptions } from './swarm-options.ts'

export interface SwarmNodeWorld {
  readonly options: SwarmWorldOptions
  readonly scheduler: Scheduler
  readonly network: SimNetwork
  readonly crypto: Crypto
  readonly streamCounts: StreamCounts
  /** What stands between the engine and its lines. */
  wrapNet(node: SwarmNode, net: SwarmNet): SwarmNet
  /** Instead of an engine, for a stranger. */
  isStranger(node: SwarmNode): boolean
  onStranger(node: SwarmNode, net: SwarmNet): void
  accessOf(blob: SimBlob): SwarmAccess
  sourcesOf(node: SwarmNode, blob: SimBlob): readonly (string | WebSeed)[]
  onEvent(node: SwarmNode, event: SwarmEvent): void
  /** A store or a download failed with this. */
  onFailed(node: SwarmNode, error: unknown): void
  onDone(node: SwarmNode, blob: SimBlob): void
}

interface Life {
  readonly net: SimNet
  readonly streams: Map<string, SimStream>
  readonly lines: SwarmStreams
  engine: SwarmEngine | undefined
  store: BlobStore | undefined
  readonly downloads: Map<number, SwarmDownload>
  isReady: boolean
}

const FOREVER = new Promise<never>(() => undefined)

export class SwarmNode implements FaultyNode {
  readonly number: number
  readonly name: string
  readonly device: string
  readonly isHonest: boolean
  readonly clock: SimClock
  readonly gate: Gate
  readonly disk: MemoryDisk
  readonly accounts: SimAccounts | undefined
  /** What it wants or has, and whether that is paused. */
  readonly wants = new Map<SimBlob, { isPaused: boolean }>()
  /** Of a liar: what each other gave it. */
  readonly takenBytes = new Map<string, number>()
  readonly isLost = false
  readonly isIrreplaceable = true
  readonly hasBackup = false
  readonly isLater = false
  readonly #world: SwarmNodeWorld
  readonly #random: SeededRandom
  #life: Life | undefined
  /** What went to others unsigned, kept as the accounts are. */
  #debts: readonly SwarmDebt[] = []
  #keepsDebts = true
  #lives = 0
  #streams = 0
  writesUnderWay = 0
  needsRestart = false
  isDamaged = false
  /** When it last stopped a download: what was asked for before may still be answered. */
  stoppedAtMs = Number.NEGATIVE_INFINITY

  constructor(
    world: SwarmNodeWorld,
    random: SeededRandom,
    { number, isHonest, accounts }: Pick<SwarmNode, 'number' | 'isHonest' | 'accounts'>,
  ) {
    this.#world = world
    this.#random = random
    this.number = number
    this.name = `n${number}`
    this.isHonest = isHonest
    this.accounts = accounts
    this.device = bytesToHex(random.bytes(32))
    this.gate = new Gate(world.scheduler)
    this.clock = new SimClock(world.scheduler, this.gate)
    this.disk = createMemoryDisk({ syncDelay: () => this.#syncDelay() })
  }

  get isUp(): boolean {
    return this.#life !== undefined
  }

  get isReady(): boolean {
    return this.#life?.isReady === true && !this.gate.isPaused
  }

  get holdsData(): boolean {
    return true
  }

  get life(): number {
    return this.#lives
  }

  get engine(): SwarmEngine | undefined {
    return this.#life?.engine
  }

  get store(): BlobStore | undefined {
    return this.#life?.store
  }

  downloadOf(blob: SimBlob): SwarmDownload | undefined {
    return this.#life?.downloads.get(blob.number)
  }

  async start(): Promise<void> {
    const number = ++this.#lives
    const { network, options, crypto } = this.#world
    const net = network.attach(this.device, this.gate)
    const lines = new SwarmStreams(this.device, (peer, reason, banMs) =>
      net.disconnect(peer, reason, banMs),
    )
    const life: Life = {
      ...{ net, lines, streams: new Map(), downloads: new Map(), isReady: false },
      ...{ engine: undefined, store: undefined },
    }
    this.#life = life
    const wrapped = this.#world.wrapNet(this, lines)
    if (this.#world.isStranger(this)) this.#world.onStranger(this, wrapped)
    else {
      const random = this.#random.fork(`life ${number}`)
      const { clock, accounts } = this
      const ports = { clock, random, crypto, net: wrapped }
      life.engine = new SwarmEngine(
        { ...ports, logger: silentLogger, metrics: silentMetrics },
        {
          slots: options.slots,
          ...(options.uploadBytesPerSecond > 0 && this.isHonest
            ? { uploadBytesPerSecond: options.uploadBytesPerSecond }
            : {}),
          ...(options.downloadBytesPerSecond > 0
            ? { downloadBytesPerSecond: options.downloadBytesPerSecond }
            : {}),
          ...(accounts ? { accounts } : {}),
        },
      )
      life.engine.restoreDebts(this.#debts)
      life.engine.onChange((event) => {
        // A process that is gone says nothing, whatever still happens in what it left.
        if (this.#life === life) this.#world.onEvent(this, event)
      })
    }
    net.subscribe({
      peerUp: (peer) => this.#connect(life, peer),
      peerDown: (peer) => this.#disconnect(life, peer),
      drain: (peer) => life.streams.get(peer)?.drained(),
      message: (peer, protocol, bytes) => {
        if (protocol === LINE_PROTOCOL) life.streams.get(peer)?.receive(bytes)
      },
    })
    await this.#openStore(life, crypto)
    if (this.#life === life) life.isReady = true
  }

  /** Ends the process. `random`: also cuts the power. */
  crash(random: SeededRandom | undefined): void {
    const life = this.#life
    if (!life) return
    this.#debts = this.#keepsDebts ? (life.engine?.debts() ?? []) : []
    this.#keepsDebts = true
    this.#life = undefined
    this.#world.network.detach(this.device)
    this.clock.stop()
    this.gate.clear()
    this.needsRestart = false
    this.disk.setFaults({})
    if (random) this.disk.crash(random)
    this.writesUnderWay = 0
  }

  /** What it gave unsigned counts for nothing in its next life. */
  forgetDebts(): void {
    this.#keepsDebts = false
  }

  lose(): void {}

  snapshot(): void {}

  restore(): void {}

  upgrade(): void {}

  /** Whatever was lost on a line is noticed. */
  probe(): void {
    for (const stream of this.#life?.streams.values() ?? []) stream.probe()
  }

  /** Begins to load a blob, or to share it. */
  begin(blob: SimBlob): void {
    const life = this.#life
    if (!life?.store || !life.engine || life.downloads.has(blob.number)) return
    this.#begin(life, blob).catch((error: unknown) => {
      if (this.#life === life) this.#world.onFailed(this, error)
    })
  }

  stop(blob: SimBlob): void {
    this.downloadOf(blob)?.stop()
    this.stoppedAtMs = this.#world.scheduler.nowMs
    this.#life?.downloads.delete(blob.number)
  }

  /** Exactly the bytes, read from the store. */
  async holds(blob: SimBlob): Promise<boolean> {
    const { store } = this
    if (!store?.has(blob.id)) return false
    const bytes = await store.read(blob.id, 0, blob.id.sizeBytes)
    return equalBytes(bytes, blob.bytes)
  }

  async #openStore(life: Life, crypto: Crypto): Promise<void> {
    const { clock } = this
    const disk: Disk = this.disk
    const store = await BlobStore.open({ disk, clock, crypto })
    if (this.#life !== life) return
    life.store = store
    for (const blob of this.wants.keys()) {
      if (!life.downloads.has(blob.number)) await this.#begin(life, blob)
      if (this.#life !== life) return
    }
  }

  async #begin(life: Life, blob: SimBlob): Promise<void> {
    const { store, engine } = life
    if (!store || !engine) return
    const access = this.#world.accessOf(blob)
    // What its person put there is there again if the disk lost it before it was durable.
    if (blob.isSeed(this.number) && !store.has(blob.id)) await store.put(blob.bytes)
    if (this.#life !== life) return
    const partial = await store.begin(blob.id)
    if (this.#life !== life || life.downloads.has(blob.number)) return partial.close()
    const isPaused = this.wants.get(blob)?.isPaused ?? false
    const download = engine.download(partial, access, { isPaused })
    life.downloads.set(blob.number, download)
    for (const source of this.#world.sourcesOf(this, blob)) engine.addSource(blob.id, source)
    download.done.then(
      () => {
        if (this.#life === life) this.#world.onDone(this, blob)
      },
      (error: unknown) => {
        const isStopped = errorCode(error) === 'SWARM_STOPPED'
        if (this.#life === life && !isStopped) this.#world.onFailed(this, error)
      },
    )
  }

  #connect(life: Life, peer: string): void {
    const { options, streamCounts } = this.#world
    const { net, streams, lines } = life
    streams.get(peer)?.end()
    const { pieceBytes } = options
    const stream = new SimStream({
      ...{ net, peer, pieceBytes, number: this.#streams++ },
      ...{ clock: this.clock, counts: streamCounts },
    })
    streams.set(peer, stream)
    void lines.attach(peer, stream, { isSocket: options.reusesMemory })
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
