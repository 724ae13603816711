/**
 * Devices that were away for more keys than are used to meet: those of members are brought up to date by whoever they
 * meet, and those that lost their place meanwhile are told so, and given nothing new.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { INVITE } from '../_world.ts'
import { assertEqualSpaces, letIn, Node, pass, TestNetwork } from './_nodes.ts'

const KEYS_MISSED = 5

/** Ada and Ben, and Cleo, who is gone from here on. */
async function without(): Promise<[Node, Node, Node]> {
  const network = new TestNetwork()
  const [ada, ben, cleo] = ['ada', 'ben', 'cleo'].map((name) => new Node(name, network)) as [
    Node,
    Node,
    Node,
  ]
  await ada.found()
  await letIn(ada, ben)
  await letIn(ada, cleo)
  await pass([ada, ben, cleo], 3_000)
  ada.disconnect(cleo)
  ben.disconnect(cleo)
  return [ada, ben, cleo]
}

/** New keys, as removals and time bring them, that Cleo does not hear of. */
async function newKeys(ada: Node, all: readonly Node[]): Promise<void> {
  for (let i = 0; i < KEYS_MISSED; i++) {
    await ada.space.rotateEpoch()
    await pass(all, 1_000)
  }
}

test('a member who was away for five keys is brought up to date by anybody they meet', async () => {
  const [ada, ben, cleo] = await without()
  await newKeys(ada, [ada, ben])
  await ada.write('while Cleo was away')
  await pass([ada, ben], 1_000)
  ben.connect(cleo)
  await pass([ada, ben, cleo], 5_000)
  assertEqualSpaces(ada, ben, cleo)
  assert.deepEqual(cleo.messages(), ['while Cleo was away'])
  await cleo.write('back')
  await pass([ada, ben, cleo], 2_000)
  assert.deepEqual(ada.messages(), ['while Cleo was away', 'back'])
})

test('whoever was removed five keys ago learns it from anybody they meet, and nothing written since', async () => {
  const [ada, ben, cleo] = await without()
  await pass([ada, ben, cleo], 1_000)
  await ada.space.remove(cleo.person)
  await newKeys(ada, [ada, ben])
  await ada.write('among us')
  await pass([ada, ben], 1_000)
  await cleo.write('hello?')
  ben.connect(cleo)
  await pass([ada, ben, cleo], 15_000)
  assert.equal(cleo.space.ownRole, undefined)
  assert.deepEqual(
    cleo.space.formerMembers().map(({ by }) => by),
    [ada.person],
  )
  assert.ok(!cleo.messages().includes('among us'))
  const held = cleo.space.lengths().get(ada.device)!
  assert.ok(held < ada.space.lengths().get(ada.device)!, 'and what came after is not served')
  assert.equal(ben.net.banned.length + cleo.net.banned.length, 0)
})

test('they meet again after a restart of either, and learn it then', async () => {
  const [ada, ben, cleo] = await without()
  await pass([ada, ben, cleo], 1_000)
  await ada.space.remove(cleo.person)
  await newKeys(ada, [ada, ben])
  await ben.restart()
  await cleo.restart()
  cleo.connect(ben)
  await pass([ada, ben, cleo], 5_000)
  assert.equal(cleo.space.ownRole, undefined)
})

test('a device revoked five keys ago learns it too', async () => {
  const [ada, ben] = await without()
  const phone = new Node('phone', ada.network, ada)
  await ada.space.addDevice(phone.identity.certificate)
  await phone.arrive(ada.space.id, ada.space.discoverySecrets())
  ada.connect(phone)
  await pass([ada, ben, phone], 3_000)
  assert.equal(phone.space.ownRole, 'owner')
  ada.disconnect(phone)
  await ada.space.revokeDevice(phone.device)
  await newKeys(ada, [ada, ben])
  ben.connect(phone)
  await pass([ada, ben, phone], 5_000)
  assert.equal(phone.space.ownRole, undefined)
  assert.equal(phone.space.hasLost(phone.device), true)
})

test('whoever was let in by somebody removed without knowing is told by whom they meet, also much later', async () => {
  const [ada, ben, cleo] = await without()
  const dan = new Node('dan', ada.network)
  await ada.space.setRole(ben.person, 'admin')
  await pass([ada, ben], 2_000)
  ada.disconnect(ben)
  await ada.space.remove(ben.person)
  await dan.ask((await ben.space.createInvite({ ...INVITE, mode: 'auto' })).link)
  ben.connect(dan)
  await pass([ada, ben, dan], 3_000)
  assert.equal(dan.space.ownRole, 'writer')
  ben.disconnect(dan)
  await pass([ada, ben, dan, cleo], 1_000)
  await newKeys(ada, [ada])
  // Ben hears of his removal, and Ada of whom he has let in since.
  ada.connect(ben)
  await pass([ada, ben], 15_000)
  assert.equal(ben.space.ownRole, undefined)
  ada.connect(dan)
  await pass([ada, dan], 15_000)
  assert.deepEqual([dan.space.ownRole, dan.space.ownPlace.fall()?.by], [undefined, ada.person])
})

/** Ben removes Cleo, leaves, and opens a link again; `isThere`: when Cleo is connected already. */
async function comesBack(isThere: boolean): Promise<Node> {
  const [ada, ben, cleo] = await without()
  await ada.space.setRole(ben.person, 'admin')
  const link = await ada.invite({ mode: 'auto', maxUses: 10 })
  ada.connect(cleo)
  await pass([ada, ben, cleo], 5_000)
  for (const node of [ben, cleo]) ada.disconnect(node)
  await ben.space.remove(cleo.person)
  await newKeys(ben, [ben])
  await ben.space.leave()
  ben.engine.remove(ben.space.id)
  if (isThere) ben.connect(cleo)
  await pass([ben, cleo], 1_000)
  await ben.ask(link)
  if (!isThere) ben.connect(cleo)
  await pass([ben, cleo], 15_000)
  return cleo
}

test('whoever left and asks to come back tells those they meet by the link that they are out', async () => {
  for (const isThere of [false, true]) {
    const cleo = await comesBack(isThere)
    assert.equal(cleo.space.ownRole, undefined, isThere ? 'connected before' : 'connected after')
  }
})

test('whoever made new keys of their own, not knowing that they are out, learns it', async () => {
  const [ada, ben, cleo] = await without()
  await ada.invite({ maxUses: 10 })
  ada.connect(cleo)
  await pass([ada, ben, cleo], 5_000)
  ada.disconnect(cleo)
  await newKeys(cleo, [cleo])
  await ada.space.remove(cleo.person)
  ada.connect(cleo)
  await pass([ada, ben, cleo], 15_000)
  assert.equal(cleo.space.ownRole, undefined)
})

test('a stranger who knows an earlier key is not met by it', async () => {
  const [ada, ben, cleo] = await without()
  const secrets = cleo.space.discoverySecrets()
  await newKeys(ada, [ada, ben])
  const eve = new Node('eve', ada.network)
  await eve.arrive(ada.space.id, secrets)
  eve.connect(ben)
  await pass([ada, ben, eve], 5_000)
  assert.equal(eve.space.lengths().size, 0)
  assert.equal(ben.net.count('frontier', eve.net.self), 0)
})
