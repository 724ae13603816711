import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  closeAll,
  createTestFiles,
  deviceOf,
  PROTOCOL,
  random,
  record,
  startNode,
  until,
} from './_util.ts'

test('wanted peers find each other again after one of them restarted, by remembered addresses and ports', async () => {
  const [filesA, filesB] = [createTestFiles(), createTestFiles()]
  const a = await startNode('a', { files: filesA })
  let b = await startNode('b', { files: filesB })
  try {
    const atA = record(a)
    a.want([b.self])
    b.want([a.self])
    await a.dial(b.addresses())
    await atA.until(() => atA.events.includes(`up ${b.self}`))
    const before = b.addresses()
    await b.close()
    await atA.until(() => atA.events.includes(`down ${b.self}`))
    b = await startNode('b', { files: filesB })
    assert.deepEqual(b.addresses(), before, 'the port stays')
    b.want([a.self])
    const start = performance.now()
    await until(() => a.net.peers().includes(b.self) && b.net.peers().includes(a.self))
    assert.ok(performance.now() - start < 5000, 'within seconds')
  } finally {
    await closeAll(a, b)
  }
})

test('a disconnected wanted peer comes back, a banned one stays out', async () => {
  const a = await startNode('a')
  const b = await startNode('b')
  try {
    const atA = record(a)
    b.want([a.self])
    await b.dial(a.addresses())
    await atA.until(() => atA.events.includes(`up ${b.self}`))
    a.net.disconnect(b.self, 'test')
    assert.deepEqual(atA.events.slice(-1), [`down ${b.self}`])
    await atA.until(() => atA.events.at(-1) === `up ${b.self}`)
    a.net.disconnect(b.self, 'test', 60_000)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    assert.equal(atA.events.at(-1), `down ${b.self}`)
    await assert.rejects(a.dial(b.addresses()), { code: 'NETWORK_UNREACHABLE' })
  } finally {
    await closeAll(a, b)
  }
})

test('simultaneous dials settle to one connection, and no message is lost or out of order', async () => {
  const a = await startNode('a')
  const b = await startNode('b')
  try {
    const [atA, atB] = [record(a), record(b)]
    await Promise.all([a.dial(b.addresses()), b.dial(a.addresses())])
    await until(() => a.net.peers().length === 1 && b.net.peers().length === 1)
    let sent = 0
    const sending = setInterval(() => {
      a.net.send(b.self, PROTOCOL, Uint8Array.of(sent >> 8, sent & 0xff))
      b.net.send(a.self, PROTOCOL, Uint8Array.of(sent >> 8, sent & 0xff))
      sent++
    }, 5)
    await new Promise((resolve) => setTimeout(resolve, 2500))
    clearInterval(sending)
    await atA.until(() => atA.messages.length === sent)
    await atB.until(() => atB.messages.length === sent)
    for (const { messages, events } of [atA, atB]) {
      const order = messages.map((bytes) => bytes[0]! * 256 + bytes[1]!)
      assert.deepEqual(
        order,
        order.toSorted((x, y) => x - y),
      )
      assert.ok(!events.some((event) => event.startsWith('down')), 'nobody went down')
    }
    await until(() => a.peers()[0]?.connections === 1 && b.peers()[0]?.connections === 1)
  } finally {
    await closeAll(a, b)
  }
})

test('a slow reader makes send return false, drain says when to go on, and the queue is bounded', async () => {
  const a = await startNode('a')
  const b = await startNode('b')
  try {
    const [atA, atB] = [record(a), record(b)]
    await a.dial(b.addresses())
    await atA.until(() => a.net.peers().includes(b.self))
    const piece = random.bytes(256 * 1024)
    let accepted = 0
    while (a.net.send(b.self, PROTOCOL, piece)) accepted++
    assert.ok(accepted * piece.length <= 6 * 1024 * 1024, `${accepted} pieces`)
    await atA.until(() => atA.events.includes(`drain ${b.self}`))
    await atB.until(() => atB.messages.length === accepted + 1)
    for (let i = 0; i < 200; i++) a.net.send(b.self, PROTOCOL, piece)
    await atA.until(() => atA.events.includes(`down ${b.self}`))
  } finally {
    await closeAll(a, b)
  }
})

test('nobody else is accepted in the place of an expected device', async () => {
  const a = await startNode('a')
  const b = await startNode('b')
  const c = await startNode('c')
  try {
    const ofC = c.addresses()[0]!.split('/p2p/')[1]!
    const mixed = b.addresses().map((address) => `${address.split('/p2p/')[0]}/p2p/${ofC}`)
    await assert.rejects(a.dial(mixed), { code: 'NETWORK_WRONG_PEER' })
    assert.deepEqual(a.peers(), [])
    await assert.rejects(a.dial(deviceOf('nobody')), { code: 'NETWORK_UNREACHABLE' })
    await assert.rejects(a.dial('/ip4/127.0.0.1/tcp/1'), { code: 'NETWORK_BAD_ADDRESS' })
    await assert.rejects(a.dial('nonsense'), { code: 'NETWORK_BAD_ADDRESS' })
    await assert.rejects(a.dial(a.addresses()), { code: 'NETWORK_BAD_ADDRESS' })
  } finally {
    await closeAll(a, b, c)
  }
})

test('a taken port is named, and a closed network says so', async () => {
  const a = await startNode('a')
  try {
    const listen = [a.addresses()[0]!.split('/p2p/')[0]!]
    await assert.rejects(startNode('b', { listen }), (error: Error & { code: string }) => {
      assert.equal(error.code, 'NETWORK_PORT_TAKEN')
      assert.match(error.message, /127\.0\.0\.1:\d+/)
      return true
    })
    await assert.rejects(startNode('b', { listen: ['nonsense'] }), { code: 'NETWORK_BAD_ADDRESS' })
  } finally {
    await a.close()
  }
  await a.close()
  await assert.rejects(a.dial(deviceOf('b')), { code: 'NETWORK_CLOSED' })
  assert.throws(() => a.want([]), { code: 'NETWORK_CLOSED' })
})
