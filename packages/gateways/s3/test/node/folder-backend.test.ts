/** The folder backend: the suite of all backends, what it leaves on the disk, and what it finds there. */

import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { concatBytes, utf8 } from '@hamlet/core'
import { FolderBackend } from '../../src/node/folder-backend.ts'
import { ODD_KEYS, s3BackendSuite } from '../_backend-suite.ts'
import { BUCKET, bodyOf, brokenBody, bytesOf, put, readObject } from '../_bodies.ts'
import { clock, openFolder, random } from '../_folder.ts'

const folders = new WeakMap<FolderBackend, string>()

async function openIn(folder: string): Promise<FolderBackend> {
  const { backend } = await openFolder({ folder })
  folders.set(backend, folder)
  return backend
}

s3BackendSuite(test, {
  create: async () => openIn(await mkdtemp(join(tmpdir(), 'hamlet-s3-'))),
  async reopen(backend) {
    await backend.close()
    return openIn(folders.get(backend)!)
  },
  async destroy(backend) {
    await backend.close()
    await rm(folders.get(backend)!, { recursive: true })
  },
})

/** Of everything in the folder, what is no folder. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort()
}

test('an object is a file whose bytes come first, at a path that says its key', async () => {
  await using opened = await openFolder({ sync: true })
  const { backend, folder } = opened
  await backend.createBucket(BUCKET)
  await put(backend, 'Photos//é.jpg', 'bytes')
  const path = join(BUCKET, '+!photos', '+', '_%c3%a9.jpg')
  const own = ['.hamlet-s3/format', '.hamlet-s3/lock']
  assert.deepEqual(await filesIn(folder), [...own, path, `${BUCKET}/.bucket`].sort())
  const file = await readFile(join(folder, path))
  assert.equal(file.subarray(0, 5).toString(), 'bytes')
  await backend.delete(BUCKET, 'Photos//é.jpg')
  assert.deepEqual(await readdir(join(folder, BUCKET)), ['.bucket'])
})

test('nothing is written outside the folder of the bucket, whatever the key', async () => {
  await using opened = await openFolder()
  const { backend, folder } = opened
  await backend.createBucket(BUCKET)
  for (const key of ODD_KEYS) await put(backend, key, key)
  const files = await filesIn(folder)
  assert.equal(files.filter((file) => file.startsWith(`${BUCKET}/`)).length, ODD_KEYS.length + 1)
  assert.equal(files.length, ODD_KEYS.length + 3)
})

test('of what fails or was interrupted nothing stays', async () => {
  await using opened = await openFolder()
  const { backend, folder } = opened
  await backend.createBucket(BUCKET)
  const broken = backend.put(BUCKET, 'k', brokenBody(bytesOf(1000)), { headers: {} })
  await assert.rejects(broken, { code: 'BadDigest' })
  const temporary = join(folder, '.hamlet-s3', 'temporary')
  assert.deepEqual(await readdir(temporary), [])
  await writeFile(join(temporary, 'left-by-a-crash'), 'half an object')
  await backend.close()
  const again = await FolderBackend.open({ folder, clock, random })
  assert.deepEqual(await readdir(temporary), [])
  assert.deepEqual((await again.listBuckets()).length, 1)
  await again.close()
})

test('a folder is open once, and is taken over from a process that is gone', async () => {
  await using opened = await openFolder()
  const { folder } = opened
  const second = FolderBackend.open({ folder, clock, random })
  await assert.rejects(second, { code: 'S3_FOLDER_IN_USE' })
  await writeFile(join(folder, '.hamlet-s3', 'lock'), '4194304999\n')
  await (await FolderBackend.open({ folder, clock, random })).close()
})

test('a folder with anything else in it is not taken', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hamlet-s3-'))
  await writeFile(join(folder, 'letter.txt'), 'dear')
  const opening = FolderBackend.open({ folder, clock, random })
  await assert.rejects(opening, { code: 'S3_FOLDER_FOREIGN' })
  assert.deepEqual(await readdir(folder), ['letter.txt'])
  await rm(folder, { recursive: true })
})

test('a damaged file is told of when it is read, and hides no other', async () => {
  await using opened = await openFolder()
  const { backend, folder } = opened
  await backend.createBucket(BUCKET)
  for (const key of ['a', 'b', 'c']) await put(backend, key, bytesOf(100))
  const path = join(folder, BUCKET, '_b')
  const whole = await readFile(path)
  const query = { prefix: '', delimiter: '', after: '', limit: 10 }
  for (let at = 100; at < whole.length; at++) {
    const changed = Uint8Array.from(whole)
    changed[at]! ^= 1
    await writeFile(path, changed)
    await assert.rejects(backend.head(BUCKET, 'b'), { code: 'InternalError' }, `byte ${at}`)
  }
  for (const length of [0, 10, 24, whole.length - 1]) {
    await writeFile(path, whole)
    await truncate(path, length)
    await assert.rejects(backend.open(BUCKET, 'b'), { code: 'InternalError' })
  }
  await writeFile(path, concatBytes(whole, utf8('more')))
  await assert.rejects(backend.head(BUCKET, 'b'), { code: 'InternalError' })
  const { objects } = await backend.list(BUCKET, query)
  assert.deepEqual(
    objects.map(({ key }) => key),
    ['a', 'b', 'c'],
  )
  await put(backend, 'b', 'new')
  assert.deepEqual(await readObject(backend, BUCKET, 'b'), utf8('new'))
})

test('what is no file of ours is passed over in a listing', async () => {
  await using opened = await openFolder()
  const { backend, folder } = opened
  await backend.createBucket(BUCKET)
  await put(backend, 'a', 'x')
  for (const name of ['notes.txt', '_A', '_%41', '_!', '_%c3%A9', '.DS_Store']) {
    await writeFile(join(folder, BUCKET, name), 'x')
  }
  const { objects } = await backend.list(BUCKET, {
    prefix: '',
    delimiter: '',
    after: '',
    limit: 10,
  })
  assert.deepEqual(
    objects.map(({ key }) => key),
    ['a'],
  )
})

test('a bucket is not removed under an object that is put into it', async () => {
  await using opened = await openFolder()
  const { backend } = opened
  for (let round = 0; round < 10; round++) {
    await backend.createBucket(BUCKET)
    const [written, removed] = await Promise.allSettled([
      backend.put(BUCKET, 'a/b', bodyOf(utf8('x')), { headers: {} }),
      backend.deleteBucket(BUCKET),
    ])
    assert.notEqual(written.status, removed.status)
    if (written.status === 'fulfilled') {
      assert.deepEqual(await readObject(backend, BUCKET, 'a/b'), utf8('x'))
      await backend.delete(BUCKET, 'a/b')
      await backend.deleteBucket(BUCKET)
    } else {
      assert.equal((written.reason as { code: string }).code, 'NoSuchBucket')
    }
  }
})
