// Goal: whoever meets a second history of a log learns where it parts from the first, can prove it, and can hold both.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodeForkPoint,
  encodeForkPoint,
  FORK_LEAF_BYTES_MAX,
  rangesBefore,
  verifyForkPoint,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { testCrypto } from './_crypto.ts'
import { blocksOf, openAuthor, openCopy } from './_logs.ts'
import type { ForkPoint, Log, LogRange } from '@hamlet/log'

const ALL = { bytesMax: 1e6, blocksMax: 1e4 }
const whole = (block: Uint8Array): number => block.length

async function twoHistories(common: number, ours: number, theirs: number): Promise<[Log, Log]> {
  const start = blocksOf(0, common)
  const left = await openAuthor(createMemoryDisk())
  await left.append([...start, ...blocksOf(100, 100 + ours - common)])
  const right = await openAuthor(createMemoryDisk())
  await right.append([...start, ...blocksOf(200, 200 + theirs - common)])
  return [left, right]
}

async function pointOf(log: Log, range: LogRange): Promise<ForkPoint | undefined> {
  const { length } = log
  const result = await log.accept(range)
  assert.ok(!result.ok && log.length === length)
  return result.error.point
}

test('a range that begins before the two histories part shows the place, whatever the lengths', async () => {
  let shown = 0
  for (const common of [0, 1, 3, 4, 7, 8]) {
    for (const ours of [common + 1, common + 4, 12]) {
      for (const theirs of [common + 1, common + 5, 12, 17]) {
        const [left, right] = await twoHistories(common, ours, theirs)
        for (const from of [0, Math.max(0, common - 1), common]) {
          const blocksMax = theirs - from - (theirs % 2)
          if (blocksMax <= common - from) continue
          const point = await pointOf(left, right.rangeFrom(from, { bytesMax: 1e6, blocksMax })!)
          assert.equal(point?.index, common)
          assert.ok(verifyForkPoint(testCrypto, point))
          assert.deepEqual(decodeForkPoint(encodeForkPoint(point)), { ok: true, value: point })
          shown++
        }
      }
    }
  }
  assert.ok(shown > 100, `${shown}`)
})

test('a copy that holds the beginning of a longer history proves the place too', async () => {
  const [left, right] = await twoHistories(5, 20, 14)
  const copy = await openCopy(createMemoryDisk())
  assert.ok((await copy.accept(left.rangeFrom(0, { bytesMax: 1e6, blocksMax: 8 })!)).ok)
  const point = await pointOf(copy, right.rangeFrom(2, { bytesMax: 1e6, blocksMax: 6 })!)
  assert.ok(point?.index === 5 && verifyForkPoint(testCrypto, point))
})

test('no change of a byte leaves a fork point valid', async () => {
  const [left, right] = await twoHistories(2, 3, 9)
  const bytes = encodeForkPoint((await pointOf(left, right.rangeFrom(0, ALL)!))!)
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice()
    changed[at]! ^= 1 << (at % 8)
    const decoded = decodeForkPoint(changed)
    assert.ok(!decoded.ok || !verifyForkPoint(testCrypto, decoded.value), `byte ${at}`)
  }
})

test('one leaf signed twice, a side in the wrong order and a cut encoding are no fork point', async () => {
  const [left, right] = await twoHistories(2, 3, 9)
  const point = (await pointOf(left, right.rangeFrom(0, ALL)!))!
  assert.equal(verifyForkPoint(testCrypto, { ...point, b: point.a }), false)
  assert.equal(verifyForkPoint(testCrypto, { ...point, a: point.b, b: point.a }), false)
  assert.equal(decodeForkPoint(encodeForkPoint({ ...point, a: point.b, b: point.a })).ok, false)
  const bytes = encodeForkPoint(point)
  for (let end = 0; end < bytes.length; end++) {
    assert.equal(decodeForkPoint(bytes.subarray(0, end)).ok, false)
  }
})

test('a leaf too large to pass on gives a proof without the place', async () => {
  const large = new Uint8Array(FORK_LEAF_BYTES_MAX + 1)
  const left = await openAuthor(createMemoryDisk())
  await left.append([large])
  const right = await openAuthor(createMemoryDisk())
  await right.append([large.with(0, 1)])
  const result = await left.accept(right.rangeFrom(0, ALL)!)
  assert.ok(!result.ok && result.error.code === 'LOG_FORKED')
  assert.ok(result.error.proof !== undefined && result.error.point === undefined)
})

test('the second history is copied from where it parts, its beginning taken from the first', async () => {
  for (const [common, from] of [
    [0, 0],
    [1500, 1500],
    [1500, 1400],
  ] as const) {
    const [left, right] = await twoHistories(common, common + 30, common + 50)
    for (const blocksMax of [common - from + 10, common - from + 50]) {
      const copy = await openCopy(createMemoryDisk())
      const range = right.rangeFrom(from, { bytesMax: 1e6, blocksMax })!
      for (const each of rangesBefore(testCrypto, left, range, whole)) {
        assert.ok((await copy.accept(each)).ok)
      }
      assert.ok((await copy.accept(range)).ok)
      assert.deepEqual([...copy.blocks()], [...right.blocks(0, from + blocksMax)])
    }
  }
})

test('a beginning that is not the same is refused by the copy', async () => {
  const [left, right] = await twoHistories(5, 20, 30)
  const copy = await openCopy(createMemoryDisk())
  const range = right.rangeFrom(9, ALL)!
  const [first] = [...rangesBefore(testCrypto, left, range, whole)]
  const result = await copy.accept(first!)
  assert.ok(!result.ok && result.error.code === 'LOG_CONFLICT')
  assert.equal(copy.length, 0)
})
