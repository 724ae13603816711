// @timeoutSeconds 300 @mostlyWaits: several processes on a busy machine.
/**
 * A data directory put back from a backup, on real processes: what the device wrote since is on another device, and
 * nothing is written beside it. Kills and moves of the directory are no reason to ask anybody.
 */

import assert from 'node:assert/strict'
import { rename, rm } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { copyFolder } from './_people.ts'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'

const TIMEOUT_MS = 280_000
const PATIENCE_MS = 60_000
const SPACE = 'Home'

async function texts(peer: TestPeer): Promise<readonly string[]> {
  return (await peer.messages(SPACE)).map(({ text }) => text)
}

async function shows(peer: TestPeer, ...expected: readonly string[]): Promise<void> {
  await eventually(
    `what ${peer.name} shows`,
    () => texts(peer),
    (found) => found.join('|') === expected.join('|'),
    PATIENCE_MS,
  )
}

async function waiting(peer: TestPeer): Promise<string | undefined> {
  const path = `/spaces/${await peer.spaceId(SPACE)}`
  return (await peer.request<{ waiting?: string }>('GET', path)).waiting
}

async function forks(peer: TestPeer): Promise<number> {
  const path = `/spaces/${await peer.spaceId(SPACE)}/inspection`
  return (await peer.request<{ forks: readonly unknown[] }>('GET', path)).forks.length
}

describe('a data directory put back from a backup', () => {
  let peers: TestPeers
  before(async () => (peers = await TestPeers.create()))
  after(() => peers.close())

  test(
    'waits for a member before it writes, and has lost nothing; kills and moves ask nobody',
    { timeout: TIMEOUT_MS },
    async () => {
      const [anna, ben] = [peers.peer('anna'), peers.peer('ben')]
      await Promise.all([anna.up(), ben.up()])
      await anna.request('PUT', '/name', { name: 'Anna' })
      await anna.request('POST', '/spaces', { name: SPACE })
      const path = `/spaces/${await anna.spaceId(SPACE)}/invites`
      const { link } = await anna.request<{ link: string }>('POST', path, { mode: 'auto' })
      await ben.request('POST', '/joins', { link, name: 'Ben' })
      await anna.send(SPACE, 'before the backup')
      await eventually(
        'Ben is in',
        () => ben.request<unknown[]>('GET', '/spaces'),
        (all) => all.length === 1,
        PATIENCE_MS,
      )
      await shows(ben, 'before the backup')

      // Killed again and again, in the middle of whatever it does: nobody is asked.
      await ben.kill()
      const alone: string[] = []
      for (const text of ['one', 'two', 'three']) {
        await anna.send(SPACE, text)
        alone.push(text)
        await anna.kill()
        await anna.up()
        assert.equal(await waiting(anna), undefined, text)
      }
      // Moved on the same disk, and back: nor then.
      await anna.kill()
      const backup = peers.directory('backup')
      await rename(anna.data, `${anna.data}-moved`)
      await rename(`${anna.data}-moved`, anna.data)
      await copyFolder(anna.data, backup)
      await anna.up()
      await anna.send(SPACE, 'after the backup')
      alone.push('after the backup')
      await ben.up()
      await shows(ben, 'before the backup', ...alone)
      await Promise.all([anna.kill(), ben.kill()])

      await rm(anna.data, { recursive: true })
      await copyFolder(backup, anna.data)
      await anna.up()
      assert.equal(await waiting(anna), 'confirmation')
      const refused = await anna.run('send', SPACE, 'too early')
      assert.equal(refused.exitCode, 1)
      assert.match(refused.stderr, /put back from a backup/)
      await anna.kill()
      await anna.up()
      assert.equal(await waiting(anna), 'confirmation', 'a restart does not forget it')

      await ben.up()
      await eventually(
        'Anna writes again',
        () => waiting(anna),
        (state) => state === undefined,
        PATIENCE_MS,
      )
      await anna.send(SPACE, 'and on')
      for (const peer of [anna, ben]) {
        await shows(peer, 'before the backup', ...alone, 'and on')
        assert.equal(await forks(peer), 0)
      }

      // Nobody is there, and she does not want to wait.
      await Promise.all([anna.kill(), ben.kill()])
      await rename(anna.data, peers.directory('older'))
      await copyFolder(peers.directory('older'), anna.data)
      await anna.up()
      assert.equal(await waiting(anna), 'confirmation')
      const told = await anna.run('space', 'write-anyway', SPACE)
      assert.equal(told.exitCode, 0, told.stderr)
      await anna.send(SPACE, 'I could not wait')
      await ben.up()
      await shows(ben, 'before the backup', ...alone, 'and on', 'I could not wait')
    },
  )
})
