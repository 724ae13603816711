import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, utf8 } from '@hamlet/core'
import {
  cosignerKeyOf,
  diskTiles,
  mirrorDirectory,
  mirrorLog,
  originOf,
  publishLog,
  TileReader,
  verifyPublished,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { signerOf, testCrypto } from './_crypto.ts'
import { block, blocksOf, openAuthor } from './_logs.ts'
import { policyOf, published, readerOptions } from './_published.ts'
import type { Clock } from '@hamlet/core'
import type { Log, MirrorOptions } from '@hamlet/log'
import type { MemoryDisk } from '@hamlet/store'

const NAME = 'mirror.example/m1'
const signer = signerOf(new Uint8Array(32).fill(71))
const mirrorKey = cosignerKeyOf(testCrypto, NAME, signer.publicKey)
const clock: Clock = {
  wall: () => 1_700_000_000_000,
  monotonic: () => 0,
  after: () => () => undefined,
}

function optionsOf(log: Log, origin: MemoryDisk, disk: MemoryDisk): MirrorOptions {
  const common = { crypto: testCrypto, clock, disk, directory: 'mirror', name: NAME, signer }
  return { ...common, fetch: diskTiles(origin), policy: policyOf(log) }
}

test('a mirror holds every file and says so under the log’s own signature', async () => {
  const { log, disk: origin } = await published(700)
  const disk = createMemoryDisk()
  const receipt = await mirrorLog(optionsOf(log, origin, disk))
  assert.deepEqual([receipt.from, receipt.to, receipt.origin], [0, 700, originOf(log.id)])
  assert.equal(receipt.directory, `mirror/${bytesToHex(testCrypto.hash(utf8(originOf(log.id))))}`)
  for (const [path, bytes] of origin.files()) {
    if (path === 'checkpoint') continue
    assert.deepEqual(disk.files().get(`${receipt.directory}/${path}`), bytes, path)
  }
  const policy = { ...policyOf(log), witnesses: [mirrorKey], quorum: 1 }
  const fetch = diskTiles(disk, receipt.directory)
  const report = await verifyPublished({ crypto: testCrypto, fetch, policy })
  assert.deepEqual([report.isSound, report.entries], [true, 700])
  assert.equal(report.checkpoint?.cosignatures[0]?.timeS, 1_700_000_000)
  const reader = await TileReader.open({ crypto: testCrypto, fetch, policy })
  assert.deepEqual(await reader.entry(699), block(699))
})

test('a mirror follows, fetching only what is new', async () => {
  const { log, disk: origin } = await published(600)
  const disk = createMemoryDisk()
  await mirrorLog(optionsOf(log, origin, disk))
  await log.append(blocksOf(600, 1000))
  await publishLog(log, origin, { crypto: testCrypto })
  const asked: string[] = []
  const options = optionsOf(log, origin, disk)
  const receipt = await mirrorLog({
    ...options,
    fetch(path, more) {
      asked.push(path)
      return options.fetch(path, more)
    },
  })
  assert.deepEqual([receipt.from, receipt.to], [600, 1000])
  const bundles = asked.filter((path) => path.startsWith('tile/entries/'))
  assert.deepEqual(bundles, ['tile/entries/002', 'tile/entries/003.p/232'])
})

test('nothing is stated of a log with damaged files, or of one that is rewritten', async () => {
  const { log, disk: origin } = await published(600)
  const disk = createMemoryDisk()
  origin.flipBit('tile/entries/001', 40)
  const path = 'tile/entries/001'
  await assert.rejects(mirrorLog(optionsOf(log, origin, disk)), {
    code: 'TLOG_DAMAGED',
    fields: { path },
  })
  const directory = mirrorDirectory(testCrypto, 'mirror', originOf(log.id))
  assert.equal(await disk.readAll(`${directory}/checkpoint`), undefined)
  origin.flipBit('tile/entries/001', 40)
  await mirrorLog(optionsOf(log, origin, disk))
  const stated = await disk.readAll(`${directory}/checkpoint`)
  const fork = await openAuthor(createMemoryDisk())
  await fork.append([...blocksOf(0, 500), ...blocksOf(900, 1200)])
  const elsewhere = createMemoryDisk()
  await publishLog(fork, elsewhere, { crypto: testCrypto })
  await assert.rejects(mirrorLog(optionsOf(log, elsewhere, disk)), { code: 'TLOG_INCONSISTENT' })
  assert.deepEqual(await disk.readAll(`${directory}/checkpoint`), stated)
  const { fetch } = optionsOf(log, disk, disk)
  assert.equal(await fetch('nothing', { bytesMax: 1 }), undefined)
  assert.equal(readerOptions(log, disk).policy.logs.length, 1)
})
