import assert from 'node:assert/strict'
import { createServer, connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { generateCertificate } from '@libp2p/tls/utils'
import { lendSocketReads } from '../src/node/socket-reads.ts'

interface Pair extends AsyncDisposable {
  readonly reader: TLSSocket
  readonly writer: TLSSocket
  /** Under the writer. */
  readonly bare: Socket
}

async function createPair(): Promise<Pair> {
  const { key, cert } = await generateCertificate(await generateKeyPair('Ed25519'))
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
  const [bare] = (await once(server, 'connection')) as [Socket]
  const writer = new TLSSocket(bare, { isServer: true, key, cert })
  const reader = connectTls({ socket, rejectUnauthorized: false })
  for (const each of [bare, socket, writer, reader]) each.on('error', () => undefined)
  await once(reader, 'secure')
  const close = async (): Promise<void> => {
    for (const each of [reader, writer, bare]) each.destroy()
    server.close()
    await once(server, 'close')
  }
  return { reader, writer, bare, [Symbol.asyncDispose]: close }
}

test('everything comes in order into the same memory, what was read before as data', async () => {
  await using pair = await createPair()
  const { reader, writer } = pair
  const received: number[] = []
  const memory = new Set<ArrayBufferLike>()
  writer.write(Uint8Array.of(1, 2, 3))
  await once(reader, 'readable')
  reader.on('data', (bytes: Uint8Array) => received.push(...bytes))
  const all = Promise.withResolvers<void>()
  const isLent = lendSocketReads(reader, (bytes) => {
    memory.add(bytes.buffer)
    for (const byte of bytes) received.push(byte)
    if (received.length === 100_003) all.resolve()
  })
  // If this version of Node has it no more, nothing breaks, but transfers cost twice as much.
  assert.ok(isLent)
  writer.write(Uint8Array.from({ length: 100_000 }, (_, i) => i + 4))
  await all.promise
  assert.ok(received.every((byte, i) => byte === ((i + 1) & 0xff)))
  assert.equal(memory.size, 1)
})

test('nothing comes while it is paused, and everything when it goes on', async () => {
  await using pair = await createPair()
  const { reader, writer } = pair
  let count = 0
  const all = Promise.withResolvers<void>()
  reader.on('data', () => undefined)
  lendSocketReads(reader, (bytes) => {
    assert.ok(!reader.isPaused())
    count += bytes.length
    if (count === 5_000_000) all.resolve()
  })
  reader.pause()
  writer.write(new Uint8Array(5_000_000))
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.equal(count, 0)
  reader.resume()
  await all.promise
})

test('it ends, and is reset, as any socket', async () => {
  for (const [end, code] of [
    [(pair: Pair) => void pair.writer.end(), undefined],
    [(pair: Pair) => void pair.bare.destroy(), undefined],
    [closeUnread, 'ECONNRESET'],
  ] as const) {
    await using pair = await createPair()
    const { reader } = pair
    let failure: string | undefined
    reader.on('data', () => undefined)
    reader.on('error', (error: NodeJS.ErrnoException) => (failure = error.code))
    lendSocketReads(reader, () => undefined)
    const closed = new Promise((resolve) => reader.on('close', resolve))
    await end(pair)
    await closed
    assert.equal(failure, code)
  }
})

/** What the system answers with a reset. */
async function closeUnread({ reader, writer, bare }: Pair): Promise<void> {
  writer.pause()
  reader.write(new Uint8Array(4_000_000))
  await new Promise((resolve) => setTimeout(resolve, 30))
  bare.destroy()
}
