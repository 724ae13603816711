import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PROBLEMS_LISTED_MAX, diskTiles, encodeBundle, verifyPublished } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { blocksOf } from './_logs.ts'
import { published, readerOptions } from './_published.ts'
import type { PublishedReport } from '@hamlet/log'
import type { MemoryDisk } from '@hamlet/store'

const whole = await published(66_000)

function copyOf(disk: MemoryDisk): MemoryDisk {
  return createMemoryDisk({ files: disk.files() })
}

async function reportAfter(damage: (disk: MemoryDisk) => unknown): Promise<PublishedReport> {
  const disk = copyOf(whole.disk)
  await damage(disk)
  return verifyPublished(readerOptions(whole.log, disk))
}

function namesOf(report: PublishedReport): readonly string[] {
  return report.problems.map(({ path, problem }) => `${path} ${problem}`)
}

test('a sound log is read as a whole', async () => {
  const seen: number[] = []
  const report = await verifyPublished({
    ...readerOptions(whole.log, whole.disk),
    progress: (done) => seen.push(done),
  })
  assert.deepEqual(report.problems, [])
  assert.ok(report.isSound)
  assert.deepEqual([report.tiles, report.bundles, report.entries], [261, 258, 66_000])
  assert.equal(report.entryBytes, whole.log.byteLength)
  assert.equal(seen.at(-1), 66_000)
})

const SINGLE = [
  'tile/0/007',
  'tile/0/257.p/208',
  'tile/1/000',
  'tile/1/001.p/1',
  'tile/2/000.p/1',
  'tile/entries/007',
  'tile/entries/257.p/208',
]
for (const path of SINGLE) {
  test(`${path}: one wrong bit, a missing byte and a missing file are named, and nothing else`, async () => {
    const size = whole.disk.files().get(path)!.length
    const bit = path.includes('entries') ? 8 * 4 + 1 : 8 * size - 3
    assert.deepEqual(namesOf(await reportAfter((disk) => disk.flipBit(path, bit))), [
      `${path} damaged`,
    ])
    const short = await reportAfter((disk) =>
      disk.write(path, whole.disk.files().get(path)!.subarray(1)),
    )
    assert.deepEqual(namesOf(short), [`${path} malformed`])
    assert.deepEqual(namesOf(await reportAfter((disk) => disk.remove(path))), [`${path} missing`])
  })
}

test('an entry that was exchanged is named by its number', async () => {
  const entries = blocksOf(512, 768).map((entry, i) => (i === 5 ? entry.toReversed() : entry))
  const report = await reportAfter((disk) => disk.write('tile/entries/002', encodeBundle(entries)))
  assert.deepEqual(report.problems, [
    {
      path: 'tile/entries/002',
      problem: 'damaged',
      detail: 'entry 517 is not the one that was signed',
      entry: 517,
    },
  ])
  assert.equal(report.entries, 66_000 - 256)
})

test('two tiles that were swapped are both named, with the place where each belongs', async () => {
  const report = await reportAfter(async (disk) => {
    const files = disk.files()
    await disk.write('tile/0/003', files.get('tile/0/200')!)
    await disk.write('tile/0/200', files.get('tile/0/003')!)
  })
  assert.deepEqual(
    report.problems.map(({ path, problem, belongsTo }) => [path, problem, belongsTo]),
    [
      ['tile/0/003', 'damaged', 'tile/0/200'],
      ['tile/0/200', 'damaged', 'tile/0/003'],
    ],
  )
  assert.equal(report.entries, 66_000)
})

test('with a whole level gone the entries are still verified, against the signed root', async () => {
  const report = await reportAfter(async (disk) => {
    for (const path of disk.files().keys()) {
      if (path.startsWith('tile/1/') || path.startsWith('tile/2/')) await disk.remove(path)
    }
  })
  assert.deepEqual(namesOf(report), [
    'tile/1/001.p/1 missing',
    'tile/2/000.p/1 missing',
    'tile/1/000 missing',
  ])
  assert.deepEqual([report.isSound, report.entries], [false, 66_000])
})

const EDGE = 'tile/1/001.p/1'
const FAULTS: readonly (readonly [missing: string, flipped: string, alsoFlipped?: string])[] = [
  [EDGE, 'tile/entries/257.p/208'],
  [EDGE, 'tile/0/257.p/208'],
  ['', 'tile/entries/008', 'tile/1/000'],
  ['', 'tile/0/008', 'tile/1/000'],
]
for (const [missing, flipped, alsoFlipped] of FAULTS) {
  test(`two faults in one place are told apart: ${missing || alsoFlipped} and ${flipped}`, async () => {
    const report = await reportAfter(async (disk) => {
      disk.flipBit(flipped, 33)
      if (missing !== '') await disk.remove(missing)
      if (alsoFlipped !== undefined) disk.flipBit(alsoFlipped, 8 * 32 * 9)
    })
    const expected = [
      `${flipped} damaged`,
      ...(missing === '' ? [] : [`${missing} missing`]),
      ...(alsoFlipped === undefined ? [] : [`${alsoFlipped} damaged`]),
    ]
    assert.deepEqual(namesOf(report).toSorted(), expected.toSorted())
  })
}

test('when nothing leads to the signed root, that is said', async () => {
  const report = await reportAfter(async (disk) => {
    await disk.remove('tile/1/001.p/1')
    await disk.remove('tile/entries/256')
    await disk.write('tile/0/256', new Uint8Array(8192))
  })
  assert.ok(namesOf(report).includes('tile/entries/256 missing'))
  assert.equal(namesOf(report).at(-1), 'checkpoint damaged')
})

test('of very many problems 500 are listed and all are counted', async () => {
  const { fetch, ...rest } = readerOptions(whole.log, whole.disk)
  const report = await verifyPublished({
    ...rest,
    fetch: async (path, options) =>
      /^tile\/(?:0|entries)\//.test(path) ? undefined : fetch(path, options),
  })
  // 257 full tiles, a partial one, 258 bundles, and that nothing leads to the root.
  assert.deepEqual([report.problemCount, report.problems.length], [517, PROBLEMS_LISTED_MAX])
})

test('what the reading itself fails at is thrown, not reported of the log', async () => {
  const { log, disk } = whole
  const fetch = diskTiles(disk)
  const failing = verifyPublished({
    ...readerOptions(log, disk),
    fetch: (path, options) =>
      path === 'tile/0/009' ? Promise.reject(new Error('no line')) : fetch(path, options),
  })
  await assert.rejects(failing, { message: 'no line' })
})
