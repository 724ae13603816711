import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BLOCK_BYTES_MAX, verifyConsistency, verifyInclusion } from '@hamlet/log'
import { StoreError, createMemoryDisk } from '@hamlet/store'
import { seededRandom, testCrypto } from './_crypto.ts'
import { block, blocksOf, openAuthor, openCopy } from './_logs.ts'

test('appends, reads back and opens again', async () => {
  const disk = createMemoryDisk()
  const log = await openAuthor(disk)
  assert.equal(log.head, undefined)
  assert.deepEqual(await log.append([block(0)]), { from: 0, to: 1, head: log.head })
  assert.deepEqual(await log.append(blocksOf(1, 300)), { from: 1, to: 300, head: log.head })
  for (let i = 0; i < 300; i++) assert.deepEqual(log.get(i), block(i))
  assert.deepEqual([...log.blocks(5, 290)], blocksOf(5, 290))
  const root = log.root()
  await log.close()
  const again = await openAuthor(disk)
  assert.deepEqual(again.openReport, { blocksScanned: 0, rebuilt: false })
  assert.equal(again.length, 300)
  assert.deepEqual(again.root(), root)
  assert.deepEqual([...again.blocks()], blocksOf(0, 300))
  await again.append([block(300)])
  assert.deepEqual(again.get(300), block(300))
  await again.close()
})

test('groups appends that wait into one commit with one head', async () => {
  let syncs = 0
  const syncDelay = async (): Promise<void> => {
    syncs++
  }
  const log = await openAuthor(createMemoryDisk({ syncDelay }))
  await log.append([block(0)])
  syncs = 0
  const receipts = await Promise.all(blocksOf(1, 65).map((one) => log.append([one])))
  assert.equal(syncs, 1)
  assert.equal(new Set(receipts.map(({ head }) => head)).size, 1)
  assert.deepEqual(
    receipts.map(({ from }) => from),
    Array.from({ length: 64 }, (_, i) => i + 1),
  )
})

test('proves inclusion and consistency for every pair of a small log', async () => {
  const log = await openAuthor(createMemoryDisk())
  await log.append(blocksOf(0, 40))
  for (let to = 1; to <= 40; to++) {
    const root = log.root(to)
    for (let index = 0; index < to; index++) {
      const proof = log.inclusionProof(index, to)
      const leafHash = log.leafHash(index)
      assert.ok(verifyInclusion(testCrypto, { index, length: to, leafHash, root, proof }))
      const from = index + 1
      const claim = { from, to, fromRoot: log.root(from), toRoot: root }
      assert.ok(verifyConsistency(testCrypto, { ...claim, proof: log.consistencyProof(from, to) }))
    }
  }
})

test('replicates by ranges, also through a copy that holds only a part', async () => {
  const author = await openAuthor(createMemoryDisk())
  await author.append(blocksOf(0, 1000))
  const first = await openCopy(createMemoryDisk())
  const second = await openCopy(createMemoryDisk())
  const limits = { bytesMax: 2000, blocksMax: 37 }
  while (first.length < 1000) {
    const accepted = await first.accept(author.rangeFrom(first.length, limits)!)
    assert.ok(accepted.ok)
    while (second.length < first.length) {
      const range = first.rangeFrom(second.length, { bytesMax: 700, blocksMax: 20 })!
      assert.ok((await second.accept(range)).ok)
    }
  }
  assert.deepEqual([...second.blocks()], blocksOf(0, 1000))
  assert.deepEqual(second.head, author.head)
  assert.equal(second.checkpoint(), author.checkpoint())
})

test('a segment whose name could not be made durable takes no commit until it is', async () => {
  const disk = createMemoryDisk()
  const log = await openAuthor(disk, { segmentBytes: 100 })
  await log.append([block(0)])
  const { syncDirectory } = disk
  disk.syncDirectory = () => Promise.reject(new StoreError('STORE_IO', 'the directory fails'))
  await assert.rejects(log.append([block(1)]), { code: 'STORE_IO' })
  await assert.rejects(log.append([block(1)]), { code: 'STORE_IO' })
  disk.syncDirectory = syncDirectory.bind(disk)
  await log.append([block(1)])
  disk.crash(seededRandom(1))
  const again = await openAuthor(disk, { segmentBytes: 100 })
  assert.deepEqual([...again.blocks()], blocksOf(0, 2))
})

test('every method refuses what lies outside the log, and everything after it was closed', async () => {
  const log = await openAuthor(createMemoryDisk())
  assert.equal(log.rangeFrom(0, { bytesMax: 1e4, blocksMax: 10 }), undefined)
  assert.throws(() => log.consistencyProof(1), { code: 'LOG_OUT_OF_RANGE' })
  await log.append(blocksOf(0, 3))
  const outside = { code: 'LOG_OUT_OF_RANGE' }
  for (const index of [-1, 3, 0.5, Number.NaN, 2 ** 53]) {
    assert.throws(() => log.get(index), outside)
    assert.throws(() => log.leafHash(index), outside)
    assert.throws(() => log.inclusionProof(index), outside)
  }
  assert.throws(() => log.root(4), outside)
  assert.throws(() => log.consistencyProof(0), outside)
  assert.throws(() => log.consistencyProof(2, 4), outside)
  assert.throws(() => [...log.blocks(2, 1)], outside)
  assert.throws(() => log.rangeFrom(4, { bytesMax: 1e4, blocksMax: 10 }), outside)
  const copy = await openCopy(createMemoryDisk())
  await assert.rejects(copy.append([block(0)]), { code: 'LOG_READ_ONLY' })
  const large = new Uint8Array(BLOCK_BYTES_MAX + 1)
  await assert.rejects(log.append([large]), { code: 'LOG_BLOCK_TOO_LARGE' })
  const range = log.rangeFrom(0, { bytesMax: 1e4, blocksMax: 10 })!
  const appending = log.append([block(3)])
  await Promise.all([log.close(), log.close()])
  assert.equal((await appending).to, 4)
  await assert.rejects(log.append([block(4)]), { code: 'LOG_CLOSED' })
  await assert.rejects(log.accept(range), { code: 'LOG_CLOSED' })
  assert.throws(() => log.get(0), { code: 'LOG_CLOSED' })
})

test('a directory of another log is refused', async () => {
  const disk = createMemoryDisk()
  await (await openAuthor(disk)).append([block(0)])
  const other = openAuthor(disk, { namespace: new Uint8Array(32) })
  await assert.rejects(other, { code: 'LOG_OTHER' })
})
