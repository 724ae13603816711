// Real sockets: full and sparse copies over TCP, a log larger than the buffers of the line, an end in the middle.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { test } from 'node:test'
import { createNodeClock } from '@hamlet/identity/node'
import { createMemoryDisk } from '@hamlet/store'
import { exchangeOver, LogExchange, SparseLog, StreamReads } from '@hamlet/log'
import type { Log, LogRangeError } from '@hamlet/log'
import { seededRandom, testCrypto } from './_crypto.ts'
import { namespace, openAuthor, openCopy, signer } from './_logs.ts'

interface Refused {
  readonly name: string
  readonly error: LogRangeError
}

function newExchange(seed: number, refused: Refused[] = []): LogExchange {
  return new LogExchange({
    crypto: testCrypto,
    clock: createNodeClock(),
    random: seededRandom(seed),
    onRefused: (name, error) => refused.push({ name, error }),
  })
}

async function listen(onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onSocket)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function dial(server: Server): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5))
}

async function largeAuthor(blocks: number, bytes: number): Promise<Log> {
  const author = await openAuthor(createMemoryDisk())
  await author.append(Array.from({ length: blocks }, (_, i) => new Uint8Array(bytes).fill(i)))
  return author
}

/** A want of replication.ts for three blocks, on channel 0 and fork 0, as a frame. */
function wantFrame(from: number): Uint8Array {
  const frame = new Uint8Array(4 + 3 + 17)
  const view = new DataView(frame.buffer)
  view.setUint32(0, 3 + 17)
  frame.set([10, 0, 0, 2], 4)
  view.setBigUint64(8, BigInt(from))
  view.setUint32(16, 3)
  view.setUint32(20, 262_144)
  return frame
}

test('complete and sparse copies fill over one socket each, more than fits its buffers', async () => {
  const author = await largeAuthor(300, 65_536)
  const serving = newExchange(1)
  serving.add(author)
  const server = await listen((socket) => void exchangeOver(serving, socket, 'reader'))
  const reading = newExchange(2)
  const complete = await openCopy(createMemoryDisk())
  reading.add(complete)
  const first = await dial(server)
  const done = exchangeOver(reading, first, 'author')
  await until(() => complete.length === 300)
  first.destroy()
  await done
  const disk = createMemoryDisk()
  const { publicKey } = signer
  const common = { disk, crypto: testCrypto, directory: 'sparse', publicKey, namespace }
  const sparse = await SparseLog.open(common)
  const sparsely = newExchange(3)
  const shared = sparsely.add(sparse)
  const second = await dial(server)
  void exchangeOver(sparsely, second, 'author')
  await until(() => sparse.length === 300)
  await shared.download({ from: 10, to: 290, order: 'random' }).done
  assert.deepEqual(sparse.peek(200), new Uint8Array(65_536).fill(200))
  assert.deepEqual(sparse.storedRanges(), [[10, 290]])
  second.destroy()
  server.close()
})

test('a copy fills through memory that both ends of a socket use again and again', async () => {
  const author = await largeAuthor(300, 65_536)
  await author.append(Array.from({ length: 3000 }, (_, i) => new Uint8Array(i % 200).fill(i)))
  await author.append(Array.from({ length: 40 }, (_, i) => new Uint8Array(8000 + 20 * i).fill(i)))
  const refused: Refused[] = []
  const serving = newExchange(1, refused)
  serving.add(author)
  const server = await listen((socket) => {
    void exchangeOver(serving, socket, 'reader', { isSocket: true })
  })
  const copies = await Promise.all([1, 2, 3].map(() => openCopy(createMemoryDisk())))
  const ends = copies.map(async (copy, i) => {
    const reading = newExchange(2 + i, refused)
    reading.add(copy)
    const reads = new StreamReads()
    const { port } = server.address() as AddressInfo
    const socket = connect({ port, host: '127.0.0.1', onread: reads.onread })
    await once(socket, 'connect')
    // What comes before the exchange begins waits.
    await new Promise((resolve) => setTimeout(resolve, 10 * i))
    const over = exchangeOver(reading, socket, 'author', { isSocket: true, reads })
    await until(() => copy.length === author.length)
    socket.destroy()
    await over
  })
  await Promise.all(ends)
  assert.deepEqual(refused, [])
  for (const copy of copies) assert.deepEqual(copy.root(), author.root())
  assert.deepEqual((await copies[2]!.audit()).damages, [])
  server.close()
})

test('an end of the other side, and a frame that is too long, end what is read into memory of its own', async () => {
  const refused: Refused[] = []
  for (const isHostile of [false, true]) {
    const server = await listen((socket) => {
      if (isHostile) socket.write(Uint8Array.of(0xff, 0, 0, 0))
      else socket.end()
      socket.resume()
    })
    const reads = new StreamReads()
    const { port } = server.address() as AddressInfo
    const socket = connect({ port, host: '127.0.0.1', onread: reads.onread })
    await exchangeOver(newExchange(1, refused), socket, 'stranger', { reads })
    assert.ok(socket.destroyed)
    server.close()
  }
  assert.deepEqual(
    refused.map(({ name, error }) => [name, error.code]),
    [['stranger', 'LOG_MALFORMED']],
  )
})

test('who asks for much and takes nothing makes us hold one answer', async () => {
  const author = await largeAuthor(300, 65_536)
  const serving = newExchange(1)
  serving.add(author)
  const { promise: served, resolve } = Promise.withResolvers<Socket>()
  const server = await listen((socket) => {
    void exchangeOver(serving, socket, 'reader', { isSocket: true })
    resolve(socket)
  })
  const reads = new StreamReads()
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', onread: reads.onread })
  const asking = newExchange(2)
  const copy = await openCopy(createMemoryDisk())
  asking.add(copy)
  const over = exchangeOver(asking, socket, 'author', { reads })
  const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>()
  copy.watch(() => {
    socket.pause()
    begin(undefined)
  })
  await begun
  assert.ok(copy.length < 300)
  // More than the buffers of the line hold.
  socket.write(Buffer.concat(Array.from({ length: 98 }, (_, i) => wantFrame(3 * i))))
  await new Promise((wait) => setTimeout(wait, 300))
  const { writableLength } = await served
  assert.ok(writableLength < 700_000, `${writableLength} bytes wait`)
  socket.destroy()
  await over
  server.close()
})

test('a copy goes on where a broken connection left it', async () => {
  const author = await largeAuthor(200, 65_536)
  const serving = newExchange(1)
  serving.add(author)
  let received = 0
  const server = await listen((socket) => void exchangeOver(serving, socket, 'reader'))
  const copy = await openCopy(createMemoryDisk())
  const reading = newExchange(2)
  reading.add(copy)
  const first = await dial(server)
  first.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (received > 3_000_000) first.destroy()
  })
  await exchangeOver(reading, first, 'author')
  const before = copy.length
  assert.ok(before > 0 && before < 200, `${before} blocks`)
  const second = await dial(server)
  void exchangeOver(reading, second, 'author')
  await until(() => copy.length === 200)
  assert.ok(second.bytesRead < (201 - before) * 65_700 + 10_000)
  second.destroy()
  server.close()
})

test('who speaks another protocol is cut off', async () => {
  const refused: Refused[] = []
  const serving = newExchange(1, refused)
  const server = await listen((socket) => void exchangeOver(serving, socket, 'stranger'))
  const socket = await dial(server)
  socket.resume()
  socket.write('GET / HTTP/1.1\r\n\r\n')
  await once(socket, 'close')
  assert.deepEqual(
    refused.map(({ name, error }) => [name, error.code]),
    [['stranger', 'LOG_MALFORMED']],
  )
  server.close()
})
