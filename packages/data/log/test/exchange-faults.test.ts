// Found by worlds of logs (testkit): what disks that fail, openings that cross and authors with two histories did to exchanges.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCode } from '@hamlet/core'
import { Log, LogExchange, SparseLog } from '@hamlet/log'
import type { LogRangeError } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { seededRandom, testCrypto } from './_crypto.ts'
import { Line, settle, Site, TestClock } from './_exchange.ts'
import { blocksOf, namespace, openAuthor, openCopy, signer } from './_logs.ts'

const RETRY_MS = 10_000

function sparseCopy(disk = createMemoryDisk()): Promise<SparseLog> {
  const which = { directory: 'copy', publicKey: signer.publicKey, namespace }
  return SparseLog.open({ disk, crypto: testCrypto, ...which })
}

async function meet(
  log: Log,
  copy: Log | SparseLog,
): Promise<{ clock: TestClock; sites: [Site, Site]; line: Line }> {
  const clock = new TestClock()
  const sites: [Site, Site] = [new Site('a', clock), new Site('b', clock)]
  sites[0].exchange.add(log)
  sites[1].exchange.add(copy)
  const line = new Line(sites[0], sites[1])
  await settle([line])
  return { clock, sites, line }
}

test('a disk that takes nothing is no fault of the peer, and copying goes on when it does', async () => {
  const disk = createMemoryDisk()
  const author = await openAuthor(createMemoryDisk())
  const copy = await openCopy(disk)
  await author.append(blocksOf(0, 20))
  disk.setCapacity(0)
  const { clock, sites, line } = await meet(author, copy)
  assert.deepEqual([copy.length, sites[1].refusals, line.isCut], [0, [], false])
  disk.setCapacity(Infinity)
  clock.advance(RETRY_MS)
  await settle([line])
  assert.equal(copy.length, 20)
  disk.setCapacity(0)
  await author.append(blocksOf(20, 30))
  await settle([line])
  disk.setCapacity(Infinity)
  clock.advance(RETRY_MS)
  await settle([line])
  assert.deepEqual([copy.length, line.isCut], [30, false])
})

test('whoever shares a log is told when its disk does not take what comes', async () => {
  const disk = createMemoryDisk()
  const author = await openAuthor(createMemoryDisk())
  await author.append(blocksOf(0, 3))
  const copy = await openCopy(disk)
  const clock = new TestClock()
  const failures: unknown[] = []
  const exchange = new LogExchange({
    ...{ crypto: testCrypto, clock, random: seededRandom(9) },
    onFailed: (log, error) => failures.push([log, errorCode(error)]),
  })
  exchange.add(copy)
  const site = new Site('author', clock)
  site.exchange.add(author)
  disk.setCapacity(0)
  const line = new Line(site, Object.assign(new Site('copy', clock), { exchange }))
  await settle([line])
  assert.deepEqual(failures, [[copy.id, 'STORE_FULL']])
})

test('blocks that cannot be read are not given, and the line stays', async () => {
  for (const isSparse of [true, false]) {
    const disk = createMemoryDisk()
    const author = await openAuthor(disk)
    await author.append(blocksOf(0, 5))
    const copy = isSparse ? await sparseCopy() : await openCopy(createMemoryDisk())
    disk.setFaults({ readError: (path) => path.endsWith('.seg') })
    const clock = new TestClock()
    const sites = [new Site('a', clock), new Site('b', clock)] as const
    sites[0].exchange.add(author)
    const shared = sites[1].exchange.add(copy)
    const line = new Line(sites[0], sites[1])
    await settle([line])
    const download = isSparse ? shared.download({ live: true }) : undefined
    await settle([line])
    assert.deepEqual([line.isCut, sites[1].refusals], [false, []])
    disk.setFaults({})
    await author.append(blocksOf(5, 6))
    await settle([line])
    clock.advance(RETRY_MS)
    await settle([line])
    assert.equal(isSparse ? download!.remaining : copy.length, isSparse ? 0 : 6)
  }
})

test('a block that could not be read once is asked for again after a while', async () => {
  const disk = createMemoryDisk()
  const author = await openAuthor(disk)
  await author.append(blocksOf(0, 5))
  const copy = await sparseCopy()
  const clock = new TestClock()
  const sites = [new Site('a', clock), new Site('b', clock)] as const
  sites[0].exchange.add(author)
  const shared = sites[1].exchange.add(copy)
  const line = new Line(sites[0], sites[1])
  await settle([line])
  disk.setFaults({ readError: (path) => path.endsWith('.seg') })
  const download = shared.download()
  await settle([line])
  disk.setFaults({})
  await settle([line])
  assert.equal(download.remaining, 5)
  clock.advance(RETRY_MS)
  await settle([line])
  assert.deepEqual([download.remaining, line.isCut], [0, false])
})

test('a log that one side closes and opens again while the other opens it is copied all the same', async () => {
  const author = await openAuthor(createMemoryDisk())
  await author.append(blocksOf(0, 9))
  const copy = await openCopy(createMemoryDisk())
  const clock = new TestClock()
  const sites = [new Site('a', clock), new Site('b', clock)] as const
  const shared = sites[0].exchange.add(author)
  sites[1].exchange.add(copy)
  const line = new Line(sites[0], sites[1])
  // Both have said hello, and their openings cross.
  for (let frame = 0; frame < 2; frame++) line.step()
  shared.remove()
  sites[0].exchange.add(author)
  await settle([line])
  assert.deepEqual([line.isCut, copy.length], [false, 9])
  await author.append(blocksOf(9, 12))
  await settle([line])
  assert.deepEqual([line.isCut, copy.length], [false, 12])
})

test('an answer to a question that was asked before the log was closed is no fault', async () => {
  const author = await openAuthor(createMemoryDisk())
  await author.append(blocksOf(0, 9))
  const clock = new TestClock()
  const sites = [new Site('a', clock), new Site('b', clock)] as const
  sites[0].exchange.add(author).onAsk('same', (bytes) => ({ bytes }))
  const copy = await sparseCopy()
  let shared = sites[1].exchange.add(copy)
  const line = new Line(sites[0], sites[1])
  await settle([line])
  const first = shared.ask('same', Uint8Array.of(1))
  line.step()
  shared.remove()
  shared = sites[1].exchange.add(copy)
  await settle([line])
  const second = shared.ask('same', Uint8Array.of(2))
  await settle([line])
  assert.equal(await first, undefined)
  assert.deepEqual([...(await second)!], [2])
  assert.equal(line.isCut, false)
})

test('what is wanted for good comes again after a truncation took it', async () => {
  const author = await openAuthor(createMemoryDisk())
  await author.append(blocksOf(0, 20))
  const clock = new TestClock()
  const sites = [new Site('a', clock), new Site('b', clock)] as const
  sites[0].exchange.add(author)
  const copy = await sparseCopy()
  const shared = sites[1].exchange.add(copy)
  const line = new Line(sites[0], sites[1])
  await settle([line])
  shared.download({ live: true })
  await settle([line])
  assert.equal(copy.storedCount, 20)
  await author.truncate(7)
  await author.append(blocksOf(30, 32))
  await settle([line])
  assert.deepEqual(copy.storedRanges(), [[0, 9]])
})

test('who holds blocks of an older head and cannot prove them under the newest is asked again later, and not named', async () => {
  const author = await openAuthor(createMemoryDisk())
  await author.append(blocksOf(0, 3))
  const older = await openCopy(createMemoryDisk())
  await older.accept(author.rangeFrom(0, { bytesMax: 10_000, blocksMax: 10 })!)
  await author.append(blocksOf(3, 4))
  const clock = new TestClock()
  const sites = ['author', 'older', 'reader'].map((name) => new Site(name, clock))
  sites[0]!.exchange.add(author)
  sites[1]!.exchange.add(older)
  const copy = await sparseCopy()
  const shared = sites[2]!.exchange.add(copy)
  const first = new Line(sites[0]!, sites[2]!)
  await settle([first])
  first.cut()
  const second = new Line(sites[1]!, sites[2]!)
  const download = shared.download()
  await settle([second])
  assert.deepEqual([download.remaining, second.isCut, sites[2]!.refusals], [4, false, []])
  await older.accept(author.rangeFrom(3, { bytesMax: 10_000, blocksMax: 10 })!)
  await settle([second])
  assert.deepEqual([download.remaining, second.isCut], [0, false])
})

test('two copies of an author with two histories tell on the author, not on each other', async () => {
  for (const more of [0, 4]) {
    const [one, other] = [
      await openAuthor(createMemoryDisk()),
      await openAuthor(createMemoryDisk()),
    ]
    await one.append(blocksOf(0, 5 + more))
    await other.append([...blocksOf(0, 4), ...blocksOf(90, 91)])
    const clock = new TestClock()
    const forked: LogRangeError[] = []
    const exchanges = [one, other].map((log, i) => {
      const random = seededRandom(i)
      const exchange = new LogExchange({
        ...{ crypto: testCrypto, clock, random },
        onForked: (_log, error) => void forked.push(error),
      })
      exchange.add(log)
      return Object.assign(new Site(`site ${i}`, clock), { exchange })
    })
    const line = new Line(exchanges[0]!, exchanges[1]!)
    await settle([line])
    assert.ok(forked.length > 0)
    assert.ok(forked.every(({ proof }) => proof !== undefined))
    assert.equal(line.isCut, false)
  }
})

test('a complete copy that fills in several ranges tells its other peers of every one', async () => {
  const author = await openAuthor(createMemoryDisk())
  await author.append(blocksOf(0, 2500))
  const [middle, last] = [await openCopy(createMemoryDisk()), await openCopy(createMemoryDisk())]
  const clock = new TestClock()
  const sites = ['author', 'middle', 'last'].map((name) => new Site(name, clock))
  for (const [i, log] of [author, middle, last].entries()) sites[i]!.exchange.add(log)
  const lines = [new Line(sites[0]!, sites[1]!), new Line(sites[1]!, sites[2]!)]
  await settle(lines)
  assert.deepEqual([middle.length, last.length], [2500, 2500])
})

test('who copies many logs over a line that is full is not taken for a flood', async () => {
  const clock = new TestClock()
  const [here, there] = [new Site('here', clock), new Site('there', clock)]
  const asks: Promise<Uint8Array | undefined>[] = []
  const shared = await Promise.all(
    Array.from({ length: 4 }, async (_, i) => {
      const which = { namespace: new Uint8Array(32).fill(i), signer, publicKey: signer.publicKey }
      const log = await Log.open({
        ...{ disk: createMemoryDisk(), crypto: testCrypto, directory: 'log' },
        ...which,
      })
      await log.append(blocksOf(0, 3))
      here.exchange.add(log).onAsk('same', (bytes) => ({ bytes }))
      const disk = createMemoryDisk()
      const copy = await SparseLog.open({ disk, crypto: testCrypto, directory: 'c', ...which })
      return there.exchange.add(copy)
    }),
  )
  const line = new Line(here, there)
  await settle([line])
  line.isFull = true
  for (let i = 0; i < 128; i++) {
    for (const each of shared) asks.push(each.ask('same', Uint8Array.of(i)))
  }
  await settle([line])
  assert.deepEqual([line.isCut, here.refusals], [false, []])
  line.isFull = false
  line.drain()
  await settle([line])
  assert.ok((await Promise.all(asks)).every((answer) => answer?.length === 1))
})
