/** Connections on which nothing happens: how long a handshake and a silence may last. */

import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import { HANDSHAKE_MS_MAX, IDLE_MS_MAX } from '@hamlet/core'
import type { Network } from '@hamlet/network'
import { closeAll, startNode, until } from './_util.ts'

function portOf(network: Network): number {
  return Number(/\/tcp\/(\d+)/.exec(network.addresses()[0]!)![1])
}

test('a handshake that does not go on is ended after ten seconds', async () => {
  const a = await startNode('a')
  const socket = connect(portOf(a), '127.0.0.1')
  socket.on('error', () => undefined).resume()
  try {
    await once(socket, 'connect')
    const startMs = performance.now()
    socket.write('\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n', 'latin1')
    await once(socket, 'close')
    const tookMs = performance.now() - startMs
    assert.ok(tookMs > HANDSHAKE_MS_MAX - 1_000 && tookMs < HANDSHAKE_MS_MAX + 5_000, `${tookMs}`)
  } finally {
    socket.destroy()
    await closeAll(a)
  }
})

test('a connection that falls silent is given up within a minute', async () => {
  const [a, b] = [await startNode('a'), await startNode('b')]
  const sockets: Socket[] = []
  const wire = createServer((near) => {
    const far = connect(portOf(a), '127.0.0.1')
    sockets.push(near, far)
    for (const socket of [near, far]) socket.on('error', () => undefined)
    near.pipe(far)
    far.pipe(near)
  })
  try {
    wire.listen(0, '127.0.0.1')
    await once(wire, 'listening')
    const { port } = wire.address() as AddressInfo
    await b.dial([a.addresses()[0]!.replace(/\/tcp\/\d+/, `/tcp/${port}`)])
    await until(() => a.net.peers().length === 1 && b.net.peers().length === 1)
    for (const socket of sockets) socket.unpipe().pause()
    const startMs = performance.now()
    await until(() => a.peers().length === 0 && b.peers().length === 0, IDLE_MS_MAX + 10_000)
    assert.ok(performance.now() - startMs <= IDLE_MS_MAX + 5_000)
  } finally {
    for (const socket of sockets) socket.destroy()
    wire.close()
    await closeAll(a, b)
  }
})
