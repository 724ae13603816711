/** A peer with software of its own: what it sends is refused, and mostly it is sent away for ten minutes. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, SIGNATURES_QUEUED_MAX } from '@hamlet/core'
import type { DeviceId } from '@hamlet/core'
import { encodeForkPoint, encodeLogRange, logIdOf, signHead } from '@hamlet/log'
import type { LogRange } from '@hamlet/log'
import { encodeSyncMessage, HELD_MESSAGES_MAX, signHolding } from '@hamlet/space'
import type { SpaceMessageBody, SyncMessage } from '@hamlet/space'
import { Forger } from '../_forger.ts'
import { crypto, Peer, seededRandom } from '../_world.ts'
import { assertEqualSpaces, letIn, Node, pass, TestNetwork } from './_nodes.ts'

const BAN_MS = 600_000

async function pair(): Promise<[Node, Node]> {
  const network = new TestNetwork()
  const [ada, eve] = [new Node('ada', network), new Node('eve', network)]
  await ada.found()
  await letIn(ada, eve)
  await pass([ada, eve], 2_000)
  return [ada, eve]
}

/** The handle under which `from` names the space to `to`. */
function handleOf(from: Node, to: Node): Uint8Array {
  const messages = from.net.of('frontier', to.device)
  const message = messages.at(-1)
  assert.ok(message?.kind === 'frontier')
  return message.handle
}

function say(from: Node, to: Node, body: SpaceMessageBody): void {
  from.net.sendRaw(to.device, encodeSyncMessage({ handle: handleOf(from, to), ...body }))
}

function sayRange(from: Node, to: Node, device: DeviceId, range: LogRange): void {
  say(from, to, { kind: 'range', device, range: encodeLogRange(range) })
}

async function banReason(node: Node): Promise<string | undefined> {
  await node.network.settle()
  const [ban] = node.net.banned
  if (ban !== undefined) assert.equal(ban.ms, BAN_MS)
  return ban?.reason
}

function lastRange(node: Node): LogRange {
  const length = node.space.lengths().get(node.device)!
  return node.space.rangeFrom(node.device, length - 1, { bytesMax: 100_000 })!
}

test('bytes that are no message end the connection', async () => {
  for (const bytes of [new Uint8Array(0), new Uint8Array(300).fill(7), Uint8Array.of(0x80)]) {
    const [ada, eve] = await pair()
    eve.net.sendRaw(ada.device, bytes)
    assert.equal(await banReason(ada), 'not a sync message')
    assert.deepEqual(ada.net.peers(), [])
  }
})

test('a changed block, a changed head and a changed signature are sent away', async () => {
  for (const change of ['block', 'root', 'signature'] as const) {
    const [ada, eve] = await pair()
    eve.engine.close()
    await eve.write('true')
    const range = lastRange(eve)
    const block = range.blocks[0]!.slice()
    const head = { ...range.head, signature: range.head.signature.slice() }
    if (change === 'block') block[block.length - 1]! ^= 1
    if (change === 'signature') head.signature[5]! ^= 1
    if (change === 'root') head.root = crypto.hash(head.root)
    const before = ada.space.lengths().get(eve.device)
    sayRange(eve, ada, eve.device, { ...range, blocks: [block], head })
    assert.notEqual(await banReason(ada), undefined, change)
    assert.equal(ada.space.lengths().get(eve.device), before)
  }
})

test('what is no range is sent away', async () => {
  const [ada, eve] = await pair()
  say(eve, ada, { kind: 'range', device: eve.device, range: new Uint8Array(50) })
  assert.equal(await banReason(ada), 'not a log range')
})

test('a log of a stranger is not stored, whoever signed it', async () => {
  const [ada, eve] = await pair()
  const stranger = new Peer('stranger')
  const forger = await Forger.open(stranger, eve.space)
  const range = await forger.payload(new Uint8Array(10))
  sayRange(eve, ada, stranger.device, range)
  say(eve, ada, { kind: 'have', items: [{ device: stranger.device, length: 5 }] })
  await pass([ada, eve], 2_000)
  assert.equal(ada.space.lengths().has(stranger.device), false)
  assert.equal(
    ada.net.of('want').some((want) => want.kind === 'want' && want.device === stranger.device),
    false,
  )
})

test('a forged holding is sent away', async () => {
  const [ada, eve] = await pair()
  const holding = signHolding(eve.identity.deviceSigner, {
    space: ada.space.id,
    device: ada.device,
    serial: 2 ** 50,
    lengths: new Map(),
  })
  say(eve, ada, { kind: 'holding', holding: holding.encoded })
  assert.equal(await banReason(ada), 'a forged holding')
})

test('a forged fork proof is sent away, and nobody is suspected', async () => {
  const [ada, eve] = await pair()
  const { head } = lastRange(ada)
  const point = {
    publicKey: ada.identity.deviceSigner.publicKey,
    namespace: new Uint8Array(32),
    index: 0,
    a: { head, leaf: Uint8Array.of(1), proof: [] },
    b: { head, leaf: Uint8Array.of(2), proof: [] },
  }
  say(eve, ada, { kind: 'fork', proof: encodeForkPoint(point) })
  assert.equal(await banReason(ada), 'a forged fork proof')
  assert.deepEqual(ada.space.forkPoints(), [])
})

test('messages about other spaces, and before a greeting, are ignored', async () => {
  const network = new TestNetwork()
  const [ada, eve] = [new Node('ada', network), new Node('eve', network)]
  await ada.found()
  ada.connect(eve)
  await network.settle()
  const random = seededRandom('handles')
  const device = ada.device
  const bodies: SpaceMessageBody[] = [
    { kind: 'frontier', hash: random.bytes(32), founder: undefined },
    { kind: 'vector', items: [] },
    { kind: 'want', device, from: 0, bytesMax: 1_000_000 },
    { kind: 'range', device, range: random.bytes(20) },
    { kind: 'holding', holding: random.bytes(20) },
    { kind: 'fork', proof: random.bytes(20) },
    { kind: 'join', request: random.bytes(20) },
    { kind: 'join-state', outcome: 'admitted', code: '' },
  ]
  for (const body of bodies) {
    eve.net.sendRaw(ada.device, encodeSyncMessage({ handle: random.bytes(8), ...body }))
  }
  await pass([ada, eve], 5_000)
  assert.deepEqual(ada.net.banned, [])
  assert.deepEqual(new Set(ada.net.sent.map(({ message }) => message.kind)).size, 2)
})

test('a paper that is not what it should be is refused by its code', async () => {
  const network = new TestNetwork()
  const [ada, eve] = [new Node('ada', network), new Node('eve', network)]
  await ada.found()
  const link = await ada.invite()
  const paper = eve.request(link)
  paper[paper.length - 1]! ^= 1
  await eve.ask(link, paper)
  ada.connect(eve)
  await pass([ada, eve], 1_000)
  assert.deepEqual(eve.outcomes, ['refused SPACE_REQUEST_FORGED'])
  assert.deepEqual(ada.space.requests(), [])
})

test('claims of entries that never come hold nobody up', async () => {
  const network = new TestNetwork()
  const nodes = ['ada', 'ben', 'eve'].map((name) => new Node(name, network))
  const [ada, ben, eve] = nodes as [Node, Node, Node]
  await ada.found()
  await letIn(ada, ben)
  await letIn(ada, eve)
  await pass(nodes, 11_000)
  ada.disconnect(ben)
  await ben.write('to be fetched')
  eve.engine.close()
  say(eve, ada, { kind: 'have', items: [{ device: ben.device, length: 2 ** 40 }] })
  await pass([ada, eve], 2_000)
  assert.equal(ada.net.of('want', eve.device).length > 0, true)
  ada.connect(ben)
  await pass(nodes, 20_000)
  assert.equal(ada.space.lengths().get(ben.device), ben.space.lengths().get(ben.device))
})

test('what a flood of claims and ranges leaves behind is bounded', async () => {
  const [ada, eve] = await pair()
  eve.engine.close()
  const random = seededRandom('flood')
  for (let i = 0; i < 5; i++) {
    const items = Array.from({ length: 4_000 }, () => ({
      device: bytesToHex(random.bytes(32)) as DeviceId,
      length: 9,
    }))
    say(eve, ada, { kind: 'have', items })
  }
  await eve.write('z'.repeat(50_000))
  const range = lastRange(eve)
  for (let i = 0; i < 800; i++) sayRange(eve, ada, eve.device, range)
  await pass([ada, eve], 2_000)
  assert.deepEqual(ada.net.banned, [])
  const known = ada.engine.progress(ada.space.id)!
  assert.equal(known.devices.length, 2)
  assertEqualSpaces(ada, eve)
})

test('two histories signed by one device are proven to everybody, also to those who come later', async () => {
  const network = new TestNetwork()
  const nodes = ['ada', 'ben', 'cleo', 'eve'].map((name) => new Node(name, network))
  const [ada, ben, cleo, eve] = nodes as [Node, Node, Node, Node]
  await ada.found()
  for (const node of [ben, cleo, eve]) await letIn(ada, node)
  await pass(nodes, 11_000)
  for (const node of [ben, cleo, eve]) ada.disconnect(node)
  // Eve's device was copied: one copy writes to Ben, the other writes more to Ada.
  const forger = await Forger.open(eve, eve.space)
  const other = await forger.payload(new Uint8Array(40))
  for (let i = 0; i < 3; i++) await eve.write(`history one, ${i}`)
  assert.ok((await ben.space.accept(eve.device, other)).ok)
  eve.connect(ada)
  await pass(nodes, 2_000)
  assert.deepEqual(ada.space.forkPoints(), [])
  ada.connect(ben)
  await pass(nodes, 15_000)
  assert.ok(ada.space.isForked(eve.device) && ben.space.isForked(eve.device))
  cleo.connect(ben)
  await pass(nodes, 2_000)
  assert.ok(cleo.space.isForked(eve.device))
  await cleo.restart()
  assert.ok(cleo.space.isForked(eve.device))
  for (const node of [ada, ben, cleo]) assert.deepEqual(node.net.banned, [])
})

test('greetings and tags without end change nothing', async () => {
  const [ada, eve] = await pair()
  const random = seededRandom('greetings')
  const messages: SyncMessage[] = Array.from({ length: 50 }, (_, i) =>
    i % 2 === 0
      ? { kind: 'hello', nonce: random.bytes(32) }
      : { kind: 'tags', tags: Array.from({ length: 100 }, () => random.bytes(16)) },
  )
  for (const message of messages) eve.net.sendRaw(ada.device, encodeSyncMessage(message))
  await pass([ada, eve], 2_000)
  assert.deepEqual(ada.net.banned, [])
  eve.disconnect(ada)
  eve.connect(ada)
  await eve.write('afterwards')
  await pass([ada, eve], 12_000)
  assertEqualSpaces(ada, eve)
})

test('a head signed for another log is not the head of this one', async () => {
  const [ada, eve] = await pair()
  eve.engine.close()
  await eve.write('true')
  const range = lastRange(eve)
  const elsewhere = logIdOf(crypto, eve.identity.deviceSigner.publicKey, new Uint8Array(32))
  const { length, root } = range.head
  const head = signHead(eve.identity.deviceSigner, elsewhere, length, root)
  sayRange(eve, ada, eve.device, { ...range, head })
  assert.equal(await banReason(ada), 'LOG_SIGNATURE')
})

test('of one peer at most 2,000 signed heads wait to be checked', async () => {
  const [ada, eve] = await pair()
  eve.engine.close()
  await eve.write('waits')
  const range = lastRange(eve)
  const { accept } = ada.space
  let [waiting, most] = [0, 0]
  const disk = Promise.withResolvers<void>()
  // The disk stands still: the first range is never done, the others wait behind it.
  ada.space.accept = async (device, each) => {
    most = Math.max(most, ++waiting)
    await disk.promise
    return accept.call(ada.space, device, each)
  }
  for (let i = 0; i < SIGNATURES_QUEUED_MAX + 500; i++) sayRange(eve, ada, eve.device, range)
  await ada.network.settle()
  disk.resolve()
  await pass([ada, eve], 2_000)
  assert.equal(waiting, SIGNATURES_QUEUED_MAX)
  assert.equal(ada.space.lengths().get(eve.device), eve.space.lengths().get(eve.device))
})

test('a member that wastes our time waits for its share, then has to come again, and is never refused', async () => {
  const [ada, eve] = await pair()
  const random = seededRandom('waste')
  const { monotonic } = ada.clock
  let workMs = 0
  // Whatever is done for a message takes time here.
  ada.clock.monotonic = () => monotonic.call(ada.clock) + ++workMs
  for (let i = 0; i < HELD_MESSAGES_MAX + 400; i++) {
    const tags = Array.from({ length: 8 }, () => random.bytes(16))
    eve.net.sendRaw(ada.device, encodeSyncMessage({ kind: 'tags', tags }))
  }
  await ada.network.settle()
  ada.clock.monotonic = monotonic
  assert.deepEqual(ada.net.peers(), [], 'sent away')
  assert.deepEqual(ada.net.banned, [], 'and not refused')
  assert.deepEqual(ada.engine.standing(eve.device), {
    verdict: 'asked-last',
    points: 30,
    evidence: 'overload',
  })
  eve.connect(ada)
  await eve.write('afterwards')
  await pass([ada, eve], 12_000)
  assertEqualSpaces(ada, eve)
  ada.engine.forgive(eve.device)
  assert.equal(ada.engine.standing(eve.device).verdict, 'trusted')
})

test('a stranger that wastes our time again and again is refused in the end', async () => {
  const network = new TestNetwork()
  const [ada, eve] = [new Node('ada', network), new Node('eve', network)]
  await ada.found()
  const { monotonic } = ada.clock
  let workMs = 0
  ada.clock.monotonic = () => monotonic.call(ada.clock) + ++workMs
  const tags = encodeSyncMessage({ kind: 'tags', tags: [] })
  for (let times = 0; times < 4; times++) {
    eve.connect(ada)
    await network.settle()
    for (let i = 0; i < HELD_MESSAGES_MAX + 400; i++) eve.net.sendRaw(ada.device, tags)
    await network.settle()
    assert.deepEqual(ada.net.peers(), [])
  }
  assert.deepEqual(ada.net.banned, [
    { peer: eve.device, reason: 'more messages than its share of work', ms: BAN_MS },
  ])
})

test('what does not read as an entry makes a peer doubtful, and stays unread', async () => {
  const [ada, eve] = await pair()
  eve.engine.close()
  await eve.write('true')
  const range = lastRange(eve)
  const block = range.blocks[0]!.slice()
  block[0] = 9
  sayRange(eve, ada, eve.device, { ...range, blocks: [block] })
  await ada.network.settle()
  assert.deepEqual(ada.net.banned, [])
  assert.equal(ada.engine.standing(eve.device).evidence, 'misfit')
})
