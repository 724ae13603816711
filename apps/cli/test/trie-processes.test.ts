// Goal: a batch is there wholly or not at all, whenever its process ends, and a watch keeps nobody from writing. Method: real
// processes, killed or running beside each other; then the files are read here.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { programFile } from '../../../test/_programs.ts'
import { runCli } from './_cli.ts'

const PROGRAM = programFile('hamlet')
const WAIT_MS = 60_000
const BATCH = 60_000
const root = await mkdtemp(join(tmpdir(), 'hamlet-trie-processes-'))
after(() => rm(root, { recursive: true }))

async function trie(data: string, argv: readonly string[], stdin = ''): Promise<string> {
  const result = await runCli(['trie', ...argv, '--data', data], { stdin })
  if (result.code !== 0) throw new Error(result.stderr)
  return result.stdout
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + WAIT_MS; performance.now() < endMs; await delay(2)) {
    if (await isSo()) return
  }
  throw new Error('did not happen in time')
}

async function blocksIn(segment: string): Promise<number> {
  return readFile(segment).then(
    ({ length }) => length,
    () => 0,
  )
}

test('a batch that is killed leaves all of it or nothing, and the trie goes on', async () => {
  const data = join(root, 'batch')
  await trie(data, ['create', 'shed'])
  const segment = join(data, 'logs', 'shed', 'blocks', '00000000.seg')
  let version = 1
  // From the moment it is read until after it was written.
  for (const afterMs of [0, 100, 250, 450, 700, Infinity]) {
    const before = await blocksIn(segment)
    const child = spawn(process.execPath, [PROGRAM, 'trie', 'batch', 'shed', '--data', data])
    child.stdin.on('error', () => undefined)
    const closed = once(child, 'close')
    const mark = `${version}-${afterMs}`
    child.stdin.end(Array.from({ length: BATCH }, (_, i) => `put\tk/${i}\t${mark}\n`).join(''))
    if (afterMs === Infinity) await until(async () => (await blocksIn(segment)) > before)
    else await delay(300 + afterMs)
    child.kill('SIGKILL')
    await closed
    const put = await trie(data, ['put', 'shed', 'probe', mark, '--json'])
    const { version: now } = JSON.parse(put) as { version: number }
    assert.ok(now === version + 1 || now === version + 1 + BATCH, `${now} after ${version}`)
    const isThere = now > version + 1
    const { stdout } = await runCli(['trie', 'get', 'shed', `k/${BATCH - 1}`, '--data', data])
    const first = await runCli(['trie', 'get', 'shed', 'k/0', '--data', data])
    assert.equal(stdout, first.stdout)
    assert.equal(first.stdout === mark, isThere)
    version = now
  }
})

test('a watch prints what others write meanwhile, once, and ends when it is asked to', async () => {
  const data = join(root, 'watch')
  await trie(data, ['create', 'shed'])
  await trie(data, ['put', 'shed', 'garden/old', 'x'])
  const child = spawn(process.execPath, [
    PROGRAM,
    'trie',
    'watch',
    'shed',
    'garden',
    '--json',
    '--from',
    '1',
    '--data',
    data,
  ])
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  const closed = once(child, 'close')
  const lines = (): number => stdout.split('\n').length - 1
  await until(() => lines() === 1)
  for (let i = 0; i < 20; i++) await trie(data, ['put', 'shed', `garden/${i}`, `${i}`])
  await trie(data, ['put', 'shed', 'house', 'not watched'])
  await trie(data, ['batch', 'shed'], 'del\tgarden/3\nput\tgarden/4/a\tb\n')
  await until(() => lines() === 23)
  child.kill('SIGINT')
  assert.deepEqual(await closed, [0, null])
  const changes = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; version: number; key: string })
  assert.deepEqual(
    changes.map(({ version }) => version),
    [2, ...Array.from({ length: 20 }, (_, i) => 3 + i), 24, 25],
  )
  assert.deepEqual([changes[21]!.type, changes[21]!.key], ['del', 'garden/3'])
})
