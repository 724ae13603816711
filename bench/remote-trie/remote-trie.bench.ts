/** Gets from a trie in another process, beside hyperbee 2: see README.md. */

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
import { createWorkspace } from '../_support/workspace.ts'
import { AUTHOR_SEED, keyOf, NAMESPACE, valueOf } from './shape.ts'

const RIVAL = fileURLToPath(new URL('../thirdparty/hyperbee-tcp.mjs', import.meta.url))
const hasRival = existsSync(new URL('../thirdparty/node_modules/hyperbee', import.meta.url))
const OURS = fileURLToPath(new URL('serve-trie.ts', import.meta.url))

const ROUNDS = isQuick ? 1 : 5
const KEYS = isQuick ? 20_000 : 500_000
const GETS = isQuick ? 200 : 1000
const IN_FLIGHT = 64

interface Served {
  readonly port: number
  readonly key: string
}

/** Seconds and bytes received for some gets, by a reader that has no block yet. */
interface Fetched {
  readonly seconds: number
  readonly bytes: number
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
  report(import.meta.dirname, rows, 'hyperbee')
} finally {
  for (const child of children) child.disconnect()
}

async function contestantsServed(): Promise<ReadonlyMap<string, Fetch>> {
  const [ours] = await start(OURS, [workspace.path('trie'), `${KEYS}`])
  const contestants = new Map<string, Fetch>([
    ['hamlet', (numbers, inFlight) => fetchOurs(ours, numbers, inFlight)],
  ])
  if (hasRival) contestants.set('hyperbee', await rivalServed())
  return contestants
}

async function rivalServed(): Promise<Fetch> {
  const [served] = await start(RIVAL, ['serve', workspace.path('hyperbee'), `${KEYS}`])
  const [, reader] = await start(RIVAL, ['fetch'])
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
  const middle = (name: string, of: keyof Fetched): number | undefined => {
    const all = results.get(name)
    return all && median(all.map((each) => each[of]))
  }
  const how = inFlight === 1 ? 'one at a time' : `${inFlight} in flight`
  const [seconds, bytes] = [middle('hyperbee', 'seconds'), middle('hyperbee', 'bytes')]
  return [
    {
      work: `${GETS} gets of ${KEYS / 1000}k keys, ${how}`,
      value: 1000 * middle('hamlet', 'seconds')!,
      unit: 'ms',
      rival: seconds && 1000 * seconds,
    },
    {
      work: `bytes received for each, ${how}`,
      value: middle('hamlet', 'bytes')! / GETS,
      unit: 'B',
      rival: bytes && bytes / GETS,
    },
  ]
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
  await inTurns(numbers, inFlight, async (number) => {
    const entry = await trie.get(keyOf(number))
    check(Buffer.compare(entry!.value, valueOf(number)) === 0, keyOf(number))
  })
  const seconds = (performance.now() - start) / 1000
  const bytes = socket.bytesRead - before
  socket.destroy()
  await over
  return { seconds, bytes }
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
