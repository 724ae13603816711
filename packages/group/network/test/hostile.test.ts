import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { identify } from '@libp2p/identify'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { MESSAGE_STREAMS_MAX, RAW_STREAMS_MAX } from '@hamlet/network'
import { closeAll, PROTOCOL, random, record, startNode, until } from './_util.ts'
import type { Libp2p } from 'libp2p'
import type { Network } from '@hamlet/network'

/** A peer made of libp2p's own modules, which does as the test wants. */
function startStock(encrypter: typeof tls | typeof noise = tls): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [encrypter()] as never,
    streamMuxers: [yamux()],
    services: { identify: identify() },
    connectionMonitor: { enabled: false },
  }) as Promise<Libp2p>
}

function portOf(network: Network): number {
  return Number(/\/tcp\/(\d+)/.exec(network.addresses()[0]!)![1])
}

/** Sends bytes to a TCP port and waits until the other side hangs up. */
async function throwAt(port: number, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('error', () => resolve()).on('close', () => resolve())
    socket.resume()
    setTimeout(() => socket.destroy(), 1000)
  })
}

test('what breaks the rules of WebSockets ends its connection and nothing else', async () => {
  const a = await startNode('a', { listen: ['/ip4/127.0.0.1/tcp/0/ws'] })
  const b = await startNode('b')
  try {
    const hello =
      'GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
    // Reserved bits, an opcode that is none, data that is not masked, a control frame in pieces, a length beyond
    // all, a farewell of one byte.
    const frames = ['f180', '8380', '820100', '0980', '82ffffffffffffffffff', '8881']
    for (const frame of frames) {
      const beganMs = performance.now()
      await throwAt(portOf(a), Buffer.concat([Buffer.from(hello), Buffer.from(frame, 'hex')]))
      assert.ok(performance.now() - beganMs < 900, `${frame} is refused`)
    }
    await b.dial(a.addresses())
    await until(() => a.net.peers().includes(b.self))
  } finally {
    await closeAll(a, b)
  }
})

test('garbage on the TCP port hurts nobody: the peer lives and serves', async () => {
  const a = await startNode('a')
  const b = await startNode('b')
  try {
    const hello = Buffer.from('\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n', 'latin1')
    const throws = Array.from({ length: 24 }, (_, i) => {
      const noiseBytes = random.bytes(100_000)
      return throwAt(portOf(a), i % 2 === 0 ? noiseBytes : Buffer.concat([hello, noiseBytes]))
    })
    await Promise.all(throws)
    const atB = record(b)
    await b.dial(a.addresses())
    await atB.until(() => atB.events.includes(`up ${a.self}`))
    await until(() => a.net.peers().includes(b.self))
  } finally {
    await closeAll(a, b)
  }
})

test('an oversize frame gets its sender dropped and banned', async () => {
  const a = await startNode('a')
  const stock = await startStock()
  try {
    const atA = record(a)
    const target = multiaddr(a.addresses()[0]!)
    const connection = await stock.dial(target)
    const stream = await connection.newStream(PROTOCOL)
    stream.send(Buffer.from([0, 0, 0, 1, 7]))
    await atA.until(() => atA.messages.length === 1)
    stream.send(Buffer.from([0, 16, 0, 1, 9, 9]))
    await atA.until(() => atA.events.some((event) => event.startsWith('down')))
    assert.deepEqual(atA.messages, [Uint8Array.of(7)])
    await until(() => stock.getConnections().length === 0)
    await assert.rejects(
      stock.dial(target).then(async (again) => {
        await again.newStream(PROTOCOL)
      }),
    )
    assert.deepEqual(a.net.peers(), [])
    const [ban] = a.bans()
    assert.equal(ban?.reason, 'a frame of 1048577 bytes')
    assert.equal(a.unban(ban.device), true)
    assert.deepEqual(a.bans(), [])
    const forgiven = await stock.dial(target)
    await forgiven.newStream(PROTOCOL)
  } finally {
    await closeAll(a)
    await stock.stop()
  }
})

test('of one protocol a peer opens 32 raw and 4 message streams, and no more', async () => {
  const a = await startNode('a')
  const stock = await startStock()
  try {
    await a.handle('/hamlet/raw-test/1.0.0', (stream) => void stream.write(Uint8Array.of(1)))
    const connection = await stock.dial(multiaddr(a.addresses()[0]!))
    for (const [protocol, most] of [
      ['/hamlet/raw-test/1.0.0', RAW_STREAMS_MAX],
      [PROTOCOL, MESSAGE_STREAMS_MAX],
    ] as const) {
      const opened = await Promise.allSettled(
        Array.from({ length: most + 8 }, () => connection.newStream(protocol)),
      )
      const streams = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      assert.ok(streams.length >= 1)
      await until(() => streams.filter(({ status }) => status === 'open').length <= most)
    }
    assert.equal(connection.status, 'open')
  } finally {
    await closeAll(a)
    await stock.stop()
  }
})

test('a hundred connections cut off at any moment leave the process alive', async () => {
  const a = await startNode('a', { listen: ['/ip4/127.0.0.1/tcp/0'] })
  const b = await startNode('b')
  try {
    for (let i = 0; i < 100; i++) {
      const stock = await b.dial(a.addresses())
      const piece = random.bytes(1 << (i % 20))
      if (i % 3 > 0) await until(() => b.net.peers().includes(stock))
      b.net.send(a.self, PROTOCOL, piece)
      if (i % 2 === 0) b.net.disconnect(a.self, 'cut', 1)
      else if (a.net.peers().length > 0) a.net.disconnect(b.self, 'cut', 1)
      else b.net.disconnect(a.self, 'cut', 1)
      await until(() => a.peers().length === 0 && b.peers().length === 0)
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
    await b.dial(a.addresses())
    await until(() => a.net.peers().includes(b.self))
  } finally {
    await closeAll(a, b)
  }
})

for (const [name, encrypter] of [
  ['libp2p TLS', tls],
  ['Noise', noise],
] as const) {
  test(`interoperates with ${name}, dialing and dialed, in both directions`, async () => {
    const a = await startNode('a')
    const stock = await startStock(encrypter)
    try {
      const atA = record(a)
      const received: Uint8Array[] = []
      await stock.handle(PROTOCOL, (stream) => {
        stream.addEventListener('message', ({ data }) => received.push(data.subarray()))
      })
      const sent = Buffer.concat([Buffer.from([0, 3, 13, 64]), random.bytes(200_000)])
      const dialed = await stock.dial(multiaddr(a.addresses()[0]!))
      const stream = await dialed.newStream(PROTOCOL)
      stream.send(sent)
      await atA.until(() => atA.messages.length === 1)
      assert.deepEqual(Buffer.from(atA.messages[0]!), sent.subarray(4))
      await dialed.close()
      await atA.until(() => a.net.peers().length === 0)
      const device = await a.dial(stock.getMultiaddrs().map(String))
      await atA.until(() => a.net.peers().includes(device))
      assert.equal(a.peers()[0]?.encryption, encrypter === tls ? '/tls/1.0.0' : '/noise')
      a.net.send(device, PROTOCOL, sent.subarray(4))
      await until(() => Buffer.concat(received).length === sent.length)
      assert.deepEqual(Buffer.concat(received), sent)
    } finally {
      await closeAll(a)
      await stock.stop()
    }
  })
}

test('a silent handshake is given up, and does not keep close waiting', async () => {
  const a = await startNode('a')
  const socket = connect(portOf(a), '127.0.0.1')
  socket.on('error', () => undefined)
  try {
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.write('\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n', 'latin1')
    await new Promise((resolve) => socket.once('data', resolve))
  } finally {
    const start = performance.now()
    await closeAll(a)
    assert.ok(performance.now() - start < 3000)
    socket.destroy()
  }
})
