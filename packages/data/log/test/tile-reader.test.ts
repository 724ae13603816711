import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  TILES_CACHED_MAX,
  TileReader,
  consistencyShape,
  inclusionShape,
  publishLog,
  verifyConsistency,
  verifyInclusion,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { testCrypto } from './_crypto.ts'
import { block, blocksOf, openAuthor } from './_logs.ts'
import { authorOf, leafOf, published, readerOptions } from './_published.ts'

const options = { crypto: testCrypto }

test('proofs computed from tiles are those of the log', async () => {
  const { log, disk } = await published(700)
  const reader = await TileReader.open(readerOptions(log, disk))
  const lengths = fc.integer({ min: 1, max: 700 })
  await fc.assert(
    fc.asyncProperty(lengths, lengths, async (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)]
      const index = from - 1
      assert.deepEqual(await reader.root(from), log.root(from))
      const proof = await reader.inclusionProof(index, to)
      assert.deepEqual(proof, log.inclusionProof(index, to))
      const leafHash = leafOf(await reader.entry(index))
      assert.ok(
        verifyInclusion(testCrypto, { index, length: to, leafHash, root: log.root(to), proof }),
      )
      const growth = await reader.consistencyProof(from, to)
      assert.deepEqual(growth, log.consistencyProof(from, to))
      const roots = { fromRoot: log.root(from), toRoot: log.root(to) }
      assert.ok(verifyConsistency(testCrypto, { from, to, ...roots, proof: growth }))
    }),
    { numRuns: 100 },
  )
})

test('a log of three levels of tiles is read through few files', async () => {
  const { log, disk } = await published(66_000)
  const paths: string[] = []
  const { fetch, ...rest } = readerOptions(log, disk)
  const reader = await TileReader.open({
    ...rest,
    fetch(path, more) {
      paths.push(path)
      return fetch(path, more)
    },
  })
  assert.deepEqual(await reader.entry(12_345), block(12_345))
  assert.deepEqual(paths.sort(), [
    'checkpoint',
    'tile/0/048',
    'tile/0/257.p/208',
    'tile/1/000',
    'tile/1/001.p/1',
    'tile/2/000.p/1',
    'tile/entries/048',
  ])
  paths.length = 0
  await reader.inclusionProof(12_346)
  assert.deepEqual(paths, [])
  assert.equal(inclusionShape(12_346, 66_000).length, 17)
  assert.ok(consistencyShape(65_536, 66_000).length > 0)
})

test('entries are streamed in order from anywhere to anywhere', async () => {
  const { log, disk } = await published(600)
  const reader = await TileReader.open(readerOptions(log, disk))
  for (const [from, to] of [
    [0, 600],
    [255, 257],
    [300, 300],
    [511, 600],
    [599, 600],
  ] as const) {
    const entries: Uint8Array[] = []
    for await (const entry of reader.entries(from, to)) entries.push(entry)
    assert.deepEqual(entries, blocksOf(from, to))
  }
})

test('a reader follows a log that grows', async () => {
  const { log, disk } = await published(1)
  const reader = await TileReader.open(readerOptions(log, disk))
  assert.equal(await reader.refresh(), false)
  for (const length of [200, 256, 257, 1000]) {
    await log.append(blocksOf(log.length, length))
    await publishLog(log, disk, options)
    assert.equal(await reader.refresh(), true)
    assert.deepEqual(await reader.entry(length - 1), block(length - 1))
  }
})

test('a history that was rewritten is refused, and the reader stays with what it had', async () => {
  const { log, disk } = await published(600)
  const reader = await TileReader.open(readerOptions(log, disk))
  await reader.entry(3)
  const fork = await openAuthor(createMemoryDisk())
  await fork.append([...blocksOf(0, 300), ...blocksOf(500, 1000)])
  for (const path of disk.files().keys()) await disk.remove(path)
  await publishLog(fork, disk, options)
  await assert.rejects(reader.refresh(), { code: 'TLOG_INCONSISTENT' })
  assert.deepEqual([reader.length, reader.checkpoint.root], [600, log.root()])
  const short = await authorOf(300)
  for (const path of disk.files().keys()) await disk.remove(path)
  await publishLog(short, disk, options)
  await assert.rejects(reader.refresh(), { code: 'TLOG_INCONSISTENT' })
  assert.equal(reader.length, 600)
})

const damages: readonly [string, string, string][] = [
  ['tile/0/001', 'TLOG_DAMAGED', 'a full tile'],
  ['tile/entries/001', 'TLOG_DAMAGED', 'a bundle'],
]
for (const [path, code, what] of damages) {
  test(`${what} with one wrong bit is named, whatever else can be read`, async () => {
    const { log, disk } = await published(700)
    const reader = await TileReader.open(readerOptions(log, disk))
    disk.flipBit(path, 5000)
    await assert.rejects(reader.entry(300), { code, fields: { path } })
    assert.deepEqual(await reader.entry(2), block(2))
  })
}

test('a tile at the edge that is wrong, missing or of another width keeps the log closed', async () => {
  const { log, disk } = await published(700)
  const path = 'tile/0/002.p/188'
  const good = disk.files().get(path)!
  disk.flipBit(path, 1)
  const open = (): Promise<TileReader> => TileReader.open(readerOptions(log, disk))
  const paths = `${path}, tile/1/000.p/2`
  await assert.rejects(open(), { code: 'TLOG_DAMAGED', fields: { path: paths } })
  await disk.write(path, good.subarray(0, -1))
  await assert.rejects(open(), { code: 'TLOG_MALFORMED', fields: { path } })
  await disk.remove(path)
  await assert.rejects(open(), { code: 'TLOG_MISSING', fields: { path } })
  await disk.write('tile/0/002', new Uint8Array(8192))
  await assert.rejects(open(), { code: 'TLOG_DAMAGED' })
})

test('a checkpoint that is missing or not one is named', async () => {
  const { log, disk } = await published(3)
  await disk.write('checkpoint', new Uint8Array(10))
  const fields = { path: 'checkpoint' }
  const open = (): Promise<TileReader> => TileReader.open(readerOptions(log, disk))
  await assert.rejects(open(), { code: 'TLOG_MALFORMED', fields })
  await disk.remove('checkpoint')
  await assert.rejects(open(), { code: 'TLOG_MISSING', fields })
})

test('a reader keeps 256 tiles at hand and reads on with them gone', async () => {
  const { log, disk } = await published(66_000)
  const reader = await TileReader.open(readerOptions(log, disk))
  for (let index = 0; index < 66_000; index += 256) await reader.treeHash(index, index + 1)
  assert.equal(TILES_CACHED_MAX, 256)
  for (let tile = 0; tile < 257; tile++) {
    await disk.remove(`tile/0/${String(tile).padStart(3, '0')}`)
  }
  await assert.rejects(reader.treeHash(0, 1), { code: 'TLOG_MISSING' })
  assert.deepEqual(await reader.treeHash(65_000, 65_001), log.leafHash(65_000))
})
