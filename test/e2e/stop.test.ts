// @timeoutSeconds 120: several processes on a busy machine.
/** A peer that is asked to end does, whatever has become of those it is connected to. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'

const TIMEOUT_MS = 110_000
const STOP_MS_MAX = 10_000
const SPACE = 'Home'

/** All its listeners, WebSockets included. */
const EVERYWHERE = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws']
const LISTEN = EVERYWHERE.flatMap((address) => ['--listen', address])

async function stopMs(peer: TestPeer): Promise<number> {
  const beganMs = performance.now()
  assert.equal(await peer.stop(), 0, peer.stderr)
  return Math.round(performance.now() - beganMs)
}

describe('a peer that is asked to end', () => {
  let peers: TestPeers
  before(async () => (peers = await TestPeers.create()))
  after(() => peers.close())

  test(
    'ends in time and with code 0 while its neighbour is frozen, and loses nothing by it',
    { timeout: TIMEOUT_MS },
    async () => {
      const [anna, ben] = [peers.peer('anna'), peers.peer('ben')]
      await Promise.all([anna, ben].map((peer) => peer.up(...LISTEN)))
      await anna.request('PUT', '/name', { name: 'Anna' })
      await anna.request('POST', '/spaces', { name: SPACE })
      const path = `/spaces/${await anna.spaceId(SPACE)}/invites`
      const { link } = await anna.request<{ link: string }>('POST', path, { mode: 'auto' })
      await ben.request('POST', '/joins', { link, name: 'Ben' })
      await eventually(
        'Ben is in',
        () => ben.request<unknown[]>('GET', '/spaces'),
        (all) => all.length === 1,
        60_000,
      )

      ben.pause()
      await anna.send(SPACE, 'into the ice')
      const connectedMs = await stopMs(anna)
      assert.ok(connectedMs < STOP_MS_MAX, `${connectedMs} ms`)

      // Now it only knows where the frozen one was, and knocks there.
      await anna.up(...LISTEN)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      const dialingMs = await stopMs(anna)
      assert.ok(dialingMs < STOP_MS_MAX, `${dialingMs} ms`)

      ben.resume()
      await anna.up(...LISTEN)
      await eventually(
        'what Ben reads',
        () => ben.messages(SPACE),
        (found) => found.some(({ text }) => text === 'into the ice'),
        60_000,
      )
    },
  )
})
