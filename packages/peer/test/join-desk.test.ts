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

test('a join that is given up while its space is handed over waits for that', async () => {
  const world = new MemoryNetwork()
  const ada = new Device('ada', world, new Uint8Array(32).fill(1))
  const ben = new Device('ben', world, new Uint8Array(32).fill(2))
  const space = await Space.create(ada.spacePorts('00' as SpaceId), ada.identity.forSpaces, {
    name: 'Home',
    storageFor: (id) => ada.spacePorts(id),
  })
  await ada.sync.add(space, ada.identity.current.deviceSigner, createMemoryKv())
  const { link: text } = await space.createInvite({
    ...{ role: 'writer', mode: 'auto', maxUses: 1, hints: [], spaceName: 'Home' },
    ...{ inviterName: 'Ada', expiresAtMs: ada.clock.wall() + DAY_MS },
  })
  const link = decodeLink(text)
  assert.ok(link.ok)

  const state = await PeerStateFile.open(ben.disk)
  const handover = Promise.withResolvers<void>()
  const joined: Space[] = []
  const { clock, random, kv, disk, node: network } = ben
  const rest = { crypto, logger: silentLogger, metrics: silentMetrics }
  const desk = new JoinDesk({
    ports: { clock, random, kv, disk, network, ...rest, custody: UNBROKEN_CUSTODY },
    doubts: await Doubts.open(UNBROKEN_CUSTODY, state, silentLogger),
    ...{ state, sync: ben.sync, identity: ben.identity },
    spacePorts: (id) => ben.spacePorts(id),
    spaceKv: (id) => prefixedKv(kv, utf8(id)),
    openSpace: () => undefined,
    prepare: async () => undefined,
    resync: async () => undefined,
    joined: async (each) => {
      joined.push(each)
      await handover.promise
    },
    changed: () => undefined,
  })
  await desk.start(link.value, text)
  await network.dial(ada.identity.current.device)
  await world.settle()
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
