/** Spaces on their way to a new device: handed over once, and left alone by whatever else comes meanwhile. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger, silentMetrics, utf8 } from '@hamlet/core'
import type { SpaceId } from '@hamlet/core'
import type { MeetingTicket } from '@hamlet/identity/linking'
import { Space } from '@hamlet/space'
import { createMemoryKv, prefixedKv } from '@hamlet/store'
import { PeerStateFile, UNBROKEN_CUSTODY } from '@hamlet/peer'
import { ArrivalDesk } from '../src/arrival-desk.ts'
import { Doubts } from '../src/doubts.ts'
import { Device } from './_device.ts'
import { crypto, MemoryNetwork } from './_world.ts'

/** A laptop with a space, and the phone's desk; `hooks` are what the peer behind it does. */
async function setUp(hooks: {
  readonly hasSpace: () => boolean
  readonly endJoin: () => Promise<void>
  readonly arrived: (space: Space) => Promise<void>
}) {
  const world = new MemoryNetwork()
  const entropy = new Uint8Array(32).fill(6)
  const [laptop, phone] = [
    new Device('laptop', world, entropy),
    new Device('phone', world, entropy),
  ]
  const space = await Space.create(laptop.spacePorts('00' as SpaceId), laptop.identity.forSpaces, {
    name: 'Home',
    storageFor: (id) => laptop.spacePorts(id),
  })
  await space.addDevice(phone.identity.current.certificateBytes)
  await laptop.sync.add(space, laptop.identity.current.deviceSigner, createMemoryKv())

  const state = await PeerStateFile.open(phone.disk)
  const { clock, random, kv, disk, node: network } = phone
  const opened: SpaceId[] = []
  const prepared: SpaceId[] = []
  const desk = new ArrivalDesk({
    ports: {
      clock,
      random,
      kv,
      disk,
      network,
      crypto,
      logger: silentLogger,
      metrics: silentMetrics,
    },
    doubts: await Doubts.open(UNBROKEN_CUSTODY, state, silentLogger),
    ...{ state, sync: phone.sync },
    spaceIdentity: () => phone.identity.forSpaces,
    prepare: async (id) => void prepared.push(id),
    spacePorts: (id) => {
      opened.push(id)
      assert.deepEqual(prepared, opened, 'what is left of an earlier copy went first')
      return phone.spacePorts(id)
    },
    spaceKv: (id) => prefixedKv(kv, utf8(id)),
    ...hooks,
    changed: () => undefined,
  })
  const ticket: MeetingTicket = {
    ...{ space: space.id, founder: space.founderDevice, name: 'Home', hints: [] },
    secrets: space.discoverySecrets(),
  }
  const meet = async (): Promise<void> => {
    await network.dial(laptop.identity.current.device)
    await world.settle()
  }
  return { world, state, desk, ticket, opened, meet }
}

test('while a space is handed over, a newer ticket, giving up and closing all wait for it', async () => {
  const handover = Promise.withResolvers<void>()
  const taken: Space[] = []
  const { world, state, desk, ticket, meet } = await setUp({
    hasSpace: () => false,
    endJoin: async () => undefined,
    arrived: async (arrived) => {
      taken.push(arrived)
      await handover.promise
    },
  })
  await desk.take([ticket])
  await meet()
  assert.equal(taken.length, 1, 'the space is being handed over')

  await desk.take([{ ...ticket, secrets: [new Uint8Array(32).fill(1)] }])
  const closing = desk.close()
  await world.settle()
  await taken[0]!.append([{ type: 'chat.message', value: ['still open'] }])
  handover.resolve()
  await closing
  await taken[0]!.append([{ type: 'chat.message', value: ['and it stays open'] }])
  assert.deepEqual(state.value.arrivals, [])
  assert.deepEqual(desk.list(), [])
  assert.equal(taken.length, 1)
})

test('a newer ticket does not open a space again that arrives while the ticket is taken', async () => {
  const handover = Promise.withResolvers<void>()
  const ending = Promise.withResolvers<void>()
  const arrived: Space[] = []
  let isHere = false
  let isSecond = false
  const { world, state, desk, ticket, opened, meet } = await setUp({
    hasSpace: () => isHere,
    endJoin: async () => {
      if (isSecond) await ending.promise
    },
    arrived: async (space) => {
      arrived.push(space)
      await handover.promise
      isHere = true
    },
  })
  await desk.take([ticket])
  isSecond = true
  const taking = desk.take([{ ...ticket, secrets: [new Uint8Array(32).fill(1)] }])
  await meet()
  assert.equal(arrived.length, 1, 'it is being handed over, and the newer ticket waits')
  ending.resolve()
  await world.settle()
  handover.resolve()
  await taking
  await world.settle()
  assert.deepEqual(opened, [ticket.space], 'opened once: two would write into the same files')
  assert.deepEqual(desk.list(), [])
  assert.deepEqual(state.value.arrivals, [])
  await arrived[0]!.append([{ type: 'chat.message', value: ['here'] }])
})
