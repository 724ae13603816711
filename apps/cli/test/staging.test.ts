/** Writing files with names of other people: beside their place first, and over nothing that is there. */

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { localPaths } from '@hamlet/files/names'

import { Staging, writeFailure } from '../src/files/staging.ts'
import type { PlacedFile } from '../src/files/staging.ts'

const SHARE = '3fa1'.repeat(16)
const STAGED = '.hamlet-3fa13fa13fa13fa1'

interface Place extends AsyncDisposable {
  readonly root: string
  open(isForced?: boolean): Staging
  text(path: string): Promise<string>
}

async function makePlace(): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'hamlet-get-'))
  return {
    root,
    open: (isForced = false) => new Staging(root, SHARE, isForced),
    text: (path) => readFile(join(root, path), 'utf8'),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  }
}

function files(...paths: readonly string[]): readonly PlacedFile[] {
  const places = localPaths(paths)
  assert.ok(places.ok)
  return places.value.map((path, index) => ({ index, path, sizeBytes: 5 }))
}

async function* content(text = 'hello'): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

async function writeAll(staging: Staging, all: readonly PlacedFile[]): Promise<void> {
  for (const file of all) await staging.write(file, content())
}

test('files get their names when all are there, and nothing of ours is left', async () => {
  await using place = await makePlace()
  const staging = place.open()
  const all = files('Photos/a.txt', 'Photos/deep/er/b.txt')
  await writeAll(staging, all)
  assert.deepEqual(await readdir(place.root), [STAGED])
  await staging.placeAll(all)
  assert.deepEqual(await readdir(place.root), ['Photos'])
  assert.equal(await place.text('Photos/deep/er/b.txt'), 'hello')
})

test('a file that is there already is told before anything is written, and stays as it is', async () => {
  await using place = await makePlace()
  await mkdir(join(place.root, 'Photos'))
  await writeFile(join(place.root, 'Photos/a.txt'), 'mine')
  const staging = place.open()
  const all = files('Photos/a.txt', 'Photos/b.txt')
  await assert.rejects(staging.requireFree(all), { code: 'FILE_EXISTS', message: /Photos\/a\.txt/ })
  await writeAll(staging, all)
  await assert.rejects(staging.placeAll(all), { code: 'FILE_EXISTS' })
  assert.equal(await place.text('Photos/a.txt'), 'mine')
  const forced = place.open(true)
  await forced.requireFree(all)
  await forced.placeAll(all)
  assert.equal(await place.text('Photos/a.txt'), 'hello')
})

test('who starts again goes on: whole files are there, half ones are not, and named ones are known', async () => {
  await using place = await makePlace()
  const all = files('a', 'b', 'c')
  const first = place.open()
  await first.write(all[0]!, content())
  await assert.rejects(first.write(all[1]!, content('hel')), { code: 'FILE_FAILED' })
  await writeFile(join(place.root, STAGED, '2.part'), 'he')
  const second = place.open()
  const there = await Promise.all(all.map((file) => second.has(file)))
  assert.deepEqual(there, [true, false, false])
  await second.write(all[1]!, content())
  await second.write(all[2]!, content())
  // As if it had been killed while names were given: `c` is taken by somebody else.
  await writeFile(join(place.root, 'c'), 'mine')
  await assert.rejects(second.placeAll(all), { code: 'FILE_EXISTS' })
  await rm(join(place.root, 'c'))
  const third = place.open()
  await third.requireFree(all)
  await third.placeAll(all)
  assert.deepEqual((await readdir(place.root)).toSorted(), ['a', 'b', 'c'])
})

test('no link is followed, whatever it leads to', async () => {
  await using place = await makePlace()
  await using outside = await makePlace()
  const all = files('Photos/a.txt')
  await symlink(outside.root, join(place.root, 'Photos'))
  const staging = place.open()
  await writeAll(staging, all)
  await assert.rejects(staging.placeAll(all), { code: 'FILE_FAILED', message: /no folder/ })
  await rm(join(place.root, 'Photos'))
  await mkdir(join(place.root, 'Photos'))
  await symlink(join(outside.root, 'b'), join(place.root, 'Photos/a.txt'))
  await assert.rejects(staging.requireFree(all), { code: 'FILE_EXISTS' })
  await assert.rejects(staging.placeAll(all), { code: 'FILE_EXISTS' })
  const forced = place.open(true)
  await forced.placeAll(all)
  assert.equal(await place.text('Photos/a.txt'), 'hello')
  assert.deepEqual(await readdir(outside.root), [])
})

test('a link in place of our own folder, or of a part in it, is not written through', async () => {
  await using place = await makePlace()
  await using outside = await makePlace()
  await symlink(outside.root, join(place.root, STAGED))
  const staging = place.open()
  await assert.rejects(writeAll(staging, files('a')), { code: 'FILE_FAILED' })
  await rm(join(place.root, STAGED))
  await mkdir(join(place.root, STAGED))
  await symlink(join(outside.root, 'x'), join(place.root, STAGED, '0.part'))
  await writeAll(staging, files('a'))
  assert.deepEqual(await readdir(outside.root), [])
})

test('a file that is longer or shorter than its share says is not kept', async () => {
  await using place = await makePlace()
  const staging = place.open()
  const [file] = files('a')
  for (const text of ['hell', 'hello!', '']) {
    await assert.rejects(staging.write(file!, content(text)), { code: 'FILE_FAILED' }, text)
    assert.equal(await staging.has(file!), false)
  }
  await staging.write({ ...file!, sizeBytes: 0 }, content(''))
  assert.equal(await staging.has({ ...file!, sizeBytes: 0 }), true)
})

test('a full disk is told as such, with what to do', () => {
  for (const code of ['ENOSPC', 'EDQUOT', 'EFBIG']) {
    const error = writeFailure('a.txt', Object.assign(new Error(code), { code }))
    assert.equal(error.code, 'DISK_FULL')
    assert.match(error.message, /a\.txt.*free some space/)
  }
  const other = writeFailure('a.txt', Object.assign(new Error('EACCES: no'), { code: 'EACCES' }))
  assert.deepEqual([other.code, other.message], ['FILE_FAILED', 'cannot write a.txt: EACCES: no'])
})
