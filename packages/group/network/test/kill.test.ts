// @timeoutSeconds 60: processes are started and killed.
/**
 * What a kill leaves: two processes meet by an address given by a person, both are killed at once, and come back
 * knowing nothing but what is in their folders: no DHT, no mDNS, nobody named.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from './_util.ts'

const NAMES = ['a', 'b'] as const

/** Wants the other device; dials the address it is given as input. Says its address and whom it is connected to. */
const NODE = `
import { createTestDirectory, deviceOf, startNode } from ${JSON.stringify(new URL('_util.ts', import.meta.url).href)}
const [name, other, directory] = process.argv.slice(1)
const node = await startNode(name, { files: createTestDirectory(directory) })
console.log('at ' + node.addresses()[0])
node.net.subscribe({
  peerUp: (peer) => console.log('up ' + peer),
  peerDown: () => undefined, drain: () => undefined, message: () => undefined,
})
node.want([deviceOf(other)])
process.stdin.on('data', (address) => node.dial(address.toString().trim()).catch(() => undefined))
`

interface RunningNode {
  readonly process: ChildProcess
  readonly lines: string[]
}

function run(name: string, other: string, directory: string): RunningNode {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', NODE, name, other, directory],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const lines: string[] = []
  child.stdout.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trim().split('\n')))
  return { process: child, lines }
}

async function kill(nodes: readonly RunningNode[]): Promise<void> {
  const running = nodes.filter(({ process: { exitCode, signalCode } }) => {
    return exitCode === null && signalCode === null
  })
  const ends = running.map(({ process: child }) => once(child, 'exit'))
  for (const { process: child } of running) child.kill('SIGKILL')
  await Promise.all(ends)
}

async function size(path: string): Promise<number> {
  return (await readFile(path).catch(() => Buffer.alloc(0))).length
}

test('killed as soon as they have met, peers find each other again by what is on their disks', async () => {
  const root = await mkdtemp(join(tmpdir(), 'hamlet-kill-'))
  const start = (): RunningNode[] =>
    NAMES.map((name, i) => run(name, NAMES[1 - i]!, join(root, name)))
  let nodes = start()
  const isUp = (): boolean =>
    nodes.every(({ lines }) => lines.some((line) => line.startsWith('up')))
  try {
    await until(() => nodes.every(({ lines }) => lines.length > 0), 30_000)
    nodes[0]!.process.stdin!.write(nodes[1]!.lines[0]!.slice('at '.length))
    await until(isUp, 10_000)
    const metAtMs = performance.now()
    for (const name of NAMES) {
      while ((await size(join(root, name, 'addresses'))) === 0) {
        assert.ok(performance.now() - metAtMs < 5_000, 'what was learned is on the disk')
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    await kill(nodes)
    nodes = start()
    await until(isUp, 30_000)
  } finally {
    await kill(nodes)
    await rm(root, { recursive: true })
  }
})
