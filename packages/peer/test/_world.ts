/** Test utilities: whole peers on memory disks, over a network in memory, with time that passes by hand. */

import assert from 'node:assert/strict'
import { bytesToHex, silentLogger, silentMetrics } from '@hamlet/core'
import type { Cancel, Clock, Kv, Net, NetHandler, Random } from '@hamlet/core'
import type { HamletEvent } from '@hamlet/http/api'
import { createIdentity, openIdentity } from '@hamlet/identity'
import type { Identity, KeyRing } from '@hamlet/identity'
import { createNodeCrypto } from '@hamlet/identity/node'
import type { Announcement, Ban, PeerStatus, RawStream } from '@hamlet/network'
import { Peer, UNBROKEN_CUSTODY } from '@hamlet/peer'
import type { Custody, PeerKeys, PeerNetwork, WebPort } from '@hamlet/peer'
import { createMemoryDisk, createMemoryKv } from '@hamlet/store'
import type { MemoryDisk } from '@hamlet/store'

export const crypto = createNodeCrypto()
export const NOW_MS = 1_800_000_000_000
const IDLE_ROUNDS = 12

export class TestClock implements Clock {
  #nowMs = NOW_MS
  #aheadMs = 0
  #timers: { readonly atMs: number; readonly callback: () => void }[] = []

  wall(): number {
    return this.#nowMs + this.#aheadMs
  }

  /** Somebody sets it so far ahead of the time that passes for everybody. */
  set(aheadMs: number): void {
    this.#aheadMs = aheadMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  get timerCount(): number {
    return this.#timers.length
  }

  after(delayMs: number, callback: () => void): Cancel {
    const timer = { atMs: this.#nowMs + delayMs, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  pass(ms: number): void {
    this.#nowMs += ms
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs)
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs)
    for (const { callback } of due) callback()
  }
}

export function seededRandom(seed: string): Random {
  let count = 0
  return {
    bytes(length) {
      const info = new TextEncoder().encode(`${seed}/${count++}`)
      return crypto.hkdf(new Uint8Array(32), new Uint8Array(0), info, length)
    },
  }
}

/** All devices and the rendezvous between them. */
export class MemoryNetwork {
  readonly nodes = new Map<string, MemoryNode>()
  readonly announced = new Map<string, Set<string>>()
  /** Who says that they hold what a key stands for. */
  readonly holders = new Map<string, Set<string>>()
  readonly #queue: (() => void)[] = []

  enqueue(delivery: () => void): void {
    this.#queue.push(delivery)
  }

  async settle(): Promise<void> {
    for (let idle = 0; idle < IDLE_ROUNDS; idle++) {
      if (this.#queue.length > 0) idle = 0
      for (const delivery of this.#queue.splice(0)) delivery()
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }
}

/** The messages of one device. */
class MemoryNet implements Net {
  readonly self: string
  readonly directions = new Map<string, 'inbound' | 'outbound'>()
  readonly #network: MemoryNetwork
  readonly #handlers = new Set<NetHandler>()

  constructor(self: string, network: MemoryNetwork) {
    this.self = self
    this.#network = network
  }

  send(peer: string, protocol: string, bytes: Uint8Array): boolean {
    this.#network.enqueue(() => {
      const other = this.#network.nodes.get(peer)
      if (other?.net.directions.has(this.self) !== true) return
      other.net.#tell((handler) => handler.message(this.self, protocol, bytes))
    })
    return true
  }

  subscribe(handler: NetHandler): Cancel {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  peers(): readonly string[] {
    return [...this.directions.keys()]
  }

  readonly banned = new Map<string, string>()

  disconnect(peer: string, reason = '', banMs = 0): void {
    if (banMs > 0) this.banned.set(peer, reason)
    this.down(peer)
    this.#network.nodes.get(peer)?.net.down(this.self)
  }

  up(peer: string, direction: 'inbound' | 'outbound'): void {
    if (this.directions.has(peer)) return
    this.directions.set(peer, direction)
    this.#tell((handler) => handler.peerUp(peer))
  }

  down(peer: string): void {
    if (this.directions.delete(peer)) this.#tell((handler) => handler.peerDown(peer))
  }

  #tell(what: (handler: NetHandler) => void): void {
    for (const handler of this.#handlers) what(handler)
  }
}

/** One end of a byte stream: chunks arrive one turn after they were written. */
class MemoryStream implements RawStream {
  readonly peer: string
  readonly protocol: string
  readonly #network: MemoryNetwork
  #other!: MemoryStream
  readonly #chunks: Uint8Array[] = []
  #ended = false
  #failure: string | undefined
  #wake: (() => void) | undefined

  private constructor(network: MemoryNetwork, protocol: string, peer: string) {
    this.#network = network
    this.protocol = protocol
    this.peer = peer
  }

  /** Of who opens it and who is called. */
  static pair(
    network: MemoryNetwork,
    protocol: string,
    [opener, called]: readonly [string, string],
  ): readonly [MemoryStream, MemoryStream] {
    const near = new MemoryStream(network, protocol, called)
    const far = new MemoryStream(network, protocol, opener)
    ;[near.#other, far.#other] = [far, near]
    return [near, far]
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw new Error(this.#failure)
    this.#network.enqueue(() => this.#other.#take(() => this.#other.#chunks.push(bytes)))
  }

  async end(): Promise<void> {
    this.#network.enqueue(() => this.#other.#take(() => (this.#other.#ended = true)))
  }

  abort(reason: string): void {
    for (const side of [this, this.#other]) side.#take(() => (side.#failure = reason))
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#failure !== undefined) throw new Error(this.#failure)
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) yield chunk
      else if (this.#ended) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #take(change: () => void): void {
    change()
    this.#wake?.()
  }
}

/** One device's network: a small but whole implementation of what a peer uses. */
export class MemoryNode implements PeerNetwork {
  readonly net: MemoryNet
  readonly #network: MemoryNetwork
  readonly handlers = new Map<string, (stream: RawStream) => void>()
  wanted: readonly string[] = []
  readonly dialed: string[] = []
  readonly lookups: string[] = []
  /** Looking up takes until the signal aborts. */
  isSlow = false

  constructor(self: string, network: MemoryNetwork) {
    this.net = new MemoryNet(self, network)
    this.#network = network
    network.nodes.set(self, this)
  }

  async dial(target: string | readonly string[]): Promise<string> {
    const address = typeof target === 'string' ? target : target[0]!
    const device = address.slice(address.lastIndexOf('/') + 1)
    this.dialed.push(device)
    const other = this.#network.nodes.get(device)
    if (other === undefined || other === this) throw new Error(`${device} does not answer`)
    this.net.up(device, 'outbound')
    other.net.up(this.net.self, 'inbound')
    return device
  }

  want(devices: Iterable<string>): void {
    this.wanted = [...devices].sort()
    for (const device of this.wanted) this.dial(device).catch(() => undefined)
  }

  addresses(): readonly string[] {
    return [`/memory/p2p/${this.net.self}`]
  }

  addressesOf(device: string): readonly string[] {
    return this.#network.nodes.has(device) ? [`/memory/p2p/${device}`] : []
  }

  peers(): readonly PeerStatus[] {
    return [...this.net.directions].map(([device, direction]) => ({
      ...{ device, direction, encryption: 'none', relayed: false, sinceMs: NOW_MS },
      ...{ address: `/memory/p2p/${device}`, connections: 1, up: true, rttMs: 3 },
    }))
  }

  originOf(): undefined {
    return undefined
  }

  bans(): readonly Ban[] {
    return [...this.net.banned].map(([device, reason]) => {
      return { device, reason, untilMs: NOW_MS + 600_000, offences: 1 }
    })
  }

  unban(device: string): boolean {
    return this.net.banned.delete(device)
  }

  async connect(
    publicKey: Uint8Array,
    { protocol = '' }: { readonly protocol?: string } = {},
  ): Promise<RawStream> {
    const other = this.#network.nodes.get(bytesToHex(publicKey))
    const handler = other?.handlers.get(protocol)
    if (handler === undefined) throw new Error(`${bytesToHex(publicKey)} does not speak this`)
    await this.dial(bytesToHex(publicKey))
    const [near, far] = MemoryStream.pair(this.#network, protocol, [this.net.self, other!.net.self])
    this.#network.enqueue(() => handler(far))
    return near
  }

  async handle(protocol: string, handler: (stream: RawStream) => void): Promise<Cancel> {
    this.handlers.set(protocol, handler)
    return () => void this.handlers.delete(protocol)
  }

  announce(secret: Uint8Array): Announcement {
    const topic = bytesToHex(secret)
    const devices = this.#network.announced.get(topic) ?? new Set()
    this.#network.announced.set(topic, devices.add(this.net.self))
    return { published: Promise.resolve(1), stop: () => void devices.delete(this.net.self) }
  }

  provide(key: Uint8Array): Announcement {
    const name = bytesToHex(key)
    const holders = this.#network.holders.get(name) ?? new Set()
    this.#network.holders.set(name, holders.add(this.net.self))
    return { published: Promise.resolve(1), stop: () => void holders.delete(this.net.self) }
  }

  async *providers(
    key: Uint8Array,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<string> {
    for (const device of this.#network.holders.get(bytesToHex(key)) ?? []) {
      if (device !== this.net.self && signal?.aborted !== true) yield device
    }
  }

  async *lookup(
    secret: Uint8Array,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<{ readonly device: string; readonly addresses: readonly string[] }> {
    const topic = bytesToHex(secret)
    this.lookups.push(topic)
    for (const device of this.#network.announced.get(topic) ?? []) yield { device, addresses: [] }
    if (!this.isSlow || signal === undefined) return
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }
}

/** A person's device: its peer may be closed and opened again on the same disk. */
export class Person {
  /** Whose the device was made as. */
  readonly identity: Identity
  /** What the key file holds. */
  ring: KeyRing
  readonly world: MemoryNetwork
  readonly clock = new TestClock()
  readonly random: Random
  disk: MemoryDisk = createMemoryDisk()
  custody: Custody = UNBROKEN_CUSTODY
  kv: Kv = createMemoryKv()
  web: WebPort | undefined
  node: MemoryNode
  readonly events: HamletEvent[] = []
  #peer: Peer | undefined

  constructor(name: string, world: MemoryNetwork) {
    this.world = world
    this.random = seededRandom(name)
    this.ring = createIdentity(crypto, this.random, { nowMs: NOW_MS })
    this.identity = openIdentity(crypto, this.ring)
    this.node = new MemoryNode(this.identity.device, world)
  }

  get api(): Peer {
    assert.ok(this.#peer)
    return this.#peer
  }

  async open(): Promise<Peer> {
    this.node = new MemoryNode(this.identity.device, this.world)
    const { disk, kv, random, clock, custody, node: network } = this
    const web = this.web === undefined ? {} : { web: this.web }
    const ports = {
      disk,
      kv,
      crypto,
      random,
      clock,
      network,
      custody,
      ...web,
      logger: silentLogger,
    }
    this.#peer = await Peer.open(
      { ...ports, metrics: silentMetrics },
      {
        keys: this.#keys(),
        version: '0.0.0-test',
        keysEncrypted: false,
        defaultDeviceName: 'test device',
      },
    )
    void this.#listen(this.#peer)
    return this.#peer
  }

  async close(): Promise<void> {
    await this.api.close()
    for (const peer of this.node.net.peers()) this.node.net.disconnect(peer)
    this.world.nodes.delete(this.identity.device)
  }

  async reopen(): Promise<Peer> {
    await this.close()
    return await this.open()
  }

  #keys(): PeerKeys {
    const ring = (): KeyRing => this.ring
    return {
      get ring() {
        return ring()
      },
      replace: async (changed) => void (this.ring = changed),
    }
  }

  async #listen(peer: Peer): Promise<void> {
    for await (const event of peer.events()) this.events.push(event)
  }
}

/** Lets `ms` pass everywhere, in half seconds. */
export async function pass(people: readonly Person[], ms: number): Promise<void> {
  const { world } = people[0]!
  await world.settle()
  for (let passed = 0; passed < ms; passed += 500) {
    for (const { clock } of people) clock.pass(Math.min(500, ms - passed))
    await world.settle()
  }
}

export async function people<const Names extends readonly string[]>(
  ...names: Names
): Promise<{ [K in keyof Names]: Person }> {
  const world = new MemoryNetwork()
  const made = names.map((name) => new Person(name, world))
  for (const person of made) await person.open()
  return made as { [K in keyof Names]: Person }
}

export async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise
  } catch (error) {
    return (error as { code?: string }).code
  }
  return undefined
}
