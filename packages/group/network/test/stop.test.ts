// @timeoutSeconds 120 @mostlyWaits: processes are started, and one is frozen while the other stops.
/**
 * A network closes, and its process ends, while those it speaks to do not answer: a peer is frozen (SIGSTOP), which is
 * to TCP what a cut line is, and strangers hold sockets open without a word.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { CLOSE_MS_MAX } from '@hamlet/network'
import { until } from './_util.ts'

/** Timers of libp2p that nobody waits for, and a machine that does much else. */
const GRACE_MS = 5000

const UTIL = JSON.stringify(new URL('_util.ts', import.meta.url).href)

const NODE = `
import { createInterface } from 'node:readline'
import { PROTOCOL, startNode } from ${UTIL}
const node = await startNode(process.argv[1], {
  dht: 'server',
  listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'],
})
console.log('at ' + node.addresses().join(' '))
node.net.subscribe({
  peerUp: (peer) => console.log('up ' + peer),
  peerDown: () => undefined, drain: () => undefined, message: () => undefined,
})
const input = createInterface({ input: process.stdin })
input.on('line', async (line) => {
  const [command, argument] = line.split(' ')
  if (command === 'dial') node.dial(argument).catch(() => undefined)
  else if (command === 'send') {
    const bytes = new Uint8Array(1 << 20)
    for (let i = 0; i < 24; i++) node.net.send(argument, PROTOCOL, bytes)
    console.log('sent')
  } else {
    input.close()
    process.stdin.destroy()
    await node.close()
    console.log('closed')
  }
})
`

interface RunningNode {
  readonly process: ChildProcess
  readonly lines: string[]
  readonly addresses: readonly string[]
}

const running = new Set<ChildProcess>()

async function start(name: string): Promise<RunningNode> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', NODE, name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const lines: string[] = []
  child.stdout.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trim().split('\n')))
  await until(() => lines.length > 0, 30_000)
  return { process: child, lines, addresses: lines[0]!.slice('at '.length).split(' ') }
}

function tell(node: RunningNode, line: string): void {
  node.process.stdin!.write(`${line}\n`)
}

function addressOf({ addresses }: RunningNode, isWebSocket: boolean): string {
  return addresses.find((address) => address.includes('/ws/') === isWebSocket)!
}

async function hear(node: RunningNode, start: string): Promise<string> {
  const find = (): string | undefined => node.lines.find((line) => line.startsWith(start))
  await until(() => find() !== undefined, 20_000)
  return find()!
}

async function assertStops(node: RunningNode): Promise<void> {
  const exited = once(node.process, 'exit') as Promise<[number | null]>
  const beganMs = performance.now()
  tell(node, 'close')
  await until(() => node.lines.includes('closed'), CLOSE_MS_MAX + GRACE_MS)
  const timer = setTimeout(() => node.process.kill('SIGKILL'), GRACE_MS)
  const [code] = await exited
  clearTimeout(timer)
  assert.equal(code, 0, `not ended after ${Math.round(performance.now() - beganMs)} ms`)
}

/** A stranger's socket, once it is open. */
async function knock(address: string): Promise<Socket> {
  const socket = connect(Number(/\/tcp\/(\d+)/.exec(address)![1]), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

describe('a network whose peers do not answer', () => {
  let frozen: RunningNode
  before(async () => (frozen = await start('frozen')))
  after(() => {
    for (const child of running) child.kill('SIGKILL')
  })

  for (const isWebSocket of [false, true]) {
    const kind = isWebSocket ? 'a WebSocket' : 'TCP'

    test(`stops though a peer that is connected by ${kind} is frozen, with much on its way to it`, async () => {
      const leaver = await start(`connected by ${kind}`)
      tell(leaver, `dial ${addressOf(frozen, isWebSocket)}`)
      const device = (await hear(leaver, 'up ')).slice('up '.length)
      frozen.process.kill('SIGSTOP')
      tell(leaver, `send ${device}`)
      await hear(leaver, 'sent')
      await assertStops(leaver)
      frozen.process.kill('SIGCONT')
    })

    test(`stops while it dials a frozen peer by ${kind}`, async () => {
      const leaver = await start(`dials by ${kind}`)
      frozen.process.kill('SIGSTOP')
      tell(leaver, `dial ${addressOf(frozen, isWebSocket)}`)
      await new Promise((resolve) => setTimeout(resolve, 500))
      await assertStops(leaver)
      frozen.process.kill('SIGCONT')
    })
  }

  test('stops though strangers hold its sockets and say nothing', async () => {
    const leaver = await start('visited')
    const [tcp, webSocket] = [false, true].map((each) => addressOf(leaver, each))
    const silent = await Promise.all([knock(tcp!), knock(webSocket!), knock(webSocket!)])
    silent[2]!.write('GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await assertStops(leaver)
    for (const socket of silent) socket.destroy()
  })
})
