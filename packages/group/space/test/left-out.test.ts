/** Secrets that reach by themselves who was left out of an epoch: who gives them, when, and to whom never. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodeOperation,
  makeEpoch,
  recipientsOf,
  SEALS_TURN_MS,
  SEALS_WAIT_MS,
} from '@hamlet/space'
import type { SealsOperation, Space } from '@hamlet/space'
import { Forger } from './_forger.ts'
import { crypto, join, Peer, pull, syncAll } from './_world.ts'

async function group(...names: readonly string[]): Promise<Peer[]> {
  const peers = names.map((name) => new Peer(name))
  await peers[0]!.create()
  for (const peer of peers.slice(1)) await join(peers[0]!, peer, { role: 'admin' })
  await syncAll(...spacesOf(peers))
  return peers
}

function spacesOf(peers: readonly Peer[]): Space[] {
  return peers.map(({ space }) => space)
}

/** Time passes for all; what their timers begin is written. */
async function pass(peers: readonly Peer[], ms: number): Promise<void> {
  for (const { clock } of peers) clock.pass(ms)
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => void setImmediate(resolve))
}

/** Every `seals` operation a device holds. */
function sealsIn(space: Space): SealsOperation[] {
  const entries = [...space.lengths().keys()].flatMap((device) => [...space.entries(device)])
  return entries.flatMap(({ epoch, payload }) => {
    const decoded = epoch === undefined ? decodeOperation(payload) : undefined
    return decoded?.ok === true && decoded.value.name === 'seals' ? [decoded.value] : []
  })
}

/** Dan is let in by Ada, while Cleo, who has not heard of him, makes an epoch and writes under it. */
async function leaveDanOut(ada: Peer, cleo: Peer): Promise<Peer> {
  const dan = new Peer('Dan')
  await join(ada, dan)
  await cleo.space.rotateEpoch()
  await cleo.write('under what Dan was not given')
  return dan
}

test('whoever was let in while somebody else made an epoch gets its secret without anybody writing', async () => {
  const [ada, ben, cleo] = (await group('Ada', 'Ben', 'Cleo')) as [Peer, Peer, Peer]
  const dan = await leaveDanOut(ada, cleo)
  const all = [ada, ben, cleo, dan]
  await syncAll(...spacesOf(all))
  assert.deepEqual(dan.messages(), [])
  for (let turn = 0; turn < 3; turn++) {
    await pass(all, turn === 0 ? SEALS_WAIT_MS : SEALS_TURN_MS)
    await syncAll(...spacesOf(all))
  }
  assert.deepEqual(dan.messages(), ['under what Dan was not given'])
  assert.equal(sealsIn(ada.space).length, 1)
})

test('who has the first turn gives, and the next one does when that device is away', async () => {
  const [ada, ben, cleo] = (await group('Ada', 'Ben', 'Cleo')) as [Peer, Peer, Peer]
  const dan = await leaveDanOut(ada, cleo)
  const all = [ada, ben, cleo]
  await syncAll(...spacesOf([...all, dan]))
  await pass(all, SEALS_WAIT_MS)
  const first = all.filter(({ space }) => sealsIn(space).length > 0)
  assert.equal(first.length, 1)
  // Nobody hears of it: the turn after that is the two others'.
  const others = all.filter((peer) => peer !== first[0])
  await pass(others, SEALS_TURN_MS - 1)
  assert.ok(others.every(({ space }) => sealsIn(space).length === 0))
  await pass(others, 1)
  assert.ok(others.every(({ space }) => sealsIn(space).length === 1))
  await pull(others[0]!.space, dan.space)
  assert.deepEqual(dan.messages(), ['under what Dan was not given'])
})

test('what somebody else has given or chained meanwhile is not given again', async () => {
  const [ada, ben, cleo] = (await group('Ada', 'Ben', 'Cleo')) as [Peer, Peer, Peer]
  const dan = await leaveDanOut(ada, cleo)
  const all = [ada, ben, cleo, dan]
  await syncAll(...spacesOf(all))
  await pass(all, SEALS_WAIT_MS - 1)
  await ben.write('under one that chains both')
  await syncAll(...spacesOf(all))
  for (let turn = 0; turn < 4; turn++) await pass(all, SEALS_TURN_MS)
  assert.deepEqual(dan.messages(), ['under what Dan was not given', 'under one that chains both'])
  assert.deepEqual(
    all.flatMap(({ space }) => sealsIn(space)),
    [],
  )
})

test('who was removed is given nothing by those who know, and nothing that was made by who knew', async () => {
  const [ada, ben, cleo] = (await group('Ada', 'Ben', 'Cleo')) as [Peer, Peer, Peer]
  const dan = await leaveDanOut(ada, cleo)
  await ada.space.remove(dan.person)
  await syncAll(...spacesOf([ada, ben, cleo]))
  for (let turn = 0; turn < 4; turn++) await pass([ada, ben, cleo], SEALS_TURN_MS)
  assert.deepEqual(
    [ada, ben, cleo].flatMap(({ space }) => sealsIn(space)),
    [],
  )
})

test('with history from joining, a second device gets what the first has, and nobody gets what was before', async () => {
  const ada = new Peer('Ada')
  await ada.create('from-join')
  await ada.write('before Ben')
  const [ben, phone] = [new Peer('Ben'), undefined]
  assert.equal(phone, undefined)
  await join(ada, ben)
  await syncAll(ada.space, ben.space)
  const second = new Peer('Ben phone', ben)
  await ben.space.addDevice(second.identity.certificate)
  await ada.space.rotateEpoch()
  await ada.write('while the phone came')
  await second.openForJoin(ada.space.id)
  const all = [ada, ben, second]
  await syncAll(...spacesOf(all))
  assert.deepEqual(second.messages(), [])
  for (let turn = 0; turn < 3; turn++) {
    await pass(all, SEALS_TURN_MS)
    await syncAll(...spacesOf(all))
  }
  assert.deepEqual(second.messages(), ['while the phone came'])
  assert.deepEqual(ben.messages(), ['while the phone came'])
  assert.equal(sealsIn(ada.space).length, 1)
})

test('with history from joining, an epoch made without knowing of somebody is not given to them', async () => {
  const [ada, cleo] = [new Peer('Ada'), new Peer('Cleo')]
  await ada.create('from-join')
  await join(ada, cleo)
  await syncAll(ada.space, cleo.space)
  const dan = await leaveDanOut(ada, cleo)
  const all = [ada, cleo, dan]
  await syncAll(...spacesOf(all))
  for (let turn = 0; turn < 4; turn++) await pass(all, SEALS_TURN_MS)
  await syncAll(...spacesOf(all))
  assert.deepEqual(dan.messages(), [])
  assert.deepEqual(sealsIn(ada.space), [])
})

/** Ben makes an epoch with his own wrong seal for Cleo. Gives its range, and the epoch. */
async function wrongCleo(ada: Peer, ben: Peer, cleo: Peer): Promise<{ forger: Forger }> {
  const forger = await Forger.open(ben, ben.space)
  const parent = { id: ada.space.epochs()[0]!.id, secret: undefined }
  const recipients = recipientsOf(ada.space.controlState())
  const ports = { crypto, random: ben.random }
  const { operation, secret } = makeEpoch(ports, ada.space.id, recipients, [parent], 'from-join')
  assert.equal(secret.length, 32)
  const seals = operation.seals.map((seal) => {
    return seal.to === cleo.device ? { ...seal, ciphertext: new Uint8Array(48) } : seal
  })
  const range = await forger.control({ ...operation, seals })
  for (const { space } of [ada, cleo]) assert.ok((await space.accept(ben.device, range)).ok)
  return { forger }
}

test('a device whose seal is wrong is given another', async () => {
  const [ada, ben, cleo] = (await group('Ada', 'Ben', 'Cleo')) as [Peer, Peer, Peer]
  await wrongCleo(ada, ben, cleo)
  const bad = ada.space.epochs()[0]!
  await pass([cleo], 0)
  await pull(cleo.space, ada.space)
  assert.equal(ada.space.controlState().complaints.get(bad.id)?.get(cleo.device)?.isAnswered, false)
  for (let turn = 0; turn < 3; turn++) await pass([ada], SEALS_TURN_MS)
  await pull(ada.space, cleo.space)
  assert.equal(cleo.space.mismatchedEpochs().size, 0)
  assert.ok(cleo.space.epochs().every(({ isKnown }) => isKnown))
  assert.equal(ada.space.controlState().complaints.get(bad.id)?.get(cleo.device)?.isAnswered, true)
  for (let turn = 0; turn < 3; turn++) await pass([ada, cleo], SEALS_TURN_MS)
  assert.equal(sealsIn(ada.space).length, 1)
})

test('a device that is given wrong seals again and again stops complaining', async () => {
  const [ada, ben, cleo] = (await group('Ada', 'Ben', 'Cleo')) as [Peer, Peer, Peer]
  const { forger } = await wrongCleo(ada, ben, cleo)
  const bad = ada.space.epochs()[0]!
  const complaint = (): { readonly count: number } | undefined =>
    cleo.space.controlState().complaints.get(bad.id)?.get(cleo.device)
  for (let round = 0; round < 4; round++) {
    await pass([cleo], 0)
    const [enc, ciphertext] = [new Uint8Array(32).fill(9), new Uint8Array(48)]
    const seals = [{ to: cleo.device, enc, ciphertext }]
    const range = await forger.control({ name: 'seals', epoch: bad.id, seals })
    assert.ok((await cleo.space.accept(ben.device, range)).ok)
  }
  await pass([cleo], 0)
  assert.equal(complaint()?.count, 2)
  assert.equal(cleo.space.mismatchedEpochs().size, 1)
})
