// Goal: `hamlet log` keeps what it has and never shows half of it, whenever its process ends. Method: real processes that
// are killed while they append and publish, interrupted, or met by a second one; then the files are read here.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { programFile } from '../../../test/_programs.ts'
import { runCli } from './_cli.ts'

const PROGRAM = programFile('hamlet')
const WAIT_MS = 60_000
const root = await mkdtemp(join(tmpdir(), 'hamlet-log-processes-'))
after(() => rm(root, { recursive: true }))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(
  data: string,
  argv: readonly string[],
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [PROGRAM, 'log', ...argv, '--data', data])
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  // A process that is killed no longer reads what is written to it.
  child.stdin.on('error', () => undefined)
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    stdout,
    stderr,
  }))
  return { child, ended }
}

async function json(data: string, ...argv: string[]): Promise<Record<string, unknown>> {
  const result = await runCli(['log', ...argv, '--data', data, '--json'])
  if (result.code !== 0) throw new Error(result.stderr)
  return JSON.parse(result.stdout) as Record<string, unknown>
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + WAIT_MS; performance.now() < endMs; await delay(5)) {
    if (await isSo()) return
  }
  throw new Error('did not happen in time')
}

function linesOf(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('')
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

test('an append that is killed leaves a beginning of what it was given, and the log goes on', async () => {
  const data = join(root, 'append')
  await json(data, 'create', 'diary')
  const segment = join(data, 'logs', 'diary', 'blocks', '00000000.seg')
  for (let life = 0; life < 3; life++) {
    const before = Number((await json(data, 'info', 'diary'))['length'])
    const grown = (await sizeOf(segment)) + 60_000
    const { child, ended } = start(data, ['append', 'diary', '--lines'])
    let next = before
    const feeding = (async () => {
      while (child.exitCode === null && child.signalCode === null) {
        child.stdin!.write(linesOf(next, next + 500))
        next += 500
        await delay(4)
      }
    })()
    await until(async () => (await sizeOf(segment)) > grown)
    child.kill('SIGKILL')
    assert.equal((await ended).code, null)
    await feeding
    const length = Number((await json(data, 'info', 'diary'))['length'])
    assert.ok(length > before, 'something was appended')
    const { stdout } = await runCli([
      'log',
      'get',
      'diary',
      '0',
      `${length}`,
      '--lines',
      '--data',
      data,
    ])
    assert.equal(stdout, linesOf(0, length))
    await json(data, 'audit', 'diary')
  }
  const { length } = await json(data, 'info', 'diary')
  const { to } = await json(data, 'append', 'diary', 'and on')
  assert.equal(to, Number(length) + 1)
})

test('a publication that is killed shows the old log or the new one, and the next call completes it', async () => {
  const data = join(root, 'publish')
  const target = join(data, 'www')
  const { key } = await json(data, 'create', 'diary')
  const bundles = join(target, 'tile', 'entries')
  const count = async (): Promise<number> => (await readdir(bundles).catch(() => [])).length
  let published = 0
  for (let life = 0; life < 3; life++) {
    const from = life * 8000
    const stdin = linesOf(from, from + 8000)
    await runCli(['log', 'append', 'diary', '--lines', '--data', data], { stdin })
    const { child, ended } = start(data, ['publish', 'diary', target])
    const there = await count()
    await until(async () => (await count()) > there + 4 + 8 * life)
    child.kill('SIGKILL')
    const { code } = await ended
    if ((await sizeOf(join(target, 'checkpoint'))) > 0) {
      const report = await json(data, 'verify', target, String(key))
      assert.ok([published, from + 8000].includes(Number(report['entries'])), `exit ${code}`)
    } else {
      assert.equal(published, 0)
    }
    // Every other time the next call has to complete two interrupted ones.
    if (life === 1) continue
    const { to } = await json(data, 'publish', 'diary', target)
    assert.equal(to, from + 8000)
    published = from + 8000
    const report = await json(data, 'verify', target, String(key))
    assert.deepEqual([report['isSound'], report['entries']], [true, published])
  }
})

test('an append that is interrupted says what it has kept, with exit code 1, and waits for no more input', async () => {
  const data = join(root, 'interrupt')
  await json(data, 'create', 'diary')
  const { child, ended } = start(data, ['append', 'diary', '--lines', '--json'])
  child.stdin!.write(linesOf(0, 300))
  // Lines are durable as they come: nobody has to end the input for that.
  await until(
    async () => (await sizeOf(join(data, 'logs', 'diary', 'blocks', '00000000.seg'))) > 300 * 10,
  )
  child.kill('SIGINT')
  const { code, stdout, stderr } = await ended
  assert.deepEqual([code, stdout], [1, ''])
  const { error } = JSON.parse(stderr) as {
    error: { code: string; fields: Record<string, unknown> }
  }
  assert.deepEqual(
    [error.code, error.fields],
    ['APPEND_ENDED', { appended: 300, reason: 'STOPPED' }],
  )
  assert.equal((await json(data, 'info', 'diary'))['length'], 300)
})

test('two processes do not use one log at once, and the second finds it whole afterwards', async () => {
  const data = join(root, 'two')
  await json(data, 'create', 'diary')
  const first = start(data, ['append', 'diary', '--lines'])
  first.child.stdin!.write(linesOf(0, 5000))
  await until(async () => (await sizeOf(join(data, 'logs', 'diary', 'blocks', '00000000.seg'))) > 0)
  const second = await start(data, ['append', 'diary', 'x']).ended
  assert.equal(second.code, 1)
  assert.match(second.stderr, new RegExp(`in use by process ${first.child.pid}; try again`))
  first.child.stdin!.end()
  assert.equal((await first.ended).code, 0)
  const third = await start(data, ['append', 'diary', 'x']).ended
  assert.equal(third.stdout, 'Appended 1 block; diary has 5001 now.\n')
})

test('bytes pass through pipes unchanged', async () => {
  const data = join(root, 'bytes')
  await json(data, 'create', 'diary')
  const bytes = Uint8Array.from({ length: 400_000 }, (_, i) => (i * i) >> 3)
  const writing = start(data, ['append', 'diary', '--chunks', '60000'])
  writing.child.stdin!.end(bytes)
  assert.equal((await writing.ended).stdout, 'Appended 7 blocks; diary has 7 now.\n')
  const child = spawn(process.execPath, [PROGRAM, 'log', 'get', 'diary', '0', '7', '--data', data])
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  await once(child, 'close')
  assert.deepEqual(new Uint8Array(Buffer.concat(pieces)), bytes)
})
