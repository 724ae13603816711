/** One node's face of the simulated network. */

import type { Cancel, Net, NetHandler } from '@hamlet/core'
import type { Gate } from './gate.ts'

/** What a node's face needs of the network behind it. */
export interface NetCarrier {
  readonly nowMs: number
  readonly counts: { bans: number }
  send(from: SimNet, to: string, protocol: string, bytes: Uint8Array): boolean
  reset(a: string, b: string): void
}

/** A `Net` whose owner may be asked whom it refused. */
export interface NodeNet extends Net {
  /** Peers this node ever refused. */
  readonly banned: readonly string[]
}

export class SimNet implements NodeNet {
  readonly self: string
  readonly #network: NetCarrier
  readonly #handlers = new Set<NetHandler>()
  /** Peers that are up, each with the number of the connection. */
  readonly #connections = new Map<string, number>()
  readonly #bannedUntilMs = new Map<string, number>()
  readonly #lastArrivalMs = new Map<string, number>()
  readonly #inFlightBytes = new Map<string, number>()
  readonly #inFlightCounts = new Map<string, number>()
  /** Until when the line to a peer is busy with what was sent. */
  readonly #busyUntilMs = new Map<string, number>()
  readonly #gate: Gate | undefined
  #running = true

  /** `gate`: of the process; what happens waits while it is paused. */
  constructor(self: string, network: NetCarrier, gate?: Gate) {
    this.self = self
    this.#network = network
    this.#gate = gate
  }

  get banned(): readonly string[] {
    return [...this.#bannedUntilMs.keys()]
  }

  connectionTo(peer: string): number | undefined {
    return this.#connections.get(peer)
  }

  accepts(peer: string): boolean {
    return this.#running && this.#network.nowMs >= (this.#bannedUntilMs.get(peer) ?? 0)
  }

  send(peer: string, protocol: string, bytes: Uint8Array): boolean {
    if (!this.#running || !this.#connections.has(peer)) return true
    return this.#network.send(this, peer, protocol, bytes)
  }

  subscribe(handler: NetHandler): Cancel {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  peers(): readonly string[] {
    return [...this.#connections.keys()]
  }

  disconnect(peer: string, _reason: string, banMs = 0): void {
    if (banMs > 0) {
      this.#network.counts.bans++
      this.#bannedUntilMs.set(peer, this.#network.nowMs + banMs)
    }
    this.#network.reset(this.self, peer)
  }

  up(peer: string, connection: number): void {
    this.#connections.set(peer, connection)
    this.#tell((handler) => handler.peerUp(peer))
  }

  down(peer: string): void {
    if (!this.#connections.delete(peer)) return
    this.#lastArrivalMs.delete(peer)
    this.#busyUntilMs.delete(peer)
    this.#tell((handler) => handler.peerDown(peer))
  }

  receive(peer: string, protocol: string, bytes: Uint8Array): void {
    this.#tell((handler) => handler.message(peer, protocol, bytes))
  }

  drained(peer: string): void {
    if (!this.#running || !this.#connections.has(peer)) return
    this.#tell((handler) => handler.drain(peer))
  }

  /** Keeps the order of a stream: a message arrives no earlier than the one before it. */
  afterEarlier(peer: string, atMs: number): number {
    const arrivalMs = Math.max(atMs, this.#lastArrivalMs.get(peer) ?? 0)
    this.#lastArrivalMs.set(peer, arrivalMs)
    return arrivalMs
  }

  /** When a message of so many bytes has left, over a line that carries `bytesPerSecond`. */
  leavesAt(peer: string, bytes: number, bytesPerSecond: number): number {
    const fromMs = Math.max(this.#network.nowMs, this.#busyUntilMs.get(peer) ?? 0)
    const atMs = fromMs + (1_000 * bytes) / bytesPerSecond
    this.#busyUntilMs.set(peer, atMs)
    return atMs
  }

  /** Bytes on their way to the peer after this change. */
  noteInFlight(peer: string, bytes: number): number {
    const inFlight = (this.#inFlightBytes.get(peer) ?? 0) + bytes
    this.#inFlightBytes.set(peer, inFlight)
    const count = (this.#inFlightCounts.get(peer) ?? 0) + Math.sign(bytes)
    this.#inFlightCounts.set(peer, count)
    return inFlight
  }

  inFlightCount(peer: string): number {
    return this.#inFlightCounts.get(peer) ?? 0
  }

  stop(): void {
    this.#running = false
    this.#connections.clear()
    this.#handlers.clear()
  }

  #tell(event: (handler: NetHandler) => void): void {
    const tell = (): void => {
      for (const handler of this.#handlers) event(handler)
    }
    if (this.#gate === undefined) tell()
    else this.#gate.run(tell)
  }
}
