/** Test utilities: sync engines over a network in memory, with real spaces behind them. Time passes by hand. */

import assert from 'node:assert/strict'
import { silentLogger } from '@hamlet/core'
import type { Cancel, Kv, Net, NetHandler, SpaceId } from '@hamlet/core'
import { createMemoryKv } from '@hamlet/store'
import { decodeLink, decodeSyncMessage, deriveInviteKeys, SyncEngine } from '@hamlet/space'
import type { InviteInput, JoinIntent, SyncChange, SyncMessage } from '@hamlet/space'
import { crypto, hashOf, INVITE, Peer } from '../_world.ts'

const PROTOCOL = '/hamlet/sync/1'
const IDLE_ROUNDS = 4

/** Delivers messages in order, one turn after they were sent. */
export class TestNetwork {
  readonly nets = new Map<string, TestNet>()
  readonly #queue: (() => void)[] = []

  enqueue(delivery: () => void): void {
    this.#queue.push(delivery)
  }

  connect(a: TestNet, b: TestNet): void {
    a.up(b.self)
    b.up(a.self)
  }

  disconnect(a: TestNet, b: TestNet): void {
    a.down(b.self)
    b.down(a.self)
  }

  /** Until nothing is on its way and no disk is at work. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < IDLE_ROUNDS; idle++) {
      if (this.#queue.length > 0) idle = 0
      for (const delivery of this.#queue.splice(0)) delivery()
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }
}

export class TestNet implements Net {
  readonly self: string
  readonly #network: TestNetwork
  readonly #handlers = new Set<NetHandler>()
  readonly #peers = new Set<string>()
  /** Every message this node sent, oldest first. */
  readonly sent: { readonly to: string; readonly message: SyncMessage }[] = []
  readonly banned: { readonly peer: string; readonly reason: string; readonly ms: number }[] = []
  /** The send queue is full: `send` says so. */
  isFull = false

  constructor(self: string, network: TestNetwork) {
    this.self = self
    this.#network = network
    network.nets.set(self, this)
  }

  send(peer: string, protocol: string, bytes: Uint8Array): boolean {
    if (!this.#peers.has(peer)) return true
    assert.equal(protocol, PROTOCOL)
    const decoded = decodeSyncMessage(bytes)
    assert.ok(decoded.ok, 'what is sent can be read')
    this.sent.push({ to: peer, message: decoded.value })
    this.sendRaw(peer, bytes)
    return !this.isFull
  }

  /** As a peer with software of its own would. */
  sendRaw(peer: string, bytes: Uint8Array): void {
    this.#network.enqueue(() => this.#network.nets.get(peer)?.receive(this.self, bytes))
  }

  subscribe(handler: NetHandler): Cancel {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  peers(): readonly string[] {
    return [...this.#peers]
  }

  disconnect(peer: string, reason: string, banMs = 0): void {
    if (banMs > 0) this.banned.push({ peer, reason, ms: banMs })
    const other = this.#network.nets.get(peer)
    this.#network.enqueue(() => {
      this.down(peer)
      other?.down(this.self)
    })
  }

  up(peer: string): void {
    if (this.#peers.has(peer)) return
    this.#peers.add(peer)
    for (const handler of this.#handlers) handler.peerUp(peer)
  }

  down(peer: string): void {
    if (!this.#peers.delete(peer)) return
    for (const handler of this.#handlers) handler.peerDown(peer)
  }

  drain(peer: string): void {
    for (const handler of this.#handlers) handler.drain(peer)
  }

  receive(peer: string, bytes: Uint8Array): void {
    if (!this.#peers.has(peer)) return
    for (const handler of this.#handlers) handler.message(peer, PROTOCOL, bytes)
  }

  count(kind: SyncMessage['kind'], to?: string): number {
    return this.of(kind, to).length
  }

  of(kind: SyncMessage['kind'], to?: string): SyncMessage[] {
    const sent = this.sent.filter((each) => to === undefined || each.to === to)
    return sent.map(({ message }) => message).filter((message) => message.kind === kind)
  }
}

/** A person's device with its engine; `restart` begins another life on the same disk. */
export class Node extends Peer {
  readonly network: TestNetwork
  readonly net: TestNet
  engine: SyncEngine
  holdingsKv: Kv = createMemoryKv()
  changes: SyncChange[] = []

  constructor(name: string, network: TestNetwork, of?: Node) {
    super(name, of)
    this.network = network
    this.net = new TestNet(this.device, network)
    this.engine = this.#createEngine()
  }

  async found(): Promise<this> {
    await this.create()
    await this.add()
    return this
  }

  async add(join?: JoinIntent): Promise<void> {
    await this.engine.add(this.space, this.identity.deviceSigner, this.holdingsKv, join)
  }

  /** Comes as a device that others have written into the space, with secrets they gave. */
  async arrive(id: SpaceId, secrets: readonly Uint8Array[]): Promise<void> {
    await this.openForJoin(id)
    const { deviceSigner } = this.identity
    await this.engine.add(this.space, deviceSigner, this.holdingsKv, undefined, { secrets })
  }

  /** Asks to join through a link. */
  async ask(link: string, request = this.request(link)): Promise<void> {
    const decoded = decodeLink(link)
    assert.ok(decoded.ok)
    const { meetKey } = deriveInviteKeys(crypto, decoded.value.secret)
    await this.openForJoin(decoded.value.space)
    await this.add({ meetKey, request })
  }

  async invite(input: Partial<InviteInput> = {}): Promise<string> {
    return (await this.space.createInvite({ ...INVITE, ...input })).link
  }

  async restart(id: SpaceId = this.space.id): Promise<void> {
    for (const peer of this.net.peers()) {
      this.network.disconnect(this.net, this.network.nets.get(peer)!)
    }
    this.engine.close()
    await this.space.close()
    this.engine = this.#createEngine()
    await this.reopen(id)
    await this.add()
  }

  connect(...others: readonly Node[]): void {
    for (const other of others) this.network.connect(this.net, other.net)
  }

  disconnect(...others: readonly Node[]): void {
    for (const other of others) this.network.disconnect(this.net, other.net)
  }

  /** Outcomes of the join that members told, oldest first. */
  get outcomes(): string[] {
    return this.changes.flatMap((change) =>
      change.kind === 'join' ? [`${change.outcome} ${change.code}`.trim()] : [],
    )
  }

  #createEngine(): SyncEngine {
    const { net, clock, random } = this
    const engine = new SyncEngine({ net, clock, crypto, random, logger: silentLogger })
    engine.subscribe((change) => this.changes.push(change))
    return engine
  }
}

/** Lets `ms` pass everywhere, second by second. */
export async function pass(nodes: readonly Node[], ms: number, stepMs = 1_000): Promise<void> {
  const { network } = nodes[0]!
  await network.settle()
  for (let passed = 0; passed < ms; passed += stepMs) {
    for (const node of nodes) node.clock.pass(Math.min(stepMs, ms - passed))
    await network.settle()
  }
}

/** `joiner` becomes a member through a link of `host`'s that lets in at once. */
export async function letIn(host: Node, joiner: Node): Promise<void> {
  await joiner.ask(await host.invite({ mode: 'auto' }))
  host.connect(joiner)
  await pass([host, joiner], 1_000)
  assert.notEqual(joiner.space.ownRole, undefined, `${joiner.name} is in`)
}

export function assertEqualSpaces(...nodes: readonly Node[]): void {
  const hashes = nodes.map(({ space }) => hashOf(space))
  assert.deepEqual(new Set(hashes).size, 1, 'all hold the same logs')
}
