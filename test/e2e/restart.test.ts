// @timeoutSeconds 300: several processes on a busy machine.
/** A whole group is killed as soon as it has met, and finds itself again, index or no index. */

import assert from 'node:assert/strict'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { eventually, TestPeers } from './_peers.ts'

const TIMEOUT_MS = 280_000
const PATIENCE_MS = 60_000

describe('a whole group', () => {
  let peers: TestPeers
  before(async () => (peers = await TestPeers.create()))
  after(() => peers.close())

  test(
    'that is killed at once, and loses its indexes, is together again',
    { timeout: TIMEOUT_MS },
    async () => {
      const [anna, ben, cleo] = ['anna', 'ben', 'cleo'].map((name) => peers.peer(name))
      const all = [anna!, ben!, cleo!]
      await Promise.all(all.map((peer) => peer.up()))
      await anna!.request('PUT', '/name', { name: 'Anna' })
      await anna!.request('POST', '/spaces', { name: 'Home' })
      for (const guest of [ben!, cleo!]) {
        const path = `/spaces/${await anna!.spaceId('Home')}/invites`
        const { link } = await anna!.request<{ link: string }>('POST', path, { mode: 'auto' })
        await guest.request('POST', '/joins', { link, name: guest.name })
      }
      for (const peer of all) {
        // Connected is not yet let in, and only who is let in has something that can be together again.
        await eventually(
          `${peer.name} is in`,
          () => peer.request<readonly { name: string; waiting?: unknown }[]>('GET', '/spaces'),
          (spaces) => spaces.some(({ name, waiting }) => name === 'Home' && waiting === undefined),
          PATIENCE_MS,
        )
        await eventually(
          `${peer.name} is connected to both others`,
          () => peer.request<readonly unknown[]>('GET', '/peers'),
          (connected) => connected.length >= 2,
          PATIENCE_MS,
        )
      }
      for (const peer of all) {
        const file = join(peer.data, 'network', 'addresses')
        await eventually(
          `addresses of ${peer.name} are on the disk`,
          () =>
            stat(file).then(
              ({ size }) => size,
              () => 0,
            ),
          (size) => size > 0,
          5_000,
        )
      }
      await peers.kill()
      await Promise.all(all.map(({ data }) => rm(join(data, 'index'), { recursive: true })))
      await Promise.all(all.map((peer) => peer.up()))
      for (const peer of all) await peer.send('Home', `${peer.name} again`)
      for (const peer of all) {
        const found = await eventually(
          `${peer.name} reads all`,
          () => peer.messages('Home'),
          (messages) => messages.length === 3,
          PATIENCE_MS,
        )
        assert.deepEqual(found.map(({ text }) => text).sort(), [
          'anna again',
          'ben again',
          'cleo again',
        ])
      }
    },
  )
})
