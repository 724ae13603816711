// @timeoutSeconds 180 @mostlyWaits: real servers are started, killed and started again.
/**
 * Logs between machines: what one process serves, another gets a block of or copies, knowing its key and one address or one
 * bootstrap peer. Method: `hamlet` in processes of its own as servers, the readers in this one.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { Log } from '@hamlet/log'
import { createNetwork, createServer } from '@hamlet/network'
import { createNodeDisk } from '@hamlet/store/node'

import { NAMESPACE, parseLogKey } from '../src/local-log.ts'
import { LOG_PROTOCOL } from '../src/log-peers.ts'
import { programFile } from '../../../test/_programs.ts'
import { runCli } from './_cli.ts'

const PROGRAM = programFile('hamlet')
const PHOTO_BYTES = 40_000_000
const LOOPBACK = '/ip4/127.0.0.1/tcp/0'
const root = await mkdtemp(join(tmpdir(), 'hamlet-remote-logs-'))
const running = new Set<ChildProcess>()
after(async () => {
  await Promise.all([...running].map(kill))
  await rm(root, { recursive: true })
})

type Facts = Record<string, unknown>

interface Serving {
  readonly child: ChildProcess
  readonly address: string
  readonly lines: Facts[]
}

async function json(data: string, ...argv: string[]): Promise<Facts> {
  const result = await runCli(['log', ...argv, '--data', data, '--json'])
  if (result.code !== 0) throw new Error(result.stderr)
  return JSON.parse(result.stdout) as Facts
}

async function errorOf(data: string, ...argv: string[]): Promise<{ code: string; fields: Facts }> {
  const result = await runCli(['log', ...argv, '--data', data, '--json'])
  assert.equal(result.code, 1, result.stdout)
  return (JSON.parse(result.stderr) as { error: { code: string; fields: Facts } }).error
}

async function makeLog(data: string, from: number, to: number): Promise<string> {
  const { key } = await json(data, 'create', 'diary')
  await append(data, from, to)
  return String(key)
}

async function append(data: string, from: number, to: number): Promise<void> {
  const stdin = Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('')
  await runCli(['log', 'append', 'diary', '--lines', '--data', data], { stdin })
}

async function appendPhoto(data: string): Promise<void> {
  const stdin = 'x'.repeat(PHOTO_BYTES)
  await runCli(['log', 'append', 'diary', '--chunks', '40000', '--data', data], { stdin })
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

/** As its author does by program: there is no command for it. */
async function truncate(data: string, length: number): Promise<void> {
  const crypto = createNodeCrypto()
  const disk = createNodeDisk(join(data, 'logs', 'diary'))
  const signer = crypto.signer(parseLogKey(new TextDecoder().decode(await disk.readAll('key')))!)
  const { publicKey } = signer
  const common = { disk, crypto, signer, publicKey, namespace: NAMESPACE, directory: 'blocks' }
  await using log = await Log.open(common)
  await log.truncate(length)
}

/** Resolves when the server listens; its first line says where. */
async function serve(data: string, ...argv: readonly string[]): Promise<Serving> {
  const args = ['log', 'serve', 'diary', '--listen', LOOPBACK, '--json', '--data', data, ...argv]
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  const lines: Facts[] = []
  const first = Promise.withResolvers<Facts>()
  child.stdout.on('data', (chunk: Buffer) => {
    const texts = chunk.toString().trim().split('\n')
    lines.push(...texts.map((text) => JSON.parse(text) as Facts))
    first.resolve(lines[0]!)
  })
  const { addresses } = await first.promise
  return { child, address: (addresses as string[])[0]!, lines }
}

async function kill(child: ChildProcess): Promise<void> {
  running.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test('one block of a large log comes verified with nothing but its proof, from whoever serves it', async () => {
  const data = join(root, 'one')
  const key = await makeLog(data, 0, 20_000)
  const server = await serve(data)
  const block = await json(root, 'get-remote', key, '12345', '--peer', server.address)
  assert.deepEqual([block['text'], block['length'], block['fork']], ['line 12345', 20_000, 0])
  assert.ok(Number(block['receivedBytes']) < 4_000, `${String(block['receivedBytes'])} bytes came`)
  const plain = ['log', 'get-remote', key, '7', '--peer', server.address, '--lines']
  assert.equal((await runCli(plain)).stdout, 'line 7\n')
  const beyond = await errorOf(root, 'get-remote', key, '20000', '--peer', server.address)
  assert.deepEqual([beyond.code, beyond.fields['length']], ['LOG_OUT_OF_RANGE', 20_000])
  const ended = once(server.child, 'exit')
  server.child.kill('SIGINT')
  assert.deepEqual(await ended, [0, null])
  const types = server.lines.map(({ type }) => type)
  assert.deepEqual(types.slice(0, 3), ['serving', 'peer-up', 'peer-down'])
})

test('a copy that a killed server interrupted goes on when it is back, and fetches only the rest', async () => {
  const [data, other] = [join(root, 'author'), join(root, 'copier')]
  const { key } = await json(data, 'create', 'diary')
  await appendPhoto(data)
  let server = await serve(data)
  const { address } = server
  const copying = json(other, 'replicate', String(key), 'theirs', '--peer', address)
  const segment = join(other, 'logs', 'theirs', 'blocks', '00000000.seg')
  while ((await sizeOf(segment)) < 5_000_000) await new Promise((next) => setTimeout(next, 2))
  await kill(server.child)
  const hadBytes = await sizeOf(segment)
  assert.ok(hadBytes < PHOTO_BYTES, 'it was interrupted')
  server = await serve(data)
  assert.equal(server.address, address, 'the port is that of last time')
  const copied = await copying
  assert.deepEqual([copied['from'], copied['length']], [0, 1000])
  while (!server.lines.some(({ type }) => type === 'peer-down')) {
    await new Promise((next) => setTimeout(next, 20))
  }
  const down = server.lines.find(({ type }) => type === 'peer-down')
  const sentBytes = Number(down!['sentBytes'])
  assert.ok(sentBytes < PHOTO_BYTES - hadBytes / 2, `${sentBytes} sent, ${hadBytes} were here`)
  const again = await json(other, 'replicate', String(key), 'theirs', '--peer', address)
  assert.deepEqual([again['from'], again['length']], [1000, 1000])
  await kill(server.child)
  assert.equal((await json(other, 'audit', 'theirs'))['read'], 1000)
  assert.equal((await errorOf(other, 'append', 'theirs', 'mine')).code, 'LOG_READ_ONLY')
  await append(data, 0, 500)
  server = await serve(data)
  const grown = await json(other, 'replicate', String(key), 'theirs', '--peer', address)
  assert.deepEqual([grown['from'], grown['length']], [1000, 1500])
  await kill(server.child)
})

test('a live copy follows, and what the author takes back is told and taken back here too', async () => {
  const [data, other] = [join(root, 'taken back'), join(root, 'follower')]
  const key = await makeLog(data, 0, 20)
  let server = await serve(data)
  const stop = new AbortController()
  const argv = ['log', 'replicate', key, 'theirs', '--peer', server.address, '--live']
  let told = ''
  const live = runCli([...argv, '--data', other], {
    signal: stop.signal,
    onStderr: (text) => (told += text),
  })
  while (!told.includes('Everything is here (20 blocks)'))
    await new Promise((n) => setTimeout(n, 20))
  await kill(server.child)
  await truncate(data, 15)
  await append(data, 100, 102)
  server = await serve(data)
  while (!told.includes('took back 5 blocks after the first 15')) {
    await new Promise((n) => setTimeout(n, 20))
  }
  stop.abort()
  assert.equal((await live).code, 0)
  const block = await json(root, 'get-remote', key, '16', '--peer', server.address)
  assert.deepEqual(
    [block['text'], block['fork'], block['truncations']],
    ['line 101', 1, [{ fork: 1, kept: 15, takenBack: 5 }]],
  )
  const copied = await json(other, 'replicate', key, 'theirs', '--peer', server.address)
  assert.deepEqual([copied['length'], copied['fork']], [17, 1])
  await kill(server.child)
})

test('who knows a key and one bootstrap peer finds the log', async () => {
  const [crypto, random, clock] = [createNodeCrypto(), createNodeRandom(), createNodeClock()]
  await using hub = await createNetwork({
    ...{ crypto, random, clock, deviceSeed: random.bytes(32), protocols: [], listen: [LOOPBACK] },
    ...{ mdns: false, dht: 'server', allowPrivate: 'always' },
  })
  const bootstrap = ['--bootstrap', hub.addresses()[0]!]
  const data = join(root, 'found')
  const key = await makeLog(data, 0, 10)
  const server = await serve(data, ...bootstrap)
  const block = await json(root, 'get-remote', key, '3', ...bootstrap)
  assert.equal(block['text'], 'line 3')
  await kill(server.child)
})

test('where nobody serves the log, and where somebody serves another one, that is said in time', async () => {
  const data = join(root, 'nobody')
  const key = await makeLog(data, 0, 3)
  const start = performance.now()
  const error = await errorOf(root, 'get-remote', key, '0', '--timeout', '1')
  assert.equal(error.code, 'NOBODY_SERVES')
  assert.ok(performance.now() - start < 20_000)
  await using stranger = createServer({
    seed: new Uint8Array(32).fill(9),
    protocol: LOG_PROTOCOL,
    ...{ mdns: false, listen: [LOOPBACK] },
    onConnection: (stream) => stream.resume(),
  })
  await stranger.listen()
  const peer = stranger.addresses()[0]!
  const refused = await errorOf(root, 'replicate', key, '--peer', peer, '--timeout', '1')
  assert.equal(refused.code, 'NOBODY_SERVES')
  assert.equal((await runCli(['log', 'get-remote', 'nonsense', '0'])).code, 2)
})
