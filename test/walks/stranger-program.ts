/**
 * Somebody on the same network who is in no space and has no link, as a process of its own: asks a peer for everything one can ask for,
 * and prints all that it heard, byte for byte, as one line of JSON (`StrangerReport`).
 *
 *     stranger-program.ts '{"addresses": […], "http": "…", "topics": ["<hex>"], "roots": ["<hex>"]}'
 *
 * `topics`: what it knows of (as a tracker or a node of the DHT may) without the roots; `roots`: of one topic each, in the same order, where
 * it does know: then its proofs are right, which shows that the walk would see it if a peer said more.
 */

import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { decodeSwarmMessage, encodeSwarmMessage, SWARM_PROTOCOL, swarmProof } from '@hamlet/blobs'
import type { SwarmMessage } from '@hamlet/blobs'
import { bytesToHex, hexToBytes, silentLogger } from '@hamlet/core'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { createNetwork } from '@hamlet/network'
import type { Network } from '@hamlet/network'
import { encodeSyncMessage, SYNC_PROTOCOL, SyncEngine } from '@hamlet/space'

export interface StrangerTask {
  readonly addresses: readonly string[]
  readonly http: string
  readonly topics: readonly string[]
  readonly roots: readonly string[]
}

export interface StrangerReport {
  /** What the peer says it speaks. */
  readonly protocols: readonly string[]
  /** Everything that came, by protocol, in base64. */
  readonly heard: readonly { readonly protocol: string; readonly bytes: string }[]
  /** Of each opening of a swarm: `refused`, or what came instead; the last of a topic that nobody has. */
  readonly openings: readonly string[]
  /** Devices that the DHT or the peer itself named for any of the topics. */
  readonly holders: readonly string[]
  /** Status of each path of the HTTP API, without a token. */
  readonly statuses: readonly (readonly [path: string, status: number])[]
}

const QUIET_MS = 1_500
const DHT_MS_MAX = 5_000
const RAW_BYTES_MAX = 65_536
const HTTP_PATHS = ['/shares', '/transfers', '/spaces', '/status', '/trackers', '/events']
const crypto = createNodeCrypto()
const random = createNodeRandom()
const clock = createNodeClock()

const task = JSON.parse(process.argv[2]!) as StrangerTask
const heard: { protocol: string; bytes: string }[] = []
const openings: string[] = []
const holders = new Set<string>()
const protocols = await askRaw()
await askAsPeer()
const statuses = await Promise.all(HTTP_PATHS.map(askHttp))
const report: StrangerReport = { protocols, heard, openings, holders: [...holders], statuses }
process.stdout.write(`${JSON.stringify(report)}\n`)
process.exit(0)

function note(protocol: string, bytes: Uint8Array): void {
  heard.push({ protocol, bytes: Buffer.from(bytes).toString('base64') })
}

/** Below our own network: every protocol that the peer lists, with bytes that are right for none or some of them. */
async function askRaw(): Promise<readonly string[]> {
  const node = await createLibp2p({
    ...{ transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()] },
    ...{ services: { identify: identify() }, connectionGater: { denyDialMultiaddr: () => false } },
  })
  const connection = await node.dial(multiaddr(task.addresses[0]))
  await clockMs(QUIET_MS / 3)
  const { protocols: spoken, metadata, addresses } = await node.peerStore.get(connection.remotePeer)
  note('identify', Buffer.from(JSON.stringify([[...metadata], addresses])))
  const openers = [
    new Uint8Array(0),
    Buffer.from('\u0003ls\n'),
    random.bytes(64),
    ...task.topics.map((topic) => hexToBytes(topic)),
  ]
  await Promise.all(
    spoken.map(async (protocol) => {
      for (const opener of openers) {
        const stream = await connection.newStream(protocol).catch(() => undefined)
        if (stream === undefined) return
        let left = RAW_BYTES_MAX
        stream.addEventListener('message', ({ data }) => {
          const bytes = data.subarray()
          left -= bytes.length
          if (left > 0) note(protocol, bytes)
        })
        try {
          stream.send(opener)
        } catch {
          // Closed at once: nothing is said on it.
        }
        await clockMs(QUIET_MS / 3)
        stream.abort(new Error('enough'))
      }
    }),
  )
  await node.stop()
  return spoken
}

/** As a peer of the network that is in no space: swarms, sync, the DHT. */
async function askAsPeer(): Promise<void> {
  const network = await createNetwork({
    ...{ clock, crypto, random, deviceSeed: random.bytes(32), mdns: false, dht: 'server' },
    ...{ protocols: [SYNC_PROTOCOL, SWARM_PROTOCOL], allowPrivate: 'always' },
    ...{ listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: task.addresses },
  })
  const swarm: SwarmMessage[] = []
  network.net.subscribe({
    ...{ peerUp: () => undefined, peerDown: () => undefined, drain: () => undefined },
    message: (_, protocol, bytes) => {
      note(protocol, bytes)
      const decoded = protocol === SWARM_PROTOCOL ? decodeSwarmMessage(bytes.slice()) : undefined
      if (decoded?.ok === true) swarm.push(decoded.value)
    },
  })
  const engine = new SyncEngine({
    ...{ clock, crypto, random, logger: silentLogger, net: network.net },
  })
  const peer = await network.dial(task.addresses)
  await clockMs(QUIET_MS)
  await openSwarms(network, peer, swarm)
  await askDht(network)
  const handle = random.bytes(8)
  network.net.send(
    peer,
    SYNC_PROTOCOL,
    encodeSyncMessage({ kind: 'frontier', handle, hash: random.bytes(32), founder: undefined }),
  )
  network.net.send(peer, SYNC_PROTOCOL, random.bytes(100))
  await clockMs(QUIET_MS)
  engine.close()
  await network.close()
}

async function openSwarms(network: Network, peer: string, swarm: SwarmMessage[]): Promise<void> {
  const say = (message: SwarmMessage) =>
    network.net.send(peer, SWARM_PROTOCOL, encodeSwarmMessage(message))
  say({ type: 'hello', requestsMax: 128 })
  for (const [channel, topic] of [...task.topics, bytesToHex(random.bytes(32))].entries()) {
    const root = task.roots[channel]
    const proofs =
      root === undefined
        ? [random.bytes(32), swarmProof(crypto, hexToBytes(topic), network.self, peer)]
        : [swarmProof(crypto, hexToBytes(root), network.self, peer)]
    for (const proof of proofs) {
      const before = swarm.length
      const said = { channel, answers: undefined, topic: hexToBytes(topic), proof, terms: [] }
      say({ type: 'open', ...said })
      await clockMs(QUIET_MS / 3)
      const answers = swarm.slice(before).filter(({ type }) => type !== 'hello')
      openings.push(answers.map(({ type }) => type).join('+'))
    }
    // Of what was not opened.
    say({ type: 'interest', channel, isInterested: true })
    say({ type: 'request', channel, requests: [{ chunk: 0, uncles: 0 }] })
  }
  await clockMs(QUIET_MS)
}

/** Who says that they hold it, and who announced themselves there. */
async function askDht(network: Network): Promise<void> {
  for (const topic of task.topics) {
    const signal = AbortSignal.timeout(DHT_MS_MAX)
    try {
      for await (const device of network.providers(hexToBytes(topic), { signal })) {
        holders.add(device)
      }
      for await (const { device } of network.lookup(hexToBytes(topic), { signal })) {
        holders.add(device)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

async function askHttp(path: string): Promise<readonly [string, number]> {
  const response = await fetch(`${task.http}/api/v1${path}`, {
    signal: AbortSignal.timeout(DHT_MS_MAX),
  })
  note('http', new Uint8Array(await response.arrayBuffer()))
  return [path, response.status]
}

function clockMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
