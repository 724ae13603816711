/** The policy `releaseAfterAcks`: what newcomers can read at once, and when the history follows. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { epochHeads, RELEASE_POLICY, SEALS_TURN_MS } from '@hamlet/space'
import { errorCodeOf, join, Peer, pull, syncAll } from './_world.ts'

interface Cast {
  readonly ada: Peer
  readonly ben: Peer
  readonly cleo: Peer
  readonly eve: Peer
  readonly dan: Peer
}

/** Ada owns, Ben, Cleo and Eve are admins; something was written; `acks` are asked for. Dan is nobody yet. */
async function world(acks: number): Promise<Cast> {
  const [ada, ben, cleo, eve] = ['Ada', 'Ben', 'Cleo', 'Eve'].map((name) => new Peer(name)) as [
    Peer,
    Peer,
    Peer,
    Peer,
  ]
  await ada.create()
  for (const peer of [ben, cleo, eve]) await join(ada, peer, { role: 'admin' })
  await ada.write('before Dan')
  if (acks > 0) await ada.space.setPolicy(RELEASE_POLICY, acks)
  await syncAll(...[ada, ben, cleo, eve].map(({ space }) => space))
  return { ada, ben, cleo, eve, dan: new Peer('Dan') }
}

/** Time passes for these, who then hear of each other. */
async function settle(...peers: readonly Peer[]): Promise<void> {
  for (let turn = 0; turn < 6; turn++) {
    await syncAll(...peers.map(({ space }) => space))
    for (const { clock } of peers) clock.pass(SEALS_TURN_MS)
    for (let i = 0; i < 10; i++) await new Promise((resolve) => void setImmediate(resolve))
  }
  await syncAll(...peers.map(({ space }) => space))
}

test('a newcomer reads what is new at once, and what was before when another admin knows of them', async () => {
  const { ben, cleo, dan } = await world(1)
  ben.space.setWelcome([{ type: 'space.name.again', value: ['Home'] }])
  await join(ben, dan)
  await ben.write('for Dan too')
  await settle(ben, dan)
  assert.deepEqual(dan.messages(), ['for Dan too'])
  assert.equal(ben.space.isReleasedTo(dan.person), false)
  await settle(ben, cleo, dan)
  assert.deepEqual(dan.messages(), ['before Dan', 'for Dan too'])
  assert.equal(ben.space.isReleasedTo(dan.person), true)
})

test('the owner is enough for any number, and lets people in with the history', async () => {
  const { ada, ben, dan } = await world(3)
  await join(ben, dan)
  await settle(ben, dan)
  assert.deepEqual(dan.messages(), [])
  await settle(ada, ben, dan)
  assert.deepEqual(dan.messages(), ['before Dan'])
  const fay = new Peer('Fay')
  await join(ada, fay)
  assert.deepEqual(fay.messages(), ['before Dan'])
})

test('two other admins have to know where two are asked for; who is no admin does not count', async () => {
  const { ben, cleo, eve, dan } = await world(2)
  const phone = new Peer('Ben phone', ben)
  await ben.space.addDevice(phone.identity.certificate)
  await phone.openForJoin(ben.space.id)
  await join(ben, dan)
  await settle(ben, phone, dan)
  await phone.write('from the admitter')
  await dan.write('from the newcomer')
  await settle(ben, phone, dan)
  await settle(ben, cleo, dan)
  await cleo.write('one admin knows')
  await settle(ben, cleo, dan)
  const sinceThen = ['from the admitter', 'from the newcomer', 'one admin knows']
  assert.deepEqual(dan.messages().sort(), sinceThen)
  await settle(ben, eve, dan)
  assert.deepEqual(dan.messages().sort(), ['before Dan', ...sinceThen])
})

test('a new epoch gives nobody what is held back, and a second device no more than the first', async () => {
  const { ben, cleo, dan } = await world(1)
  const phone = new Peer('Dan phone', dan)
  await join(ben, dan)
  await ben.space.rotateEpoch()
  await ben.write('under the next')
  await ben.space.addDevice(phone.identity.certificate)
  await phone.openForJoin(ben.space.id)
  await settle(ben, dan, phone)
  assert.deepEqual(dan.messages(), ['under the next'])
  assert.deepEqual(phone.messages(), ['under the next'])
  await settle(ben, cleo, dan, phone)
  assert.deepEqual(dan.messages(), ['before Dan', 'under the next'])
  assert.deepEqual(phone.messages(), dan.messages())
  await ben.space.rotateEpoch()
  await settle(ben, cleo, dan, phone)
  assert.equal(epochHeads(ben.space.controlState()).length, 1)
  assert.ok(dan.space.epochs().every(({ isKnown }) => isKnown))
})

test('whoever was in before the policy loses nothing by it', async () => {
  const { ada, ben, cleo, dan } = await world(0)
  await join(ben, dan)
  await pull(ben.space, ada.space)
  await ada.space.setPolicy(RELEASE_POLICY, 1)
  await pull(ada.space, ben.space)
  const fay = new Peer('Fay')
  await ben.space.rotateEpoch()
  await ben.write('after the policy')
  await pull(ben.space, dan.space)
  assert.deepEqual(dan.messages(), ['before Dan', 'after the policy'])
  await join(ben, fay)
  await settle(ben, dan, fay)
  assert.deepEqual(fay.messages(), [])
  await settle(ben, cleo, fay)
  assert.deepEqual(fay.messages(), dan.messages())
})

test('the owner alone sets it, and a value that is none counts as none', async () => {
  const { ada, ben, dan } = await world(1)
  assert.equal(await errorCodeOf(ben.space.setPolicy(RELEASE_POLICY, 0)), 'SPACE_FORBIDDEN')
  assert.equal(ada.space.controlState().releaseAfterAcks, 1)
  for (const value of [-1, 1.5, 17, 'many', true]) {
    await ada.space.setPolicy(RELEASE_POLICY, value)
    assert.equal(ada.space.controlState().releaseAfterAcks, 0)
  }
  await pull(ada.space, ben.space)
  await join(ben, dan)
  assert.deepEqual(dan.messages(), ['before Dan'])
})
