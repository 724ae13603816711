/**
 * How the costs of a log grow with its length: `node bench/log/growth.ts [blocks…]`, by default 10^4 to 10^7.
 *
 * Processor time, which other processes hardly change, of the last hundredth of the appends (batches of 1,000, synced), of opening a
 * closed log, of opening one whose process was killed (its last mark is up to 8,192 blocks old), of a random read and of an inclusion
 * proof with its length; bytes on the disk for each block; what opening adds to the memory of the process.
 */

import { cp } from 'node:fs/promises'
import { check } from '../_support/measure.ts'
import { createWorkspace } from '../_support/workspace.ts'
import { openLog } from './contestants.ts'

const BATCH = 1000
const BLOCK_BYTES = 100
const READS = 20_000
const PROOFS = 2000

const lengths = process.argv.slice(2).map(Number)
const all = lengths.length > 0 ? lengths : [1e4, 1e5, 1e6, 1e7]

console.log(
  'blocks      append µs   open ms   after kill ms   get µs   proof µs (hashes)   B/block   MiB',
)
for (const length of all) await measure(length)

async function measure(length: number): Promise<void> {
  using workspace = createWorkspace()
  const path = workspace.path('log')
  const log = await openLog(path)
  const last = Math.max(BATCH, Math.floor(length / 100 / BATCH) * BATCH)
  for (let from = 0; from < length - last; from += BATCH) await log.append(batchOf(from))
  const append = await processorUs(async () => {
    for (let from = length - last; from < length; from += BATCH) await log.append(batchOf(from))
  })
  const bytes = log.diskBytes + 16 * length + 64 * length
  // Not closed: what a kill leaves is what is on the disk now.
  const copy = workspace.path('killed')
  await cp(path, copy, { recursive: true, filter: isWhole })
  await log.close()
  const before = process.memoryUsage().rss
  const [opening, opened] = await timed(() => openLog(path))
  const added = process.memoryUsage().rss - before
  check(opened.length === length, 'length after opening')
  const reading = await processorUs(() => {
    for (const at of scattered(READS, length)) opened.get(at)
  })
  let hashes = 0
  const proving = await processorUs(() => {
    for (const at of scattered(PROOFS, length)) hashes += opened.inclusionProof(at).length
  })
  await opened.close()
  const [recovering, recovered] = await timed(() => openLog(copy))
  check(recovered.length === length, 'length after a kill')
  await recovered.close()
  const cells = [
    length.toExponential(0).padEnd(10),
    (append / last).toFixed(2).padStart(10),
    (opening / 1000).toFixed(1).padStart(9),
    (recovering / 1000).toFixed(1).padStart(15),
    (reading / READS).toFixed(2).padStart(8),
    `${(proving / PROOFS).toFixed(1)} (${(hashes / PROOFS).toFixed(1)})`.padStart(19),
    (bytes / length).toFixed(0).padStart(9),
    (added / 2 ** 20).toFixed(1).padStart(5),
  ]
  console.log(cells.join(' '))
}

function batchOf(from: number): readonly Uint8Array[] {
  return Array.from({ length: BATCH }, (_, i) => {
    const block = new Uint8Array(BLOCK_BYTES).fill((from + i) & 0xff)
    new DataView(block.buffer).setUint32(0, from + i)
    return block
  })
}

function* scattered(count: number, length: number): Generator<number> {
  for (let i = 0, at = 0; i < count; i++) {
    at = (at * 1_103_515_245 + 12_345) % 2 ** 31
    yield at % length
  }
}

async function processorUs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [us: number, result: T]> {
  let result: T | undefined
  const us = await processorUs(async () => {
    result = await work()
  })
  return [us, result!]
}

/** A mark that is being written at this moment would not be there after a kill either. */
function isWhole(file: string): boolean {
  return !file.endsWith('.tmp')
}
