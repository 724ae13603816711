/**
 * aria2, a native BitTorrent client, in a process of its own behind this one: seeds a file, or loads one from seeds. It takes peers from
 * a tracker alone, so the loader brings one that answers once. Pieces of 1 MiB, verified by SHA-1, not encrypted.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serveContest } from './contest-child.ts'
import type { ContestUsage } from './contest-child.ts'

interface Seed {
  readonly port: number
  /** Of the torrent, base64. */
  readonly info: string
}

const PIECE_BYTES = 2 ** 20
/** Of `/proc/PID/stat`, on every Linux. */
const TICKS_PER_SECOND = 100
const QUIET = ['--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false', '--quiet=true']
const ALONE = [...QUIET, '--enable-peer-exchange=false', '--no-conf=true', '--file-allocation=none']

let client: ChildProcess | undefined
/** Of a client that has ended. */
let ended: ContestUsage | undefined

serveContest<Seed>({
  async seed(file) {
    const info = await infoOf(file)
    const port = await freePort()
    const more = ['--seed-ratio=0.0', '--bt-seed-unverified=true', `--dir=${dirname(file)}`]
    run([...more, `--listen-port=${port}`, writeTorrent(info)])
    await answering(port)
    return { port, info: info.toString('base64') }
  },

  async load(from, to) {
    const announce = await serveTracker(from.map(({ port }) => port))
    const torrent = writeTorrent(Buffer.from(from[0]!.info, 'base64'), announce)
    const port = await freePort()
    const more = ['--seed-time=0', `--dir=${dirname(to)}`, `--listen-port=${port}`]
    const child = run([...more, torrent])
    // Its figures go with it: they are noted until it is gone.
    const noting = setInterval(() => (ended = usageOf(child) ?? ended), 20)
    const [code] = (await once(child, 'exit')) as [number]
    clearInterval(noting)
    if (code !== 0) throw new Error(`aria2 ended with ${code}`)
  },

  usage: () => (client && usageOf(client)) ?? ended ?? { processorMs: 0, peakBytes: 0 },
})

function run(options: readonly string[]): ChildProcess {
  // Whoever stops this process stops it by force.
  const together = `--stop-with-process=${process.pid}`
  client = spawn('aria2c', [...ALONE, together, ...options], { stdio: 'ignore' })
  return client
}

/** Processor time and peak memory of a process that runs. */
function usageOf({ pid }: ChildProcess): ContestUsage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    const ticks = Number(stat[11]) + Number(stat[12])
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    if (peak === undefined) return undefined
    return { processorMs: (1000 * ticks) / TICKS_PER_SECOND, peakBytes: Number(peak) * 1024 }
  } catch {
    return undefined
  }
}

/** BEP 3, in the order of its keys. */
async function infoOf(file: string): Promise<Buffer> {
  const hashes: Buffer[] = []
  for await (const piece of createReadStream(file, { highWaterMark: PIECE_BYTES })) {
    hashes.push(
      createHash('sha1')
        .update(piece as Buffer)
        .digest(),
    )
  }
  const pieces = Buffer.concat(hashes)
  const name = basename(file)
  return Buffer.concat([
    Buffer.from(`d6:lengthi${statSync(file).size}e4:name${Buffer.byteLength(name)}:${name}`),
    Buffer.from(`12:piece lengthi${PIECE_BYTES}e6:pieces${pieces.length}:`),
    pieces,
    Buffer.from('e'),
  ])
}

function writeTorrent(info: Buffer, announce?: string): string {
  const head = announce === undefined ? 'd' : `d8:announce${announce.length}:${announce}`
  const file = join(mkdtempSync(join(tmpdir(), 'hamlet-bench-')), 'prize.torrent')
  writeFileSync(file, Buffer.concat([Buffer.from(`${head}4:info`), info, Buffer.from('e')]))
  return file
}

/** Answers every question with the same peers (BEP 23). */
async function serveTracker(ports: readonly number[]): Promise<string> {
  const peers = Buffer.concat(
    ports.map((port) => Buffer.from([127, 0, 0, 1, port >> 8, port & 0xff])),
  )
  const answer = Buffer.concat([
    Buffer.from(`d8:intervali60e5:peers${peers.length}:`),
    peers,
    Buffer.from('e'),
  ])
  const server = createHttpServer((_request, reply) => void reply.end(answer))
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1')
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isThere) return
    await sleep(50)
  }
  throw new Error('aria2 does not listen')
}
