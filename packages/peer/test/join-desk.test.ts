/** A space that is joined is handed over once, and stays open whatever becomes of the join. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger, silentMetrics, utf8 } from '@hamlet/core'
import type { SpaceId } from '@hamlet/core'
import { decodeLink, Space } from '@hamlet/space'
import { createMemoryKv, prefixedKv } from '@hamlet/store'
import { PeerStateFile, UNBROKEN_CUSTODY } from '@hamlet/peer'
import { Doubts } from '../src/doubts.ts'
import { JoinDesk } from '../src/join-desk.ts'
import { Device } from './_device.ts'
import { crypto, MemoryNetwork } from './_world.ts'

const DAY_MS = 86_400_000

/** Ada has a space and a link to it, Ben the desk; `hooks` are what the peer behind it does. */
async function setUp(hooks: {
  readonly joined: (space: Space) => Promise<void>
  readonly prepare?: () => Promise<void>
}) {
  const world = new MemoryNetwork()
  const ada = new Device('ada', world, new Uint8Array(32).fill(1))
  const ben = new Device('ben', world, new Uint8Array(32).fill(2))
  const space = await Space.create(ada.spacePorts('00' as SpaceId), ada.identity.forSpaces, {
    name: 'Home',
    storageFor: (id) => ada.spacePorts(id),
  })
  await ada.sync.add(space, ada.identity.current.deviceSigner, createMemoryKv())
  const invite = async () => {
    const { link: text } = await space.createInvite({
      ...{ role: 'writer', mode: 'auto', maxUses: 1, hints: [], spaceName: 'Home' },
      ...{ inviterName: 'Ada', expiresAtMs: ada.clock.wall() + DAY_MS },
    })
    const link = decodeLink(text)
    assert.ok(link.ok)
    return [link.value, text] as const
  }

  const state = await PeerStateFile.open(ben.disk)
  const { clock, random, kv, disk, node: network } = ben
  const rest = { crypto, logger: silentLogger, metrics: silentMetrics }
  const opened: SpaceId[] = []
  const desk = new JoinDesk({
    ports: { clock, random, kv, disk, network, ...rest, custody: UNBROKEN_CUSTODY },
    doubts: await Doubts.open(UNBROKEN_CUSTODY, state, silentLogger),
    ...{ state, sync: ben.sync, identity: ben.identity },
    spacePorts: (id) => {
      opened.push(id)
      return ben.spacePorts(id)
    },
    spaceKv: (id) => prefixedKv(kv, utf8(id)),
    openSpace: () => undefined,
    prepare: async () => undefined,
    resync: async () => undefined,
    changed: () => undefined,
    ...hooks,
  })
  const meet = async (): Promise<void> => {
    await network.dial(ada.identity.current.device)
    await world.settle()
  }
  return { world, desk, space, opened, invite, meet }
}

test('a join that is given up while its space is handed over waits for that', async () => {
  const handover = Promise.withResolvers<void>()
  const joined: Space[] = []
  const { world, desk, space, invite, meet } = await setUp({
    joined: async (each) => {
      joined.push(each)
      await handover.promise
    },
  })
  await desk.start(...(await invite()))
  await meet()
  assert.equal(joined.length, 1, 'the space is being handed over')

  const cancelling = desk.cancel(space.id)
  await world.settle()
  await joined[0]!.append([{ type: 'chat.message', value: ['still open'] }])
  handover.resolve()
  await cancelling
  await joined[0]!.append([{ type: 'chat.message', value: ['and it stays open'] }])
  assert.deepEqual(desk.list(), [])
  assert.equal(desk.isBusy, false)
})

test('a link that is opened twice at once is one join, and its space is opened once', async () => {
  const joined: Space[] = []
  const { desk, space, opened, invite, meet } = await setUp({
    joined: async (each) => void joined.push(each),
  })
  const link = await invite()
  const [first, second] = await Promise.all([desk.start(...link), desk.start(...link)])
  assert.deepEqual(first, second)
  assert.deepEqual(opened, [space.id], 'two would write into the same files')
  await meet()
  assert.equal(joined.length, 1)
})

test('a join that is given up while it begins does not go on', async () => {
  const { world, desk, space, invite } = await setUp({
    joined: async () => assert.fail('it was given up'),
    prepare: () => preparing.promise,
  })
  const preparing = Promise.withResolvers<void>()
  const starting = desk.start(...(await invite()))
  const cancelling = desk.cancel(space.id)
  await world.settle()
  preparing.resolve()
  await Promise.all([starting, cancelling])
  assert.deepEqual(desk.list(), [])
  assert.equal(desk.isBusy, false)
})
