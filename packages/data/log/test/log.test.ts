import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyConsistency, verifyInclusion } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { testCrypto } from './_crypto.ts'
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
