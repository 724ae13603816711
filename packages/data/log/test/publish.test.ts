import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, utf8 } from '@hamlet/core'
import {
  decodeBundle,
  decodeTile,
  noteKeyOf,
  originOf,
  parseTilePath,
  publishLog,
  TileReader,
  verifyPublished,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { signerOf, testCrypto } from './_crypto.ts'
import { block, blocksOf, openAuthor, openCopy, signer } from './_logs.ts'
import {
  authorOf,
  checkpointOn,
  leafOf,
  policyOf,
  published,
  readerOptions,
  treeOf,
} from './_published.ts'

const options = { crypto: testCrypto }

function leafLength(stored: Uint8Array): number {
  return Math.min(7, stored.length)
}

for (const length of [1, 2, 255, 256, 257, 600, 66_000]) {
  test(`the files of a log of ${length} are those the definition of the tree gives`, async () => {
    const { disk } = await published(length)
    const leaves = blocksOf(0, length).map(leafOf)
    const files = disk.files()
    for (const [path, bytes] of files) {
      if (path === 'checkpoint') continue
      const { level, index, width } = parseTilePath(path)!
      if (level === 'entries') {
        const from = index * 256
        assert.deepEqual(decodeBundle(bytes, width), blocksOf(from, from + width))
        continue
      }
      const span = 256 ** level
      for (const [i, hash] of decodeTile(bytes, width)!.entries()) {
        const from = (index * 256 + i) * span
        assert.deepEqual(hash, treeOf(leaves.slice(from, from + span)), `${path} ${i}`)
      }
    }
    const levels = [0, 1, 2].map((level) => Math.floor(length / 256 ** level))
    const tiles = levels.reduce((sum, hashes) => sum + Math.ceil(hashes / 256), 0)
    assert.equal(files.size, 1 + tiles + Math.ceil(length / 256))
  })
}

test('the checkpoint is the signed note of the log', async () => {
  const { log, disk } = await published(3)
  assert.equal(new TextDecoder().decode(disk.files().get('checkpoint')), log.checkpoint())
})

test('what is published already is not written again', async () => {
  const { log, disk } = await published(600)
  const nothing = await publishLog(log, disk, options)
  assert.deepEqual([nothing.from, nothing.to, nothing.filesWritten], [600, 600, 0])
  await log.append(blocksOf(600, 601))
  const one = await publishLog(log, disk, options)
  // One tile, one bundle and the checkpoint: the tile above has not changed.
  assert.deepEqual([one.from, one.to, one.filesWritten], [600, 601, 3])
  await log.append(blocksOf(601, 800))
  await publishLog(log, disk, options)
  const anew = createMemoryDisk()
  await publishLog(log, anew, options)
  for (const [path, bytes] of anew.files()) assert.deepEqual(disk.files().get(path), bytes, path)
})

test('partial files stay until the full ones are there, then they go', async () => {
  const { log, disk } = await published(250)
  await log.append(blocksOf(250, 255))
  await publishLog(log, disk, options)
  const narrow = ['tile/0/000.p/250', 'tile/0/000.p/255', 'tile/entries/000.p/250']
  for (const path of narrow) assert.ok(disk.files().has(path), path)
  await log.append(blocksOf(255, 256))
  const receipt = await publishLog(log, disk, options)
  assert.equal(receipt.filesRemoved, 4)
  const paths = [...disk.files().keys()]
  assert.deepEqual(paths, ['checkpoint', 'tile/0/000', 'tile/1/000.p/1', 'tile/entries/000'])
})

test('a reader with an older checkpoint finds its partial tiles in the full ones', async () => {
  const { log, disk } = await published(250)
  const old = disk.files().get('checkpoint')!
  await log.append(blocksOf(250, 300))
  await publishLog(log, disk, options)
  const fetch = async (path: string): Promise<Uint8Array | undefined> =>
    path === 'checkpoint' ? old : disk.readAll(path)
  const reader = await TileReader.open({ ...readerOptions(log, disk), fetch })
  assert.equal(reader.length, 250)
  assert.deepEqual(await reader.entry(249), block(249))
})

test('an entry of 65,535 bytes is published, one byte more is refused before anything is written', async () => {
  const log = await openAuthor(createMemoryDisk())
  await log.append([...blocksOf(0, 300), new Uint8Array(65_535)])
  const disk = createMemoryDisk()
  await publishLog(log, disk, options)
  await log.append([...blocksOf(0, 300), new Uint8Array(65_536)])
  const before = disk.files()
  await assert.rejects(publishLog(log, disk, options), {
    code: 'TLOG_ENTRY_TOO_LARGE',
    fields: { index: 601, bytes: 65_536, limit: 65_535 },
  })
  assert.deepEqual(disk.files(), before)
})

test('of a log whose leaves are the beginnings of blocks, the leaves are published', async () => {
  const log = await openAuthor(createMemoryDisk(), { leafLength })
  await log.append([...blocksOf(0, 300), new Uint8Array(100_000)])
  const disk = createMemoryDisk()
  await publishLog(log, disk, { ...options, leafLength })
  const report = await verifyPublished(readerOptions(log, disk))
  assert.deepEqual([report.isSound, report.entries, report.entryBytes], [true, 301, 7 * 301])
})

test('an empty log and a copy that lacks blocks are not published', async () => {
  const empty = await openAuthor(createMemoryDisk())
  const disk = createMemoryDisk()
  await assert.rejects(publishLog(empty, disk, options), { code: 'LOG_OUT_OF_RANGE' })
  const author = await authorOf(20)
  const copy = await openCopy(createMemoryDisk())
  await copy.accept(author.rangeFrom(0, { bytesMax: 100_000, blocksMax: 10 })!)
  await assert.rejects(publishLog(copy, disk, options), { code: 'LOG_BEHIND' })
  assert.equal(disk.files().size, 0)
})

test('a directory with another log, a longer one or another history of it is left as it is', async () => {
  const { log, disk } = await published(10)
  const before = disk.files()
  const other = await openAuthor(createMemoryDisk(), { namespace: new Uint8Array(32) })
  await other.append(blocksOf(0, 20))
  await assert.rejects(publishLog(other, disk, options), { code: 'TLOG_OTHER' })
  await assert.rejects(publishLog(await authorOf(9), disk, options), { code: 'TLOG_INCONSISTENT' })
  const fork = await openAuthor(createMemoryDisk())
  await fork.append(blocksOf(1, 30))
  await assert.rejects(publishLog(fork, disk, options), { code: 'TLOG_INCONSISTENT' })
  assert.deepEqual(disk.files(), before)
  await log.append(blocksOf(10, 11))
  assert.equal((await publishLog(log, disk, options)).to, 11)
})

test('a checkpoint may be given, if the author signed it', async () => {
  const log = await authorOf(10)
  const ten = log.checkpoint()!
  await log.append(blocksOf(10, 300))
  const disk = createMemoryDisk()
  const receipt = await publishLog(log, disk, { ...options, checkpoint: ten })
  assert.deepEqual([receipt.to, await checkpointOn(disk, log)], [10, 10])
  const forged = ten.replace(/ \S+\n$/, ` ${Buffer.alloc(68).toString('base64')}\n`)
  const unsigned = publishLog(log, disk, { ...options, checkpoint: forged })
  await assert.rejects(unsigned, { code: 'TLOG_SIGNATURE' })
  const fork = await openAuthor(createMemoryDisk())
  await fork.append(blocksOf(100, 111))
  const foreign = publishLog(log, disk, { ...options, checkpoint: fork.checkpoint()! })
  await assert.rejects(foreign, { code: 'TLOG_INCONSISTENT' })
})

test('files beyond the checkpoint that an interrupted call left are replaced or used', async () => {
  const { log, disk } = await published(600)
  await log.append(blocksOf(600, 1100))
  const whole = createMemoryDisk()
  await publishLog(log, whole, options)
  await disk.write('tile/0/002', whole.files().get('tile/0/002')!)
  await disk.write('tile/entries/003', utf8('torn'))
  await disk.write('tile/0/003.p/17', new Uint8Array(17 * 32))
  await publishLog(log, disk, options)
  const report = await verifyPublished(readerOptions(log, disk))
  assert.deepEqual(report.problems, [])
  assert.ok(!disk.files().has('tile/0/003.p/17'))
})

test('published files that were damaged are made anew when asked to look', async () => {
  const { log, disk } = await published(1000)
  await disk.remove('tile/0/001')
  disk.flipBit('tile/entries/000', 900)
  await publishLog(log, disk, options)
  assert.equal((await verifyPublished(readerOptions(log, disk))).problemCount, 2)
  const receipt = await publishLog(log, disk, { ...options, recheck: true })
  assert.equal(receipt.filesWritten, 2)
  assert.ok((await verifyPublished(readerOptions(log, disk))).isSound)
})

test('the signed origin decides, not the directory: a log is verified with the key of its author only', async () => {
  const { log, disk } = await published(5)
  const wrong = signerOf(new Uint8Array(32).fill(99))
  const policy = { logs: [noteKeyOf(testCrypto, originOf(log.id), wrong.publicKey)] }
  const report = await verifyPublished({ ...readerOptions(log, disk), policy })
  assert.deepEqual(
    report.problems.map(({ path, problem }) => [path, problem]),
    [['checkpoint', 'signature']],
  )
  const elsewhere = { logs: [noteKeyOf(testCrypto, 'hamlet/v1/log/other', signer.publicKey)] }
  const other = await verifyPublished({ ...readerOptions(log, disk), policy: elsewhere })
  assert.equal(other.problems[0]?.problem, 'other-log')
  assert.equal(policyOf(log).logs.length, 1)
})

test('progress counts entries, and a signal ends a call before the checkpoint', async () => {
  const log = await authorOf(1000)
  const disk = createMemoryDisk()
  const stop = new AbortController()
  const seen: string[] = []
  const stopped = publishLog(log, disk, {
    ...options,
    signal: stop.signal,
    progress(done, total) {
      seen.push(`${done}/${total}`)
      if (done >= 512) stop.abort()
    },
  })
  await assert.rejects(stopped, { name: 'AbortError' })
  assert.deepEqual(seen, ['256/1000', '512/1000'])
  assert.equal(await checkpointOn(disk, log), undefined)
  await publishLog(log, disk, options)
  assert.ok((await verifyPublished(readerOptions(log, disk))).isSound)
})

// These files were verified with Go's sumdb/note and sumdb/tlog, by test/interop/verify-tlog.go.
test('the published files are those that another implementation found sound', async () => {
  const { disk } = await published(66_000)
  const parts = [...disk.files()].flatMap(([path, bytes]) => [utf8(path), testCrypto.hash(bytes)])
  const digest = 'a8e272922218641e522ca118b19490cb00875c7c5f423908292f0baeb3d49e26'
  assert.equal(bytesToHex(testCrypto.hash(...parts)), digest)
})
