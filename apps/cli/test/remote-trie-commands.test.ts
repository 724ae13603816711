// @timeoutSeconds 120 @mostlyWaits: real servers are started and stopped.
/**
 * Tries between machines: what one process serves, another reads a key of, knowing the trie's key and an address. Method:
 * `hamlet` in processes of its own as servers, the readers in this one.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'

import { programFile } from '../../../test/_programs.ts'
import { runCli } from './_cli.ts'
import type { CliResult } from './_cli.ts'

const PROGRAM = programFile('hamlet')
const KEYS = 2000
const root = await mkdtemp(join(tmpdir(), 'hamlet-remote-tries-'))
after(() => rm(root, { recursive: true }))

interface Serving extends AsyncDisposable {
  readonly address: string
}

async function makeTrie(data: string): Promise<string> {
  const made = await runCli(['trie', 'create', 'shed', '--json', '--data', data])
  const lines = Array.from(
    { length: KEYS },
    (_, i) => `put\tfolder-${i % 20}/key-${i}\tvalue ${i}\n`,
  )
  await runCli(['trie', 'batch', 'shed', '--data', data], { stdin: lines.join('') })
  await runCli(['trie', 'put', 'shed', 'folder-7/key-7', 'new', '--data', data])
  return (JSON.parse(made.stdout) as { key: string }).key
}

async function serve(data: string, kind: string, name = 'shed'): Promise<Serving> {
  const argv = [kind, 'serve', name, '--listen', '/ip4/127.0.0.1/tcp/0', '--json', '--data', data]
  const child = spawn(process.execPath, [PROGRAM, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout })
  const [line] = (await once(lines, 'line')) as [string]
  const { addresses } = JSON.parse(line) as { addresses: readonly string[] }
  return {
    address: addresses[0]!,
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT')
      assert.deepEqual(await ended, [0, null])
    },
  }
}

function getRemote(key: string, path: string, ...more: string[]): Promise<CliResult> {
  return runCli(['trie', 'get-remote', key, path, '--data', join(root, 'reader'), ...more])
}

for (const kind of ['trie', 'log']) {
  test(`a key is read from a trie that hamlet ${kind} serve serves, and few blocks come`, async () => {
    const data = join(root, kind)
    const key = await makeTrie(data)
    await using serving = await serve(data, kind)
    const peer = ['--peer', serving.address]
    assert.equal((await getRemote(key, 'folder-7/key-7', ...peer)).stdout, 'new')
    const old = ['--version', `${KEYS + 1}`, ...peer]
    assert.equal((await getRemote(key, 'folder-7/key-7', ...old)).stdout, 'value 7')
    const { stdout } = await getRemote(key, 'folder-3/key-1983', '--json', ...peer)
    const said = JSON.parse(stdout) as Record<string, unknown>
    assert.deepEqual([said['value'], said['length']], ['value 1983', KEYS + 2])
    assert.ok(Number(said['blocks']) < 25, stdout)
    const none = await getRemote(key, 'folder-3/none', '--json', ...peer)
    assert.equal(none.code, 1)
    assert.match(none.stderr, /"NOTHING_MATCHES"/)
  })
}

test('a trie that nobody serves and a log that is none end with what is the matter', async () => {
  const data = join(root, 'none')
  const key = await makeTrie(data)
  const nobody = await getRemote(
    key,
    'a',
    '--timeout',
    '1',
    '--peer',
    '/ip4/127.0.0.1/tcp/9',
    '--json',
  )
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /"NOBODY_SERVES"/)
  const { stdout } = await runCli(['log', 'create', 'diary', '--json', '--data', data])
  await runCli(['log', 'append', 'diary', 'It rained.', '--data', data])
  const refused = await runCli(['trie', 'serve', 'diary', '--json', '--data', data])
  assert.match(refused.stderr, /"TRIE_OTHER"/)
  await using serving = await serve(data, 'log', 'diary')
  const diary = (JSON.parse(stdout) as { key: string }).key
  const other = await getRemote(diary, 'a', '--peer', serving.address, '--json')
  assert.equal(other.code, 1)
  assert.match(other.stderr, /"TRIE_(OTHER|DAMAGED)"/)
})
