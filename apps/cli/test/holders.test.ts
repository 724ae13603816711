// @timeoutSeconds 240 @mostlyWaits: servers are started and killed, and what died is looked for in vain for a while.
/**
 * A log is had from whoever has it, by its key alone: the author is gone, others who copied it are there, and some who only say so.
 *
 * Method: author, holders and bootstrap peer are processes or nodes of their own; forgers announce the key as holders do and then
 * say nothing, speak nonsense, or serve what the author did not sign.
 */

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { idToBytes } from '@hamlet/core'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { exchangeOver, Log, LogExchange } from '@hamlet/log'
import { createNetwork, createServer } from '@hamlet/network'
import type { NamedServer, Network, SecureStream } from '@hamlet/network'
import { createMemoryDisk } from '@hamlet/store'

import { NAMESPACE, parseLogName } from '../src/local-log.ts'
import { LOG_PROTOCOL } from '../src/log-peers.ts'
import { runCli } from './_cli.ts'
import { cliJson, kill, LOOPBACK, startServing, until } from './_processes.ts'
import type { Serving } from './_processes.ts'

const [crypto, random, clock] = [createNodeCrypto(), createNodeRandom(), createNodeClock()]
const root = await mkdtemp(join(tmpdir(), 'hamlet-holders-'))
after(() => rm(root, { recursive: true }))

/** Where everybody meets. */
function startHub(): Promise<Network> {
  return createNetwork({
    ...{ crypto, random, clock, deviceSeed: random.bytes(32), protocols: [], listen: [LOOPBACK] },
    ...{ mdns: false, dht: 'server', allowPrivate: 'always' },
  })
}

async function isAnnounced(server: Serving): Promise<Serving> {
  await until(() => server.lines.some((line) => line.includes('"announced"')))
  return server
}

/** Announces the key of a log, and does `onConnection` when somebody believes it. */
async function startForger(
  key: string,
  bootstrap: string,
  onConnection: (stream: SecureStream) => unknown,
): Promise<NamedServer> {
  const seed = random.bytes(32)
  const common = { protocol: LOG_PROTOCOL, bootstrap: [bootstrap], mdns: false, listen: [LOOPBACK] }
  const server = createServer({ ...common, seed, onConnection })
  await server.listen()
  assert.ok((await server.provide(idToBytes(parseLogName(key).id)).published) > 0)
  return server
}

/** A log under the author's key that the author never signed. */
async function forgedLog(key: string): Promise<Log> {
  const { publicKey } = parseLogName(key)
  const forged = { publicKey, sign: () => random.bytes(64) }
  const log = await Log.open({
    ...{ crypto, publicKey, namespace: NAMESPACE, directory: 'blocks' },
    ...{ disk: createMemoryDisk(), signer: forged },
  })
  await log.append(Array.from({ length: 500 }, () => random.bytes(10)))
  return log
}

test('who knows only the key gets a block and all of a log from one who copied it, the author being dead and others lying', async () => {
  await using hub = await startHub()
  const bootstrap = hub.addresses()[0]!
  const meet = ['--bootstrap', bootstrap]
  const [author, second, third] = ['author', 'second', 'third'].map((name) => join(root, name))
  const { key } = await cliJson(author!, ['log', 'create', 'diary'])
  const name = String(key)
  const stdin = Array.from({ length: 300 }, (_, i) => `line ${i}\n`).join('')
  await cliJson(author!, ['log', 'append', 'diary', '--lines'], { stdin })
  const origin = await isAnnounced(await startServing('log', author!, 'diary', ...meet))
  const copied = await cliJson(second!, ['log', 'replicate', name, 'theirs', ...meet])
  assert.equal(copied['length'], 300)
  const holder = await isAnnounced(await startServing('log', second!, 'theirs', ...meet))
  await kill(origin.child)

  const forged = await forgedLog(name)
  const exchange = new LogExchange({ crypto, clock, random })
  exchange.add(forged)
  await using forgers = new AsyncDisposableStack()
  let believed = 0
  for (const onConnection of [
    () => undefined,
    (stream: SecureStream) => void stream.write('\0\0\0\u0005hello'),
    (stream: SecureStream) => exchangeOver(exchange, stream, 'believer'),
  ]) {
    const counted = (stream: SecureStream): unknown => {
      believed++
      return onConnection(stream)
    }
    forgers.use(await startForger(name, bootstrap, counted))
  }

  const startMs = performance.now()
  const block = await cliJson(root, ['log', 'get-remote', name, '57', ...meet])
  assert.deepEqual([block['text'], block['length']], ['line 57', 300])
  const all = await cliJson(third!, ['log', 'replicate', name, 'mine', ...meet])
  assert.equal(all['length'], 300)
  assert.ok(performance.now() - startMs < 60_000, 'forgers cost little')
  assert.equal((await cliJson(third!, ['log', 'audit', 'mine']))['read'], 300)
  const told = await runCli(['log', 'get-remote', name, '299', ...meet, '--data', root])
  assert.equal(told.stdout, 'line 299')
  assert.ok(believed > 0, 'some forgers were met')
  await kill(holder.child)
  await forged.close()
})

test('a copy goes on with another holder when the one it comes from dies', async () => {
  await using hub = await startHub()
  const meet = ['--bootstrap', hub.addresses()[0]!]
  const data = join(root, 'large')
  const { key } = await cliJson(data, ['log', 'create', 'diary'])
  const stdin = 'x'.repeat(30_000_000)
  await cliJson(data, ['log', 'append', 'diary', '--chunks', '30000'], { stdin })
  const first = await isAnnounced(await startServing('log', data, 'diary', ...meet))
  const other = join(root, 'large copy')
  await cliJson(other, ['log', 'replicate', String(key), 'theirs', ...meet])
  const second = await isAnnounced(await startServing('log', other, 'theirs', ...meet))
  const target = join(root, 'large target')
  const copying = cliJson(target, ['log', 'replicate', String(key), 'mine', ...meet])
  const segment = join(target, 'logs', 'mine', 'blocks', '00000000.seg')
  const copiedBytes = (): Promise<number> =>
    stat(segment).then(
      ({ size }) => size,
      () => 0,
    )
  while ((await copiedBytes()) < 4_000_000) await delay(2)
  await kill(first.child)
  assert.equal((await copying)['length'], 1000)
  await kill(second.child)
  await assert.rejects(readFile(join(target, 'logs', 'mine', 'key')), { code: 'ENOENT' })
})

test('a key of a trie is read from one who copied it, knowing the key of the trie alone', async () => {
  await using hub = await startHub()
  const meet = ['--bootstrap', hub.addresses()[0]!]
  const [author, holder] = [join(root, 'shed'), join(root, 'shed copy')]
  const { key } = await cliJson(author, ['trie', 'create', 'shed'])
  const stdin = Array.from({ length: 500 }, (_, i) => `put\ttools/${i}\tvalue ${i}\n`).join('')
  await cliJson(author, ['trie', 'batch', 'shed'], { stdin })
  const origin = await isAnnounced(await startServing('trie', author, 'shed', ...meet))
  await cliJson(holder, ['log', 'replicate', String(key), 'theirs', ...meet])
  const copy = await isAnnounced(await startServing('trie', holder, 'theirs', ...meet))
  await kill(origin.child)
  const read = await cliJson(root, ['trie', 'get-remote', String(key), 'tools/77', ...meet])
  assert.equal(read['value'], 'value 77')
  assert.ok(Number(read['blocks']) < 40, 'few blocks came')
  await kill(copy.child)
})
