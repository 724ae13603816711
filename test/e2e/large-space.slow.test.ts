/**
 * A space of 500 members on real processes: four of them run `hamlet`, meet by libp2p and talk; a further one comes in by
 * a link; one is removed, and reads nothing that is written afterwards.
 *
 * @timeoutSeconds 600
 */

import assert from 'node:assert/strict'
import { glob, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeLargeSpace } from './_large-space.ts'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'

const MEMBERS = 500
const SPACE = 'Large'
const PATIENCE_MS = 120_000
/** An epoch of 500 members with a device each: a seal for every device, and one for every person's recovery words. */
const REMOVAL_BYTES_MAX = 125_000

async function memberCount(peer: TestPeer): Promise<number> {
  const path = `/spaces/${await peer.spaceId(SPACE)}/members`
  return (await peer.request<readonly unknown[]>('GET', path)).length
}

async function standing(peer: TestPeer): Promise<string | undefined> {
  const spaces = await peer.request<{ name: string; standing: string }[]>('GET', '/spaces')
  return spaces.find(({ name }) => name === SPACE)?.standing
}

async function texts(peer: TestPeer): Promise<readonly string[]> {
  return (await peer.messages(SPACE)).map(({ text }) => text)
}

async function allRead(peers: readonly TestPeer[], expected: readonly string[]): Promise<void> {
  for (const peer of peers) {
    await eventually(
      `what ${peer.name} reads`,
      () => texts(peer),
      (found) => expected.every((text) => found.includes(text)),
      PATIENCE_MS,
    )
  }
}

/** Of the logs on this peer's disk. */
async function logBytes(peer: TestPeer): Promise<number> {
  const folder = join(peer.data, 'peer', 'spaces')
  let bytes = 0
  for await (const name of glob('**/*', { cwd: folder })) {
    const found = await stat(join(folder, name))
    if (found.isFile()) bytes += found.size
  }
  return bytes
}

test('500 members talk, let one in and remove one, who reads no further', async () => {
  const peers = await TestPeers.create()
  try {
    const names = ['Anna', 'Ben', 'Cleo', 'Dan']
    const directories = new Map(names.map((name) => [name, peers.directory(name)]))
    await writeLargeSpace({ name: SPACE, members: MEMBERS, directories })
    const [anna, ben, cleo, dan] = names.map((name) => peers.peer(name)) as [
      TestPeer,
      TestPeer,
      TestPeer,
      TestPeer,
    ]
    const { addresses } = await anna.up()
    const meeting = addresses.find((each) => each.startsWith('/ip4/127.0.0.1/tcp/'))!
    for (const peer of [ben, cleo, dan]) await peer.up('--bootstrap', meeting)
    for (const peer of [anna, ben, cleo, dan]) assert.equal(await memberCount(peer), MEMBERS)
    for (const peer of [ben, cleo, dan]) await peer.json('name', peer.name)
    for (const peer of [anna, ben, cleo, dan]) await peer.send(SPACE, `${peer.name} is here`)
    const greetings = names.map((name) => `${name} is here`)
    await allRead([anna, ben, cleo, dan], greetings)

    const erin = peers.peer('Erin')
    await erin.up()
    const { link } = await anna.json<{ link: string }>('invite', SPACE, '--auto')
    await erin.json('join', link, '--name', 'Erin')
    await eventually(
      'Erin is in',
      () => standing(erin),
      (found) => found === 'member',
      PATIENCE_MS,
    )
    for (const peer of [anna, ben, cleo, dan, erin]) {
      await eventually(
        `${peer.name} counts`,
        () => memberCount(peer),
        (count) => count === MEMBERS + 1,
        PATIENCE_MS,
      )
    }
    await allRead([erin], greetings)
    await erin.send(SPACE, 'number 501')
    await allRead([anna, ben, cleo, dan], ['number 501'])

    const before = await logBytes(anna)
    const startMs = performance.now()
    const removed = await anna.run('member', 'remove', SPACE, 'Dan')
    const tookMs = performance.now() - startMs
    assert.equal(removed.exitCode, 0, removed.stderr)
    const bytes = (await logBytes(anna)) - before
    console.log(`removing one of ${MEMBERS + 1}: ${bytes} bytes on disk, ${tookMs.toFixed(0)} ms`)
    assert.ok(bytes > MEMBERS * 48 && bytes < REMOVAL_BYTES_MAX, `${bytes} bytes`)
    await eventually(
      'Dan learns of it',
      () => standing(dan),
      (found) => found === 'removed',
      PATIENCE_MS,
    )
    const after: string[] = []
    for (const peer of [anna, ben, cleo, erin]) {
      await eventually(
        `${peer.name} knows`,
        () => memberCount(peer),
        (count) => count === MEMBERS,
        PATIENCE_MS,
      )
      after.push(`${peer.name} without Dan`)
      await peer.send(SPACE, after.at(-1)!)
    }
    await allRead([anna, ben, cleo, erin], after)
    assert.deepEqual(
      (await texts(dan)).filter((text) => after.includes(text)),
      [],
    )
    assert.match((await dan.run('send', SPACE, 'hello?')).stderr, /not a member/)
  } finally {
    await peers.close()
  }
})
