/**
 * The simulated network: every pair of nodes may be joined by a link that delays, loses, repeats and reorders
 * messages, is slow, full or clogged, is cut in one direction or both, and resets. Or all meet through one of them only.
 *
 * It is harsher than the contract of `Net` (which promises order while a peer is up): a protocol that converges
 * here converges over streams that break at any byte.
 *
 * Invariants:
 * 1. Messages only flow between nodes that both believe to be connected; a reset tells both sides.
 * 2. What was sent on one connection never arrives on a later one between the same nodes.
 * 3. Every draw comes from the world's seed.
 */

import type { Gate } from './gate.ts'
import { SimNet } from './sim-net.ts'
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
  /** What a link carries in each direction. 0: any amount at once. */
  readonly bytesPerSecond: number
  /** Messages on a link beyond which every other one is lost. 0: no limit. */
  readonly messagesMax: number
}

export const CALM_NETWORK: NetworkFaults = {
  delayMeanMs: 20,
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  congestionRate: 0,
  bytesPerSecond: 0,
  messagesMax: 0,
}

export interface NetworkCounts {
  sent: number
  bytes: number
  lost: number
  duplicated: number
  reordered: number
  congested: number
  /** Messages lost on a full link, and messages that waited for a clogged one. */
  overflowed: number
  clogged: number
  resets: number
  /** Times that a pair was cut, in one direction or both. */
  cuts: number
  bans: number
  /** Most bytes on their way from one node to another at any time. */
  inFlightBytesPeak: number
}

/** Time after which a link that is cut one way is noticed as down. */
const HALF_OPEN_MS = 15_000
/** Of what waits for a slow line; beyond it a send reports a full queue. */
const QUEUE_MS = 2_000

export class SimNetwork {
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #trace: (line: string) => void
  readonly #nodes = new Map<string, SimNet>()
  /** `a>b`: messages from a to b do not arrive. */
  #cuts: ReadonlySet<string> = new Set()
  /** `a>b`: messages from a to b wait in order. */
  readonly #clogs = new Map<string, (() => void)[]>()
  readonly #asleep = new Set<string>()
  /** The only one that others can reach. */
  #hub: string | undefined
  #connections = 0
  faults: NetworkFaults = CALM_NETWORK
  /** Sees every message that is sent. */
  onSent: ((bytes: Uint8Array) => void) | undefined
  readonly counts: NetworkCounts = {
    sent: 0,
    bytes: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    congested: 0,
    overflowed: 0,
    clogged: 0,
    resets: 0,
    cuts: 0,
    bans: 0,
    inFlightBytesPeak: 0,
  }

  constructor(scheduler: Scheduler, random: SeededRandom, trace: (line: string) => void) {
    this.#scheduler = scheduler
    this.#random = random
    this.#trace = trace
  }

  get nowMs(): number {
    return this.#scheduler.nowMs
  }

  /** Attaches a node that has just started; links come up as far as partitions allow. */
  attach(peer: string, gate?: Gate): SimNet {
    const net = new SimNet(peer, this, gate)
    this.#nodes.set(peer, net)
    this.#scheduler.after(this.#random.int(1, 500), () => this.connectAll())
    return net
  }

  /** The node's face, while it runs. */
  netOf(peer: string): SimNet | undefined {
    return this.#nodes.get(peer)
  }

  /** The node is gone; its peers notice after a while. */
  detach(peer: string): void {
    const net = this.#nodes.get(peer)
    if (net === undefined) return
    this.#nodes.delete(peer)
    for (const other of this.#nodes.values()) {
      const connection = other.connectionTo(peer)
      if (connection === undefined) continue
      this.#scheduler.after(this.#random.int(1, 2_000), () => {
        if (other.connectionTo(peer) !== connection) return
        other.down(peer)
        this.connectAll()
      })
    }
    net.stop()
  }

  /** Replaces the partition. A direction that is cut loses messages; both sides notice after a while. */
  setCuts(cuts: Iterable<readonly [from: string, to: string]>): void {
    this.#cuts = new Set([...cuts].map(([from, to]) => `${from}>${to}`))
    for (const a of this.#nodes.values()) {
      for (const b of this.#nodes.values()) {
        if (a.self < b.self && !this.#isUncut(a, b)) this.#noticeCut(a, b)
      }
    }
    this.connectAll()
  }

  /** Only links to and from this node can be made. `undefined`: between all. */
  setHub(hub: string | undefined): void {
    this.#hub = hub
  }

  /** What is sent from one node to the other waits until it is unclogged; the link stays up. */
  clog(from: string, to: string): void {
    const link = `${from}>${to}`
    if (!this.#clogs.has(link)) this.#clogs.set(link, [])
  }

  unclog(from: string, to: string): void {
    const link = `${from}>${to}`
    const waiting = this.#clogs.get(link) ?? []
    this.#clogs.delete(link)
    for (const deliver of waiting) this.#scheduler.after(0, deliver)
  }

  unclogAll(): void {
    for (const link of [...this.#clogs.keys()]) {
      const [from, to] = link.split('>')
      this.unclog(from!, to!)
    }
  }

  /** Nobody reaches a device that sleeps; in the end it is reached again. */
  setAsleep(peer: string, isAsleep: boolean): void {
    if (isAsleep) this.#asleep.add(peer)
    else this.#asleep.delete(peer)
    this.#reconnect(peer)
  }

  /** Drops every link of a node; those that nothing prevents come back. */
  #reconnect(peer: string): void {
    const net = this.#nodes.get(peer)
    for (const other of net?.peers() ?? []) {
      this.#nodes.get(other)?.down(peer)
      net!.down(other)
    }
    this.connectAll()
  }

  /** Brings up every link that nothing prevents. */
  connectAll(): void {
    for (const a of this.#nodes.values()) {
      for (const b of this.#nodes.values()) {
        if (a.self >= b.self || !this.#isOpen(a, b)) continue
        if (a.connectionTo(b.self) !== undefined || b.connectionTo(a.self) !== undefined) continue
        if (!a.accepts(b.self) || !b.accepts(a.self)) continue
        this.#connections++
        a.up(b.self, this.#connections)
        b.up(a.self, this.#connections)
      }
    }
  }

  /** Drops every link; they come back at once. */
  reconnectAll(): void {
    for (const a of this.#nodes.values()) {
      for (const peer of a.peers()) {
        this.#nodes.get(peer)?.down(a.self)
        a.down(peer)
      }
    }
    this.connectAll()
  }

  /** Drops a link; both sides notice, and it comes back soon. */
  reset(a: string, b: string): void {
    if (this.#nodes.get(a)?.connectionTo(b) === undefined) return
    this.counts.resets++
    this.#trace(`reset ${a.slice(0, 4)} ${b.slice(0, 4)}`)
    this.#nodes.get(a)?.down(b)
    this.#nodes.get(b)?.down(a)
    this.#scheduler.after(this.#random.int(10, 3_000), () => this.connectAll())
  }

  /** Bytes on their way between two nodes, in either direction. */
  inFlightBytes(a: string, b: string): number {
    const nodes = [this.#nodes.get(a)?.noteInFlight(b, 0), this.#nodes.get(b)?.noteInFlight(a, 0)]
    return (nodes[0] ?? 0) + (nodes[1] ?? 0)
  }

  send(from: SimNet, to: string, protocol: string, bytes: Uint8Array): boolean {
    const { lossRate, duplicateRate } = this.faults
    this.counts.sent++
    this.counts.bytes += bytes.length
    this.onSent?.(bytes)
    const copies = this.#random.chance(duplicateRate) ? 2 : 1
    if (copies === 2) this.counts.duplicated++
    const leavesInMs = this.#leavesInMs(from, to, bytes.length)
    if (this.#random.chance(lossRate)) this.counts.lost++
    else if (this.#overflows(from, to)) this.counts.overflowed++
    else for (let i = 0; i < copies; i++) this.#carry(from, to, protocol, bytes, leavesInMs)
    return this.#hasRoom(from, to, leavesInMs)
  }

  #leavesInMs(from: SimNet, to: string, bytes: number): number {
    const { bytesPerSecond } = this.faults
    return bytesPerSecond === 0 ? 0 : from.leavesAt(to, bytes, bytesPerSecond) - this.nowMs
  }

  #overflows(from: SimNet, to: string): boolean {
    const { messagesMax } = this.faults
    return messagesMax > 0 && from.inFlightCount(to) >= messagesMax && this.#random.chance(0.5)
  }

  /** Whether more may be sent at once; if not, the sender is told when. */
  #hasRoom(from: SimNet, to: string, leavesInMs: number): boolean {
    const isSlow = leavesInMs > QUEUE_MS
    if (!isSlow && !this.#random.chance(this.faults.congestionRate)) return true
    this.counts.congested++
    const drainsInMs = isSlow ? leavesInMs - QUEUE_MS / 2 : this.#random.int(1, 200)
    this.#scheduler.after(drainsInMs, () => from.drained(to))
    return false
  }

  #carry(from: SimNet, to: string, protocol: string, bytes: Uint8Array, leavesInMs: number): void {
    const connection = from.connectionTo(to)
    const inFlight = from.noteInFlight(to, bytes.length)
    this.counts.inFlightBytesPeak = Math.max(this.counts.inFlightBytesPeak, inFlight)
    const deliver = (): void => {
      from.noteInFlight(to, -bytes.length)
      if (this.#cuts.has(`${from.self}>${to}`)) return
      const receiver = this.#nodes.get(to)
      if (receiver === undefined || receiver.connectionTo(from.self) !== connection) return
      this.#trace(`message ${from.self.slice(0, 4)} ${to.slice(0, 4)} ${bytes.length}`)
      receiver.receive(from.self, protocol, bytes)
    }
    this.#scheduler.after(this.#arrivesInMs(from, to, leavesInMs), () => {
      const waiting = this.#clogs.get(`${from.self}>${to}`)
      if (waiting === undefined) return deliver()
      this.counts.clogged++
      waiting.push(deliver)
    })
  }

  #arrivesInMs(from: SimNet, to: string, leavesInMs: number): number {
    const { delayMeanMs, reorderRate } = this.faults
    const delayMs = leavesInMs + 1 + this.#random.exponential(delayMeanMs)
    if (this.#random.chance(reorderRate)) {
      this.counts.reordered++
      return delayMs + this.#random.exponential(4 * delayMeanMs)
    }
    return from.afterEarlier(to, this.nowMs + delayMs) - this.nowMs
  }

  #isOpen(a: SimNet, b: SimNet): boolean {
    const isReachable = this.#hub === undefined || a.self === this.#hub || b.self === this.#hub
    return isReachable && this.#isUncut(a, b) && !this.#isAsleep(a, b)
  }

  #isAsleep(a: SimNet, b: SimNet): boolean {
    return this.#asleep.has(a.self) || this.#asleep.has(b.self)
  }

  #isUncut(a: SimNet, b: SimNet): boolean {
    return !this.#cuts.has(`${a.self}>${b.self}`) && !this.#cuts.has(`${b.self}>${a.self}`)
  }

  #noticeCut(a: SimNet, b: SimNet): void {
    this.counts.cuts++
    const connection = a.connectionTo(b.self)
    if (connection === undefined) return
    this.#scheduler.after(this.#random.int(100, HALF_OPEN_MS), () => {
      if (this.#isUncut(a, b) || a.connectionTo(b.self) !== connection) return
      a.down(b.self)
      b.down(a.self)
    })
  }
}
