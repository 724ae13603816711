/** Goal: peers that meet find two signed histories, tell each other, and fetch from each other what somebody built on. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pull } from '../_world.ts'
import type { Peer } from '../_world.ts'
import { assertEqualSpaces, letIn, Node, pass, TestNetwork } from './_nodes.ts'

/** Ada, Ben, Cleo and Eve, who know each other and are apart. Eve's device is copied. */
async function apart(): Promise<{ nodes: [Node, Node, Node, Node]; twin: Peer }> {
  const network = new TestNetwork()
  const nodes = ['ada', 'ben', 'cleo', 'eve'].map((name) => new Node(name, network))
  const [ada, ...others] = nodes as [Node, Node, Node, Node]
  await ada.found()
  for (const node of others) await letIn(ada, node)
  await pass(nodes, 11_000)
  for (const node of others) ada.disconnect(node)
  return { nodes: nodes as [Node, Node, Node, Node], twin: await nodes[3]!.twin() }
}

async function write(node: Node, nodes: readonly Node[], text: string): Promise<void> {
  await pass(nodes, 1_000)
  await node.write(text)
}

function assertSame(...nodes: readonly Node[]): void {
  assertEqualSpaces(...nodes)
  for (const node of nodes) {
    assert.deepEqual(node.messages(), nodes[0]!.messages(), node.name)
    assert.deepEqual(node.space.pendingCounts(), { waiting: 0, held: 0 }, node.name)
    assert.deepEqual(node.net.banned, [], node.name)
  }
}

test('histories that others built on are fetched entry by entry, and all agree', async () => {
  const { nodes, twin } = await apart()
  const [ada, ben, cleo, eve] = nodes
  for (let i = 0; i < 20; i++) await write(eve, nodes, `one ${i}`)
  await pull(eve.space, ada.space)
  await write(ada, nodes, 'Ada answers')
  twin.clock.set(eve.clock.wall())
  for (let i = 0; i < 30; i++) await twin.write(`two ${i}`)
  await pull(twin.space, ben.space)
  await write(ben, nodes, 'Ben answers')
  await twin.write('two, seen by Cleo alone')
  await pull(twin.space, cleo.space)
  ada.connect(ben, cleo)
  ben.connect(cleo)
  await pass(nodes, 30_000)
  for (const node of [ada, ben, cleo]) assert.ok(node.space.isForked(eve.device), node.name)
  assertSame(ada, ben, cleo)
  const messages = ada.messages()
  assert.equal(messages.filter((text) => text.startsWith('one')).length, 20)
  assert.equal(messages.filter((text) => text.startsWith('two')).length, 30)
  assert.ok(!messages.includes('two, seen by Cleo alone'))
})

test('a newcomer gets both histories as far as they count', async () => {
  const { nodes, twin } = await apart()
  const [ada, ben, , eve] = nodes
  await write(eve, nodes, 'one')
  await pull(eve.space, ada.space)
  await write(ada, nodes, 'Ada answers')
  twin.clock.set(eve.clock.wall())
  await twin.write('two')
  await pull(twin.space, ben.space)
  await write(ben, nodes, 'Ben answers')
  ada.connect(ben)
  await pass(nodes, 30_000)
  const dora = new Node('dora', ada.network)
  await pass([dora], ada.clock.wall() - dora.clock.wall())
  await letIn(ada, dora)
  await pass([...nodes, dora], 30_000)
  assertSame(ada, ben, dora)
  assert.deepEqual(dora.messages().toSorted(), ['Ada answers', 'Ben answers', 'one', 'two'])
})

test('a newcomer whose copy begins with a head of the other history gets the one that counts', async () => {
  const { nodes } = await apart()
  const [ada, ben, , eve] = nodes
  await write(eve, nodes, 'zero')
  for (const { space } of [ada, ben]) await pull(eve.space, space)
  const twin = await eve.twin()
  await write(eve, nodes, 'one')
  await pull(eve.space, ada.space)
  twin.clock.set(eve.clock.wall())
  await twin.write('two')
  await pull(twin.space, ben.space)
  await write(ben, nodes, 'Ben answers')
  ada.connect(ben)
  await pass(nodes, 30_000)
  ada.disconnect(ben)
  // Ada has the log that begins with what nobody answered, and says so in its signed head.
  const dora = new Node('dora', ada.network)
  await pass([dora], ada.clock.wall() - dora.clock.wall())
  await letIn(ada, dora)
  await pass([...nodes, dora], 30_000)
  assertSame(ada, dora)
  assert.deepEqual(dora.messages(), ['zero', 'two', 'Ben answers'])
})

test('a proof that comes before whoever let the device in is known is kept until then', async () => {
  const network = new TestNetwork()
  const [ada, ben, cleo, dora, eve] = ['ada', 'ben', 'cleo', 'dora', 'eve'].map((name) => {
    return new Node(name, network)
  }) as [Node, Node, Node, Node, Node]
  const nodes = [ada, ben, cleo, dora, eve]
  await ada.found()
  for (const node of [ben, cleo]) {
    await letIn(ada, node)
    await ada.space.setRole(node.person, 'admin')
    await pass(nodes, 1_000)
    ada.disconnect(node)
  }
  await letIn(ben, eve)
  await pass(nodes, 11_000)
  const twin = await eve.twin()
  await write(eve, nodes, 'one')
  await pull(eve.space, ben.space)
  ben.disconnect(eve)
  await twin.write('two')
  ada.connect(ben)
  await pass(nodes, 2_000)
  await pull(twin.space, ada.space)
  await pass(nodes, 20_000)
  // Cleo has heard of Ada alone, and lets Dora in, whom Ada tells of the fork before anything else.
  await letIn(cleo, dora)
  cleo.disconnect(dora)
  assert.ok(!dora.space.acceptsDevice(eve.device))
  ada.connect(dora)
  await pass(nodes, 30_000)
  assert.ok(ada.space.isForked(eve.device) && dora.space.isForked(eve.device))
  assertSame(ada, ben, dora)
})

test('who was told of a fork as a newcomer tells those they had met by the link', async () => {
  const { nodes, twin } = await apart()
  const [ada, ben, , eve] = nodes
  const link = await ada.invite()
  ada.connect(ben)
  await pass(nodes, 2_000)
  ada.disconnect(ben)
  await write(eve, nodes, 'one')
  await pull(eve.space, ada.space)
  await twin.write('two')
  await pull(twin.space, ada.space)
  assert.ok(ada.space.isForked(eve.device))
  const dora = new Node('dora', ada.network)
  await pass([dora], ada.clock.wall() - dora.clock.wall())
  await dora.ask(link)
  dora.connect(ben)
  await pass([...nodes, dora], 2_000)
  dora.connect(ada)
  await pass([...nodes, dora], 2_000)
  const request = ada.space.requests().find(({ state }) => state === 'waiting')
  await ada.space.approve(request!.id)
  await pass([...nodes, dora], 5_000)
  assert.ok(dora.space.isForked(eve.device) && ben.space.isForked(eve.device))
  assertSame(ada, ben, dora)
})

test('a device that was reset goes on everywhere, and is told what it lacks', async () => {
  const { nodes, twin } = await apart()
  const [ada, ben, cleo, eve] = nodes
  await write(eve, nodes, 'one')
  await pull(eve.space, ada.space)
  await write(ada, nodes, 'Ada answers')
  twin.clock.set(eve.clock.wall())
  await twin.write('two')
  await twin.write('two again')
  await pull(twin.space, ben.space)
  ada.connect(ben, cleo, eve)
  ben.connect(cleo, eve)
  await pass(nodes, 30_000)
  assert.equal(eve.space.isFrozen, true)
  await ben.space.resetDevice(eve.device, eve.root)
  await pass(nodes, 30_000)
  // Ben holds the longer history; Eve's own process has the other.
  assert.equal(eve.space.isFrozen, false)
  await write(eve, nodes, 'on we go')
  await pass(nodes, 15_000)
  assertSame(ada, ben, cleo, eve)
  const said = ['Ada answers', 'on we go', 'one', 'two', 'two again']
  assert.deepEqual(ada.messages().toSorted(), said)
  await cleo.restart()
  cleo.connect(ada)
  await write(eve, nodes, 'and on')
  await pass(nodes, 15_000)
  assertSame(ada, ben, cleo, eve)
})

test('a device reset to a history that went on elsewhere goes on from where the reset says', async () => {
  const { nodes, twin } = await apart()
  const [ada, ben, cleo, eve] = nodes
  await twin.write('one')
  await pull(twin.space, ada.space)
  await write(ada, nodes, 'Ada answers')
  twin.clock.set(ada.clock.wall())
  await twin.write('nobody answers')
  await pull(twin.space, ada.space)
  await write(eve, nodes, 'two')
  ada.connect(eve)
  await pass(nodes, 30_000)
  ada.connect(ben, cleo)
  ben.connect(cleo, eve)
  await pass(nodes, 30_000)
  assert.deepEqual(cleo.messages(), ['one', 'Ada answers'])
  // Cleo and Eve hold the history that Ada answered as far as that, under a head that says more.
  await cleo.space.resetDevice(eve.device, eve.root)
  await pass(nodes, 30_000)
  await write(eve, nodes, 'on we go')
  await pass(nodes, 30_000)
  assertSame(ada, ben, cleo, eve)
  assert.deepEqual(ada.messages(), ['one', 'Ada answers', 'on we go'])
  for (const node of [eve, cleo, ben]) await node.restart()
  ada.connect(ben, cleo, eve)
  ben.connect(cleo, eve)
  await write(eve, nodes, 'and on')
  await pass(nodes, 30_000)
  assertSame(ada, ben, cleo, eve)
  assert.equal(ada.messages().at(-1), 'and on')
})
