/** How many bytes move between two processes, encrypted, beside stock libp2p and gRPC: see README.md. */

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { createNetwork, nativeTls, type Network } from '@hamlet/network'
import { isQuick, median } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'

type Encrypter = 'native tls' | 'stock tls' | 'noise'
type Way = Encrypter | 'messages' | 'grpc'

const PIECE_BYTES = 64 * 1024
const PROTOCOL = '/hamlet/bench/1.0.0'
const ENCRYPTERS = { 'native tls': nativeTls, 'stock tls': tls, noise }
/** Times the peer's rate, by the design. */
const BUDGETS: ReadonlyMap<Way, number> = new Map([
  ['noise', 3],
  ['grpc', 4],
])
const GRPC = fileURLToPath(new URL('../thirdparty/grpc.mjs', import.meta.url))
const hasGrpc = existsSync(new URL('../thirdparty/node_modules/@grpc/grpc-js', import.meta.url))
const WAYS: readonly Way[] = [
  ...(['native tls', 'stock tls', 'noise', 'messages'] as const),
  ...(hasGrpc ? (['grpc'] as const) : []),
]

const RUNS = isQuick ? 1 : 5
const TOTAL_BYTES = (isQuick ? 64 : 256) * 1024 * 1024

if (process.argv[2] === 'receive') await receive(process.argv[3] as Way, Number(process.argv[4]))
else await compare()

async function compare(): Promise<void> {
  const runs = new Map<Way, Transfer[]>(WAYS.map((way) => [way, []]))
  for (let run = 0; run < RUNS; run++) {
    for (const way of WAYS) runs.get(way)!.push(await measure(way, TOTAL_BYTES))
  }
  const rivals = (['noise', 'stock tls', 'grpc'] as const).filter((way) => runs.has(way))
  const rows = rivals.flatMap((rival) => [
    ...rowsOf(runs, rival, 'MB/s', '64 KiB pieces', ({ rate }) => rate, BUDGETS.get(rival)),
    ...rowsOf(runs, rival, 's', 'processors per GiB', ({ processor }) => processor),
  ])
  if (!hasGrpc) process.stderr.write('gRPC is left out: npm install --prefix bench/thirdparty\n')
  report(import.meta.dirname, rows)
}

/** `timesRival`: how many times better than the rival it has to be. */
function rowsOf(
  runs: ReadonlyMap<Way, readonly Transfer[]>,
  rival: 'noise' | 'stock tls' | 'grpc',
  unit: string,
  work: string,
  pick: (transfer: Transfer) => number,
  timesRival?: number,
): readonly Row[] {
  const beside = median(runs.get(rival)!.map(pick))
  return (['native tls', 'messages'] as const).map((way) => {
    const budget = timesRival === undefined ? {} : { budget: timesRival * beside }
    const value = median(runs.get(way)!.map(pick))
    return { work: `${work}, ${way} / ${rival}`, value, unit, rival: beside, ...budget }
  })
}

interface Transfer {
  /** MB/s. */
  readonly rate: number
  /** Processor seconds per GiB, of sender and receiver together. */
  readonly processor: number
}

/** One run against a process of its own. */
async function measure(way: Way, totalBytes: number): Promise<Transfer> {
  const file = way === 'grpc' ? GRPC : import.meta.filename
  const child = fork(file, ['receive', way, String(totalBytes)])
  try {
    const [where] = (await once(child, 'message')) as [unknown]
    const before = [process.cpuUsage(), await processorOf(child)] as const
    const elapsedMs = await send(way, where, totalBytes)
    const own = process.cpuUsage(before[0])
    const processor = own.user + own.system + (await processorOf(child)) - before[1]
    return {
      rate: totalBytes / 1000 / elapsedMs,
      processor: processor * (2 ** 30 / 1e6 / totalBytes),
    }
  } finally {
    await stop(child)
  }
}

/** `where`: what the receiving process said of itself. */
async function send(way: Way, where: unknown, totalBytes: number): Promise<number> {
  if (way === 'messages') return sendMessages(where as string[], totalBytes)
  if (way !== 'grpc') return sendBytes(way, (where as string[])[0]!, totalBytes)
  const { sendAll } = (await import(GRPC)) as {
    sendAll(where: unknown, totalBytes: number, pieceBytes: number): Promise<number>
  }
  return sendAll(where, totalBytes, PIECE_BYTES)
}

/** Microseconds of processor time it has used. */
async function processorOf(child: ChildProcess): Promise<number> {
  const answered = once(child, 'message')
  child.send('processor')
  const [microseconds] = (await answered) as [number]
  return microseconds
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

async function receive(way: Way, totalBytes: number): Promise<void> {
  let received = 0
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send!(user + system)
  })
  if (way === 'messages') {
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
  const node = await createNode(way as Encrypter, ['/ip4/127.0.0.1/tcp/0'])
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
