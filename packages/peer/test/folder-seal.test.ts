/** Whether a data directory is as it was left: restarts, kills and moves keep the seal; every way of putting back breaks it. */

import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silentLogger } from '@hamlet/core'
import type { SpaceId } from '@hamlet/core'
import { FolderSeal, NOTE_INTERVAL_MS, NOTE_MS } from '@hamlet/peer/node'
import { TestClock } from './_world.ts'

const SPACE = '11'.repeat(32) as SpaceId
const OTHER = '22'.repeat(32) as SpaceId
const FILES = ['mark-0', 'mark-1', 'seal']

let root: string
before(async () => (root = await mkdtemp(join(tmpdir(), 'hamlet-seal-'))))
after(() => rm(root, { recursive: true, force: true }))

/** Long enough for three small files. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100))
}

let count = 0
function newDirectory(): string {
  return join(root, `${count++}`)
}

function open(directory: string, isNew = false, clock = new TestClock()): Promise<FolderSeal> {
  return FolderSeal.open({ directory, clock, logger: silentLogger, isNew })
}

/** A directory in which this much was written. */
async function written(length: number): Promise<string> {
  const directory = newDirectory()
  const seal = await open(directory, true)
  await write(seal, length)
  return directory
}

async function write(seal: FolderSeal, length: number): Promise<void> {
  seal.note(SPACE, length)
  await seal.close()
}

/** As tools that replace each file do; `changedOnly`: what is the same is left alone, as rsync does. */
async function putBack(from: string, to: string, changedOnly: boolean): Promise<void> {
  for (const name of FILES) {
    const path = join(to, 'seal', name)
    const [old, now] = await Promise.all([
      readFile(join(from, 'seal', name)).catch(() => undefined),
      readFile(path).catch(() => undefined),
    ])
    if (old === undefined || (changedOnly && now?.equals(old) === true)) continue
    await writeFile(`${path}.new`, old)
    await rename(`${path}.new`, path)
  }
}

/** As tools that write into the files there do. */
async function overwrite(from: string, to: string): Promise<void> {
  for (const name of FILES) {
    const old = await readFile(join(from, 'seal', name)).catch(() => undefined)
    if (old !== undefined) await writeFile(join(to, 'seal', name), old)
  }
}

async function backup(directory: string): Promise<string> {
  const copy = newDirectory()
  await cp(directory, copy, { recursive: true, preserveTimestamps: true })
  return copy
}

test('a new directory is sealed, and stays so over restarts and however much is written', async () => {
  const directory = newDirectory()
  assert.equal((await open(directory, true)).isUnbroken, true)
  for (let length = 1; length < 6; length++) {
    const seal = await open(directory)
    assert.equal(seal.isUnbroken, true, `life ${length}`)
    assert.equal(seal.lengthOf(SPACE), length - 1)
    await write(seal, length)
  }
  const last = await open(directory)
  assert.deepEqual([last.lengthOf(SPACE), last.lengthOf(OTHER)], [5, 0])
})

test('a directory of which nobody knows is not believed', async () => {
  assert.equal((await open(newDirectory())).isUnbroken, false)
})

test('moving the directory on its disk changes nothing, copying it does', async () => {
  const directory = await written(3)
  const moved = newDirectory()
  await rename(directory, moved)
  assert.equal((await open(moved)).isUnbroken, true)
  assert.equal((await open(await backup(moved))).isUnbroken, false)
  assert.equal((await open(moved)).isUnbroken, true)
})

test('a kill between any two writes leaves it unbroken', async () => {
  const directory = newDirectory()
  const first = await open(directory, true)
  await write(first, 1)
  for (let length = 2; length < 6; length++) {
    const old = await readFile(join(directory, 'seal', 'seal'))
    await write(await open(directory), length)
    // The mark had been written and its seal not: the old seal, in the same inode or in a new one.
    await writeFile(join(directory, 'seal', 'seal'), old)
    const seal = await open(directory)
    assert.equal(seal.isUnbroken, true, `length ${length}`)
    assert.equal(seal.lengthOf(SPACE), length)
    await seal.renew()
  }
})

test('kills between the same two writes, again and again, leave it unbroken', async () => {
  const directory = newDirectory()
  await write(await open(directory, true), 1)
  const old = await readFile(join(directory, 'seal', 'seal'))
  for (let length = 2; length < 8; length++) {
    await write(await open(directory), length)
    await writeFile(join(directory, 'seal', 'seal'), old)
    const seal = await open(directory)
    assert.equal(seal.isUnbroken, true, `length ${length}`)
    assert.equal(seal.lengthOf(SPACE), length)
  }
})

for (const writes of [1, 2, 3]) {
  test(`put back over what was written ${writes} times since, however it is done, it is not believed`, async () => {
    const ways = [
      (from: string, to: string) => putBack(from, to, false),
      (from: string, to: string) => putBack(from, to, true),
      overwrite,
      async (from: string, to: string) => {
        await rm(to, { recursive: true })
        await cp(from, to, { recursive: true, preserveTimestamps: true })
      },
    ]
    for (const [i, way] of ways.entries()) {
      for (const earlier of [1, 2]) {
        const directory = await written(1)
        for (let n = 1; n < earlier; n++) await write(await open(directory), 1 + n)
        const copy = await backup(directory)
        for (let n = 0; n < writes; n++) await write(await open(directory), 10 + n)
        await way(copy, directory)
        const seal = await open(directory)
        assert.equal(seal.isUnbroken, false, `way ${i}, ${earlier} writes before`)
        await seal.renew()
        const again = await open(directory)
        assert.equal(again.isUnbroken, true, 'noted once, it is as it should be')
      }
    }
  })
}

test('put back where nothing was written since, by tools that leave alone what is the same, it is as it was', async () => {
  const directory = await written(3)
  const copy = await backup(directory)
  await putBack(copy, directory, true)
  assert.equal((await open(directory)).isUnbroken, true)
})

test('what is written is on the disk soon, and then at most now and then', async () => {
  const directory = newDirectory()
  const clock = new TestClock()
  const seal = await open(directory, true, clock)
  clock.pass(NOTE_INTERVAL_MS)
  const noted = async (): Promise<number> => (await open(directory)).lengthOf(SPACE)
  seal.note(SPACE, 1)
  assert.equal(await noted(), 0)
  clock.pass(NOTE_MS)
  await settle()
  assert.equal(await noted(), 1)
  seal.note(SPACE, 2)
  clock.pass(NOTE_MS)
  await settle()
  assert.equal(await noted(), 1)
  clock.pass(NOTE_INTERVAL_MS)
  await settle()
  assert.equal(await noted(), 2)
  seal.note(SPACE, 2)
  assert.equal(clock.timerCount, 0, 'what is known already costs nothing')
})

test('a damaged seal or newest mark is not believed, and is made anew', async () => {
  for (const name of ['mark-1', 'seal']) {
    const directory = await written(3)
    await write(await open(directory), 4)
    await writeFile(join(directory, 'seal', name), Uint8Array.of(0xff))
    const seal = await open(directory)
    assert.equal(seal.isUnbroken, false, name)
    await seal.renew()
    await seal.renew()
    assert.equal((await open(directory)).isUnbroken, true, name)
  }
})
