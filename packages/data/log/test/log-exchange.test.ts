import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryDisk } from '@hamlet/store'
import { SparseLog } from '@hamlet/log'
import type { Log } from '@hamlet/log'
import { testCrypto } from './_crypto.ts'
import { Line, settle, Site, TestClock } from './_exchange.ts'
import { block, blocksOf, namespace, openAuthor, openCopy, signer } from './_logs.ts'

function openSparse(): Promise<SparseLog> {
  const { publicKey } = signer
  const disk = createMemoryDisk()
  return SparseLog.open({ disk, crypto: testCrypto, directory: 'copy', publicKey, namespace })
}

async function authorOf(length: number): Promise<Log> {
  const author = await openAuthor(createMemoryDisk())
  if (length > 0) await author.append(blocksOf(0, length))
  return author
}

test('a block is read from far away with one round trip and its proof', async () => {
  const clock = new TestClock()
  const [a, b] = [new Site('a', clock), new Site('b', clock)]
  a.exchange.add(await authorOf(1000))
  const copy = await openSparse()
  b.exchange.add(copy)
  const line = new Line(a, b)
  await settle([line])
  assert.equal(copy.length, 1000)
  const sentBefore = line.sent
  const reading = copy.load(777)
  await settle([line])
  assert.deepEqual(await reading, block(777))
  // A want, a piece, and that it is held here now too.
  assert.equal(line.sent - sentBefore, 3)
})

test('reads made in one turn travel together', async () => {
  const clock = new TestClock()
  const [a, b] = [new Site('a', clock), new Site('b', clock)]
  a.exchange.add(await authorOf(5000))
  const copy = await openSparse()
  b.exchange.add(copy)
  const line = new Line(a, b)
  await settle([line])
  await Promise.all([copy.load(0), settle([line])])
  const sentBefore = line.sent
  const indexes = Array.from({ length: 100 }, (_, i) => i * 47 + 1)
  const reading = Promise.all(indexes.map((index) => copy.load(index)))
  await settle([line])
  assert.deepEqual(
    await reading,
    indexes.map((index) => block(index)),
  )
  const wants = line.sent - sentBefore
  assert.ok(wants < 120, `${wants} messages`)
})

test('a stretch is fetched whole, in any order, also while the log grows', async () => {
  for (const order of ['linear', 'random'] as const) {
    const clock = new TestClock()
    const [a, b] = [new Site('a', clock), new Site('b', clock)]
    const author = await authorOf(700)
    a.exchange.add(author)
    const copy = await openSparse()
    const shared = b.exchange.add(copy)
    const line = new Line(a, b)
    await settle([line])
    const download = shared.download({ from: 100, to: 600, order })
    const live = shared.download({ from: 650, live: true })
    await author.append(blocksOf(700, 900))
    await settle([line])
    await download.done
    assert.equal(download.remaining, 0)
    assert.deepEqual(copy.storedRanges(), [
      [100, 600],
      [650, 900],
    ])
    live.cancel()
    await author.append(blocksOf(900, 901))
    await settle([line])
    assert.equal(copy.length, 901)
    assert.equal(copy.has(900), false)
  }
})

test('a complete copy gets everything by ranges, and passes on what it has', async () => {
  const clock = new TestClock()
  const [a, b, c] = [new Site('a', clock), new Site('b', clock), new Site('c', clock)]
  const author = await authorOf(3000)
  const copy = await openCopy(createMemoryDisk())
  const far = await openSparse()
  a.exchange.add(author)
  b.exchange.add(copy)
  c.exchange.add(far)
  const lines = [new Line(a, b), new Line(b, c)]
  await settle(lines)
  assert.equal(copy.length, 3000)
  assert.equal(far.length, 3000)
  const reading = far.load(1234)
  await author.append(blocksOf(3000, 3100))
  await settle(lines)
  assert.deepEqual(await reading, block(1234))
  assert.equal(copy.length, 3100)
  assert.equal(far.length, 3100)
})

test('from two sources each block comes once', async () => {
  const clock = new TestClock()
  const sites = ['a', 'b', 'c'].map((name) => new Site(name, clock))
  const [a, b, c] = sites as [Site, Site, Site]
  const author = await authorOf(2000)
  a.exchange.add(author)
  const second = await openCopy(createMemoryDisk())
  b.exchange.add(second)
  const between = new Line(a, b)
  await settle([between])
  const third = await openCopy(createMemoryDisk())
  c.exchange.add(third)
  const lines = [new Line(a, c), new Line(b, c)]
  await settle(lines)
  assert.equal(third.length, 2000)
  const content = author.byteLength
  const bytes = lines.reduce((sum, line) => sum + line.bytes, 0)
  assert.ok(bytes < 1.7 * content + 4 * 2000, `${bytes} bytes for ${content}`)
})

test('who lies is cut off and named, and somebody else gives the block', async () => {
  const clock = new TestClock()
  const [a, b, c] = [new Site('liar', clock), new Site('b', clock), new Site('honest', clock)]
  const author = await authorOf(400)
  a.exchange.add(author)
  c.exchange.add(author)
  const copy = await openSparse()
  b.exchange.add(copy)
  const bad = new Line(a, b)
  await settle([bad])
  bad.tamper = (frame, to) => {
    if (to === 'b' && frame[0] === 8) frame[frame.length - 1]! ^= 1
    return frame
  }
  const reading = copy.load(5)
  await settle([bad])
  assert.deepEqual(
    b.refusals.map(({ peer, error }) => [peer, error.code]),
    [['liar', 'LOG_CONFLICT']],
  )
  assert.equal(bad.isCut, true)
  const good = new Line(c, b)
  await settle([good])
  assert.deepEqual(await reading, block(5))
})

test('who never answers is given up after a while, without waiting for nobody else', async () => {
  const clock = new TestClock()
  const [a, b, c] = [new Site('silent', clock), new Site('b', clock), new Site('quick', clock)]
  const author = await authorOf(400)
  a.exchange.add(author)
  c.exchange.add(author)
  const copy = await openSparse()
  b.exchange.add(copy)
  const silent = new Line(a, b)
  await settle([silent])
  silent.tamper = (frame, to) => (to === 'a' && frame[0] === 7 ? undefined : frame)
  const reading = copy.load(5)
  await settle([silent])
  const quick = new Line(c, b)
  await settle([quick])
  assert.equal(copy.has(5), false)
  clock.advance(10_000)
  await settle([silent, quick])
  assert.deepEqual(await reading, block(5))
})

test('a log that the peer does not know is not named to it', async () => {
  const clock = new TestClock()
  const [a, b] = [new Site('a', clock), new Site('b', clock)]
  const author = await authorOf(10)
  const shared = a.exchange.add(author)
  const line = new Line(a, b)
  const id = Buffer.from(author.id, 'hex')
  line.tamper = (frame) => {
    assert.equal(Buffer.from(frame).includes(id), false)
    assert.equal(Buffer.from(frame).includes(Buffer.from(signer.publicKey)), false)
    return frame
  }
  await settle([line])
  assert.deepEqual(shared.peers, [])
  assert.deepEqual([...a.refusals, ...b.refusals], [])
  assert.equal(line.sent, 4)
})

test('a proof of knowledge is of no use to somebody else', async () => {
  const clock = new TestClock()
  const [a, b, c] = [new Site('a', clock), new Site('b', clock), new Site('c', clock)]
  const author = await authorOf(10)
  a.exchange.add(author)
  const opens: Uint8Array[] = []
  b.exchange.add(await openSparse())
  const first = new Line(a, b)
  first.tamper = (frame, to) => {
    if (to === 'b' && frame[0] === 1) opens.push(frame)
    return frame
  }
  await settle([first])
  const shared = c.exchange.add(await openSparse())
  const second = new Line(new Site('thief', clock), c)
  await settle([second])
  second.frames.push({ to: 'b', frame: opens[0]! })
  await settle([second])
  assert.deepEqual(shared.peers, [])
})

test('extensions carry bytes beside the blocks, to one peer or all', async () => {
  const clock = new TestClock()
  const [a, b] = [new Site('a', clock), new Site('b', clock)]
  const atA = a.exchange.add(await authorOf(3))
  const atB = b.exchange.add(await openSparse())
  const line = new Line(a, b)
  await settle([line])
  const got: string[] = []
  atB.onExtension('greet', (peer, bytes) => {
    got.push(`${peer} ${new TextDecoder().decode(bytes)}`)
    atB.sendExtension('answer', Uint8Array.of(1), peer)
  })
  atA.onExtension('answer', (peer, bytes) => got.push(`${peer} ${bytes.length}`))
  atA.sendExtension('greet', new TextEncoder().encode('hello'))
  await settle([line])
  assert.deepEqual(got, ['a hello', 'b 1'])
})

test('a log that is not shared any more is closed at the peer, and may come back', async () => {
  const clock = new TestClock()
  const [a, b] = [new Site('a', clock), new Site('b', clock)]
  const author = await authorOf(30)
  const atA = a.exchange.add(author)
  const copy = await openSparse()
  const atB = b.exchange.add(copy)
  const line = new Line(a, b)
  await settle([line])
  assert.deepEqual(atB.peers, ['a'])
  atA.remove()
  await settle([line])
  assert.deepEqual(atB.peers, [])
  const reading = copy.load(7)
  a.exchange.add(author)
  await settle([line])
  assert.deepEqual(await reading, block(7))
})

test('cleared blocks are not asked of who cleared them', async () => {
  const clock = new TestClock()
  const [a, b] = [new Site('a', clock), new Site('b', clock)]
  const author = await authorOf(30)
  a.exchange.add(author)
  const copy = await openSparse()
  b.exchange.add(copy)
  const line = new Line(a, b)
  await settle([line])
  await author.clear(3, 20)
  await settle([line])
  const abort = new AbortController()
  const reading = copy.load(10, { signal: abort.signal })
  const other = copy.load(25)
  await settle([line])
  assert.deepEqual(await other, block(25))
  abort.abort(new Error('enough'))
  await assert.rejects(reading, /enough/)
  assert.deepEqual(b.refusals, [])
})

test('a truncation reaches every copy, which go on with the fork it begins', async () => {
  const clock = new TestClock()
  const [a, b, c] = [new Site('a', clock), new Site('b', clock), new Site('c', clock)]
  const author = await authorOf(300)
  const copy = await openCopy(createMemoryDisk())
  const far = await openSparse()
  a.exchange.add(author)
  b.exchange.add(copy)
  const shared = c.exchange.add(far)
  const lines = [new Line(a, b), new Line(b, c)]
  await settle(lines)
  const first = far.load(250)
  await settle(lines)
  assert.deepEqual(await first, block(250))
  await author.truncate(200)
  await author.append([block(1000), block(1001)])
  await settle(lines)
  assert.deepEqual([copy.fork, copy.length], [1, 202])
  assert.deepEqual([far.fork, far.length, far.has(250)], [1, 202, false])
  const [kept, newer] = [far.load(100), far.load(201)]
  await settle(lines)
  assert.deepEqual([await kept, await newer], [block(100), block(1001)])
  assert.deepEqual(shared.peers, ['b'])
  assert.deepEqual([...a.refusals, ...b.refusals, ...c.refusals], [])
})

test('whoever was away during truncations is told them first', async () => {
  const clock = new TestClock()
  const [a, b, c] = [new Site('a', clock), new Site('b', clock), new Site('c', clock)]
  const author = await authorOf(50)
  const copy = await openCopy(createMemoryDisk())
  const far = await openSparse()
  a.exchange.add(author)
  b.exchange.add(copy)
  c.exchange.add(far)
  const before = [new Line(a, b), new Line(a, c)]
  await settle(before)
  for (const line of before) line.cut()
  await author.truncate(40)
  await author.append([block(2000)])
  await author.truncate(10)
  const lines = [new Line(a, b), new Line(b, c)]
  await settle(lines)
  assert.deepEqual([copy.fork, copy.length, far.fork, far.length], [2, 10, 2, 10])
  const reading = far.load(9)
  await author.append([block(3000)])
  await settle(lines)
  assert.deepEqual(await reading, block(9))
  assert.deepEqual([copy.length, far.length], [11, 11])
  assert.deepEqual([...a.refusals, ...b.refusals, ...c.refusals], [])
})

test('a sparse copy proves to another one what it never needed itself', async () => {
  const clock = new TestClock()
  const [a, b, c] = [new Site('a', clock), new Site('b', clock), new Site('c', clock)]
  const author = await authorOf(28)
  a.exchange.add(author)
  const [near, far] = [await openSparse(), await openSparse()]
  b.exchange.add(near)
  c.exchange.add(far)
  const first = [new Line(a, b), new Line(a, c)]
  await settle(first)
  first[0]!.cut()
  await author.append(blocksOf(28, 38))
  await settle(first)
  first[1]!.cut()
  await author.append(blocksOf(38, 41))
  const again = new Line(a, b)
  await settle([again])
  assert.deepEqual([near.length, far.length], [41, 38])
  const between = new Line(b, c)
  await settle([again, between])
  assert.equal(far.length, 41)
  assert.deepEqual([...a.refusals, ...b.refusals, ...c.refusals], [])
})

test('a log that is shared again and again does not take the number of one that is open', async () => {
  const clock = new TestClock()
  const [a, b] = [new Site('a', clock), new Site('b', clock)]
  const author = await authorOf(30)
  const copy = await openSparse()
  a.exchange.add(author)
  b.exchange.add(copy)
  const line = new Line(a, b)
  await settle([line])
  const publicKey = new Uint8Array(signer.publicKey)
  const other = { crypto: testCrypto, directory: 'other', publicKey, namespace: new Uint8Array(32) }
  const second = await SparseLog.open({ ...other, disk: createMemoryDisk() })
  // Once around all numbers there are.
  for (let i = 0; i < 4100; i++) {
    a.exchange.add(second).remove()
    while (line.step());
  }
  const reading = copy.load(7)
  await settle([line])
  assert.deepEqual(await reading, block(7))
  assert.deepEqual([...a.refusals, ...b.refusals], [])
})
