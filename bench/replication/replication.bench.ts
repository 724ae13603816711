/** How fast a log is copied between two processes, whole and in parts, beside hypercore 11: see README.md. */

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { exchangeOver, Log, LogExchange, SparseLog, StreamReads } from '@hamlet/log'
import type { StreamOptions } from '@hamlet/log'
import { createNodeDisk } from '@hamlet/store/node'
import { check, isQuick, median } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'
import { createWorkspace } from '../_support/workspace.ts'
import { copyFloor } from './floor.ts'
import { usedMs, usedMsOf } from './processor-time.ts'
import { AUTHOR_SEED, blockOf, NAMESPACE, scatteredIndexes } from './shape.ts'

const RIVAL: string = fileURLToPath(new URL('../thirdparty/hypercore-tcp.mjs', import.meta.url))
const OURS = fileURLToPath(new URL('serve-log.ts', import.meta.url))
const FLOOR = fileURLToPath(new URL('floor.ts', import.meta.url))
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
  const bytes = LARGE * LARGE_BYTES
  const floor = await serve(FLOOR, [workspace.path('large-floor'), `${bytes}`])
  const smallCopies = { ours: [] as Copy[], theirs: [] as Copy[] }
  const largeCopies = { ours: [] as Copy[], theirs: [] as Copy[], floor: [] as Copy[] }
  for (let round = 0; round < ROUNDS; round++) {
    smallCopies.ours.push(await measured(small.ours, () => copyWhole(small.ours, SMALL, 100)))
    const { theirs } = small
    if (theirs) smallCopies.theirs.push(await measured(theirs, fetchAll(theirs, SMALL)))
    const copyLarge = (): Promise<number> => copyWhole(large.ours, LARGE, LARGE_BYTES)
    largeCopies.ours.push(await measured(large.ours, copyLarge))
    const other = large.theirs
    if (other) largeCopies.theirs.push(await measured(other, fetchAll(other, LARGE)))
    largeCopies.floor.push(await measured(floor, () => copyFloor(nextPath(), floor, bytes)))
  }
  const rivalSmall = rate(smallCopies.theirs, SMALL)
  const rivalLarge = rate(largeCopies.theirs, bytes / 1e6)
  return [
    {
      work: 'copy 100 B blocks, two processes',
      value: rate(smallCopies.ours, SMALL)!,
      unit: 'per s',
      rival: rivalSmall,
      budget: rivalSmall && 15 * rivalSmall,
    },
    {
      work: 'copy 64 KiB blocks, two processes',
      value: rate(largeCopies.ours, bytes / 1e6)!,
      unit: 'MB/s',
      rival: rivalLarge,
      floor: rate(largeCopies.floor, bytes / 1e6),
      budget: rivalLarge && 3 * rivalLarge,
    },
    ...processorRows('100 B blocks, 100,000', smallCopies, 100_000 / SMALL),
    ...processorRows('64 KiB blocks, 64 MiB', largeCopies, (64 * 2 ** 20) / bytes),
  ]
}

function fetchAll(from: Served, blocks: number): () => Promise<number> {
  return () => rival!.fetchAll(nextPath(), from, blocks)
}

function rate(copies: readonly Copy[], amount: number): number | undefined {
  return copies.length === 0 ? undefined : amount / median(copies.map(({ seconds }) => seconds))
}

interface Copy {
  readonly seconds: number
  readonly receiverMs: number
  readonly senderMs: number
}

/** A copy with the processor time of both ends. */
async function measured({ child }: Served, copy: () => Promise<number>): Promise<Copy> {
  const [sender, receiver] = [await usedMsOf(child), usedMs()]
  const seconds = await copy()
  const receiverMs = usedMs() - receiver
  return { seconds, receiverMs, senderMs: (await usedMsOf(child)) - sender }
}

function processorRows(
  what: string,
  { ours, theirs, floor = [] }: Record<'ours' | 'theirs', readonly Copy[]> & { floor?: Copy[] },
  scale: number,
): readonly Row[] {
  return (['receiver', 'sender'] as const).map((side) => {
    const of = (copies: readonly Copy[]): number | undefined =>
      copies.length === 0 ? undefined : scale * median(copies.map((copy) => copy[`${side}Ms`]))
    const work = `processor of the ${side}, ${what}`
    return { work, value: of(ours)!, unit: 'ms', rival: of(theirs), floor: of(floor) }
  })
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

interface Served {
  readonly port: number
  readonly child: ChildProcess
}

async function serve(file: string, options: readonly string[]): Promise<Served> {
  const profile = process.env['BENCH_CPU_PROF'] === undefined ? [] : ['--cpu-prof']
  const child = fork(file, options, { execArgv: profile })
  children.push(child)
  const [message] = (await once(child, 'message')) as [{ readonly port: number }]
  return { ...message, child }
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
  const { socket, options: how } = await dial(port)
  const over = exchangeOver(exchange, socket, 'author', how)
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
  const { socket, options: how } = await dial(port)
  const over = exchangeOver(exchange, socket, 'author', how)
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

async function dial(
  port: number,
): Promise<{ readonly socket: Socket; readonly options: StreamOptions }> {
  const reads = new StreamReads()
  const socket = connect({ port, host: '127.0.0.1', onread: reads.onread })
  socket.setNoDelay(true)
  await once(socket, 'connect')
  return { socket, options: { isSocket: true, reads } }
}

function nextPath(): string {
  return workspace.path(`copy-${copies++}`)
}
