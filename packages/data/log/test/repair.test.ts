// Goal: whatever byte of a log is damaged, an audit names it, nothing wrong is ever read, and a peer's blocks make it whole again.
// Method: a small log, every byte of every file changed and every file missing, then repaired from a copy.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalBytes, errorCode } from '@hamlet/core'
import { LogRepair } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { seededRandom } from './_crypto.ts'
import { block, blocksOf, openAuthor, openCopy, optionsOf, signer } from './_logs.ts'
import { diskCutAt } from './_power-cut.ts'
import type { Log, LogOptions, LogRange } from '@hamlet/log'
import type { Disk } from '@hamlet/core'

type Files = ReadonlyMap<string, Uint8Array>

const SMALL = { segmentBytes: 400, markBlocks: 4 }
const BLOCKS = 12
const ALL = { bytesMax: 1e6, blocksMax: 1e4 }

async function makeFiles(isClosed = true): Promise<{ files: Files; peer: Log }> {
  const disk = createMemoryDisk()
  const log = await openAuthor(disk, SMALL)
  for (const [from, to] of [
    [0, 1],
    [1, 5],
    [5, 9],
    [9, BLOCKS],
  ] as const) {
    await log.append(blocksOf(from, to))
  }
  await log.setUserData('name', block(0))
  const peer = await openCopy(createMemoryDisk())
  assert.ok((await peer.accept(log.rangeFrom(0, ALL)!)).ok)
  if (isClosed) await log.close()
  return { files: disk.files(), peer }
}

async function repair(
  options: LogOptions,
  rangesOf: (from: number) => LogRange | undefined,
): Promise<void> {
  const repairing = await LogRepair.open(options)
  for (const { start } of repairing.missing) repairing.offer(rangesOf(start)!)
  if (repairing.needsHead) repairing.offer(rangesOf(0)!)
  await repairing.finish()
}

async function examineWhole(log: Log, length = BLOCKS): Promise<void> {
  assert.deepEqual([...log.blocks()], blocksOf(0, length))
  const report = await log.audit()
  assert.deepEqual(report.damages, [])
  assert.ok(report.isSigned && report.isTreeSound && report.isIndexSound)
  await log.append([block(length)])
  log.inclusionProof(Math.floor(length / 2))
  await log.close()
}

/** What an open log and its audit say of damaged files: never a wrong block. */
async function examineDamaged(disk: Disk): Promise<string> {
  let log: Log
  try {
    log = await openAuthor(disk, SMALL)
  } catch (error) {
    assert.equal(errorCode(error), 'LOG_DAMAGED', String(error))
    return 'does not open'
  }
  const report = await log.audit()
  let damaged = 0
  for (let index = 0; index < log.length; index++) {
    try {
      assert.ok(equalBytes(log.get(index), block(index)))
    } catch (error) {
      assert.equal(errorCode(error), 'LOG_DAMAGED', String(error))
      damaged++
      assert.ok(report.damages.some(({ from, to }) => from <= index && index < to))
    }
  }
  const named = report.damages.reduce((sum, { from, to }) => sum + to - from, 0)
  assert.equal(named, damaged, 'the audit names the damaged blocks and no others')
  const isSound =
    report.damages.length === 0 &&
    report.isTreeSound &&
    report.isIndexSound &&
    report.areUserDataSound
  await log.close()
  if (log.length < BLOCKS) return 'cut'
  return isSound ? 'sound' : 'named by the audit'
}

for (const isClosed of [true, false]) {
  const state = isClosed ? 'closed' : 'killed'

  test(`any changed byte of a ${state} log is named, and repaired from a peer`, async () => {
    const { files, peer } = await makeFiles(isClosed)
    const outcomes = new Set<string>()
    for (const isAuthor of [true, false]) {
      for (const [path, bytes] of files) {
        for (let at = 0; at < bytes.length; at += isAuthor ? 1 : 3) {
          const changed = bytes.slice()
          changed[at]! ^= 1 << (at % 8)
          const damaged = new Map([...files, [path, changed]])
          if (isAuthor) outcomes.add(await examineDamaged(createMemoryDisk({ files: damaged })))
          const disk = createMemoryDisk({ files: damaged })
          const options = optionsOf(disk, { ...SMALL, ...(isAuthor && { signer }) })
          await repair(options, (from) => peer.rangeFrom(from, ALL))
          const log = await openAuthor(disk, SMALL)
          // Nothing says that the last commit of a killed log was ever there when its only head is damaged.
          if (isClosed) assert.equal(log.length, BLOCKS, `${path} ${at}`)
          await examineWhole(log, log.length)
        }
      }
    }
    assert.ok(outcomes.has('does not open') && outcomes.has('named by the audit'))
    assert.equal(outcomes.has('cut'), !isClosed)
  })
}

test('a missing or empty file of any kind is made whole again', async () => {
  const { files, peer } = await makeFiles()
  for (const path of files.keys()) {
    for (const isMissing of [true, false]) {
      const rest = new Map(files)
      if (isMissing) rest.delete(path)
      else rest.set(path, new Uint8Array())
      const disk = createMemoryDisk({ files: rest })
      await repair(optionsOf(disk, SMALL), (from) => peer.rangeFrom(from, ALL))
      await examineWhole(await openAuthor(disk, SMALL))
    }
  }
})

test('many damaged blocks in many places come back, cleared ones stay cleared', async () => {
  const { peer } = await makeFiles()
  for (let seed = 0; seed < 40; seed++) {
    const random = seededRandom(seed)
    const disk = createMemoryDisk()
    const log = await openAuthor(disk, SMALL)
    for (let at = 0; at < BLOCKS; at += 2) await log.append(blocksOf(at, at + 2))
    await log.clear(3, 5)
    await log.close()
    const files = [...disk.files()]
    for (let flip = 0; flip < 4; flip++) {
      const [path, bytes] = files[random.bytes(1)[0]! % files.length]!
      const [high, low] = random.bytes(2)
      if (path.endsWith('.seg') && bytes.length > 0) {
        disk.flipBit(path, (8 * (high! * 256 + low!)) % (8 * bytes.length))
      }
    }
    await repair(optionsOf(disk, SMALL), (from) => peer.rangeFrom(from, ALL))
    const again = await openAuthor(disk, SMALL)
    for (let index = 0; index < BLOCKS; index++) {
      if (again.has(index)) assert.deepEqual(again.get(index), block(index))
      else assert.ok(index === 3 || index === 4)
    }
    const { damages, isSigned } = await again.audit()
    assert.deepEqual([damages, isSigned], [[], true])
    await again.close()
  }
})

test('what the author did not sign is not put back, and nothing is changed then', async () => {
  const { files } = await makeFiles()
  const disk = createMemoryDisk({ files })
  disk.flipBit('log/00000000.seg', 8 * 75)
  const before = disk.files()
  const liar = await openAuthor(createMemoryDisk())
  await liar.append(blocksOf(50, 50 + BLOCKS))
  for (const withTree of [true, false]) {
    if (!withTree) await disk.remove('log/tree')
    const repairing = await LogRepair.open(optionsOf(disk, SMALL))
    assert.equal(repairing.missing.length, 1)
    const taken = repairing.offer(liar.rangeFrom(0, ALL)!)
    assert.equal(taken, withTree ? 0 : 1)
    await assert.rejects(repairing.finish(), { code: 'LOG_DAMAGED' })
    assert.deepEqual(disk.files().get('log/00000000.seg'), before.get('log/00000000.seg'))
  }
})

test('a repair cut off at any moment is begun again and ends well', async () => {
  const { files, peer } = await makeFiles()
  const damaged = createMemoryDisk({ files })
  for (const name of ['00000000', '00000001']) damaged.flipBit(`log/${name}.seg`, 8 * 100)
  for (let cutAt = 0; ; cutAt++) {
    const world = diskCutAt(damaged.files(), cutAt, cutAt)
    try {
      await repair(optionsOf(world.disk, SMALL), (from) => peer.rangeFrom(from, ALL))
    } catch (error) {
      if (!world.isCut()) throw error
    }
    const disk = world.left()
    await repair(optionsOf(disk, SMALL), (from) => peer.rangeFrom(from, ALL))
    await examineWhole(await openAuthor(disk, SMALL))
    if (!world.isCut()) {
      assert.ok(cutAt > 10, `${cutAt} calls`)
      return
    }
  }
})

test('a copy that has adopted a truncation and nothing since is repaired too', async () => {
  const author = await openAuthor(createMemoryDisk())
  await author.append(blocksOf(0, 20))
  const disk = createMemoryDisk()
  const copy = await openCopy(disk, SMALL)
  for (const to of [5, BLOCKS]) {
    const blocksMax = to - copy.length
    assert.ok((await copy.accept(author.rangeFrom(copy.length, { ...ALL, blocksMax })!)).ok)
  }
  assert.ok((await copy.acceptTruncation(await author.truncate(15))).ok)
  await copy.close()
  disk.flipBit('log/00000000.seg', 8 * 75)
  await repair(optionsOf(disk, SMALL), (from) => author.rangeFrom(from, ALL))
  const again = await openCopy(disk, SMALL)
  assert.deepEqual([...again.blocks()], blocksOf(0, BLOCKS))
  assert.ok((await again.accept(author.rangeFrom(BLOCKS, ALL)!)).ok)
  assert.deepEqual(again.head, author.head)
})

/** The author's log and a copy of it: truncated twice, with blocks after each time. */
async function makeTruncated(): Promise<{ author: Log; files: Files; copied: Files }> {
  const [disk, copyDisk] = [createMemoryDisk(), createMemoryDisk()]
  const author = await openAuthor(disk, SMALL)
  const copy = await openCopy(copyDisk, SMALL)
  const follow = async (): Promise<void> => {
    assert.ok((await copy.accept(author.rangeFrom(copy.length, ALL)!)).ok)
  }
  await author.append(blocksOf(0, 8))
  await follow()
  for (const kept of [6, 9]) {
    assert.ok((await copy.acceptTruncation(await author.truncate(kept))).ok)
    await author.append(blocksOf(kept, BLOCKS))
    await follow()
  }
  await copy.close()
  return { author, files: new Map(disk.files()), copied: new Map(copyDisk.files()) }
}

function spoiled(files: Files): Disk {
  return createMemoryDisk({ files: new Map(files).set('log/forks', new Uint8Array(3)) })
}

test('what was truncated is told again by a peer where the file that says so is damaged or gone', async () => {
  const { author, files, copied } = await makeTruncated()
  const { truncations } = author
  const path = 'log/forks'
  for (const [own, isAuthor] of [
    [copied, false],
    [files, true],
  ] as const) {
    for (const damaged of [undefined, new Uint8Array(), own.get(path)!.with(40, 0xee)]) {
      const rest = new Map(own)
      if (damaged) rest.set(path, damaged)
      else rest.delete(path)
      const disk = createMemoryDisk({ files: rest })
      const options = optionsOf(disk, isAuthor ? { ...SMALL, signer } : SMALL)
      const repairing = await LogRepair.open(options, { truncations })
      assert.deepEqual(repairing.missing, [])
      await repairing.finish()
      const again = await (isAuthor ? openAuthor(disk, SMALL) : openCopy(disk, SMALL))
      assert.deepEqual([...again.blocks()], blocksOf(0, BLOCKS))
      assert.deepEqual([again.fork, again.truncations.length], [2, 2])
      assert.deepEqual(again.head, author.head)
      await again.close()
    }
  }
})

test('truncations that nobody signed, or that are too few or too many for what is here, are not taken', async () => {
  const { author, files, copied } = await makeTruncated()
  const { truncations } = author
  const refused = { code: 'LOG_DAMAGED' }
  await assert.rejects(LogRepair.open(optionsOf(spoiled(copied), SMALL)), refused)
  const [first, second] = truncations
  const forged = { ...first!, signature: first!.signature.with(5, first!.signature[5]! ^ 1) }
  for (const given of [[forged, second!], [second!], [second!, first!]]) {
    const opening = LogRepair.open(optionsOf(spoiled(copied), SMALL), { truncations: given })
    await assert.rejects(opening, refused)
  }
  const ours = { ...SMALL, signer }
  const tooFew = await LogRepair.open(optionsOf(spoiled(files), ours), { truncations: [first!] })
  await assert.rejects(tooFew.finish(), refused)
  const third = await author.truncate(3)
  const all = { truncations: [...truncations, third] }
  const more = LogRepair.open(optionsOf(spoiled(files), ours), all)
  await assert.rejects(more, refused)
})

test('an audit counts what was cleared and sees damaged user data', async () => {
  const disk = createMemoryDisk()
  const log = await openAuthor(disk, SMALL)
  await log.append(blocksOf(0, BLOCKS))
  await log.clear(2, 5)
  await log.clear(7, 8)
  await log.setUserData('a', block(1))
  const report = await log.audit()
  assert.deepEqual(report.cleared, [
    { start: 2, end: 5 },
    { start: 7, end: 8 },
  ])
  assert.equal(report.byteLength, log.byteLength)
  assert.ok(report.areUserDataSound)
  await log.close()
  disk.flipBit('log/user-data', 99)
  assert.ok(!(await (await openAuthor(disk, SMALL)).audit()).areUserDataSound)
})
