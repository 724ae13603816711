/** A person's further device, written into a space by the first: how it finds members and gets everything. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertEqualSpaces, letIn, Node, pass, TestNetwork } from './_nodes.ts'

test('a device that was added gets the whole space from another member, and both devices write', async () => {
  const network = new TestNetwork()
  const laptop = new Node('laptop', network)
  const phone = new Node('phone', network, laptop)
  const ben = new Node('ben', network)
  await laptop.found()
  await letIn(laptop, ben)
  await laptop.write('before')
  await laptop.space.addDevice(phone.identity.certificate)
  await pass([laptop, ben], 1_000)
  const secrets = laptop.space.discoverySecrets()
  laptop.disconnect(ben)
  await phone.arrive(laptop.space.id, secrets)
  phone.connect(ben)
  await pass([phone, ben], 2_000)
  assert.equal(phone.space.ownRole, 'owner')
  assert.deepEqual(phone.messages(), ['before'])
  await phone.write('from the phone')
  phone.connect(laptop)
  await pass([phone, ben, laptop], 2_000)
  assert.deepEqual(laptop.messages(), ['before', 'from the phone'])
  assertEqualSpaces(laptop, phone, ben)
})

test('secrets alone let nobody in: a device that was not added reads nothing', async () => {
  const network = new TestNetwork()
  const laptop = new Node('laptop', network)
  const thief = new Node('thief', network, laptop)
  await laptop.found()
  await laptop.write('private')
  await thief.arrive(laptop.space.id, laptop.space.discoverySecrets())
  thief.connect(laptop)
  await pass([laptop, thief], 2_000)
  assert.equal(thief.space.ownRole, undefined)
  assert.deepEqual(thief.messages(), [])
})

test('after a restart it meets members by secrets of its own', async () => {
  const network = new TestNetwork()
  const laptop = new Node('laptop', network)
  const phone = new Node('phone', network, laptop)
  await laptop.found()
  await laptop.space.addDevice(phone.identity.certificate)
  await phone.arrive(laptop.space.id, laptop.space.discoverySecrets())
  phone.connect(laptop)
  await pass([laptop, phone], 2_000)
  await phone.restart()
  await laptop.write('later')
  phone.connect(laptop)
  await pass([laptop, phone], 2_000)
  assert.deepEqual(phone.messages(), ['later'])
})
