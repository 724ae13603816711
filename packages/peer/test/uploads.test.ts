/** Goal: what was put into an upload, or prepared for a message, outlives the peer however it ends, and nothing is left in the end. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { UPLOAD_IDLE_MS, UPLOAD_WASTE_BYTES_MAX } from '../src/files/upload-book.ts'
import { codeOf, pass, people, seededRandom } from './_world.ts'
import type { Person } from './_world.ts'
import { household } from './_household.ts'

const HOUR_MS = 3_600_000

async function* pieces(bytes: Uint8Array, length = 50_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

function pattern(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * seed + seed) & 0xff)
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return concatBytes(...parts)
}

function logs({ disk }: Person): readonly string[] {
  return [...disk.files().keys()].filter((path) => path.startsWith('uploads/'))
}

function logBytes({ disk }: Person): number {
  return [...disk.files()].reduce((sum, [path, { length }]) => {
    return path.startsWith('uploads/') ? sum + length : sum
  }, 0)
}

/** The disk as it was after `kill -9`; what the old process does from now on, nobody sees. */
async function openAfterKill(
  person: Person,
  files: ReadonlyMap<string, Uint8Array> = person.disk.files(),
): Promise<void> {
  const disk = createMemoryDisk({ files })
  await person.close()
  person.disk = disk
  await person.open()
}

const FIRST: readonly (readonly [string, Uint8Array])[] = [
  ['a', pattern(1_000, 1)],
  ['empty', new Uint8Array(0)],
  ['large', pattern(300_000, 2)],
  ['b', pattern(65_536, 3)],
]
const SECOND: readonly (readonly [string, Uint8Array])[] = [
  ['c', pattern(5_000, 4)],
  ['larger', pattern(600_000, 5)],
]

async function put(person: Person, upload: string, files: typeof FIRST): Promise<void> {
  for (const [path, bytes] of files) await person.api.putFile(upload, path, pieces(bytes))
}

async function assertShared(person: Person, share: string): Promise<void> {
  for (const [path, bytes] of [...FIRST, ...SECOND]) {
    assert.deepEqual(await collect(person.api.readFile(share, path)), bytes, path)
  }
}

test('an upload goes on after a restart where it was', async () => {
  const { space, anna, ben } = await household()
  const { id } = await anna.api.startUpload({ space, name: 'Holiday', isFolder: true })
  await put(anna, id, FIRST)
  await anna.reopen()
  assert.equal(await codeOf(anna.api.putFile(id, 'a', pieces(pattern(1)))), 'FILE_EXISTS')
  await put(anna, id, SECOND)
  const shared = await anna.api.finishUpload(id)
  assert.equal(shared.totalBytes, 971_536)
  assert.deepEqual(logs(anna), [])
  await anna.reopen()
  await pass([anna, ben], 2_000)
  await ben.api.startTransfer(shared.id)
  await pass([anna, ben], 10_000)
  await assertShared(ben, shared.id)
})

test('a peer that is killed in the middle of an upload has every file that was taken, and of no other anything', async () => {
  const { space, anna } = await household()
  const { id } = await anna.api.startUpload({ space, name: 'Holiday', isFolder: true })
  await put(anna, id, FIRST)
  const { promise: killed, resolve: kill } = Promise.withResolvers<void>()
  const { promise: isHalf, resolve: reachHalf } = Promise.withResolvers<void>()
  async function* half(): AsyncGenerator<Uint8Array> {
    yield* pieces(SECOND[1]![1].subarray(0, 400_000))
    reachHalf()
    await killed
    throw new Error('the process is gone')
  }
  const putting = codeOf(anna.api.putFile(id, 'larger', half()))
  await isHalf
  const files = anna.disk.files()
  kill()
  await putting
  await openAfterKill(anna, files)
  const { fileCount, totalBytes } = await anna.api.putFile(id, 'c', pieces(SECOND[0]![1]))
  assert.deepEqual([fileCount, totalBytes], [5, 371_536])
  await put(anna, id, SECOND.slice(1))
  await assertShared(anna, (await anna.api.finishUpload(id)).id)
})

test('what was put in is there after a power cut, and all of it goes when the upload is cancelled', async () => {
  for (let seed = 0; seed < 8; seed++) {
    const [anna] = await people('anna')
    const { id } = await anna.api.startUpload({ name: 'Holiday', isFolder: true })
    await put(anna, id, FIRST)
    anna.disk.crash(seededRandom(`power cut ${seed}`))
    await openAfterKill(anna)
    const { fileCount } = await anna.api.putFile(id, 'c', pieces(SECOND[0]![1]))
    assert.equal(fileCount, 5)
    await anna.api.cancelUpload(id)
    assert.equal((await anna.api.fileStorage()).usedBytes, 0)
    assert.deepEqual(logs(anna), [])
  }
})

test('an upload is dropped a day after anything was put in last, whether the peer ran meanwhile or not', async () => {
  const [anna] = await people('anna')
  const first = await anna.api.startUpload({ name: 'x', isFolder: true })
  await put(anna, first.id, FIRST)
  await pass([anna], 1_000)
  anna.clock.pass(UPLOAD_IDLE_MS - HOUR_MS)
  const second = await anna.api.startUpload({ name: 'y', isFolder: true })
  await put(anna, second.id, FIRST)
  await anna.reopen()
  assert.equal(logs(anna).length, 2)
  anna.clock.pass(2 * HOUR_MS)
  await pass([anna], 1_000)
  assert.equal(await codeOf(anna.api.finishUpload(first.id)), 'UPLOAD_NOT_FOUND')
  assert.equal(logs(anna).length, 1)
  await anna.close()
  anna.clock.pass(UPLOAD_IDLE_MS)
  await anna.open()
  assert.equal(await codeOf(anna.api.finishUpload(second.id)), 'UPLOAD_NOT_FOUND')
  assert.deepEqual(logs(anna), [])
  assert.equal((await anna.api.fileStorage()).usedBytes, 0)
})

test('an upload that is finished again after a crash comes to the same share', async () => {
  for (const isWithin of [true, false]) {
    const [anna] = await people('anna')
    const { id: home } = await anna.api.createSpace('Home')
    const space = isWithin ? home : undefined
    const where = space === undefined ? {} : { space }
    const { id } = await anna.api.startUpload({ ...where, name: 'Holiday', isFolder: true })
    await put(anna, id, [...FIRST, ...SECOND])
    // Everybody was told of the share, and the upload is not settled yet.
    let files: ReadonlyMap<string, Uint8Array> | undefined
    const remove = anna.disk.remove.bind(anna.disk)
    anna.disk.remove = async (path) => {
      if (path === `uploads/${id}`) files ??= anna.disk.files()
      await remove(path)
    }
    const shared = await anna.api.finishUpload(id)
    await openAfterKill(anna, files)
    assert.equal((await anna.api.finishUpload(id)).id, shared.id)
    assert.equal((await anna.api.shares(space)).length, 1)
    await assertShared(anna, shared.id)
  }
})

test('a disk that takes nothing more loses no file of an upload, and takes in none that it could not keep', async () => {
  const [anna] = await people('anna')
  const { id } = await anna.api.startUpload({ name: 'Holiday', isFolder: true })
  await put(anna, id, FIRST)
  const used = [...anna.disk.files().values()].reduce((sum, { length }) => sum + length, 0)
  anna.disk.setCapacity(used + 100)
  for (const [path, bytes] of SECOND) {
    assert.equal(await codeOf(anna.api.putFile(id, path, pieces(bytes))), 'STORE_FULL', path)
  }
  anna.disk.setCapacity(Number.POSITIVE_INFINITY)
  await put(anna, id, SECOND)
  await assertShared(anna, (await anna.api.finishUpload(id)).id)
})

test('the bytes of small files stand in the file of an upload no longer than they have to', async () => {
  const [anna] = await people('anna')
  const { id } = await anna.api.startUpload({ name: 'Small', isFolder: true, isPublic: true })
  const count = 200
  const bytes = pattern(65_536)
  for (let index = 0; index < count; index++) {
    bytes[0] = index
    bytes[1] = index >> 8
    await anna.api.putFile(id, `file ${index}`, pieces(bytes, bytes.length))
    if (index % 50 === 49) assert.ok(logBytes(anna) < 2 * UPLOAD_WASTE_BYTES_MAX)
  }
  await anna.reopen()
  const shared = await anna.api.finishUpload(id)
  assert.deepEqual([shared.fileCount, shared.totalBytes], [count, count * 65_536])
  assert.deepEqual(await collect(anna.api.readFile(shared.id, 'file 199')), bytes)
  bytes.set([0, 0])
  assert.deepEqual(await collect(anna.api.readFile(shared.id, 'file 0')), bytes)
})

test('a prepared file goes into a message after a restart, and is dropped a day after it was prepared', async () => {
  const { space, anna, ben } = await household()
  const picture = pattern(100_000, 7)
  const { id } = await anna.api.prepareFile(space, 'cat.png', pieces(picture))
  const other = await anna.api.prepareFile(space, 'dog.png', pieces(pattern(90_000, 8)))
  await anna.reopen()
  await pass([anna, ben], 2_000)
  const sent = await anna.api.send(space, { text: 'look', files: [id] })
  await pass([anna, ben], 2_000)
  const file = sent.files![0]!.id
  const reading = collect(ben.api.readAttachment(space, file))
  await pass([anna, ben], 5_000)
  assert.deepEqual(await reading, picture)
  await anna.reopen()
  anna.clock.pass(25 * HOUR_MS)
  await pass([anna, ben], 1_000)
  assert.equal(
    await codeOf(anna.api.send(space, { text: '', files: [other.id] })),
    'FILE_NOT_FOUND',
  )
  assert.deepEqual(await collect(anna.api.readAttachment(space, file)), picture)
  assert.ok((await anna.api.fileStorage()).usedBytes < 110_000)
})

test('a picture whose message was written before the peer was killed stays with it', async () => {
  const { space, anna } = await household()
  const picture = pattern(100_000, 7)
  const { id } = await anna.api.prepareFile(space, 'cat.png', pieces(picture))
  // The message is written, and the list of prepared files still has its picture.
  let files: ReadonlyMap<string, Uint8Array> | undefined
  let isNamed = false
  const write = anna.disk.write.bind(anna.disk)
  anna.disk.write = async (path, bytes) => {
    if (path === 'prepared' && isNamed) files ??= anna.disk.files()
    isNamed ||= path === 'prepared'
    await write(path, bytes)
  }
  const sent = await anna.api.send(space, { text: 'look', files: [id] })
  await openAfterKill(anna, files)
  anna.clock.pass(25 * HOUR_MS)
  await pass([anna], 1_000)
  const file = sent.files![0]!.id
  assert.deepEqual(await collect(anna.api.readAttachment(space, file)), picture)
})
