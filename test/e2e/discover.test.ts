// @timeoutSeconds 300: three real peers and a DHT on a busy machine.
/**
 * A space is found by somebody who has nothing but its topic: over a real DHT, kept by a peer of neither, and joined by
 * what was found. What is taken back is found no more.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'

const TIMEOUT_MS = 280_000
const PATIENCE_MS = 120_000
const TOPIC = 'gardens-e2e'

interface Found {
  readonly space: string
  readonly name: string
  readonly description: string
  readonly person: string
  readonly link: string
  readonly isMember: boolean
}

function discover(peer: TestPeer): Promise<readonly Found[]> {
  return peer.request<readonly Found[]>('GET', `/discovered-spaces?topic=${TOPIC}`)
}

test(
  'a stranger finds a published space by its topic and joins it',
  { timeout: TIMEOUT_MS },
  async () => {
    const peers = await TestPeers.create()
    try {
      const [hub, anna, ben] = [peers.peer('hub'), peers.peer('anna'), peers.peer('ben')]
      // On a private network a relay keeps the DHT.
      await hub.up('--relay')
      const meeting = hub.ready.addresses.find((address) =>
        address.startsWith('/ip4/127.0.0.1/tcp'),
      )!
      await Promise.all([anna.up('--bootstrap', meeting), ben.up('--bootstrap', meeting)])
      await anna.request('PUT', '/name', { name: 'Anna' })
      await anna.json('space', 'create', 'Allotments')
      assert.deepEqual(await discover(ben), [])
      const flags = ['--topic', TOPIC, '--description', 'Seeds and tools']
      await anna.json('space', 'publish', 'Allotments', ...flags)
      const [found] = await eventually(
        'Ben finds the space',
        () => discover(ben),
        (spaces) => spaces.length > 0,
        PATIENCE_MS,
      )
      assert.equal(found!.name, 'Allotments')
      assert.equal(found!.description, 'Seeds and tools')
      assert.equal(found!.person, (await anna.request<{ person: string }>('GET', '/status')).person)
      assert.equal(found!.isMember, false)
      await ben.request('POST', '/joins', { link: found!.link, name: 'Ben' })
      const requests = await eventually(
        'Anna is asked',
        () => anna.request<readonly { id: string }[]>('GET', `/spaces/${found!.space}/requests`),
        (waiting) => waiting.length > 0,
        PATIENCE_MS,
      )
      await anna.request('POST', `/spaces/${found!.space}/requests/${requests[0]!.id}/approve`, {})
      await eventually(
        'Ben is in',
        () => ben.request<readonly { name: string }[]>('GET', '/spaces'),
        (spaces) => spaces.some(({ name }) => name === 'Allotments'),
        PATIENCE_MS,
      )
      await anna.json('space', 'publish', 'Allotments', '--off')
      assert.deepEqual(await discover(ben), [])
    } finally {
      await peers.close()
    }
  },
)
