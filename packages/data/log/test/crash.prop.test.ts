// Goal: a power cut at any moment loses nothing acknowledged and never looks like damage. Method: seeded runs of concurrent
// appends on a disk that keeps only what a power cut may leave, cut after a random number of turns, several lives long.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryDisk } from '@hamlet/store'
import { seededRandom } from './_crypto.ts'
import { block, blocksOf, openAuthor, openCopy } from './_logs.ts'
import type { Random } from '@hamlet/core'
import type { Log } from '@hamlet/log'
import type { MemoryDisk } from '@hamlet/store'

const SMALL = { segmentBytes: 3000, markBlocks: 10 }
const RUNS = 80
const LIVES = 4

const below = (random: Random, limit: number): number => {
  const [high, low] = random.bytes(2)
  return (high! * 256 + low!) % limit
}

/** Appends until the power is cut; returns how many blocks were acknowledged in this and earlier lives. */
async function live(disk: MemoryDisk, random: Random, acknowledged: number): Promise<number> {
  const log = await openAuthor(disk, SMALL)
  assert.ok(log.length >= acknowledged, `${log.length} of ${acknowledged} blocks are left`)
  assert.deepEqual([...log.blocks()], blocksOf(0, log.length))
  let safe = log.length
  let next = log.length
  for (let call = 0; call < 1 + below(random, 12); call++) {
    const to = next + 1 + below(random, below(random, 4) === 0 ? 40 : 4)
    const appended = log.append(blocksOf(next, to))
    appended.then((receipt) => (safe = Math.max(safe, receipt.to))).catch(() => undefined)
    next = to
    for (let turn = below(random, 12); turn > 0; turn--) await Promise.resolve()
  }
  for (let turn = below(random, 40); turn > 0; turn--) await Promise.resolve()
  const { length } = log
  disk.crash(random)
  assert.ok(length >= safe && length <= next)
  return length
}

test('no power cut loses what was acknowledged or shown', async () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seededRandom(seed)
    const disk = createMemoryDisk()
    let acknowledged = 0
    for (let life = 0; life < LIVES; life++) acknowledged = await live(disk, random, acknowledged)
    await openAuthor(disk, SMALL)
  }
})

test('a copy that accepts without syncing loses at most what it had not synced', async () => {
  const author = await openAuthor(createMemoryDisk())
  await author.append(blocksOf(0, 500))
  let torn = 0
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seededRandom(1000 + seed)
    const disk = createMemoryDisk()
    let safe = 0
    for (let life = 0; life < 3; life++) {
      const copy = await openCopy(disk, SMALL)
      assert.ok(copy.length >= safe)
      assert.deepEqual([...copy.blocks()], blocksOf(0, copy.length))
      torn += copy.openReport.discarded ? 1 : 0
      safe = await acceptUntilCut(author, copy, random)
      disk.crash(random)
    }
  }
  assert.ok(torn > 0, 'some cuts tear a commit')
})

async function acceptUntilCut(author: Log, copy: Log, random: Random): Promise<number> {
  let safe = copy.length
  for (let step = 0; step < 8; step++) {
    const limits = { bytesMax: 100_000, blocksMax: 1 + below(random, 30) }
    const range = author.rangeFrom(copy.length, limits)!
    const result = await copy.accept(range, { sync: false })
    assert.ok(result.ok)
    if (below(random, 3) > 0) continue
    await copy.sync()
    safe = copy.length
  }
  return safe
}

test('a full disk refuses appends and keeps the log usable', async () => {
  const disk = createMemoryDisk()
  const log = await openAuthor(disk, SMALL)
  await log.append([block(0)])
  disk.setCapacity(0)
  await assert.rejects(log.append([block(1)]), { code: 'STORE_FULL' })
  assert.equal(log.length, 1)
  assert.deepEqual(log.get(0), block(0))
  disk.setCapacity(1e6)
  await log.append([block(1)])
  assert.deepEqual([...log.blocks()], blocksOf(0, 2))
})

test('a failed sync stops the log and shows nothing of the commit', async () => {
  const disk = createMemoryDisk()
  const log = await openAuthor(disk)
  await log.append([block(0)])
  disk.setFaults({ sync: () => true })
  await assert.rejects(log.append([block(1)]), { code: 'LOG_FAILED' })
  disk.setFaults({})
  await assert.rejects(log.append([block(1)]), { code: 'LOG_FAILED' })
  assert.equal(log.length, 1)
  await log.close()
  const again = await openAuthor(disk)
  assert.ok(again.length >= 1)
})
