/**
 * Bytes between two processes over loopback: Hamlet's native TLS beside stock libp2p.
 *
 * Question: how many MB/s move from one process to another, encrypted, in pieces of 64 KiB?
 * Workload: one libp2p stream over TCP and yamux; the receiver counts and answers once with one byte.
 * Measured: from the first piece sent to that answer. Not measured: start, dial, handshake.
 * Rows: the encrypters, and last Hamlet's messages (`Net`) with framing and backpressure on top.
 *
 *     node bench/network.ts [MiB per run] [runs]
 *
 * Absolute numbers drift with the machine and its load; read the ratios, taken side by side in one run.
 */

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { createNetwork, nativeTls, type Network } from '@hamlet/network'

type Encrypter = 'native tls' | 'stock tls' | 'noise'
type Row = Encrypter | 'messages'

const PIECE_BYTES = 64 * 1024
const PROTOCOL = '/hamlet/bench/1.0.0'
const ENCRYPTERS = { 'native tls': nativeTls, 'stock tls': tls, noise }
const ROWS: readonly Row[] = ['native tls', 'stock tls', 'noise', 'messages']

if (process.argv[2] === 'receive') await receive(process.argv[3] as Row, Number(process.argv[4]))
else await compare(Number(process.argv[2] ?? 512), Number(process.argv[3] ?? 3))

async function compare(mebibytes: number, runs: number): Promise<void> {
  const totalBytes = mebibytes * 1024 * 1024
  const rates = new Map<Row, number[]>(ROWS.map((row) => [row, []]))
  for (let run = 0; run < runs; run++) {
    for (const row of ROWS) rates.get(row)!.push(await measure(row, totalBytes))
  }
  const base = median(rates.get('noise')!)
  console.log('| way | MB/s (median) | spread | against Noise |\n|---|---|---|---|')
  for (const [row, values] of rates) {
    const spread = `${Math.round(Math.min(...values))}–${Math.round(Math.max(...values))}`
    const rate = median(values)
    console.log(`| ${row} | ${Math.round(rate)} | ${spread} | ${(rate / base).toFixed(1)} |`)
  }
}

/** MB/s of one run against a process of its own. */
async function measure(row: Row, totalBytes: number): Promise<number> {
  const child = fork(import.meta.filename, ['receive', row, String(totalBytes)])
  try {
    const [addresses] = (await once(child, 'message')) as [string[]]
    const elapsedMs = await (row === 'messages'
      ? sendMessages(addresses, totalBytes)
      : sendBytes(row, addresses[0]!, totalBytes))
    return totalBytes / 1000 / elapsedMs
  } finally {
    await stop(child)
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

async function sendBytes(row: Encrypter, address: string, totalBytes: number): Promise<number> {
  const node = await createNode(row, [])
  try {
    const connection = await node.dial(multiaddr(address))
    const stream = await connection.newStream(PROTOCOL)
    const answered = new Promise((resolve) => stream.addEventListener('message', resolve))
    const piece = new Uint8Array(PIECE_BYTES)
    const start = performance.now()
    for (let sent = 0; sent < totalBytes; sent += PIECE_BYTES) {
      if (!stream.send(piece)) await stream.onDrain()
    }
    await answered
    return performance.now() - start
  } finally {
    await node.stop()
  }
}

async function sendMessages(addresses: readonly string[], totalBytes: number): Promise<number> {
  await using network = await createBenchNetwork()
  const up = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  let drained = Promise.withResolvers<void>()
  network.net.subscribe({
    peerUp: () => up.resolve(),
    peerDown: () => answered.reject(new Error('the receiver went away')),
    message: () => answered.resolve(),
    drain: () => drained.resolve(),
  })
  const peer = await network.dial(addresses)
  await up.promise
  const piece = new Uint8Array(PIECE_BYTES)
  const start = performance.now()
  for (let sent = 0; sent < totalBytes; sent += PIECE_BYTES) {
    if (network.net.send(peer, PROTOCOL, piece)) continue
    await drained.promise
    drained = Promise.withResolvers()
  }
  await answered.promise
  return performance.now() - start
}

async function receive(row: Row, totalBytes: number): Promise<void> {
  let received = 0
  if (row === 'messages') {
    const network = await createBenchNetwork()
    const { net } = network
    net.subscribe({
      peerUp: () => undefined,
      peerDown: () => undefined,
      drain: () => undefined,
      message: (peer, protocol, bytes) => {
        received += bytes.length
        if (received === totalBytes) net.send(peer, protocol, Uint8Array.of(1))
      },
    })
    process.send!(network.addresses())
    return
  }
  const node = await createNode(row, ['/ip4/127.0.0.1/tcp/0'])
  await node.handle(PROTOCOL, (stream) => {
    stream.addEventListener('message', ({ data }) => {
      received += data.byteLength
      if (received === totalBytes) stream.send(Uint8Array.of(1))
    })
  })
  process.send!(node.getMultiaddrs().map(String))
}

function createNode(row: Encrypter, listen: string[]): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen },
    transports: [tcp()],
    streamMuxers: [yamux()],
    connectionEncrypters: [ENCRYPTERS[row]()] as never,
    connectionMonitor: { enabled: false },
  }) as Promise<Libp2p>
}

function createBenchNetwork(): Promise<Network> {
  const random = createNodeRandom()
  return createNetwork({
    deviceSeed: random.bytes(32),
    protocols: [PROTOCOL],
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
    dht: false,
    crypto: createNodeCrypto(),
    clock: createNodeClock(),
    random,
  })
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
