/** What the client makes of replies that are not what they should be. */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { createHttpClient } from '../src/client.ts'
import type { FetchFunction } from '../src/client.ts'

function clientOf(fetch: FetchFunction) {
  return createHttpClient({ baseUrl: 'http://localhost/', token: 'T', fetch, timeoutMs: 200 })
}

test('nothing listening is PEER_UNREACHABLE', async () => {
  const client = clientOf(() => Promise.reject(new TypeError('fetch failed')))
  await assert.rejects(client.status(), { code: 'PEER_UNREACHABLE', status: 0 })
})

test('a server that never answers is given up', async () => {
  const client = clientOf(
    (_, init) =>
      new Promise((_resolve, reject) => {
        init.signal!.addEventListener('abort', () => reject(init.signal!.reason as Error))
      }),
  )
  // The timer of AbortSignal.timeout does not keep a process alive.
  const keepAlive = setInterval(() => {}, 50)
  await assert.rejects(client.status(), { code: 'PEER_UNREACHABLE' })
  clearInterval(keepAlive)
})

const NOT_OURS: readonly (readonly [string, number])[] = [
  ['<html>', 200],
  ['<html>', 502],
  ['{}', 400],
  ['{"error":null}', 404],
  ['{"error":{"code":7,"message":"x"}}', 500],
]
for (const [body, status] of NOT_OURS) {
  test(`${status} ${body} is BAD_REPLY`, async () => {
    const client = clientOf(() => Promise.resolve(new Response(body, { status })))
    await assert.rejects(client.status(), { code: 'BAD_REPLY' })
  })
}

test('an error keeps code, words, status and facts', async () => {
  const body = JSON.stringify({ error: { code: 'X_Y', message: 'words', fields: { limit: 3 } } })
  const client = clientOf(() => Promise.resolve(new Response(body, { status: 409 })))
  const expected = { code: 'X_Y', message: 'words', status: 409, fields: { limit: 3 } }
  await assert.rejects(client.status(), expected)
})

test('ids and emoji cannot change the route', async () => {
  const urls: string[] = []
  const client = clientOf((url) => {
    urls.push(url)
    return Promise.resolve(new Response('{}'))
  })
  await client.space('../name')
  await client.react('s', 'm', '../../x?y#z', true)
  assert.deepEqual(urls, [
    'http://localhost/api/v1/spaces/..%2Fname',
    'http://localhost/api/v1/spaces/s/messages/m/reactions/..%2F..%2Fx%3Fy%23z',
  ])
})

test('an export that breaks off is an error, not an end', async () => {
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode('{"a":1}\n{"b"'))
      controller.error(new Error('connection lost'))
    },
  })
  const client = clientOf(() => Promise.resolve(new Response(body)))
  await assert.rejects(collect(client.exportMessages('s')), { code: 'BAD_REPLY' })
})

test('the client stands on the core package alone', async () => {
  const seen = new Set<string>()
  const outside = new Set<string>()
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return
    seen.add(file)
    const text = await readFile(new URL(`../src/${file}`, import.meta.url), 'utf8')
    for (const [, name] of text.matchAll(/^(?:import|export) (?!type).*?from '([^']+)'/gm)) {
      if (name!.startsWith('./')) await visit(name!.slice(2))
      else outside.add(name!)
    }
  }
  await visit('index.ts')
  assert.ok(seen.has('client.ts'))
  assert.deepEqual([...outside], ['@hamlet/core'])
})

async function collect(lines: AsyncIterable<string>): Promise<readonly string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}
