import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { createTokenFile, readTokenFile } from '../../src/node/token-file.ts'

const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)) }
const root = await mkdtemp(join(tmpdir(), 'hamlet-token-'))
after(() => rm(root, { recursive: true }))

test('makes a file of mode 0600 in a folder of mode 0700 and reads it back', async () => {
  const path = join(root, 'run', 'token')
  const token = await createTokenFile(path, random)
  assert.match(token, /^[A-Za-z0-9_-]{43}$/)
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.equal((await stat(join(root, 'run'))).mode & 0o777, 0o700)
  assert.equal(await readTokenFile(path), token)
})

test('a second call puts a new token in the place of the first and leaves nothing else', async () => {
  const path = join(root, 'again', 'token')
  const first = await createTokenFile(path, random)
  const second = await createTokenFile(path, random)
  assert.notEqual(first, second)
  assert.equal(await readTokenFile(path), second)
  assert.deepEqual(await readdir(join(root, 'again')), ['token'])
})

test('refuses a file that others can read', async () => {
  const path = join(root, 'open', 'token')
  await createTokenFile(path, random)
  await chmod(path, 0o640)
  await assert.rejects(readTokenFile(path), { code: 'HTTP_UNSAFE_PERMISSIONS' })
})

test('refuses a file that holds something else', async () => {
  const path = join(root, 'run', 'not-a-token')
  for (const text of ['', 'secret', 'A'.repeat(44)]) {
    await writeFile(path, text, { mode: 0o600 })
    await assert.rejects(readTokenFile(path), { code: 'HTTP_TOKEN_UNREADABLE' })
  }
})
