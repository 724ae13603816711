/** Usage, exit codes, finding the peer, `follow` and `up`. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Message } from '@hamlet/http'

import type { UpParts } from '../src/commands/up.ts'
import { runCli, startTestPeer } from './_cli.ts'
import type { CliResult, RunOptions, TestPeer } from './_cli.ts'

const BIN = fileURLToPath(new URL('../bin/hamlet.mjs', import.meta.url))
const empty = await mkdtemp(join(tmpdir(), 'hamlet-cli-'))
after(() => rm(empty, { recursive: true }))

const WRONG_USAGE: readonly (readonly string[])[] = [
  [],
  ['dance'],
  ['status', 'extra'],
  ['status', '--wrong'],
  ['space'],
  ['space', 'create'],
  ['send', 'Household'],
  ['invite', 'Household', '--role', 'king'],
  ['invite', 'Household', '--expires', 'soon'],
  ['invite', 'Household', '--uses', '0'],
  ['messages', 'Household', '--limit', '501'],
  ['log'],
  ['log', 'get', 'diary'],
  ['up', '--http', '7710'],
  ['up', '--log-level', 'loud'],
]
for (const argv of WRONG_USAGE) {
  test(`"hamlet ${argv.join(' ')}" is wrong usage: exit code 2, nothing on stdout`, async () => {
    const { code, stdout, stderr } = await runCli([...argv, '--data', empty])
    assert.equal(code, 2)
    assert.equal(stdout, '')
    assert.notEqual(stderr, '')
  })
}

test('help and version succeed', async () => {
  const help = await runCli(['--help'])
  assert.equal(help.code, 0)
  for (const name of [
    'up',
    'status',
    'space',
    'invite',
    'join',
    'send',
    'follow',
    'export',
    'log',
  ]) {
    assert.match(help.stdout, new RegExp(`^  ${name} `, 'm'))
  }
  assert.equal((await runCli(['version'])).stdout, '0.1.0\n')
  assert.equal((await runCli(['--version'])).stdout, '0.1.0\n')
  const { version } = JSON.parse((await runCli(['version', '--json'])).stdout) as {
    version: string
  }
  assert.equal(version, '0.1.0')
})

test('without a running peer a command says so and exits with 1', async () => {
  const { code, stderr } = await runCli(['status', '--data', empty])
  assert.equal(code, 1)
  assert.equal(
    stderr,
    `hamlet: Hamlet is not running on ${empty}. Start it with: hamlet up --data ${empty}.\n`,
  )
})

test('a peer that was killed counts as not running', async () => {
  await using peer = await startTestPeer()
  await peer.stop()
  const { code, stderr } = await peer.cli(['status', '--json'])
  assert.equal(code, 1)
  assert.equal((JSON.parse(stderr) as { error: { code: string } }).error.code, 'PEER_NOT_RUNNING')
})

test('without its socket the peer is reached over loopback', async () => {
  await using peer = await startTestPeer()
  const file = { http: peer.url, socket: join(peer.data, 'none.sock') }
  await writeFile(join(peer.data, 'run', 'peer.json'), JSON.stringify(file))
  assert.equal((await peer.cli(['status'])).code, 0)
})

/** Passes requests on to the peer, and loses its reply to the first that sends a message. */
async function startLosingProxy(peer: TestPeer): Promise<Server> {
  let lost = 0
  const target = new URL(peer.url)
  const proxy = createServer((incoming, reply) => {
    const headers = { ...incoming.headers, host: target.host }
    const { method, url: path } = incoming
    const passed = request({ host: target.hostname, port: target.port, method, path, headers })
    passed.on('response', (answer) => {
      const loses = method === 'POST' && path!.endsWith('/messages') && lost++ === 0
      if (loses) return incoming.socket.destroy()
      reply.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(reply)
    })
    incoming.pipe(passed)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return proxy
}

test('a message whose reply was lost is sent once, and so is one repeated with its key', async () => {
  await using peer = await startTestPeer()
  const { id } = await peer.api.createSpace('Household')
  const proxy = await startLosingProxy(peer)
  try {
    const http = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const file = { http, socket: join(peer.data, 'none.sock') }
    await writeFile(join(peer.data, 'run', 'peer.json'), JSON.stringify(file))
    const sent = await peer.cli(['send', 'Household', 'only once'])
    assert.equal(sent.stderr, '')
    assert.equal(sent.code, 0)
    const repeated = ['send', 'Household', 'by a script', '--key', 'night-run-2026-11-27']
    for (let i = 0; i < 2; i++) assert.equal((await peer.cli(repeated)).code, 0)
    assert.deepEqual(
      (await peer.api.messages(id)).messages.map(({ text }) => text),
      ['only once', 'by a script'],
    )
    const short = await peer.cli(['send', 'Household', 'x', '--key', 'short'])
    assert.equal(short.code, 1)
    assert.match(short.stderr, /16 to 64/)
  } finally {
    proxy.closeAllConnections()
    proxy.close()
  }
})

test('the token is never sent to an address that is not loopback', async () => {
  await using peer = await startTestPeer()
  const file = { http: 'http://evil.example:80', socket: join(peer.data, 'none.sock') }
  await writeFile(join(peer.data, 'run', 'peer.json'), JSON.stringify(file))
  const { code, stderr } = await peer.cli(['status'])
  assert.equal(code, 1)
  assert.match(stderr, /is not running/)
})

test('a damaged peer file and a wrong token give clear errors', async () => {
  await using peer = await startTestPeer()
  await writeFile(join(peer.data, 'run', 'token'), `${'A'.repeat(43)}\n`)
  const wrong = await peer.cli(['status'])
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /does not accept the token/)
  await writeFile(join(peer.data, 'run', 'token'), 'nonsense')
  assert.match((await peer.cli(['status'])).stderr, /does not hold a token/)
  await writeFile(join(peer.data, 'run', 'peer.json'), '{"http"')
  assert.match((await peer.cli(['status'])).stderr, /is not running/)
})

test('the data directory comes from --data, else HAMLET_DATA, else home', async () => {
  await using peer = await startTestPeer()
  assert.equal((await runCli(['status'], { env: { HAMLET_DATA: peer.data } })).code, 0)
  assert.equal((await runCli(['--data', peer.data, 'status'])).code, 0)
  assert.match((await runCli(['status'])).stderr, /\/nowhere\/home\/\.hamlet/)
})

test('follow prints what arrives and what was edited, and ends on a signal', async () => {
  await using peer = await startTestPeer()
  const { id } = await peer.api.createSpace('Household')
  await peer.api.send(id, { text: 'before' })
  const following = follow((options) => peer.cli(['follow', 'Household', '--json'], options))
  await until(() => peer.api.listeners === 1)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const sent = await peer.api.send(id, { text: 'one' })
  await until(() => following.messages().length === 1)
  await peer.api.react(id, sent.id, '👍', true)
  await peer.api.edit(id, sent.id, 'two')
  await until(() => following.messages().length === 2)
  following.stop()
  assert.equal((await following.result).code, 0)
  assert.deepEqual(
    following.messages().map(({ text }) => text),
    ['one', 'two'],
  )
})

test('follow prints what it missed while the peer was away, once', async () => {
  await using peer = await startTestPeer()
  const { id } = await peer.api.createSpace('Household')
  const following = follow((options) => peer.cli(['follow', 'Household', '--json'], options))
  await until(() => peer.api.listeners === 1)
  await new Promise((resolve) => setTimeout(resolve, 100))
  await peer.api.send(id, { text: 'one' })
  await until(() => following.messages().length === 1)
  await peer.stop()
  await peer.api.send(id, { text: 'two' })
  await peer.api.send(id, { text: 'three' })
  await peer.start()
  await until(() => following.messages().length === 3)
  await peer.api.send(id, { text: 'four' })
  await until(() => following.messages().length === 4)
  following.stop()
  await following.result
  const texts = following.messages().map(({ text }) => text)
  assert.deepEqual(texts, ['one', 'two', 'three', 'four'])
})

test('follow prints words for people, of one room when asked', async () => {
  await using peer = await startTestPeer()
  const { id } = await peer.api.createSpace('Household')
  const garden = await peer.api.createRoom(id, 'garden')
  const argv = ['follow', 'Household', '--room', 'garden']
  const following = follow((options) => peer.cli(argv, options))
  await until(() => peer.api.listeners === 1)
  await new Promise((resolve) => setTimeout(resolve, 100))
  await peer.api.send(id, { text: 'elsewhere' })
  await peer.api.send(id, { room: garden.id, text: 'roses' })
  await until(() => following.text().includes('roses'))
  following.stop()
  await following.result
  assert.match(following.text(), /^[0-9a-f]{8} .*Ana: roses \[only here\]\n$/)
})

test('up runs the peer until a signal and says where it answers', async () => {
  const seen: unknown[] = []
  const abort = new AbortController()
  const upParts = partsThat({
    onRun: (options) => seen.push(options),
    onClose: () => seen.push('closed'),
  })
  const argv = [
    'up',
    '--json',
    '--data',
    empty,
    '--http',
    '127.0.0.1:0',
    '--listen',
    '/ip4/0.0.0.0/tcp/0',
  ]
  const result = await runCli([...argv, '--listen', '/ip6/::/tcp/0', '--relay'], {
    upParts,
    signal: abort.signal,
    onStdout: () => abort.abort(),
    env: { HAMLET_PASSPHRASE: 'correct horse' },
  })
  assert.equal(result.code, 0)
  assert.deepEqual(JSON.parse(result.stdout), {
    http: 'http://127.0.0.1:1',
    peer: 'device',
    addresses: [],
    data: empty,
  })
  assert.deepEqual(seen, [
    {
      dataDirectory: empty,
      listen: ['/ip4/0.0.0.0/tcp/0', '/ip6/::/tcp/0'],
      bootstrap: [],
      relay: true,
      nearWebSeeds: false,
      http: { host: '127.0.0.1', port: 0 },
      passphrase: 'correct horse',
      webDirectory: '/build',
    },
    'closed',
  ])
})

test('up opens the browser only where there is one and nobody said no', async () => {
  const screen = { DISPLAY: ':0' }
  assert.equal(await opened([], { terminal: true, env: screen }), 1)
  assert.equal(await opened(['--no-open'], { terminal: true, env: screen }), 0)
  assert.equal(await opened(['--json'], { terminal: true, env: screen }), 0)
  assert.equal(await opened([], { terminal: true, env: { ...screen, CI: 'true' } }), 0)
  assert.equal(await opened([], { terminal: true, env: {} }), 0)
  assert.equal(await opened([], { terminal: false, env: screen }), 0)
})

test('up goes on without the web app, and says so', async () => {
  const abort = new AbortController()
  const upParts = partsThat({ build: () => Promise.reject(new Error('no vite')) })
  const { code, stdout, stderr } = await runCli(['up', '--data', empty], {
    upParts,
    signal: abort.signal,
    onStdout: () => abort.abort(),
  })
  assert.equal(code, 0)
  assert.match(stdout, /Hamlet is running/)
  assert.match(stderr, /The web app is not built.*no vite/)
})

test('up that cannot start says why and exits with 1', async () => {
  const taken = Object.assign(new Error('port 80 is in use'), { code: 'HTTP_PORT_TAKEN' })
  const upParts = partsThat({
    onRun: () => {
      throw taken
    },
  })
  const { code, stderr } = await runCli(['up', '--data', empty], { upParts })
  assert.equal(code, 1)
  assert.match(stderr, /Another program uses this port/)
})

test('as a process: a signal ends follow with exit code 0', async () => {
  await using peer = await startTestPeer()
  const { id } = await peer.api.createSpace('Household')
  const child = spawn(process.execPath, [BIN, 'follow', 'Household', '--json', '--data', peer.data])
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  await until(() => peer.api.listeners === 1, 15_000)
  await new Promise((resolve) => setTimeout(resolve, 200))
  await peer.api.send(id, { text: 'over the process border' })
  await until(() => stdout.includes('over the process border'))
  child.kill('SIGINT')
  const [code] = (await once(child, 'exit')) as [number]
  assert.equal(code, 0)
})

test('as a process: errors go to stderr with exit code 1', async () => {
  const child = spawn(process.execPath, [BIN, 'status', '--data', empty])
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'exit')) as [number]
  assert.equal(code, 1)
  assert.match(stderr, /is not running/)
})

/** How many times `up` opened the browser. */
async function opened(flags: readonly string[], options: RunOptions): Promise<number> {
  const urls: string[] = []
  const abort = new AbortController()
  const upParts = partsThat({ onOpen: (url) => urls.push(url) })
  const onStdout = (): void => queueMicrotask(() => abort.abort())
  await runCli(['up', '--data', empty, ...flags], {
    ...options,
    upParts,
    signal: abort.signal,
    onStdout,
  })
  return urls.length
}

interface Following {
  readonly result: Promise<CliResult>
  text(): string
  messages(): readonly Message[]
  stop(): void
}

function follow(start: (options: RunOptions) => Promise<CliResult>): Following {
  const abort = new AbortController()
  let text = ''
  const result = start({ signal: abort.signal, onStdout: (chunk) => (text += chunk) })
  return {
    result,
    text: () => text,
    messages: () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Message),
    stop: () => abort.abort(),
  }
}

interface PartHooks {
  readonly onRun?: (options: unknown) => void
  readonly onClose?: () => void
  readonly onOpen?: (url: string) => void
  readonly build?: () => Promise<string>
}

/** A peer that does nothing, so that what `up` asks of it can be seen. */
function partsThat(hooks: PartHooks): UpParts {
  return {
    async runPeer(options) {
      hooks.onRun?.(options)
      const { dataDirectory: data } = options
      return {
        info: { http: 'http://127.0.0.1:1', socket: '', peer: 'device', addresses: [], data },
        createLoginUrl: () => 'http://127.0.0.1:1/#login=code',
        close: async () => hooks.onClose?.(),
      }
    },
    buildWebApp: hooks.build ?? (() => Promise.resolve('/build')),
    openBrowser: (url) => hooks.onOpen?.(url),
  }
}

async function until(condition: () => boolean, waitMs = 5000): Promise<void> {
  const endMs = performance.now() + waitMs
  while (!condition()) {
    assert.ok(performance.now() < endMs, 'waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
