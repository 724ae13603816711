// @timeoutSeconds 180 @mostlyWaits: real processes.
/**
 * What a newcomer may read of the time before, on real processes: founded with `from-join` the earlier messages cannot
 * be read by whoever comes later, by any of the ways there are to ask, though their bytes are there; what a newcomer
 * needs in order to take part, names of the space, its rooms and people, is there.
 */

import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { texts } from './_diary.ts'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'

const TIMEOUT_MS = 160_000
const EARLIER = ['the old secret', 'the older secret']

async function comeIn(peer: TestPeer, name: string, link: string, space: string): Promise<void> {
  await peer.json('join', link, '--name', name)
  await eventually(
    `${name} is in ${space}`,
    () => peer.json<readonly { name: string }[]>('space', 'list'),
    (spaces) => spaces.some((each) => each.name === space),
  )
}

describe('the history a newcomer gets', { timeout: TIMEOUT_MS }, () => {
  let peers: TestPeers
  let anna: TestPeer
  let ben: TestPeer

  before(async () => {
    peers = await TestPeers.create()
    anna = peers.peer('anna')
    ben = peers.peer('ben')
    await Promise.all([anna.up(), ben.up()])
    await anna.json('name', 'Anna')
    await anna.json('space', 'create', 'Club', '--history', 'from-join')
    await anna.json('space', 'create', 'Household', '--history', 'all')
    for (const space of ['Club', 'Household']) {
      await anna.json('room', 'create', space, 'Garden')
      for (const text of EARLIER) await anna.send(space, text)
      const { link } = await anna.json<{ link: string }>('invite', space, '--auto')
      await comeIn(ben, 'Ben', link, space)
      await anna.send(space, 'welcome, Ben')
      await eventually(
        'Ben reads what was written after he came',
        () => texts(ben, space),
        (shown) => shown.includes('welcome, Ben'),
      )
    }
  })
  after(() => peers.close())

  test('with the whole history a newcomer reads it', async () => {
    assert.deepEqual(await texts(ben, 'Household'), [...EARLIER, 'welcome, Ben'])
  })

  test('with the history from joining on a newcomer cannot read what was before, though it is stored', async () => {
    assert.deepEqual(await texts(anna, 'Club'), [...EARLIER, 'welcome, Ben'])
    const space = await ben.spaceId('Club')
    assert.deepEqual(await texts(ben, 'Club'), ['welcome, Ben'])
    const shown = await ben.run('space', 'show', 'Club')
    assert.match(shown.stdout, /Newcomers +see what comes after they join/)
    for (const command of [
      ['messages', 'Club'],
      ['messages', 'Club', '--search', 'secret'],
      ['export', 'Club', '-'],
    ]) {
      const { exitCode, stdout } = await ben.run(...command)
      assert.equal(exitCode, 0, command.join(' '))
      assert.doesNotMatch(stdout, /secret/, command.join(' '))
    }
    const held = async (peer: TestPeer): Promise<number> =>
      (await peer.request<{ entries: number }>('GET', `/spaces/${space}`)).entries
    await eventually(
      'both hold the same number of entries',
      async () => [await held(anna), await held(ben)],
      ([there, here]) => there === here,
    )
  })

  test('a newcomer knows the space, its rooms and its people by name, and takes part', async () => {
    const rooms = await ben.json<readonly { name: string }[]>('room', 'list', 'Club')
    assert.deepEqual(
      rooms.map(({ name }) => name),
      ['General', 'Garden'],
    )
    await eventually(
      'Ben sees Anna by name',
      () => ben.json<readonly { name: string }[]>('members', 'Club'),
      (members) =>
        members
          .map(({ name }) => name)
          .toSorted()
          .join() === 'Anna,Ben',
    )
    await ben.json('send', 'Club', 'glad to be here', '--room', 'Garden')
    await eventually(
      'Anna reads it in that room',
      () => anna.json<{ messages: { text: string }[] }>('messages', 'Club', '--room', 'Garden'),
      ({ messages }) => messages.some(({ text }) => text === 'glad to be here'),
    )
  })

  test('a restart and an index made anew give a newcomer no more', async () => {
    assert.equal(await ben.stop(), 0)
    await rm(join(ben.data, 'index'), { recursive: true })
    await ben.up()
    await eventually(
      'Ben’s history',
      () => texts(ben, 'Club'),
      (shown) => shown.join() === 'welcome, Ben',
    )
    assert.deepEqual(await texts(ben, 'Household'), [...EARLIER, 'welcome, Ben'])
  })
})
