// Goal: an author takes back the end of a log visibly, copies follow, and nothing of an older fork is taken after it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Log,
  decodeForkProof,
  decodeTruncation,
  decodeTruncationFork,
  encodeForkProof,
  encodeTruncation,
  encodeTruncationFork,
  noteKeyOf,
  openNote,
  originOf,
  verifyForkProof,
  verifyTruncation,
  verifyTruncationFork,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { utf8 } from '@hamlet/core'
import { testCrypto } from './_crypto.ts'
import { block, blocksOf, openAuthor, openCopy, optionsOf, signer } from './_logs.ts'
import type { BlockEvent, LogRange, LogRangeError } from '@hamlet/log'
import type { MemoryDisk } from '@hamlet/store'

const SMALL = { segmentBytes: 400, markBlocks: 4 }
const ALL = { bytesMax: 1e6, blocksMax: 1e4 }
const BLOCKS = 20

async function filled(disk: MemoryDisk = createMemoryDisk(), blocks = BLOCKS): Promise<Log> {
  const log = await openAuthor(disk, SMALL)
  for (let at = 0; at < blocks; at += 3) await log.append(blocksOf(at, Math.min(at + 3, blocks)))
  return log
}

async function copyOf(log: Log, blocks = log.length): Promise<Log> {
  const copy = await openCopy(createMemoryDisk(), SMALL)
  assert.ok((await copy.accept(log.rangeFrom(0, { ...ALL, blocksMax: blocks })!)).ok)
  return copy
}

async function refusal(log: Log, range: LogRange): Promise<LogRangeError> {
  const result = await log.accept(range)
  assert.ok(!result.ok)
  return result.error
}

test('any length can be gone back to, the log goes on from there, and opens so again', async () => {
  for (let kept = 0; kept < BLOCKS; kept++) {
    const disk = createMemoryDisk()
    const log = await filled(disk)
    const truncation = await log.truncate(kept)
    assert.ok(verifyTruncation(testCrypto, truncation))
    assert.equal(log.length, kept)
    assert.equal(log.fork, 1)
    assert.deepEqual([...log.blocks()], blocksOf(0, kept))
    assert.equal(log.head?.length, kept === 0 ? undefined : kept)
    assert.throws(() => log.get(kept), { code: 'LOG_OUT_OF_RANGE' })
    const again = await openAuthor(createMemoryDisk({ files: disk.files() }), SMALL)
    assert.deepEqual([...again.blocks()], blocksOf(0, kept))
    await again.append(blocksOf(100, 103))
    await log.append(blocksOf(100, 103))
    assert.deepEqual(again.head, log.head)
    await log.close()
    const last = await openAuthor(disk, SMALL)
    assert.deepEqual([...last.blocks()], [...blocksOf(0, kept), ...blocksOf(100, 103)])
    assert.deepEqual(last.truncations, [truncation])
    assert.equal(
      last.byteLength,
      [...last.blocks()].reduce((sum, { length }) => sum + length, 0),
    )
    const key = noteKeyOf(testCrypto, originOf(last.id, 1), signer.publicKey)
    assert.ok(openNote(testCrypto, utf8(last.checkpoint()!), [key]).ok)
    last.inclusionProof(kept)
  }
})

test('copies of every length adopt a truncation and follow the new fork, after opening again too', async () => {
  for (const kept of [0, 1, 7, 12, 19]) {
    for (const held of [1, 7, 11, 12, 13, BLOCKS]) {
      const author = await filled()
      const copy = await copyOf(author, held)
      const truncation = await author.truncate(kept)
      await author.append(blocksOf(100, 104))
      const events: BlockEvent[] = []
      copy.watch((event) => events.push(event))
      assert.ok((await copy.acceptTruncation(truncation)).ok)
      assert.ok((await copy.acceptTruncation(truncation)).ok, 'known is harmless')
      assert.deepEqual(events, [{ type: 'truncated', length: kept, fork: 1 }])
      assert.equal(copy.length, Math.min(kept, held))
      assert.equal(copy.head === undefined, held < kept || kept === 0)
      if (copy.head === undefined) {
        assert.equal(copy.rangeFrom(0, ALL), undefined)
        assert.equal(copy.checkpoint(), undefined)
      }
      const range = author.rangeFrom(copy.length, ALL)!
      assert.ok((await copy.accept(range)).ok)
      assert.deepEqual([...copy.blocks()], [...blocksOf(0, kept), ...blocksOf(100, 104)])
      assert.deepEqual(copy.head, author.head)
    }
  }
})

test('a copy that has adopted a truncation and nothing since is the same after opening again', async () => {
  const author = await filled()
  const disk = createMemoryDisk()
  const copy = await openCopy(disk, SMALL)
  assert.ok((await copy.accept(author.rangeFrom(0, { ...ALL, blocksMax: 5 })!)).ok)
  const truncation = await author.truncate(10)
  assert.ok((await copy.acceptTruncation(truncation)).ok)
  await copy.close()
  const again = await openCopy(disk, SMALL)
  assert.equal(again.fork, 1)
  assert.equal(again.length, 5)
  assert.equal(again.head, undefined)
  assert.ok((await again.accept(author.rangeFrom(5, ALL)!)).ok)
  assert.deepEqual(again.head, author.head)
})

test('heads of another fork are refused: older ones by name, newer ones as unsigned', async () => {
  const author = await filled()
  const copy = await copyOf(author)
  const behind = await copyOf(author, 8)
  const old = author.rangeFrom(0, ALL)!
  const truncation = await author.truncate(6)
  await author.append(blocksOf(50, 70))
  const fresh = author.rangeFrom(0, ALL)!
  assert.equal((await refusal(behind, fresh)).code, 'LOG_SIGNATURE')
  assert.ok((await copy.acceptTruncation(truncation)).ok)
  assert.equal((await refusal(copy, old)).code, 'LOG_OLD_FORK')
  assert.equal((await refusal(author, old)).code, 'LOG_OLD_FORK')
  assert.ok((await copy.accept(fresh)).ok)
})

test('truncations are adopted in order, and an author restored from a backup must adopt its own', async () => {
  const disk = createMemoryDisk()
  const author = await filled(disk)
  const backup = await openAuthor(createMemoryDisk({ files: disk.files() }), SMALL)
  const copy = await copyOf(author, 4)
  const first = await author.truncate(15)
  const second = await author.truncate(9)
  await author.append(blocksOf(30, 33))
  const third = await author.truncate(11)
  const gap = await copy.acceptTruncation(second)
  assert.ok(!gap.ok && gap.error.code === 'LOG_GAP')
  for (const log of [copy, backup]) {
    for (const one of [first, second, third]) assert.ok((await log.acceptTruncation(one)).ok)
    assert.deepEqual(log.truncations, [first, second, third])
  }
  assert.equal(backup.length, 9)
  await assert.rejects(backup.append([block(0)]), { code: 'LOG_BEHIND' })
  await assert.rejects(backup.truncate(2), { code: 'LOG_BEHIND' })
  for (const log of [copy, backup]) {
    assert.ok((await log.accept(author.rangeFrom(log.length, ALL)!)).ok)
    assert.deepEqual(log.head, author.head)
  }
  await backup.append([block(77)])
  assert.equal(backup.length, 12)
})

test('two truncations for one fork prove that the author showed two histories', async () => {
  const files = createMemoryDisk()
  const author = await filled(files)
  const twin = await openAuthor(createMemoryDisk({ files: files.files() }), SMALL)
  const copy = await copyOf(author)
  const [ours, theirs] = [await author.truncate(5), await twin.truncate(6)]
  assert.ok((await copy.acceptTruncation(ours)).ok)
  const refused = await copy.acceptTruncation(theirs)
  assert.ok(!refused.ok && refused.error.code === 'LOG_FORKED')
  const proof = refused.error.truncations!
  assert.ok(verifyTruncationFork(testCrypto, proof))
  const bytes = encodeTruncationFork(proof)
  assert.deepEqual(decodeTruncationFork(bytes), { ok: true, value: proof })
  assert.ok(!verifyTruncationFork(testCrypto, { a: proof.a, b: proof.a }))
  assert.ok(!decodeTruncationFork(bytes.subarray(1)).ok)
})

test('two histories of one fork after a truncation are proven as before one', async () => {
  const files = createMemoryDisk()
  await (await filled(files)).close()
  const author = await openAuthor(createMemoryDisk({ files: files.files() }), SMALL)
  await author.truncate(5)
  await author.append(blocksOf(40, 43))
  const [before] = author.truncations
  const twin = await openAuthor(createMemoryDisk({ files: files.files() }), SMALL)
  assert.ok((await twin.acceptTruncation(before!)).ok)
  await twin.append(blocksOf(60, 66))
  const error = await refusal(author, twin.rangeFrom(0, ALL)!)
  assert.equal(error.code, 'LOG_FORKED')
  assert.equal(error.proof!.fork, 1)
  assert.ok(verifyForkProof(testCrypto, error.proof!))
  assert.ok(!verifyForkProof(testCrypto, { ...error.proof!, fork: 2 }))
  const bytes = encodeForkProof(error.proof!)
  assert.deepEqual(decodeForkProof(bytes), { ok: true, value: error.proof })
})

test('a truncation of a history that is not ours is refused and changes nothing', async () => {
  const author = await filled()
  const other = await openAuthor(createMemoryDisk())
  await other.append(blocksOf(200, 230))
  const copy = await copyOf(author)
  const refused = await copy.acceptTruncation(await other.truncate(7))
  assert.ok(!refused.ok)
  assert.equal(refused.error.code, 'LOG_CONFLICT')
  assert.equal(copy.fork, 0)
  assert.deepEqual(copy.head, author.head)
  const shorter = await openAuthor(createMemoryDisk())
  await shorter.append(blocksOf(200, 210))
  const forked = await copy.acceptTruncation(await shorter.truncate(7))
  assert.ok(!forked.ok && forked.error.code === 'LOG_FORKED')
  assert.ok(verifyForkProof(testCrypto, forked.error.proof!))
})

test('no change of a byte leaves a truncation valid, and it survives encoding', async () => {
  const author = await filled()
  const truncation = await author.truncate(7)
  const bytes = encodeTruncation(truncation)
  assert.deepEqual(decodeTruncation(bytes), { ok: true, value: truncation })
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice()
    changed[at]! ^= 1 << (at % 8)
    const decoded = decodeTruncation(changed)
    assert.ok(!decoded.ok || !verifyTruncation(testCrypto, decoded.value), `byte ${at}`)
    assert.ok(!decodeTruncation(bytes.subarray(0, at)).ok)
  }
  const foreign = await Log.open(
    optionsOf(createMemoryDisk(), { signer, namespace: new Uint8Array(32) }),
  )
  const refused = await foreign.acceptTruncation(truncation)
  assert.ok(!refused.ok && refused.error.code === 'LOG_SIGNATURE')
})

test('only the author truncates, and only to a shorter log', async () => {
  const author = await filled()
  const copy = await copyOf(author)
  await assert.rejects(copy.truncate(3), { code: 'LOG_READ_ONLY' })
  for (const length of [-1, 0.5, BLOCKS, BLOCKS + 1]) {
    await assert.rejects(author.truncate(length), { code: 'LOG_OUT_OF_RANGE' })
  }
  assert.equal(author.fork, 0)
})

test('cleared blocks stay cleared over a truncation, and new ones can be cleared after it', async () => {
  const disk = createMemoryDisk()
  const log = await filled(disk)
  await log.clear(2, 9)
  await log.truncate(6)
  await log.append(blocksOf(50, 60))
  await log.clear(7, 9)
  await log.close()
  const again = await openAuthor(disk, SMALL)
  const here = Array.from({ length: 16 }, (_, i) => again.has(i))
  assert.deepEqual(
    here.flatMap((has, i) => (has ? [] : [i])),
    [2, 3, 4, 5, 7, 8],
  )
  for (let i = 9; i < 16; i++) assert.deepEqual(again.get(i), block(44 + i))
  again.inclusionProof(3)
})

test('a full disk refuses a truncation and leaves the log as it was', async () => {
  const disk = createMemoryDisk()
  const log = await filled(disk)
  const used = [...disk.files().values()].reduce((sum, { length }) => sum + length, 0)
  for (const room of [0, 100, 700]) {
    disk.setCapacity(used + room)
    await assert.rejects(log.truncate(10), { code: 'STORE_FULL' })
    assert.equal(log.fork, 0)
    assert.deepEqual([...log.blocks()], blocksOf(0, BLOCKS))
  }
  disk.setCapacity(1e6)
  await log.truncate(10)
  assert.deepEqual([...log.blocks()], blocksOf(0, 10))
})
