/** Peers of swarms on the simulated network, in one thread under virtual time. */

import { bytesToHex, concatBytes, silentLogger, silentMetrics } from '@hamlet/core'
import type { Net } from '@hamlet/core'
import { SwarmEngine } from '@hamlet/blobs'
import type { SwarmAccess, SwarmEvent, SwarmOptions } from '@hamlet/blobs'
import { Scheduler, SeededRandom, SimClock, SimNetwork } from '@hamlet/testkit/simulated-ports'
import type { NetworkFaults } from '@hamlet/testkit/simulated-ports'
import { patternBytes, testCrypto } from '../_blobs.ts'

/** Made once: making bytes takes longer than most of what is done with them. */
const PATTERN = patternBytes(17 * 1024 * 1024)

/** Bytes of a blob, others for each seed. */
export function blobBytes(length: number, seed = 0): Uint8Array {
  return PATTERN.subarray(seed * 1009, seed * 1009 + length)
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

export const OPEN: SwarmAccess = { isPublic: true, isAllowed: () => true }

export interface TestPeer {
  readonly name: string
  readonly device: string
  readonly engine: SwarmEngine
  readonly events: SwarmEvent[]
}

export class SwarmWorld {
  readonly scheduler = new Scheduler()
  readonly random: SeededRandom
  readonly network: SimNetwork
  readonly peers: TestPeer[] = []

  constructor(seed = 1, faults?: Partial<NetworkFaults>) {
    this.random = new SeededRandom(seed)
    this.network = new SimNetwork(this.scheduler, this.random.fork('network'), () => undefined)
    this.network.faults = { ...this.network.faults, ...faults }
  }

  /** A device id that nobody has. */
  device(name: string): string {
    return bytesToHex(this.random.fork(name).bytes(32))
  }

  add(name: string, options: SwarmOptions = {}): TestPeer {
    const device = this.device(name)
    const net = givingBack(this.network.attach(device))
    const clock = new SimClock(this.scheduler)
    const random = this.random.fork(`random of ${name}`)
    const ports = { clock, random, net, crypto: testCrypto }
    const engine = new SwarmEngine(
      { ...ports, logger: silentLogger, metrics: silentMetrics },
      options,
    )
    const events: SwarmEvent[] = []
    engine.onChange((event) => events.push(event))
    const peer = { name, device, engine, events }
    this.peers.push(peer)
    return peer
  }

  /** Lets so much virtual time pass. */
  async pass(ms: number, isOver: () => boolean = () => false): Promise<void> {
    await this.scheduler.run(this.scheduler.nowMs + ms, isOver)
  }

  /** Resolves what a promise comes to within so much virtual time. */
  async within<T>(ms: number, promise: Promise<T>): Promise<T> {
    let isSettled = false
    const settled = promise.finally(() => {
      isSettled = true
    })
    settled.catch(() => undefined)
    await this.pass(ms, () => isSettled)
    if (!isSettled) throw new Error(`nothing came of it within ${ms} ms`)
    return settled
  }
}

/** What of it is about refused sources. */
export function bannedBy({ events }: TestPeer): string[] {
  return events.flatMap((event) => (event.type === 'banned' ? [event.fault.code] : []))
}

/** Messages go in parts, whose memory is used again at once: who looks at it afterwards finds something else. */
function givingBack(net: Net): Net {
  return {
    self: net.self,
    send: (...message) => net.send(...message),
    sendParts: (peer, protocol, parts, sent) => {
      const hasRoom = net.send(peer, protocol, concatBytes(...parts))
      if (sent) {
        for (const part of parts) part.fill(0xaa)
        sent()
      }
      return hasRoom
    },
    subscribe: (handler) => net.subscribe(handler),
    peers: () => net.peers(),
    disconnect: (...refusal) => net.disconnect(...refusal),
  }
}
