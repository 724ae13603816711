/** Engines over a network in memory with real spaces: meeting, joining, agreeing, and what goes wrong with any of them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryKv } from '@hamlet/store'
import { ENTRIES_POLICY, Space } from '@hamlet/space'
import { Forger } from '../_forger.ts'
import { DAY_MS } from '../_world.ts'
import { assertEqualSpaces, letIn, Node, pass, TestNetwork } from './_nodes.ts'

const HOUR_MS = 3_600_000

function setup<const Names extends readonly string[]>(...names: Names): Node[] {
  const network = new TestNetwork()
  return names.map((name) => new Node(name, network))
}

/** The joiner gives its request up and goes. */
async function leave(host: Node, joiner: Node): Promise<void> {
  host.disconnect(joiner)
  joiner.engine.remove(joiner.space.id)
  await joiner.space.close()
}

test('a joiner who is approved holds what the founder holds', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await ada.write('before')
  await ben.ask(await ada.invite())
  ada.connect(ben)
  await pass([ada, ben], 1_000)
  assert.deepEqual(ben.outcomes, ['asked'])
  assert.equal(ben.space.lengths().size, 0, 'nothing is given before the approval')
  const [request] = ada.space.requests()
  assert.equal(request?.name, 'ben')
  await ada.space.approve(request.id)
  await pass([ada, ben], 1_000)
  assert.deepEqual(ben.outcomes, ['asked', 'admitted'])
  assert.equal(ben.space.ownRole, 'writer')
  assert.deepEqual(ben.messages(), ['before'])
  assertEqualSpaces(ada, ben)
})

test('an automatic invitation lets in at once, and both write live', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await letIn(ada, ben)
  await ada.write('from ada')
  await ben.write('from ben')
  await ada.network.settle()
  assertEqualSpaces(ada, ben)
  assert.deepEqual(ada.messages().sort(), ['from ada', 'from ben'])
})

test('own entries are pushed to a peer that has all before them, without being asked for', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await letIn(ada, ben)
  await pass([ada, ben], 20_000)
  ben.net.sent.length = 0
  await ada.write('one')
  await ada.network.settle()
  assert.equal(ben.net.count('want'), 0)
  assertEqualSpaces(ada, ben)
})

test('a joiner is let in by a member that did not make the invitation, while its maker is away', async () => {
  const [ada, ben, cleo] = setup('ada', 'ben', 'cleo') as [Node, Node, Node]
  await ada.found()
  await letIn(ada, ben)
  const link = await ada.invite({ mode: 'auto' })
  await pass([ada, ben], 1_000)
  ada.disconnect(ben)
  await cleo.ask(link)
  ben.connect(cleo)
  await pass([ben, cleo], 2_000)
  assert.equal(cleo.space.ownRole, 'writer')
  assertEqualSpaces(ben, cleo)
})

test('who is let in has everything at once, also what others wrote', async () => {
  const nodes = setup('ada', 'ben', 'cleo') as [Node, Node, Node]
  const [ada, ben, cleo] = nodes
  await ada.found()
  await letIn(ada, ben)
  await ben.write('from ben')
  await cleo.ask(await ada.invite())
  ada.connect(cleo)
  await pass(nodes, 3_000)
  const waiting = ada.space.requests().find(({ state }) => state === 'waiting')
  await ada.space.approve(waiting!.id)
  await ada.network.settle()
  assert.deepEqual(cleo.messages(), ['from ben'])
  assertEqualSpaces(...nodes)
})

test('a declined joiner is told and gets nothing', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await ben.ask(await ada.invite())
  ada.connect(ben)
  await pass([ada, ben], 1_000)
  await ada.space.decline(ada.space.requests()[0]!.id)
  await pass([ada, ben], 1_000)
  assert.deepEqual(ben.outcomes, ['asked', 'declined'])
  assert.equal(ben.space.lengths().size, 0)
})

test('an invitation revoked while the joiner waits refuses its approval', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await ben.ask(await ada.invite())
  ada.connect(ben)
  await pass([ada, ben], 1_000)
  await ada.space.revokeInvite(ada.space.invites()[0]!.id)
  await assert.rejects(ada.space.approve(ada.space.requests()[0]!.id), {
    code: 'SPACE_INVITE_REVOKED',
  })
  assert.equal(ben.space.lengths().size, 0)
})

test('a joiner who was approved while away comes in when it is back, though the link is used up', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await ben.ask(await ada.invite({ maxUses: 1 }))
  ada.connect(ben)
  await pass([ada, ben], 1_000)
  ada.disconnect(ben)
  await ada.space.approve(ada.space.requests()[0]!.id)
  ada.connect(ben)
  await pass([ada, ben], 2_000)
  assert.equal(ben.space.ownRole, 'writer')
  assertEqualSpaces(ada, ben)
})

test('whoever comes with an expired, revoked or used link is told so and nothing else', async () => {
  for (const spoil of ['expired', 'revoked', 'used'] as const) {
    const [ada, ben, cleo] = setup('ada', 'ben', 'cleo') as [Node, Node, Node]
    await ada.found()
    const link = await ada.invite({ maxUses: 1 })
    if (spoil === 'expired') ada.clock.pass(8 * DAY_MS)
    if (spoil === 'revoked') await ada.space.revokeInvite(ada.space.invites()[0]!.id)
    if (spoil === 'used') {
      await cleo.ask(link)
      ada.connect(cleo)
      await pass([ada, cleo], 1_000)
      await ada.space.approve(ada.space.requests()[0]!.id)
      await pass([ada, cleo], 1_000)
    }
    ada.net.sent.length = 0
    await ben.ask(link)
    ada.connect(ben)
    await pass([ada, ben], 5_000)
    assert.deepEqual(ben.outcomes, [`refused SPACE_INVITE_${spoil.toUpperCase()}`], spoil)
    assert.equal(ben.space.lengths().size, 0, spoil)
    const toBen = ada.net.sent.filter(({ to }) => to === ben.net.self)
    const kinds = new Set(toBen.map(({ message }) => message.kind))
    assert.deepEqual([...kinds].sort(), ['hello', 'join-state', 'tags'], spoil)
  }
})

test('through the link of another space nobody is met and nothing is told', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  const [eve] = setup('eve') as [Node]
  await ada.found()
  await eve.found()
  await ben.ask(await eve.invite())
  ada.connect(ben)
  await pass([ada, ben], 5_000)
  assert.equal(ada.space.requests().length, 0)
  assert.equal(ben.space.lengths().size, 0)
  const kinds = new Set(ada.net.sent.map(({ message }) => message.kind))
  assert.deepEqual([...kinds].sort(), ['hello', 'tags'])
})

test('one device may ask three times an hour', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  const link = await ada.invite()
  for (let i = 0; i < 5; i++) {
    await ben.ask(link, ben.request(link, `ben ${i}`))
    ada.connect(ben)
    await pass([ada, ben], 1_000)
    await leave(ada, ben)
  }
  assert.equal(ada.space.requests().length, 3)
  assert.equal(ben.outcomes.filter((outcome) => outcome === 'refused JOIN_TOO_OFTEN').length, 2)
})

test('a joiner who asked too often is heard once the hour is over, without connecting anew', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  const link = await ada.invite()
  for (let i = 0; i < 4; i++) {
    if (i > 0) await leave(ada, ben)
    await ben.ask(link, ben.request(link, `ben ${i}`))
    ada.connect(ben)
    await pass([ada, ben], 1_000)
  }
  const told = ['asked', 'asked', 'asked', 'refused JOIN_TOO_OFTEN']
  assert.deepEqual(ben.outcomes, told)
  await pass([ada, ben], HOUR_MS - 10_000, 10_000)
  assert.deepEqual(ben.outcomes, told, 'waiting is no other request')
  await pass([ada, ben], 10_000)
  assert.deepEqual(ben.outcomes, [...told, 'asked'])
  assert.equal(ada.space.requests().at(-1)?.name, 'ben 3')
})

test('the same paper again is answered again and makes one request', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  const link = await ada.invite()
  const paper = ben.request(link)
  await ben.ask(link, paper)
  ada.connect(ben)
  await pass([ada, ben], 1_000)
  ben.engine.remove(ben.space.id)
  await ben.space.close()
  await ben.ask(link, paper)
  await pass([ada, ben], 1_000)
  assert.deepEqual(ben.outcomes, ['asked', 'asked'])
  assert.equal(ada.space.requests().length, 1)
})

test('somebody who holds the same link gets nothing from a joiner who was let in', async () => {
  const [ada, ben, eve] = setup('ada', 'ben', 'eve') as [Node, Node, Node]
  await ada.found()
  const link = await ada.invite({ maxUses: 5 })
  await ben.ask(link)
  await eve.ask(link)
  ben.connect(eve)
  ada.connect(ben)
  await pass([ada, ben, eve], 1_000)
  await ada.space.approve(ada.space.requests()[0]!.id)
  await pass([ada, ben, eve], 30_000)
  assert.equal(ben.space.ownRole, 'writer')
  assert.equal(eve.space.lengths().size, 0)
  for (const kind of ['range', 'vector', 'have', 'holding'] as const) {
    assert.equal(ben.net.count(kind, eve.device), 0, kind)
  }
})

test('a stranger learns a rounded count and gets no answer', async () => {
  const [ada, eve] = setup('ada', 'eve') as [Node, Node]
  await ada.found()
  await ada.write('secret')
  await eve.found()
  ada.connect(eve)
  await pass([ada, eve], 30_000)
  const kinds = ada.net.sent.map(({ message }) => message.kind)
  assert.deepEqual([...new Set(kinds)].sort(), ['hello', 'tags'])
  for (const message of ada.net.of('tags')) {
    assert.ok(message.kind === 'tags' && message.tags.length % 8 === 0)
  }
})

test('three devices end equal though no two of them were all connected at once', async () => {
  const nodes = setup('ada', 'ben', 'cleo') as [Node, Node, Node]
  const [ada, ben, cleo] = nodes
  await ada.found()
  await letIn(ada, ben)
  await letIn(ada, cleo)
  await pass(nodes, 11_000)
  ada.disconnect(ben, cleo)
  await ada.write('a')
  await ben.write('b')
  await cleo.write('c')
  ben.connect(cleo)
  await pass(nodes, 2_000)
  ben.disconnect(cleo)
  ada.connect(cleo)
  await pass(nodes, 2_000)
  ada.disconnect(cleo)
  ada.connect(ben)
  await pass(nodes, 2_000)
  assertEqualSpaces(...nodes)
})

test('one side starting again finds the other as it was', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await letIn(ada, ben)
  await ben.restart()
  await ada.write('while ben was away')
  ada.connect(ben)
  await pass([ada, ben], 1_000)
  assertEqualSpaces(ada, ben)
  await ben.write('back')
  await ada.network.settle()
  assertEqualSpaces(ada, ben)
})

test('an engine that starts again without the other noticing is greeted anew', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await letIn(ada, ben)
  ben.engine.close()
  const again = new Node('ben', ada.network)
  // Its randomness begins like that of its first life, which drew its nonce here.
  again.random.bytes(32)
  again.disk = ben.disk
  await again.reopen(ada.space.id)
  await again.add()
  again.net.up(ada.device)
  await ada.write('news')
  await pass([ada, again], 12_000)
  assertEqualSpaces(ada, again)
})

test('every device learns who holds an entry, also from a third', async () => {
  const nodes = setup('ada', 'ben', 'cleo') as [Node, Node, Node]
  const [ada, ben, cleo] = nodes
  await ada.found()
  await letIn(ada, ben)
  await letIn(ada, cleo)
  ada.connect(ben)
  await pass(nodes, 2_000)
  const [entry] = await ben.write('seen by all')
  await pass(nodes, 2_000)
  for (const node of nodes) {
    const holders = node.engine.holders(node.space.id, ben.device, entry!.seq)
    assert.deepEqual([...holders].sort(), nodes.map(({ device }) => device).sort(), node.name)
  }
})

test('holdings are there again after a restart, before anybody is connected', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await letIn(ada, ben)
  const [entry] = await ada.write('kept')
  await pass([ada, ben], 2_000)
  await ada.restart()
  assert.equal(ada.engine.holders(ada.space.id, ada.device, entry!.seq).length, 2)
})

test('a full disk refuses what arrives, and it arrives later', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await letIn(ada, ben)
  await pass([ada, ben], 11_000)
  ben.disk.setCapacity(0)
  for (let i = 0; i < 20; i++) await ada.write(`message ${i}`)
  await pass([ada, ben], 5_000)
  assert.notEqual(ben.messages().length, 20)
  assert.deepEqual(ada.net.banned, [])
  assert.deepEqual(ben.net.banned, [])
  ben.disk.setCapacity(Number.POSITIVE_INFINITY)
  await pass([ada, ben], 75_000)
  assert.equal(ben.messages().length, 20)
  assertEqualSpaces(ada, ben)
})

test('a space that is closed while ranges wait takes nothing and harms nothing', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await letIn(ada, ben)
  for (let i = 0; i < 20; i++) void ada.write(`message ${i}`)
  await ada.network.settle()
  ben.engine.remove(ben.space.id)
  await ben.space.close()
  await pass([ada, ben], 2_000)
  await ben.reopen(ada.space.id)
  await ben.add()
  await pass([ada, ben], 2_000)
  assertEqualSpaces(ada, ben)
})

test('a damaged log costs its answers, and what can be read is still given', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await letIn(ada, ben)
  ada.disconnect(ben)
  const [first] = await ada.write('x'.repeat(3_000))
  assert.ok(first)
  const [path, bytes] = [...ada.disk.files()].find(
    ([name]) => name.includes(ada.device) && name.endsWith('.seg'),
  )!
  ada.disk.flipBit(path, (bytes.length - 2_000) * 8)
  ada.connect(ben)
  await pass([ada, ben], 15_000)
  await ben.write('still here')
  await pass([ada, ben], 15_000)
  const device = ben.device
  assert.equal(ada.space.lengths().get(device), ben.space.lengths().get(device))
  assert.deepEqual(ben.net.banned, [])
})

test('answers wait while the send queue is full', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await letIn(ada, ben)
  ada.disconnect(ben)
  for (let i = 0; i < 60; i++) await ada.write('y'.repeat(40_000))
  ada.net.isFull = true
  ada.net.sent.length = 0
  ada.connect(ben)
  await pass([ada, ben], 25_000)
  assert.equal(ada.net.count('range'), 0)
  ada.net.isFull = false
  ada.net.drain(ben.device)
  await pass([ada, ben], 25_000)
  assertEqualSpaces(ada, ben)
})

test('progress names who is connected, what is here and what is known to exist', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await letIn(ada, ben)
  await pass([ada, ben], 15_000)
  const progress = ada.engine.progress(ada.space.id)!
  assert.deepEqual(progress.connectedDevices, [ben.device])
  assert.equal(progress.fetching, false)
  assert.equal(progress.agreed, true)
  const about = progress.devices.find(({ device }) => device === ben.device)!
  assert.equal(about.connected, true)
  assert.equal(about.lengthHere, about.lengthKnown)
  assert.deepEqual(about.holds, ben.space.lengths())
  assert.ok(ada.engine.lastSaidAtMs(ada.space.id, ben.device)! <= ada.clock.wall())
  assert.equal(ada.engine.progress('00'.repeat(32) as typeof ada.space.id), undefined)
})

test('an own holding that others know to be newer than ours is followed by a newer one', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await letIn(ada, ben)
  await pass([ada, ben], 2_000)
  const before = ada.engine.lastSaidAtMs(ada.space.id, ben.device)!
  ben.holdingsKv = createMemoryKv()
  ben.clock.set(ben.clock.wall() - DAY_MS)
  await ben.restart()
  ada.connect(ben)
  await pass([ada, ben], 2_000)
  await ben.write('new')
  await pass([ada, ben], 2_000)
  ada.clock.pass(DAY_MS)
  assert.ok(ada.engine.lastSaidAtMs(ada.space.id, ben.device)! > before)
  const length = ben.space.lengths().get(ben.device)!
  assert.equal(ada.engine.holders(ada.space.id, ben.device, length - 1).length, 2)
})

test('a closed engine is silent', async () => {
  const [ada, ben] = setup('ada', 'ben') as [Node, Node]
  await ada.found()
  await letIn(ada, ben)
  ada.engine.close()
  ada.net.sent.length = 0
  await ada.write('after')
  await pass([ada, ben], 20_000)
  assert.deepEqual(ada.net.sent, [])
  assert.ok(ada.space instanceof Space)
})

test('a log that outruns the day is not asked for meanwhile, and comes whole when its time has come', async () => {
  const network = new TestNetwork()
  const [ada, eve] = [new Node('ada', network), new Node('eve', network)]
  await ada.found()
  const policy = { name: 'policy', policy: ENTRIES_POLICY, value: 1_000 } as const
  await ada.space.appendControl([policy])
  await letIn(ada, eve)
  await pass([ada, eve], 2_000)
  const forger = await Forger.open(eve, eve.space)
  const count = 8_000
  await forger.flood(count, () => eve.clock.wall())
  ada.disconnect(eve)
  for (let from = 0; from < count; from = eve.space.lengths().get(eve.device)!) {
    assert.ok((await eve.space.accept(eve.device, forger.range(from, count))).ok)
  }
  ada.connect(eve)
  await pass([ada, eve], 20_000)
  const slowedAt = ada.space.lengths().get(eve.device)!
  assert.ok(slowedAt >= 2_000 && slowedAt < count, `${slowedAt} taken`)
  assert.equal(ada.space.isSlowed(eve.device), true)
  const wants = ada.net.count('want', eve.device)
  await pass([ada, eve], 60_000)
  assert.equal(ada.net.count('want', eve.device), wants)
  await ada.write('meanwhile everything else goes on')
  await pass([ada, eve], 11_000)
  assert.equal(eve.space.lengths().get(ada.device), ada.space.lengths().get(ada.device))
  for (let day = 0; day < 40 && ada.space.lengths().get(eve.device)! < count; day++) {
    for (const node of [ada, eve]) node.clock.pass(86_400_000)
    await pass([ada, eve], 5_000)
  }
  assertEqualSpaces(ada, eve)
})
