/** `hamlet trie …` on files, with no peer anywhere. */

import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { lockDirectory } from '@hamlet/store/node'

import { parseOperation } from '../src/trie-batch.ts'
import { runCli } from './_cli.ts'
import type { CliResult, RunOptions } from './_cli.ts'

const root = await mkdtemp(join(tmpdir(), 'hamlet-trie-'))
after(() => rm(root, { recursive: true }))
let count = 0

interface Setting {
  readonly data: string
  readonly segment: string
  cli(argv: readonly string[], options?: RunOptions): Promise<CliResult>
  /** The documents a command prints, one a line. */
  json<T = Record<string, unknown>>(...argv: string[]): Promise<readonly T[]>
}

/** A data directory with a trie `shed` in it. */
async function shed(): Promise<Setting> {
  const data = join(root, `${count++}`)
  const cli = (argv: readonly string[], options?: RunOptions): Promise<CliResult> =>
    runCli(['trie', ...argv, '--data', data], options)
  const setting: Setting = {
    data,
    segment: join(data, 'logs', 'shed', 'blocks', '00000000.seg'),
    cli,
    async json(...argv) {
      const result = await cli([...argv, '--json'])
      if (result.code !== 0) throw new Error(result.stderr)
      return linesOf(result.stdout).map((line) => JSON.parse(line) as never)
    },
  }
  await setting.json('create', 'shed')
  return setting
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

function valuesOf(children: readonly Record<string, unknown>[]): readonly string[] {
  return children.map(({ key, value }) => `${String(key)} ${String(value)}`).toSorted()
}

function errorOf({ code, stdout, stderr }: CliResult): Record<string, unknown> {
  assert.equal(code, 1)
  assert.equal(stdout, '')
  return (JSON.parse(stderr) as { error: Record<string, unknown> }).error
}

test('a value is put from an argument, a file or standard input, and comes back as it was', async () => {
  const { data, cli, json } = await shed()
  const file = join(data, 'file')
  const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) >> 3)
  await writeFile(file, bytes)
  assert.deepEqual(await json('put', 'shed', 'garden/tools', 'spade'), [
    { name: 'shed', key: 'garden/tools', version: 2 },
  ])
  await cli(['put', 'shed', 'stdin'], { stdin: 'two\nlines\n' })
  await json('put', 'shed', 'binary', '--file', file)
  assert.equal((await cli(['get', 'shed', 'garden/tools'])).stdout, 'spade')
  assert.equal((await cli(['get', 'shed', 'stdin'])).stdout, 'two\nlines\n')
  const [binary] = await json('get', 'shed', 'binary')
  assert.deepEqual(new Uint8Array(Buffer.from(String(binary!['valueBase64']), 'base64')), bytes)
  const shown = await cli(['get', 'shed', 'binary'], { terminal: true })
  assert.equal(shown.stdout, '(3000 bytes that are no text)\n')
  assert.equal((await cli(['put', 'shed', 'a', 'b', '--file', file])).code, 2)
})

test('a key that is not there is told by exit code 1, and its removal changes nothing', async () => {
  const { cli, json } = await shed()
  const missing = errorOf(await cli(['get', 'shed', 'none', '--json']))
  assert.equal(missing['code'], 'NOTHING_MATCHES')
  assert.deepEqual(await json('del', 'shed', 'none'), [
    { name: 'shed', key: 'none', version: 1, isDeleted: false },
  ])
  await json('put', 'shed', 'a', '1')
  assert.equal((await cli(['del', 'shed', 'a'])).stdout, 'a is removed; version 3.\n')
  assert.equal((await cli(['get', 'shed', 'a'])).code, 1)
  assert.equal((await cli(['get', 'shed', 'a', '--version', '2'])).stdout, '1')
  const ahead = errorOf(await cli(['get', 'shed', 'a', '--version', '9', '--json']))
  assert.equal(ahead['code'], 'TRIE_VERSION')
  assert.equal((await cli(['get', 'shed', 'a', '--version', '-1'])).code, 2)
  assert.equal((await cli(['get', 'shed', ''])).code, 1)
})

test('a write with a version happens only if the key still has it', async () => {
  const { cli, json } = await shed()
  await json('put', 'shed', 'a', '1', '--if-version', '0')
  const refused = errorOf(await cli(['put', 'shed', 'a', '2', '--if-version', '0', '--json']))
  assert.deepEqual(refused['code'], 'TRIE_CHANGED')
  assert.deepEqual(refused['fields'], { version: 2 })
  await json('put', 'shed', 'a', '2', '--if-version', '2')
  assert.equal(
    errorOf(await cli(['del', 'shed', 'a', '--if-version', '2', '--json']))['code'],
    'TRIE_CHANGED',
  )
  await json('del', 'shed', 'a', '--if-version', '3')
  assert.equal((await cli(['list', 'shed'])).stdout, '')
})

test('a list names what is directly under a prefix, or every key, in any version', async () => {
  const { cli, json } = await shed()
  for (const key of ['a', 'a/b', 'a/c/d', 'e/f']) await json('put', 'shed', key, `of ${key}`)
  const names = async (...argv: string[]): Promise<readonly string[]> =>
    linesOf((await cli(['list', 'shed', ...argv])).stdout).toSorted()
  assert.deepEqual(await names(), ['a', 'a/', 'e/'])
  assert.deepEqual(await names('a'), ['b', 'c/'])
  assert.deepEqual(await names('--recursive'), ['a', 'a/b', 'a/c/d', 'e/f'])
  assert.deepEqual(await names('a', '--recursive', '--version', '3'), ['a', 'a/b'])
  const children = await json('list', 'shed', 'a')
  assert.deepEqual(
    children.toSorted((x, y) => Number(x['hasChildren']) - Number(y['hasChildren'])),
    [
      { key: 'a/b', version: 3, hasChildren: false, value: 'of a/b' },
      { key: 'a/c', hasChildren: true },
    ],
  )
})

test('what other people wrote reaches a terminal as harmless text', async () => {
  const { cli, json } = await shed()
  await json('put', 'shed', 'x\u001b[2Jy', 'v\u001b]0;t\u0007w')
  for (const argv of [
    ['list', 'shed'],
    ['history', 'shed'],
    ['diff', 'shed', '0'],
    ['get', 'shed', 'x\u001b[2Jy'],
  ]) {
    const { stdout } = await cli(argv, { terminal: true })
    const isHarmless = !stdout.includes('\u001b') && !stdout.includes('\u0007')
    assert.ok(stdout.length > 4 && isHarmless, argv.join(' '))
  }
})

test('a batch takes tabs and JSON, all of it or nothing, and names the line that is wrong', async () => {
  const { cli, json } = await shed()
  const stdin =
    'put\ta\t1\tand more\n\n{"key":"b","value":"2","ifVersion":0}\n' +
    '{"keyBase64":"/w==","valueBase64":"/g=="}\ndel\ta\n'
  const said = await cli(['batch', 'shed'], { stdin })
  assert.equal(said.stdout, '4 operations done, 4 changes written; version 5.\n')
  assert.deepEqual(await json('history', 'shed'), [
    { type: 'put', version: 2, key: 'a', value: '1\tand more' },
    { type: 'put', version: 3, key: 'b', value: '2' },
    { type: 'put', version: 4, keyBase64: '/w==', valueBase64: '/g==' },
    { type: 'del', version: 5, key: 'a' },
  ])
  const wrong = await cli(['batch', 'shed', '--json'], { stdin: 'put\tc\t1\nput\tc\n' })
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /"line":2/)
  const stale = 'put\tc\t1\n{"type":"del","key":"b","ifVersion":9}\n'
  const refused = errorOf(await cli(['batch', 'shed', '--json'], { stdin: stale }))
  assert.equal(refused['code'], 'TRIE_CHANGED')
  assert.equal((await cli(['get', 'shed', 'c'])).code, 1)
})

test('lines that are no operation are refused with a reason', () => {
  const lines: readonly (readonly [string, RegExp])[] = [
    ['put\ta', /expected put/],
    ['del\ta\tb', /expected put/],
    ['get\ta', /expected put/],
    ['{"key":"a"', /not JSON/],
    ['{"value":"a"}', /needs "key"/],
    ['{"key":"a","keyBase64":"YQ==","value":"b"}', /needs "key"/],
    ['{"key":"\\ud800","value":"b"}', /needs "key"/],
    ['{"key":"a"}', /expected "type"/],
    ['{"type":"del","key":"a","value":"b"}', /expected "type"/],
    ['{"type":"put","key":"a","valueBase64":"?"}', /expected "type"/],
    ['{"key":"a","value":"b","ifversion":1}', /unknown field "ifversion"/],
    ['{"key":"a","value":"b","ifVersion":-1}', /whole number/],
  ]
  for (const [line, why] of lines) {
    const said = parseOperation(new TextEncoder().encode(line))
    assert.ok(typeof said === 'string' && why.test(said), line)
  }
  assert.equal(typeof parseOperation(Uint8Array.of(0xff)), 'string')
})

test('what history and list print with --json can be read by batch', async () => {
  const { cli, json } = await shed()
  for (const [key, value] of [
    ['a', '1'],
    ['b/c', '2'],
    ['b/d', '3'],
  ])
    await json('put', 'shed', key!, value!)
  await json('del', 'shed', 'a')
  for (const argv of [
    ['history', 'shed', '--json'],
    ['list', 'shed', '--recursive', '--json'],
  ]) {
    const copy = `copy-${argv.length}`
    await json('create', copy)
    const { stdout } = await cli(argv)
    assert.equal((await cli(['batch', copy], { stdin: stdout })).code, 0)
    const [ours, theirs] = await Promise.all(['shed', copy].map((name) => json('list', name, 'b')))
    assert.deepEqual(valuesOf(theirs!), valuesOf(ours!))
  }
})

test('history and diff show writes and differences, under a prefix and between versions', async () => {
  const { cli, json } = await shed()
  const stdin = 'put\tx/a\t1\nput\ty\t2\nput\tx/a\t3\ndel\ty\nput\tx/b\t4\n'
  await cli(['batch', 'shed'], { stdin })
  const { stdout } = await cli(['history', 'shed', 'x', '--from', '3', '--reverse'])
  assert.equal(stdout, '6  put  x/b  4\n4  put  x/a  3\n')
  const { stdout: early } = await cli(['history', 'shed', '--to', '3'])
  assert.equal(early, '2  put  x/a  1\n3  put  y  2\n')
  const diff = async (...argv: string[]): Promise<readonly string[]> =>
    linesOf((await cli(['diff', 'shed', ...argv])).stdout).toSorted()
  assert.deepEqual(await diff('3'), ['+ x/b  4', '- y  2', '~ x/a  1 → 3'])
  assert.deepEqual(await diff('6', '3', '--prefix', 'y'), ['+ y  2'])
  assert.deepEqual(await json('diff', 'shed', '1', '2'), [
    { key: 'x/a', before: null, after: { version: 2, value: '1' } },
  ])
})

test('an interrupted diff goes on behind what it has printed, and a checkpoint of another diff is refused', async () => {
  const { data, cli } = await shed()
  const stdin = Array.from({ length: 3000 }, (_, i) => `put\tkey-${i}\t${i}\n`).join('')
  await cli(['batch', 'shed'], { stdin })
  const file = join(data, 'checkpoint')
  const printed: string[] = []
  for (let part = 0; part < 2; part++) {
    const stop = new AbortController()
    const result = await cli(['diff', 'shed', '1', '--checkpoint', file], {
      signal: stop.signal,
      onStdout: (line) => {
        printed.push(line)
        if (printed.length === 700 * (part + 1)) stop.abort()
      },
    })
    assert.equal(result.code, 1)
  }
  const rest = await cli(['diff', 'shed', '1', '--checkpoint', file])
  printed.push(...linesOf(rest.stdout))
  assert.equal(printed.length, 3000)
  assert.equal(new Set(printed.map((line) => line.trim())).size, 3000)
  assert.equal((await cli(['diff', 'shed', '1', '--checkpoint', file])).stdout, '')
  assert.equal((await cli(['diff', 'shed', '2', '--checkpoint', file])).code, 2)
  assert.equal((await cli(['diff', 'shed', '1', '--prefix', 'k', '--checkpoint', file])).code, 2)
  await writeFile(file, 'hamlet/v1/trie-checkpoint AQ==\n')
  const broken = errorOf(await cli(['diff', 'shed', '1', '--checkpoint', file, '--json']))
  assert.equal(broken['code'], 'TRIE_CHECKPOINT')
})

test('a log that is no trie is refused and not changed, and a trie takes no plain blocks', async () => {
  const { data, cli, json, segment } = await shed()
  await runCli(['log', 'create', 'diary', '--data', data])
  const diary = join(data, 'logs', 'diary')
  const empty = errorOf(await cli(['put', 'diary', 'a', 'b', '--json']))
  assert.equal(empty['code'], 'TRIE_OTHER')
  await runCli(['log', 'append', 'diary', 'It rained.', '--data', data])
  const before = await readFile(join(diary, 'blocks', '00000000.seg'))
  for (const argv of [
    ['put', 'diary', 'a', 'b'],
    ['get', 'diary', 'a'],
    ['list', 'diary'],
    ['history', 'diary'],
  ]) {
    assert.equal(errorOf(await cli([...argv, '--json']))['code'], 'TRIE_OTHER')
  }
  assert.equal(errorOf(await cli(['create', 'diary', '--json']))['code'], 'LOG_EXISTS')
  assert.deepEqual(await readFile(join(diary, 'blocks', '00000000.seg')), before)
  await json('put', 'shed', 'a', '1')
  const ofTrie = await readFile(segment)
  const refused = await runCli(['log', 'append', 'shed', 'x', '--json', '--data', data])
  assert.equal(errorOf(refused)['code'], 'TRIE_NOT_ALONE')
  assert.deepEqual(await readFile(segment), ofTrie)
  assert.equal(errorOf(await cli(['create', 'shed', '--json']))['code'], 'LOG_EXISTS')
})

test('an empty log becomes a trie, as after a crash in the middle of its making', async () => {
  const { data, json } = await shed()
  await runCli(['log', 'create', 'begun', '--data', data])
  await json('create', 'begun')
  assert.deepEqual(await json('put', 'begun', 'a', '1'), [{ name: 'begun', key: 'a', version: 2 }])
  await cp(join(data, 'logs', 'begun'), join(data, 'logs', 'copy'), { recursive: true })
  assert.deepEqual(
    (await json('get', 'copy', 'a')).map(({ value }) => value),
    ['1'],
  )
})

test('a command waits a moment for another that uses the trie', async () => {
  const { data, cli, json } = await shed()
  const lock = await lockDirectory(join(data, 'logs', 'shed'))
  const waiting = json('put', 'shed', 'a', '1')
  setTimeout(() => void lock.release(), 200)
  assert.deepEqual(await waiting, [{ name: 'shed', key: 'a', version: 2 }])
  const again = await lockDirectory(join(data, 'logs', 'shed'))
  assert.equal(errorOf(await cli(['get', 'shed', 'a', '--json']))['code'], 'LOG_IN_USE')
  await again.release()
})
