/** Peers of swarms on the simulated network, in one thread under virtual time. */

import { bytesToHex, silentLogger, silentMetrics } from '@hamlet/core'
import { SwarmEngine } from '@hamlet/blobs'
import type { SwarmAccess, SwarmEvent, SwarmOptions } from '@hamlet/blobs'
import { Scheduler, SeededRandom, SimClock, SimNetwork } from '@hamlet/testkit/simulated-ports'
import type { NetworkFaults } from '@hamlet/testkit/simulated-ports'
import { testCrypto } from '../_blobs.ts'

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
    const net = this.network.attach(device)
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
