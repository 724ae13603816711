// @timeoutSeconds 120: processes are started and killed, and a relay is waited for.
/**
 * Names on the network: whoever knows a key reaches its holder, and nobody else.
 *
 * Method: real nodes; where it says "process", the server runs in one of its own and its key is all that is told of it.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { buffer } from 'node:stream/consumers'
import { bytesToHex, hexToBytes } from '@hamlet/core'
import { connect, createDialer, createServer } from '@hamlet/network'
import type { NamedServer, SecureStream, ServerOptions } from '@hamlet/network'
import { closeAll, crypto, random, seedOf, startNode, until } from './_util.ts'

const LOOPBACK = ['/ip4/127.0.0.1/tcp/0']
const ALONE = { mdns: false, listen: LOOPBACK } as const

/** Sends back what comes, with its name before it. */
const SERVER = `
import { createServer } from '@hamlet/network'
const [name, seed, bootstrap, ...listen] = process.argv.slice(1)
const server = createServer({
  seed: Buffer.from(seed, 'hex'), bootstrap: [bootstrap], mdns: false, listen,
  async onConnection(stream) {
    stream.write(name + ' ')
    for await (const chunk of stream) stream.write(chunk)
    stream.end()
  },
})
await server.listen()
console.log('ready')
process.stdin.resume().on('end', () => server.close())
`

async function listen(name: string, options: Partial<ServerOptions> = {}): Promise<NamedServer> {
  const seed = seedOf(name)
  const server = createServer({ ...ALONE, seed, onConnection: echo, ...options })
  await server.listen()
  return server
}

async function echo(stream: SecureStream): Promise<void> {
  for await (const chunk of stream) if (!stream.write(chunk)) await once(stream, 'drain')
  stream.end()
}

async function ask(stream: SecureStream, text: string): Promise<string> {
  stream.end(text)
  return (await buffer(stream)).toString()
}

async function startProcess(...args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SERVER, ...args], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test('a stream carries bytes both ways, ends by halves, and both ends know the other key', async () => {
  const callers: Uint8Array[] = []
  await using server = await listen('echo', {
    onConnection: async (stream, remotePublicKey) => {
      callers.push(remotePublicKey)
      await echo(stream)
    },
  })
  await using dialer = await createDialer({ ...ALONE, seed: seedOf('caller') })
  const addresses = server.addresses()
  const stream = await dialer.connect(server.publicKey, { addresses })
  assert.deepEqual(stream.remotePublicKey, server.publicKey)
  const sent = random.bytes(3_000_000)
  stream.end(sent)
  assert.deepEqual(new Uint8Array(await buffer(stream)), sent)
  assert.deepEqual([stream.bytesRead, stream.bytesWritten], [sent.length, sent.length])
  assert.deepEqual(callers, [dialer.publicKey])
  const again = await dialer.connect(server.publicKey)
  assert.equal(await ask(again, 'and again'), 'and again')
})

test('a writer is held back until the reader takes something', async () => {
  const accepted = Promise.withResolvers<SecureStream>()
  await using server = await listen('slow', { onConnection: accepted.resolve })
  const stream = await connect(server.publicKey, { ...ALONE, addresses: server.addresses() })
  const far = await accepted.promise
  const piece = new Uint8Array(65_536)
  let sent = 0
  let isHeld = false
  while (!isHeld) {
    sent += piece.length
    if (stream.write(piece)) continue
    isHeld = await Promise.race([once(stream, 'drain').then(() => false), delay(500, true)])
    assert.ok(sent < 64 * 1024 * 1024, 'it is held back')
  }
  stream.end()
  assert.equal((await buffer(far)).length, sent)
  far.end()
  await once(stream.resume(), 'close')
})

test('who is not let in is told so, and the server goes on', async () => {
  const friend = seedOf('friend')
  const known = Buffer.from(crypto.signer(friend).publicKey)
  let served = 0
  await using server = await listen('picky', {
    validate: async (key) => known.equals(key),
    onConnection: async (stream) => {
      served++
      await echo(stream)
    },
  })
  const addresses = server.addresses()
  await assert.rejects(connect(server.publicKey, { ...ALONE, addresses }), {
    code: 'NETWORK_REFUSED',
  })
  assert.equal(served, 0)
  const stream = await connect(server.publicKey, { ...ALONE, addresses, seed: friend })
  assert.equal(await ask(stream, 'hello'), 'hello')
})

test('an address that leads to another key is refused, named with that key or without', async () => {
  await using server = await listen('right')
  await using other = await listen('wrong')
  const [address] = other.addresses()
  const bare = address!.split('/p2p/')[0]!
  for (const addresses of [[address!], [bare]]) {
    await assert.rejects(connect(server.publicKey, { ...ALONE, addresses }), {
      code: 'NETWORK_WRONG_PEER',
    })
  }
})

test('where nobody is, connecting ends when the time is over, and at once when the caller says so', async () => {
  const nobody = crypto.signer(seedOf('nobody')).publicKey
  const start = performance.now()
  await assert.rejects(connect(nobody, { ...ALONE, timeoutMs: 600 }), {
    code: 'NETWORK_UNREACHABLE',
    message: /nobody with this key was found within 1 s/,
  })
  assert.ok(performance.now() - start < 5000)
  const signal = AbortSignal.timeout(200)
  await assert.rejects(connect(nobody, { ...ALONE, signal }), { code: 'NETWORK_ABORTED' })
})

test('a handler that throws, and a stream that is cut off, end nothing but the stream', async () => {
  const seen: SecureStream[] = []
  await using server = await listen('throws', {
    onConnection: async (stream) => {
      seen.push(stream)
      if (seen.length > 1) return
      await once(stream, 'readable')
      throw new Error('thrown by the handler')
    },
  })
  const addresses = server.addresses()
  const first = await connect(server.publicKey, { ...ALONE, addresses })
  first.write('something')
  await assert.rejects(buffer(first), { code: 'NETWORK_STREAM_CLOSED' })
  const second = await connect(server.publicKey, { ...ALONE, addresses })
  await until(() => seen.length === 2)
  second.destroy()
  await assert.rejects(buffer(seen[1]!), { code: 'NETWORK_STREAM_CLOSED' })
  assert.equal(server.streams.size, 0)
})

test('processes that know a key and one bootstrap node find each other, also after a kill -9', async () => {
  const hub = await startNode('hub', { dht: 'server', allowPrivate: 'always' })
  const [bootstrap] = hub.addresses()
  const seed = random.bytes(32)
  const { publicKey } = crypto.signer(seed)
  const args = [Buffer.from(seed).toString('hex'), bootstrap!, ...LOOPBACK] as const
  let server = await startProcess('first', ...args)
  await using dialer = await createDialer({ ...ALONE, bootstrap: [bootstrap!] })
  try {
    const stream = await dialer.connect(publicKey)
    assert.equal(await ask(stream, 'by key alone'), 'first by key alone')
    const cut = await dialer.connect(publicKey)
    await end(server)
    await assert.rejects(buffer(cut), { code: 'NETWORK_STREAM_CLOSED' })
    server = await startProcess('second', ...args)
    const again = await dialer.connect(publicKey)
    assert.equal(await ask(again, 'on another port'), 'second on another port')
  } finally {
    await end(server)
    await closeAll(hub)
  }
})

test('a process that nobody can dial is found by its key, and reached through a relay', async () => {
  const hub = await startNode('relay hub', { dht: 'server', allowPrivate: 'always', relay: true })
  const [bootstrap] = hub.addresses()
  const seed = random.bytes(32)
  const server = await startProcess('hidden', Buffer.from(seed).toString('hex'), bootstrap!)
  await using dialer = await createDialer({ ...ALONE, bootstrap: [bootstrap!] })
  try {
    const stream = await dialer.connect(crypto.signer(seed).publicKey)
    assert.equal(await ask(stream, 'through the relay'), 'hidden through the relay')
  } finally {
    await end(server)
    await closeAll(hub)
  }
})

test('who shares a secret with a server finds its key, and nobody finds one that does not announce itself', async () => {
  const hub = await startNode('topic hub', { dht: 'server', allowPrivate: 'always' })
  const bootstrap = hub.addresses()
  try {
    await using server = await listen('topic', { bootstrap, announces: false })
    await using dialer = await createDialer({ ...ALONE, bootstrap })
    const secret = random.bytes(32)
    assert.ok((await server.announce(secret).published) > 0)
    const found: Uint8Array[] = []
    for await (const key of dialer.lookup(secret)) found.push(key)
    assert.deepEqual(found, [server.publicKey])
    const stream = await dialer.connect(found[0]!)
    assert.equal(await ask(stream, 'by a secret'), 'by a secret')
    await using other = await listen('silent', { announces: false })
    await assert.rejects(dialer.connect(other.publicKey, { timeoutMs: 500 }), {
      code: 'NETWORK_UNREACHABLE',
    })
  } finally {
    await closeAll(hub)
  }
})

test('whoever knows a key finds all who say that they hold it, more than a topic has slots', async () => {
  const hub = await startNode('holders hub', { dht: 'server', allowPrivate: 'always' })
  const bootstrap = hub.addresses()
  try {
    const key = random.bytes(32)
    await using stack = new AsyncDisposableStack()
    const names = Array.from({ length: 10 }, (_, i) => `holder ${i}`)
    const servers = await Promise.all(names.map((name) => listen(name, { bootstrap })))
    for (const server of servers) stack.use(server)
    const announced = servers.map((server) => server.provide(key))
    const told = await Promise.all(announced.map(({ published }) => published))
    assert.ok(told.every((count) => count > 0))
    await using dialer = await createDialer({ ...ALONE, bootstrap })
    const find = async (sought: Uint8Array): Promise<readonly string[]> => {
      const found: string[] = []
      for await (const device of dialer.providers(sought)) found.push(bytesToHex(device))
      return found.sort()
    }
    const all = servers.map(({ publicKey }) => bytesToHex(publicKey)).sort()
    let found = await find(key)
    for (let i = 0; i < 20 && found.length < all.length; i++) {
      await delay(200)
      found = await find(key)
    }
    assert.deepEqual(found, all)
    assert.deepEqual(await find(random.bytes(32)), [])
    const stream = await dialer.connect(hexToBytes(all[3]!))
    assert.equal(await ask(stream, 'by what it holds'), 'by what it holds')
  } finally {
    await closeAll(hub)
  }
})

test('a relay on a private network keeps the DHT, so with it alone a key is found', async () => {
  const hub = await startNode('private relay', {
    ...{ allowPrivate: 'always', relay: true, dht: 'auto' },
  })
  const bootstrap = hub.addresses()
  try {
    const key = random.bytes(32)
    await using server = await listen('holder by a relay', { bootstrap })
    assert.ok((await server.provide(key).published) > 0)
    await using dialer = await createDialer({ ...ALONE, bootstrap })
    const found: string[] = []
    for (let i = 0; i < 20 && found.length === 0; i++) {
      for await (const device of dialer.providers(key)) found.push(bytesToHex(device))
      if (found.length === 0) await delay(200)
    }
    assert.deepEqual(found, [bytesToHex(server.publicKey)])
  } finally {
    await closeAll(hub)
  }
})
