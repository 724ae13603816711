/** The server on loopback: who is let in, what a slow or broken client costs, and how memory and closing behave. */

import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createCredential, MemoryCredentials, signRequest } from '../../src/index.ts'
import { serveS3 } from '../../src/node/serve.ts'
import { bytesOf } from '../_bodies.ts'
import { clock, openFolder, random } from '../_folder.ts'
import { startServer } from '../_server.ts'
import type { TestServer } from '../_server.ts'

/** Sends these bytes and gives what comes until the server has nothing more to say. */
function speak(port: number, text: string, until: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let heard = ''
    socket.setEncoding('latin1').on('data', (piece: string) => {
      heard += piece
      if (until.test(heard)) socket.destroy()
    })
    socket.on('close', () => resolve(heard))
    socket.on('error', reject)
  })
}

/** The head of a signed request, as text. */
function headOf(
  peer: TestServer,
  target: string,
  headers: Readonly<Record<string, string>>,
  contentSha256 = 'UNSIGNED-PAYLOAD',
): string {
  const { server, credential } = peer
  const sent = { method: 'PUT', url: server.url + target, contentSha256 }
  const signed = { ...signRequest(sent, { credential, nowMs: Date.now() }), ...headers }
  const lines = Object.entries({ host: server.url.slice(7), ...signed })
  return `PUT ${target} HTTP/1.1\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`
}

test('it listens on loopback alone, and one port once', async () => {
  await using folder = await openFolder()
  const credentials = new MemoryCredentials([createCredential(random)])
  const options = { backend: folder.backend, credentials, clock, random }
  for (const host of ['0.0.0.0', '::', '192.168.0.1', 'example.org']) {
    await assert.rejects(serveS3({ ...options, host }), { code: 'S3_NOT_LOOPBACK' })
  }
  await using server = await serveS3(options)
  const { port } = server
  await assert.rejects(serveS3({ ...options, port }), { code: 'S3_PORT_TAKEN' })
})

test('requests under another host name are not answered', async () => {
  await using peer = await startServer()
  const { port } = peer.server
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1:1',
    'localhost.evil.example',
  ]) {
    const heard = await speak(port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`, /\r\n\r\n/)
    assert.match(heard, /^HTTP\/1\.1 421 /, host)
  }
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `photos.localhost:${port}`]) {
    const heard = await speak(port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`, /<\/Error>/)
    assert.match(heard, /^HTTP\/1\.1 403 [^]*AccessDenied/, host)
  }
})

test('a client that waits is told to go on only when its body is wanted', async () => {
  await using peer = await startServer()
  await peer.send('PUT', '/photos')
  const { port } = peer.server
  const waiting = { expect: '100-continue', 'content-length': '5' }
  const refused = await speak(port, headOf(peer, '/nobucket/k', waiting), /<\/Error>/)
  assert.match(refused, /^HTTP\/1\.1 404 [^]*connection: close/i)
  const heard = await speak(
    port,
    `${headOf(peer, '/photos/k', waiting)}hello`,
    /200 OK[^]*\r\n\r\n/,
  )
  assert.match(heard, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
  assert.equal((await peer.send('GET', '/photos/k')).text, 'hello')
})

test('of a body that breaks off nothing stays', async () => {
  await using peer = await startServer()
  await peer.send('PUT', '/photos')
  const head = headOf(peer, '/photos/k', { 'content-length': '1000000' })
  const temporary = join(peer.folder.folder, '.hamlet-s3', 'temporary')
  await new Promise<void>((resolve) => {
    const socket = connect(peer.server.port, '127.0.0.1', () =>
      socket.write(head + 'x'.repeat(5000)),
    )
    const look = (): void => {
      void readdir(temporary).then((names) => {
        if (names.length === 0) return setTimeout(look, 5)
        socket.on('close', () => resolve())
        return socket.destroy()
      })
    }
    look()
  })
  while ((await readdir(temporary)).length > 0) await new Promise((done) => setTimeout(done, 5))
  assert.equal((await peer.send('HEAD', '/photos/k')).status, 404)
})

test('a body without a length is stored, in chunks of HTTP', async () => {
  await using peer = await startServer()
  await peer.send('PUT', '/photos')
  const head = headOf(peer, '/photos/k', { 'transfer-encoding': 'chunked' })
  const heard = await speak(
    peer.server.port,
    `${head}5\r\nhello\r\n3\r\n, x\r\n0\r\n\r\n`,
    /\r\n\r\n/,
  )
  assert.match(heard, /^HTTP\/1\.1 200 /)
  assert.equal((await peer.send('GET', '/photos/k')).text, 'hello, x')
  const none = await speak(peer.server.port, headOf(peer, '/photos/n', {}), /<\/Error>/)
  assert.match(none, /^HTTP\/1\.1 411 [^]*MissingContentLength/)
})

/** Writes and reads an object of so many MiB and gives the most memory that was resident meanwhile. */
async function mostMemory(peer: TestServer, count: number): Promise<number> {
  const piece = bytesOf(1024 * 1024)
  let most = 0
  const look = (): void => {
    most = Math.max(most, process.memoryUsage().rss)
  }
  await new Promise<void>((resolve, reject) => {
    const headers = { 'content-length': count * piece.length }
    const url = peer.presign('PUT', '/photos/large')
    const sending = request(url, { method: 'PUT', headers }, (response) => {
      response.resume().on('end', resolve)
      assert.equal(response.statusCode, 200)
    })
    sending.on('error', reject)
    const send = (left: number): void => {
      look()
      if (left === 0) sending.end()
      else sending.write(piece, () => send(left - 1))
    }
    send(count)
  })
  const response = await fetch(peer.presign('GET', '/photos/large'))
  let bytes = 0
  for await (const each of response.body as AsyncIterable<Uint8Array>) {
    bytes += each.length
    look()
  }
  assert.equal(bytes, count * piece.length)
  return most
}

test('memory does not grow with an object, in or out', async () => {
  await using peer = await startServer()
  await peer.send('PUT', '/photos')
  // Once to warm up: code is compiled, and garbage waits for its first collections.
  const small = await mostMemory(peer, 64)
  const large = await mostMemory(peer, 256)
  const more = Math.round((large - small) / 1024 / 1024)
  assert.ok(more < 96, `192 MiB more of an object took ${more} MiB more`)
})

test('closing lets a request under way finish and ends', async () => {
  await using peer = await startServer()
  await peer.send('PUT', '/photos')
  const head = headOf(peer, '/photos/k', { 'content-length': '5' })
  const heard = await new Promise<string>((resolve) => {
    const socket = connect(peer.server.port, '127.0.0.1', () => {
      socket.write(`${head}he`)
      setTimeout(() => {
        void peer.server.close()
        socket.write('llo')
      }, 100)
    })
    let text = ''
    socket.setEncoding('latin1').on('data', (piece: string) => (text += piece))
    socket.on('close', () => resolve(text))
  })
  assert.match(heard, /^HTTP\/1\.1 200 OK/)
  await peer.server.close()
})
