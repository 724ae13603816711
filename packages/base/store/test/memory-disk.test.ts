import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { equalBytes, utf8 } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { diskConformance } from '@hamlet/testkit/conformance/disk'
import type { Disk, Random } from '@hamlet/core'

diskConformance(
  test,
  {
    create: async (): Promise<Disk> => createMemoryDisk(),
    destroy: async (): Promise<void> => undefined,
  },
  { persistent: false },
)

function seededRandom(seed: number): Random {
  let counter = 0
  return {
    bytes(count) {
      const bytes = new Uint8Array(count)
      for (let offset = 0; offset < count; offset += 32) {
        const block = createHash('sha256').update(`${seed}/${counter++}`).digest()
        bytes.set(block.subarray(0, count - offset), offset)
      }
      return bytes
    },
  }
}

test('a power cut keeps all that was synced and may lose all that was not', async () => {
  const outcomes = new Set<string>()
  for (let seed = 0; seed < 200; seed++) {
    const disk = createMemoryDisk()
    const file = await disk.open('log/data')
    file.append(new Uint8Array(700).fill(1))
    await file.sync()
    await disk.syncDirectory('log')
    file.append(new Uint8Array(1500).fill(2))
    disk.crash(seededRandom(seed))
    const left = (await disk.readAll('log/data'))!
    assert.ok(equalBytes(left.subarray(0, 700), new Uint8Array(700).fill(1)))
    const rest = left.subarray(700)
    if (rest.length === 0) outcomes.add('none')
    else if (rest.every((byte) => byte === 2)) outcomes.add(rest.length < 1500 ? 'prefix' : 'all')
    else outcomes.add(rest.includes(0) && rest.every((byte) => byte % 2 === 0) ? 'holes' : 'junk')
  }
  assert.deepEqual([...outcomes].sort(), ['all', 'holes', 'junk', 'none', 'prefix'])
})

test('names that were not synced may revert, each on its own', async () => {
  const outcomes = new Set<string>()
  for (let seed = 0; seed < 100; seed++) {
    const disk = createMemoryDisk()
    await disk.write('a', utf8('a'))
    await disk.rename('a', 'b')
    ;(await disk.open('c')).close()
    disk.crash(seededRandom(seed))
    outcomes.add((await disk.list('')).join())
  }
  assert.deepEqual([...outcomes].sort(), ['a', 'a,c', 'b', 'b,c'])
})

test('an unsynced truncation may be undone, a synced one never is', async () => {
  const sizes = new Set<number>()
  for (let seed = 0; seed < 50; seed++) {
    const disk = createMemoryDisk({ files: new Map([['f', utf8('abcdef')]]) })
    const file = await disk.open('f')
    file.truncate(2)
    if (seed % 2 === 0) await file.sync()
    disk.crash(seededRandom(seed))
    const size = (await disk.readAll('f'))!.length
    if (seed % 2 === 0) assert.equal(size, 2)
    sizes.add(size)
  }
  assert.deepEqual(
    [...sizes].sort((a, b) => a - b),
    [2, 6],
  )
})

test('a whole-file write is there or not there, never in part', async () => {
  for (let seed = 0; seed < 30; seed++) {
    const disk = createMemoryDisk({ syncDelay: () => Promise.resolve() })
    await disk.write('state', utf8('old'))
    const writing = disk.write('state', utf8('new!'))
    writing.catch(() => undefined)
    for (let turn = 0; turn < seed % 6; turn++) await Promise.resolve()
    disk.crash(seededRandom(seed))
    const text = new TextDecoder().decode(await disk.readAll('state'))
    assert.ok(text === 'old' || text === 'new!', text)
  }
})

test('nothing opened before a power cut works after it', async () => {
  const disk = createMemoryDisk()
  const file = await disk.open('f')
  file.append(utf8('x'))
  const syncing = file.sync()
  disk.crash(seededRandom(1))
  await assert.rejects(syncing, { code: 'STORE_IO' })
  assert.throws(() => file.append(utf8('y')), { code: 'STORE_IO' })
  assert.throws(() => file.read(0, 0), { code: 'STORE_IO' })
})

test('a full disk refuses the append and keeps the size', async () => {
  const disk = createMemoryDisk({ capacityBytes: 10 })
  const file = await disk.open('f')
  file.append(new Uint8Array(8))
  assert.throws(() => file.append(new Uint8Array(3)), { code: 'STORE_FULL' })
  await assert.rejects(disk.write('g', new Uint8Array(3)), { code: 'STORE_FULL' })
  assert.equal(file.sizeBytes, 8)
  disk.setCapacity(20)
  assert.equal(file.append(new Uint8Array(3)), 8)
})

test('a failed sync poisons the file until it is opened again', async () => {
  const disk = createMemoryDisk({ faults: { sync: (path) => path === 'f' } })
  const file = await disk.open('f')
  file.append(utf8('x'))
  await assert.rejects(file.sync(), { code: 'STORE_SYNC_FAILED' })
  disk.setFaults({})
  assert.throws(() => file.append(utf8('y')), { code: 'STORE_SYNC_FAILED' })
  await assert.rejects(file.sync(), { code: 'STORE_SYNC_FAILED' })
  const again = await disk.open('f')
  again.append(utf8('y'))
  await again.sync()
})

test('a read can fail, and what is on the disk is as it was', async () => {
  let isFailing = true
  const disk = createMemoryDisk({ faults: { readError: () => isFailing } })
  await disk.write('a/whole', utf8('whole'))
  const file = await disk.open('a/whole')
  assert.throws(() => file.read(0, 5), { code: 'STORE_IO' })
  await assert.rejects(disk.readAll('a/whole'), { code: 'STORE_IO' })
  assert.equal(await disk.readAll('a/none'), undefined)
  isFailing = false
  assert.deepEqual(file.read(0, 5), utf8('whole'))
})

test('reads can be made short or wrong, and bits can rot', async () => {
  const disk = createMemoryDisk({ faults: { read: (_, __, bytes) => bytes.subarray(1) } })
  const file = await disk.open('f')
  file.append(utf8('abc'))
  assert.throws(() => file.read(0, 3), { code: 'STORE_SHORT_READ' })
  disk.setFaults({})
  disk.flipBit('f', 8)
  assert.deepEqual(file.read(0, 3), utf8('acc'))
})

test('a power cut leaves each sector that was written over old or new, and those synced new', async () => {
  const outcomes = new Set<string>()
  for (let seed = 0; seed < 60; seed++) {
    const disk = createMemoryDisk({ files: new Map([['f', new Uint8Array(2048).fill(1)]]) })
    const file = await disk.open('f')
    file.writeAt(0, new Uint8Array(512).fill(2))
    await file.sync()
    file.writeAt(500, new Uint8Array(600).fill(3))
    disk.crash(seededRandom(seed))
    const left = (await disk.readAll('f'))!
    const borders = [0, 499, 500, 511, 512, 1023, 1024, 1099, 1100, 2047]
    outcomes.add(borders.map((at) => left[at]).join(''))
  }
  const expected = ['2222', '2233'].flatMap((first) =>
    ['1111', '1133', '3311', '3333'].map((rest) => `${first}${rest}11`),
  )
  assert.deepEqual([...outcomes].sort(), expected)
})

test('what is written over while a sync is under way is not covered by it', async () => {
  const outcomes = new Set<number>()
  for (let seed = 0; seed < 60; seed++) {
    const disk = createMemoryDisk({ files: new Map([['f', utf8('1')]]) })
    const file = await disk.open('f')
    file.writeAt(0, utf8('2'))
    const syncing = file.sync()
    file.writeAt(0, utf8('3'))
    if (seed % 2 === 0) await syncing
    else syncing.catch(() => undefined)
    disk.crash(seededRandom(seed))
    const [left] = (await disk.readAll('f'))!
    if (seed % 2 === 0) assert.notEqual(left, 0x31)
    outcomes.add(left!)
  }
  assert.deepEqual(outcomes, new Set([0x31, 0x32, 0x33]))
})

test('what is written past the end is lost or torn like what is appended, and a full disk refuses it', async () => {
  const sizes = new Set<number>()
  for (let seed = 0; seed < 40; seed++) {
    const disk = createMemoryDisk({ files: new Map([['f', utf8('ab')]]), capacityBytes: 5000 })
    const file = await disk.open('f')
    assert.throws(() => file.writeAt(4999, utf8('xx')), { code: 'STORE_FULL' })
    assert.equal(file.sizeBytes, 2)
    file.writeAt(3000, utf8('x'))
    disk.crash(seededRandom(seed))
    const left = (await disk.readAll('f'))!
    assert.deepEqual(left.subarray(0, 2), utf8('ab'))
    sizes.add(left.length)
  }
  assert.ok(sizes.has(2) && sizes.has(3001) && sizes.size > 3)
})
