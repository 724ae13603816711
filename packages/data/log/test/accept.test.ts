// Goal: nothing but what the author signed gets into a copy, and two signed histories are proven.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { utf8 } from '@hamlet/core'
import {
  decodeForkProof,
  decodeHead,
  decodeLogRange,
  encodeForkProof,
  encodeHead,
  encodeLogRange,
  makeForkProof,
  verifyForkProof,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { signerOf, testCrypto } from './_crypto.ts'
import { block, blocksOf, openAuthor, openCopy, optionsOf } from './_logs.ts'
import { Log } from '@hamlet/log'
import type { LogRange, LogRangeError } from '@hamlet/log'

const ALL = { bytesMax: 1e6, blocksMax: 1e4 }

async function authorWith(blocks: readonly Uint8Array[]): Promise<Log> {
  const log = await openAuthor(createMemoryDisk())
  await log.append(blocks)
  return log
}

async function refusal(log: Log, range: LogRange): Promise<LogRangeError> {
  const { length } = log
  const result = await log.accept(range)
  assert.ok(!result.ok)
  assert.equal(log.length, length)
  return result.error
}

test('known, overlapping and repeated ranges are harmless', async () => {
  const author = await authorWith(blocksOf(0, 20))
  const copy = await openCopy(createMemoryDisk())
  for (const [from, blocksMax] of [
    [0, 5],
    [0, 5],
    [2, 6],
    [8, 1],
    [0, 20],
    [0, 20],
    [20, 1],
  ]) {
    assert.ok(
      (await copy.accept(author.rangeFrom(from!, { bytesMax: 1e5, blocksMax: blocksMax! })!)).ok,
    )
  }
  assert.deepEqual([...copy.blocks()], blocksOf(0, 20))
})

test('a gap, a foreign head, a changed block, extension or head are refused with their code', async () => {
  const author = await authorWith(blocksOf(0, 20))
  const copy = await openCopy(createMemoryDisk())
  assert.equal((await refusal(copy, author.rangeFrom(3, ALL)!)).code, 'LOG_GAP')
  const range = author.rangeFrom(0, { bytesMax: 1e5, blocksMax: 7 })!
  const changed = range.blocks.with(3, utf8('forged'))
  assert.equal((await refusal(copy, { ...range, blocks: changed })).code, 'LOG_CONFLICT')
  const extension = range.extension.toReversed()
  assert.equal((await refusal(copy, { ...range, extension })).code, 'LOG_CONFLICT')
  const head = { ...range.head, length: 21 }
  assert.equal((await refusal(copy, { ...range, head })).code, 'LOG_SIGNATURE')
  const stranger = signerOf(new Uint8Array(32).fill(8))
  const options = optionsOf(createMemoryDisk(), { signer: stranger, publicKey: stranger.publicKey })
  const other = await Log.open(options)
  await other.append(blocksOf(0, 7))
  assert.equal((await refusal(copy, other.rangeFrom(0, ALL)!)).code, 'LOG_SIGNATURE')
  assert.equal((await refusal(copy, { ...range, from: -1 })).code, 'LOG_MALFORMED')
  assert.equal((await refusal(copy, { ...range, from: 0.5 })).code, 'LOG_MALFORMED')
})

const leafLength = (one: Uint8Array): number | undefined => (one.length < 4 ? undefined : 4)
const checkBlock = (one: Uint8Array): boolean => one[0] === one[4]

test('only the leaf of a block is hashed, and the rest is checked by the owner', async () => {
  const author = await openAuthor(createMemoryDisk(), { leafLength })
  await author.append([utf8('abcdabcd'), utf8('efghefgh')])
  await assert.rejects(author.append([utf8('abc')]), { code: 'LOG_BLOCK_INVALID' })
  const range = author.rangeFrom(0, ALL)!
  const copy = await openCopy(createMemoryDisk(), { leafLength, checkBlock })
  const wrongBody = { ...range, blocks: range.blocks.with(1, utf8('efgh!')) }
  assert.equal((await refusal(copy, wrongBody)).code, 'LOG_BLOCK_INVALID')
  const noLeaf = { ...range, blocks: range.blocks.with(1, utf8('x')) }
  assert.equal((await refusal(copy, noLeaf)).code, 'LOG_BLOCK_INVALID')
  // A body may be replaced by another that its leaf commits to: here the tree is the same.
  const erased = { ...range, blocks: range.blocks.with(1, utf8('efghe')) }
  assert.ok((await copy.accept(erased)).ok)
  assert.deepEqual(copy.root(), author.root())
})

test('an author who lost blocks may not append before fetching them', async () => {
  const disk = createMemoryDisk()
  const whole = await authorWith(blocksOf(0, 9))
  const author = await openAuthor(disk)
  assert.ok((await author.accept(whole.rangeFrom(0, { bytesMax: 1e5, blocksMax: 4 })!)).ok)
  await assert.rejects(author.append([block(4)]), { code: 'LOG_BEHIND' })
  assert.ok((await author.accept(whole.rangeFrom(4, ALL)!)).ok)
  await author.append([block(9)])
  assert.deepEqual([...author.blocks()], blocksOf(0, 10))
})

test('every way in which two histories meet gives a proof or a conflict that evidence settles', async () => {
  let [proofs, conflicts] = [0, 0]
  for (const common of [0, 1, 3, 4, 7]) {
    for (const ours of [common + 1, common + 4, 12]) {
      for (const theirs of [common + 1, common + 5, 12, 17]) {
        const left = await authorWith([
          ...blocksOf(0, common),
          ...blocksOf(100, 100 + ours - common),
        ])
        const right = await authorWith([
          ...blocksOf(0, common),
          ...blocksOf(200, 200 + theirs - common),
        ])
        for (const from of [0, common, ours]) {
          if (from > theirs) continue
          const error = await refusal(left, right.rangeFrom(from, ALL)!)
          const proof = error.proof ?? settle(left, right)
          assert.ok(proof && verifyForkProof(testCrypto, proof))
          if (error.code === 'LOG_FORKED') proofs++
          else conflicts++
          const decoded = decodeForkProof(encodeForkProof(proof))
          assert.ok(decoded.ok)
          assert.deepEqual(decoded.value, proof)
        }
      }
    }
  }
  assert.ok(proofs > 100 && conflicts > 0, `${proofs} proofs, ${conflicts} conflicts`)
})

/** The holder of the longer history answers for the length of the shorter one's head. */
function settle(left: Log, right: Log): ReturnType<typeof makeForkProof> {
  const [short, long] = left.length <= right.length ? [left, right] : [right, left]
  return makeForkProof(testCrypto, short, short.head!, long.prefixEvidence(short.length)!)
}

test('no fork proof can be made of one history', async () => {
  const log = await authorWith(blocksOf(0, 9))
  const earlier = log.head!
  await log.append(blocksOf(9, 20))
  const evidence = log.prefixEvidence(9)!
  assert.equal(makeForkProof(testCrypto, log, earlier, evidence), undefined)
  const forged = { ...evidence, root: new Uint8Array(32) }
  assert.equal(makeForkProof(testCrypto, log, earlier, forged), undefined)
})

test('no change of a byte leaves a fork proof valid', async () => {
  const left = await authorWith(blocksOf(0, 3))
  const right = await authorWith([block(0), ...blocksOf(5, 12)])
  const proof = (await refusal(left, right.rangeFrom(0, ALL)!)).proof!
  const bytes = encodeForkProof(proof)
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice()
    changed[at]! ^= 1 << (at % 8)
    const decoded = decodeForkProof(changed)
    assert.ok(!decoded.ok || !verifyForkProof(testCrypto, decoded.value), `byte ${at}`)
  }
})

test('no change of a byte of a range is accepted, and ranges survive encoding', async () => {
  const author = await authorWith(blocksOf(0, 9))
  const range = author.rangeFrom(0, { bytesMax: 1e5, blocksMax: 6 })!
  const bytes = encodeLogRange(range)
  assert.deepEqual(decodeLogRange(bytes), { ok: true, value: range })
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice()
    changed[at]! ^= 1 << (at % 8)
    const decoded = decodeLogRange(changed)
    const copy = await openCopy(createMemoryDisk())
    assert.ok(!decoded.ok || !(await copy.accept(decoded.value)).ok, `byte ${at}`)
    assert.ok(!decodeLogRange(bytes.subarray(0, at)).ok)
  }
})

test('any bytes decode to what encodes to them, or are refused with a code', () => {
  const property = fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
    const range = decodeLogRange(bytes)
    if (range.ok) assert.deepEqual(encodeLogRange(range.value), bytes)
    else assert.equal(range.error.code, 'LOG_MALFORMED')
    const fork = decodeForkProof(bytes)
    if (fork.ok) assert.deepEqual(encodeForkProof(fork.value), bytes)
    else assert.equal(fork.error.code, 'LOG_MALFORMED')
    const head = decodeHead(bytes)
    if (head) assert.deepEqual(encodeHead(head), bytes)
  })
  fc.assert(property, { numRuns: 2000 })
})

test('a range that declares more than it holds is refused before anything is allocated', () => {
  const bytes = new Uint8Array(118)
  bytes[0] = 1
  bytes[16] = 200
  bytes.set([0, 0, 0x40, 0], 114)
  assert.ok(!decodeLogRange(bytes).ok)
  bytes.set([0xff, 0xff, 0xff, 0xff], 114)
  assert.ok(!decodeLogRange(bytes).ok)
})
