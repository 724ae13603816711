/**
 * The adversarial suite: each rule of the HTTP API in `docs/security.md`, tried as bytes on a socket. After every
 * attack the server must still answer an honest client.
 */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'

import { IMPORT_FILE_BYTES_MAX } from '@hamlet/expenses'
import { BODY_BYTES_MAX, IMPORT_BODY_BYTES_MAX, IMPORT_TEXT_LENGTH_MAX } from '../src/limits.ts'
import { createSocketClient } from '../src/node/socket-client.ts'
import { CONTENT_SECURITY_POLICY } from '../src/node/replies.ts'
import { garbage, readReply, requestText, sendRaw } from './_raw.ts'
import { newToken, startTestServer } from './_server.ts'
import type { TestServer } from './_server.ts'

const builds: string[] = []
after(() => Promise.all(builds.map((build) => rm(build, { recursive: true }))))

/** Sends lines with the admin token, unless they bring their own `Authorization`. */
async function attack(setup: TestServer, lines: readonly string[], body = '', waitMs = 5000) {
  const { port } = setup.server
  const hasToken = lines.some((line) => /^authorization:/i.test(line))
  const all = hasToken ? lines : [...lines, `Authorization: Bearer ${setup.tokens.admin}`]
  const reply = await sendRaw(port, requestText(port, all, body), waitMs)
  assert.equal((await setup.client().status()).name, setup.api.name, 'the server lives')
  return reply
}

/** Waits for what is under way; the runner ends a test that waits for ever. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 5))
}

function codeOf(reply: { readonly body: string }): string {
  return (JSON.parse(reply.body) as { error: { code: string } }).error.code
}

suite('line 1: loopback only, and a socket of the user alone', () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.10', 'example.org', '127.0.0.2', '']) {
    test(`refuses to listen on "${host}"`, async () => {
      await assert.rejects(startTestServer({ http: { host, port: 0 } }), {
        code: 'HTTP_NOT_LOOPBACK',
      })
    })
  }

  test('says that a port is taken', async () => {
    await using setup = await startTestServer()
    const http = { host: '127.0.0.1', port: setup.server.port }
    await assert.rejects(startTestServer({ http }), { code: 'HTTP_PORT_TAKEN' })
  })

  test('puts the socket into a folder that only the user can enter', async () => {
    await using setup = await startTestServer()
    const folder = await stat(join(setup.directory, 'run'))
    assert.equal(folder.mode & 0o777, 0o700)
    assert.equal((await stat(setup.socketPath)).mode & 0o777, 0o600)
  })

  test('refuses a folder for the socket that others can enter', async () => {
    await using setup = await startTestServer()
    const open = join(setup.directory, 'open')
    await mkdir(open, { mode: 0o755 })
    await assert.rejects(startTestServer({ socketPath: join(open, 'peer.sock') }), {
      code: 'HTTP_UNSAFE_PERMISSIONS',
    })
  })

  test('refuses the socket of a peer that answers, and replaces one that does not', async () => {
    await using setup = await startTestServer()
    const { socketPath } = setup
    await assert.rejects(startTestServer({ socketPath }), { code: 'HTTP_PORT_TAKEN' })
    await setup.server.close()
    await writeFile(socketPath, '')
    await using second = await startTestServer({ socketPath })
    const client = createSocketClient({ socketPath, token: second.tokens.read })
    assert.equal((await client.status()).name, 'Ana')
  })
})

test('a path that is too long for a socket is left out, and loopback works', async () => {
  await using setup = await startTestServer({ socketPath: `/tmp/${'x'.repeat(200)}/peer.sock` })
  assert.equal((await setup.client().status()).name, 'Ana')
})

suite('line 2: exact hosts, before routing', () => {
  const FOREIGN = ['evil.example', '127.0.0.1', 'localhost', '127.0.0.1:1', '0.0.0.0:PORT']
  const LOOKALIKE = ['127.0.0.1:PORT.evil.example', 'localhost.:PORT', 'LOCALHOST.evil:PORT', '']
  for (const host of [...FOREIGN, ...LOOKALIKE]) {
    test(`refuses Host "${host}"`, async () => {
      await using setup = await startTestServer()
      const value = host.replace('PORT', String(setup.server.port))
      const reply = await attack(setup, ['GET /api/v1/status HTTP/1.1', `Host: ${value}`])
      assert.equal(reply.status, 421)
      assert.equal(codeOf(reply), 'HOST_REFUSED')
    })
  }

  test('answers by each of its own names', async () => {
    await using setup = await startTestServer()
    for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
      const host = `Host: ${name}:${setup.server.port}`
      assert.equal((await attack(setup, ['GET /api/v1/status HTTP/1.1', host])).status, 200)
    }
  })

  test('refuses a request with two hosts, and one with none', async () => {
    await using setup = await startTestServer()
    const own = `Host: 127.0.0.1:${setup.server.port}`
    const two = await attack(setup, ['GET /api/v1/status HTTP/1.1', own, 'Host: evil.example'])
    assert.equal(two.status, 400)
    const none = await sendRaw(setup.server.port, 'GET /api/v1/status HTTP/1.1\r\n\r\n')
    assert.equal(none.status, 400)
  })

  test('refuses a target in absolute form, whatever its host', async () => {
    await using setup = await startTestServer()
    const { port } = setup.server
    for (const host of ['evil.example', `127.0.0.1:${port}`]) {
      const reply = await attack(setup, [`GET http://${host}/api/v1/status HTTP/1.1`])
      assert.equal(reply.status, 400)
    }
  })

  test('judges an upgrade like any other request, and upgrades nothing', async () => {
    await using setup = await startTestServer()
    const upgrade = ['GET /api/v1/status HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket']
    assert.equal((await attack(setup, [...upgrade, 'Host: evil.example'])).status, 421)
    assert.equal((await attack(setup, [...upgrade, 'Origin: http://evil.example'])).status, 403)
    assert.notEqual((await attack(setup, upgrade)).status, 101)
  })

  test('tunnels nothing', async () => {
    await using setup = await startTestServer()
    const reply = await attack(setup, ['CONNECT 127.0.0.1:22 HTTP/1.1'], '', 1000)
    assert.notEqual(reply.status, 200)
  })
})

suite('line 3: nothing for pages of other origins', () => {
  const ORIGINS = ['http://evil.example', 'null', 'https://127.0.0.1:PORT', 'http://127.0.0.1:1']
  for (const origin of ORIGINS) {
    test(`refuses Origin "${origin}"`, async () => {
      await using setup = await startTestServer()
      const value = origin.replace('PORT', String(setup.server.port))
      const reply = await attack(setup, ['GET /api/v1/status HTTP/1.1', `Origin: ${value}`])
      assert.equal(reply.status, 403)
      assert.equal(codeOf(reply), 'ORIGIN_REFUSED')
      assert.equal(reply.headers.has('access-control-allow-origin'), false)
    })
  }

  test('answers its own origin', async () => {
    await using setup = await startTestServer()
    const origin = `Origin: http://127.0.0.1:${setup.server.port}`
    const lines = ['GET /api/v1/status HTTP/1.1', origin, 'Sec-Fetch-Site: same-origin']
    const reply = await attack(setup, lines)
    assert.equal(reply.status, 200)
    assert.equal(reply.headers.has('access-control-allow-origin'), false)
  })

  test('refuses cross-site and same-site requests for everything but the page', async () => {
    await using setup = await startTestServer({ staticDirectory: await makeBuild() })
    const navigate = 'Sec-Fetch-Mode: navigate'
    for (const site of ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Site: same-site']) {
      assert.equal((await attack(setup, ['GET /api/v1/status HTTP/1.1', site])).status, 403)
      assert.equal(
        (await attack(setup, ['GET /api/v1/status HTTP/1.1', site, navigate])).status,
        403,
      )
      assert.equal(
        (await attack(setup, ['GET /assets/app-12345678.js HTTP/1.1', site])).status,
        403,
      )
      assert.equal((await attack(setup, ['GET / HTTP/1.1', site, navigate])).status, 200)
    }
  })

  test('refuses changes that do not say they are JSON', async () => {
    await using setup = await startTestServer()
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']
    for (const type of [...types, 'text/plain; application/json', 'application/jsonx']) {
      const lines = ['POST /api/v1/spaces HTTP/1.1', `Content-Type: ${type}`, 'Content-Length: 12']
      const reply = await attack(setup, lines, '{"name":"a"}')
      assert.equal(reply.status, 415, type)
    }
    assert.equal((await attack(setup, ['DELETE /api/v1/session HTTP/1.1'])).status, 415)
    assert.deepEqual(await setup.api.spaces(), [])
  })

  test('answers no preflight with permission, and knows no other methods', async () => {
    await using setup = await startTestServer()
    for (const method of ['OPTIONS', 'HEAD', 'PATCH', 'TRACE', 'PROPFIND']) {
      const lines = [`${method} /api/v1/spaces HTTP/1.1`, 'Access-Control-Request-Method: POST']
      const reply = await attack(setup, lines, '', 1000)
      assert.equal(reply.status, 405, method)
      assert.equal(reply.headers.has('access-control-allow-methods'), false)
    }
  })
})

suite('line 4: tokens, codes and scopes', () => {
  const HEADERS = ['', 'Bearer', 'Bearer x', 'Basic dXNlcjpwYXNz', 'bearer TOKEN', 'Bearer TOKEN=']
  test('refuses a request without a known token', async () => {
    await using setup = await startTestServer()
    for (const header of HEADERS) {
      const value = header.replace('TOKEN', setup.tokens.admin)
      const lines = ['GET /api/v1/status HTTP/1.1', `Authorization: ${value}`]
      const reply = await attack(setup, lines)
      assert.equal(reply.status, 401, header)
      assert.equal(codeOf(reply), 'UNAUTHORIZED')
    }
  })

  test('takes no token from the query, a cookie or a second header', async () => {
    await using setup = await startTestServer()
    const { admin } = setup.tokens
    const none = 'Authorization: Bearer x'
    const inQuery = await attack(setup, [`GET /api/v1/status?token=${admin} HTTP/1.1`, none])
    assert.equal(inQuery.status, 401)
    const inCookie = ['GET /api/v1/status HTTP/1.1', none, `Cookie: token=${admin}`]
    assert.equal((await attack(setup, inCookie)).status, 401)
    const second = ['GET /api/v1/status HTTP/1.1', none, `Authorization: Bearer ${admin}`]
    assert.equal((await attack(setup, second)).status, 400)
  })

  test('needs the token on the Unix socket as well', async () => {
    await using setup = await startTestServer()
    const client = createSocketClient({ socketPath: setup.socketPath, token: newToken() })
    await assert.rejects(client.status(), { code: 'UNAUTHORIZED' })
  })

  test('lets a token do what its scope says and no more', async () => {
    await using setup = await startTestServer()
    const { id } = await setup.api.createSpace('Household')
    const [read, write, admin] = [setup.client('read'), setup.client('write'), setup.client()]
    const refused = { code: 'SCOPE_FORBIDDEN', status: 403 }
    assert.equal((await read.spaces()).length, 1)
    await assert.rejects(read.send(id, { text: 'hi' }), refused)
    await assert.rejects(read.recoveryWords(), refused)
    assert.equal((await write.send(id, { text: 'hi' })).text, 'hi')
    await assert.rejects(write.createInvite(id), refused)
    await assert.rejects(write.invites(id), refused)
    await assert.rejects(write.recoveryWords(), refused)
    await assert.rejects(write.createSpace('another'), refused)
    await assert.rejects(write.createLoginCode(), refused)
    await assert.rejects(write.deviceLink(), refused)
    await assert.rejects(write.startLink(), refused)
    await assert.rejects(write.recover('words'), refused)
    await assert.rejects(write.revokeDevice('0'.repeat(64)), refused)
    assert.equal((await admin.recoveryWords()).words.length, 24)
  })

  test('exchanges a login code once', async () => {
    await using setup = await startTestServer()
    const url = new URL(setup.server.createLoginUrl())
    assert.equal(url.search, '', 'the code is in the fragment, which no server sees')
    const code = url.hash.replace('#login=', '')
    const client = setup.client('read')
    const session = await client.login(code)
    assert.equal(session.scope, 'admin')
    assert.equal((await client.recoveryWords()).words.length, 24)
    await assert.rejects(setup.client('read').login(code), { code: 'LOGIN_CODE_REFUSED' })
  })

  test('ends a session on logout, and every session when tokens are rotated', async () => {
    await using setup = await startTestServer()
    const [first, second] = [setup.client('read'), setup.client('read')]
    await first.login(setup.server.createLoginCode())
    const { token } = await second.login(setup.server.createLoginCode('write'))
    await first.logout()
    await assert.rejects(first.status(), { code: 'UNAUTHORIZED' })
    const lines = ['GET /api/v1/status HTTP/1.1', `Authorization: Bearer ${token}`]
    assert.equal((await attack(setup, lines)).status, 200)
    const next = newToken()
    setup.server.setTokens([{ token: next, scope: 'admin' }])
    await assert.rejects(second.status(), { code: 'UNAUTHORIZED' })
    await assert.rejects(setup.client().status(), { code: 'UNAUTHORIZED' })
  })

  test('line 11: sets no cookie and writes no secret into the log', async () => {
    await using setup = await startTestServer({ api: failingApi() })
    const { port } = setup.server
    const lines = [
      'GET /api/v1/status?token=secret-in-query HTTP/1.1',
      `Authorization: Bearer ${setup.tokens.admin}`,
    ]
    const reply = await sendRaw(port, requestText(port, lines))
    assert.equal(reply.status, 500)
    assert.equal(codeOf(reply), 'INTERNAL')
    assert.doesNotMatch(reply.text, /set-cookie|wires crossed/i)
    assert.equal(setup.errors.length, 1)
    assert.match(setup.errors[0]!, /wires crossed/)
    assert.equal(setup.errors[0]!.includes(setup.tokens.admin), false)
    assert.equal(setup.errors[0]!.includes('secret-in-query'), false)
  })
})

suite('line 5: headers of every reply', () => {
  test('sends the content security policy and its companions, on errors too', async () => {
    await using setup = await startTestServer({ staticDirectory: await makeBuild() })
    const targets = [
      '/',
      '/assets/app-12345678.js',
      '/nothing.here',
      '/api/v1/status',
      '/api/v1/no',
    ]
    const replies = [
      ...(await Promise.all(targets.map((path) => attack(setup, [`GET ${path} HTTP/1.1`])))),
      await attack(setup, ['GET / HTTP/1.1', 'Host: evil.example']),
      await sendRaw(setup.server.port, 'garbage\r\n\r\n'),
    ]
    for (const { headers } of replies) {
      assert.equal(headers.get('content-security-policy'), CONTENT_SECURITY_POLICY)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
    }
  })

  test('has the policy of the specification, to the letter', () => {
    const expected =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " +
      "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
      "require-trusted-types-for 'script'"
    assert.equal(CONTENT_SECURITY_POLICY, expected)
  })

  test('serves what people wrote as JSON only, never as a page', async () => {
    await using setup = await startTestServer()
    const { id } = await setup.api.createSpace('Household')
    await setup.api.send(id, { text: '<script>alert(1)</script>' })
    const page = await attack(setup, [`GET /api/v1/spaces/${id}/messages HTTP/1.1`])
    assert.match(page.headers.get('content-type')!, /^application\/json/)
    const saved = await attack(setup, [`GET /api/v1/spaces/${id}/export HTTP/1.1`], '', 500)
    assert.equal(saved.headers.get('content-type'), 'application/jsonl')
    assert.match(saved.headers.get('content-disposition')!, /^attachment/)
  })

  test('serves the files of the build with their types, cached for ever when hashed', async () => {
    await using setup = await startTestServer({ staticDirectory: await makeBuild() })
    const page = await attack(setup, ['GET / HTTP/1.1'])
    assert.equal(page.body, '<!doctype html>')
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
    assert.equal(page.headers.get('cache-control'), 'no-cache')
    const script = await attack(setup, ['GET /assets/app-12345678.js HTTP/1.1'])
    assert.equal(script.headers.get('content-type'), 'text/javascript; charset=utf-8')
    assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    const other = await attack(setup, ['GET /data.bin HTTP/1.1'])
    assert.equal(other.headers.get('content-disposition'), 'attachment')
    assert.equal((await attack(setup, ['GET /spaces/general HTTP/1.1'])).body, '<!doctype html>')
    assert.equal((await attack(setup, ['GET /missing.js HTTP/1.1'])).status, 404)
  })

  test('serves nothing outside the build, however it is asked for', async () => {
    await using setup = await startTestServer({ staticDirectory: await makeBuild() })
    const targets = [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/..%5csecret.txt',
      '/..\\secret.txt',
      '//etc/passwd',
      '/%00/../secret.txt',
      '/assets/%252e%252e/secret.txt',
      '/link.txt',
      '/api/../secret.txt',
      '/./index.html/../../secret.txt',
      '/C:/secret.txt',
      '/secret.txt%00.js',
    ]
    for (const target of targets) {
      const reply = await attack(setup, [`GET ${target} HTTP/1.1`])
      assert.equal(reply.text.includes('the secret'), false, target)
      assert.ok(reply.status === 404 || reply.status === 400, `${target}: ${reply.status}`)
    }
  })
})

suite('line 6: limits', () => {
  test('refuses a body beyond 1 MiB, announced or not', async () => {
    await using setup = await startTestServer()
    const post = ['POST /api/v1/spaces HTTP/1.1', 'Content-Type: application/json']
    const announced = await attack(setup, [...post, 'Content-Length: 1048577'])
    assert.equal(announced.status, 413)
    assert.equal(codeOf(announced), 'BODY_TOO_LARGE')
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const chunked = [...post, 'Transfer-Encoding: chunked']
    const streamed = await attack(setup, chunked, chunk.repeat(17))
    assert.equal(streamed.status, 413)
  })

  test('only what brings a file to import may be as large as the largest file', async () => {
    assert.equal(IMPORT_TEXT_LENGTH_MAX, 4 * Math.ceil(IMPORT_FILE_BYTES_MAX / 3))
    await using setup = await startTestServer()
    const announce = async (target: string, bytes: number) => {
      const lines = [`POST ${target} HTTP/1.1`, 'Content-Type: application/json']
      return await attack(setup, [...lines, `Content-Length: ${bytes}`])
    }
    const imports = `/api/v1/spaces/${'0'.repeat(64)}/ledger/imports`
    for (const target of [imports, `${imports}/preview`]) {
      assert.equal((await announce(target, IMPORT_BODY_BYTES_MAX + 1)).status, 413, target)
    }
    for (const target of [`${imports}/x/undo`, `${imports}/`, `${imports}?a=/preview`]) {
      assert.equal((await announce(target, IMPORT_BODY_BYTES_MAX)).status, 413, target)
    }
    const authorization = `Bearer ${setup.tokens.write}`
    const headers = { authorization, 'content-type': 'application/json' }
    const body = ' '.repeat(2 * BODY_BYTES_MAX)
    const passed = await fetch(`${setup.server.url}${imports}`, { method: 'POST', headers, body })
    assert.notEqual(passed.status, 413)
  })

  test('a body nested half a million deep, or with keys of the language, changes nothing', async () => {
    await using setup = await startTestServer()
    const post = (body: string) => {
      const lines = ['POST /api/v1/spaces HTTP/1.1', 'Content-Type: application/json']
      return attack(setup, [...lines, `Content-Length: ${body.length}`], body)
    }
    const deep = '['.repeat(500_000) + ']'.repeat(500_000)
    assert.equal((await post(deep)).status, 400)
    assert.equal((await post(`{"name":${deep}}`)).status, 400)
    assert.equal((await post('{"__proto__":{"name":"Home"},"constructor":1}')).status, 400)
    assert.deepEqual(await setup.api.spaces(), [])
    assert.equal((await post('{"name":"Home","__proto__":{"role":"x"}}')).status < 500, true)
    assert.equal(({} as { role?: string }).role, undefined)
  })

  test('refuses headers beyond 16 KiB', async () => {
    await using setup = await startTestServer()
    const reply = await attack(setup, ['GET / HTTP/1.1', `X-Long: ${'x'.repeat(17_000)}`])
    assert.equal(reply.status, 431)
    const target = await attack(setup, [`GET /${'x'.repeat(17_000)} HTTP/1.1`])
    assert.equal(target.status, 431)
  })

  const SMUGGLING: Readonly<Record<string, readonly string[]>> = {
    'two lengths': ['Content-Length: 2', 'Content-Length: 3'],
    'a list of lengths': ['Content-Length: 2, 3'],
    'a length and an encoding': ['Content-Length: 2', 'Transfer-Encoding: chunked'],
    'two encodings': ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    'an unknown encoding': ['Transfer-Encoding: xchunked'],
    'an encoding before chunked': ['Transfer-Encoding: gzip, chunked'],
    'chunked twice': ['Transfer-Encoding: chunked, chunked'],
    'a negative length': ['Content-Length: -1'],
    'a length in hex': ['Content-Length: 0x2'],
    'white space before the colon': ['Content-Length : 2'],
    'a folded header': ['X-Fold: a', ' Transfer-Encoding: chunked'],
    'a bare line feed': ['X-A: b\nTransfer-Encoding: chunked'],
    'a compressed body': ['Content-Encoding: gzip', 'Content-Length: 2'],
  }
  for (const [name, headers] of Object.entries(SMUGGLING)) {
    test(`refuses ${name}`, async () => {
      await using setup = await startTestServer()
      const post = ['POST /api/v1/spaces HTTP/1.1', 'Content-Type: application/json', ...headers]
      const reply = await attack(setup, post, '2\r\n{}\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n')
      assert.equal(reply.status, 400)
      assert.deepEqual(await setup.api.spaces(), [])
    })
  }

  test('refuses a body on a read', async () => {
    await using setup = await startTestServer()
    const reply = await attack(setup, ['GET /api/v1/status HTTP/1.1', 'Content-Length: 2'], '{}')
    assert.equal(reply.status, 400)
  })

  test('gives up on headers and bodies that come too slowly', async () => {
    const timeouts = { headersMs: 200, requestMs: 400, idleMs: 1000 }
    await using setup = await startTestServer({ timeouts })
    const { port } = setup.server
    const slowHeaders = await sendRaw(port, 'GET /api/v1/status HTTP/1.1\r\nHost: 127')
    assert.equal(slowHeaders.status, 408)
    const post = ['POST /api/v1/spaces HTTP/1.1', 'Content-Type: application/json']
    const slowBody = await attack(setup, [...post, 'Content-Length: 20'], '{"name"')
    assert.equal(slowBody.status, 408)
  })

  test('holds at most 100 connections, and answers again when they are gone', async () => {
    await using setup = await startTestServer()
    const sockets = Array.from({ length: 130 }, () => {
      const socket = connect(setup.server.port, '127.0.0.1')
      return socket.on('error', () => {})
    })
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    const refused = (): number => sockets.filter((socket) => socket.closed).length
    await until(() => refused() >= 30)
    assert.equal(refused(), 30)
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal((await setup.client().status()).name, 'Ana')
  })
})

suite('line 10: the server fetches nothing', () => {
  test('no part of it opens a connection, whatever it was told', async () => {
    const root = new URL('../src/', import.meta.url)
    const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.ts'))
    const clients = new Set(['client.ts', join('node', 'socket-client.ts')])
    const asks = new Set(['client.ts', join('node', 'socket-client.ts'), join('node', 'listen.ts')])
    for (const file of files) {
      const text = await readFile(new URL(file, root), 'utf8')
      if (!clients.has(file)) assert.doesNotMatch(text, /globalThis\.fetch|(?<![.\w])fetch\(/, file)
      if (!asks.has(file))
        assert.doesNotMatch(text, /createConnection|httpRequest|net\.connect/, file)
    }
    assert.ok(files.length > 15)
  })
})

suite('a flood', () => {
  test('of garbage, half requests and broken connections leaves the server alive', async () => {
    await using setup = await startTestServer({ timeouts: { headersMs: 500, requestMs: 500 } })
    const { port } = setup.server
    const noise = Array.from({ length: 60 }, (_, seed) => garbage(seed))
    await Promise.all(noise.map((bytes) => sendRaw(port, bytes, 300)))
    assert.equal((await setup.client().status()).name, 'Ana')
    assert.deepEqual(setup.errors, [])
  })

  test('of pipelined requests is answered in order', async () => {
    await using setup = await startTestServer()
    const { port } = setup.server
    const lines = ['GET /api/v1/status HTTP/1.1', `Authorization: Bearer ${setup.tokens.read}`]
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(requestText(port, lines).repeat(3))
    socket.write(
      requestText(port, ['GET /api/v1/nothing HTTP/1.1', lines[1]!, 'Connection: close']),
    )
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    await once(socket, 'close')
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => match[1])
    assert.deepEqual(statuses, ['200', '200', '200', '404'])
  })

  test('closing waits for a request under way and refuses new ones', async () => {
    await using setup = await startTestServer()
    const { port } = setup.server
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const body = '{"name":"late"}'
    const post = [
      'POST /api/v1/spaces HTTP/1.1',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      `Authorization: Bearer ${setup.tokens.admin}`,
    ]
    socket.write(requestText(port, post, body.slice(0, 5)))
    await new Promise((resolve) => setTimeout(resolve, 50))
    const closed = setup.server.close()
    socket.write(body.slice(5))
    assert.match(await readReply(socket, 2000), /^HTTP\/1\.1 200/)
    await closed
    await assert.rejects(setup.client().status(), { code: 'PEER_UNREACHABLE' })
  })
})

function failingApi(): TestServer['api'] {
  return {
    status: () => Promise.reject(new TypeError('wires crossed')),
  } as unknown as TestServer['api']
}

/** A build like Vite's, beside a file and a link that are none of its business. */
async function makeBuild(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'hamlet-build-'))
  builds.push(root)
  const build = join(root, 'dist')
  await mkdir(join(build, 'assets'), { recursive: true })
  await writeFile(join(root, 'secret.txt'), 'the secret')
  await writeFile(join(build, 'index.html'), '<!doctype html>')
  await writeFile(join(build, 'data.bin'), 'bytes')
  await writeFile(join(build, 'assets', 'app-12345678.js'), 'export {}')
  await symlink(join(root, 'secret.txt'), join(build, 'link.txt'))
  return build
}
