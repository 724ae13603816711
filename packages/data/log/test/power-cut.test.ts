// Goal: whatever moment the power is cut while a log is appended to, cleared or truncated, nothing acknowledged is lost and what was begun
// is done or not done. Method: the power is cut at every single call to the disk in turn, several ways each.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryDisk } from '@hamlet/store'
import { seededRandom } from './_crypto.ts'
import { LogModel, randomStep, takeStep } from './_log-model.ts'
import { block, blocksOf, openAuthor, openCopy } from './_logs.ts'
import { diskCutAt } from './_power-cut.ts'
import type { Random } from '@hamlet/core'
import type { Log } from '@hamlet/log'
import type { CountedDisk } from './_power-cut.ts'

type Files = ReadonlyMap<string, Uint8Array>

const SMALL = { segmentBytes: 400, markBlocks: 4 }
const BLOCKS = 14
const WAYS = 4
const RANDOM_SEEDS = 25

async function filesOf(isClosed: boolean): Promise<Files> {
  const disk = createMemoryDisk()
  const log = await openAuthor(disk, SMALL)
  for (let at = 0; at < BLOCKS; at += 2) await log.append(blocksOf(at, at + 2))
  if (isClosed) await log.close()
  return disk.files()
}

/**
 * Runs `life` on the files until the power is cut, at each call in turn; `examine` sees what the next life finds and whether `life` had
 * come to its end. Returns the number of calls.
 */
async function cutEverywhere(
  files: Files,
  life: (log: Log) => Promise<void>,
  examine: (log: Log, isDone: boolean) => Promise<void>,
  open: typeof openAuthor = openAuthor,
): Promise<number> {
  for (let cutAt = 0; ; cutAt++) {
    for (let way = 0; way < WAYS; way++) {
      const world = diskCutAt(files, cutAt, 100 * cutAt + way)
      let isDone = false
      try {
        const log = await open(world.disk, SMALL)
        await life(log)
        isDone = true
        await log.close()
      } catch (error) {
        if (!world.isCut()) throw error
      }
      const log = await open(world.left(), SMALL)
      await examine(log, isDone)
      await log.close()
      if (!world.isCut()) return cutAt
    }
  }
}

function isWhole(log: Log, from: number, to: number): void {
  for (let index = from; index < to; index++) assert.deepEqual(log.get(index), block(index))
}

for (const isClosed of [true, false]) {
  const state = isClosed ? 'closed' : 'killed'

  test(`no cut during appends to a ${state} log loses one that was acknowledged`, async () => {
    let acknowledged = BLOCKS
    const calls = await cutEverywhere(
      await filesOf(isClosed),
      async (log) => {
        acknowledged = BLOCKS
        for (const count of [1, 9, 2]) {
          acknowledged = (await log.append(blocksOf(log.length, log.length + count))).to
        }
      },
      async (log) => {
        assert.ok(log.length >= acknowledged && log.length <= BLOCKS + 12)
        isWhole(log, 0, log.length)
        await log.append([block(log.length)])
      },
    )
    assert.ok(calls > 25, `${calls} calls`)
  })

  for (const [from, to] of [
    [0, 3],
    [2, 9],
    [9, BLOCKS],
    [0, BLOCKS],
  ] as const) {
    test(`a cut during a clear of ${from} to ${to} of a ${state} log leaves it done or not begun`, async () => {
      const outcomes = new Set<string>()
      const calls = await cutEverywhere(
        await filesOf(isClosed),
        (log) => log.clear(from, to),
        async (log, isDone) => {
          assert.equal(log.length, BLOCKS)
          isWhole(log, 0, from)
          isWhole(log, to, BLOCKS)
          const isCleared = !log.has(from)
          outcomes.add(`${isCleared} ${isDone}`)
          assert.ok(isCleared || !isDone, 'a clear that was acknowledged is done')
          if (!isCleared) isWhole(log, from, to)
          for (let index = from; isCleared && index < to; index++) {
            assert.throws(() => log.get(index), { code: 'LOG_CLEARED' })
          }
          log.inclusionProof(Math.floor((from + to) / 2))
          await log.append([block(BLOCKS)])
          isWhole(log, to, BLOCKS + 1)
        },
      )
      assert.ok(calls > 20, `${calls} calls`)
      assert.deepEqual([...outcomes].sort(), ['false false', 'true false', 'true true'])
    })
  }

  for (const kept of [0, 1, 5, 6, 10, BLOCKS - 1]) {
    test(`a cut during a truncation of a ${state} log to ${kept} leaves it done or not begun`, async () => {
      const outcomes = new Set<string>()
      const calls = await cutEverywhere(
        await filesOf(isClosed),
        async (log) => void (await log.truncate(kept)),
        async (log, isDone) => {
          outcomes.add(`${log.fork} ${isDone}`)
          assert.ok(log.fork === 1 || !isDone, 'a truncation that was acknowledged is done')
          assert.equal(log.length, log.fork === 1 ? kept : BLOCKS)
          assert.equal(log.head?.length, log.length === 0 ? undefined : log.length)
          assert.equal(log.truncations.length, log.fork)
          isWhole(log, 0, log.length)
          await log.append([block(log.length)])
          isWhole(log, 0, log.length)
          log.inclusionProof(log.length - 1)
        },
      )
      assert.ok(calls > 15, `${calls} calls`)
      assert.deepEqual([...outcomes].sort(), ['0 false', '1 false', '1 true'])
    })
  }
}

for (const [held, kept] of [
  [9, 4],
  [9, 6],
  [6, 6],
  [5, 9],
  [3, 0],
] as const) {
  test(`a cut while a copy of ${held} blocks adopts a truncation to ${kept} leaves it done or not begun`, async () => {
    const author = await openAuthor(createMemoryDisk())
    await author.append(blocksOf(0, BLOCKS))
    const disk = createMemoryDisk()
    const copy = await openCopy(disk, SMALL)
    while (copy.length < held) {
      const blocksMax = Math.min(2, held - copy.length)
      const range = author.rangeFrom(copy.length, { bytesMax: 1e5, blocksMax })!
      assert.ok((await copy.accept(range)).ok)
    }
    await copy.close()
    const truncation = await author.truncate(kept)
    await author.append(blocksOf(kept, kept + 3))
    const follow = async (log: Log): Promise<void> => {
      const range = author.rangeFrom(log.length, { bytesMax: 1e5, blocksMax: 100 })!
      assert.ok((await log.accept(range)).ok)
    }
    const calls = await cutEverywhere(
      disk.files(),
      async (log) => {
        assert.ok((await log.acceptTruncation(truncation)).ok)
        await follow(log)
      },
      async (log, isDone) => {
        const lengths = log.fork === 0 ? [held] : [Math.min(held, kept), kept + 3]
        assert.ok(lengths.includes(log.length), `${log.length} blocks in fork ${log.fork}`)
        assert.ok(log.length === kept + 3 || !isDone)
        isWhole(log, 0, log.length)
        assert.ok((await log.acceptTruncation(truncation)).ok)
        await follow(log)
        assert.deepEqual(log.head, author.head)
        isWhole(log, 0, kept + 3)
      },
      openCopy,
    )
    assert.ok(calls > 8, `${calls} calls`)
  })
}

test('many lives of appends, clears and truncations, each ended by a power cut somewhere', async () => {
  for (let seed = 0; seed < RANDOM_SEEDS; seed++) {
    const random = seededRandom(seed)
    const model = new LogModel()
    let files: ReadonlyMap<string, Uint8Array> = new Map()
    for (let life = 0; life < 6; life++) {
      const [high, low] = random.bytes(2)
      const world = diskCutAt(files, (high! * 256 + low!) % 120, seed * 100 + life)
      await live(world, model, random).catch((error: unknown) => {
        if (!world.isCut()) throw error
      })
      const left = world.left()
      const log = await openAuthor(left, SMALL)
      model.settle(log)
      const { damages, isSigned } = await log.audit()
      assert.deepEqual([damages, isSigned], [[], true], `seed ${seed}, life ${life}`)
      await log.close()
      files = left.files()
    }
  }
})

async function live(world: CountedDisk, model: LogModel, random: Random): Promise<void> {
  const log = await openAuthor(world.disk, SMALL)
  while (!world.isCut()) {
    const step = randomStep(random, log.length)
    model.begin(step)
    await takeStep(log, step)
    model.end()
  }
}
