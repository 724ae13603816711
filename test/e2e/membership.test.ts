// @timeoutSeconds 300 @mostlyWaits: a dozen processes on a busy machine.
/**
 * Groups that change, on real processes: removal while people are apart, what was set aside and its adoption, coming
 * back, admins against each other, an owner who is gone, demotion, leaving. All is seen through the command line.
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'

const TIMEOUT_MS = 280_000
const SPACE = 'Home'

interface SpaceLine {
  readonly name: string
  readonly role: string
  readonly standing: string
  readonly departure?: { readonly byName?: string }
}

interface MemberLists {
  readonly members: readonly { readonly name: string; readonly role: string }[]
  readonly former: readonly { readonly name: string; readonly how: string }[]
}

interface AsideLine {
  readonly text: string
  readonly name: string
  readonly canAdopt: boolean
  readonly adoptedByName?: string
}

/** Anna's space with the others let in at once. */
async function home(
  peers: TestPeers,
  roles: Readonly<Record<string, 'admin' | 'writer'>>,
): Promise<readonly TestPeer[]> {
  const anna = peers.peer('anna')
  await anna.up()
  await anna.json('name', 'Anna')
  await anna.json('space', 'create', SPACE)
  const others: TestPeer[] = []
  for (const [name, role] of Object.entries(roles)) {
    const { link } = await anna.json<{ link: string }>('invite', SPACE, '--auto')
    const peer = peers.peer(name)
    await peer.up()
    await peer.json('join', link, '--name', name)
    await eventually(
      `${name} is in`,
      () => standing(peer),
      (space) => space?.standing === 'member',
    )
    await eventually(
      `Anna sees ${name}`,
      () => lists(anna),
      ({ members }) => members.some((member) => member.name === name),
    )
    if (role === 'admin') await anna.json('member', 'role', SPACE, name, 'admin')
    others.push(peer)
  }
  for (const peer of others) {
    await eventually(
      `${peer.name} knows everybody`,
      () => lists(peer),
      ({ members }) =>
        members.length === others.length + 1 &&
        members.every(({ name, role }) => name === 'Anna' || roles[name] === role),
      30_000,
    )
  }
  return [anna, ...others]
}

async function standing(peer: TestPeer): Promise<SpaceLine | undefined> {
  const spaces = await peer.request<readonly SpaceLine[]>('GET', '/spaces')
  return spaces.find(({ name }) => name === SPACE)
}

async function lists(peer: TestPeer): Promise<MemberLists> {
  const path = `/spaces/${await peer.spaceId(SPACE)}`
  return {
    members: await peer.request('GET', `${path}/members`),
    former: await peer.request('GET', `${path}/former-members`),
  }
}

async function texts(peer: TestPeer): Promise<readonly string[]> {
  return (await peer.messages(SPACE)).map(({ text }) => text)
}

async function shows(peer: TestPeer, expected: readonly string[]): Promise<void> {
  await eventually(
    `what ${peer.name} shows`,
    () => texts(peer),
    (found) => found.join('|') === expected.join('|'),
    30_000,
  )
}

async function aside(peer: TestPeer): Promise<readonly AsideLine[]> {
  return await peer.request('GET', `/spaces/${await peer.spaceId(SPACE)}/set-aside`)
}

function roleOf({ members }: MemberLists, person: string): string | undefined {
  return members.find(({ name }) => name === person)?.role
}

describe('a group that changes', () => {
  let peers: TestPeers

  before(async () => {
    peers = await TestPeers.create()
  })

  after(async () => {
    await peers.close()
  })

  test(
    'what somebody wrote after being removed, without knowing, is set aside and adopted; then they come back',
    { timeout: TIMEOUT_MS },
    async () => {
      const [anna, ben, cleo] = (await home(peers, { Ben: 'writer', Cleo: 'writer' })) as [
        TestPeer,
        TestPeer,
        TestPeer,
      ]
      await cleo.send(SPACE, 'together')
      for (const peer of [anna, ben]) await shows(peer, ['together'])
      // Apart: first Cleo writes where nobody hears it, then she is removed where she does not.
      await Promise.all([anna.kill(), ben.kill()])
      for (const text of ['on the train', 'still on it']) await cleo.send(SPACE, text)
      await cleo.kill()
      await Promise.all([anna.up(), ben.up()])
      const removed = await anna.run('member', 'remove', SPACE, 'Cleo')
      assert.match(removed.stdout, /^Removed Cleo\.\n/)
      assert.match(removed.stdout, /They keep what they have read/)
      // Several keys later nobody announces themselves where Cleo looks: she is told where the others were.
      for (const role of ['relay', 'writer', 'relay', 'writer']) {
        await anna.json('member', 'role', SPACE, 'Ben', role)
      }
      await eventually(
        'Ben writes again',
        () => standing(ben),
        (space) => space?.role === 'writer',
        30_000,
      )
      await anna.send(SPACE, 'without Cleo')
      await shows(ben, ['together', 'without Cleo'])

      await cleo.up()
      await eventually(
        'Cleo learns of it',
        () => standing(cleo),
        (space) => space?.standing === 'removed',
        80_000,
      )
      assert.equal((await standing(cleo))?.departure?.byName, 'Anna')
      assert.deepEqual(await texts(cleo), ['together'])
      const refused = await cleo.run('send', SPACE, 'hello?')
      assert.equal(refused.exitCode, 1)
      assert.match(refused.stderr, /not a member of this space any more/)
      const found = await eventually(
        'set aside',
        () => aside(ben),
        (list) => list.length === 2,
      )
      assert.deepEqual(
        found.map(({ text, name, canAdopt }) => [text, name, canAdopt]),
        [
          ['on the train', 'Cleo', true],
          ['still on it', 'Cleo', true],
        ],
      )
      for (const peer of [anna, ben])
        assert.deepEqual(await texts(peer), ['together', 'without Cleo'])
      const adopted = await ben.run('aside', 'adopt', SPACE, '--all')
      assert.equal(adopted.stdout, 'Wrote 2 entries again under your name.\n')
      const all = ['together', 'without Cleo', 'on the train', 'still on it']
      for (const peer of [anna, ben]) await shows(peer, all)
      await eventually(
        'adopted',
        () => aside(anna),
        (list) => list.every((line) => !line.canAdopt),
      )

      const { link } = await anna.json<{ link: string }>('invite', SPACE, '--auto')
      await cleo.json('join', link)
      await eventually(
        'Cleo is back',
        () => standing(cleo),
        (space) => space?.standing === 'member',
        80_000,
      )
      await shows(cleo, all)
      await cleo.send(SPACE, 'back again')
      for (const peer of [anna, ben, cleo]) await shows(peer, [...all, 'back again'])
      const log = await ben.run('member', 'log', SPACE)
      assert.match(log.stdout, /Anna removed Cleo, who was writer\n/)
      assert.match(log.stdout, /let Cleo in again as writer\n$/)
    },
  )
})

describe('admins and owners', () => {
  let peers: TestPeers

  before(async () => {
    peers = await TestPeers.create()
  })

  after(async () => {
    await peers.close()
  })

  test(
    'two admins cannot remove each other; three replace a lost owner, who then leaves',
    { timeout: TIMEOUT_MS },
    async () => {
      const all = await home(peers, { Ben: 'admin', Cleo: 'admin', Dan: 'admin' })
      const [anna, ben, cleo, dan] = all as [TestPeer, TestPeer, TestPeer, TestPeer]
      const tries = await Promise.all([
        ben.run('member', 'remove', SPACE, 'Cleo'),
        cleo.run('member', 'remove', SPACE, 'Ben'),
      ])
      for (const { exitCode, stderr } of tries) {
        assert.equal(exitCode, 1)
        assert.match(stderr, /Your role in this space does not allow that/)
      }
      assert.equal((await lists(anna)).members.length, 4)

      // The owner is gone.
      await anna.kill()
      const votes = await ben.json<{ needed: number }>('member', 'vote', SPACE, 'Ben')
      assert.equal(votes.needed, 3)
      await cleo.json('member', 'vote', SPACE, 'Ben')
      await dan.json('member', 'vote', SPACE, 'Ben')
      for (const peer of [ben, cleo, dan]) {
        await eventually(
          `${peer.name} sees the new owner`,
          () => lists(peer),
          (list) => roleOf(list, 'Ben') === 'owner',
          40_000,
        )
      }
      // A demotion by the new owner, and what it means.
      const lowered = await ben.run('member', 'role', SPACE, 'Dan', 'reader')
      assert.match(lowered.stdout, /^Dan is reader now\.\nGo back with: hamlet member role /)
      await eventually(
        'Dan reads',
        () => standing(dan),
        (space) => space?.role === 'reader',
      )
      assert.match((await dan.run('send', SPACE, 'x')).stderr, /[Rr]eaders cannot write|role/)

      // The old owner turns up: an admin, who may leave.
      await anna.up()
      await eventually(
        'Anna learns',
        () => standing(anna),
        (space) => space?.role === 'admin',
        80_000,
      )
      const left = await anna.run('member', 'leave', SPACE)
      assert.match(left.stdout, /^You left Home\. It stays readable here as it is now\.\n/)
      for (const peer of [ben, cleo]) {
        await eventually(
          `${peer.name} sees Anna leave`,
          () => lists(peer),
          ({ former }) => former.some(({ name, how }) => name === 'Anna' && how === 'left'),
          40_000,
        )
      }
      const forgotten = await anna.run('space', 'forget', SPACE)
      assert.match(forgotten.stdout, /^Deleted Home from this device/)
      assert.deepEqual(await anna.json('space', 'list'), [])
      const log = (await cleo.run('member', 'log', SPACE)).stdout
      assert.match(log, /The admins made Ben the owner\n/)
      assert.match(log, /Ben made Dan reader, who was admin\n/)
      assert.match(log, /Anna left\n$/)
    },
  )
})
