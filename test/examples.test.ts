// @timeoutSeconds 120: real processes that find each other.
/** The examples as somebody runs them: a server in one process, a client in another, each under 60 lines. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const WAIT_MS = 30_000
const running = new Set<ChildProcessWithoutNullStreams>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
})

interface Example {
  readonly child: ChildProcessWithoutNullStreams
  /** Resolves with what it printed so far, once that matches. */
  printed(pattern: RegExp): Promise<string>
}

function start(file: string, ...args: readonly string[]): Example {
  const child = spawn(process.execPath, [join('examples', file), ...args], { cwd: ROOT })
  running.add(child)
  child.stderr.pipe(process.stderr)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return {
    child,
    async printed(pattern) {
      const signal = AbortSignal.timeout(WAIT_MS)
      while (!pattern.test(output)) await once(child.stdout, 'data', { signal })
      return output
    },
  }
}

/** The key of a server, and an address of it on this machine. */
async function whereIs(server: Example): Promise<readonly [key: string, address: string]> {
  const output = await server.printed(/at {2}\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/\S+\n/)
  const key = /^key ([0-9a-f]{64})$/m.exec(output)![1]!
  const address = /^at {2}(\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/\S+)$/m.exec(output)![1]!
  return [key, address]
}

test('every example is shorter than 60 lines', () => {
  const files = globSync('examples/*.ts', { cwd: ROOT })
  assert.ok(files.length >= 2)
  for (const file of files) {
    assert.ok(readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n').length < 60, file)
  }
})

test('secure-stream: what a caller says comes back louder, from whoever holds the key', async () => {
  const server = start('secure-stream.ts')
  const [key, address] = await whereIs(server)
  const caller = start('secure-stream.ts', key, address)
  caller.child.stdin.end('over here\n')
  const ended = once(caller.child, 'close')
  assert.equal(await caller.printed(/HERE\n/), 'Good evening. I shall say it louder.\nOVER HERE\n')
  assert.deepEqual(await ended, [0, null])
  await server.printed(/[0-9a-f]{64} was here\n/)
  const stopped = once(server.child, 'close')
  server.child.kill('SIGINT')
  assert.deepEqual(await stopped, [0, null])
})

test('append-only-log: a reader gets one block of three, verified, and is told of one that is not there', async () => {
  const author = start('append-only-log.ts')
  const [key, address] = await whereIs(author)
  author.child.stdin.write('first\nsecond\nthird\n')
  await author.printed(/block 2: third\n/)
  const reader = start('append-only-log.ts', key, '1', address)
  const ended = once(reader.child, 'close')
  assert.equal(await reader.printed(/verified.*\n/), 'second\nverified; 1 of 3 blocks are here\n')
  assert.deepEqual(await ended, [0, null])
  const waiting = start('append-only-log.ts', key, '3', address)
  author.child.stdin.write('fourth\n')
  assert.match(await waiting.printed(/verified.*\n/), /^fourth\n/)
  const absent = spawn(process.execPath, ['examples/append-only-log.ts', key, '9', address], {
    cwd: ROOT,
  })
  running.add(absent)
  const complaint = text(absent.stderr)
  setTimeout(() => author.child.stdin.end(), 3000)
  assert.match(await complaint, /no such block/)
})
