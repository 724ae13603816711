// Goal: small values beside a log are there again after opening, whole or not at all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, utf8 } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { seededRandom } from './_crypto.ts'
import { blocksOf, openAuthor } from './_logs.ts'

const GOLDEN = '68616d6c657475640000000100000002016100000001010162000000020202d3ca09f2'

test('values are kept, replaced and taken away, beside a log that does not change', async () => {
  const disk = createMemoryDisk()
  const log = await openAuthor(disk)
  await log.append(blocksOf(0, 3))
  assert.equal(log.userData('b'), undefined)
  const value = new Uint8Array([9, 9])
  const setting = [log.setUserData('b', value), log.setUserData('gone', utf8('x'))]
  value.fill(0)
  await Promise.all(setting)
  assert.deepEqual(log.userData('b'), new Uint8Array([9, 9]), 'the value as it was when given')
  await log.setUserData('b', new Uint8Array([2, 2]))
  await log.setUserData('a', new Uint8Array([1]))
  await log.setUserData('gone', undefined)
  log.userData('b')!.fill(7)
  const { head } = log
  await log.close()
  assert.throws(() => log.userData('b'), { code: 'LOG_CLOSED' })
  await assert.rejects(log.setUserData('b', value), { code: 'LOG_CLOSED' })
  assert.equal(bytesToHex(disk.files().get('log/user-data')!), GOLDEN)
  const again = await openAuthor(disk)
  assert.deepEqual(again.head, head)
  assert.deepEqual(again.userData('a'), new Uint8Array([1]))
  assert.deepEqual(again.userData('b'), new Uint8Array([2, 2]))
  assert.equal(again.userData('gone'), undefined)
})

test('what is too large is refused and nothing is lost by it', async () => {
  const log = await openAuthor(createMemoryDisk())
  await log.setUserData('k', utf8('kept'))
  const refused = { code: 'LOG_USER_DATA' }
  await assert.rejects(log.setUserData('', utf8('x')), refused)
  await assert.rejects(log.setUserData('é'.repeat(33), utf8('x')), refused)
  await assert.rejects(log.setUserData('\ud800', utf8('x')), refused)
  await assert.rejects(log.setUserData('large', new Uint8Array(64 * 1024)), refused)
  await log.setUserData('é'.repeat(32), new Uint8Array(65_000))
  assert.deepEqual(log.userData('k'), utf8('kept'))
})

test('a power cut leaves the old values or the new ones', async () => {
  const seen = new Set<number>()
  for (let seed = 0; seed < 60; seed++) {
    let syncs = 0
    const random = seededRandom(seed)
    const syncDelay = async (): Promise<void> => {
      if (++syncs === 3 + (seed % 4)) disk.crash(random)
    }
    const disk = createMemoryDisk({ syncDelay })
    const log = await openAuthor(disk)
    let safe = 0
    const write = async (value: number): Promise<void> => {
      await log.setUserData('n', new Uint8Array([value]))
      safe = value
    }
    for (const value of [1, 2, 3]) await write(value).catch(() => undefined)
    const again = await openAuthor(createMemoryDisk({ files: disk.files() }))
    const found = again.userData('n')?.[0] ?? 0
    assert.ok(found >= safe && found <= 3)
    seen.add(found)
  }
  assert.ok(seen.size > 1)
})

test('damaged values are refused and do not keep the log from opening', async () => {
  const disk = createMemoryDisk()
  const log = await openAuthor(disk)
  await log.append(blocksOf(0, 3))
  await log.setUserData('a', utf8('value'))
  await log.close()
  const bytes = disk.files().get('log/user-data')!.length
  for (let at = 0; at < bytes; at++) {
    disk.flipBit('log/user-data', 8 * at + (at % 8))
    const damaged = await openAuthor(disk)
    assert.equal(damaged.length, 3)
    assert.throws(() => damaged.userData('a'), { code: 'LOG_DAMAGED' })
    disk.flipBit('log/user-data', 8 * at + (at % 8))
  }
  disk.flipBit('log/user-data', 100)
  const damaged = await openAuthor(disk)
  await damaged.setUserData('b', utf8('new'))
  assert.equal(damaged.userData('a'), undefined)
  assert.deepEqual((await openAuthor(disk)).userData('b'), utf8('new'))
})
