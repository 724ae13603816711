/**
 * Goal: a key file is created once, only its owner reads it, it changes whole or not at all, and every refusal has its
 * own code. Method: a real directory; where root would be let through by the system, the modes are judged, not tried.
 */

import assert from 'node:assert/strict'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import type { TestContext } from 'node:test'

import { createIdentity } from '@hamlet/identity'
import type { KeyRing } from '@hamlet/identity'
import { KeyFileStore } from '@hamlet/identity/node'

import { insecureDirectoryReason, insecureFileReason } from '../src/node/file-permissions.ts'
import { createFixedRandom, crypto } from './_support.ts'

const CHEAP = { memoryKib: 64, passes: 1, lanes: 1 }
const KEYS = createIdentity(crypto, createFixedRandom(1), { nowMs: 1 })
const OTHER_KEYS = createIdentity(crypto, createFixedRandom(2), { nowMs: 2 })

interface Place {
  readonly directory: string
  readonly path: string
  readonly store: KeyFileStore
}

async function createPlace(t: TestContext): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'hamlet-key-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const directory = join(root, 'data')
  const path = join(directory, 'keys')
  return { directory, path, store: storeAt(path) }
}

function storeAt(path: string): KeyFileStore {
  return new KeyFileStore({ crypto, random: createFixedRandom(9), path, cost: CHEAP })
}

async function createFilled(t: TestContext, passphrase?: string): Promise<Place> {
  const place = await createPlace(t)
  await place.store.create(KEYS, { passphrase })
  return place
}

function sameKeys(actual: KeyRing, expected: KeyRing): void {
  assert.deepEqual(actual, expected)
}

test('creates the file with mode 0600 in a directory of mode 0700 and reads it back', async (t) => {
  const { directory, path, store } = await createPlace(t)
  assert.equal(await store.exists(), false)
  await store.create(KEYS)
  assert.equal(await store.exists(), true)
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.equal((await stat(directory)).mode & 0o777, 0o700)
  assert.deepEqual(await readdir(directory), ['keys'])
  sameKeys(await store.open(), KEYS)
})

test('never overwrites a key file when creating', async (t) => {
  const { path, store } = await createFilled(t)
  await assert.rejects(store.create(OTHER_KEYS), { code: 'KEY_FILE_EXISTS' })
  sameKeys(await store.open(), KEYS)
  await rm(path)
  await symlink('/nowhere', path)
  await assert.rejects(store.create(OTHER_KEYS), { code: 'KEY_FILE_EXISTS' })
})

test('of two that create at once one wins and the other is told', async (t) => {
  const { directory, path } = await createPlace(t)
  const results = await Promise.allSettled([storeAt(path).create(KEYS), storeAt(path).create(KEYS)])
  assert.ok(results.some((result) => result.status === 'fulfilled'))
  sameKeys(await storeAt(path).open(), KEYS)
  assert.deepEqual(await readdir(directory), ['keys'])
})

test('replaces the whole file and clears what a crash left behind', async (t) => {
  const { directory, path, store } = await createFilled(t)
  await writeFile(`${path}.new`, 'half a file')
  await store.replace(OTHER_KEYS)
  sameKeys(await store.open(), OTHER_KEYS)
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(directory), ['keys'])
})

test('does not write through a symbolic link put in the place of the temporary file', async (t) => {
  const { directory, path, store } = await createFilled(t)
  const victim = join(directory, 'victim')
  await writeFile(victim, 'precious')
  await symlink(victim, `${path}.new`)
  await store.replace(OTHER_KEYS)
  assert.equal(await readFile(victim, 'utf8'), 'precious')
})

test('says when the file is missing', async (t) => {
  const { store, directory } = await createPlace(t)
  await assert.rejects(store.open(), { code: 'KEY_FILE_MISSING' })
  await assert.rejects(store.replace(KEYS), { code: 'KEY_FILE_MISSING' })
  await mkdir(directory, { mode: 0o700 })
  await assert.rejects(store.open(), { code: 'KEY_FILE_MISSING' })
})

test('says when the file cannot be read or written', async (t) => {
  const { directory } = await createPlace(t)
  await writeFile(directory, 'a file where the directory should be', { mode: 0o600 })
  await assert.rejects(storeAt(join(directory, 'keys')).open(), { code: 'KEY_FILE_UNREADABLE' })
  const below = storeAt(join(directory, 'keys', 'keys'))
  await assert.rejects(below.create(KEYS), { name: 'KeyFileError' })
})

test('says when the directory cannot take the file', async (t) => {
  const { directory, path, store } = await createPlace(t)
  await mkdir(directory, { mode: 0o700 })
  await mkdir(`${path}.new`)
  await assert.rejects(store.create(KEYS), { code: 'KEY_FILE_UNWRITABLE' })
  assert.equal(await store.exists(), false)
})

test('refuses a file that its group or others may touch', async (t) => {
  const { path, store } = await createFilled(t)
  for (const mode of [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o666]) {
    await chmod(path, mode)
    await assert.rejects(store.open(), { code: 'KEY_FILE_INSECURE' })
  }
  await chmod(path, 0o400)
  sameKeys(await store.open(), KEYS)
})

test('refuses a directory that others may write to, and accepts one they may read', async (t) => {
  const { directory, store } = await createFilled(t)
  for (const mode of [0o720, 0o702, 0o777]) {
    await chmod(directory, mode)
    await assert.rejects(store.open(), { code: 'KEY_FILE_INSECURE' })
    await assert.rejects(store.replace(KEYS), { code: 'KEY_FILE_INSECURE' })
  }
  await chmod(directory, 0o755)
  sameKeys(await store.open(), KEYS)
})

test('refuses links and anything that is not a plain file', async (t) => {
  const { directory, path, store } = await createFilled(t)
  const linked = join(directory, 'linked')
  await symlink(path, linked)
  await assert.rejects(storeAt(linked).open(), { code: 'KEY_FILE_INSECURE' })
  await rm(path)
  await mkdir(path, { mode: 0o700 })
  await assert.rejects(store.open(), { code: 'KEY_FILE_INSECURE' })
})

test('accepts files of this user and of root, and refuses those of any other', () => {
  const facts = { isPlainFile: true, mode: 0o100600, uid: 1000 }
  assert.equal(insecureFileReason(facts, 1000), undefined)
  assert.equal(insecureFileReason({ ...facts, uid: 0 }, 1000), undefined)
  assert.equal(insecureFileReason({ ...facts, uid: 1001 }, 1000), 'belongs to another user')
  assert.equal(insecureFileReason({ ...facts, uid: 1001 }, 0), 'belongs to another user')
})

test('judges only the kind of file where there are no modes', () => {
  const facts = { isPlainFile: true, mode: 0o100666, uid: 0 }
  assert.equal(insecureFileReason(facts, undefined), undefined)
  assert.equal(insecureDirectoryReason(0o777, undefined), undefined)
  assert.equal(
    insecureFileReason({ ...facts, isPlainFile: false }, undefined),
    'is not a plain file',
  )
})

test('says when the file is damaged', async (t) => {
  const { path, store } = await createFilled(t)
  const bytes = await readFile(path)
  for (const damaged of [bytes.subarray(0, 40), Buffer.alloc(0), Buffer.alloc(20_000, 1)]) {
    await writeFile(path, damaged)
    await assert.rejects(store.open(), { code: 'KEY_FILE_CORRUPT' })
  }
})

test('asks for the passphrase, refuses a wrong one and opens with the right one', async (t) => {
  const { store } = await createFilled(t, 'påske')
  await assert.rejects(store.open(), { code: 'KEY_FILE_PASSPHRASE_NEEDED' })
  await assert.rejects(store.open({ passphrase: '' }), { code: 'KEY_FILE_PASSPHRASE_NEEDED' })
  await assert.rejects(store.open({ passphrase: 'paske' }), { code: 'KEY_FILE_PASSPHRASE_WRONG' })
  sameKeys(await store.open({ passphrase: 'påske' }), KEYS)
  sameKeys(await store.open({ passphrase: 'pa\u030aske' }), KEYS)
})

test('sets, changes and removes a passphrase', async (t) => {
  const { store } = await createFilled(t)
  await store.replace(KEYS, { passphrase: 'one' })
  sameKeys(await store.open({ passphrase: 'one' }), KEYS)
  await store.replace(KEYS, { passphrase: 'two' })
  await assert.rejects(store.open({ passphrase: 'one' }), { code: 'KEY_FILE_PASSPHRASE_WRONG' })
  await store.replace(KEYS)
  sameKeys(await store.open(), KEYS)
})

test('messages name the path and the reason, never a key', async (t) => {
  const { path, store } = await createFilled(t)
  await chmod(path, 0o644)
  await assert.rejects(store.open(), (error: Error) => {
    assert.match(error.message, /open to others/)
    assert.ok(error.message.includes(path))
    return true
  })
})
