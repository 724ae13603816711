import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerWant, pieceSourceOf, SparseLog, upgradeOf } from '@hamlet/log'
import type { BlockEvent, Log, Piece } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import type { Disk } from '@hamlet/core'
import { bytesToHex } from '@hamlet/core'
import type { LogId } from '@hamlet/core'
import { runsOf } from '../src/piece.ts'
import { decodeSparseMark, encodeSparseMark } from '../src/sparse-mark.ts'
import { seededRandom, testCrypto } from './_crypto.ts'
import { block, blocksOf, namespace, openAuthor, signer } from './_logs.ts'

function openSparse(disk: Disk, blockFileBytes?: number): Promise<SparseLog> {
  const { publicKey } = signer
  const more = blockFileBytes === undefined ? {} : { blockFileBytes }
  return SparseLog.open({
    disk,
    crypto: testCrypto,
    directory: 'copy',
    publicKey,
    namespace,
    ...more,
  })
}

async function authorOf(length: number): Promise<Log> {
  const author = await openAuthor(createMemoryDisk())
  if (length > 0) await author.append(blocksOf(0, length))
  return author
}

async function follow(copy: SparseLog, author: Log): Promise<void> {
  const upgrade = upgradeOf(pieceSourceOf(author), copy.length)
  assert.deepEqual(await copy.acceptUpgrade(upgrade!), { ok: true, value: true })
}

function ask(copy: SparseLog, author: Log, blocks: readonly number[], bytesMax = 60_000): Piece {
  const nodes = [...copy.plan(blocks).needed].sort((a, b) => a - b)
  return answerWant(pieceSourceOf(author), { blocks: runsOf(blocks), nodes, bytesMax })!
}

test('a block out of the middle is proven by few hashes, and the next ones by fewer', async () => {
  const author = await authorOf(1000)
  const copy = await openSparse(createMemoryDisk())
  await follow(copy, author)
  assert.equal(copy.length, 1000)
  const first = ask(copy, author, [500])
  assert.equal(first.nodes.length, 9)
  assert.deepEqual(await copy.acceptPiece(first), { ok: true, value: [500] })
  assert.deepEqual(copy.peek(500), block(500))
  assert.equal(copy.peek(501), undefined)
  const second = ask(copy, author, [501])
  assert.equal(second.nodes.length, 0)
  assert.deepEqual(await copy.acceptPiece(second), { ok: true, value: [501] })
  assert.deepEqual(copy.storedRanges(), [[500, 502]])
  await copy.close()
})

test('a longer head is trusted only if the tree before is its beginning', async () => {
  const author = await authorOf(37)
  const copy = await openSparse(createMemoryDisk())
  await follow(copy, author)
  await author.append(blocksOf(37, 100))
  await follow(copy, author)
  assert.equal(copy.length, 100)
  const other = await openAuthor(createMemoryDisk())
  await other.append(blocksOf(1, 120))
  const upgrade = upgradeOf(pieceSourceOf(other), 100)!
  const judged = await copy.acceptUpgrade(upgrade)
  assert.equal(judged.ok ? undefined : judged.error.code, 'LOG_CONFLICT')
  assert.equal(copy.length, 100)
  const stranger = { ...upgrade, head: { ...upgrade.head, signature: new Uint8Array(64) } }
  const unsigned = await copy.acceptUpgrade(stranger)
  assert.equal(unsigned.ok ? undefined : unsigned.error.code, 'LOG_SIGNATURE')
})

test('a changed block or hash is refused, and nothing of its piece is stored', async () => {
  const author = await authorOf(300)
  const copy = await openSparse(createMemoryDisk())
  await follow(copy, author)
  const piece = ask(copy, author, [7, 200])
  for (const [i, { index }] of piece.blocks.entries()) {
    const blocks = piece.blocks.with(i, { index, block: block(index + 1) })
    const judged = await copy.acceptPiece({ ...piece, blocks })
    assert.equal(judged.ok ? undefined : judged.error.code, 'LOG_CONFLICT')
  }
  for (const [i, { number, hash }] of piece.nodes.entries()) {
    const changed = hash.map((byte, at) => (at === 3 ? byte ^ 1 : byte))
    const nodes = piece.nodes.with(i, { number, hash: changed })
    const judged = await copy.acceptPiece({ ...piece, nodes })
    assert.equal(judged.ok ? undefined : judged.error.code, 'LOG_CONFLICT')
    const fewer = await copy.acceptPiece({ ...piece, nodes: piece.nodes.toSpliced(i, 1) })
    assert.equal(fewer.ok ? undefined : fewer.error.code, 'LOG_GAP')
  }
  assert.equal(copy.storedCount, 0)
  assert.deepEqual(await copy.acceptPiece(piece), { ok: true, value: [7, 200] })
})

test('blocks that do not fit are replaced by their hashes, and asked for again without any', async () => {
  const author = await authorOf(64)
  const copy = await openSparse(createMemoryDisk())
  await follow(copy, author)
  const all = Array.from({ length: 64 }, (_, i) => i)
  const piece = ask(copy, author, all, 100)
  assert.equal(piece.blocks.length, 4)
  assert.equal((await copy.acceptPiece(piece)).ok, true)
  assert.equal(copy.plan(all.slice(4)).needed.length, 0)
  assert.equal((await copy.acceptPiece(ask(copy, author, all.slice(4)))).ok, true)
  assert.equal(copy.firstMissing(), 64)
})

test('what is stored survives a close, and what a crash tears is absent', async () => {
  const disk = createMemoryDisk()
  const author = await authorOf(200)
  const copy = await openSparse(disk)
  await follow(copy, author)
  await copy.acceptPiece(ask(copy, author, [1, 2, 3, 150]))
  await copy.sync()
  await copy.acceptPiece(ask(copy, author, [199]))
  disk.crash(seededRandom(1))
  const again = await openSparse(disk)
  assert.equal(again.length, 200)
  assert.deepEqual(again.storedRanges(), [
    [1, 4],
    [150, 151],
  ])
  assert.deepEqual(again.peek(150), block(150))
  assert.equal((await again.acceptPiece(ask(again, author, [199]))).ok, true)
  await again.close()
  const third = await openSparse(disk)
  assert.deepEqual(third.peek(199), block(199))
})

test('cleared blocks are gone from the disk, can be proven still, and come back', async () => {
  const disk = createMemoryDisk()
  const author = await openAuthor(createMemoryDisk())
  const large = Array.from({ length: 64 }, (_, i) => new Uint8Array(4096).fill(i))
  await author.append(large)
  const copy = await openSparse(disk, 20_000)
  await follow(copy, author)
  const events: BlockEvent[] = []
  copy.watch((event) => events.push(event))
  for (let i = 0; i < 64; i += 4) {
    await copy.acceptPiece(ask(copy, author, [i, i + 1, i + 2, i + 3]))
  }
  await copy.clear(2, 62)
  const files = (await disk.list('copy')).filter((name) => name.endsWith('.blk'))
  assert.ok(files.length <= 3, `${files.length} files are left`)
  assert.deepEqual(copy.storedRanges(), [
    [0, 2],
    [62, 64],
  ])
  assert.deepEqual(copy.peek(63), large[63])
  assert.deepEqual(events.at(-1), { type: 'cleared', from: 2, to: 62 })
  assert.equal(ask(copy, author, [30]).nodes.length, 0)
  assert.equal((await copy.acceptPiece(ask(copy, author, [30]))).ok, true)
  await copy.close()
  const again = await openSparse(disk, 20_000)
  assert.deepEqual(again.peek(30), large[30])
  assert.deepEqual(again.peek(0), large[0])
})

test('a sparse copy serves what it holds to another one', async () => {
  const author = await authorOf(500)
  const first = await openSparse(createMemoryDisk())
  await follow(first, author)
  await first.acceptPiece(ask(first, author, [10, 11, 300]))
  await author.append(blocksOf(500, 600))
  await follow(first, author)
  const second = await openSparse(createMemoryDisk())
  assert.equal((await second.acceptUpgrade(upgradeOf(first, 0)!)).ok, true)
  const nodes = [...second.plan([300]).needed].sort((a, b) => a - b)
  const piece = answerWant(first, { blocks: [[300, 301]], nodes, bytesMax: 1000 })!
  assert.deepEqual(await second.acceptPiece(piece), { ok: true, value: [300] })
  const missing = [...second.plan([10, 400]).needed].sort((a, b) => a - b)
  assert.equal(
    answerWant(first, { blocks: runsOf([10, 400]), nodes: missing, bytesMax: 1000 }),
    undefined,
  )
})

test('a block that is nowhere to be had says so', async () => {
  const author = await authorOf(20)
  const copy = await openSparse(createMemoryDisk())
  await follow(copy, author)
  await assert.rejects(copy.load(3), { code: 'LOG_NOT_HERE' })
  await assert.rejects(copy.load(20), { code: 'LOG_OUT_OF_RANGE' })
  copy.setFetcher({
    async fetch(index) {
      await copy.acceptPiece(ask(copy, author, [index]))
    },
  })
  assert.deepEqual(await copy.load(3), block(3))
})

test('a full disk refuses what comes, keeps what was there, and takes more once there is room', async () => {
  const disk = createMemoryDisk()
  const author = await openAuthor(createMemoryDisk())
  await author.append(Array.from({ length: 64 }, (_, i) => new Uint8Array(40_000).fill(i)))
  const copy = await openSparse(disk)
  await follow(copy, author)
  disk.setCapacity(300_000)
  let stored = 0
  const taking = (async () => {
    for (; stored < 64; stored++) await copy.acceptPiece(ask(copy, author, [stored]))
  })()
  await assert.rejects(taking, { code: 'STORE_FULL' })
  assert.ok(stored >= 5 && stored < 10, `${stored} blocks on a disk for seven`)
  assert.equal(copy.has(stored), false)
  assert.deepEqual(copy.peek(2), new Uint8Array(40_000).fill(2))
  disk.setCapacity(Infinity)
  for (; stored < 64; stored++) await copy.acceptPiece(ask(copy, author, [stored]))
  await copy.close()
  const again = await openSparse(disk)
  assert.deepEqual(again.storedRanges(), [[0, 64]])
  assert.deepEqual(again.peek(63), new Uint8Array(40_000).fill(63))
})

test('after a power cut what was not durable is looked at once, and what is torn is not here', async () => {
  const author = await authorOf(200)
  let torn = 0
  for (let seed = 1; seed <= 20; seed++) {
    const disk = createMemoryDisk()
    const copy = await openSparse(disk, 4096)
    await follow(copy, author)
    await copy.acceptPiece(ask(copy, author, [1, 2, 3]))
    await copy.sync()
    for (let index = 10; index < 90; index++) await copy.acceptPiece(ask(copy, author, [index]))
    disk.crash(seededRandom(seed))
    const again = await openSparse(createMemoryDisk({ files: disk.files() }), 4096)
    assert.deepEqual(
      [1, 2, 3].map((index) => again.has(index)),
      [true, true, true],
    )
    const here = Array.from({ length: 200 }, (_, index) => index).filter((i) => again.has(i))
    for (const index of here) assert.deepEqual(again.peek(index), block(index))
    torn += 83 - here.length
    await again.close()
  }
  assert.ok(torn > 0, 'the power cuts tore nothing')
})

test('a mark of a journal that is shorter since counts for nothing', async () => {
  const author = await authorOf(20)
  const disk = createMemoryDisk()
  const copy = await openSparse(disk)
  await follow(copy, author)
  await copy.acceptPiece(ask(copy, author, [1, 2, 3]))
  await copy.close()
  const files = new Map(disk.files())
  files.set('copy/journal', files.get('copy/journal')!.slice(0, 48))
  const cut = createMemoryDisk({ files })
  const again = await openSparse(cut)
  assert.equal(cut.files().has('copy/mark'), false)
  assert.deepEqual([again.length, again.storedCount], [0, 0])
  await again.close()
})

test('a mark is as it is documented', () => {
  const id = '00'.repeat(32) as LogId
  const mark = encodeSparseMark(id, 4711)
  assert.equal(bytesToHex(mark), '68616d6c6574736d0000000100000000000012671ecf2e29')
  assert.equal(decodeSparseMark(id, mark), 4711)
  assert.equal(decodeSparseMark('01'.repeat(32) as LogId, mark), 0)
})
