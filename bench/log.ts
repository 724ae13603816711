/**
 * How fast is a log, beside hypercore 11 on the same machine in the same run?
 *
 *     node bench/log.ts [--json] [--quick]
 *
 * Method and what is excluded: bench/README.log.md. Every result is verified outside the timed region.
 */

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeCrypto } from '@hamlet/identity/node'
import { Log, decodeLogRange, encodeLogRange } from '@hamlet/log'
import { createNodeDisk } from '@hamlet/store/node'

interface Row {
  readonly work: string
  readonly hamlet: number
  readonly hypercore: number | undefined
  readonly unit: string
  /** Times better than hypercore. */
  readonly ratio: number | undefined
}

interface Rival {
  append(blocks: readonly Uint8Array[]): Promise<unknown>
  get(index: number): Promise<Uint8Array>
  reopen(): Promise<Rival>
  close(): Promise<void>
  replicateTo(directory: string, blocks: number): Promise<number>
}

const flags = new Set(process.argv.slice(2))
const QUICK = flags.has('--quick')
const SINGLES = QUICK ? 500 : 3000
const LARGE = QUICK ? 100_000 : 1_000_000
const BATCH = 1000
const READS = QUICK ? 5000 : 50_000
const ACCEPTED = QUICK ? 20_000 : 100_000

/** Not in the type check: it has dependencies of its own. */
const RIVAL_MODULE: string = './thirdparty/hypercore.mjs'

const crypto = createNodeCrypto()
const signer = crypto.signer(new Uint8Array(32).fill(1))
const namespace = new Uint8Array(32).fill(2)
const root = mkdtempSync(join(tmpdir(), 'hamlet-bench-'))

function openLog(directory: string, isAuthor = true): Promise<Log> {
  const disk = createNodeDisk(join(root, directory))
  const { publicKey } = signer
  const options = { disk, crypto, directory: 'log', publicKey, namespace }
  return Log.open(isAuthor ? { ...options, signer } : options)
}

/** 100 bytes that differ from block to block. */
function blockOf(index: number, bytes = 100): Uint8Array {
  const block = new Uint8Array(bytes).fill(index & 0xff)
  new DataView(block.buffer).setUint32(0, index)
  return block
}

function batchOf(from: number, count: number, bytes = 100): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) => blockOf(from + i, bytes))
}

async function secondsOf(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`wrong result: ${what}`)
}

function directoryBytes(directory: string): number {
  let bytes = 0
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    // Blocks in use, since preallocated files count with what they occupy.
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).blocks * 512
  }
  return bytes
}

async function measureHamlet(): Promise<ReadonlyMap<string, number>> {
  const results = new Map<string, number>()
  await measureAppends(results)
  await measureLarge(results)
  await measureReplication(results)
  return results
}

async function measureAppends(results: Map<string, number>): Promise<void> {
  const log = await openLog('single')
  const singles = await secondsOf(async () => {
    for (let i = 0; i < SINGLES; i++) await log.append([blockOf(i)])
  })
  results.set('append 100 B, one by one', SINGLES / singles)
  const inFlight = await secondsOf(async () => {
    const lanes = Array.from({ length: 64 }, async (_, lane) => {
      for (let i = lane; i < 10 * SINGLES; i += 64) await log.append([blockOf(i)])
    })
    await Promise.all(lanes)
  })
  results.set('append 100 B, 64 in flight', (10 * SINGLES) / inFlight)
  check(log.length === 11 * SINGLES, 'length')
  await log.close()
  results.set('disk per block, single', directoryBytes(join(root, 'single')) / (11 * SINGLES))
  const big = await openLog('big')
  const count = QUICK ? 512 : 4096
  const seconds = await secondsOf(async () => {
    for (let i = 0; i < count; i += 16) await big.append(batchOf(i, 16, 65_536))
  })
  results.set('append 64 KiB, 16 per batch', (count * 65_536) / 1e6 / seconds)
  await big.close()
  rmSync(join(root, 'big'), { recursive: true })
}

async function measureLarge(results: Map<string, number>): Promise<void> {
  const log = await openLog('large')
  const batches = Array.from({ length: 100 }, (_, i) => batchOf(i * BATCH, BATCH))
  let seconds = 0
  for (let from = 0; from < LARGE; from += 100 * BATCH) {
    seconds += await secondsOf(async () => {
      for (const batch of batches) await log.append(batch)
    })
  }
  results.set('append 100 B, batches of 1,000', LARGE / seconds)
  await log.close()
  results.set('disk per block, batches', directoryBytes(join(root, 'large')) / LARGE)
  let again: Log | undefined
  const opening = await secondsOf(async () => {
    again = await openLog('large')
  })
  results.set('open', opening * 1000)
  await measureReads(results, again!)
  await again!.close()
}

async function measureReads(results: Map<string, number>, log: Log): Promise<void> {
  check(log.length === LARGE, 'length after open')
  let sum = 0
  const random = await secondsOf(() => {
    for (let i = 0, at = 0; i < READS; i++) {
      at = (at * 1_103_515_245 + 12_345) % LARGE
      sum += log.get(at).length
    }
  })
  check(sum === READS * 100, 'random reads')
  results.set('random get', READS / random)
  let count = 0
  const sequential = await secondsOf(() => {
    for (const block of log.blocks()) count += block.length
  })
  check(count === LARGE * 100, 'sequential read')
  results.set('sequential read', LARGE / sequential)
  const proofs = await secondsOf(() => {
    for (let i = 0; i < 1000; i++) log.inclusionProof((i * 7919) % LARGE)
  })
  results.set('inclusion proof', 1000 / proofs)
}

/** One process: read, encode, decode, verify, write; durable at the end. */
async function measureReplication(results: Map<string, number>): Promise<void> {
  const source = await openLog('large')
  const copy = await openLog('copy', false)
  const seconds = await secondsOf(async () => {
    while (copy.length < ACCEPTED) {
      const blocksMax = Math.min(2000, ACCEPTED - copy.length)
      const range = source.rangeFrom(copy.length, { bytesMax: 1_000_000, blocksMax })!
      const decoded = decodeLogRange(encodeLogRange(range))
      check(decoded.ok && (await copy.accept(decoded.value, { sync: false })).ok, 'accept')
    }
    await copy.sync()
  })
  results.set('replicate 100 B blocks, one process', ACCEPTED / seconds)
  check(Buffer.compare(copy.root(ACCEPTED), source.root(ACCEPTED)) === 0, 'root of the copy')
  await Promise.all([copy.close(), source.close()])
}

async function openRival(directory: string): Promise<Rival | undefined> {
  const require = createRequire(join(import.meta.dirname, 'thirdparty/package.json'))
  try {
    require.resolve('hypercore')
  } catch {
    return undefined
  }
  const { openHypercore } = (await import(RIVAL_MODULE)) as {
    openHypercore(directory: string): Promise<Rival>
  }
  return openHypercore(join(root, directory))
}

async function measureRival(): Promise<ReadonlyMap<string, number> | undefined> {
  const results = new Map<string, number>()
  let core = await openRival('rival-single')
  if (!core) return undefined
  const singles = await secondsOf(async () => {
    for (let i = 0; i < SINGLES; i++) await core!.append([blockOf(i)])
  })
  results.set('append 100 B, one by one', SINGLES / singles)
  const inFlight = await secondsOf(async () => {
    const lanes = Array.from({ length: 64 }, async (_, lane) => {
      for (let i = lane; i < 10 * SINGLES; i += 64) await core!.append([blockOf(i)])
    })
    await Promise.all(lanes)
  })
  results.set('append 100 B, 64 in flight', (10 * SINGLES) / inFlight)
  await core.close()
  results.set('disk per block, single', directoryBytes(join(root, 'rival-single')) / (11 * SINGLES))
  const big = (await openRival('rival-big'))!
  const count = QUICK ? 512 : 4096
  const seconds = await secondsOf(async () => {
    for (let i = 0; i < count; i += 16) await big.append(batchOf(i, 16, 65_536))
  })
  results.set('append 64 KiB, 16 per batch', (count * 65_536) / 1e6 / seconds)
  await big.close()
  core = (await openRival('rival-large'))!
  await measureRivalLarge(results, core)
  return results
}

async function measureRivalLarge(results: Map<string, number>, core: Rival): Promise<void> {
  const batches = Array.from({ length: 100 }, (_, i) => batchOf(i * BATCH, BATCH))
  let seconds = 0
  for (let from = 0; from < LARGE; from += 100 * BATCH) {
    seconds += await secondsOf(async () => {
      for (const batch of batches) await core.append(batch)
    })
  }
  results.set('append 100 B, batches of 1,000', LARGE / seconds)
  let again: Rival | undefined
  await core.close()
  results.set('disk per block, batches', directoryBytes(join(root, 'rival-large')) / LARGE)
  const opening = await secondsOf(async () => {
    again = await core.reopen()
  })
  results.set('open', opening * 1000)
  let sum = 0
  const reads = READS / 5
  const random = await secondsOf(async () => {
    for (let i = 0, at = 0; i < reads; i++) {
      at = (at * 1_103_515_245 + 12_345) % LARGE
      sum += (await again!.get(at)).length
    }
  })
  check(sum === reads * 100, 'random reads of hypercore')
  results.set('random get', reads / random)
  const replicated = await again!.replicateTo(join(root, 'rival-copy'), ACCEPTED)
  results.set('replicate 100 B blocks, one process', ACCEPTED / replicated)
  await again!.close()
}

const UNITS: Readonly<Record<string, string>> = {
  'append 64 KiB, 16 per batch': 'MB/s',
  'disk per block, single': 'B',
  'disk per block, batches': 'B',
  open: 'ms',
}

function rowsOf(
  ours: ReadonlyMap<string, number>,
  theirs: ReadonlyMap<string, number> | undefined,
): readonly Row[] {
  return [...ours].map(([work, hamlet]) => {
    const hypercore = theirs?.get(work)
    const unit = UNITS[work] ?? 'per s'
    const isLess = unit === 'B' || unit === 'ms'
    const ratio =
      hypercore === undefined ? undefined : isLess ? hypercore / hamlet : hamlet / hypercore
    return { work, hamlet, hypercore, unit, ratio }
  })
}

function print(rows: readonly Row[]): void {
  process.stdout.write(lineOf('work', 'hamlet', 'hypercore', 'unit', 'ratio'))
  for (const { work, hamlet, hypercore, unit, ratio } of rows) {
    const shown = ratio === undefined ? '–' : `${ratio.toFixed(1)}x`
    process.stdout.write(lineOf(work, figure(hamlet), figure(hypercore), unit, shown))
  }
}

function lineOf(work: string, ours: string, theirs: string, unit: string, ratio: string): string {
  const figures = `${ours.padStart(12)}${theirs.padStart(12)}`
  return `${work.padEnd(38)}${figures}  ${unit.padEnd(8)}${ratio}\n`
}

function figure(value: number | undefined): string {
  if (value === undefined) return '–'
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(1)
}

try {
  const ours = await measureHamlet()
  const theirs = await measureRival()
  const rows = rowsOf(ours, theirs)
  if (flags.has('--json')) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  else print(rows)
  if (!theirs) {
    process.stderr.write('hypercore is not installed: npm install --prefix bench/thirdparty\n')
  }
} finally {
  rmSync(root, { recursive: true, force: true })
}
