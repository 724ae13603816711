import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeAll, deviceOf, PROTOCOL, record, startNode } from './_util.ts'

test('messages arrive in order both ways over native TLS', async () => {
  const a = await startNode('a')
  const b = await startNode('b')
  try {
    const atA = record(a)
    const atB = record(b)
    assert.equal(await a.dial(b.addresses()), deviceOf('b'))
    await atA.until(() => a.net.peers().includes(b.self))
    await atB.until(() => b.net.peers().includes(a.self))
    const count = 2000
    for (let i = 0; i < count; i++) {
      const size = i % 100 === 0 ? 200_000 : i % 97
      const message = new Uint8Array(4 + size).fill(i & 0xff)
      new DataView(message.buffer).setUint32(0, i)
      a.net.send(b.self, PROTOCOL, message)
      b.net.send(a.self, PROTOCOL, message.subarray(0, 4))
    }
    await atB.until(() => atB.messages.length === count)
    await atA.until(() => atA.messages.length === count)
    for (const { messages } of [atA, atB]) {
      const indexes = messages.map((m) => new DataView(m.buffer, m.byteOffset).getUint32(0))
      assert.deepEqual(
        indexes,
        Array.from({ length: count }, (_, i) => i),
      )
    }
    assert.ok(atB.messages[100]!.subarray(4).every((byte) => byte === 100))
    const [status] = a.peers()
    assert.equal(status?.encryption, '/tls/1.0.0')
    assert.equal(status?.direction, 'outbound')
    assert.equal(status?.relayed, false)
  } finally {
    await closeAll(a, b)
  }
})

test('memory that was sent is given back, and is not looked at afterwards', async () => {
  const options = { lentProtocols: [PROTOCOL] }
  const [a, b] = [await startNode('a', options), await startNode('b', options)]
  const count = 60
  try {
    const atA = record(a)
    const isRight: boolean[] = []
    const all = Promise.withResolvers<void>()
    b.net.subscribe({
      peerUp: () => undefined,
      peerDown: () => undefined,
      drain: () => undefined,
      message: (_peer, _protocol, bytes) => {
        const number = isRight.length
        isRight.push(
          bytes[0] === number && bytes.subarray(1).every((byte) => byte === 255 - number),
        )
        if (isRight.length === count) all.resolve()
      },
    })
    await a.dial(b.addresses())
    await atA.until(() => a.net.peers().includes(b.self))
    const made = new Set<Uint8Array>()
    const spares: Uint8Array[] = []
    for (let i = 0; i < count; i++) {
      const memory = spares.pop() ?? new Uint8Array(262_144)
      made.add(memory)
      memory.fill(255 - i)
      const sent = (): void => {
        memory.fill(0)
        spares.push(memory)
      }
      const hasRoom = a.net.sendParts!(b.self, PROTOCOL, [Uint8Array.of(i), memory], sent)
      if (!hasRoom) await atA.until(() => spares.length > 2)
    }
    await all.promise
    assert.ok(isRight.every(Boolean))
    await atA.until(() => spares.length === made.size)
    assert.ok(made.size < count / 2, `${made.size} made`)
    // Sent twice at a time, it is nobody's to give back.
    let given = 0
    const twice = new Uint8Array(262_144).fill(255)
    for (let i = 0; i < 2; i++) {
      a.net.sendParts!(b.self, PROTOCOL, [Uint8Array.of(0), twice], () => given++)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(given, 0)
  } finally {
    await closeAll(a, b)
  }
})

test('a message in parts arrives whole, and one that is lent is used again', async () => {
  const options = { lentProtocols: [PROTOCOL] }
  const [a, b] = [await startNode('a', options), await startNode('b', options)]
  try {
    const atA = record(a)
    const sizes: number[] = []
    const memory: ArrayBufferLike[] = []
    const isRight: boolean[] = []
    const all = Promise.withResolvers<void>()
    b.net.subscribe({
      peerUp: () => undefined,
      peerDown: () => undefined,
      drain: () => undefined,
      message: (_peer, _protocol, bytes) => {
        sizes.push(bytes.length)
        memory.push(bytes.buffer)
        isRight.push(bytes[0] === sizes.length && bytes.at(-1) === 255 - sizes.length)
        if (sizes.length === 30) all.resolve()
      },
    })
    await a.dial(b.addresses())
    await atA.until(() => a.net.peers().includes(b.self))
    const wanted = Array.from({ length: 30 }, (_, i) => (i % 3 === 2 ? 30 : 100_000 + i))
    for (const [i, size] of wanted.entries()) {
      const tail = new Uint8Array(size - 1).fill(254 - i)
      a.net.sendParts!(b.self, PROTOCOL, [Uint8Array.of(i + 1), new Uint8Array(), tail])
    }
    await all.promise
    assert.deepEqual(sizes, wanted)
    assert.ok(isRight.every(Boolean))
    const large = memory.filter((_, i) => sizes[i]! > 30)
    assert.equal(new Set(large).size, 1)
  } finally {
    await closeAll(a, b)
  }
})
