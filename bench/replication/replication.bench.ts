/** How fast a log is copied between two processes, whole and in parts, beside hypercore 11: see README.md. */

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { exchangeOver, Log, LogExchange, SparseLog } from '@hamlet/log'
import { createNodeDisk } from '@hamlet/store/node'
import { check, isQuick, median } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'
import { createWorkspace } from '../_support/workspace.ts'
import { AUTHOR_SEED, blockOf, NAMESPACE, scatteredIndexes } from './shape.ts'

const RIVAL: string = fileURLToPath(new URL('../thirdparty/hypercore-tcp.mjs', import.meta.url))
const OURS = fileURLToPath(new URL('serve-log.ts', import.meta.url))
const hasRival = existsSync(new URL('../thirdparty/node_modules/hypercore', import.meta.url))

const ROUNDS = isQuick ? 1 : 3
const SMALL = isQuick ? 20_000 : 100_000
const LARGE = isQuick ? 512 : 4096
const LARGE_BYTES = 65_536
const REMOTE = isQuick ? 100_000 : 1_000_000
const SPARSE = isQuick ? 200 : 1000

interface RivalModule {
  fetchAll(directory: string, served: object, blocks: number): Promise<number>
  fetchSparse(
    directory: string,
    served: object,
    indexes: readonly number[],
    atOnce: boolean,
  ): Promise<{ readonly seconds: number; readonly bytes: number }>
}

interface Sparse {
  readonly seconds: number
  readonly bytes: number
}

const crypto = createNodeCrypto()
const { publicKey } = crypto.signer(AUTHOR_SEED)
const rival = hasRival ? ((await import(RIVAL)) as RivalModule) : undefined
const children: ChildProcess[] = []
let copies = 0

using workspace = createWorkspace()
try {
  report(import.meta.dirname, [...(await measureWhole()), ...(await measureSparse())], 'hypercore')
} finally {
  for (const child of children) child.disconnect()
}

async function measureWhole(): Promise<readonly Row[]> {
  const small = await served('small', SMALL, 100)
  const large = await served('large', LARGE, LARGE_BYTES)
  const rates = { small: [] as number[], large: [] as number[] }
  const theirs = { small: [] as number[], large: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    rates.small.push(SMALL / (await copyWhole(small.ours, SMALL, 100)))
    if (rival) theirs.small.push(SMALL / (await rival.fetchAll(nextPath(), small.theirs!, SMALL)))
    const megabytes = (LARGE * LARGE_BYTES) / 1e6
    rates.large.push(megabytes / (await copyWhole(large.ours, LARGE, LARGE_BYTES)))
    if (rival)
      theirs.large.push(megabytes / (await rival.fetchAll(nextPath(), large.theirs!, LARGE)))
  }
  const rivalSmall = rival && median(theirs.small)
  const rivalLarge = rival && median(theirs.large)
  return [
    {
      work: 'copy 100 B blocks, two processes',
      value: median(rates.small),
      unit: 'per s',
      rival: rivalSmall,
      budget: rivalSmall && 15 * rivalSmall,
    },
    {
      work: 'copy 64 KiB blocks, two processes',
      value: median(rates.large),
      unit: 'MB/s',
      rival: rivalLarge,
      budget: rivalLarge && 3 * rivalLarge,
    },
  ]
}

async function measureSparse(): Promise<readonly Row[]> {
  const { ours, theirs } = await served('remote', REMOTE, 100)
  const indexes = scatteredIndexes(SPARSE, REMOTE)
  const rows: Row[] = []
  for (const atOnce of [false, true]) {
    const mine: Sparse[] = []
    const other: Sparse[] = []
    for (let round = 0; round < ROUNDS; round++) {
      mine.push(await copySparse(ours, indexes, atOnce))
      if (rival) other.push(await rival.fetchSparse(nextPath(), theirs!, indexes, atOnce))
    }
    const how = atOnce ? 'all at once' : 'one at a time'
    const secondsOfRival = rival && median(other.map(({ seconds }) => seconds))
    rows.push({
      work: `${SPARSE} random blocks of ${REMOTE / 1e6}M, ${how}`,
      value: 1000 * median(mine.map(({ seconds }) => seconds)),
      unit: 'ms',
      rival: secondsOfRival && 1000 * secondsOfRival,
      budget: secondsOfRival && (1000 * secondsOfRival) / 3,
    })
    rows.push({
      work: `bytes received for each, ${how}`,
      value: median(mine.map(({ bytes }) => bytes)) / SPARSE,
      unit: 'B',
      rival: rival && median(other.map(({ bytes }) => bytes)) / SPARSE,
    })
  }
  return rows
}

/** The same blocks in one process of each kind. */
async function served(name: string, blocks: number, bytes: number) {
  const ours = await serve(OURS, [workspace.path(`${name}-ours`), `${blocks}`, `${bytes}`])
  const arguments_ = ['serve', workspace.path(`${name}-theirs`), `${blocks}`, `${bytes}`]
  const theirs = hasRival ? await serve(RIVAL, arguments_) : undefined
  return { ours, theirs }
}

async function serve(file: string, options: readonly string[]): Promise<{ readonly port: number }> {
  const profile = process.env['BENCH_CPU_PROF'] === undefined ? [] : ['--cpu-prof']
  const child = fork(file, options, { execArgv: profile })
  children.push(child)
  const [message] = (await once(child, 'message')) as [{ readonly port: number }]
  return message
}

/** Seconds from connecting until all blocks are here, durable. */
async function copyWhole(
  { port }: { readonly port: number },
  blocks: number,
  bytes: number,
): Promise<number> {
  const disk = createNodeDisk(nextPath())
  const options = { disk, crypto, directory: 'log', publicKey, namespace: NAMESPACE }
  await using copy = await Log.open(options)
  const exchange = newExchange()
  exchange.add(copy)
  const start = performance.now()
  const socket = await dial(port)
  const over = exchangeOver(exchange, socket, 'author')
  await new Promise<void>((resolve) => {
    copy.watch(() => {
      if (copy.length === blocks) resolve()
    })
  })
  await copy.sync()
  const seconds = (performance.now() - start) / 1000
  check(Buffer.compare(copy.get(blocks - 1), blockOf(blocks - 1, bytes)) === 0, 'the last block')
  socket.destroy()
  await over
  return seconds
}

async function copySparse(
  { port }: { readonly port: number },
  indexes: readonly number[],
  atOnce: boolean,
): Promise<Sparse> {
  const disk = createNodeDisk(nextPath())
  const options = { disk, crypto, directory: 'copy', publicKey, namespace: NAMESPACE }
  await using copy = await SparseLog.open(options)
  const exchange = newExchange()
  exchange.add(copy)
  const socket = await dial(port)
  const over = exchangeOver(exchange, socket, 'author')
  await new Promise<void>((resolve) => {
    copy.watch(() => resolve())
  })
  const start = performance.now()
  const before = socket.bytesRead
  if (atOnce) await Promise.all(indexes.map((index) => copy.load(index)))
  else for (const index of indexes) await copy.load(index)
  const seconds = (performance.now() - start) / 1000
  const bytes = socket.bytesRead - before
  for (const index of indexes) {
    check(Buffer.compare(copy.peek(index)!, blockOf(index, 100)) === 0, `block ${index}`)
  }
  socket.destroy()
  await over
  return { seconds, bytes }
}

function newExchange(): LogExchange {
  return new LogExchange({ crypto, clock: createNodeClock(), random: createNodeRandom() })
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  return socket
}

function nextPath(): string {
  return workspace.path(`copy-${copies++}`)
}
