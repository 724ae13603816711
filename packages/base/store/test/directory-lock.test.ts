import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { lockDirectory } from '@hamlet/store/node'

let directory = ''

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hamlet-lock-'))
})

after(() => rm(directory, { recursive: true }))

const HOLDER = `
import { lockDirectory } from '@hamlet/store/node'
await lockDirectory(process.env.LOCKED_DIRECTORY)
console.log('locked')
setInterval(() => {}, 1000)
`

test('a directory held by another process names its pid, and is free once that is killed', async () => {
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER], {
    cwd: import.meta.dirname,
    env: { ...process.env, LOCKED_DIRECTORY: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  await assert.rejects(lockDirectory(directory), (error: unknown) => {
    assert.ok(error instanceof Error && 'code' in error && 'fields' in error)
    assert.equal(error.code, 'STORE_LOCKED')
    assert.deepEqual(error.fields, { directory, pid: holder.pid })
    return true
  })
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  await (await lockDirectory(directory)).release()
})

test('a directory is locked once within a process and can be locked again after release', async () => {
  const lock = await lockDirectory(directory)
  await assert.rejects(lockDirectory(directory), { code: 'STORE_LOCKED' })
  await lock.release()
  await lock.release()
  await (await lockDirectory(directory)).release()
})

test('a damaged lock is made anew', async () => {
  await (await lockDirectory(directory)).release()
  const lock = join(directory, 'lock')
  for (const name of await readdir(lock)) await writeFile(join(lock, name), 'damaged')
  await (await lockDirectory(directory)).release()
})
