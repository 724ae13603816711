// Goal: cleared blocks are gone from the disk and refused by name, and everything else of the log stays as it was.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCode } from '@hamlet/core'
import { verifyInclusion } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { testCrypto } from './_crypto.ts'
import { block, blocksOf, openAuthor, openCopy } from './_logs.ts'
import type { BlockEvent, Log } from '@hamlet/log'
import type { MemoryDisk } from '@hamlet/store'

const SMALL = { segmentBytes: 400, markBlocks: 4 }
const ALL = { bytesMax: 1e6, blocksMax: 1e4 }
const BLOCKS = 30

async function filled(disk: MemoryDisk): Promise<Log> {
  const log = await openAuthor(disk, SMALL)
  for (let at = 0; at < BLOCKS; at += 3) await log.append(blocksOf(at, at + 3))
  return log
}

/** Every block outside the ranges is right, every block inside is refused, every proof holds. */
function examine(log: Log, cleared: readonly (readonly [number, number])[], length = BLOCKS): void {
  assert.equal(log.length, length)
  const root = log.root()
  for (let index = 0; index < length; index++) {
    const isCleared = cleared.some(([from, to]) => index >= from && index < to)
    assert.equal(log.has(index), !isCleared)
    if (isCleared) {
      assert.throws(() => log.get(index), { code: 'LOG_CLEARED' })
      assert.equal(log.peek(index), undefined)
    } else assert.deepEqual(log.get(index), block(index))
    const leafHash = log.leafHash(index)
    const proof = log.inclusionProof(index)
    assert.ok(verifyInclusion(testCrypto, { index, length, leafHash, root, proof }))
  }
}

test('any cleared range is refused, the rest and every proof stay, also after opening again', async () => {
  for (const [from, to] of [
    [0, 1],
    [0, 5],
    [4, 11],
    [29, 30],
    [13, 30],
    [0, 30],
    [7, 7],
  ] as const) {
    const disk = createMemoryDisk()
    const log = await filled(disk)
    const head = log.head
    await log.clear(from, to)
    examine(log, [[from, to]])
    assert.deepEqual(log.head, head)
    await log.close()
    const again = await openAuthor(disk, SMALL)
    examine(again, [[from, to]])
    await again.append([block(BLOCKS)])
    examine(again, [[from, to]], BLOCKS + 1)
    await again.close()
    assert.ok(![...disk.files().keys()].some((path) => /beside|clearing/.test(path)))
  }
})

test('clearing more, and the same again, and after the derived files were lost', async () => {
  const disk = createMemoryDisk()
  const log = await filled(disk)
  await log.clear(3, 8)
  await log.clear(6, 12)
  await log.clear(4, 7)
  examine(log, [[3, 12]])
  await log.append([block(BLOCKS)])
  await log.clear(20, BLOCKS + 1)
  await log.append([block(BLOCKS + 1)])
  await log.close()
  for (const name of ['index', 'tree', 'mark']) await disk.remove(`log/${name}`)
  const again = await openAuthor(disk, SMALL)
  examine(
    again,
    [
      [3, 12],
      [20, BLOCKS + 1],
    ],
    BLOCKS + 2,
  )
})

test('the space comes back', async () => {
  const disk = createMemoryDisk()
  const log = await openAuthor(disk, { segmentBytes: 300_000 })
  const large = Array.from({ length: 100 }, (_, i) => new Uint8Array(10_000).fill(i))
  for (const one of large) await log.append([one])
  const sizeOf = (): number =>
    [...disk.files().values()].reduce((sum, { length }) => sum + length, 0)
  const before = sizeOf()
  await log.clear(10, 90)
  assert.ok(before - sizeOf() > 80 * 9_800, `${before} bytes became ${sizeOf()}`)
  assert.ok(log.diskBytes < 20 * 10_300 + 100 * 300)
  assert.equal(log.byteLength, 1_000_000)
  assert.deepEqual(log.get(95), large[95])
})

test('a copy gets what is left, up to the first cleared block, and a copy may clear too', async () => {
  const log = await filled(createMemoryDisk())
  await log.clear(10, 20)
  const copy = await openCopy(createMemoryDisk(), SMALL)
  assert.ok((await copy.accept(log.rangeFrom(0, ALL)!)).ok)
  assert.deepEqual([...copy.blocks()], blocksOf(0, 10))
  assert.equal(log.rangeFrom(12, ALL)!.blocks.length, 0)
  const rest = log.rangeFrom(20, ALL)!
  assert.equal(rest.blocks.length, 10)
  const whole = await openCopy(createMemoryDisk(), SMALL)
  const author = await filled(createMemoryDisk())
  assert.ok((await whole.accept(author.rangeFrom(0, ALL)!)).ok)
  await whole.clear(0, 15)
  assert.ok(
    (await whole.accept(author.rangeFrom(5, ALL)!)).ok,
    'known, cleared blocks are harmless',
  )
  examine(whole, [[0, 15]])
})

test('a fork found where our block was cleared is still refused', async () => {
  const log = await filled(createMemoryDisk())
  const other = await openAuthor(createMemoryDisk())
  await other.append([...blocksOf(0, 5), ...blocksOf(100, 150)])
  const copy = await openCopy(createMemoryDisk(), SMALL)
  assert.ok((await copy.accept(log.rangeFrom(0, ALL)!)).ok)
  await copy.clear(0, 10)
  const refused = await copy.accept(other.rangeFrom(0, ALL)!)
  assert.ok(!refused.ok)
  assert.equal(refused.error.code, 'LOG_FORKED')
})

test('a full disk refuses a clear and leaves the log as it was', async () => {
  const disk = createMemoryDisk()
  const log = await filled(disk)
  let used = 0
  for (const { length } of disk.files().values()) used += length
  for (const room of [0, 50, 200, 800]) {
    disk.setCapacity(used + room)
    await assert.rejects(log.clear(2, 29), { code: 'STORE_FULL' })
    disk.setCapacity(1e6)
    examine(log, [])
    used = [...disk.files().values()].reduce((sum, { length }) => sum + length, 0)
  }
  await log.clear(2, 29)
  examine(log, [[2, 29]])
  await log.append([block(BLOCKS)])
})

test('appends and reads go on around a clear', async () => {
  const log = await filled(createMemoryDisk())
  const events: BlockEvent[] = []
  const cancel = log.watch((event) => events.push(event))
  log.watch(() => {
    throw new Error('a listener that fails')
  })
  const clearing = log.clear(5, 25)
  const appending = Promise.all(blocksOf(BLOCKS, BLOCKS + 5).map((one) => log.append([one])))
  for (let turn = 0; turn < 50; turn++) {
    for (const index of [0, 4, 25, 29]) assert.deepEqual(log.get(index), block(index))
    await Promise.resolve()
  }
  await Promise.all([clearing, appending])
  examine(log, [[5, 25]], BLOCKS + 5)
  assert.deepEqual(events, [
    { type: 'cleared', from: 5, to: 25 },
    { type: 'head', length: BLOCKS + 5 },
    { type: 'stored', from: BLOCKS, to: BLOCKS + 5 },
  ])
  cancel()
  await log.append([block(BLOCKS + 5)])
  assert.equal(events.length, 3)
  await assert.rejects(log.clear(0, BLOCKS + 7), { code: 'LOG_OUT_OF_RANGE' })
  await assert.rejects(log.load(6), { code: 'LOG_CLEARED' })
  assert.deepEqual(await log.load(0), block(0))
  assert.equal(log.fork, 0)
})

test('a clear refuses a damaged segment and changes nothing', async () => {
  const disk = createMemoryDisk()
  const log = await filled(disk)
  await log.close()
  const files = disk.files()
  const again = await openAuthor(disk, SMALL)
  disk.flipBit('log/00000000.seg', 8 * 80)
  await assert.rejects(again.clear(0, 2), (error) => errorCode(error) === 'LOG_DAMAGED')
  disk.flipBit('log/00000000.seg', 8 * 80)
  examine(again, [])
  await again.close()
  assert.deepEqual(disk.files(), files)
})

test('a large segment is cleared and cut in slices, between which others get their turn', async () => {
  let syncs = 0
  const disk = createMemoryDisk({
    syncDelay: async () => {
      syncs++
      await new Promise((resolve) => setImmediate(resolve))
    },
  })
  const log = await openAuthor(disk)
  const blocks = Array.from({ length: 60 }, (_, i) => new Uint8Array(400_000).fill(i))
  for (const one of blocks) await log.append([one])
  syncs = 0
  let turns = 0
  const ticking = setInterval(() => turns++, 0)
  await log.clear(20, 30)
  const clearSyncs = syncs
  await log.truncate(55)
  clearInterval(ticking)
  assert.ok(clearSyncs > 8 && syncs - clearSyncs > 8, `${clearSyncs} and ${syncs - clearSyncs}`)
  assert.ok(turns > 3)
  for (let i = 0; i < 55; i++) {
    if (i < 20 || i >= 30) assert.deepEqual(log.get(i), blocks[i])
    else assert.equal(log.peek(i), undefined)
  }
  assert.equal(log.length, 55)
})
