/**
 * A running peer among people who wish it ill, and beside programs that are in its way: garbage on its ports,
 * malformed links, taken ports, a second process. Each costs its sender a clear answer or the connection; the peer
 * lives, and what it acknowledged is there.
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'

const TIMEOUT_MS = 110_000
const EXIT_MS_MAX = 10_000
const UP = ['up', '--no-open', '--http', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0']

/** The host and port of the first TCP address of a peer. */
function tcpOf(peer: TestPeer): { readonly host: string; readonly port: number } {
  for (const address of peer.ready.addresses) {
    const match = /^\/ip4\/([0-9.]+)\/tcp\/(\d+)\/p2p\//.exec(address)
    if (match !== null) return { host: match[1]!, port: Number(match[2]) }
  }
  throw new Error(`no TCP address in ${peer.ready.addresses.join()}`)
}

/** Writes the parts and waits until the other side ends it, or `ms` pass. */
async function pour(
  { host, port }: { readonly host: string; readonly port: number },
  parts: readonly Uint8Array[],
  ms = 500,
): Promise<void> {
  const socket = createConnection({ host, port })
  socket.on('error', () => undefined)
  socket.setTimeout(ms, () => socket.destroy())
  socket.on('data', () => undefined)
  for (const part of parts) socket.write(part)
  await once(socket, 'close').catch(() => undefined)
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function httpOf(peer: TestPeer): { readonly host: string; readonly port: number } {
  const { hostname: host, port } = new URL(peer.ready.http)
  return { host, port: Number(port) }
}

async function texts(peer: TestPeer, space: string): Promise<string[]> {
  return (await peer.messages(space)).map(({ text }) => text)
}

describe('a hostile network', { timeout: TIMEOUT_MS }, () => {
  let peers: TestPeers
  let anna: TestPeer

  before(async () => {
    peers = await TestPeers.create()
    anna = peers.peer('anna')
    await anna.up()
    await anna.request('PUT', '/name', { name: 'Anna' })
    await anna.request('POST', '/spaces', { name: 'Home' })
    await anna.send('Home', 'before the flood')
  })
  after(() => peers.close())

  test('garbage on the port for peers is dropped while messages go on', async () => {
    const target = tcpOf(anna)
    const hello = new TextEncoder().encode('\u0013/multistream/1.0.0\n')
    const endless = Array.from({ length: 64 }, () => randomBytes(16_384))
    const floods = [
      ...Array.from({ length: 40 }, (_, i) => pour(target, [randomBytes(1 + i * 97)])),
      ...Array.from({ length: 10 }, () => pour(target, [hello, randomBytes(500)])),
      ...Array.from({ length: 4 }, () => pour(target, [hello, ...endless])),
      ...Array.from({ length: 10 }, () => pour(target, [])),
    ]
    const sent: string[] = []
    for (let i = 0; i < 10; i++) {
      await anna.send('Home', `during ${i}`)
      sent.push(`during ${i}`)
    }
    await Promise.all(floods)
    const kept = await texts(anna, 'Home')
    for (const text of ['before the flood', ...sent]) assert.ok(kept.includes(text), text)
  })

  test('a peer that joins after the flood is let in as ever', async () => {
    const ben = peers.peer('ben')
    await ben.up('--bootstrap', anna.ready.addresses[0]!)
    const space = await anna.spaceId('Home')
    const { link } = await anna.request<{ link: string }>('POST', `/spaces/${space}/invites`, {
      mode: 'auto',
    })
    await ben.request('POST', '/joins', { link, name: 'Ben' })
    await eventually(
      'Ben reads the history',
      async (): Promise<string[]> => {
        const spaces = await ben.request<{ name: string }[]>('GET', '/spaces')
        return spaces.length === 0 ? [] : texts(ben, 'Home')
      },
      (history) => history.includes('before the flood'),
      30_000,
    )
    await ben.stop()
  })

  test('garbage on the HTTP port is answered with 400 or dropped, and the API goes on', async () => {
    const target = httpOf(anna)
    await Promise.all([
      ...Array.from({ length: 30 }, (_, i) => pour(target, [randomBytes(10 + i * 211)])),
      pour(target, [bytesOf(`GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)]),
      pour(target, [
        bytesOf('POST /api/v1/spaces HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n'),
      ]),
      pour(target, [bytesOf('GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n')]),
      pour(target, [bytesOf('\r\n'.repeat(10_000))]),
    ])
    assert.deepEqual((await anna.request<unknown[]>('GET', '/spaces')).length, 1)
    await anna.send('Home', 'after the garbage')
    assert.ok((await texts(anna, 'Home')).includes('after the garbage'))
  })

  test('malformed links are refused in plain words, with exit code 1', async () => {
    const links = [
      'hello',
      'https://hamlet.example/#',
      `hamlet:${'A'.repeat(300)}`,
      '#'.repeat(9_000),
    ]
    for (const link of links) {
      const result = await anna.run('join', link, '--name', 'Anna')
      assert.equal(result.exitCode, 1, link.slice(0, 40))
      assert.match(result.stderr, /hamlet: .*(link|invitation)/i)
      assert.doesNotMatch(result.stderr, /\n\s+at /, 'no stack')
    }
    assert.deepEqual(await anna.request('GET', '/joins'), [])
  })

  test('a second process on the same directory is refused and harms nothing', async () => {
    const second = await anna.run(...UP)
    assert.equal(second.exitCode, 1)
    assert.match(second.stderr, /Another Hamlet already runs on this data directory/)
    assert.match(second.stderr, /process \d+/)
    await anna.send('Home', 'still the only one')
  })

  test('told to stop it ends promptly with exit code 0, and everything acknowledged is there', async () => {
    const before = await texts(anna, 'Home')
    const startedAtMs = Date.now()
    assert.equal(await anna.stop(), 0)
    assert.ok(Date.now() - startedAtMs < EXIT_MS_MAX)
    await anna.up()
    assert.deepEqual(await texts(anna, 'Home'), before)
  })
})

describe('programs in the way', { timeout: TIMEOUT_MS }, () => {
  test('a taken port is named, for HTTP and for peers, with exit code 1', async () => {
    const peers = await TestPeers.create()
    const server = createServer().listen(0, '127.0.0.1')
    try {
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const emil = peers.peer('emil')
      const listen = ['--listen', '/ip4/127.0.0.1/tcp/0']
      const http = await emil.run('up', '--no-open', '--http', `127.0.0.1:${port}`, ...listen)
      assert.equal(http.exitCode, 1)
      assert.match(http.stderr, /Another program uses this port/)
      assert.match(http.stderr, new RegExp(`\\b${port}\\b`))
      const taken = ['--listen', `/ip4/127.0.0.1/tcp/${port}`]
      const tcp = await emil.run('up', '--no-open', '--http', '127.0.0.1:0', ...taken)
      assert.equal(tcp.exitCode, 1)
      assert.match(tcp.stderr, /use/)
      assert.match(tcp.stderr, new RegExp(`\\b${port}\\b`))
      await emil.up()
      assert.equal(await emil.stop(), 0, 'what failed left nothing behind')
    } finally {
      server.close()
      await peers.close()
    }
  })
})
