/** Gets from a trie in another process, beside hyperbee 2 and hypertrie 5: see README.md. */

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { exchangeOver, LogExchange, SparseLog } from '@hamlet/log'
import { createNodeDisk } from '@hamlet/store/node'
import { openRemoteTrie } from '@hamlet/trie'
import { check, isQuick, median } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'
import { cachedFolder, createWorkspace } from '../_support/workspace.ts'
import { AUTHOR_SEED, keyOf, NAMESPACE, valueOf } from './shape.ts'

const THIRD_PARTY = new URL('../thirdparty/', import.meta.url)
/** With several copies of sodium-native the line of hypertrie ends its process: see README.md. */
const isTorn = isInstalled('hypertrie/node_modules/sodium-native')
const RIVALS = ['hyperbee', ...(isTorn ? [] : ['hypertrie'])].filter(isInstalled)
const OURS = fileURLToPath(new URL('serve-trie.ts', import.meta.url))

const ROUNDS = isQuick ? 1 : 5
const KEYS = isQuick ? 20_000 : 500_000
const GETS = isQuick ? 200 : 1000
const IN_FLIGHT = 64
const TIMES_RIVAL = 3

interface Served {
  readonly port: number
  readonly key: string
}

/** What some gets took, by a reader that has no block yet. */
interface Fetched {
  readonly seconds: number
  readonly bytes: number
  /** Of the reader. */
  readonly processorUs: number
}

type Fetch = (numbers: readonly number[], inFlight: number) => Promise<Fetched>

const crypto = createNodeCrypto()
const { publicKey } = crypto.signer(AUTHOR_SEED)
const children: ChildProcess[] = []
let copies = 0

using workspace = createWorkspace()
try {
  const contestants = await contestantsServed()
  const rows: Row[] = []
  for (const inFlight of [1, IN_FLIGHT]) rows.push(...(await race(contestants, inFlight)))
  report(import.meta.dirname, rows)
} finally {
  for (const child of children) child.disconnect()
}

async function contestantsServed(): Promise<ReadonlyMap<string, Fetch>> {
  const [ours] = await start(OURS, [workspace.path('trie'), `${KEYS}`])
  const contestants = new Map<string, Fetch>([
    ['hamlet', (numbers, inFlight) => fetchOurs(ours, numbers, inFlight)],
  ])
  for (const name of RIVALS) contestants.set(name, await rivalServed(name))
  return contestants
}

/** Making its trie takes a minute or more: later runs find it. */
async function rivalServed(name: string): Promise<Fetch> {
  const file = fileURLToPath(new URL(`${name}-tcp.mjs`, THIRD_PARTY))
  const folder = await cachedFolder(`remote-${name}-${KEYS}`, async (unfinished) => {
    const maker = fork(file, ['make', unfinished, `${KEYS}`])
    const [code] = (await once(maker, 'exit')) as [number | null]
    check(code === 0, `${name} made its trie`)
  })
  const [served] = await start(file, ['serve', folder])
  const [, reader] = await start(file, ['fetch'])
  return async (numbers, inFlight) => {
    reader.send({ directory: nextPath(), served, numbers, inFlight })
    const [fetched] = (await once(reader, 'message')) as [Fetched]
    return fetched
  }
}

/** Every contestant once per round. */
async function race(
  contestants: ReadonlyMap<string, Fetch>,
  inFlight: number,
): Promise<readonly Row[]> {
  const results = new Map<string, Fetched[]>()
  for (let round = 0; round < ROUNDS; round++) {
    const numbers = Array.from({ length: GETS }, (_, i) => (i * 499 + round * 31) % KEYS)
    for (const [name, fetch] of contestants) {
      results.set(name, [...(results.get(name) ?? []), await fetch(numbers, inFlight)])
    }
  }
  const ours = middleOf(results.get('hamlet')!)
  const how = inFlight === 1 ? 'one at a time' : `${inFlight} in flight`
  const others = RIVALS.length === 0 ? [undefined] : RIVALS
  return others.flatMap((name) => {
    const rival = name === undefined ? undefined : middleOf(results.get(name)!)
    const beside = name === undefined ? '' : `: ${name}`
    return [
      {
        work: `${GETS} gets of ${KEYS / 1000}k keys, ${how}${beside}`,
        value: 1000 * ours.seconds,
        unit: 'ms',
        rival: rival && 1000 * rival.seconds,
        budget: rival && (1000 * rival.seconds) / TIMES_RIVAL,
      },
      {
        work: `bytes received for each, ${how}${beside}`,
        value: ours.bytes / GETS,
        unit: 'B',
        rival: rival && rival.bytes / GETS,
      },
      {
        work: `processor of the reader for each, ${how}${beside}`,
        value: ours.processorUs / GETS,
        unit: 'µs',
        rival: rival && rival.processorUs / GETS,
      },
    ]
  })
}

function middleOf(all: readonly Fetched[]): Fetched {
  const middle = (of: keyof Fetched): number => median(all.map((each) => each[of]))
  return { seconds: middle('seconds'), bytes: middle('bytes'), processorUs: middle('processorUs') }
}

function isInstalled(path: string): boolean {
  return existsSync(new URL(`node_modules/${path}`, THIRD_PARTY))
}

/** The first thing the process says, and the process. */
async function start(
  file: string,
  options: readonly string[],
): Promise<readonly [Served, ChildProcess]> {
  const child = fork(file, options)
  children.push(child)
  const [message] = (await once(child, 'message')) as [Served]
  return [message, child]
}

async function fetchOurs(
  { port }: Served,
  numbers: readonly number[],
  inFlight: number,
): Promise<Fetched> {
  const disk = createNodeDisk(nextPath())
  const options = { disk, crypto, directory: 'copy', publicKey, namespace: NAMESPACE }
  await using copy = await SparseLog.open(options)
  const exchange = new LogExchange({
    crypto,
    clock: createNodeClock(),
    random: createNodeRandom(),
  })
  const trie = await openRemoteTrie(copy, exchange.add(copy), { crypto })
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  const over = exchangeOver(exchange, socket, 'author')
  await new Promise<void>((resolve) => {
    copy.watch(() => resolve())
  })
  const start = performance.now()
  const before = socket.bytesRead
  const used = process.cpuUsage()
  await inTurns(numbers, inFlight, async (number) => {
    const entry = await trie.get(keyOf(number))
    check(Buffer.compare(entry!.value, valueOf(number)) === 0, keyOf(number))
  })
  const seconds = (performance.now() - start) / 1000
  const bytes = socket.bytesRead - before
  const { user, system } = process.cpuUsage(used)
  socket.destroy()
  await over
  return { seconds, bytes, processorUs: user + system }
}

/** So many at a time, a new one as soon as one is done. */
async function inTurns(
  numbers: readonly number[],
  inFlight: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  const waiting = numbers.values()
  const worker = async (): Promise<void> => {
    for (const number of waiting) await work(number)
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

function nextPath(): string {
  return workspace.path(`copy-${copies++}`)
}
