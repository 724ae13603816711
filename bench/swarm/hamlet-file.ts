/**
 * Hamlet in a process of its own: a file in a blob store, served to or loaded from others over the real network. Everything is
 * verified chunk by chunk, travels under TLS, and is durable when the loader says it is there.
 */

import { createReadStream } from 'node:fs'
import { BlobStore, SWARM_PROTOCOL, SwarmEngine } from '@hamlet/blobs'
import type { BlobId } from '@hamlet/blobs'
import { bytesToHex, hexToBytes, silentLogger, silentMetrics } from '@hamlet/core'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { createNetwork } from '@hamlet/network'
import { createNodeDisk } from '@hamlet/store/node'
import { serveContest } from './contest-child.ts'

interface Seed {
  readonly addresses: readonly string[]
  readonly root: string
  readonly sizeBytes: number
}

const READ_BYTES = 1024 * 1024
const PUBLIC = { isPublic: true, isAllowed: () => true }

const [clock, crypto, random] = [createNodeClock(), createNodeCrypto(), createNodeRandom()]

serveContest<Seed>({
  /** What is served is put into the store beside the file. */
  async seed(file) {
    const store = await openStore(`${file}.store-${process.pid}`)
    const id = await store.put(createReadStream(file, { highWaterMark: READ_BYTES }))
    const { network, engine } = await start()
    engine.share((await store.serve(id))!, PUBLIC)
    return {
      addresses: network.addresses(),
      root: bytesToHex(id.root),
      sizeBytes: id.sizeBytes,
    }
  },

  /** `to`: the folder of the store. */
  async load(from, to) {
    const [{ root, sizeBytes }] = from as readonly [Seed]
    const id: BlobId = { root: hexToBytes(root), sizeBytes }
    const store = await openStore(to)
    const { network, engine } = await start()
    const seeds = await Promise.all(from.map(({ addresses }) => network.dial(addresses)))
    const download = engine.download(await store.begin(id), PUBLIC)
    for (const seed of seeds) engine.addSource(id, seed)
    await download.done
  },
})

function openStore(folder: string): Promise<BlobStore> {
  return BlobStore.open({ disk: createNodeDisk(folder), clock, crypto })
}

async function start() {
  const network = await createNetwork({
    ...{ protocols: [SWARM_PROTOCOL], lentProtocols: [SWARM_PROTOCOL] },
    ...{ deviceSeed: random.bytes(32), crypto, clock, random },
    ...{ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false, dht: false },
  })
  const ports = { clock, random, crypto, logger: silentLogger, metrics: silentMetrics }
  return { network, engine: new SwarmEngine({ ...ports, net: network.net }) }
}
