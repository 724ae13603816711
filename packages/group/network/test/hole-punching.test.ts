// @timeoutSeconds 120 @mostlyWaits: worlds of namespaces are made, and processes started in them.
/**
 * Two peers behind a NAT each meet directly, knowing a key and a public peer that relays and keeps the DHT; where their NATs do not
 * allow it, the relay serves.
 *
 * Method: processes in network namespaces with real NATs (`_nat-world.ts`). That the link is direct shows when the relay is killed
 * and the same stream goes on. Where namespaces are not allowed, what is left is that the relay serves.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { delimiter } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { bytesToHex } from '@hamlet/core'
import { crypto, random } from './_util.ts'
import { NatWorld } from './_nat-world.ts'
import type { NatHost } from './_nat-world.ts'

const WAIT_MS = 40_000
const RELAY = `
import { createNetwork } from '@hamlet/network'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
const [listen, allowPrivate] = process.argv.slice(1)
const [crypto, random, clock] = [createNodeCrypto(), createNodeRandom(), createNodeClock()]
const network = await createNetwork({
  ...{ crypto, random, clock, deviceSeed: random.bytes(32), protocols: [], allowPrivate },
  ...{ listen: [listen], mdns: false, dht: 'server', relay: true },
})
console.log(network.addresses()[0])
`
/** Sends back what comes, and says whether the caller is on a relay. */
const SERVER = `
import { createServer } from '@hamlet/network'
const [seed, bootstrap, ...listen] = process.argv.slice(1)
const server = createServer({
  seed: Buffer.from(seed, 'hex'), bootstrap: [bootstrap], mdns: false, listen,
  async onConnection(stream, publicKey) {
    const caller = Buffer.from(publicKey).toString('hex')
    for await (const chunk of stream) {
      const direct = server.peers().some(({ device, relayed }) => device === caller && !relayed)
      stream.write((direct ? 'direct ' : 'relayed ') + chunk)
    }
    stream.end()
  },
})
await server.listen()
while (!server.addresses().some((address) => address.includes('/p2p-circuit'))) {
  await new Promise((next) => setTimeout(next, 50))
}
console.log('ready')
`
/** What comes on standard input goes to the server, on a stream of its own, what it answers to standard output. */
const CALLER = `
import { createDialer } from '@hamlet/network'
const [key, bootstrap, ...listen] = process.argv.slice(1)
const dialer = await createDialer({ bootstrap: [bootstrap], mdns: false, listen })
const first = await dialer.connect(Buffer.from(key, 'hex'))
console.log('connected')
for await (const chunk of process.stdin) {
  const kept = String(chunk) === 'on the first'
  const again = { timeoutMs: 8000 }
  const stream = kept ? first : await dialer.connect(Buffer.from(key, 'hex'), again)
  stream.write(chunk)
  for await (const answer of stream.iterator({ destroyOnReturn: false })) {
    console.log(String(answer))
    break
  }
  if (!kept) stream.destroy()
}
`
process.env['PATH'] = [process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter)
const running = new Set<ChildProcess>()
after(() => Promise.all([...running].map(kill)))

interface Running {
  readonly child: ChildProcess
  /** The next line it says. */
  line(): Promise<string>
}

function start(command: readonly string[], script: string, ...argv: readonly string[]): Running {
  const [program, ...rest] = [...command, process.execPath, '--input-type=module', '-e', script]
  const stdio = ['pipe', 'pipe', 'inherit'] as const
  const child = spawn(program!, [...rest, ...argv], { cwd: import.meta.dirname, stdio: [...stdio] })
  running.add(child)
  const lines: string[] = []
  child.stdout!.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trim().split('\n')))
  return {
    child,
    async line() {
      for (const endMs = performance.now() + WAIT_MS; lines.length === 0; await delay(10)) {
        if (performance.now() > endMs) throw new Error(`no line of ${argv.join(' ')} in time`)
      }
      return lines.shift()!
    },
  }
}

async function kill(child: ChildProcess): Promise<void> {
  running.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

interface Meeting {
  readonly relay: Running
  readonly caller: Running
  /** Sends a text and resolves with what came back. */
  ask(text: string): Promise<string>
}

/** A relay, a server and a caller that know its key and the relay. */
async function meet(
  on: (host: NatHost) => readonly string[],
  place: { readonly relay: string; readonly host: readonly string[] },
  allowPrivate: string,
): Promise<Meeting> {
  const relay = start(on('relay'), RELAY, place.relay, allowPrivate)
  const bootstrap = await relay.line()
  const seed = random.bytes(32)
  const server = start(on('host-a'), SERVER, bytesToHex(seed), bootstrap, ...place.host)
  assert.equal(await server.line(), 'ready')
  const key = bytesToHex(crypto.signer(seed).publicKey)
  const caller = start(on('host-b'), CALLER, key, bootstrap, ...place.host)
  assert.equal(await caller.line(), 'connected')
  const ask = async (text: string): Promise<string> => {
    caller.child.stdin!.write(text)
    return await caller.line()
  }
  return { relay, caller, ask }
}

async function worldOf(mapsByDestination: boolean): Promise<NatWorld | string> {
  if (process.platform !== 'linux') return `there are no namespaces on ${process.platform}`
  return await NatWorld.make({ mapsByDestination }).catch(
    (error: unknown) => String(error).split('\n')[0]!,
  )
}

const BEHIND = { relay: '/ip4/45.9.0.1/tcp/4001', host: ['/ip4/0.0.0.0/tcp/0'] }
/** Nobody can dial who listens nowhere. */
const NOWHERE = { relay: '/ip4/127.0.0.1/tcp/0', host: [] }

test('two peers behind NATs that map by the inner address meet directly, and need the relay no more', async () => {
  const world = await worldOf(false)
  if (typeof world === 'string') {
    console.log(`REDUCED hole punching: no NATs (${world}); that the relay serves instead`)
    const { ask } = await meet(() => [], NOWHERE, 'always')
    assert.equal(await ask('hello'), 'relayed hello')
    return
  }
  await using _world = world
  const { relay, ask } = await meet((host) => world.commandOn(host), BEHIND, 'learned')
  const endMs = performance.now() + WAIT_MS
  while ((await ask('hello')) !== 'direct hello') assert.ok(performance.now() < endMs)
  assert.equal(await ask('on the first'), 'direct on the first')
  await kill(relay.child)
  await delay(500)
  assert.equal(await ask('without a relay'), 'direct without a relay')
  await Promise.all([...running].map(kill))
})

test('two peers behind NATs that map by the destination are served by the relay', async () => {
  const world = await worldOf(true)
  if (typeof world === 'string') {
    const { relay, caller } = await meet(() => [], NOWHERE, 'always')
    await kill(relay.child)
    const ended = once(caller.child, 'exit')
    caller.child.stdin!.write('without a relay')
    assert.deepEqual(await ended, [1, null], 'there was no other way')
    return
  }
  await using _world = world
  const { ask } = await meet((host) => world.commandOn(host), BEHIND, 'learned')
  assert.equal(await ask('hello'), 'relayed hello')
  await delay(6000)
  assert.equal(await ask('still there'), 'relayed still there')
  await Promise.all([...running].map(kill))
})
