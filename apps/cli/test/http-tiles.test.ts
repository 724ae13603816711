/** A published log on a web server, honest and otherwise. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { createHttpTiles } from '../src/http-tiles.ts'
import { runCli } from './_cli.ts'

const data = await mkdtemp(join(tmpdir(), 'hamlet-http-tiles-'))
after(() => rm(data, { recursive: true }))
const www = join(data, 'www')
const run = (...argv: string[]): ReturnType<typeof runCli> =>
  runCli(['log', ...argv, '--data', data], { stdin: 'x\n'.repeat(600) })
const { key } = JSON.parse((await run('create', 'diary', '--json')).stdout) as { key: string }
await run('append', 'diary', '--lines')
await run('publish', 'diary', www)

interface TestSite extends AsyncDisposable {
  readonly url: string
  readonly asked: readonly string[]
}

async function serve(listener: RequestListener): Promise<TestSite> {
  const asked: string[] = []
  const server: Server = createServer((request, reply) => {
    asked.push(request.url!)
    listener(request, reply)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const files: RequestListener = (request, reply) => {
  const path = join(www, new URL(request.url!, 'http://x').pathname.replace('/log/', ''))
  readFile(path).then(
    (bytes) => reply.end(bytes),
    () => reply.writeHead(404).end(),
  )
}

test('a log is verified where any web server hands it out', async () => {
  await using site = await serve(files)
  for (const address of [`${site.url}/log`, `${site.url}/log/`]) {
    const result = await run('verify', address, key)
    assert.equal(result.stdout, 'Sound: 600 entries, 600 B, all of them signed.\n')
  }
  assert.ok(site.asked.includes('/log/tile/entries/002.p/88'))
})

test('a file that is not there is missing, whatever else the server says is an error', async () => {
  await using gone = await serve((request, reply) =>
    request.url!.endsWith('tile/0/001') ? void reply.writeHead(410).end() : files(request, reply),
  )
  const missing = await run('verify', `${gone.url}/log`, key)
  assert.equal(missing.code, 1)
  assert.match(missing.stdout, /^tile\/0\/001 {2}missing/m)
  await using broken = await serve((_, reply) => void reply.writeHead(500).end())
  const failed = await run('verify', broken.url, key)
  assert.deepEqual([failed.code, failed.stdout], [1, ''])
  assert.match(failed.stderr, /cannot read .*\/checkpoint: the server answered 500/i)
})

const HOSTILE: readonly [string, RequestListener, RegExp][] = [
  [
    'sends without end',
    (_, reply) => {
      const more = (): void => {
        while (reply.write(Buffer.alloc(64 * 1024, 'x')));
        reply.once('drain', more)
      }
      more()
    },
    /more than 1000000 bytes/,
  ],
  [
    'compresses what nobody asked to be compressed',
    (_, reply) => void reply.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    /compressed/,
  ],
  [
    'sends its visitors elsewhere',
    (_, reply) => void reply.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    /answered 302/,
  ],
  ['hangs up in the middle', (_, reply) => void reply.socket!.destroy(), /socket hang up/],
]
for (const [what, listener, reason] of HOSTILE) {
  test(`a server that ${what} is left`, async () => {
    await using site = await serve(listener)
    const result = await run('verify', site.url, key)
    assert.deepEqual([result.code, result.stdout], [1, ''])
    assert.match(result.stderr, reason)
  })
}

test('an address is one of the web, without a query', () => {
  for (const wrong of ['http://', 'ftp://x/', 'https://example.org/?x', 'https://example.org/#x']) {
    assert.throws(() => createHttpTiles(wrong), { code: 'USAGE' })
  }
})
