/**
 * Files of shares as HTTP has them, as bytes on a socket: ranges, conditions, types, tickets, back-pressure, and what
 * a slow, broken or hostile client can do with bodies that have no limit.
 */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { REQUEST_BURST_MAX, TICKET_IDLE_MS_MAX, TICKET_MS_MAX, TICKETS_MAX } from '../src/limits.ts'
import { TicketBook } from '../src/node/ticket-book.ts'
import { readReply, requestText, sendRaw } from './_raw.ts'
import type { RawReply } from './_raw.ts'
import { newToken, startTestServer, SteppedClock } from './_server.ts'
import type { TestServer } from './_server.ts'

const TEXT = 'Milk is out. Bread too.'
const CLOSE = 'Connection: close'

async function* pieces(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield typeof text === 'string' ? Buffer.from(text) : text
}

async function shareFiles(
  setup: TestServer,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const { id } = await setup.api.startUpload({ name: 'Files', isFolder: true })
  for (const [path, content] of Object.entries(files)) {
    await setup.api.putFile(id, path, pieces(content))
  }
  return (await setup.api.finishUpload(id)).id
}

function authorization(setup: TestServer): string {
  return `Authorization: Bearer ${setup.tokens.admin}`
}

/** GET or HEAD of a file of the share, with the token. */
function get(
  setup: TestServer,
  share: string,
  path: string,
  lines: readonly string[] = [],
  method = 'GET',
): Promise<RawReply> {
  const target = `/api/v1/shares/${share}/content?path=${encodeURIComponent(path)}`
  const head = [`${method} ${target} HTTP/1.1`, authorization(setup), CLOSE, ...lines]
  return sendRaw(setup.server.port, requestText(setup.server.port, head))
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await delay(5)
}

suite('a file is read', () => {
  test('whole, in part, and not at all', async () => {
    await using setup = await startTestServer()
    const share = await shareFiles(setup, { 'a.txt': TEXT, empty: '' })
    const whole = await get(setup, share, 'a.txt')
    assert.deepEqual([whole.status, whole.body], [200, TEXT])
    assert.equal(whole.headers.get('accept-ranges'), 'bytes')
    assert.equal(whole.headers.get('content-length'), '23')
    const part = await get(setup, share, 'a.txt', ['Range: bytes=5-6'])
    assert.deepEqual([part.status, part.body], [206, 'is'])
    assert.equal(part.headers.get('content-range'), 'bytes 5-6/23')
    const end = await get(setup, share, 'a.txt', ['Range: bytes=-4'])
    assert.deepEqual([end.status, end.body], [206, 'too.'])
    const beyond = await get(setup, share, 'a.txt', ['Range: bytes=23-'])
    assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, 'bytes */23'])
    assert.match(beyond.body, /"RANGE_REFUSED"/)
    const two = await get(setup, share, 'a.txt', ['Range: bytes=0-1,3-4'])
    assert.deepEqual([two.status, two.body], [200, TEXT])
    const empty = await get(setup, share, 'empty')
    assert.deepEqual(
      [empty.status, empty.body, empty.headers.get('content-length')],
      [200, '', '0'],
    )
    assert.equal((await get(setup, share, 'empty', ['Range: bytes=0-'])).status, 416)
    assert.equal((await get(setup, share, 'nothing')).status, 404)
  })

  test('by HEAD as by GET, without its bytes; nothing else is asked by HEAD', async () => {
    await using setup = await startTestServer()
    const share = await shareFiles(setup, { 'a.txt': TEXT })
    const head = await get(setup, share, 'a.txt', ['Range: bytes=5-6'], 'HEAD')
    assert.deepEqual([head.status, head.body], [206, ''])
    assert.equal(head.headers.get('content-length'), '2')
    assert.equal(setup.api.reading, 0)
    const lines = ['HEAD /api/v1/status HTTP/1.1', authorization(setup), CLOSE]
    const other = await sendRaw(setup.server.port, requestText(setup.server.port, lines))
    assert.equal(other.status, 405)
  })

  test('again only when it changed, and in part only when it did not', async () => {
    await using setup = await startTestServer()
    const share = await shareFiles(setup, { 'a.txt': TEXT })
    const { blob } = await setup.api.sharedFile(share, 'a.txt')
    const etag = (await get(setup, share, 'a.txt')).headers.get('etag')!
    assert.equal(etag, `"${blob}"`)
    const same = await get(setup, share, 'a.txt', [`If-None-Match: "x", W/${etag}`])
    assert.deepEqual([same.status, same.body], [304, ''])
    assert.equal((await get(setup, share, 'a.txt', ['If-None-Match: "x"'])).status, 200)
    const range = 'Range: bytes=0-1'
    assert.equal((await get(setup, share, 'a.txt', [range, `If-Range: ${etag}`])).status, 206)
    assert.equal((await get(setup, share, 'a.txt', [range, 'If-Range: "x"'])).status, 200)
  })

  test('under a type that runs nothing, with a policy that would not let it', async () => {
    await using setup = await startTestServer()
    const script = '<script>alert(1)</script>'
    const names = ['a.png', 'a.mp4', 'a.txt', 'a.pdf', 'a.html', 'a.svg', 'a.xml', 'a']
    const share = await shareFiles(setup, Object.fromEntries(names.map((name) => [name, script])))
    const told = await Promise.all(
      names.map(async (name) => {
        const { headers } = await get(setup, share, name)
        assert.equal(headers.get('x-content-type-options'), 'nosniff', name)
        assert.match(headers.get('content-security-policy')!, /^default-src 'none'; .*; sandbox$/)
        const [disposition] = headers.get('content-disposition')!.split(';')
        return `${headers.get('content-type')} ${disposition}`
      }),
    )
    const saved = 'application/octet-stream attachment'
    assert.deepEqual(told, [
      'image/png inline',
      'video/mp4 inline',
      'text/plain; charset=utf-8 inline',
      'application/pdf attachment',
      ...[saved, saved, saved, saved],
    ])
  })

  test('under its name, whatever is in it', async () => {
    await using setup = await startTestServer()
    const name = 'Ärger "x"\r\nSet-Cookie: a=b; (1)*\'.txt'
    const share = await shareFiles(setup, { [`deep/${name}`]: TEXT })
    const { headers } = await get(setup, share, `deep/${name}`)
    const plain = `filename="_rger _x___Set-Cookie_ a_b_ (1)__.txt"`
    const full =
      "filename*=UTF-8''%C3%84rger%20%22x%22%0D%0ASet-Cookie%3A%20a%3Db%3B%20%281%29%2A%27.txt"
    assert.equal(headers.get('content-disposition'), `inline; ${plain}; ${full}`)
    assert.equal(headers.get('set-cookie'), undefined)
  })

  test('as fast as the reader takes it, and no further when the reader goes', async () => {
    await using setup = await startTestServer()
    const share = await shareFiles(setup, { big: new Uint8Array(64 * 1024 * 1024) })
    const { port } = setup.server
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const target = `GET /api/v1/shares/${share}/content?path=big HTTP/1.1`
    socket.write(requestText(port, [target, authorization(setup)]))
    await once(socket, 'data')
    socket.pause()
    await delay(50)
    assert.equal(setup.api.reading, 1)
    assert.ok(setup.api.readBytes < 16 * 1024 * 1024, `${setup.api.readBytes} bytes were read`)
    socket.destroy()
    await until(() => setup.api.reading === 0)
    assert.ok(setup.api.readBytes < 16 * 1024 * 1024)
  })

  test('or not: why it cannot be read is said, and a file that breaks off later is cut', async () => {
    await using setup = await startTestServer()
    const share = await shareFiles(setup, { 'a.txt': TEXT, big: new Uint8Array(1_000_000) })
    setup.api.failReads = { code: 'BLOB_MISSING', afterBytes: 0 }
    const refused = await get(setup, share, 'a.txt')
    assert.match(refused.body, /"BLOB_MISSING"/)
    setup.api.failReads = { code: 'BLOB_MISSING', afterBytes: 500_000 }
    const cut = await get(setup, share, 'big')
    assert.equal(cut.headers.get('content-length'), '1000000')
    assert.ok(cut.body.length < 1_000_000)
    setup.api.failReads = undefined
    assert.equal((await setup.client().status()).name, 'Ana')
  })
})

suite('a ticket', () => {
  test('gives one file by GET and HEAD without a token, and nothing else', async () => {
    await using setup = await startTestServer()
    const share = await shareFiles(setup, { 'a.mp4': TEXT, 'b.mp4': 'secret' })
    const { path, expiresAtMs } = await setup.client('read').createFileTicket(share, 'a.mp4')
    assert.match(path, /^\/api\/v1\/tickets\/[A-Za-z0-9_-]{43}$/)
    assert.ok(expiresAtMs > Date.now())
    const ask = (lines: readonly string[]) =>
      sendRaw(setup.server.port, requestText(setup.server.port, [...lines, CLOSE]))
    const page = ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Dest: video']
    const part = await ask([`GET ${path} HTTP/1.1`, 'Range: bytes=0-3', ...page])
    assert.deepEqual([part.status, part.body], [206, 'Milk'])
    assert.equal(part.headers.get('content-type'), 'video/mp4')
    assert.equal((await ask([`HEAD ${path} HTTP/1.1`])).status, 200)
    const saved = await ask([`GET ${path}?download=true HTTP/1.1`])
    assert.match(saved.headers.get('content-disposition')!, /^attachment/)
    assert.equal((await ask([`GET ${path}?path=b.mp4 HTTP/1.1`])).status, 400)
    assert.equal((await ask([`GET ${path.slice(0, -1)}- HTTP/1.1`])).status, 401)
    assert.equal(
      (await ask([`DELETE ${path} HTTP/1.1`, 'Content-Type: application/json'])).status,
      401,
    )
    const bearer = `Authorization: Bearer ${path.split('/').at(-1)}`
    assert.equal((await ask([`GET /api/v1/status HTTP/1.1`, bearer])).status, 401)
    const foreign = [`GET ${path} HTTP/1.1`, 'Sec-Fetch-Site: cross-site']
    assert.equal((await ask(foreign)).status, 403)
    await assert.rejects(setup.client().createFileTicket(share, 'c.mp4'), {
      code: 'FILE_NOT_FOUND',
    })
  })

  test('ends with the token that asked for it', async () => {
    await using setup = await startTestServer()
    const share = await shareFiles(setup, { 'a.png': TEXT })
    const { path } = await setup.client().createFileTicket(share, 'a.png')
    const url = setup.server.url + path
    assert.equal(await (await fetch(url)).text(), TEXT)
    setup.server.setTokens([{ token: newToken(), scope: 'admin' }])
    assert.equal((await fetch(url)).status, 401)
  })

  test('ends some time after it was last used, and at the end of its life', () => {
    const clock = new SteppedClock()
    const book = new TicketBook(clock, countingRandom(), () => true)
    const caller = { scope: 'read' } as const
    const { secret } = book.create({ share: 's', path: 'p' }, caller)
    for (let ms = 0; ms + TICKET_IDLE_MS_MAX < TICKET_MS_MAX; ms += TICKET_IDLE_MS_MAX - 1) {
      assert.deepEqual(book.find(secret), { share: 's', path: 'p' })
      clock.advance(TICKET_IDLE_MS_MAX - 1)
    }
    clock.advance(TICKET_IDLE_MS_MAX - 1)
    assert.equal(book.find(secret), undefined, 'after a life of use')
    const unused = book.create({ share: 's', path: 'p' }, caller)
    clock.advance(TICKET_IDLE_MS_MAX)
    assert.equal(book.find(unused.secret), undefined)
  })

  test('gives way when there are too many, the oldest first', () => {
    const book = new TicketBook(new SteppedClock(), countingRandom(), () => true)
    const create = () => book.create({ share: 's', path: 'p' }, { scope: 'read' }).secret
    const secrets = Array.from({ length: TICKETS_MAX + 1 }, create)
    assert.equal(book.find(secrets[0]!), undefined)
    assert.ok(book.find(secrets[1]!) !== undefined && book.find(secrets.at(-1)!) !== undefined)
  })
})

suite('an upload', () => {
  test('may be larger than any other body, and is taken as it comes', async () => {
    await using setup = await startTestServer()
    const upload = await begin(setup)
    const body = new Uint8Array(5 * 1024 * 1024).fill(97)
    const content = async function* (): AsyncGenerator<Uint8Array> {
      yield body
    }
    const { totalBytes } = await setup.client('write').putFile(upload, 'a', content())
    assert.equal(totalBytes, body.length)
  })

  test('says that it is a file, and changes nothing else by saying so', async () => {
    await using setup = await startTestServer()
    const upload = await begin(setup)
    const { port } = setup.server
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      const lines = put(setup, upload, `Content-Type: ${type}`, 'Content-Length: 1', CLOSE)
      assert.equal((await sendRaw(port, requestText(port, lines, 'x'))).status, 415, type)
    }
    const other = ['POST /api/v1/spaces HTTP/1.1', authorization(setup), CLOSE]
    const file = ['Content-Type: application/octet-stream', 'Content-Length: 14']
    const json = '{"name":"Home"}'
    assert.equal((await sendRaw(port, requestText(port, [...other, ...file], json))).status, 415)
  })

  test('needs a token before a byte of it is read', async () => {
    await using setup = await startTestServer()
    const upload = await begin(setup)
    const { port } = setup.server
    const lines = put(setup, upload, 'Content-Length: 1000000000').filter(
      (line) => !line.startsWith('Authorization'),
    )
    assert.equal((await sendRaw(port, requestText(port, lines))).status, 401)
  })

  test('that breaks off leaves nothing, by length and in chunks', async () => {
    await using setup = await startTestServer()
    const upload = await begin(setup)
    for (const framing of ['Content-Length: 100', 'Transfer-Encoding: chunked']) {
      const socket = await open(setup)
      const body = framing.startsWith('Content') ? 'half' : '4\r\nhalf\r\n'
      socket.write(requestText(setup.server.port, put(setup, upload, framing), body))
      await until(() => setup.api.receiving === 1)
      socket.destroy()
      await until(() => setup.api.receiving === 0)
    }
    const { totalBytes } = await setup.api.putFile(upload, 'a', pieces('whole'))
    assert.equal(totalBytes, 5)
    assert.deepEqual(setup.errors, [])
  })

  test('takes its time, as long as something comes', async () => {
    const timeouts = { headersMs: 150, requestMs: 200, idleMs: 200, uploadIdleMs: 700 }
    await using setup = await startTestServer({ timeouts })
    const upload = await begin(setup)
    const socket = await open(setup)
    const lines = put(setup, upload, 'Content-Length: 8')
    socket.write(requestText(setup.server.port, lines, '1'))
    // The server looks for requests that take too long once a second at most, here every 150 ms.
    for (const digit of ['2', '3', '4', '5', '6', '7']) {
      await delay(100)
      socket.write(digit)
    }
    // Longer than any other connection may stay silent: the sender was asleep.
    await delay(450)
    socket.write('8')
    assert.match(await readReply(socket, 2000), /^HTTP\/1\.1 200/)
    const silent = await open(setup)
    const again = lines.map((line) => line.replace('path=a', 'path=b'))
    silent.write(requestText(setup.server.port, again, '1'))
    await once(silent, 'close')
    assert.deepEqual((await setup.api.putFile(upload, 'b', pieces('b'))).totalBytes, 9)
  })

  test('is waited for until it is durable, however long the disk takes', async () => {
    await using setup = await startTestServer({ timeouts: { idleMs: 300 } })
    const upload = await begin(setup)
    const keep = setup.api.putFile.bind(setup.api)
    setup.api.putFile = async (...file: Parameters<typeof keep>) => {
      const kept = await keep(...file)
      await delay(700)
      return kept
    }
    const socket = await open(setup)
    const lines = put(setup, upload, 'Content-Length: 3')
    socket.write(requestText(setup.server.port, lines, 'abc'))
    assert.match(await readReply(socket, 3000), /^HTTP\/1\.1 200/)
    socket.destroy()
  })

  test('is refused with the reason and without an end to the other requests', async () => {
    await using setup = await startTestServer()
    const { port } = setup.server
    const lines = put(setup, 'f'.repeat(64), 'Content-Length: 3', CLOSE)
    const unknown = await sendRaw(port, requestText(port, lines, 'abc'))
    assert.deepEqual([unknown.status, /"UPLOAD_NOT_FOUND"/.test(unknown.body)], [404, true])
    const upload = await begin(setup)
    const twice = put(setup, upload, 'Content-Length: 3', CLOSE)
    assert.equal((await sendRaw(port, requestText(port, twice, 'abc'))).status, 200)
    assert.equal((await sendRaw(port, requestText(port, twice, 'abc'))).status, 409)
    const encoded = put(setup, upload, 'Content-Length: 3', 'Content-Encoding: gzip', CLOSE)
    assert.equal((await sendRaw(port, requestText(port, encoded, 'abc'))).status, 400)
  })

  test('of many small files is not held to the rate of other requests', async () => {
    await using setup = await startTestServer({ clock: new SteppedClock() })
    const upload = await begin(setup)
    const client = setup.client('write')
    for (let file = 0; file <= REQUEST_BURST_MAX; file++) {
      await client.putFile(upload, String(file), pieces('x'))
    }
    const { totalBytes } = await client.putFile(upload, 'last', pieces('x'))
    assert.equal(totalBytes, REQUEST_BURST_MAX + 2)
  })
})

/** An upload of one file. */
async function begin(setup: TestServer): Promise<string> {
  return (await setup.api.startUpload({ name: 'a', isFolder: false })).id
}

function put(setup: TestServer, upload: string, ...lines: readonly string[]): readonly string[] {
  const hasType = lines.some((line) => /^content-type/i.test(line))
  return [
    `PUT /api/v1/uploads/${upload}/content?path=a HTTP/1.1`,
    authorization(setup),
    ...(hasType ? [] : ['Content-Type: application/octet-stream']),
    ...lines,
  ]
}

async function open(setup: TestServer): Promise<Socket> {
  const socket = connect(setup.server.port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Other bytes each time. */
function countingRandom(): { bytes(count: number): Uint8Array<ArrayBuffer> } {
  let calls = 0
  return {
    bytes(count) {
      const bytes = new Uint8Array(count)
      new DataView(bytes.buffer).setUint32(0, ++calls)
      return bytes
    },
  }
}
