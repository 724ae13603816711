/** The event stream: delivery, slow readers, reconnection, and who cleans up. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { decodeUtf8 } from '@hamlet/core'

import { createHttpClient } from '../src/client.ts'
import { createEventStream } from '../src/event-stream.ts'
import type { HamletEvent } from '../src/hamlet-api.ts'
import { EVENTS_QUEUED_MAX } from '../src/limits.ts'
import { createSocketClient } from '../src/node/socket-client.ts'
import { requestText } from './_raw.ts'
import { startTestServer, SteppedClock, systemClock } from './_server.ts'

for (const over of ['loopback', 'a Unix socket']) {
  test(`events arrive over ${over}, after a first resync, until aborted`, async () => {
    await using setup = await startTestServer()
    const client =
      over === 'loopback'
        ? setup.client('read')
        : createSocketClient({ socketPath: setup.socketPath, token: setup.tokens.read })
    const { id } = await setup.api.createSpace('Household')
    const abort = new AbortController()
    const events = client.events({ signal: abort.signal })[Symbol.asyncIterator]()
    assert.deepEqual((await events.next()).value, { type: 'resync' })
    const sent = await setup.api.send(id, { text: 'hällo\n\ndata: x' })
    const { value } = await events.next()
    assert.ok(value?.type === 'messages')
    assert.deepEqual(value.messages, [await setup.api.message(id, sent.id)].map(summaryOf))
    await setup.api.setName('Anna')
    assert.deepEqual((await events.next()).value, { type: 'status' })
    const ended = events.next()
    abort.abort()
    assert.equal((await ended).done, true)
    await until(() => setup.api.listeners === 0)
  })
}

test('the client reconnects after the server was away, with a resync', async () => {
  const first = await startTestServer()
  const { port } = first.server
  const token = first.tokens.read
  const client = createHttpClient({ baseUrl: first.server.url, token })
  const abort = new AbortController()
  const events = client.events({ signal: abort.signal })[Symbol.asyncIterator]()
  assert.deepEqual((await events.next()).value, { type: 'resync' })
  const again = events.next()
  await first[Symbol.asyncDispose]()
  await using second = await startTestServer({
    http: { host: '127.0.0.1', port },
    tokens: [{ token, scope: 'read' }],
  })
  assert.deepEqual((await again).value, { type: 'resync' })
  const next = events.next()
  await until(() => second.api.listeners === 1)
  await second.api.setName('Anna')
  assert.deepEqual((await next).value, { type: 'status' })
  abort.abort()
  await events.return?.(undefined)
})

test('a token that is refused ends the stream with its error', async () => {
  await using setup = await startTestServer()
  const client = createHttpClient({ baseUrl: setup.server.url, token: 'wrong' })
  const events = client.events()[Symbol.asyncIterator]()
  await assert.rejects(events.next(), { code: 'UNAUTHORIZED' })
})

test('closing the server ends the streams at once', async () => {
  // Its clock stands still: nothing that is ended after a time ends.
  await using setup = await startTestServer({ clock: new SteppedClock() })
  const events = setup.client().events()[Symbol.asyncIterator]()
  await events.next()
  await setup.server.close()
  assert.equal(setup.api.listeners, 0)
  void events.return?.(undefined)
})

test('a silent stream carries a comment now and then', async () => {
  await using setup = await startTestServer({ timeouts: { heartbeatMs: 20 } })
  const text = await readSome(setup.server.port, setup.tokens.read, 200)
  assert.ok((text.match(/^:$/gm) ?? []).length >= 3, text)
})

test('a listener that breaks the connection is forgotten', async () => {
  await using setup = await startTestServer()
  await readSome(setup.server.port, setup.tokens.read, 50)
  await until(() => setup.api.listeners === 0)
})

test('a reader that is too slow loses its queue and is told to resync', async (context) => {
  const source = createSource()
  const abort = new AbortController()
  context.after(() => abort.abort())
  let dropped = 0
  const stream = createEventStream({
    clock: systemClock,
    subscribe: source.subscribe,
    signal: abort.signal,
    onDropped: () => dropped++,
    onFailed: (error) => assert.fail(String(error)),
  })
  for (let i = 0; i < EVENTS_QUEUED_MAX * 3; i++) source.emit({ type: 'status' })
  await until(() => source.taken === EVENTS_QUEUED_MAX * 3)
  assert.ok(dropped >= 2)
  const events = await readEvents(stream, 1)
  assert.deepEqual(events[0], { type: 'resync' })
  assert.ok(source.isAborted())
})

test('the bytes that wait for a slow reader are bounded as well', async (context) => {
  const source = createSource()
  const abort = new AbortController()
  context.after(() => abort.abort())
  let dropped = 0
  const stream = createEventStream({
    clock: systemClock,
    subscribe: source.subscribe,
    signal: abort.signal,
    onDropped: () => dropped++,
    onFailed: (error) => assert.fail(String(error)),
  })
  const large: HamletEvent = { type: 'space', space: 'x'.repeat(100_000) }
  for (let i = 0; i < 25; i++) source.emit(large)
  await until(() => source.taken === 25)
  assert.equal(dropped, 2)
  const events = await readEvents(stream, 3)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['resync', 'space', 'space'],
  )
})

test('a listener on a real connection that stops reading is told to resync', async () => {
  await using setup = await startTestServer()
  const { id } = await setup.api.createSpace('Household')
  const socket = connect(setup.server.port, '127.0.0.1')
  await once(socket, 'connect')
  const lines = ['GET /api/v1/events HTTP/1.1', `Authorization: Bearer ${setup.tokens.read}`]
  socket.write(requestText(setup.server.port, lines))
  await once(socket, 'data')
  socket.pause()
  await until(() => setup.api.listeners === 1)
  for (let i = 0; i < 2000; i++) await setup.api.send(id, { text: 'x'.repeat(8000) })
  const last = await setup.api.send(id, { text: 'the last' })
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.resume()
  await until(() => text.includes(last.id) || text.endsWith('"resync"}\n\n\r\n'), 5000)
  assert.ok(text.includes('"type":"resync"'), 'the listener was told')
  assert.ok(text.length < 2000 * 8000, `${text.length} characters were kept for it`)
  socket.destroy()
})

interface Source {
  readonly taken: number
  readonly subscribe: (signal: AbortSignal) => AsyncIterable<HamletEvent>
  emit(event: HamletEvent): void
  isAborted(): boolean
}

/** Events that are taken as fast as the stream under test pumps. */
function createSource(): Source {
  const queue: HamletEvent[] = []
  let taken = 0
  let aborted = false
  let wake: (() => void) | undefined
  return {
    get taken() {
      return taken
    },
    async *subscribe(signal) {
      signal.addEventListener('abort', () => {
        aborted = true
        wake?.()
      })
      for (;;) {
        if (aborted) return
        const event = queue.shift()
        if (event === undefined) await new Promise<void>((resolve) => (wake = resolve))
        else {
          taken++
          yield event
        }
      }
    },
    emit(event) {
      queue.push(event)
      wake?.()
    },
    isAborted: () => aborted,
  }
}

async function readEvents(
  stream: ReadableStream<Uint8Array>,
  count: number,
): Promise<HamletEvent[]> {
  const reader = stream.getReader()
  const events: HamletEvent[] = []
  while (events.length < count) {
    const { value } = await reader.read()
    events.push(JSON.parse(decodeUtf8(value!)!.replace('data: ', '')) as HamletEvent)
  }
  await reader.cancel()
  return events
}

async function readSome(port: number, token: string, forMs: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(requestText(port, ['GET /api/v1/events HTTP/1.1', `Authorization: Bearer ${token}`]))
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  await new Promise((resolve) => setTimeout(resolve, forMs))
  socket.destroy()
  return text
}

async function until(condition: () => boolean, waitMs = 3000): Promise<void> {
  const endMs = performance.now() + waitMs
  while (!condition()) {
    assert.ok(performance.now() < endMs, 'waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function summaryOf(detail: object): object {
  const { versions, holders, readers, entry, ...message } = detail as Record<string, unknown>
  assert.ok(versions && holders && readers && entry)
  return message
}
