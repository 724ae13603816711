/** Epoch keys over time: rotation, concurrent removals, complaints, prekeys, and what survives a restart. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeSignedPrekey, signPrekey } from '@hamlet/identity'
import {
  COMPLAINTS_HEARD_MAX,
  EPOCH_ENTRIES_MAX,
  EPOCH_MS_MAX,
  makeEpoch,
  recipientsOf,
  SECRETS_FILE,
  Space,
} from '@hamlet/space'
import type { Entry } from '@hamlet/space'
import { createMemoryKv } from '@hamlet/store'
import { Forger } from './_forger.ts'
import { crypto, DAY_MS, join, Peer, pull, syncAll } from './_world.ts'

async function group(...names: readonly string[]): Promise<Peer[]> {
  const peers = names.map((name) => new Peer(name))
  await peers[0]!.create()
  for (const peer of peers.slice(1)) await join(peers[0]!, peer, { role: 'admin' })
  await syncAll(...peers.map(({ space }) => space))
  return peers
}

function epochOf([entry]: readonly Entry[]): string {
  return entry!.epoch as string
}

test('two removals that did not know of each other: nobody removed opens what is written next', async () => {
  const [ada, ben, cleo, dan, eve] = (await group('Ada', 'Ben', 'Cleo')).concat([
    new Peer('Dan'),
    new Peer('Eve'),
  ]) as [Peer, Peer, Peer, Peer, Peer]
  for (const joiner of [dan, eve]) await join(ada, joiner)
  const all = [ada, ben, cleo, dan, eve].map(({ space }) => space)
  await syncAll(...all)
  await ben.space.remove(dan.person)
  await cleo.space.remove(eve.person)
  // Each still writes for the one it has not heard is out.
  await ben.write('Eve may read this')
  await cleo.write('Dan may read this')
  await syncAll(...all)
  await ada.write('for us three')
  await syncAll(...all)
  assert.deepEqual(ada.messages(), ['Eve may read this', 'Dan may read this', 'for us three'])
  assert.deepEqual(dan.messages(), ['Dan may read this'])
  assert.deepEqual(eve.messages(), ['Eve may read this'])
  assert.deepEqual(ben.messages(), ada.messages())
})

test('nothing is written for who is out under an epoch whose maker had not heard that they came', async () => {
  const [ada, ben, cleo] = (await group('Ada', 'Ben', 'Cleo')) as [Peer, Peer, Peer]
  const dan = new Peer('Dan')
  await join(ada, dan)
  await pull(ada.space, ben.space)
  // Cleo has not heard of Dan, and makes the deepest epochs. Ben has heard of both, Ada takes Dan out again.
  await cleo.space.rotateEpoch()
  await cleo.space.rotateEpoch()
  await pull(cleo.space, ben.space)
  await ada.space.remove(dan.person)
  await pull(ada.space, cleo.space)
  await cleo.write('not for Dan')
  // Ben gives Dan, who is in as far as he knows, what Cleo had made.
  await ben.write('Dan may read this')
  for (const { space } of [ada, ben, cleo]) await pull(space, dan.space)
  assert.deepEqual(dan.messages(), ['Dan may read this'])
  await syncAll(ada.space, ben.space, cleo.space)
  assert.deepEqual(ada.messages(), ['Dan may read this', 'not for Dan'])
})

test('an epoch made by somebody who knew none of those before it hides nothing from who comes back', async () => {
  const [ada, ben] = (await group('Ada', 'Ben')) as [Peer, Peer]
  const [dan, phone] = [new Peer('Dan'), new Peer('Ada phone', ada)]
  await join(ada, dan)
  await syncAll(ada.space, ben.space, dan.space)
  // Ben adds Ada's phone with what he knows; Ada makes an epoch without it meanwhile.
  await ben.space.addDevice(phone.identity.certificate)
  await phone.openForJoin(ada.space.id)
  await pull(ben.space, phone.space)
  await ada.space.rotateEpoch()
  await ada.write('under what the phone cannot open')
  await pull(ada.space, phone.space)
  await phone.space.rotateEpoch()
  await syncAll(ada.space, ben.space, dan.space, phone.space)
  await ben.write('for all')
  await syncAll(ada.space, ben.space, dan.space, phone.space)
  assert.deepEqual(phone.messages(), ['under what the phone cannot open', 'for all'])
})

test('an epoch that is thirty days old is replaced by the next writer, and only then', async () => {
  const [ada, ben] = (await group('Ada', 'Ben')) as [Peer, Peer]
  const first = epochOf(await ada.write('one'))
  ada.clock.pass(EPOCH_MS_MAX - 10_000)
  assert.equal(epochOf(await ada.write('two')), first)
  ada.clock.pass(10_000)
  const second = epochOf(await ada.write('three'))
  assert.notEqual(second, first)
  await pull(ada.space, ben.space)
  ben.clock.set(ada.clock.wall())
  assert.equal(epochOf(await ben.write('four')), second)
  assert.deepEqual(ben.messages(), ['one', 'two', 'three', 'four'])
})

test('an epoch is replaced when it has been used enough, counted across restarts', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  const drafts = Array.from({ length: EPOCH_ENTRIES_MAX / 2 }, () => {
    return { type: 'chat.message', value: ['x'] }
  })
  const first = epochOf(await ada.space.append(drafts))
  await ada.space.close()
  await ada.reopen()
  // A device writes no more than that a day.
  ada.clock.pass(DAY_MS)
  assert.equal(epochOf(await ada.space.append(drafts)), first)
  assert.notEqual(epochOf(await ada.write('one more')), first)
})

test('a recipient who cannot open a new epoch complains, and the next writer makes another', async () => {
  const [ada, ben, cleo] = (await group('Ada', 'Ben', 'Cleo')) as [Peer, Peer, Peer]
  const before = ada.space.epochs()[0]!
  // Ben seals something else to Cleo than what the epoch commits to.
  const forger = await Forger.open(ben, ben.space)
  const recipients = recipientsOf(ada.space.controlState())
  const ports = { crypto, random: ben.random }
  const parent = { id: before.id, secret: undefined }
  const made = makeEpoch(ports, ada.space.id, recipients, [parent], 'all').operation
  const seals = made.seals.map((seal) => {
    return seal.to === cleo.device ? { ...seal, ciphertext: new Uint8Array(48) } : seal
  })
  const range = await forger.control({ ...made, seals })
  for (const { space } of [ada, cleo]) assert.ok((await space.accept(ben.device, range)).ok)
  assert.equal(cleo.space.mismatchedEpochs().size, 1)
  const bad = ada.space.epochs()[0]!
  assert.notEqual(bad.id, before.id)
  await cleo.space.append([{ type: 'space.profile', value: ['Cleo', 'phone'] }])
  await pull(cleo.space, ada.space)
  assert.ok(ada.space.controlState().complaints.has(bad.id))
  assert.notEqual(epochOf(await ada.write('can you read this?')), bad.id)
  await pull(ada.space, cleo.space)
  assert.deepEqual(cleo.messages(), ['can you read this?'])
})

test('a device announces a new prekey, is sealed to it, and no longer needs the old one', async () => {
  const [ada, ben] = (await group('Ada', 'Ben')) as [Peer, Peer]
  await ada.write('under the first')
  await syncAll(ada.space, ben.space)
  const secret = { serial: 1, privateKey: ben.random.bytes(32), createdAtMs: ben.clock.wall() }
  const signed = encodeSignedPrekey(signPrekey(crypto, ben.identity.deviceSigner, secret))
  await ben.space.announcePrekey(signed, secret.privateKey)
  await pull(ben.space, ada.space)
  await ada.space.rotateEpoch()
  await ada.write('under the second')
  await pull(ada.space, ben.space)
  assert.deepEqual(ben.messages(), ['under the first', 'under the second'])
  await ben.space.close()
  const identity = { ...ben.identity, prekeyPrivate: secret.privateKey }
  const again = await Space.open(ben.ports, identity, ada.space.id)
  assert.ok(again.epochs().every(({ isKnown }) => isKnown))
  await again.close()
})

test('a device that has lost its index reads on what was sealed to a prekey it has thrown away', async () => {
  const ada = new Peer('Ada')
  await ada.create('from-join')
  await ada.write('long ago')
  await ada.space.rotateEpoch()
  await ada.write('later')
  await ada.space.close()
  const ports = { ...ada.ports, kv: createMemoryKv() }
  const identity = { ...ada.identity, prekeyPrivate: ada.random.bytes(32) }
  const again = await Space.open(ports, identity, ada.space.id)
  assert.ok(again.epochs().every(({ isKnown }) => isKnown))
  assert.deepEqual([...again.mismatchedEpochs()], [])
  await again.close()
  // And what it kept for that is kept on.
  const third = await Space.open({ ...ports, kv: createMemoryKv() }, identity, ada.space.id)
  assert.ok(third.epochs().every(({ isKnown }) => isKnown))
  await third.close()
})

test('a device that can open nothing complains as often as others hear it, and no more', async () => {
  const [ada, ben] = (await group('Ada', 'Ben')) as [Peer, Peer]
  for (let turn = 0; turn < COMPLAINTS_HEARD_MAX + 4; turn++) await ada.space.rotateEpoch()
  await pull(ada.space, ben.space)
  const length = ben.space.lengths().get(ben.device) ?? 0
  await ben.space.close()
  await ben.disk.remove(SECRETS_FILE)
  const identity = { ...ben.identity, prekeyPrivate: ben.random.bytes(32) }
  const again = await Space.open({ ...ben.ports, kv: createMemoryKv() }, identity, ada.space.id)
  await ada.space.rotateEpoch()
  await pull(ada.space, again)
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => void setImmediate(resolve))
  assert.ok(again.mismatchedEpochs().size > COMPLAINTS_HEARD_MAX)
  const complained = (again.lengths().get(ben.device) ?? 0) - length
  assert.ok(complained > 0 && complained <= COMPLAINTS_HEARD_MAX, `${complained} complaints`)
  await again.close()
})

test('a prekey of another device, or an older one, does not count', async () => {
  const [ada, ben] = (await group('Ada', 'Ben')) as [Peer, Peer]
  const secret = { serial: 5, privateKey: ben.random.bytes(32), createdAtMs: 0 }
  const other = encodeSignedPrekey(signPrekey(crypto, ada.identity.deviceSigner, secret))
  await assert.rejects(ben.space.announcePrekey(other, secret.privateKey), {
    code: 'SPACE_FORBIDDEN',
  })
  const own = encodeSignedPrekey(signPrekey(crypto, ben.identity.deviceSigner, secret))
  await ben.space.announcePrekey(own, secret.privateKey)
  await assert.rejects(ben.space.announcePrekey(own, secret.privateKey), {
    code: 'SPACE_FORBIDDEN',
  })
})

test('with history from joining, a later device of a member reads what the member reads', async () => {
  const ada = new Peer('Ada')
  await ada.create('from-join')
  await ada.write('before Ben')
  const ben = new Peer('Ben')
  await join(ada, ben)
  await ada.write('after Ben came')
  await ada.space.rotateEpoch()
  await ada.write('under a later key')
  await syncAll(ada.space, ben.space)
  const phone = new Peer('Ben phone', ben)
  await ben.space.addDevice(phone.identity.certificate)
  await phone.openForJoin(ada.space.id)
  await pull(ben.space, phone.space)
  assert.deepEqual(ben.messages(), ['after Ben came', 'under a later key'])
  assert.deepEqual(phone.messages(), ben.messages())
})
