// @timeoutSeconds 90 @mostlyWaits: a second process is started, and mDNS asks every ten seconds.
/**
 * Finding a peer by mDNS alone: no DHT, no bootstrap, no address given, one side in a process of its own.
 *
 * It takes an address of the local network and multicast between programs of this machine. A raw self-test of both
 * tells whether they are here. Where they are not, the test says so and asserts what must hold there: mDNS without
 * multicast costs nothing, and peers still meet by address. Processes of one machine that listen on loopback alone meet
 * the same way, because the announcement came from this machine.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { AddressBook, judgeAddress } from '@hamlet/network'
import { clock, closeAll, createTestFiles, random, record, startNode } from './_util.ts'

const MDNS_GROUP = '224.0.0.251'
const PROBE_MS_MAX = 3_000
const MEET_MS_MAX = 30_000
/** Long enough for an answer to every question asked so far. */
const QUIET_MS = 1_500

/** Says its device id and every device it is connected to; ends with its input. */
const OTHER = `
import { random, record, startNode } from ${JSON.stringify(new URL('_util.ts', import.meta.url).href)}
const node = await startNode('', { deviceSeed: random.bytes(32), mdns: true, listen: [process.argv[1]] })
console.log('self ' + node.self)
node.net.subscribe({
  peerUp: (peer) => console.log('up ' + peer),
  peerDown: () => undefined, drain: () => undefined,
  message: (peer, protocol, bytes) => node.net.send(peer, protocol, bytes),
})
process.stdin.resume().on('end', () => node.close())
`

/** An address of this machine that others of the local network could use. */
function localAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return addresses.find(({ family, internal, address }) => {
    return (
      family === 'IPv4' && !internal && judgeAddress(`/ip4/${address}/tcp/1`)?.scope === 'private'
    )
  })?.address
}

/** Why no other program here would hear what this one sends to the group, or `undefined` when it would. */
async function multicastObstacle(address: string): Promise<string | undefined> {
  const [speaker, listener] = [openSocket(), openSocket()]
  try {
    listener.bind(0)
    speaker.bind(0)
    await Promise.all([once(listener, 'listening'), once(speaker, 'listening')])
    listener.addMembership(MDNS_GROUP, address)
    speaker.setMulticastInterface(address)
    const heard = once(listener, 'message', { signal: AbortSignal.timeout(PROBE_MS_MAX) })
    speaker.send('hamlet', listener.address().port, MDNS_GROUP)
    await heard
    return undefined
  } catch (error) {
    return `multicast is not heard: ${String(error)}`
  } finally {
    listener.close()
    speaker.close()
  }
}

function openSocket(): Socket {
  return createSocket({ type: 'udp4', reuseAddr: true }).on('error', () => undefined)
}

interface OtherNode {
  readonly self: string
  readonly lines: readonly string[]
  readonly process: ChildProcess
}

async function startOther(listen: string): Promise<OtherNode> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', OTHER, listen], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const ready = new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the other process ended with ${code}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      lines.push(...chunk.toString().trim().split('\n'))
      resolve(lines[0]!.slice('self '.length))
    })
  })
  return { self: await ready, lines, process: child }
}

async function obstacleTo(address: string | undefined): Promise<string | undefined> {
  return address === undefined ? 'no address of a local network' : await multicastObstacle(address)
}

test('two processes meet by mDNS alone: no DHT, no bootstrap, no address given', async (t) => {
  const address = localAddress()
  const obstacle = await obstacleTo(address)
  if (obstacle !== undefined) return await meetByAddress(obstacle)
  t.diagnostic(`by multicast on the interface of ${address}`)
  const other = await startOther(`/ip4/${address}/tcp/0`)
  const listen = [`/ip4/${address}/tcp/0`]
  const node = await startNode('', { deviceSeed: random.bytes(32), mdns: true, listen })
  const deaf = await startNode('', { deviceSeed: random.bytes(32), mdns: false, listen })
  try {
    assert.deepEqual(node.addressesOf(other.self), [], 'nothing is known of the other')
    const events = record(node)
    node.want([other.self])
    deaf.want([other.self])
    await events.until(() => node.net.peers().includes(other.self), MEET_MS_MAX)
    const [status] = node.peers().filter(({ device }) => device === other.self)
    assert.match(status!.address, new RegExp(`^/ip4/${address!.replaceAll('.', '\\.')}/tcp/`))
    assert.equal(status!.encryption, '/tls/1.0.0', 'what mDNS said was proven')
    node.net.send(other.self, '/hamlet/test/1.0.0', Buffer.from('over there'))
    await events.until(() => events.messages.length === 1)
    assert.equal(Buffer.from(events.messages[0]!).toString(), 'over there')
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
    assert.deepEqual(deaf.net.peers(), [], 'without mDNS there was no other way')
  } finally {
    other.process.stdin!.end()
    await closeAll(node, deaf)
    const [code] = (await once(other.process, 'exit')) as [number | null]
    assert.equal(code, 0)
  }
})

test('processes of one machine that listen on loopback alone meet by mDNS, though all they remember of each other is out of date', async () => {
  const obstacle = await obstacleTo(localAddress())
  if (obstacle !== undefined) return await meetByAddress(obstacle)
  const listen = '/ip4/127.0.0.1/tcp/0'
  const deviceSeed = random.bytes(32)
  const files = createTestFiles()
  const other = await startOther(listen)
  const book = await AddressBook.open(clock, files)
  book.remember(other.self, '/ip4/127.0.0.1/tcp/2')
  await book.save()
  const node = await startNode('', { deviceSeed, mdns: true, listen: [listen], files })
  const stranger = await startNode('', { deviceSeed: random.bytes(32), mdns: true, dht: 'client' })
  try {
    const events = record(node)
    node.want([other.self])
    await events.until(() => node.net.peers().includes(other.self), MEET_MS_MAX)
    assert.match(node.peers()[0]!.address, /^\/ip4\/127\.0\.0\.1\/tcp\//)
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
    for (const unwanted of [node.self, other.self]) {
      assert.ok(!stranger.net.peers().includes(unwanted), 'nobody unwanted is joined on loopback')
    }
  } finally {
    other.process.stdin!.end()
    await closeAll(node, stranger)
    await once(other.process, 'exit')
  }
})

/** Where multicast leads nowhere. */
async function meetByAddress(obstacle: string): Promise<void> {
  console.log(`REDUCED mDNS: ${obstacle}; peers meet by address, with mDNS switched on`)
  const a = await startNode('', { deviceSeed: random.bytes(32), mdns: true })
  const b = await startNode('', { deviceSeed: random.bytes(32), mdns: true })
  try {
    const events = record(a)
    await b.dial(a.addresses())
    await events.until(() => a.net.peers().includes(b.self))
    b.net.send(a.self, '/hamlet/test/1.0.0', Buffer.from('by address'))
    await events.until(() => events.messages.length === 1)
  } finally {
    await closeAll(a, b)
  }
}
