/**
 * One device of the baseline: the quorum machine on a simulated disk and network, and the life of its process.
 *
 * What a person asked for outlives the process: a write whose acknowledgement did not come is still waited for after
 * a restart. A read belongs to one life; who closes the app does not wait for an answer.
 */

import { decodeCbor, encodeCbor } from '@hamlet/core'
import type { DiskFile, Net } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import type { MemoryDisk } from '@hamlet/store'
import type { Scheduler, SeededRandom, SimNetwork } from '@hamlet/testkit/simulator'
import { QuorumCore } from './quorum-core.ts'
import type { QuorumEffect, QuorumInput } from './quorum-core.ts'
import { decodeQuorumMessage, encodeQuorumMessage } from './quorum-message.ts'
import type { Lengths, QuorumMessage } from './quorum-message.ts'

export interface QuorumWorld {
  readonly scheduler: Scheduler
  readonly network: SimNetwork
  /** Devices of all members, ascending; a member's number is its place. */
  readonly devices: readonly string[]
  readonly syncMeanMs: number
  /** What a hostile device sends instead; `undefined`: nothing. */
  readonly tamper?:
    | ((peer: number, message: QuorumMessage) => QuorumMessage | undefined)
    | undefined
  /** Entries of an author's log became durable at a member. */
  seen(member: number, author: number, from: number, to: number): void
}

interface Life {
  readonly core: QuorumCore
  readonly net: Net
  readonly file: DiskFile
  readonly reads: Map<number, (lengths: Lengths) => void>
}

const PROTOCOL = '/quorum/1'
const FILE = 'log'
const TICK_MS = 1_000
const LENGTH_BYTES = 4

export class QuorumNode {
  readonly member: number
  readonly #world: QuorumWorld
  readonly #random: SeededRandom
  readonly #disk: MemoryDisk
  readonly #numbers: ReadonlyMap<string, number>
  /** By sequence number: who waits for the acknowledgement. */
  readonly #writes = new Map<number, () => void>()
  #life: Life | undefined
  #written = 0
  #reads = 0

  constructor(world: QuorumWorld, random: SeededRandom, member: number) {
    this.member = member
    this.#world = world
    this.#random = random
    this.#numbers = new Map(world.devices.map((device, number) => [device, number]))
    this.#disk = createMemoryDisk({ syncDelay: () => this.#syncDelay() })
  }

  get isUp(): boolean {
    return this.#life !== undefined
  }

  /** Durable here, by author. */
  get lengths(): Lengths {
    return this.#life?.core.lengths ?? new Map()
  }

  get storedBytes(): number {
    return this.#life?.file.sizeBytes ?? 0
  }

  payload(author: number, seq: number): Uint8Array | undefined {
    return this.#life?.core.payload(author, seq)
  }

  async start(): Promise<void> {
    const { network, devices } = this.#world
    const file = await this.#disk.open(FILE)
    const logs = readRecords(file.read(0, file.sizeBytes))
    this.#written = logs.get(this.member)?.length ?? 0
    const core = new QuorumCore({ self: this.member, members: devices.length, logs })
    const net = network.attach(devices[this.member]!)
    const life: Life = { core, net, file, reads: new Map() }
    this.#life = life
    net.subscribe({
      peerUp: (peer) => this.#step(life, { kind: 'up', peer: this.#numbers.get(peer)! }),
      peerDown: (peer) => this.#step(life, { kind: 'down', peer: this.#numbers.get(peer)! }),
      drain: () => undefined,
      message: (peer, _protocol, bytes) => {
        const message = decodeQuorumMessage(bytes)
        this.#step(life, { kind: 'received', peer: this.#numbers.get(peer)!, message })
      },
    })
    this.#tick(life)
  }

  /** The process ends; the disk keeps what it has. */
  stop(): void {
    if (this.#life === undefined) return
    this.#life = undefined
    this.#world.network.detach(this.#world.devices[this.member]!)
  }

  /** Resolves when a majority holds the entry. */
  write(payload: Uint8Array): Promise<void> {
    const seq = this.#written++
    return new Promise((resolve) => {
      this.#writes.set(seq, resolve)
      this.#step(this.#running(), { kind: 'append', payload })
    })
  }

  /** Resolves with what a majority holds: at least everything acknowledged before the call. */
  read(): Promise<Lengths> {
    const life = this.#running()
    const read = this.#reads++
    return new Promise((resolve) => {
      life.reads.set(read, resolve)
      this.#step(life, { kind: 'read', read })
    })
  }

  #running(): Life {
    if (this.#life === undefined) throw new Error(`device ${this.member} is not running`)
    return this.#life
  }

  #tick(life: Life): void {
    this.#world.scheduler.after(TICK_MS, () => {
      if (this.#life !== life) return
      this.#step(life, { kind: 'tick' })
      this.#tick(life)
    })
  }

  #step(life: Life, input: QuorumInput): void {
    if (this.#life !== life) return
    for (const effect of life.core.step(input)) this.#perform(life, effect)
  }

  #perform(life: Life, effect: QuorumEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#send(life, effect.peer, effect.message)
        break
      case 'store':
        void this.#store(life, effect.author, effect.from, effect.payloads)
        break
      case 'acknowledged':
        this.#acknowledge(effect.length)
        break
      case 'read':
        life.reads.get(effect.read)?.(effect.lengths)
        life.reads.delete(effect.read)
        break
    }
  }

  #send(life: Life, peer: number, message: QuorumMessage): void {
    const { devices, tamper } = this.#world
    const sent = tamper === undefined ? message : tamper(peer, message)
    if (sent !== undefined) life.net.send(devices[peer]!, PROTOCOL, encodeQuorumMessage(sent))
  }

  async #store(
    life: Life,
    author: number,
    from: number,
    payloads: readonly Uint8Array[],
  ): Promise<void> {
    life.file.append(...payloads.map((payload) => encodeRecord(author, payload)))
    await life.file.sync()
    const length = from + payloads.length
    if (this.#life !== life) return
    this.#world.seen(this.member, author, from, length)
    this.#step(life, { kind: 'stored', author, length })
  }

  #acknowledge(length: number): void {
    for (const [seq, resolve] of this.#writes) {
      if (seq >= length) continue
      this.#writes.delete(seq)
      resolve()
    }
  }

  async #syncDelay(): Promise<void> {
    const { scheduler, syncMeanMs } = this.#world
    if (syncMeanMs > 0) await scheduler.sleep(this.#random.exponential(syncMeanMs))
  }
}

function encodeRecord(author: number, payload: Uint8Array): Uint8Array {
  const body = encodeCbor([author, payload])
  const record = new Uint8Array(LENGTH_BYTES + body.length)
  new DataView(record.buffer).setUint32(0, body.length)
  record.set(body, LENGTH_BYTES)
  return record
}

/** By author. Whoever stops in the middle of a record never confirmed it. */
function readRecords(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const logs = new Map<number, Uint8Array[]>()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at + LENGTH_BYTES <= bytes.length;) {
    const end = at + LENGTH_BYTES + view.getUint32(at)
    if (end > bytes.length) break
    const decoded = decodeCbor(bytes.subarray(at + LENGTH_BYTES, end))
    if (!decoded.ok) break
    const [author, payload] = decoded.value as unknown as readonly [number, Uint8Array]
    logs.set(author, [...(logs.get(author) ?? []), payload])
    at = end
  }
  return logs
}
