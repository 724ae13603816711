/** What a revocation in one space is worth in the person's other spaces. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crypto, identityOf, NOW_MS, Peer, pull, syncAll } from './_world.ts'

/** Ada's laptop and phone in her space, and somebody else. */
async function laptopAndPhone(): Promise<{ laptop: Peer; phone: Peer }> {
  const laptop = new Peer('Laptop')
  await laptop.create()
  const phone = new Peer('Phone', laptop)
  await laptop.space.addDevice(phone.identity.certificate)
  await phone.openForJoin(laptop.space.id)
  await pull(laptop.space, phone.space)
  return { laptop, phone }
}

test('the word of an older device, and that of the root key, holds for all spaces', async () => {
  const { laptop, phone } = await laptopAndPhone()
  await laptop.space.revokeDevice(phone.device)
  const expected = [{ device: phone.device, by: laptop.device, isForAllSpaces: true }]
  assert.deepEqual(laptop.space.ownPlace.revocations(), expected)
  const other = await laptopAndPhone()
  await other.phone.space.revokeDevice(other.laptop.device, other.laptop.root)
  await syncAll(other.laptop.space, other.phone.space)
  for (const { space } of [other.laptop, other.phone]) {
    assert.deepEqual(space.ownPlace.revocations(), [
      { device: other.laptop.device, by: other.phone.device, isForAllSpaces: true },
    ])
  }
})

test('the word of a device that is older only here does not', async () => {
  const laptop = new Peer('Laptop')
  // The phone was certified later, and founded the space.
  const identity = identityOf(crypto, laptop.random, laptop.root, undefined, NOW_MS + 1_000)
  const phone = Object.assign(new Peer('Phone', laptop), { identity })
  await phone.create()
  await phone.space.addDevice(laptop.identity.certificate)
  await laptop.openForJoin(phone.space.id)
  await pull(phone.space, laptop.space)
  await phone.space.revokeDevice(laptop.device)
  assert.equal(phone.space.role(laptop.person), 'owner')
  assert.deepEqual(phone.space.ownPlace.revocations(), [
    { device: laptop.device, by: phone.device, isForAllSpaces: false },
  ])
})

test('what happens to other people is none of it', async () => {
  const { laptop, phone } = await laptopAndPhone()
  await laptop.space.revokeDevice(phone.device)
  const ben = new Peer('Ben')
  await ben.openForJoin(laptop.space.id)
  await pull(laptop.space, ben.space)
  assert.deepEqual(ben.space.ownPlace.revocations(), [])
})
