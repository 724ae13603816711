import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONNECT_PROTOCOL } from '@hamlet/network'
import { closeAll, random, record, startNode, until } from './_util.ts'
import type { AddressList, Network, RawStream } from '@hamlet/network'

const OPEN = { dht: 'server', allowPrivate: 'always', announceSelf: true } as const

async function startDht(names: readonly string[]): Promise<readonly Network[]> {
  const first = await startNode(names[0]!, OPEN)
  const bootstrap = first.addresses()
  const rest = names.slice(1).map((name) => startNode(name, { ...OPEN, bootstrap }))
  const nodes = [first, ...(await Promise.all(rest))]
  await until(() => nodes.slice(1).every((node) => node.peers().length > 0))
  return nodes
}

async function all(source: AsyncIterable<AddressList>): Promise<readonly AddressList[]> {
  const lists: AddressList[] = []
  for await (const list of source) lists.push(list)
  return lists
}

/** The announcement of a node that has just started may take a moment to reach the DHT. */
async function connectSoon(from: Network, device: string): Promise<RawStream> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await from.connect(Buffer.from(device, 'hex'))
    } catch (error) {
      if (attempt === 20) throw error
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
}

test('members who share a secret find each other in the DHT, others find nothing', async () => {
  const nodes = await startDht(['r1', 'r2', 'r3', 'r4', 'r5'])
  try {
    const [, b, c, d, e] = nodes as [Network, Network, Network, Network, Network]
    const secret = random.bytes(32)
    const announced = [b, c].map((node) => node.announce(secret).published)
    for (const stored of await Promise.all(announced)) assert.ok(stored > 0)
    const found = await all(e.lookup(secret))
    assert.deepEqual(found.map(({ device }) => device).toSorted(), [b.self, c.self].toSorted())
    const ofB = found.find(({ device }) => device === b.self)!
    assert.deepEqual(
      ofB.addresses,
      b.addresses().map((address) => address.split('/p2p/')[0]),
    )
    assert.deepEqual(await all(d.lookup(random.bytes(32))), [])
    assert.equal(await e.dial(b.self), b.self)
  } finally {
    await closeAll(...nodes)
  }
})

test('connect reaches a key that was only announced in the DHT, and bytes flow both ways', async () => {
  const nodes = await startDht(['k1', 'k2', 'k3', 'k4'])
  try {
    const [, b, , d] = nodes as [Network, Network, Network, Network]
    const accepted = Promise.withResolvers<RawStream>()
    await b.handle(CONNECT_PROTOCOL, accepted.resolve)
    await until(() => b.peers().length > 0)
    const stream = await connectSoon(d, b.self)
    const far = await accepted.promise
    assert.equal(far.peer, d.self)
    assert.equal(stream.peer, b.self)
    await stream.write(Buffer.from('ping'))
    await stream.end()
    const heard: Uint8Array[] = []
    for await (const chunk of far) heard.push(chunk)
    assert.equal(Buffer.concat(heard).toString(), 'ping')
    await far.write(Buffer.from('pong'))
    await far.end()
    const answer: Uint8Array[] = []
    for await (const chunk of stream) answer.push(chunk)
    assert.equal(Buffer.concat(answer).toString(), 'pong')
    await assert.rejects(d.connect(Buffer.from(b.self, 'hex'), { protocol: '/none/1' }), {
      code: 'NETWORK_PROTOCOL_UNSUPPORTED',
    })
  } finally {
    await closeAll(...nodes)
  }
})

test('a peer without a way in is reached through a relay, end to end encrypted', async () => {
  const relay = await startNode('relay', { relay: true })
  const hidden = await startNode('hidden', { listen: [], relays: relay.addresses() })
  const caller = await startNode('caller')
  try {
    await until(() => hidden.addresses().length > 0)
    const [address] = hidden.addresses()
    assert.match(address!, /\/p2p-circuit\/p2p\//)
    const atHidden = record(hidden)
    await caller.dial(hidden.addresses())
    await atHidden.until(() => hidden.net.peers().includes(caller.self))
    await until(() => caller.net.peers().includes(hidden.self))
    caller.net.send(hidden.self, '/hamlet/test/1.0.0', Buffer.from('through the relay'))
    await atHidden.until(() => atHidden.messages.length === 1)
    assert.equal(Buffer.from(atHidden.messages[0]!).toString(), 'through the relay')
    const status = caller.peers().find(({ device }) => device === hidden.self)
    assert.equal(status?.relayed, true)
    assert.equal(status?.encryption, '/tls/1.0.0')
  } finally {
    await closeAll(caller, hidden, relay)
  }
})
