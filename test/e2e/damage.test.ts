/**
 * A data directory with flipped bits, cut files and deleted indexes: what was derived is made anew, what was signed is
 * never replaced, and every refusal says what is wrong.
 */

import assert from 'node:assert/strict'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { assertKept, assertPlainRefusal, diary, UP } from './_diary.ts'
import { TestPeers } from './_peers.ts'

const TIMEOUT_MS = 110_000
async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  const index = at < 0 ? bytes.length + at : at
  bytes[index]! ^= 0x10
  await writeFile(path, bytes)
}

/** Damages the middle half of a file, here and there. */
async function scratch(path: string): Promise<void> {
  const bytes = await readFile(path)
  for (let at = bytes.length >> 2; at < (bytes.length * 3) / 4; at += 64) bytes[at]! ^= 0x10
  await writeFile(path, bytes)
}

describe('a damaged data directory', { timeout: TIMEOUT_MS }, () => {
  let peers: TestPeers

  beforeEach(async () => {
    peers = await TestPeers.create()
  })
  afterEach(() => peers.close())

  test('indexes that are deleted or damaged are made anew and nothing is lost', async () => {
    const { emil, written } = await diary(peers)
    await rm(join(emil.data, 'index'), { recursive: true })
    await emil.up()
    await assertKept(emil, 'Diary', written)
    await emil.stop()
    for (const path of await filesUnder(join(emil.data, 'index'))) {
      if (/CURRENT|MANIFEST|\.log$/.test(path)) await flip(path, 3)
    }
    await emil.up()
    await assertKept(emil, 'Diary', written)
  })

  test('derived files of the logs are made anew when they are damaged or gone', async () => {
    const { emil, written } = await diary(peers)
    const files = await filesUnder(join(emil.data, 'peer', 'spaces'))
    const derived = files.filter((path) => path.includes('/logs/') && !path.endsWith('.seg'))
    assert.ok(derived.length > 0)
    for (const [i, path] of derived.entries()) {
      if (i % 2 === 0) await rm(path)
      else if ((await stat(path)).size > 0) await flip(path, -1)
    }
    await emil.up()
    await assertKept(emil, 'Diary', written)
    await emil.send('Diary', 'and on')
  })

  test('damage to what was signed is noticed, named, and costs no other space', async () => {
    const { emil, written } = await diary(peers)
    await emil.up()
    await emil.request('POST', '/spaces', { name: 'Other' })
    await emil.send('Other', 'unharmed')
    const damaged = await emil.spaceId('Diary')
    await emil.stop()
    const files = await filesUnder(join(emil.data, 'peer', 'spaces', damaged))
    const [segment] = files.filter((path) => path.endsWith('.seg'))
    const before = await readFile(segment!)
    await scratch(segment!)
    await rm(join(emil.data, 'index'), { recursive: true })
    const held = await readFile(segment!)
    await emil.up()
    await assertKept(emil, 'Other', ['unharmed'])
    const { warnings } = await emil.request<{ warnings: { code: string }[] }>('GET', '/status')
    assert.ok(warnings.some(({ code }) => code === 'SPACE_UNUSABLE'))
    await assert.rejects(emil.request('GET', `/spaces/${damaged}/messages`), /SPACE_UNUSABLE/)
    await emil.stop()
    assert.deepEqual(await readFile(segment!), held, 'the damaged file was left as it is')
    await writeFile(segment!, before)
    await emil.up()
    await assertKept(emil, 'Diary', written)
  })

  test('a damaged file of settings is named and not replaced', async () => {
    const { emil, written } = await diary(peers)
    const path = join(emil.data, 'peer', 'state')
    const before = await readFile(path)
    await writeFile(path, before.subarray(0, before.length - 3))
    assertPlainRefusal(await emil.run(...UP), /settings and spaces is damaged/)
    assert.equal((await stat(path)).size, before.length - 3)
    await writeFile(path, before)
    await emil.up()
    await assertKept(emil, 'Diary', written)
  })
})
