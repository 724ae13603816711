/** Key files that cannot be used: refused in plain words and never replaced. */

import assert from 'node:assert/strict'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { assertKept, assertPlainRefusal, diary, UP } from './_diary.ts'
import { TestPeers } from './_peers.ts'

const TIMEOUT_MS = 110_000

describe('key files', { timeout: TIMEOUT_MS }, () => {
  test('one that is open to others, damaged or unreadable is refused and never replaced', async () => {
    const peers = await TestPeers.create()
    try {
      const { emil, written } = await diary(peers)
      const path = join(emil.data, 'keys')
      const before = await readFile(path)
      await chmod(path, 0o644)
      assertPlainRefusal(await emil.run(...UP), /open to others; expected mode 0600/)
      await chmod(path, 0o600)
      await writeFile(path, before.subarray(0, 40))
      assertPlainRefusal(await emil.run(...UP), /key file/i)
      assert.equal((await readFile(path)).length, 40)
      await writeFile(path, before)
      await emil.up()
      await assertKept(emil, 'Diary', written)
    } finally {
      await peers.close()
    }
  })

  test('a passphrase that is missing or wrong is asked for in plain words', async () => {
    const peers = await TestPeers.create()
    try {
      const vera = peers.peer('vera')
      const [right, wrong] = ['right', 'wrong'].map((name) => `${vera.data}.${name}`)
      await writeFile(right!, 'correct horse battery\n')
      await writeFile(wrong!, 'something else\n')
      await vera.up('--passphrase-file', right!)
      const { person } = await vera.request<{ person: string }>('GET', '/status')
      await vera.stop()
      assertPlainRefusal(await vera.run(...UP), /passphrase/i)
      assertPlainRefusal(await vera.run(...UP, '--passphrase-file', wrong!), /passphrase/i)
      assertPlainRefusal(await vera.run(...UP, '--passphrase-file', '/nowhere'), /passphrase/i)
      await vera.up('--passphrase-file', right!)
      assert.equal((await vera.request<{ person: string }>('GET', '/status')).person, person)
    } finally {
      await peers.close()
    }
  })
})
