/**
 * The simulated network: every pair of nodes may be joined by a link that delays, loses, repeats and reorders
 * messages, is cut in one direction or both, resets and congests.
 *
 * It is harsher than the contract of {@link Net} (which promises order while a peer is up): a protocol that converges
 * here converges over streams that break at any byte.
 *
 * Invariants:
 * 1. Messages only flow between nodes that both believe to be connected; a reset tells both sides.
 * 2. Every draw comes from the world's seed.
 */

import type { Cancel, Net, NetHandler } from '@hamlet/core'
import type { Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface NetworkFaults {
  readonly delayMeanMs: number
  readonly lossRate: number
  readonly duplicateRate: number
  /** Messages that are held back long enough to arrive after later ones. */
  readonly reorderRate: number
  /** Sends that report a full queue; it drains a moment later. */
  readonly congestionRate: number
}

export const CALM_NETWORK: NetworkFaults = {
  delayMeanMs: 20,
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  congestionRate: 0,
}

export interface NetworkCounts {
  sent: number
  lost: number
  duplicated: number
  reordered: number
  resets: number
  bytes: number
}

/** Time after which a link that is cut one way is noticed as down. */
const HALF_OPEN_MS = 15_000

export class SimNetwork {
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #trace: (line: string) => void
  readonly #nodes = new Map<string, SimNet>()
  /** `a>b`: messages from a to b do not arrive. */
  readonly #cuts = new Set<string>()
  faults: NetworkFaults = CALM_NETWORK
  readonly counts: NetworkCounts = {
    sent: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    resets: 0,
    bytes: 0,
  }

  constructor(scheduler: Scheduler, random: SeededRandom, trace: (line: string) => void) {
    this.#scheduler = scheduler
    this.#random = random
    this.#trace = trace
  }

  /** Attaches a node that has just started; links come up as far as partitions allow. */
  attach(peer: string): SimNet {
    const net = new SimNet(peer, this)
    this.#nodes.set(peer, net)
    this.#scheduler.after(this.#random.int(1, 500), () => this.connectAll())
    return net
  }

  /** The node is gone; its peers notice after a while. */
  detach(peer: string): void {
    const net = this.#nodes.get(peer)
    if (net === undefined) return
    this.#nodes.delete(peer)
    net.stop()
    for (const other of this.#nodes.values()) {
      if (other.isUp(peer))
        this.#scheduler.after(this.#random.int(1, 2_000), () => other.down(peer))
    }
  }

  /** Replaces the partition. A direction that is cut loses messages; a pair cut both ways goes down. */
  setCuts(cuts: Iterable<readonly [from: string, to: string]>): void {
    this.#cuts.clear()
    for (const [from, to] of cuts) this.#cuts.add(`${from}>${to}`)
    for (const a of this.#nodes.values()) {
      for (const b of this.#nodes.values()) {
        if (a.self < b.self && a.isUp(b.self)) this.#noticeCut(a, b)
      }
    }
    this.connectAll()
  }

  /** Brings up every link that nothing prevents. */
  connectAll(): void {
    for (const a of this.#nodes.values()) {
      for (const b of this.#nodes.values()) {
        if (a.self < b.self && !a.isUp(b.self) && !b.isUp(a.self) && this.#isOpen(a, b)) {
          a.up(b.self)
          b.up(a.self)
        }
      }
    }
  }

  /** Drops a link; both sides notice, and it comes back soon. */
  reset(a: string, b: string): void {
    if (!(this.#nodes.get(a)?.isUp(b) ?? false)) return
    this.counts.resets++
    this.#trace(`reset ${a.slice(0, 4)} ${b.slice(0, 4)}`)
    this.#nodes.get(a)?.down(b)
    this.#nodes.get(b)?.down(a)
    this.#scheduler.after(this.#random.int(10, 3_000), () => this.connectAll())
  }

  send(from: SimNet, to: string, protocol: string, bytes: Uint8Array): boolean {
    const { lossRate, duplicateRate, congestionRate } = this.faults
    this.counts.sent++
    this.counts.bytes += bytes.length
    const copies = this.#random.chance(duplicateRate) ? 2 : 1
    if (copies === 2) this.counts.duplicated++
    if (this.#random.chance(lossRate)) this.counts.lost++
    else for (let i = 0; i < copies; i++) this.#deliver(from, to, protocol, bytes)
    if (!this.#random.chance(congestionRate)) return true
    this.#scheduler.after(this.#random.int(1, 200), () => from.drained(to))
    return false
  }

  #deliver(from: SimNet, to: string, protocol: string, bytes: Uint8Array): void {
    const delayMs = this.#delayMs(from, to)
    this.#scheduler.after(delayMs, () => {
      if (this.#cuts.has(`${from.self}>${to}`)) return
      const receiver = this.#nodes.get(to)
      if (receiver === undefined || !receiver.isUp(from.self) || !from.running) return
      this.#trace(`message ${from.self.slice(0, 4)} ${to.slice(0, 4)} ${bytes.length}`)
      receiver.receive(from.self, protocol, bytes)
    })
  }

  #delayMs(from: SimNet, to: string): number {
    const { delayMeanMs, reorderRate } = this.faults
    const delayMs = 1 + this.#random.exponential(delayMeanMs)
    if (this.#random.chance(reorderRate)) {
      this.counts.reordered++
      return delayMs + this.#random.exponential(4 * delayMeanMs)
    }
    return from.afterEarlier(to, this.#scheduler.nowMs + delayMs) - this.#scheduler.nowMs
  }

  #isOpen(a: SimNet, b: SimNet): boolean {
    return !this.#cuts.has(`${a.self}>${b.self}`) && !this.#cuts.has(`${b.self}>${a.self}`)
  }

  #noticeCut(a: SimNet, b: SimNet): void {
    if (this.#isOpen(a, b)) return
    this.#scheduler.after(this.#random.int(100, HALF_OPEN_MS), () => {
      if (this.#isOpen(a, b)) return
      a.down(b.self)
      b.down(a.self)
    })
  }
}

/** One node's face of the simulated network. */
export class SimNet implements Net {
  readonly self: string
  readonly #network: SimNetwork
  readonly #handlers = new Set<NetHandler>()
  readonly #up = new Set<string>()
  readonly #banned = new Set<string>()
  readonly #lastArrivalMs = new Map<string, number>()
  running = true

  constructor(self: string, network: SimNetwork) {
    this.self = self
    this.#network = network
  }

  /** Peers this node refuses: in a world without hostile peers there must be none. */
  get banned(): ReadonlySet<string> {
    return this.#banned
  }

  isUp(peer: string): boolean {
    return this.#up.has(peer)
  }

  send(peer: string, protocol: string, bytes: Uint8Array): boolean {
    if (!this.running || !this.#up.has(peer)) return true
    return this.#network.send(this, peer, protocol, bytes)
  }

  subscribe(handler: NetHandler): Cancel {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  peers(): readonly string[] {
    return [...this.#up]
  }

  disconnect(peer: string, _reason: string, banMs = 0): void {
    if (banMs > 0) this.#banned.add(peer)
    this.#network.reset(this.self, peer)
  }

  up(peer: string): void {
    if (!this.running || this.#banned.has(peer) || this.#up.has(peer)) return
    this.#up.add(peer)
    for (const handler of this.#handlers) handler.peerUp(peer)
  }

  down(peer: string): void {
    if (!this.#up.delete(peer)) return
    this.#lastArrivalMs.delete(peer)
    for (const handler of this.#handlers) handler.peerDown(peer)
  }

  receive(peer: string, protocol: string, bytes: Uint8Array): void {
    for (const handler of this.#handlers) handler.message(peer, protocol, bytes)
  }

  drained(peer: string): void {
    if (!this.running || !this.#up.has(peer)) return
    for (const handler of this.#handlers) handler.drain(peer)
  }

  /** Keeps the order of a stream: a message arrives no earlier than the one before it. */
  afterEarlier(peer: string, atMs: number): number {
    const arrivalMs = Math.max(atMs, this.#lastArrivalMs.get(peer) ?? 0)
    this.#lastArrivalMs.set(peer, arrivalMs)
    return arrivalMs
  }

  stop(): void {
    this.running = false
    this.#up.clear()
    this.#handlers.clear()
  }
}
