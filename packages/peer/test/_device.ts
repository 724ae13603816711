/** A device with what an arrival or a join needs, and nothing else of a peer. */

import { scopedDisk, silentLogger, silentMetrics } from '@hamlet/core'
import type { Random, SpaceId } from '@hamlet/core'
import { createIdentity } from '@hamlet/identity'
import { PeerIdentity } from '@hamlet/peer'
import { SyncEngine } from '@hamlet/space'
import type { SpacePorts } from '@hamlet/space'
import { createMemoryDisk, createMemoryKv } from '@hamlet/store'
import { crypto, MemoryNode, NOW_MS, seededRandom, TestClock } from './_world.ts'
import type { MemoryNetwork } from './_world.ts'

export class Device {
  readonly clock = new TestClock()
  readonly disk = createMemoryDisk()
  readonly kv = createMemoryKv()
  readonly random: Random
  readonly identity: PeerIdentity
  readonly node: MemoryNode
  readonly sync: SyncEngine

  constructor(name: string, world: MemoryNetwork, personEntropy: Uint8Array) {
    this.random = seededRandom(name)
    const ring = createIdentity(crypto, this.random, { nowMs: NOW_MS, personEntropy })
    this.identity = new PeerIdentity(crypto, { ring, replace: async () => undefined })
    this.node = new MemoryNode(this.identity.current.device, world)
    const { clock, random } = this
    this.sync = new SyncEngine({
      ...{ net: this.node.net, clock, random, crypto, logger: silentLogger },
    })
  }

  spacePorts(id: SpaceId): SpacePorts {
    const { clock, random, kv } = this
    const disk = scopedDisk(this.disk, `spaces/${id}`)
    return { disk, kv, clock, random, crypto, logger: silentLogger, metrics: silentMetrics }
  }
}
