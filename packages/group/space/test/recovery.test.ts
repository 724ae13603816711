/** Epochs are sealed to the recovery keys of the members: the words and any copy of the logs bring everything back. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { certifyDevice, claimDevice, encodeDeviceCertificate } from '@hamlet/identity'
import { epochHeads, recipientsOf, SEALS_TURN_MS } from '@hamlet/space'
import type { SpaceIdentity } from '@hamlet/space'
import { crypto, INVITE, join, NOW_MS, Peer, pull, syncAll } from './_world.ts'

/** Somebody who only stores, and has a copy of everything. */
async function relayOf(host: Peer): Promise<Peer> {
  const relay = new Peer('Rex')
  await join(host, relay, { role: 'relay' })
  return relay
}

/** A device with nothing but the words of a person, written in by `helper` and served by it alone. */
async function comeBack(lost: Peer, helper: Peer): Promise<Peer> {
  const fresh = new Peer(`${lost.name} again`, lost, true)
  await helper.space.addDevice(fresh.identity.certificate)
  await fresh.openForJoin(helper.space.id)
  await pull(helper.space, fresh.space)
  return fresh
}

test('the words and a copy from somebody who can read nothing bring everything back', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  const rex = await relayOf(ada)
  await ada.write('one')
  await ada.space.rotateEpoch()
  await ada.write('two')
  await pull(ada.space, rex.space)
  assert.deepEqual(rex.messages(), [])
  const fresh = await comeBack(ada, rex)
  assert.deepEqual(fresh.messages(), ['one', 'two'])
  assert.equal(fresh.space.ownRole, 'owner')
  await fresh.write('I am back')
  await pull(fresh.space, rex.space)
  await pull(rex.space, ada.space)
  assert.deepEqual(ada.messages(), ['one', 'two', 'I am back'])
})

test('a device without the words opens nothing that was not sealed to it', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  const rex = await relayOf(ada)
  await ada.write('one')
  await pull(ada.space, rex.space)
  const phone = new Peer('Ada phone', ada)
  await rex.space.addDevice(phone.identity.certificate)
  await phone.openForJoin(ada.space.id)
  await pull(rex.space, phone.space)
  assert.deepEqual(phone.messages(), [])
})

test('who was let in comes back to all of the history, or to what the policy gives', async () => {
  for (const history of ['all', 'from-join'] as const) {
    const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
    await ada.create(history)
    const rex = await relayOf(ada)
    await ada.write('before Ben')
    await join(ada, ben)
    await ada.write('after Ben')
    await pull(ada.space, rex.space)
    const fresh = await comeBack(ben, rex)
    const expected = history === 'all' ? ['before Ben', 'after Ben'] : ['after Ben']
    assert.deepEqual(fresh.messages(), expected)
  }
})

test('the words of who was removed open nothing written afterwards', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await join(ada, ben)
  await ada.write('before')
  await ada.space.remove(ben.person)
  await ada.write('after')
  assert.ok(recipientsOf(ada.space.controlState()).every(({ id }) => id !== ben.person))
  const thief = new Peer('Ben again', ben, true)
  await thief.openForJoin(ada.space.id)
  await pull(ada.space, thief.space)
  assert.ok(thief.space.epochs().length > 1)
  const known = thief.space.epochs().map(({ isKnown }) => isKnown)
  assert.deepEqual(known, [false, true])
})

/** As certificates were before there were recovery keys. */
function withoutRecovery(peer: Peer): SpaceIdentity {
  const { person, deviceSigner, prekeyPrivate } = peer.identity
  const facts = {
    ...{ person, prekey: crypto.agreementKey(prekeyPrivate) },
    ...{ prekeySerial: 0, createdAtMs: NOW_MS },
  }
  const certificate = certifyDevice(peer.root, claimDevice(deviceSigner, facts))
  return { ...peer.identity, certificate: encodeDeviceCertificate(certificate) }
}

test('a person whose certificates name no recovery key is given one by the next device', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  const ben = new Peer('Ben')
  Object.assign(ben, { identity: withoutRecovery(ben) })
  await join(ada, ben)
  await ada.write('before the phone')
  const idsOf = (): readonly string[] => recipientsOf(ada.space.controlState()).map(({ id }) => id)
  assert.deepEqual(idsOf(), [ada.device, ada.person, ben.device].sort())
  const phone = new Peer('Ben phone', ben)
  await ada.space.addDevice(phone.identity.certificate)
  assert.deepEqual(idsOf(), [ada.device, ada.person, ben.device, ben.person, phone.device].sort())
  const [head] = epochHeads(ada.space.controlState())
  assert.deepEqual([...head!.recipients].sort(), idsOf())
  const rex = await relayOf(ada)
  const fresh = await comeBack(ben, rex)
  assert.deepEqual(fresh.messages(), ['before the phone'])
})

test('somebody whose device key is their root key is sealed to once, and keeps nobody from writing', async () => {
  const [ada, odd] = [new Peer('Ada'), new Peer('Odd')]
  await ada.create()
  const facts = {
    ...{ person: odd.person, prekey: crypto.agreementKey(odd.identity.prekeyPrivate) },
    ...{ prekeySerial: 0, createdAtMs: NOW_MS },
  }
  const recovery = crypto.agreementKey(odd.recoveryPrivate)
  const certified = certifyDevice(odd.root, claimDevice(odd.root, facts), recovery)
  const certificate = encodeDeviceCertificate(certified)
  const identity = {
    ...odd.identity,
    device: certified.device,
    deviceSigner: odd.root,
    certificate,
  }
  Object.assign(odd, { identity })
  const { link } = await ada.space.createInvite(INVITE)
  const submitted = await ada.space.submitRequest(odd.request(link))
  assert.ok(submitted.ok)
  await ada.space.approve(submitted.value)
  await ada.space.rotateEpoch()
  await ada.write('still heard')
  await odd.openForJoin(ada.space.id)
  await pull(ada.space, odd.space)
  assert.deepEqual(odd.messages(), ['still heard'])
  for (let turn = 0; turn < 3; turn++) ada.clock.pass(SEALS_TURN_MS)
  await syncAll(ada.space, odd.space)
  assert.deepEqual(ada.space.leftOut(), [])
})
