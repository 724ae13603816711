// @timeoutSeconds 300: a real browser on a busy machine.
/**
 * The main job, on real processes: found a space, invite, join, approve and talk; crash, part and come back late; and
 * everyone ends with the same history. Each test is a story of a few people; all is seen through the command line.
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'

const TIMEOUT_MS = 280_000

interface InviteLine {
  readonly link: string
  readonly id: string
}

interface RequestLine {
  readonly id: string
  readonly name: string
  readonly state: string
}

async function found(peer: TestPeer, person: string, space: string): Promise<void> {
  await peer.up()
  await peer.json('name', person)
  await peer.json('space', 'create', space)
}

/** Joins by a link; `approver` lets the newcomer in. */
async function join(
  newcomer: TestPeer,
  person: string,
  link: string,
  space: string,
  approver: TestPeer,
): Promise<void> {
  await newcomer.json('join', link, '--name', person)
  const request = await eventually(
    `${person}'s request`,
    async () => {
      const requests = await approver.json<RequestLine[]>('requests', space)
      return requests.find(({ name, state }) => name === person && state === 'waiting')
    },
    (found) => found !== undefined,
  )
  await approver.json('approve', space, request!.id)
  await eventually(
    `${person} sees the space`,
    () => newcomer.request<{ name: string }[]>('GET', '/spaces'),
    (spaces) => spaces.some(({ name }) => name === space),
  )
}

async function sendMany(
  peer: TestPeer,
  space: string,
  prefix: string,
  count: number,
): Promise<void> {
  for (let i = 1; i <= count; i++) await peer.send(space, `${prefix} ${i}`)
}

async function texts(peer: TestPeer, space: string): Promise<string[]> {
  return (await peer.messages(space)).map(({ text }) => text)
}

async function sameHistory(
  space: string,
  count: number,
  ...peers: readonly TestPeer[]
): Promise<string[]> {
  const histories = await eventually(
    'equal histories',
    () => Promise.all(peers.map((peer) => texts(peer, space))),
    (all) => all.every((history) => history.length === count && history.join() === all[0]!.join()),
    30_000,
  )
  return histories[0]!
}

describe('two people, two machines, no server', { timeout: TIMEOUT_MS }, () => {
  let peers: TestPeers
  let anna: TestPeer
  let ben: TestPeer
  let cleo: TestPeer

  before(async () => {
    peers = await TestPeers.create()
    anna = peers.peer('anna')
    ben = peers.peer('ben')
    cleo = peers.peer('cleo')
  })
  after(() => peers.close())

  test('one founds a space, the other joins by a link and is let in', async () => {
    await found(anna, 'Anna', 'Home')
    const { link } = await anna.json<InviteLine>('invite', 'Home')
    assert.match(link, /#/)
    await ben.up()
    await join(ben, 'Ben', link, 'Home', anna)
    const members = await ben.json<{ name: string; role: string }[]>('members', 'Home')
    assert.deepEqual(members.map(({ name, role }) => `${name} ${role}`).sort(), [
      'Anna owner',
      'Ben writer',
    ])
  })

  test('twenty messages each way arrive in one order on both', async () => {
    await Promise.all([
      sendMany(anna, 'Home', 'from Anna', 20),
      sendMany(ben, 'Home', 'from Ben', 20),
    ])
    const history = await sameHistory('Home', 40, anna, ben)
    for (const author of ['from Anna', 'from Ben']) {
      const own = history.filter((text) => text.startsWith(author))
      assert.deepEqual(
        own,
        Array.from({ length: 20 }, (_, i) => `${author} ${i + 1}`),
      )
    }
  })

  test('a message says on how many devices it is', async () => {
    await eventually(
      'delivery to both devices',
      () => anna.messages('Home'),
      (messages) =>
        messages.every(({ delivery }) => delivery.heldBy === 2 && delivery.devices === 2),
    )
  })

  test('two members write while apart and end equal', async () => {
    await ben.stop()
    await sendMany(anna, 'Home', 'Anna alone', 5)
    await anna.stop()
    await ben.up()
    await sendMany(ben, 'Home', 'Ben alone', 5)
    await anna.up()
    await sameHistory('Home', 50, anna, ben)
  })

  test('a third joins while the inviter is offline and reads the history', async () => {
    const { device } = await ben.json<{ device: string }>('id')
    // Others on this machine may be connected too.
    await eventually(
      'Anna and Ben are connected again',
      () => anna.json<{ device: string }[]>('peers'),
      (connected) => connected.some((peer) => peer.device === device),
    )
    const { link } = await anna.json<InviteLine>('invite', 'Home', '--auto')
    await eventually(
      'the invitation reaches Ben',
      () => ben.json<unknown[]>('invites', 'Home'),
      (invites) => invites.length >= 2,
    )
    await anna.stop()
    await cleo.up()
    await cleo.json('join', link, '--name', 'Cleo')
    await eventually(
      'Cleo is in',
      () => cleo.request<{ name: string }[]>('GET', '/spaces'),
      (spaces) => spaces.some(({ name }) => name === 'Home'),
      30_000,
    )
    await sameHistory('Home', 50, ben, cleo)
    await cleo.json('send', 'Home', 'hello from Cleo')
    await anna.up()
    await sameHistory('Home', 51, anna, ben, cleo)
  })

  test('a reader cannot write', async () => {
    const { link } = await anna.json<InviteLine>('invite', 'Home', '--role', 'reader')
    const dora = peers.peer('dora')
    await dora.up()
    await join(dora, 'Dora', link, 'Home', anna)
    await sameHistory('Home', 51, anna, dora)
    const refused = await dora.run('send', 'Home', 'may I?')
    assert.equal(refused.exitCode, 1)
    assert.notEqual(refused.stderr, '')
  })
})

describe('kill -9 while writing', { timeout: TIMEOUT_MS }, () => {
  test('everything acknowledged is there after the restart', async () => {
    const peers = await TestPeers.create()
    const emil = peers.peer('emil')
    try {
      await found(emil, 'Emil', 'Diary')
      const acknowledged: string[] = []
      const writing = (async () => {
        for (let i = 0; ; i++) {
          const text = `note ${i}`
          try {
            await emil.send('Diary', text)
          } catch {
            return
          }
          acknowledged.push(text)
        }
      })()
      await eventually(
        'some notes',
        () => Promise.resolve(acknowledged.length),
        (count) => count >= 10,
        60_000,
      )
      await emil.kill()
      await writing
      await emil.up()
      const kept = await texts(emil, 'Diary')
      assert.deepEqual(kept.slice(0, acknowledged.length), acknowledged)
      assert.ok(kept.length <= acknowledged.length + 1, 'at most one unacknowledged note')
    } finally {
      await peers.close()
    }
  })
})
