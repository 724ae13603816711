// Goal: whatever happens to the files, a log opens to a verified prefix with nothing acknowledged silently lost, or says
// what is damaged. Method: a small log, every file cut at every length and every byte of it changed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalBytes, errorCode } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { block, blocksOf, openAuthor } from './_logs.ts'
import type { Log } from '@hamlet/log'

type Files = ReadonlyMap<string, Uint8Array>

const BLOCKS = 10
const SEGMENT = /\.seg$/
const SMALL = { segmentBytes: 400, markBlocks: 4 }
const outcomes = new Map<string, number>()

/** Commits of 1 to 4 blocks over two or three segments, with a mark somewhere before the end. */
async function makeFiles(isClosed: boolean): Promise<Files> {
  const disk = createMemoryDisk()
  const log = await openAuthor(disk, SMALL)
  for (const [from, to] of [
    [0, 1],
    [1, 4],
    [4, 7],
    [7, BLOCKS],
  ] as const) {
    await log.append(blocksOf(from, to))
  }
  if (isClosed) await log.close()
  return disk.files()
}

/** Opens what is left and reads everything; returns how it went. */
async function examine(files: Files): Promise<string> {
  const disk = createMemoryDisk({ files })
  let log: Log
  try {
    log = await openAuthor(disk, SMALL)
  } catch (error) {
    assert.equal(errorCode(error), 'LOG_DAMAGED', String(error))
    assert.deepEqual(segmentsOf(disk.files()), segmentsOf(files), 'damage changes nothing')
    return 'damaged'
  }
  let isDamaged = false
  for (let i = 0; i < log.length; i++) isDamaged = readOne(log, i) || isDamaged
  const isShort = log.length < BLOCKS
  if (!isDamaged) await continueWriting(log)
  await log.close()
  if (isDamaged) return 'damaged when read'
  if (!isShort) return 'whole'
  return log.openReport.discarded ? 'cut and reported' : 'cut'
}

function readOne(log: Log, index: number): boolean {
  try {
    assert.ok(equalBytes(log.get(index), block(index)))
    return false
  } catch (error) {
    assert.equal(errorCode(error), 'LOG_DAMAGED', String(error))
    return true
  }
}

async function continueWriting(log: Log): Promise<void> {
  const { length } = log
  await log.append([block(length)])
  assert.deepEqual([...log.blocks()], blocksOf(0, length + 1))
  log.inclusionProof(Math.floor(length / 2))
}

function segmentsOf(files: Files): readonly (readonly [string, Uint8Array])[] {
  return [...files].filter(([path]) => SEGMENT.test(path))
}

function count(outcome: string): void {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
}

for (const isClosed of [false, true]) {
  const state = isClosed ? 'closed' : 'killed'

  test(`any changed byte in a ${state} log is harmless or reported`, async () => {
    const files = await makeFiles(isClosed)
    for (const [path, bytes] of files) {
      for (let at = 0; at < bytes.length; at++) {
        const changed = bytes.slice()
        changed[at]! ^= 1 << (at % 8)
        const outcome = await examine(new Map([...files, [path, changed]]))
        // Without a mark the last commit of a killed log cannot be told from a torn one; it is reported as cut.
        if (!SEGMENT.test(path)) assert.equal(outcome, 'whole', `${path} ${at}`)
        else assert.notEqual(outcome, 'cut', `${path} ${at}`)
        if (isClosed) assert.notEqual(outcome, 'cut and reported', `${path} ${at}`)
        count(outcome)
      }
    }
  })

  test(`a ${state} log cut at any byte is whole, cut to a commit or reported`, async () => {
    const files = await makeFiles(isClosed)
    for (const [path, bytes] of files) {
      for (let length = 0; length < bytes.length; length++) {
        const outcome = await examine(new Map([...files, [path, bytes.slice(0, length)]]))
        if (!SEGMENT.test(path)) assert.equal(outcome, 'whole', `${path} ${length}`)
        if (isClosed) assert.notEqual(outcome, 'cut', `${path} ${length}`)
        count(outcome)
      }
    }
  })

  test(`a ${state} log with a file missing is whole or reported`, async () => {
    const files = await makeFiles(isClosed)
    for (const path of files.keys()) {
      const rest = new Map(files)
      rest.delete(path)
      const outcome = await examine(rest)
      // Nothing but a mark speaks of a last segment that is gone altogether.
      const isUnmarked =
        !isClosed && path === [...files.keys()].findLast((name) => SEGMENT.test(name))
      const expected = isUnmarked ? 'cut' : 'damaged'
      assert.equal(outcome, SEGMENT.test(path) ? expected : 'whole', path)
    }
  })
}

test('every outcome was seen', () => {
  assert.deepEqual([...outcomes.keys()].sort(), [
    'cut',
    'cut and reported',
    'damaged',
    'damaged when read',
    'whole',
  ])
})

test('a disk that does not answer is not taken for damage: the same block is read once it does', async () => {
  const disk = createMemoryDisk({ files: await makeFiles(true) })
  const log = await openAuthor(disk, SMALL)
  let isFailing = true
  let failed = 0
  disk.setFaults({ readError: () => isFailing && ++failed > 0 })
  assert.throws(() => log.get(3), { code: 'STORE_IO' })
  assert.throws(() => [...log.blocks(0, BLOCKS)], { code: 'STORE_IO' })
  assert.equal(failed, 2, 'nothing is made anew from what cannot be read')
  isFailing = false
  for (let i = 0; i < BLOCKS; i++) assert.ok(equalBytes(log.get(i), block(i)))
  await continueWriting(log)
  await log.close()
})

test('a disk that does not answer while the index is made anew leaves it to be made the next time', async () => {
  const files = new Map(await makeFiles(true))
  const disk = createMemoryDisk({ files })
  const log = await openAuthor(disk, SMALL)
  for (const path of disk.files().keys()) {
    if (path.endsWith('/index')) for (let bit = 0; bit < 64; bit++) disk.flipBit(path, 128 + bit)
  }
  let reads = 0
  disk.setFaults({ readError: (path) => path.endsWith('.seg') && ++reads === 6 })
  const codes = new Set<string | undefined>()
  for (let i = 0; i < BLOCKS; i++) {
    try {
      assert.ok(equalBytes(log.get(i), block(i)))
    } catch (error) {
      codes.add(errorCode(error))
    }
  }
  assert.ok(reads >= 6)
  assert.deepEqual([...codes], ['STORE_IO'])
  for (let i = 0; i < BLOCKS; i++) assert.ok(equalBytes(log.get(i), block(i)))
  await log.close()
})
