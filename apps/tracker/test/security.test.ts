/**
 * The adversarial suite: each rule for the tracker in `docs/security.md`, tried as bytes on a socket where no client library
 * would send it. After every attack the server must still answer an honest client.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { createNodeClock } from '@hamlet/identity/node'
import {
  ADDRESS_LOGIN_BURST_MAX,
  BULK_ITEMS_MAX,
  IDENTITY_REQUEST_BURST_MAX,
} from '../src/limits.ts'
import { requestText, sendRaw } from './_raw.ts'
import { call, entryOf, startTestTracker, TestPeer, topicOf } from './_tracker.ts'

const setup = await startTestTracker({ hosts: ['tracker.example'] })
const { url } = setup
const { port } = setup.tracker
after(() => setup[Symbol.asyncDispose]())

/** Sends lines, then asks for the health as anybody would. */
async function attack(lines: readonly string[], body = '', waitMs = 5000) {
  const reply = await sendRaw(port, requestText(port, lines, body), waitMs)
  assert.equal((await call(url, 'GET', '/health')).status, 200, 'the server lives')
  return reply
}

const HEALTH = 'GET /health HTTP/1.1'
const CHALLENGE = 'POST /api/v2/login/challenge HTTP/1.1'
const JSON_TYPE = 'Content-Type: application/json'

suite('hosts and origins', () => {
  test('answers by its own names, with the exact port, and by no other', async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, 'tracker.example']) {
      assert.equal((await attack([HEALTH, `Host: ${host}`])).status, 200, host)
    }
    for (const host of ['evil.example', '127.0.0.1', 'tracker.example:1', 'TRACKER.evil', '']) {
      assert.equal((await attack([HEALTH, `Host: ${host}`])).status, 421, host)
    }
    const two = await attack([HEALTH, 'Host: tracker.example', 'Host: evil.example'])
    assert.equal(two.status, 400)
    assert.equal((await attack([`GET http://tracker.example/health HTTP/1.1`])).status, 400)
  })

  test('gives nothing to pages of other origins, and no preflight a permission', async () => {
    for (const origin of ['http://evil.example', 'null', `https://127.0.0.1:${port}`]) {
      const reply = await attack([HEALTH, `Origin: ${origin}`])
      assert.equal(reply.status, 403, origin)
      assert.equal(reply.headers.has('access-control-allow-origin'), false)
    }
    assert.equal((await attack([HEALTH, 'Sec-Fetch-Site: cross-site'])).status, 403)
    const preflight = await attack(['OPTIONS /api/v2/login HTTP/1.1'])
    assert.equal(preflight.status, 405)
    const plain = await attack([CHALLENGE, 'Content-Type: text/plain', 'Content-Length: 2'], '{}')
    assert.equal(plain.status, 415)
  })

  test('every reply carries the headers that keep browsers from making something of it', async () => {
    for (const lines of [[HEALTH], ['GET /nothing.js HTTP/1.1'], ['GET /api/v1/x HTTP/1.1']]) {
      const { headers } = await attack(lines)
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.has('set-cookie'), false)
    }
  })
})

suite('requests that are not what they say', () => {
  test('two lengths, a length and chunks, unknown encodings and compressed bodies are refused', async () => {
    const body = '{"peer":""}'
    for (const headers of [
      ['Content-Length: 2', 'Content-Length: 11'],
      ['Content-Length: 11', 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: gzip, chunked'],
      ['Transfer-Encoding: identity'],
      ['Content-Length: 11', 'Content-Encoding: gzip'],
      ['Content-Length: -1'],
    ]) {
      const reply = await attack([CHALLENGE, JSON_TYPE, ...headers], body, 2000)
      assert.ok(reply.status >= 400 && reply.status < 500, `${headers.join()}: ${reply.status}`)
    }
    assert.equal((await attack([HEALTH, 'Content-Length: 2'], '{}')).status, 400)
  })

  test('a body above 1 MiB is refused from its announced length, and cut when it lies', async () => {
    const announced = await attack([CHALLENGE, JSON_TYPE, 'Content-Length: 1048577'])
    assert.equal(announced.status, 413)
    const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`
    const lying = [CHALLENGE, JSON_TYPE, 'Transfer-Encoding: chunked']
    assert.equal((await attack(lying, chunk + chunk)).status, 413)
  })

  test('headers above 16 KiB are refused, and garbage ends the connection', async () => {
    assert.equal((await attack([HEALTH, `X: ${'x'.repeat(20_000)}`])).status, 431)
    for (const start of [
      '',
      'GET / HTTP/1.1\r\n',
      'POST /api/v2/login HTTP/1.1\r\nHost: ',
      '\u0016\u0003',
    ]) {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      await once(socket, 'connect')
      socket.write(start)
      socket.end(randomBytes(300))
      socket.resume()
      await once(socket, 'close')
    }
    assert.equal((await attack([HEALTH])).status, 200)
  })

  test('paths lead to no file, and a wrong method says which is right', async () => {
    for (const path of ['/../package.json', '/%2e%2e/%2e%2e/etc/passwd', '/index.html', '//etc']) {
      assert.equal((await attack([`GET ${path} HTTP/1.1`])).status, 404, path)
    }
    assert.equal((await attack(['GET /api/v2/login HTTP/1.1'])).status, 405)
    assert.equal((await attack(['DELETE /health HTTP/1.1'])).status, 405)
  })

  test('fields that are not known, wrong types and too many entries are refused by name', async () => {
    const peer = await new TestPeer(url, 30).login()
    const announce = (entries: unknown, more: object = {}) =>
      peer.call('POST', '/api/v2/announce', { entries, ...more })
    for (const [answer, field] of [
      [await announce([entryOf(1)], { admin: true }), 'admin'],
      [await announce([entryOf(1, { topic: 'x' })]), 'entries.0.topic'],
      [await announce([entryOf(1, { sizeBytes: -1 })]), 'entries.0.sizeBytes'],
      [await announce([entryOf(1, { sizeBytes: 2 ** 41 })]), 'entries.0.sizeBytes'],
      [await announce([entryOf(1, { name: 'a\u202eb' })]), 'entries.0.name'],
      [await announce([entryOf(1, { text: 'a\0b' })]), 'entries.0.text'],
      [await announce([entryOf(1, { name: '\ud800' })]), 'entries.0.name'],
      [await announce(Array.from({ length: BULK_ITEMS_MAX + 1 }, () => entryOf(1))), 'entries'],
      [await announce([]), 'entries'],
      [await announce('x'), 'entries'],
    ] as const) {
      assert.deepEqual([answer.status, answer.body.error.code], [400, 'INVALID_INPUT'])
      assert.equal(answer.body.error.fields.field, field)
    }
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    const lines = [CHALLENGE, JSON_TYPE, `Content-Length: ${deep.length}`]
    assert.equal((await attack(lines, deep)).status, 400)
    assert.deepEqual(setup.errors, [])
  })
})

suite('what one caller may do', () => {
  test('an address that is for nobody else, or for an attack, is not passed on', async () => {
    await using open = await startTestTracker({ allowsPrivateAddresses: false })
    const peer = await new TestPeer(open.url, 31).login()
    const refused = async (address: string) => {
      const entries = [entryOf(1, { addresses: [address] })]
      return (await peer.call('POST', '/api/v2/announce', { entries })).body.refused.length === 1
    }
    for (const address of [
      ...['/ip4/127.0.0.1/tcp/4001', '/ip4/10.1.2.3/tcp/4001', '/ip4/169.254.169.254/tcp/8080'],
      ...['/ip4/192.168.1.1/tcp/4001', '/ip4/0.0.0.0/tcp/4001', '/ip4/224.0.0.1/udp/5353'],
      ...['/ip6/::1/tcp/4001', '/ip6/fe80::1/tcp/4001', '/ip6/::ffff:10.0.0.1/tcp/4001'],
      ...['/ip4/203.0.113.9/tcp/25', '/ip4/203.0.113.9/tcp/0', '/ip4/203.0.113.9/tcp/65536'],
      ...['/ip4/010.0.0.1/tcp/4001', '/ip4/1.2.3/tcp/4001', '/dns4/localhost/tcp/4001'],
      ...['/dns4/router.local/tcp/4001', '/dns4/2130706433/tcp/4001', '/dns4/a..b/tcp/4001'],
      ...['http://203.0.113.9/', '/unix/tmp/x', '/ip4/203.0.113.9/tcp/4001/\u0000'],
    ]) {
      assert.equal(await refused(address), true, address)
    }
    for (const address of [
      ...[
        '/ip4/203.0.113.9/tcp/4001',
        '/ip4/203.0.113.9/udp/443/quic-v1',
        '/ip6/2001:db8::1/tcp/4001',
      ],
      ...['/dns4/peer.example/tcp/443/wss', '/ip4/203.0.113.9/tcp/4001/p2p/12D3KooWAbc'],
    ]) {
      assert.equal(await refused(address), false, address)
    }
    const body = { address: '10.0.0.1:50051', password: 'secret' }
    assert.equal((await call(open.url, 'POST', '/api/v1/peers/register', { body })).status, 400)
  })

  test('addresses are told to whoever knows the topic, and to nobody by the search', async () => {
    const peer = await new TestPeer(url, 32).login()
    await peer.call('POST', '/api/v2/announce', { entries: [entryOf(700, { name: 'secretive' })] })
    const { body } = await peer.call('GET', '/api/v2/search?q=secretive')
    assert.equal(body.swarms.length, 1)
    assert.doesNotMatch(JSON.stringify(body), /ip4/)
    assert.equal((await call(url, 'GET', `/api/v2/lookup/${topicOf(700)}`)).status, 401)
  })

  test('one identity, one address and one who guesses are slowed down, each for itself', async () => {
    // No time passes, or buckets would fill up again between two requests.
    const clock = { ...createNodeClock(), monotonic: () => 0 }
    await using tracker = await startTestTracker({ clock })
    const peer = await new TestPeer(tracker.url, 33).login()
    const { parts } = tracker.tracker
    assert.equal(parts.requests.take(peer.id, IDENTITY_REQUEST_BURST_MAX - 1), 0)
    assert.equal((await peer.call('GET', '/api/v2/search?q=x')).status, 200)
    const second = await peer.call('GET', '/api/v2/search?q=x')
    assert.deepEqual([second.status, second.body.error.code], [429, 'RATE_LIMITED'])
    const other = await new TestPeer(tracker.url, 34).login()
    assert.equal((await other.call('GET', '/api/v2/search?q=x')).status, 200)
    let limited
    for (let count = 0; count <= ADDRESS_LOGIN_BURST_MAX; count++) {
      limited = await call(tracker.url, 'POST', '/api/v2/login/challenge', {
        body: { peer: peer.id },
      })
    }
    assert.equal(limited!.status, 429)
    assert.ok(Number(limited!.headers.get('retry-after')) >= 1)
    assert.equal((await call(tracker.url, 'GET', '/health')).status, 200)
  })

  test('a client behind a proxy counts by the address the proxy saw, not by what it wrote', async () => {
    await using tracker = await startTestTracker({ trustsProxy: true })
    const login = (from: string) =>
      fetch(`${tracker.url}/api/v2/login/challenge`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
        body: JSON.stringify({ peer: '0'.repeat(64) }),
      })
    for (let count = 0; count < ADDRESS_LOGIN_BURST_MAX; count++) {
      assert.equal((await login(`198.51.100.${count}, 203.0.113.1`)).status, 200)
    }
    assert.equal((await login('198.51.100.99, 203.0.113.1')).status, 429)
    assert.equal((await login('203.0.113.2')).status, 200)
  })

  test('closed registration leaves accounts to the operator', async () => {
    await using tracker = await startTestTracker({ isRegistrationOpen: false })
    const account = { name: 'Anna', password: 'correct horse' }
    const made = await call(tracker.url, 'POST', '/api/v2/accounts', { body: account })
    assert.deepEqual([made.status, made.body.error.code], [403, 'REGISTRATION_CLOSED'])
    const body = { address: 'localhost:50051', password: 'secret' }
    const peer = await call(tracker.url, 'POST', '/api/v1/peers/register', { body })
    assert.equal(peer.status, 401)
  })
})

test('with certificate files it speaks TLS, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hamlet-tls-'))
  const tls = { certificateFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const files = ['-keyout', tls.keyFile, '-out', tls.certificateFile]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' })
  await using tracker = await startTestTracker({ tls })
  assert.match(tracker.url, /^https:/)
  const status = await new Promise((resolve, reject) => {
    const options = { port: tracker.tracker.port, path: '/health', rejectUnauthorized: false }
    httpsRequest(options, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end()
  })
  assert.equal(status, 200)
  const plain = await sendRaw(tracker.tracker.port, `${HEALTH}\r\n\r\n`, 2000)
  assert.notEqual(plain.status, 200)
  await tracker.tracker.reloadTls()
  await assert.rejects(startTestTracker({ tls: { ...tls, keyFile: join(folder, 'none') } }), {
    code: 'TRACKER_MISCONFIGURED',
  })
  rmSync(folder, { recursive: true })
})
