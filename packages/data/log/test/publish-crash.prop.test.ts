// Goal: whatever the moment of a power cut or a kill, a reader that sees a checkpoint finds every file of it, and the next
// call completes the work. Method: seeded runs that publish a growing log, stopped after a random number of turns; then the
// power is cut, or the process alone dies. In between, every state on the disk is what a web server would hand out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publishLog, verifyPublished } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { seededRandom, testCrypto } from './_crypto.ts'
import { blocksOf } from './_logs.ts'
import { authorOf, checkpointOn, readerOptions } from './_published.ts'
import type { Random } from '@hamlet/core'

const RUNS = 25
const LIVES = 4

const below = (random: Random, limit: number): number => {
  const [high, low] = random.bytes(2)
  return (high! * 256 + low!) % limit
}

test('a checkpoint that can be seen has all of its files, after any power cut', async () => {
  const log = await authorOf(1)
  const seen = new Set<number | undefined>()
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seededRandom(seed)
    const disk = createMemoryDisk()
    let before = 0
    for (let life = 0; life < LIVES; life++) {
      if (log.length < 3000)
        await log.append(blocksOf(log.length, log.length + 1 + below(random, 90)))
      const writing = publishLog(log, disk, { crypto: testCrypto }).catch(() => undefined)
      for (let turn = below(random, 700); turn > 0; turn--) await Promise.resolve()
      const dies = below(random, 2) === 0
      const files = disk.files()
      const rest = dies ? createMemoryDisk({ files }) : disk
      if (!dies) disk.crash(random)
      const length = await checkpointOn(rest, log)
      seen.add(length)
      assert.ok((length ?? 0) >= before, 'a published checkpoint does not go away')
      before = length ?? before
      if (length !== undefined) {
        const report = await verifyPublished(readerOptions(log, rest))
        assert.deepEqual(report.problems, [], `seed ${seed}, life ${life}`)
      }
      await writing
    }
    await publishLog(log, disk, { crypto: testCrypto })
    const report = await verifyPublished(readerOptions(log, disk))
    assert.deepEqual([report.isSound, report.entries], [true, log.length])
  }
  assert.ok(seen.size > 20, 'the cuts fell at many moments')
})

test('a disk that is full leaves the old checkpoint, whole, and the next call goes on', async () => {
  const log = await authorOf(300)
  const disk = createMemoryDisk()
  await publishLog(log, disk, { crypto: testCrypto })
  await log.append(blocksOf(300, 3000))
  const used = [...disk.files().values()].reduce((sum, bytes) => sum + bytes.length, 0)
  disk.setCapacity(used + 20_000)
  await assert.rejects(publishLog(log, disk, { crypto: testCrypto }), { code: 'STORE_FULL' })
  const report = await verifyPublished(readerOptions(log, disk))
  assert.deepEqual([report.isSound, report.entries], [true, 300])
  disk.setCapacity(10_000_000)
  await publishLog(log, disk, { crypto: testCrypto })
  assert.equal((await verifyPublished(readerOptions(log, disk))).entries, 3000)
})
